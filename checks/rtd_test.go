package checks

import (
	"testing"

	"github.com/vigile-it/vigile/internal/registry"
)

// Where IPA has no row, red rests on what the pages on the organisation do not
// say. They may say it in other words.
func TestWordsThatMayBeTheRoleMakeNobodyRed(t *testing.T) {
	const named, open, union, red = "warn ipa_missing", "unknown not_visible_on_site", "unknown union_not_read", "fail rtd_not_identifiable"
	for name, tc := range map[string]struct{ offices, want string }{
		"of the transformation":              {`<p>Responsabile per la trasformazione digitale: dott. Ubaldo Fintelli</p>`, named},
		"abbreviated":                        {`<p>Resp. transizione digitale: Ubaldo Fintelli</p>`, named},
		"of a sector, not an office":         {`<p>Settore Transizione Digitale e ICT</p>`, named},
		"German, of the transformation":      {`<p>Verantwortlicher für die Digitale Transformation: Ubaldo Fintelli</p>`, named},
		"French, towards":                    {`<p>Responsable de la transition vers le numérique: Ubaldo Fintelli</p>`, named},
		"the initials before a name":         {`<p>RTD: Ubaldo Fintelli</p>`, open},
		"the initials in a table":            {`<table><tr><td>RTD</td><td>Ubaldo Fintelli</td></tr></table>`, open},
		"the initials, and nobody":           {`<p>RTD: da nominare</p>`, red},
		"a decree by initials":               {`<p><a href="/doc/d5.pdf">Decreto n. 5 - nomina RTD</a></p>`, open},
		"a decree by other words":            {`<p><a href="/doc/d5.pdf">Atto di nomina del responsabile per il digitale</a></p>`, open},
		"a mountain community does the work": {`<p>Il servizio informatico è svolto dalla Comunità di montagna della Finta.</p>`, union},
		"German, another body does the work": {`<p>Der EDV-Dienst wird von der Bezirksgemeinschaft Finthal geführt.</p>`, union},
		"another comune does the work":       {`<p>Il servizio informativo è in convenzione con il Comune di Fintopoli, capofila.</p>`, union},
		"a mountain community of old":        {`<p>La Comunità montana ha sede a Fintopoli.</p>`, red},
		"a probe":                            {`<p>Sonda RTD per la caldaia.</p>`, red},
		"nobody":                             {``, red},
	} {
		t.Run(name, func(t *testing.T) {
			link := func(path, label string) string { return `<a href="/` + path + `">` + label + `</a>` }
			site := smallSite{
				home: link("at", "Amministrazione trasparente"),
				pages: []smallPage{
					{path: "at", interests: transparencyPage, title: "Amministrazione trasparente", body: link("at/uffici", "Articolazione degli uffici")},
					{path: "at/uffici", interests: organisationPage, depth: 2, title: "Articolazione degli uffici", body: tc.offices},
				},
				comune: func(c *registry.Comune) { c.RTD.Holders = nil },
			}
			if got := verdictOf(site.judged(t, rtdID)); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}
