package report

// The heads of the digital transition in the report of a province: the source
// that proves each, and who shares one.

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// RTDLine is what is known of the RTD of one comune, with its source.
type RTDLine struct {
	Counted
	Verdict    finding.Verdict    `json:"verdict"`
	Text       string             `json:"text"`            // the verdict, and the reason where there is one
	Source     string             `json:"source,omitzero"` // value of the check: ipa, ipa_union, ipa_office, site, declaration
	SourceText string             `json:"source_text,omitzero"`
	Words      string             `json:"words,omitzero"` // what the source says
	Confidence finding.Confidence `json:"confidence,omitzero"`
}

// OfIPA tells that the source is IPA, whose address is the same for all.
func (l RTDLine) OfIPA() bool { return strings.HasPrefix(l.Source, "ipa") }

// SharedRTD is one RTD for several comuni.
type SharedRTD struct {
	By     string    `json:"by"`            // union: the row of a union proves it; name: IPA has one name in several comuni, which may be two people
	Body   string    `json:"body,omitzero"` // IPA code of the union
	Name   string    `json:"name,omitzero"` // of the union
	Words  string    `json:"words"`         // as IPA publishes it
	Comuni []Counted `json:"comuni"`
}

func (c *counting) rtdLines() []RTDLine {
	out := make([]RTDLine, 0, len(c.now))
	for _, l := range c.now {
		f, ran := l.finding("rtd")
		if !ran {
			f.Verdict = finding.Unknown
		}
		line := RTDLine{
			Counted: c.counted(l, "rtd"), Verdict: f.Verdict, Text: c.o.Text.Text("verdict." + string(f.Verdict)),
			Source: shown(f.Value), Confidence: f.Confidence,
		}
		whole, _ := l.whole.Standing("rtd")
		switch {
		case f.Reason == finding.ReasonUnconfirmed && whole.Finding.Reason != "":
			line.Text = c.o.Text.Text("province_report.unsure_of", "what", c.reason(whole.Finding, l).text)
		case f.Reason != "":
			line.Text = c.reason(f, l).text
		case !ran:
			line.Text = c.o.Text.Text("province_report.not_run")
		}
		if f.Value != "" {
			line.SourceText = c.value("rtd", f.Value).text
		}
		if fact, ok := telling(f); ok && f.Verdict.Definite() && f.Value != "" {
			line.Words = shown(cmp.Or(fact.Snippet, fact.Value))
		}
		out = append(out, line)
	}
	return out
}

// sharedRTD groups the comuni whose RTD stands on the row of one union, and
// those that IPA lists under one name.
func (c *counting) sharedRTD() []SharedRTD {
	unions, names := map[string]*SharedRTD{}, map[string]*SharedRTD{}
	for _, l := range c.now {
		f, _ := definite(l, "rtd")
		if source, _ := rtdSource(c, l); len(source) == 0 {
			continue // nobody is identified, so nobody is shared
		}
		if f.Value == "ipa_union" && len(f.Evidence) > 0 {
			into(unions, page.Fold(f.Evidence[0].Value), SharedRTD{By: "union", Body: shown(f.Evidence[0].Value), Name: unionName(l.Comune.RTD, f.Evidence[0].Value), Words: shown(f.Evidence[0].Snippet)}, c.counted(l, "rtd"))
			continue
		}
		for _, h := range l.Comune.RTD.Holders {
			if !h.Union && h.Name != "" && f.Verdict == finding.Pass {
				into(names, strings.Join(strings.Fields(page.Fold(h.Name)), " "), SharedRTD{By: "name", Words: shown(h.Name)}, c.counted(l, "rtd"))
			}
		}
	}
	out := []SharedRTD{}
	for _, s := range unions {
		out = append(out, *s)
	}
	for _, s := range names {
		if len(s.Comuni) > 1 {
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b SharedRTD) int {
		return cmp.Or(cmp.Compare(b.By, a.By), cmp.Compare(len(b.Comuni), len(a.Comuni)), cmp.Compare(a.Body, b.Body), cmp.Compare(a.Words, b.Words))
	})
	return out
}

// unionName is what a union is called, as IPA or the registry has it; empty: not known.
func unionName(o registry.Office, code string) string {
	for _, u := range o.Named {
		if registry.FoldIPA(u.IPA) == registry.FoldIPA(code) && u.Name != "" {
			return shown(u.Name)
		}
	}
	return shown(o.UnionNames[registry.FoldIPA(code)])
}

// BodyWords are the union by its code and, where it is known, its name.
func (s SharedRTD) BodyWords() string {
	if s.Name == "" {
		return s.Body
	}
	return s.Body + ", " + s.Name
}

func into(by map[string]*SharedRTD, key string, start SharedRTD, who Counted) {
	if by[key] == nil {
		by[key] = &start
	}
	if !slices.ContainsFunc(by[key].Comuni, func(x Counted) bool { return x.Istat == who.Istat }) {
		by[key].Comuni = append(by[key].Comuni, who)
	}
}
