package report

import (
	"errors"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

var writeLetters = flag.Bool("letters", false, "write the letters of testdata anew")

var letterDay = time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)

func letterMetas() []checks.Meta {
	duty := func(id, title string, who ...string) checks.Meta {
		return checks.Meta{
			ID: id, Nature: finding.Obligation, Severity: checks.SeverityHigh, Titles: checks.Text{IT: title, EN: title},
			Remedies: checks.Text{IT: "Rimedio di " + id + ".", EN: "Mend " + id + "."}, Who: who, Effort: checks.EffortHours,
			Deadline: checks.Deadline{Text: checks.Text{IT: "Entro il 23 settembre di ogni anno.", EN: "By 23 September each year."}},
			Law:      []checks.Law{{Act: "L. 1/2000", Article: "art. 2", Text: checks.Text{IT: "Chiede " + id + ".", EN: "Asks " + id + "."}}},
		}
	}
	declaration := duty("accessibility-declaration", "Dichiarazione di accessibilità", checks.WhoComune, checks.WhoSupplier)
	declaration.ByPlatform = map[string]checks.Text{"municipium": {IT: "In Municipium: impostazioni, piè di pagina.", EN: "In Municipium: settings, footer."}}
	return []checks.Meta{
		declaration,
		duty("rtd", "RTD", checks.WhoComune),
		duty("spid", "Accesso con SPID", checks.WhoSupplier),
		duty("cie", "Accesso con CIE", checks.WhoSupplier),
		duty("legacy-login", "Credenziali proprie", checks.WhoSupplier),
		duty("privacy", "Informativa privacy", checks.WhoComune, checks.WhoSupplier),
		{ID: "app-io", Nature: finding.Information, Titles: checks.Text{IT: "App IO", EN: "App IO"}},
		{ID: "pagopa", Nature: finding.Obligation, Titles: checks.Text{IT: "pagoPA", EN: "pagoPA"}, Who: []string{checks.WhoComune}},
		{ID: "cms", Nature: finding.Information, Titles: checks.Text{IT: "Piattaforma", EN: "Platform"}, Values: map[string]checks.Value{
			"municipium": {Name: "Municipium", Supplier: "Fornitore Finto"}, "jcitygov": {Name: "jCityGov", Supplier: "Fornitore Finto"},
			"wordpress": {Name: "WordPress"}, "altro": {Name: "Altro", Supplier: "Altri Finti"},
		}},
	}
}

func letterOptions(t testing.TB, lang string) NoticeOptions {
	t.Helper()
	text, err := messages.For(lang)
	if err != nil {
		t.Fatal(err)
	}
	return NoticeOptions{Checks: letterMetas(), Text: text, Now: letterDay.Add(24 * time.Hour), Zone: time.FixedZone("CET", 3600)}
}

// letterView is the view of an invented comune after one look.
func letterView(istat, name string, fs ...finding.Finding) record.Latest {
	c := registry.Comune{
		Istat: istat, IPA: "c_" + istat, Name: name, Province: "PG", Region: "Umbria", PEC: "protocollo@pec." + istat + ".example", Population: 3_000,
		Site: registry.Site{URL: "https://" + istat + ".example/"},
	}
	return lookedAt(c, letterDay, fs...)
}

func lookedAt(c registry.Comune, at time.Time, fs ...finding.Finding) record.Latest {
	slices.SortFunc(fs, func(a, b finding.Finding) int { return strings.Compare(a.Check, b.Check) })
	l, _ := record.Latest{}.Take(record.Assessment{
		Run: "r", Started: at, Comune: c, Findings: fs,
		Visit: page.Visit{Site: c.Site.URL, FinalURL: c.Site.URL, Reach: page.ReachOK, Started: at},
	}, "2026-11-22")
	return l
}

func red(check string, reason finding.Reason, c finding.Confidence) finding.Finding {
	return finding.Finding{Check: check, Nature: finding.Obligation, Verdict: finding.Fail, Reason: reason, Confidence: c}
}

func green(check string) finding.Finding {
	return finding.Finding{Check: check, Nature: finding.Obligation, Verdict: finding.Pass, Confidence: finding.High}
}

func builtWith(platform string) finding.Finding {
	return finding.Finding{Check: "cms", Nature: finding.Information, Verdict: finding.Info, Value: platform}
}

func letterFindings() []finding.Finding {
	noLink := red("accessibility-declaration", "no_link", finding.High)
	noLink.Looked = []string{"https://990001.example/", "https://990001.example/accessibilita"}
	old := red("legacy-login", "legacy_credentials", finding.High)
	old.Evidence = []finding.Fact{{Check: "legacy-login", Kind: "form", URL: "https://990001.example/login", Snippet: "Nome utente e password"}}
	return []finding.Finding{
		noLink, old, red("spid", "credentials_only", finding.High), red("cie", "credentials_only", finding.High),
		red("rtd", "rtd_not_identifiable", finding.Low), builtWith("municipium"),
		{Check: "privacy", Nature: finding.Obligation, Verdict: finding.Unknown, Reason: "js_only"},
	}
}

// golden holds a letter to the file that has been read by people.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *writeLetters {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-letters writes it anew):\n%s", name, diff)
	}
}

func TestTheLetterToAComune(t *testing.T) {
	l := letterView("990001", "Montefinto di Sopra", letterFindings()...)
	for _, lang := range messages.Languages() {
		n, err := NewNotice(l, letterOptions(t, lang))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "notice_"+lang+".txt", n.Plain())
		golden(t, "notice_"+lang+".md", n.Markdown())
	}
}

func seq(views ...record.Latest) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		for _, l := range views {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func supplierViews() []record.Latest {
	return []record.Latest{
		letterView("990001", "Montefinto di Sopra", red("accessibility-declaration", "no_link", finding.High), red("rtd", "rtd_not_identifiable", finding.High), builtWith("municipium")),
		letterView("990002", "Borgo Finto", red("accessibility-declaration", "no_link", finding.Medium), red("rtd", "rtd_not_identifiable", finding.High), builtWith("municipium")),
		letterView("990003", "Ripafinta", green("accessibility-declaration"), builtWith("municipium")),
		letterView("990004", "Vallefinta", red("accessibility-declaration", "no_link", finding.Low), builtWith("municipium")),
		letterView("990005", "Castelfinto", red("privacy", "not_found", finding.High), builtWith("jcitygov")),
		letterView("990006", "Poggiofinto", red("accessibility-declaration", "no_link", finding.High), builtWith("wordpress")),
	}
}

func TestTheLetterToASupplierAsksOnceForAll(t *testing.T) {
	n, err := NewSupplierNotice(seq(supplierViews()...), "Fornitore Finto", letterOptions(t, "it"))
	if err != nil {
		t.Fatal(err)
	}
	if n.Comuni != 5 || len(n.Shared) != 1 || n.Single != 1 || !slices.Equal(n.Platforms, []string{"Municipium", "jCityGov"}) {
		t.Fatalf("%+v", n)
	}
	f := n.Shared[0]
	var names []string
	for _, c := range f.Comuni {
		names = append(names, c.Comune)
	}
	if f.Check != "accessibility-declaration" || f.Assessed != 3 || !slices.Equal(names, []string{"Borgo Finto", "Montefinto di Sopra"}) {
		t.Errorf("%+v", f)
	}
	golden(t, "notice_supplier_it.txt", n.Plain())
	golden(t, "notice_supplier_it.md", n.Markdown())
	if _, err := NewSupplierNotice(seq(supplierViews()...), "Altri Finti", letterOptions(t, "it")); !errors.Is(err, ErrNothingToTell) {
		t.Errorf("%v", err)
	}
}

func TestASupplierIsFoundByItsPlatforms(t *testing.T) {
	for query, want := range map[string]string{"fornitore finto": "Fornitore Finto", "MUNICIPIUM": "Fornitore Finto", "WordPress": "", "nessuno": "", "": ""} {
		if got, ok := FindSupplier(letterMetas(), query); got != want || ok != (want != "") {
			t.Errorf("%q: %q", query, got)
		}
	}
	if got := Suppliers(letterMetas()); !slices.Equal(got, []string{"Altri Finti", "Fornitore Finto"}) {
		t.Error(got)
	}
}

func TestWhatIsNotSureNeverReachesALetter(t *testing.T) {
	doubted := red("privacy", "not_found", finding.High)
	doubted.Unconfirmed = true
	for name, fs := range map[string][]finding.Finding{
		"low confidence":     {red("privacy", "not_found", finding.Low)},
		"no confidence":      {red("privacy", "not_found", "")},
		"unconfirmed":        {doubted},
		"a warning":          {{Check: "privacy", Nature: finding.Obligation, Verdict: finding.Warn, Reason: "x", Confidence: finding.High}},
		"not verified":       {{Check: "privacy", Nature: finding.Obligation, Verdict: finding.Unknown, Reason: "js_only"}},
		"no duty":            {{Check: "app-io", Nature: finding.Information, Verdict: finding.Fail, Confidence: finding.High}},
		"nothing looked for": nil,
	} {
		n, err := NewNotice(letterView("990001", "Montefinto", fs...), letterOptions(t, "it"))
		if !errors.Is(err, ErrNothingToTell) || len(n.Items) != 0 {
			t.Errorf("%s: %v %v", name, n.Items, err)
		}
	}
	o := letterOptions(t, "it")
	o.Now = letterDay.Add(noticeAge + time.Minute)
	if _, err := NewNotice(letterView("990001", "Montefinto", red("privacy", "not_found", finding.High)), o); !errors.Is(err, ErrNothingToTell) {
		t.Errorf("a verdict of more than 14 days: %v", err)
	}
	o.Now = letterDay.Add(noticeAge)
	if _, err := NewNotice(letterView("990001", "Montefinto", red("privacy", "not_found", finding.High)), o); err != nil {
		t.Errorf("a verdict of 14 days: %v", err)
	}
}

// What a later look could not read is not told, although an earlier one saw it.
func TestAnUnknownIsOnlySaidToBeUnverified(t *testing.T) {
	l := letterView("990001", "Montefinto", red("privacy", "not_found", finding.High), red("accessibility-declaration", "no_link", finding.High))
	l, _ = l.Take(record.Assessment{Run: "s", Started: letterDay.Add(time.Hour), Comune: l.Comune, Visit: l.Visit, Findings: []finding.Finding{
		{Check: "privacy", Nature: finding.Obligation, Verdict: finding.Unknown, Reason: "js_only"},
	}}, "2026-11-22")
	n, err := NewNotice(l, letterOptions(t, "it"))
	if err != nil || len(n.Items) != 1 || !slices.Equal(n.Unverified, []string{"Informativa privacy"}) {
		t.Fatalf("%+v %v", n, err)
	}
	if text := n.Plain(); strings.Count(text, "Informativa privacy") != 1 || strings.Contains(text, "Rimedio di privacy") {
		t.Error(text)
	}
}

func TestALetterOfOneCheck(t *testing.T) {
	o := letterOptions(t, "it")
	o.Only = []string{"accessibility-declaration"}
	n, err := NewNotice(letterView("990001", "Montefinto", letterFindings()...), o)
	if err != nil || len(n.Items) != 1 || n.Items[0].Check != "accessibility-declaration" || n.Unverified != nil {
		t.Errorf("%+v %v", n, err)
	}
}

// Strings from outside stay on their line and act as nothing.
func TestAHostileSiteCannotWriteTheLetter(t *testing.T) {
	nasty := "x\r\nBcc: a@b.example\x1b[31m\u202e <script>alert(1)</script> [qui](javascript:alert(1)) | **"
	f := red("privacy", "not_found", finding.High)
	f.Evidence = []finding.Fact{{Check: "privacy", Kind: "x", URL: "javascript:alert(1)//" + nasty, Snippet: nasty}}
	l := letterView("990001", "Monte"+nasty, f, builtWith("municipium"))
	l.Comune.PEC = nasty
	l.Visit.FinalURL = "https://990001.example/<b>" + nasty
	n, err := NewNotice(l, letterOptions(t, "it"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{n.Plain(), n.Markdown()} {
		if strings.Contains(text, "\nBcc") || strings.ContainsAny(text, "\x1b\u202e\r") {
			t.Errorf("%q", text)
		}
	}
	if md := strings.ReplaceAll(n.Markdown(), `\]`, ""); strings.Contains(md, "<script") || strings.Contains(md, "<b>") || strings.Contains(md, "](java") || strings.Contains(md, "<javascript") {
		t.Errorf("%s", md)
	}
	s, err := NewSupplierNotice(seq(l, letterView("990002", "Altro", f, builtWith("municipium"))), "Fornitore Finto", letterOptions(t, "it"))
	if err != nil {
		t.Fatal(err)
	}
	if md := s.Markdown(); strings.Contains(md, "<script") || strings.Contains(md, "\nBcc") {
		t.Errorf("%s", md)
	}
}

// Whatever was found, a letter tells sure and fresh reds of duties alone, each
// once, and its words are fair.
func TestALetterIsFair(t *testing.T) {
	o := letterOptions(t, "it")
	rapid.Check(t, func(t *rapid.T) {
		var fs []finding.Finding
		want := map[string]bool{}
		for _, m := range letterMetas() {
			f := finding.Finding{
				Check: m.ID, Nature: m.Nature, Verdict: rapid.SampledFrom(finding.Verdicts()).Draw(t, "verdict"),
				Confidence: rapid.SampledFrom([]finding.Confidence{"", finding.Low, finding.Medium, finding.High}).Draw(t, "confidence"),
				Reason:     rapid.SampledFrom([]finding.Reason{"", "no_link", "not_found"}).Draw(t, "reason"), Unconfirmed: rapid.Bool().Draw(t, "unconfirmed"),
			}
			fs = append(fs, f)
			want[m.ID] = m.Nature == finding.Obligation && f.Verdict == finding.Fail && !f.Unconfirmed && (f.Confidence == finding.Medium || f.Confidence == finding.High)
		}
		at := letterDay.Add(-time.Duration(rapid.IntRange(0, 20).Draw(t, "days")) * 24 * time.Hour)
		l := lookedAt(registry.Comune{Istat: "990001", Name: "Montefinto"}, at, fs...)
		n, err := NewNotice(l, o)
		told := map[string]bool{}
		for _, it := range n.Items {
			if told[it.Check] || !want[it.Check] || o.Now.Sub(it.Seen) > noticeAge || slices.Contains(n.Unverified, it.Title) {
				t.Fatalf("%+v", it)
			}
			told[it.Check] = true
		}
		if errors.Is(err, ErrNothingToTell) != (len(told) == 0) {
			t.Fatalf("%v with %v", err, told)
		}
		for id, w := range want {
			if w && !told[id] && o.Now.Sub(at) <= noticeAge {
				t.Fatalf("%s is not told", id)
			}
		}
		if text := strings.ToLower(n.Plain()); strings.Contains(text, "non nominato") || strings.Contains(text, "inadempien") {
			t.Fatal(text)
		}
	})
}
