package web

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// whoIs are the comuni of a list.
func whoIs(t *testing.T, m *memory, target string) []string {
	t.Helper()
	var out []string
	for _, row := range cells(document(t, wallServer(t, m), target).Find("table")) {
		out = append(out, row[0])
	}
	return out
}

func TestAListIsNarrowedToWhatANumberCounts(t *testing.T) {
	m := wall()
	m.see(reaching(looked(comuneOf("990006", "Doppiofinto", "TR", "Umbria"), noon, found("accessibility-declaration", finding.Fail, "no_link", finding.High)), page.ReachBlocked))
	for _, x := range []struct {
		target string
		want   []string
	}{
		{"/comuni?check=rtd&detto=unknown", []string{"Montefinto"}}, // a red of low confidence
		{"/comuni?check=rtd&detto=fail", nil},
		{"/comuni?check=rtd&verdict=fail", []string{"Montefinto"}},
		{"/comuni?check=rtd&conclusi=si", []string{"Montefinto"}},
		{"/comuni?check=rtd&detto=_definito", nil},
		{"/comuni?check=accessibility-declaration&detto=fail&motivo=no_link&provincia=PG", []string{"Borgofinto", "Montefinto"}},
		{"/comuni?check=accessibility-declaration&detto=fail&motivo=stale", nil},
		{"/comuni?check=accessibility-declaration&detto=fail&motivo=_nessuno", nil},
		{"/comuni?mancanti=si", []string{"Borgofinto", "Doppiofinto", "Montefinto"}},
		{"/comuni?mancanti=si&reach=ok&regione=Umbria", []string{"Borgofinto", "Montefinto"}},
		{"/comuni?senza_sito=si", []string{"Senza Sito"}},
		{"/comuni?fornitore=maggioli", []string{"Borgofinto", "Montefinto"}},
		{"/comuni?fornitore=_nessuno", nil},
		{"/comuni?fornitore=_ignoto&provincia=TR", []string{"Doppiofinto", "Ripafinta", "Vallefinta"}},
		{"/comuni?unione=u-valle", []string{"Borgofinto", "Montefinto"}},
		{"/comuni?unione=u-valle&fornitore=maggioli&check=https&detto=pass", []string{"Borgofinto"}},
		{"/comuni?unione=nessuna", nil},
		{"/comuni?tema=https", []string{"Borgofinto", "Ripafinta"}},
		{"/comuni?tema=payments", nil}, // no check of it is there
		{"/comuni?visto=suap", []string{"Montefinto"}},
		{"/comuni?non_visto=suap&reach=ok&provincia=PG", []string{"Borgofinto"}},
		{"/comuni?check=accessibility-declaration&detto=unknown&provincia=TR&mancanti=si", nil},
		{"/comuni?check=accessibility-declaration&detto=_definito&provincia=TR&reach=ok", []string{"Ripafinta"}},
		{"/comuni?check=accessibility-declaration&detto=not_applicable&fornitore=maggioli", nil},
	} {
		if diff := cmp.Diff(x.want, whoIs(t, m, x.target)); diff != "" {
			t.Errorf("%s: %s", x.target, diff)
		}
	}
}

func TestAListSaysWhatItIsNarrowedToAndKeepsItInItsForm(t *testing.T) {
	h := wallServer(t, wall())
	d := document(t, h, "/comuni?check=accessibility-declaration&detto=fail&motivo=no_link&fornitore=maggioli&unione=u-valle&mancanti=si")
	accessible(t, d, "it")
	text := tidy(d.Find("main > p").Text())
	for _, want := range []string{"esito contato: da sistemare", "motivo:", "fornitore: Maggioli", "unione: Unione della Valle Finta", "almeno un obbligo da sistemare"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	for name, want := range map[string]string{"detto": "fail", "motivo": "no_link", "fornitore": "maggioli", "unione": "u-valle", "mancanti": "si"} {
		if got := d.Find("form.filter input[type=hidden][name="+name+"]").AttrOr("value", ""); got != want {
			t.Errorf("%s is kept as %q", name, got)
		}
	}
	if link := d.Find("tbody th a").First().AttrOr("href", ""); link != "/comuni/990002#check-accessibility-declaration" {
		t.Errorf("a row leads to %s", link)
	}
	if text := tidy(document(t, h, "/comuni").Find("main > p").Text()); text != "" {
		t.Errorf("the whole list says %q", text)
	}
}

// What no number counts is refused before anything is done with it.
func TestWhatNoNumberCountsIsRefused(t *testing.T) {
	h := wallServer(t, wall())
	for _, raw := range []string{
		"detto=fail", "conclusi=si", "check=rtd&motivo=no_link", "check=rtd&detto=_definito&motivo=no_link", "check=rtd&detto=fail&motivo=nothing",
		"check=rtd&detto=fail&motivo=" + strings.Repeat("x", maxValue+1), "fornitore=altri", "fornitore=maggioli&fornitore=maggioli", "unione=%2e%2e",
	} {
		if w := ask(t, h, "/comuni?"+raw); w.Code != 400 {
			t.Errorf("%s: %d", raw, w.Code)
		}
	}
}
