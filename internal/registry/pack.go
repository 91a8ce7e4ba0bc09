package registry

// The words of comuni laid together in memory.

import "strings"

// pack lays the words of each comune into one piece of memory, those that are part
// of others within them. A country has over a hundred thousand words, and a night that
// keeps its heap small has the collector look at each of them a thousand times
// (BenchmarkPack).
func pack(comuni []Comune) {
	var at []int
	for i := range comuni {
		words, room := comuni[i].words(), 0
		for _, w := range words {
			room += len(*w)
		}
		var text strings.Builder
		text.Grow(room)
		at = at[:0]
		for _, w := range words {
			from := strings.Index(text.String(), *w)
			if from < 0 {
				from = text.Len()
				text.WriteString(*w)
			}
			at = append(at, from)
		}
		all := strings.Clone(text.String())
		for j, w := range words {
			*w = all[at[j] : at[j]+len(*w)]
		}
	}
}

// words are the strings that are the comune's alone, those that may hold others
// first.
func (c *Comune) words() []*string {
	words := []*string{
		&c.Denomination, &c.Name, &c.Site.Raw, &c.Site.URL, &c.PEC, &c.IPA, &c.Istat, &c.Catasto, &c.TaxCode, &c.Updated,
	}
	for _, list := range [][]string{c.Aliases, c.Social} {
		for i := range list {
			words = append(words, &list[i])
		}
	}
	for i := range c.RTD.Holders {
		h := &c.RTD.Holders[i]
		words = append(words, &h.IPA, &h.Name, &h.Office, &h.Updated)
	}
	return words
}
