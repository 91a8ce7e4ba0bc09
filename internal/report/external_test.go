package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/registry"
)

// imported is what some invented files say.
func imported(t testing.TB, kind registry.ExternalKind, text string) registry.ExternalData {
	t.Helper()
	d, err := registry.ReadExternal(kind, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func outsideOptions(t testing.TB) SheetOptions {
	o := letterOptions(t, "it")
	return SheetOptions{Checks: o.Checks, Text: o.Text}
}

// stands are the checks of a comune's lines with how they go together.
func stands(t *testing.T, said *registry.External, fs ...finding.Finding) []string {
	t.Helper()
	o := outsideOptions(t)
	o.Outside = said
	var out []string
	for _, l := range PresentSheet(letterView("990001", "Montefinto", fs...), o).Outside {
		out = append(out, l.Check+" "+string(l.Stand))
	}
	return out
}

func TestACompletedProjectIsSetBesideTheSite(t *testing.T) {
	io := registry.NewExternal(imported(t, registry.ExternalPNRR, "codice_ipa,avviso,stato_candidatura,data_stato_candidatura\nC_990001,1.4.3 - app IO - Comuni,E,2024-03-01\n"))
	identity := registry.NewExternal(imported(t, registry.ExternalPNRR, "codice_ipa,avviso,stato_candidatura\nc_990001,1.4.4 - SPID CIE - Comuni,E\n"))
	granted := registry.NewExternal(imported(t, registry.ExternalPNRR, "codice_ipa,avviso,stato_candidatura\nc_990001,1.4.3 - app IO - Comuni,A\n"))
	is := func(check string, v finding.Verdict, reason finding.Reason) finding.Finding {
		return finding.Finding{Check: check, Verdict: v, Reason: reason, Confidence: finding.High}
	}
	for name, c := range map[string]struct {
		said *registry.External
		fs   []finding.Finding
		want []string
	}{
		"seen":                            {io, []finding.Finding{is("app-io", finding.Pass, "")}, []string{"app-io agrees"}},
		"only mentioned":                  {io, []finding.Finding{is("app-io", finding.Warn, "mention")}, []string{"app-io differs"}},
		"read and not seen":               {io, []finding.Finding{is("app-io", finding.Unknown, "not_visible_on_site")}, []string{"app-io differs"}},
		"not read":                        {io, []finding.Finding{is("app-io", finding.Unknown, "js_only")}, []string{"app-io "}},
		"not looked for":                  {io, nil, []string{" "}},
		"not completed":                   {granted, []finding.Finding{is("app-io", finding.Unknown, "not_visible_on_site")}, []string{"app-io "}},
		"SPID fails, CIE is there":        {identity, []finding.Finding{is("spid", finding.Fail, "credentials_only"), is("cie", finding.Pass, "")}, []string{"spid differs", "cie agrees"}},
		"a red that is not sure is told?": {identity, []finding.Finding{red("spid", "credentials_only", finding.Low)}, []string{"spid ", " "}},
	} {
		if diff := cmp.Diff(c.want, stands(t, c.said, c.fs...)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestAnswersAreSetBesideTheSite(t *testing.T) {
	said := registry.NewExternal(imported(t, registry.ExternalCourt, `istat;domanda;risposta
990001;È stato nominato il DPO?;No
990001;Piattaforme: SPID;Sì, dal 2021
990001;Personale;12
990001;pagoPA?;in corso
990001;Ci sono sì specie di piante?;sì
`))
	got := stands(t, said, green("spid"), red("dpo", "x", finding.High), red("pagopa", "iban_only", finding.High))
	want := []string{"dpo agrees", "spid agrees", " ", "pagopa ", " "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := stands(t, said, red("spid", "credentials_only", finding.High), green("dpo")); got[0] != "dpo differs" || got[1] != "spid differs" {
		t.Error(got)
	}
}

func TestInhabitantsFarApartAreSaid(t *testing.T) {
	for n, want := range map[string]string{"3000": " agrees", "3200": " agrees", "4000": " differs", "300": " differs"} {
		said := registry.NewExternal(imported(t, registry.ExternalPopulation, "istat,popolazione\n990001,"+n+"\n"))
		if got := stands(t, said); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q", n, got)
		}
	}
}

func TestDisagreementsAreListed(t *testing.T) {
	said := registry.NewExternal(
		imported(t, registry.ExternalPNRR, "codice_ipa,avviso,stato_candidatura,data_stato_candidatura\nC_990001,1.4.4 - SPID CIE - Comuni,E,2024-03-01\nc_990002,1.4.4 - SPID CIE,E,\n"),
	)
	views := seq(letterView("990001", "Montefinto", red("spid", "credentials_only", finding.High)), letterView("990002", "Borgo", green("spid")), letterView("990003", "Altro"))
	got, err := Disagreements(views, said, outsideOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Istat != "990001" || got[0].Check != "spid" || got[0].Says != "completata (asseverata ed erogata)" || got[0].Day != "2024-03-01" || !strings.HasPrefix(got[0].Measured, "da sistemare: ") {
		t.Errorf("%+v", got)
	}
	if words := got[0].OutsideWords(italian(t)); words != "completata (asseverata ed erogata) (1 marzo 2024)" {
		t.Error(words)
	}
}

func TestHostileImportsAreCleanOnASheet(t *testing.T) {
	said := registry.NewExternal(imported(t, registry.ExternalCourt, "istat,domanda,risposta\n990001,\"SPID\x1b[2J \u202e<script>\",\"=cmd|' /C calc'!A0\r\nsì\"\n"))
	o := outsideOptions(t)
	o.Outside = said
	l := letterView("990001", "Montefinto", green("spid"))
	lines := PresentSheet(l, o).Outside
	if len(lines) != 1 || strings.ContainsAny(lines[0].Source+lines[0].Says, "\x1b\u202e\n\r") {
		t.Errorf("%q", lines)
	}
}
