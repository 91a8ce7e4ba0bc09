package web

// What the numbers of the pages count besides what a person would look for: each
// number leads to the list of just those comuni, by a query of these fields.

import (
	"net/url"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/report"
)

// The parameters of what numbers count.
const (
	paramTold      = "detto"    // the verdict of a check as it is told
	paramReason    = "motivo"   // the reason of it
	paramConcluded = "conclusi" // the last visit ended in a definite verdict
	paramFailing   = "mancanti" // a duty at least may be told to be unmet
	paramSiteless  = "senza_sito"
	paramSupplier  = "fornitore"
	paramUnion     = "unione"
	paramTheme     = "tema" // every check of it is in order
	paramSeen      = "visto"
	paramUnseen    = "non_visto"
)

// Values of these parameters. None of them is a slug, a reason or a verdict.
const (
	yes         = "si"
	anyDefinite = "_definito"
	nobody      = "_nessuno"
	notKnownYet = "_ignoto"
)

func countedParams() []string {
	return []string{
		paramTold, paramReason, paramConcluded, paramFailing, paramSiteless, paramSupplier, paramUnion, paramTheme, paramSeen, paramUnseen,
	}
}

// counted narrows a query to what a number counts. The zero value of a field asks
// for nothing.
type counted struct {
	told      string // a verdict, or anyDefinite
	reason    string // a code, or nobody where the closed list has none
	concluded bool
	failing   bool
	siteless  bool
	supplier  string // its slug; nobody: a platform of nobody; notKnownYet: no platform
	union     string // IPA code, folded
	theme     string // of themes
	seen      string // a service that is entered on the net
	unseen    string // one that is not
}

// set takes one value and tells whether it is right.
func (k *counted) set(name, v string) bool {
	switch name {
	case paramTold:
		k.told = v
		return v == anyDefinite || slices.Contains(verdicts, finding.Verdict(v))
	case paramReason:
		k.reason = v
		return true // knownCounted has the closed list
	case paramConcluded:
		k.concluded = true
		return v == yes
	case paramFailing:
		k.failing = true
		return v == yes
	case paramSiteless:
		k.siteless = true
		return v == yes
	case paramSupplier:
		k.supplier = v
		return v == nobody || v == notKnownYet || v == slug(v)
	case paramUnion:
		k.union = v
		return v == slug(v)
	case paramTheme:
		k.theme = v
		return themeOf(v) != nil
	case paramSeen:
		k.seen = v
		return v == suapID
	case paramUnseen:
		k.unseen = v
		return v == suapID
	}
	return false
}

// encode adds what is asked for to a query string.
func (k counted) encode(out url.Values) {
	for name, v := range k.fields() {
		if v != "" {
			out.Set(name, v)
		}
	}
}

// kept are what is asked for as fields of a form.
func (k counted) kept() []option {
	fields := k.fields()
	var out []option
	for _, name := range countedParams() {
		if v := fields[name]; v != "" {
			out = append(out, option{Value: v, Text: name})
		}
	}
	return out
}

func (k counted) fields() map[string]string {
	said := func(b bool) string {
		if b {
			return yes
		}
		return ""
	}
	return map[string]string{
		paramTold: k.told, paramReason: k.reason, paramConcluded: said(k.concluded), paramFailing: said(k.failing), paramSiteless: said(k.siteless),
		paramSupplier: k.supplier, paramUnion: k.union, paramTheme: k.theme, paramSeen: k.seen, paramUnseen: k.unseen,
	}
}

// knownCounted refuses what no number counts: a verdict as told without its check,
// a reason that the check does not have, a supplier that the catalogue does not know.
func (s *Server) knownCounted(q query) error {
	switch k := q.counted; {
	case k.told != "" && q.check == "":
		return &queryError{param: paramTold, why: "bad_counted"}
	case k.concluded && q.check == "":
		return &queryError{param: paramConcluded, why: "bad_counted"}
	case k.reason != "" && (k.told == "" || k.told == anyDefinite), k.reason != "" && k.reason != nobody && !s.about.hasReason(q.check, finding.Reason(k.reason)):
		return &queryError{param: paramReason, why: "bad_counted"}
	case k.supplier != "" && k.supplier != nobody && k.supplier != notKnownYet && s.about.supplierNamed(k.supplier) == "":
		return &queryError{param: paramSupplier, why: "bad_counted"}
	}
	return nil
}

func (a *about) hasReason(check string, r finding.Reason) bool {
	_, ok := finding.ReasonOf(check, r)
	return ok && a.knows(check)
}

// supplierNamed is the supplier of the catalogue with that slug; empty: none.
func (a *about) supplierNamed(asked string) string {
	i, ok := a.index[platformCheck]
	if !ok {
		return ""
	}
	for _, v := range a.metas[i].Values {
		if v.Supplier != "" && slug(v.Supplier) == asked {
			return v.Supplier
		}
	}
	return ""
}

// wantedCount is what a number counts, made ready for many comparisons.
type wantedCount struct {
	asked    counted
	told     uint8
	reason   uint16
	supplier string
	theme    []uint16
	nothing  bool // no comune of this snapshot can be meant
}

func (s *snapshot) wantCount(k counted) wantedCount {
	w := wantedCount{asked: k, supplier: s.about.supplierNamed(k.supplier)}
	if k.told != "" && k.told != anyDefinite {
		w.told = indexOf(verdicts, finding.Verdict(k.told), finding.Unknown)
	}
	if k.reason != "" && k.reason != nobody {
		i := slices.Index(s.reasons, finding.Reason(k.reason))
		w.reason, w.nothing = uint16(max(i, 0)), i < 0
	}
	if k.theme != "" {
		w.theme = s.about.themeChecks(k.theme)
		w.nothing = w.nothing || len(w.theme) == 0
	}
	return w
}

// matches tells whether a comune is counted, but for the finding of a check.
func (w *wantedCount) matches(s *snapshot, c *comune) bool {
	k, reached := &w.asked, reaches[c.reach]
	switch {
	case w.nothing,
		k.siteless && reached != page.ReachNoURL && reached != page.ReachBadURL,
		k.failing && s.fails(c) == 0,
		k.supplier != "" && !w.supplies(c),
		k.union != "" && !slices.ContainsFunc(c.unions, func(u union) bool { return u.ipa == k.union }),
		k.theme != "" && slices.ContainsFunc(w.theme, func(id uint16) bool { return !s.passes(c, id) }),
		k.seen != "" && !c.offers(k.seen),
		k.unseen != "" && c.offers(k.unseen):
		return false
	}
	return true
}

func (w *wantedCount) supplies(c *comune) bool {
	switch w.asked.supplier {
	case nobody:
		return c.supplier == "" && c.cms != ""
	case notKnownYet:
		return c.supplier == "" && c.cms == ""
	}
	return c.supplier != "" && c.supplier == w.supplier
}

// rules tells whether a finding is what is counted of its check.
func (w *wantedCount) rules(e entry) bool {
	switch k := &w.asked; {
	case k.concluded && !verdicts[e.verdict].Definite(),
		k.told == anyDefinite && !verdicts[e.toldVerdict].Definite(),
		k.told != "" && k.told != anyDefinite && e.toldVerdict != w.told,
		k.reason != "" && e.toldReason != w.reason:
		return false
	}
	return true
}

// offers tells whether a service was seen to be entered on the net.
func (c *comune) offers(service string) bool {
	return slices.Contains(strings.Split(c.services, ","), service)
}

// numberOf is a number of comuni that leads to the list of them.
func numberOf(n int, q query) numberLink { return numberLink{To: listLink(q), N: n} }

// read, siteless, failing, … are a query for fewer of its comuni.
func (q query) read() query     { q.reach = page.ReachOK; return q }
func (q query) siteless() query { q.counted.siteless = true; return q }
func (q query) failing() query  { q.counted.failing = true; return q }

// of asks for the comuni that a check was run on, told for those of whom it tells a
// verdict.
func (q query) of(check string) query { q.check = check; return q }

func (q query) told(check, verdict string) query {
	q.check, q.counted.told = check, verdict
	return q
}

// narrowings say in words what a list is narrowed to besides what its form asks.
func (s *Server) narrowings(snap *snapshot, q query) []string {
	k := q.counted
	var out []string
	add := func(asked bool, key string, args ...any) {
		if asked {
			out = append(out, s.text("web.only."+key, args...))
		}
	}
	add(k.told == anyDefinite, "definite")
	add(k.told != "" && k.told != anyDefinite, "told", "verdict", s.text("verdict."+k.told))
	add(k.reason == nobody, "no_reason")
	if k.reason != "" && k.reason != nobody {
		f := finding.Finding{Check: q.check, Verdict: finding.Verdict(k.told), Reason: finding.Reason(k.reason)}
		add(true, "reason", "reason", strings.TrimSuffix(report.ReasonText(s.o.Messages, f, page.ReachOK), "."))
	}
	add(k.concluded, "concluded")
	add(k.failing, "failing")
	add(k.siteless, "siteless")
	add(k.supplier == nobody, "no_supplier")
	add(k.supplier == notKnownYet, "no_platform")
	if name := s.about.supplierNamed(k.supplier); name != "" {
		add(true, "supplier", "name", name)
	}
	add(k.union != "", "union", "name", snap.unionName(k.union))
	add(k.theme != "", "theme", "theme", s.text("wall.theme."+k.theme))
	add(k.seen != "", "seen."+k.seen)
	add(k.unseen != "", "unseen."+k.unseen)
	return out
}

// unionName is a union as it is called; its code where nobody says.
func (s *snapshot) unionName(ipa string) string {
	for i := range s.comuni {
		for _, u := range s.comuni[i].unions {
			if u.ipa == ipa && u.name != "" {
				return u.name
			}
		}
	}
	return ipa
}
