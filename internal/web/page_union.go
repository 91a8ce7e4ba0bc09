package web

// Unions of comuni: who heads the digital transition for all, which supplier and
// which failures the members share.

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
)

type unionsPage struct {
	Rows  []unionRow
	Heads []headRow
}

type unionRow struct {
	Name, Link, Heads string
	Supplier          *supplierShare // that several members have; nil: none
	Members           numberLink
	Faults            numberLink // leads to the failures on the page of the union
}

// headRow is one RTD of several comuni of a province.
type headRow struct {
	ID, Name, Province string
	Names              names
	Comuni             numberLink // leads to the names: a person is nothing to be sought by address
}

type unionPage struct {
	Members   []memberRow
	Heads     []headRow
	Suppliers []supplierShare
	Chart     chart
	Faults    []faultRow
}

type memberRow struct {
	Name, Link, Province, Supplier, Heads string
	Fails                                 numberLink // leads to the findings
}

type supplierShare struct {
	Name, Link string
	Comuni     numberLink
	Share      string
}

// unionMembers is a union with those who belong to it.
type unionMembers struct {
	union
	members []*comune
}

// unions gathers the unions, by name.
func (s *snapshot) unions() []unionMembers {
	by := map[string]*unionMembers{}
	for i := range s.comuni {
		c := &s.comuni[i]
		for _, u := range c.unions {
			if by[u.ipa] == nil {
				by[u.ipa] = &unionMembers{union: u}
			}
			m := by[u.ipa]
			m.name, m.head = cmp.Or(m.name, u.name), m.head || u.head
			m.members = append(m.members, c)
		}
	}
	out := make([]unionMembers, 0, len(by))
	for _, m := range by {
		m.name = cmp.Or(m.name, m.ipa)
		m.members = byName(m.members)
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b unionMembers) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.ipa, b.ipa)) })
	return out
}

func (s *Server) unions(_ http.ResponseWriter, r *http.Request) (shown, error) {
	snap, err := s.snapshotFor(r.Context())
	if err != nil {
		return shown{}, err
	}
	var p unionsPage
	for _, u := range snap.unions() {
		q := query{counted: counted{union: u.ipa}}
		row := unionRow{Name: u.name, Link: sectionUnions + "/" + u.ipa, Members: numberOf(len(u.members), q)}
		row.Faults = numberLink{To: row.Link + "#shared", N: len(s.faults(snap, u.members, q, false, 0))}
		for i, h := range s.heads(snap, u.members) {
			if i > 0 {
				row.Heads += ", "
			}
			row.Heads += h.Name
		}
		if shares := s.supplierShares(u.members, q); len(shares) > 0 && shares[0].Comuni.N > 1 {
			row.Supplier = &shares[0]
		}
		p.Rows = append(p.Rows, row)
	}
	var alone []*comune
	for i := range snap.comuni {
		if c := &snap.comuni[i]; len(c.unions) == 0 {
			alone = append(alone, c)
		}
	}
	p.Heads = s.heads(snap, alone)
	return shown{name: "unions", section: sectionUnions, title: s.text("wall.unions.title"), data: p}, nil
}

// heads lists the RTDs that several comuni have in common. A name is one person
// within a province only.
func (s *Server) heads(snap *snapshot, comuni []*comune) []headRow {
	type key struct{ name, province string }
	by := map[key][]*comune{}
	spelt := map[key]string{}
	for _, c := range comuni {
		for _, h := range c.heads {
			k := key{headKey(h), snap.places[c.place].province}
			by[k] = append(by[k], c)
			spelt[k] = cmp.Or(spelt[k], h)
		}
	}
	var out []headRow
	for k, with := range by {
		if len(with) > 1 {
			out = append(out, headRow{Name: spelt[k], Province: k.province, Comuni: numberLink{N: len(with)}, Names: s.namesOf(byName(with), "rtd", maxNames, "")})
		}
	}
	slices.SortFunc(out, func(a, b headRow) int {
		return cmp.Or(cmp.Compare(b.Comuni.N, a.Comuni.N), cmp.Compare(a.Province, b.Province), cmp.Compare(a.Name, b.Name))
	})
	for i := range out {
		out[i].ID = "head-" + strconv.Itoa(i+1)
		out[i].Comuni.To = "#" + out[i].ID
	}
	return out
}

// headKey is a person's name whatever its order and case.
func headKey(name string) string {
	words := strings.Fields(searchKey(name))
	slices.Sort(words)
	return strings.Join(words, " ")
}

// supplierShares counts the comuni that a query asks for by supplier, most first.
func (s *Server) supplierShares(comuni []*comune, q query) []supplierShare {
	counts := map[string]int{}
	for _, c := range comuni {
		counts[c.supplier]++
	}
	var out []supplierShare
	for _, name := range sortedBy(counts) {
		q.counted.supplier = slug(name)
		out = append(out, supplierShare{name, sectionSuppliers + "/" + slug(name), numberOf(counts[name], q), s.share(counts[name], len(comuni))})
	}
	return out
}

func (s *Server) union(_ http.ResponseWriter, r *http.Request) (shown, error) {
	snap, err := s.snapshotFor(r.Context())
	if err != nil {
		return shown{}, err
	}
	all := snap.unions()
	i := slices.IndexFunc(all, func(u unionMembers) bool {
		return u.ipa == r.PathValue("union") || slug(u.ipa) == slug(r.PathValue("union"))
	})
	if i < 0 {
		return shown{}, errNotFound
	}
	u := all[i]
	q := query{counted: counted{union: u.ipa}}
	p := unionPage{Heads: s.heads(snap, u.members), Suppliers: s.supplierShares(u.members, q), Faults: s.faults(snap, u.members, q, false, maxShared)}
	s.drawFaults(&p.Chart, p.Faults)
	for _, c := range u.members {
		p.Members = append(p.Members, memberRow{
			Name: c.name, Link: sectionComuni + "/" + c.istat, Province: snap.places[c.place].province, Supplier: c.supplier,
			Heads: strings.Join(c.heads, ", "), Fails: numberLink{To: c.link("") + "#told-" + string(finding.Fail), N: snap.fails(c)},
		})
	}
	return shown{name: "union", section: sectionUnions, title: u.name, data: p}, nil
}
