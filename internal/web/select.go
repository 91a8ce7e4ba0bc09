package web

// Choosing comuni of a snapshot.

import (
	"slices"
	"strings"
	"unicode"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// searchKey is a name as it is searched: folded, words of letters and digits,
// one blank between.
func searchKey(name string) string {
	words := strings.FieldsFunc(page.Fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, " ")
}

// sought is what a person types for a name, as it is searched.
func sought(name string) string {
	return strings.TrimPrefix(searchKey(name), "comune di ")
}

// wanted is what is sought, made ready for many comparisons.
type wanted struct {
	places  []bool // by index; nil: all
	reach   uint8
	anyway  bool // whatever the reach
	check   uint16
	checked bool // only comuni with an entry of that check
	verdict uint8
	judged  bool // only with that verdict
	key     string
	code    string
	count   wantedCount
}

// want makes a query ready. A check that the catalogue does not have has been
// refused before.
func (s *snapshot) want(q query) wanted {
	w := wanted{places: s.placesOf(q.province, q.region), anyway: q.reach == "", count: s.wantCount(q.counted)}
	if !w.anyway {
		w.reach = indexOf(reaches, q.reach, page.ReachOurFault)
	}
	if q.check != "" {
		w.check, w.checked = s.about.index[q.check], true
	}
	if q.verdict != "" {
		w.verdict, w.judged = indexOf(verdicts, q.verdict, q.verdict), true
	}
	if istatCode(q.name) {
		w.code = q.name
	} else {
		w.key = sought(q.name)
	}
	return w
}

// placesOf marks the places of a province and a region; nil: all.
func (s *snapshot) placesOf(province, region string) []bool {
	if province == "" && region == "" {
		return nil
	}
	here := sameRegion(region)
	out := make([]bool, len(s.places))
	for i, p := range s.places {
		out[i] = here(p.region) && (province == "" || p.province == province)
	}
	return out
}

// sameRegion tells whether a region is the one asked for, under any of its
// names; "" asks for all. What it returns is for one goroutine.
func sameRegion(asked string) func(region string) bool {
	if asked == "" {
		return func(string) bool { return true }
	}
	official, known := registry.FindRegion(asked)
	said := map[string]bool{}
	return func(region string) bool {
		same, ok := said[region]
		if !ok {
			same = strings.EqualFold(region, asked)
			if !same && known {
				other, found := registry.FindRegion(region)
				same = found && other == official
			}
			if len(said) < maxPlaces {
				said[region] = same
			}
		}
		return same
	}
}

func (s *snapshot) match(w wanted, c *comune) bool {
	if w.places != nil && !w.places[c.place] || !w.anyway && c.reach != w.reach {
		return false
	}
	if w.code != "" && c.istat != w.code || w.key != "" && !strings.Contains(c.key, w.key) {
		return false
	}
	if !w.count.matches(s, c) {
		return false
	}
	if !w.checked && !w.judged {
		return true
	}
	for e := range s.entries(c) {
		if (!w.checked || e.check == w.check) && (!w.judged || e.verdict == w.verdict) && w.count.rules(e) {
			return true
		}
	}
	return false
}

// find is the comuni that are wanted: those whose name begins with what is
// sought before the others, then by name.
func (s *snapshot) find(q query) []*comune {
	w := s.want(q)
	var out []*comune
	for i := range s.comuni {
		if s.match(w, &s.comuni[i]) {
			out = append(out, &s.comuni[i])
		}
	}
	first := func(c *comune) int {
		switch {
		case w.key == "" || c.key == w.key:
			return 0
		case strings.HasPrefix(c.key, w.key):
			return 1
		}
		return 2
	}
	slices.SortFunc(out, func(a, b *comune) int {
		if n := first(a) - first(b); n != 0 {
			return n
		}
		if n := strings.Compare(a.key, b.key); n != 0 {
			return n
		}
		return strings.Compare(a.istat, b.istat)
	})
	return out
}

// provinces and regions are those that occur, sorted.
func (s *snapshot) provinces() []string {
	return s.words(func(p place) string { return p.province })
}

func (s *snapshot) regions() []string {
	return s.words(func(p place) string { return p.region })
}

func (s *snapshot) words(of func(place) string) []string {
	var out []string
	for _, p := range s.places {
		if w := of(p); w != "" && p != elsewhere {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
