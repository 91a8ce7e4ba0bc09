package report

// What is to be done, as the fewest requests: what one supplier can mend for
// many comuni stands together.

import (
	"cmp"
	"iter"
	"slices"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// Job is one thing to be done for some comuni: the same check, for the same
// reason, on sites of the same platform.
type Job struct {
	Row             // of the first of them: words, remedy, law, who
	Platform string // as people call it; empty: not known
	Supplier string // who makes it; empty: not known
	Comuni   []Named
}

// Named is a comune in a list.
type Named struct {
	Istat, Name, Province string
	URL                   string // where the trouble shows, or the site
	IPA                   string // IPA code, where it matters
}

// Dark is comuni whose sites could not be looked at, for the same reason.
type Dark struct {
	Reach  page.Reach
	Text   ReachText
	Comuni []Named
}

type jobKey struct {
	check    string
	verdict  finding.Verdict
	reason   finding.Reason
	platform string
}

type worklist struct {
	o    HTMLOptions
	jobs map[jobKey]*Job
	dark []Dark
	who  behind
}

// behind are the comuni behind the counts of a report: each once, by number, and
// which of them are in a count.
type behind struct {
	comuni []Named
	read   []int
	by     map[countKey][]int
}

type countKey struct {
	check   string
	verdict finding.Verdict
}

func (b *behind) add(s Sheet) {
	i := len(b.comuni)
	b.comuni = append(b.comuni, nameOf(s, ""))
	if s.Reach == page.ReachOK {
		b.read = append(b.read, i)
	}
	for _, r := range s.Findings {
		key := countKey{r.Check, r.Verdict}
		b.by[key] = append(b.by[key], i)
	}
}

// named are those comuni, with what leads to each.
func (b *behind) named(which []int, anchor func(istat string) string) []Counted {
	out := make([]Counted, len(which))
	for i, n := range which {
		c := b.comuni[n]
		out[i] = Counted{Istat: c.Istat, Comune: c.Name, Province: c.Province, Anchor: anchor(c.Istat)}
	}
	return out
}

// platformCheck is the check whose value is the platform of a site.
const platformCheck = "cms"

func newWorklist(sheets iter.Seq2[Sheet, error], o HTMLOptions) (*worklist, error) {
	l := &worklist{o: o, jobs: map[jobKey]*Job{}, who: behind{by: map[countKey][]int{}}}
	for s, err := range sheets {
		if err != nil {
			return nil, err
		}
		l.add(s)
	}
	slices.SortFunc(l.dark, func(a, b Dark) int {
		return cmp.Or(cmp.Compare(len(b.Comuni), len(a.Comuni)), cmp.Compare(a.Reach, b.Reach))
	})
	return l, nil
}

func (l *worklist) add(s Sheet) {
	l.who.add(s)
	if s.Reach != page.ReachOK {
		l.addDark(s)
	}
	platform, supplier := l.platform(s)
	for _, r := range s.Findings {
		if r.Verdict != finding.Fail && r.Verdict != finding.Warn {
			continue
		}
		key := jobKey{r.Check, r.Verdict, r.Reason, platform}
		j := l.jobs[key]
		if j == nil {
			j = &Job{Row: r, Platform: platform, Supplier: supplier}
			l.jobs[key] = j
		}
		j.Comuni = append(j.Comuni, nameOf(s, whereOf(r, s)))
	}
}

func (l *worklist) addDark(s Sheet) {
	i := slices.IndexFunc(l.dark, func(d Dark) bool { return d.Reach == s.Reach })
	if i < 0 {
		i = len(l.dark)
		l.dark = append(l.dark, Dark{Reach: s.Reach, Text: s.ReachText})
	}
	l.dark[i].Comuni = append(l.dark[i].Comuni, nameOf(s, s.Site))
}

// platform is what a sheet's site is made with, as the catalogue names it.
func (l *worklist) platform(s Sheet) (name, supplier string) {
	for _, r := range s.Findings {
		if r.Check == platformCheck && r.Verdict == finding.Info {
			v, known := metaOf(l.o.Checks, platformCheck).Values[r.Value]
			if known {
				return r.ValueName, v.Supplier
			}
		}
	}
	return "", ""
}

func nameOf(s Sheet, url string) Named {
	return Named{Istat: s.Istat, Name: s.Comune, Province: s.Province, URL: url}
}

// whereOf is the page that shows the trouble.
func whereOf(r Row, s Sheet) string {
	for _, fs := range [][]finding.Fact{r.Evidence, r.Candidates} {
		if len(fs) > 0 && fs[0].URL != "" {
			return fs[0].URL
		}
	}
	return cmp.Or(s.FinalURL, s.Site)
}

// sorted are the jobs: failures first, then what the law asks for, then those
// that mend most comuni.
func (l *worklist) sorted() []Job {
	out := make([]Job, 0, len(l.jobs))
	for _, j := range l.jobs {
		out = append(out, *j)
	}
	slices.SortFunc(out, func(a, b Job) int {
		return cmp.Or(
			cmp.Compare(rank(a.Verdict), rank(b.Verdict)),
			cmp.Compare(importance(metaOf(l.o.Checks, a.Check)), importance(metaOf(l.o.Checks, b.Check))),
			cmp.Compare(len(b.Comuni), len(a.Comuni)),
			cmp.Compare(a.Check, b.Check), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Platform, b.Platform),
		)
	})
	return out
}
