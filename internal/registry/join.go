package registry

// Joining IPA's comuni with ISTAT's list: who exists, under which code and name.

import "slices"

// Join says how ISTAT's list and IPA's rows met.
type Join struct {
	Used      bool // false: no list, or one that knows fewer than half of the comuni
	Listed    int  // comuni in the list
	ByCode    int  // met by ISTAT code
	ByCatasto int  // by cadastral code, the ISTAT codes differing (Sardinia's are renewed)
	ByName    int  // by name within the province
	Ceased    []Comune
	Absent    []string // ISTAT codes that IPA has no row for
}

// joinIstat names the comuni as ISTAT does, keeps only those it lists, gives
// displaced rows the code that is theirs, and adds what IPA has no row for.
// What is met keeps IPA's code, by which its history is kept.
func joinIstat(comuni, displaced []Comune, list []IstatComune) ([]Comune, Join) {
	j := Join{Listed: len(list)}
	index := indexIstat(list)
	met := make([]bool, len(list))
	out := make([]Comune, 0, len(list))
	for _, c := range comuni {
		i, counter := index.find(c, &j)
		if i < 0 || met[i] {
			j.Ceased = append(j.Ceased, c)
			continue
		}
		*counter++
		met[i] = true
		out = append(out, named(c, list[i]))
	}
	if 2*len(out) < len(comuni) {
		return comuni, Join{Listed: len(list)}
	}
	for _, c := range displaced {
		if i, ok := index.name[c.Province+foldKey(c.Name)]; ok && !met[i] {
			met[i] = true
			j.ByName++
			c.Istat, c.Catasto = list[i].Istat, list[i].Catasto
			c.Quirks = addQuirk(c.Quirks, QuirkSeatElsewhere)
			out = append(out, named(c, list[i]))
		}
	}
	for i, m := range list {
		if !met[i] {
			j.Absent = append(j.Absent, m.Istat)
			out = append(out, absent(m))
		}
	}
	slices.SortFunc(out, byCode)
	j.Used = true
	return out, j
}

type istatIndex struct{ code, catasto, name map[string]int }

func indexIstat(list []IstatComune) istatIndex {
	x := istatIndex{map[string]int{}, map[string]int{}, map[string]int{}}
	for i, m := range list {
		remember(x.code, m.Istat, i)
		remember(x.catasto, m.Catasto, i)
		remember(x.name, m.Province+foldKey(m.Name), i)
	}
	return x
}

// find gives a comune's place in the list and the counter of the way it was met.
func (x istatIndex) find(c Comune, j *Join) (i int, counter *int) {
	if i, ok := x.code[c.Istat]; ok {
		return i, &j.ByCode
	}
	if i, ok := x.catasto[c.Catasto]; ok {
		return i, &j.ByCatasto
	}
	if i, ok := x.name[c.Province+foldKey(c.Name)]; ok {
		return i, &j.ByName
	}
	return -1, nil
}

func named(c Comune, m IstatComune) Comune {
	c.Name, c.Province, c.Region = m.Name, m.Province, m.Region
	c.Quirks = slices.DeleteFunc(slices.Clone(c.Quirks), func(q Quirk) bool { return q == QuirkNoProvince })
	if m.Other != "" {
		c.Aliases = []string{m.Other, m.Name + "/" + m.Other}
	}
	if c.Istat != m.Istat {
		c.Aliases = append(c.Aliases, m.Istat)
	}
	return c
}

// absent is a comune that exists and has no row: nothing may be held against it.
func absent(m IstatComune) Comune {
	return named(Comune{
		Istat: m.Istat, Catasto: m.Catasto, Doubtful: true,
		Site: Site{Quirks: []Quirk{QuirkBlank}}, Quirks: []Quirk{QuirkNotInIPA},
	}, m)
}
