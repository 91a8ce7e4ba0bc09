package report

// What one supplier can mend for many comuni at once: the failures that the
// sites of its platform share, and the letter that asks for it.

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
)

// SupplierNotice is a letter to a supplier. Its field names are part of the
// interface; strings from outside are clean.
type SupplierNotice struct {
	Supplier  string        `json:"supplier"`
	Platforms []string      `json:"platforms"` // that its comuni use, as people call them
	Comuni    int           `json:"comuni"`    // whose site is built with one of them
	Shared    []SharedFault `json:"shared"`    // those of most comuni first
	Single    int           `json:"single"`    // failures of one comune alone, not told here

	o NoticeOptions
}

// SharedFault is one failure of at least two comuni on the same platform.
type SharedFault struct {
	Row
	Platform string      `json:"platform"` // as people call it
	Assessed int         `json:"assessed"` // comuni on the platform with a definite verdict
	Comuni   []FaultSeen `json:"comuni"`   // by name
}

// FaultSeen is a comune with the failure: where it shows and when it was seen.
type FaultSeen struct {
	Istat    string    `json:"istat"`
	Comune   string    `json:"comune"`
	Province string    `json:"provincia"`
	URL      string    `json:"url,omitzero"`
	Seen     time.Time `json:"seen"` // UTC
}

// Suppliers lists the suppliers that the catalogue names, sorted.
func Suppliers(metas []checks.Meta) []string {
	var out []string
	for _, v := range metaOf(metas, platformCheck).Values {
		if v.Supplier != "" && !slices.Contains(out, v.Supplier) {
			out = append(out, v.Supplier)
		}
	}
	slices.Sort(out)
	return out
}

// FindSupplier finds a supplier by its name, or by that of a platform of its own.
func FindSupplier(metas []checks.Meta, query string) (string, bool) {
	want := wordsOf(query)
	if want == "" {
		return "", false
	}
	for _, s := range Suppliers(metas) {
		if wordsOf(s) == want {
			return s, true
		}
	}
	for id, v := range metaOf(metas, platformCheck).Values {
		if v.Supplier != "" && (wordsOf(v.Name) == want || wordsOf(id) == want) {
			return v.Supplier, true
		}
	}
	return "", false
}

type faultKey struct {
	check    string
	reason   finding.Reason
	platform string
}

// NewSupplierNotice makes the letter for a supplier, named as in the catalogue,
// from present views; brief ones are enough. Only checks that a supplier can do
// something about are told. It is ErrNothingToTell where no failure is shared.
func NewSupplierNotice(views iter.Seq2[record.Latest, error], supplier string, o NoticeOptions) (SupplierNotice, error) {
	n := SupplierNotice{Supplier: supplier, Platforms: []string{}, Shared: []SharedFault{}, o: o}
	values := metaOf(o.Checks, platformCheck).Values
	faults := map[faultKey]*SharedFault{}
	assessed := map[[2]string]int{} // check and platform
	for l, err := range views {
		if err != nil {
			return n, err
		}
		platform := viewPlatform(l)
		v, known := values[platform]
		if !known || v.Supplier != supplier {
			continue
		}
		n.Comuni++
		if name := cmp.Or(v.Name, platform); !slices.Contains(n.Platforms, name) {
			n.Platforms = append(n.Platforms, name)
		}
		n.gather(l, platform, faults, assessed)
	}
	for key, f := range faults {
		if len(f.Comuni) < 2 {
			n.Single++
			continue
		}
		f.Platform = cmp.Or(values[key.platform].Name, key.platform)
		f.Assessed = assessed[[2]string{key.check, key.platform}]
		slices.SortFunc(f.Comuni, func(a, b FaultSeen) int {
			return cmp.Or(cmp.Compare(a.Comune, b.Comune), cmp.Compare(a.Istat, b.Istat))
		})
		n.Shared = append(n.Shared, *f)
	}
	slices.Sort(n.Platforms)
	slices.SortFunc(n.Shared, func(a, b SharedFault) int {
		return cmp.Or(cmp.Compare(len(b.Comuni), len(a.Comuni)), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Platform, b.Platform))
	})
	if len(n.Shared) == 0 {
		return n, ErrNothingToTell
	}
	return n, nil
}

// gather adds the failures of one comune.
func (n *SupplierNotice) gather(l record.Latest, platform string, faults map[faultKey]*SharedFault, assessed map[[2]string]int) {
	for _, s := range l.Standings {
		m := metaOf(n.o.Checks, s.Finding.Check)
		if m.Nature != finding.Obligation || !slices.Contains(m.Who, checks.WhoSupplier) || len(n.o.Only) > 0 && !slices.Contains(n.o.Only, m.ID) {
			continue
		}
		f := tellable(s, n.o.Now)
		if f.Verdict.Definite() {
			assessed[[2]string{f.Check, platform}]++
		}
		if f.Verdict != finding.Fail {
			continue
		}
		key := faultKey{f.Check, f.Reason, platform}
		if faults[key] == nil {
			r := row(f, m, l.Visit.Reach, platform, SheetOptions{Checks: n.o.Checks, Text: n.o.Text})
			r.Evidence, r.Candidates, r.Looked = nil, nil, nil // of one comune
			faults[key] = &SharedFault{Row: r}
		}
		c := l.Comune
		faults[key].Comuni = append(faults[key].Comuni, FaultSeen{
			Istat: shown(c.Istat), Comune: shown(c.Name), Province: shown(c.Province),
			URL: address(cmp.Or(evidenceURL(f), l.Visit.FinalURL, c.Site.URL)), Seen: s.Checked.UTC(),
		})
	}
}

// Plain is the letter as plain text.
func (n SupplierNotice) Plain() string { return n.write(&letter{o: n.o}) }

// Markdown is the letter as Markdown.
func (n SupplierNotice) Markdown() string { return n.write(&letter{o: n.o, markdown: true}) }

func (n SupplierNotice) write(l *letter) string {
	l.line(l.text("to"), n.Supplier)
	l.line(l.text("pec"), l.text("supplier_pec"))
	l.line(l.text("subject_label"), l.text("supplier_subject", "platforms", strings.Join(n.Platforms, ", ")))
	l.b.WriteString("\n")
	l.our(l.text("greeting"))
	l.our(l.o.Text.Count("notice.supplier_intro", n.Comuni, "platforms", l.said(strings.Join(n.Platforms, ", "))))
	l.our(l.text("supplier_ask"))
	for i, f := range n.Shared {
		l.heading(i+1, f.Title)
		l.field(l.text("platform"), l.said(f.Platform))
		l.field(l.text("seen"), l.said(f.ReasonText))
		l.field(l.text("spread"), l.o.Text.Text("notice.spread_of", "n", l.o.Text.Number(len(f.Comuni)), "assessed", l.o.Text.Number(f.Assessed)))
		l.demand(f.Row)
		l.field(l.text("where"), l.o.Text.Count("notice.comuni", len(f.Comuni)))
		for _, c := range f.Comuni {
			l.comune(c)
		}
		l.b.WriteString("\n")
	}
	if n.Single > 0 {
		l.our(l.o.Text.Count("notice.single", n.Single))
	}
	l.closing()
	return l.b.String()
}

// comune writes a comune under a shared failure.
func (l *letter) comune(c FaultSeen) {
	name := c.Comune
	if c.Province != "" {
		name += " (" + c.Province + ")"
	}
	if l.markdown {
		l.b.WriteString("  - ")
	} else {
		l.b.WriteString("   - ")
	}
	l.b.WriteString(l.said(name))
	if c.URL != "" {
		l.b.WriteString(": " + l.link(c.URL))
	}
	l.b.WriteString(" (" + l.text("seen_on", "when", l.day(c.Seen)) + ")\n")
}
