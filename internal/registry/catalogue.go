package registry

// Finding one comune by what a person types.

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// NotFoundError says that no comune answers to a query.
type NotFoundError struct {
	Query   string
	Nearest []Comune // at most five, the likeliest first
}

func (e *NotFoundError) Error() string {
	if len(e.Nearest) == 0 {
		return fmt.Sprintf("no comune %q", e.Query)
	}
	return fmt.Sprintf("no comune %q; nearest: %s", e.Query, listing(e.Nearest))
}

// AmbiguousError says that several comuni answer to a query.
type AmbiguousError struct {
	Query      string
	Candidates []Comune // by name, province, ISTAT code
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%q may be any of %s", e.Query, listing(e.Candidates))
}

func listing(comuni []Comune) string {
	names := make([]string, 0, len(comuni))
	for _, c := range comuni[:min(len(comuni), 10)] {
		names = append(names, fmt.Sprintf("%s (%s, %s)", c.Name, c.Province, c.Istat))
	}
	if len(comuni) > 10 {
		names = append(names, fmt.Sprintf("and %d more", len(comuni)-10))
	}
	return strings.Join(names, ", ")
}

// Catalogue is a set of comuni with its index. It is read-only once made and
// safe for use by several goroutines.
type Catalogue struct {
	comuni  []Comune // by ISTAT code
	istat   map[string]int
	ipa     map[string]int
	catasto map[string]int
	tiers   [tierCount]map[string][]int
	keys    [][]string // per comune: its names run together
	words   [][]string // per comune: the words of each name between spaces, apostrophes parting them
}

// Tiers of names: what is found in one is not looked for in the next.
const (
	tierWhole = iota // word for word
	tierRun          // run together
	tierHalf         // one half of a bilingual or double name
	tierSmall        // without small words
	tierCount
)

// NewCatalogue indexes comuni. Of two with one ISTAT code the first stays.
func NewCatalogue(comuni []Comune) *Catalogue {
	c := &Catalogue{comuni: slices.Clone(comuni), istat: map[string]int{}, ipa: map[string]int{}, catasto: map[string]int{}}
	slices.SortStableFunc(c.comuni, func(a, b Comune) int { return cmp.Compare(a.Istat, b.Istat) })
	c.comuni = slices.CompactFunc(c.comuni, func(a, b Comune) bool { return a.Istat == b.Istat })
	for i := range c.tiers {
		c.tiers[i] = make(map[string][]int, len(c.comuni))
	}
	c.keys = make([][]string, len(c.comuni))
	c.words = make([][]string, len(c.comuni))
	for i, m := range c.comuni {
		c.istat[m.Istat] = i
		remember(c.ipa, FoldIPA(m.IPA), i)
		remember(c.catasto, FoldIPA(m.Catasto), i)
		for _, name := range names(m) {
			c.indexName(name, i)
		}
	}
	return c
}

func (c *Catalogue) indexName(name string, i int) {
	words := foldWords(name)
	run := strings.Join(words, "")
	if slices.Contains(c.keys[i], run) {
		return
	}
	c.keys[i] = append(c.keys[i], run)
	c.words[i] = append(c.words[i], " "+spacedKey(parted.Replace(name))+" ")
	c.index(tierWhole, strings.Join(words, " "), i)
	c.index(tierRun, run, i)
	for _, half := range halves(name) {
		c.index(tierHalf, foldKey(half), i)
	}
	c.index(tierSmall, smallKey(name), i)
}

// names gives what a comune is called. A denomination that is another body's
// is no name of it, once ISTAT's list has given it one.
func names(m Comune) []string {
	out := append([]string{m.Name}, m.Aliases...)
	if hasQuirk(m.Quirks, QuirkRepeatedIPA) || hasQuirk(m.Quirks, QuirkNotComuneName) {
		return out
	}
	return append(out, CleanName(m.Denomination))
}

// parted puts a space where an apostrophe stands.
var parted = strings.NewReplacer("'", " ", "’", " ")

var bilingual = regexp.MustCompile(`\s*[-/]\s*`)

// halves gives the parts of "San Giovanni di Fassa-Sen Jan" or "Bolzano/Bozen".
func halves(name string) []string {
	if !strings.ContainsAny(name, "-/") {
		return nil
	}
	parts := bilingual.Split(name, -1)
	if len(parts) != 2 {
		return nil
	}
	return parts
}

func remember(index map[string]int, key string, i int) {
	if _, taken := index[key]; !taken && key != "" {
		index[key] = i
	}
}

func (c *Catalogue) index(tier int, key string, i int) {
	if key != "" && !slices.Contains(c.tiers[tier][key], i) {
		c.tiers[tier][key] = append(c.tiers[tier][key], i)
	}
}

// Len is the number of comuni.
func (c *Catalogue) Len() int { return len(c.comuni) }

// All gives the comuni by ISTAT code; the slice is the caller's own.
func (c *Catalogue) All() []Comune { return slices.Clone(c.comuni) }

// ByIstat finds a comune by its six digits.
func (c *Catalogue) ByIstat(istat string) (Comune, bool) {
	i, ok := c.istat[istat]
	if !ok {
		return Comune{}, false
	}
	return c.comuni[i], true
}

// ByProvince gives the comuni of a province, by letters or name, by ISTAT code.
func (c *Catalogue) ByProvince(query string) []Comune {
	code := strings.ToUpper(strings.TrimSpace(query))
	if p, ok := FindProvince(query); ok {
		code = p.Code
	}
	return c.where(func(m Comune) bool { return m.Province == code || strings.EqualFold(m.Province, query) })
}

// ByRegion gives the comuni of a region, by ISTAT code.
func (c *Catalogue) ByRegion(query string) []Comune {
	region, ok := FindRegion(query)
	if !ok {
		region = strings.TrimSpace(query)
	}
	return c.where(func(m Comune) bool { return m.Region != "" && strings.EqualFold(m.Region, region) })
}

// Capitals gives the chief towns of provinces, by ISTAT code.
func (c *Catalogue) Capitals() []Comune {
	capitals := map[string]bool{}
	for _, p := range Provinces() {
		for _, istat := range p.Capitals {
			capitals[istat] = true
		}
	}
	return c.where(func(m Comune) bool { return capitals[m.Istat] })
}

func (c *Catalogue) where(keep func(Comune) bool) []Comune {
	var out []Comune
	for _, m := range c.comuni {
		if keep(m) {
			out = append(out, m)
		}
	}
	return out
}

// Find finds the one comune that a query means: a name (folded; with or without
// "Comune di"; "Livo (TN)" or "Livo TN" for a name borne twice; either half of a
// bilingual one; small words left out), an ISTAT, IPA or cadastral code. A whole
// name wins over a longer one that contains it. Several give *AmbiguousError,
// none *NotFoundError.
func (c *Catalogue) Find(query string) (Comune, error) {
	query = cutAt(visible(query), 200)
	if istat, _, ok := istatCode(query); ok {
		if m, ok := c.ByIstat(istat); ok {
			return m, nil
		}
		if found := c.tiers[tierWhole][istat]; len(found) == 1 { // a code of ISTAT's that IPA has not followed
			return c.comuni[found[0]], nil
		}
		return Comune{}, &NotFoundError{Query: query}
	}
	if found := c.findName(query); len(found) > 0 {
		return c.one(query, found)
	}
	for _, codes := range []map[string]int{c.ipa, c.catasto} {
		if i, ok := codes[FoldIPA(query)]; ok {
			return c.comuni[i], nil
		}
	}
	if found := c.containing(query); len(found) > 0 {
		return c.one(query, found)
	}
	return Comune{}, &NotFoundError{Query: query, Nearest: c.nearest(query)}
}

func (c *Catalogue) one(query string, found []int) (Comune, error) {
	if len(found) == 1 {
		return c.comuni[found[0]], nil
	}
	return Comune{}, &AmbiguousError{Query: query, Candidates: c.sorted(found)}
}

func (c *Catalogue) sorted(found []int) []Comune {
	out := make([]Comune, 0, len(found))
	for _, i := range found {
		out = append(out, c.comuni[i])
	}
	slices.SortFunc(out, func(a, b Comune) int {
		return cmp.Or(cmp.Compare(foldKey(a.Name), foldKey(b.Name)), cmp.Compare(a.Province, b.Province), cmp.Compare(a.Istat, b.Istat))
	})
	return out
}

// findName asks word for word, then loosely, then for the words of a longer
// name where a province narrows it; each time for the query as it stands and
// without what people put round a name.
func (c *Catalogue) findName(query string) []int {
	variants := []string{query, CleanName(query), cityOpening.ReplaceAllString(query, "")}
	whole := func(name string) []int { return c.settle(name, c.tiers[tierWhole][spacedKey(name)]) }
	for _, ask := range []func(string) []int{whole, c.inProvince(whole), c.inProvince(c.loosely), c.loosely, c.inProvince(c.containing)} {
		for i, name := range variants {
			if i > 0 && name == query {
				continue
			}
			if found := ask(name); len(found) > 0 {
				return found
			}
		}
	}
	return nil
}

// inProvince reads "Livo (TN)" and asks for the name in that province.
func (c *Catalogue) inProvince(ask func(string) []int) func(string) []int {
	return func(query string) []int {
		name, code, ok := splitProvince(query)
		if !ok {
			return nil
		}
		return slices.DeleteFunc(slices.Clone(ask(name)), func(i int) bool { return c.comuni[i].Province != code })
	}
}

func (c *Catalogue) loosely(name string) []int {
	run := foldKey(name)
	for tier, key := range [tierCount]string{tierRun: run, tierHalf: run, tierSmall: smallKey(name)} {
		found := c.tiers[tier][key]
		if tier == tierHalf && len(found) > 0 {
			// Half a name is no more than a word of a longer one: "Rossano" may be
			// Corigliano-Rossano or Rossano Veneto.
			found = merge(found, c.containing(name))
		}
		if len(found) > 0 {
			return c.settle(name, found)
		}
	}
	return nil
}

// settle lets an accent that was typed decide between names that are the same
// without it: "Paternò" is not Paterno.
func (c *Catalogue) settle(typed string, found []int) []int {
	key := accentKey(typed)
	if len(found) < 2 || !strings.ContainsRune(key, '\'') {
		return found
	}
	accented := slices.DeleteFunc(slices.Clone(found), func(i int) bool { return accentKey(c.comuni[i].Name) != key })
	if len(accented) == 1 {
		return accented
	}
	return found
}

func merge(a, b []int) []int {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}

var withProvince = regexp.MustCompile(`^(.+?)(?:\s*\(([^()]+)\)|[\s,]\s*([A-Za-z]{2}))$`)

// splitProvince parts "Livo (TN)", "Livo (Trento)", "Livo TN", "Livo, TN".
func splitProvince(query string) (name, code string, ok bool) {
	m := withProvince.FindStringSubmatch(query)
	if m == nil {
		return "", "", false
	}
	name = strings.Trim(m[1], " ,-")
	if p, ok := FindProvince(m[2] + m[3]); ok {
		return name, p.Code, true
	}
	if len(m[2]) == 2 { // letters of no province in the table may still be in the registry
		return name, strings.ToUpper(m[2]), true
	}
	return "", "", false
}
