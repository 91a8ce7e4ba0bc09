package web

// Suppliers: whose platform the sites are built with, which failures they share,
// and the letter that asks to mend them at once.

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/report"
)

// maxShared bounds the comuni listed by name under one shared failure.
const maxShared = 200

type suppliersPage struct {
	Rows              []supplierRow
	Chart             chart
	Without, Unsorted numberLink // comuni on a platform of nobody, and on one that is not known
}

type supplierRow struct {
	Name, Link, Platforms  string
	Comuni, Failing        numberLink
	Share                  string
	Worst                  string // the failure that most of its comuni share
	WorstComuni, WorstRead numberLink
}

type supplierPage struct {
	Name, Platforms, Notice string
	Comuni, Failing         numberLink
	Chart                   chart
	Faults                  []faultRow
	All                     names
}

// faultRow is one failure that several comuni share.
type faultRow struct {
	ID, Title, Reason, Remedy string
	Comuni, Assessed          numberLink
	Share                     string
	Names                     names
}

// bySupplier groups the comuni; "" has those of no supplier.
func (s *snapshot) bySupplier() map[string][]*comune {
	out := map[string][]*comune{}
	for i := range s.comuni {
		c := &s.comuni[i]
		out[c.supplier] = append(out[c.supplier], c)
	}
	return out
}

func (s *Server) suppliers(_ http.ResponseWriter, r *http.Request) (shown, error) {
	snap, err := s.snapshotFor(r.Context())
	if err != nil {
		return shown{}, err
	}
	with := func(supplier string) query { return query{counted: counted{supplier: supplier}} }
	p := suppliersPage{Without: numberOf(0, with(nobody)), Unsorted: numberOf(0, with(notKnownYet))}
	for name, comuni := range snap.bySupplier() {
		if name == "" {
			for _, c := range comuni {
				if c.cms != "" {
					p.Without.N++
				} else {
					p.Unsorted.N++
				}
			}
			continue
		}
		q := with(slug(name))
		row := supplierRow{
			Name: name, Link: sectionSuppliers + "/" + slug(name), Platforms: s.platforms(comuni), Comuni: numberOf(len(comuni), q), Failing: numberOf(snap.failing(comuni), q.failing()),
		}
		row.Share = s.share(row.Failing.N, row.Comuni.N)
		if faults := s.faults(snap, comuni, q, true, 0); len(faults) > 0 {
			row.Worst, row.WorstComuni, row.WorstRead = faults[0].Title, faults[0].Comuni, faults[0].Assessed
		}
		p.Rows = append(p.Rows, row)
	}
	slices.SortFunc(p.Rows, func(a, b supplierRow) int {
		return cmp.Or(cmp.Compare(b.Comuni.N, a.Comuni.N), cmp.Compare(a.Name, b.Name))
	})
	p.Chart.ID, p.Chart.Title = "suppliers", s.text("wall.suppliers.chart")
	for _, row := range p.Rows {
		words := s.text("summary.of", "n", s.o.Messages.Number(row.Failing.N), "total", s.o.Messages.Number(row.Comuni.N))
		p.Chart.add(row.Name, words, p.Rows[0].Comuni.N, part{string(finding.Fail), row.Failing.N}, part{"plain", row.Comuni.N - row.Failing.N})
	}
	return shown{name: "suppliers", section: sectionSuppliers, title: s.text("wall.suppliers.title"), data: p}, nil
}

// platforms names what comuni are built with, the most used first.
func (s *Server) platforms(comuni []*comune) string {
	counts := map[string]int{}
	for _, c := range comuni {
		counts[c.cms]++
	}
	ids := sortedBy(counts)
	var out []string
	for _, id := range ids {
		out = append(out, s.about.platformName(id))
	}
	return strings.Join(out, ", ")
}

// sortedBy are the keys of counts, the greatest first.
func sortedBy(counts map[string]int) []string {
	var out []string
	for k := range counts {
		if k != "" {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return out
}

// platformName is a platform as people call it.
func (a *about) platformName(id string) string {
	if i, ok := a.index[platformCheck]; ok {
		return cmp.Or(a.metas[i].Values[id].Name, id)
	}
	return id
}

// failing is how many of some comuni leave a duty unmet.
func (s *snapshot) failing(comuni []*comune) int {
	n := 0
	for _, c := range comuni {
		if s.fails(c) > 0 {
			n++
		}
	}
	return n
}

// faults lists the duties that at least two of the comuni, those that a query asks
// for, leave unmet for one reason, the most frequent first; only those a supplier can
// do something about, if so asked. Up to most comuni of each are named.
func (s *Server) faults(snap *snapshot, comuni []*comune, q query, supplierOnly bool, most int) []faultRow {
	type key struct{ check, reason uint16 }
	found := map[key][]*comune{}
	assessed := make([]int, len(s.about.metas))
	for _, c := range comuni {
		for e := range snap.entries(c) {
			if verdicts[e.toldVerdict].Definite() {
				assessed[e.check]++
			}
			if verdicts[e.toldVerdict] == finding.Fail && s.about.obligation(e.check) {
				found[key{e.check, e.toldReason}] = append(found[key{e.check, e.toldReason}], c)
			}
		}
	}
	var out []faultRow
	lang := s.o.Messages.Lang()
	for k, with := range found {
		m := s.about.metas[k.check]
		if len(with) < 2 || supplierOnly && !slices.Contains(m.Who, "supplier") {
			continue
		}
		reason := snap.reasons[k.reason]
		same := q.told(m.ID, string(finding.Fail))
		same.counted.reason = cmp.Or(string(reason), nobody)
		row := faultRow{
			ID: m.ID + "-" + slug(string(reason)), Title: m.Title(lang), Comuni: numberOf(len(with), same), Share: s.share(len(with), assessed[k.check]),
			Assessed: numberOf(assessed[k.check], q.told(m.ID, anyDefinite)),
			Reason:   report.ReasonText(s.o.Messages, finding.Finding{Check: m.ID, Verdict: finding.Fail, Reason: reason}, page.ReachOK), Remedy: m.Remedy(reason, lang),
		}
		if most > 0 {
			slices.SortFunc(with, func(a, b *comune) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.istat, b.istat)) })
			row.Names = s.namesOf(with, m.ID, most, row.Comuni.To)
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b faultRow) int { return cmp.Or(cmp.Compare(b.Comuni.N, a.Comuni.N), cmp.Compare(a.ID, b.ID)) })
	return out
}

// drawFaults draws how many of the comuni share each failure.
func (s *Server) drawFaults(c *chart, faults []faultRow) {
	c.ID, c.Title = "faults", s.text("wall.faults_chart")
	for _, f := range faults {
		words := s.text("summary.of", "n", s.o.Messages.Number(f.Comuni.N), "total", s.o.Messages.Number(f.Assessed.N))
		c.add(f.Title, words, f.Assessed.N, part{string(finding.Fail), f.Comuni.N})
	}
}

// supplierAsked is the supplier in a request's path, with its comuni.
func (s *Server) supplierAsked(r *http.Request) (name string, comuni []*comune, snap *snapshot, err error) {
	snap, err = s.snapshotFor(r.Context())
	if err != nil {
		return "", nil, nil, err
	}
	for name, comuni := range snap.bySupplier() {
		if name != "" && slug(name) == slug(r.PathValue("supplier")) {
			return name, comuni, snap, nil
		}
	}
	return "", nil, nil, errNotFound
}

func (s *Server) supplier(_ http.ResponseWriter, r *http.Request) (shown, error) {
	name, comuni, snap, err := s.supplierAsked(r)
	if err != nil {
		return shown{}, err
	}
	q := query{counted: counted{supplier: slug(name)}}
	p := supplierPage{
		Name: name, Platforms: s.platforms(comuni), Notice: sectionSuppliers + "/" + slug(name) + "/notice", Comuni: numberOf(len(comuni), q),
		Failing: numberOf(snap.failing(comuni), q.failing()), Faults: s.faults(snap, comuni, q, true, maxShared), All: s.namesOf(byName(comuni), "", 2*maxShared, listLink(q)),
	}
	s.drawFaults(&p.Chart, p.Faults)
	return shown{name: "supplier", section: sectionSuppliers, title: s.text("wall.supplier.title", "name", name), data: p}, nil
}

func byName(comuni []*comune) []*comune {
	out := slices.Clone(comuni)
	slices.SortFunc(out, func(a, b *comune) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.istat, b.istat)) })
	return out
}

func (s *Server) noticeOptions() report.NoticeOptions {
	return report.NoticeOptions{Checks: s.about.metas, Text: s.o.Messages, Now: s.o.Now(), Zone: s.rome}
}

// supplierNotice is the letter to a supplier, as plain text.
func (s *Server) supplierNotice(w http.ResponseWriter, r *http.Request) (shown, error) {
	name, comuni, _, err := s.supplierAsked(r)
	if err != nil {
		return shown{}, err
	}
	q := report.Query{Brief: true}
	for _, c := range comuni {
		q.Istat = append(q.Istat, c.istat)
	}
	n, err := report.NewSupplierNotice(s.o.Store.Latest(r.Context(), q), name, s.noticeOptions())
	return shown{}, s.letter(w, n.Plain, s.text("notice.nothing_supplier", "name", name), err)
}

// comuneNotice is the letter to a comune, as plain text.
func (s *Server) comuneNotice(w http.ResponseWriter, r *http.Request) (shown, error) {
	l, err := s.latest(r.Context(), r.PathValue("istat"))
	if err != nil {
		return shown{}, err
	}
	n, err := report.NewNotice(l, s.noticeOptions())
	return shown{}, s.letter(w, n.Plain, s.text("notice.nothing", "name", n.Comune), err)
}

// letter answers with a letter, or with the sentence that there is nothing to write.
func (s *Server) letter(w http.ResponseWriter, text func() string, nothing string, err error) error {
	if err != nil && !errors.Is(err, report.ErrNothingToTell) {
		return err
	}
	out := nothing + "\n"
	if err == nil {
		out = text()
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(out)) // the reader may have gone
	return nil
}
