package web

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/need"
	"github.com/vigile-it/vigile/internal/record"
)

const openMetrics = "application/openmetrics-text; version=1.0.0"

// scraped are the families of a text, as the parser of Prometheus reads them.
func scraped(t testing.TB, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// series are the samples of a family, as "name=value …" of their labels.
func series(f *dto.MetricFamily) map[string]float64 {
	out := map[string]float64{}
	for _, m := range f.GetMetric() {
		var labels []string
		for _, l := range m.GetLabel() {
			labels = append(labels, l.GetName()+"="+l.GetValue())
		}
		slices.Sort(labels)
		v := m.GetGauge().GetValue()
		if m.GetCounter() != nil {
			v = m.GetCounter().GetValue()
		}
		out[strings.Join(labels, " ")] = v
	}
	return out
}

func TestComplianceIsSaidByTheContract(t *testing.T) {
	days := func(n int) time.Time { return noon.Add(-time.Duration(n) * 24 * time.Hour) }
	definite := func(at time.Time, f finding.Finding) []record.Assessment {
		return []record.Assessment{looked(comuneOf("990001", "X", "PG", "Umbria"), at, f)}
	}
	later := func(as []record.Assessment, at time.Time, fs ...finding.Finding) []record.Assessment {
		return append(as, looked(comuneOf("990001", "X", "PG", "Umbria"), at, fs...))
	}
	const decl = "accessibility-declaration"
	info := finding.Finding{Check: "social", Nature: finding.Information, Verdict: finding.Pass}
	for name, c := range map[string]struct {
		looks []record.Assessment
		want  string // "value reason", or "" for no sample
	}{
		"a pass is 1":                              {definite(noon, found(decl, finding.Pass, "", finding.High)), "1 "},
		"a pass of low confidence is 1":            {definite(noon, found(decl, finding.Pass, "", finding.Low)), "1 "},
		"a fail of high confidence is 0":           {definite(noon, found(decl, finding.Fail, "no_link", finding.High)), "0 no_link"},
		"a fail of medium confidence is 0":         {definite(noon, found(decl, finding.Fail, "no_link", finding.Medium)), "0 no_link"},
		"a fail of low confidence says nothing":    {definite(noon, found(decl, finding.Fail, "no_link", finding.Low)), ""},
		"a fail of no confidence says nothing":     {definite(noon, found(decl, finding.Fail, "no_link", "")), ""},
		"a warning whose duty is met is 1":         {definite(noon, found(decl, finding.Warn, "due", finding.Medium)), "1 due"},
		"any other warning says nothing":           {definite(noon, found(decl, finding.Warn, "other_body", finding.High)), ""},
		"unknown says nothing":                     {definite(noon, found(decl, finding.Unknown, "blocked", "")), ""},
		"not applicable says nothing":              {definite(noon, found(decl, finding.NotApplicable, "", "")), ""},
		"what is no obligation says nothing":       {definite(noon, info), ""},
		"a reason outside the list is no label":    {definite(noon, found(decl, finding.Fail, "https://evil.example/", finding.High)), "0 "},
		"a reason of another check is no label":    {definite(noon, found(decl, finding.Fail, "rtd_not_identifiable", finding.High)), "0 "},
		"the last definite verdict stands 14 days": {later(definite(days(14), found(decl, finding.Fail, "no_link", finding.High)), noon, found(decl, finding.Unknown, "blocked", "")), "0 no_link"},
		"and is gone after 14 days":                {later(definite(days(15), found(decl, finding.Fail, "no_link", finding.High)), noon, found(decl, finding.Unknown, "blocked", "")), ""},
		"a mended comune is 1 the same day":        {later(definite(days(1), found(decl, finding.Fail, "no_link", finding.High)), noon, found(decl, finding.Pass, "", finding.High)), "1 "},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{}
			m.see(c.looks...)
			families := scraped(t, body(t, served(t, m).Handler(), "/metrics/comuni"))
			got := ""
			for labels, v := range series(families["vigile_comune_compliant"]) {
				_, reason, _ := strings.Cut(labels, " reason=")
				reason, _, _ = strings.Cut(reason, " ")
				got += fmt.Sprintf("%g %s", v, reason)
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestARedOfLowConfidenceReachesNoMetric(t *testing.T) {
	m := &memory{}
	umbria := comuneOf("990001", "X", "PG", "Umbria")
	m.see(looked(umbria, noon.Add(-24*time.Hour), found("rtd", finding.Pass, "", finding.High)))
	unsure := found("rtd", finding.Fail, "rtd_not_identifiable", finding.Low)
	unsure.Unconfirmed = true
	m.see(looked(umbria, noon, unsure))
	h := served(t, m).Handler()
	counted := series(scraped(t, body(t, h, "/metrics"))["vigile_checks_comuni"])
	want := map[string]float64{"check=rtd provincia=PG reason=unconfirmed regione=Umbria verdict=unknown": 1}
	if d := cmp.Diff(want, counted); d != "" {
		t.Error(d)
	}
	for labels, v := range series(scraped(t, body(t, h, "/metrics/comuni"))["vigile_comune_compliant"]) {
		if v != 1 {
			t.Errorf("%s %g: the green of the night before stands until a second look", labels, v)
		}
	}
}

func TestEveryComuneHasItsSeries(t *testing.T) {
	m := umbria()
	m.see(reaching(looked(comuneOf("990006", "Nostra Colpa", "PG", "Umbria"), noon), page.ReachOurFault))
	m.see(looked(comuneOf("990007", "Sciolto", "PG", "Umbria"), noon.AddDate(0, 0, -20), found("rtd", finding.Pass, "", finding.High)))
	families := scraped(t, body(t, served(t, m).Handler(), "/metrics/comuni"))
	where := func(istat, comune, province, region string) string {
		return "comune=" + comune + " istat=" + istat + " provincia=" + province + " regione=" + region
	}
	reachable := map[string]float64{
		where("990001", "Finto Spoleto", "PG", "Umbria"): 1, where("990002", "Livo", "TN", "Trentino-Alto Adige"): 1,
		where("990003", "Livo", "CO", "Lombardia"): 1, where("990004", "Sant'Àngelo Finto", "PG", "Umbria"): 1, where("990005", "Senza Sito", "TR", "Umbria"): 0,
	}
	if d := cmp.Diff(reachable, series(families["vigile_comune_reachable"])); d != "" {
		t.Errorf("reachable:\n%s", d)
	}
	info := series(families["vigile_comune_info"])
	if len(info) != 7 {
		t.Errorf("%d comuni have information", len(info))
	}
	if got := info["cms=municipium comune=Finto Spoleto istat=990001 provincia=PG regione=Umbria size_class=1000-4999 supplier=Maggioli"]; got != 1 {
		t.Errorf("information: %v", sortedKeys(info))
	}
	since := series(families["vigile_comune_finding_since_timestamp_seconds"])
	want := map[string]float64{
		"check=accessibility-declaration istat=990001": float64(noon.Add(-11 * time.Hour).Unix()),
		"check=https istat=990001":                     float64(noon.Add(-59 * time.Hour).Unix()),
		"check=cms istat=990001":                       float64(noon.Add(-59 * time.Hour).Unix()),
		"check=accessibility-declaration istat=990002": float64(noon.Add(-11 * time.Hour).Unix()),
		"check=https istat=990002":                     float64(noon.Add(-11 * time.Hour).Unix()),
		"check=accessibility-declaration istat=990003": float64(noon.Add(-11 * time.Hour).Unix()),
		"check=rtd istat=990004":                       float64(noon.Add(-11 * time.Hour).Unix()),
	}
	if d := cmp.Diff(want, since); d != "" {
		t.Errorf("since:\n%s", d)
	}
}

func TestThePerComuneSeriesAreNarrowed(t *testing.T) {
	h := served(t, umbria()).Handler()
	for target, want := range map[string]int{
		"/metrics/comuni":                                              5,
		"/metrics/comuni?provincia=PG":                                 2,
		"/metrics/comuni?provincia=pg&regione=":                        2,
		"/metrics/comuni?regione=umbria":                               2,
		"/metrics/comuni?regione=S%C3%BCdtirol":                        2,
		"/metrics/comuni?check=https":                                  2,
		"/metrics/comuni?check=https&provincia=TN":                     1,
		"/metrics/comuni?provincia=RM":                                 0,
		"/metrics/comuni?provincia=PG&regione=Lombardia":               0,
		"/metrics/comuni?check=accessibility-declaration":              3,
		"/metrics/comuni?check=rtd":                                    0,
		"/metrics/comuni?check=accessibility-declaration&provincia=PG": 1,
	} {
		if got := len(series(scraped(t, body(t, h, target))["vigile_comune_compliant"])); got != want {
			t.Errorf("%s: %d series, want %d", target, got, want)
		}
	}
	for target, want := range map[string]int{
		"/metrics/comuni?provincia=P1": 400, "/metrics/comuni?check=nothing": 400, "/metrics/comuni?istat=990001": 400,
		"/metrics/comuni?provincia=PG&provincia=TR": 400, "/metrics/comuni?" + strings.Repeat("a", 3_000): 400,
	} {
		if w := ask(t, h, target); w.Code != want {
			t.Errorf("%.60s: %d, want %d", target, w.Code, want)
		}
	}
}

func TestTheAggregatesCountTheLastVisit(t *testing.T) {
	m := umbria()
	registered := prometheus.NewRegistry()
	pages := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vigile_crawl_pages_total", Help: "Pages."}, []string{"status"})
	clash := prometheus.NewGauge(prometheus.GaugeOpts{Name: "vigile_store_bytes", Help: "Another's."})
	registered.MustRegister(pages, clash)
	pages.WithLabelValues("2xx").Add(7)
	s := served(t, m, func(o *Options) {
		o.Gatherer = registered
		o.Status = func() Status {
			return Status{
				StoreBytes: 4096, LastSuccess: noon.Add(-time.Hour), LastDuration: 90 * time.Second, Expected: 10, Done: 8, Failed: 2,
				RegistryRead: noon.Add(-36 * time.Hour),
			}
		}
	})
	families := scraped(t, body(t, s.Handler(), "/metrics"))
	got := map[string]map[string]float64{}
	for name, f := range families {
		got[name] = series(f)
	}
	if len(got["vigile_build_info"]) != 1 || !strings.Contains(sortedKeys(got["vigile_build_info"])[0], "version=1.2.3") {
		t.Errorf("build: %v", got["vigile_build_info"])
	}
	delete(got, "vigile_build_info")
	here := func(province, region string) string {
		return " provincia=" + province + " reason=%s regione=" + region + " verdict=%s"
	}
	of := func(check, province, region, reason, verdict string) string {
		return "check=" + check + fmt.Sprintf(here(province, region), reason, verdict)
	}
	want := map[string]map[string]float64{
		"vigile_checks_comuni": {
			of("accessibility-declaration", "PG", "Umbria", "no_link", "fail"):               1,
			of("accessibility-declaration", "TN", "Trentino-Alto Adige", "due", "warn"):      1,
			of("accessibility-declaration", "CO", "Lombardia", "", "pass"):                   1,
			of("accessibility-declaration", "TR", "Umbria", "no_url_in_registry", "unknown"): 1,
			of("https", "PG", "Umbria", "", "pass"):                                          1,
			of("https", "TN", "Trentino-Alto Adige", "", "pass"):                             1,
			of("cms", "PG", "Umbria", "", "info"):                                            1,
			of("rtd", "PG", "Umbria", "upstream", "unknown"):                                 1,
			of("rtd", "PG", "Umbria", "unconfirmed", "unknown"):                              1,
		},
		"vigile_reach_comuni": {
			"provincia=PG reach=ok regione=Umbria": 2, "provincia=TN reach=ok regione=Trentino-Alto Adige": 1,
			"provincia=CO reach=ok regione=Lombardia": 1, "provincia=TR reach=no_url_in_registry regione=Umbria": 1,
		},
		"vigile_crawl_pages_total":                  {"status=2xx": 7},
		"vigile_store_bytes":                        {"": 4096},
		"vigile_schedule_enabled":                   {"": 0},
		"vigile_registry_age_seconds":               {"": 36 * 3600},
		"vigile_run_comuni":                         {"state=expected": 10, "state=done": 8, "state=failed": 2},
		"vigile_run_duration_seconds":               {"": 90},
		"vigile_run_last_success_timestamp_seconds": {"": float64(noon.Add(-time.Hour).Unix())},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTheFormOfTheMetricsIsNegotiated(t *testing.T) {
	registered := prometheus.NewRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "vigile_crawl_bytes_total", Help: "Bytes."})
	registered.MustRegister(counter)
	h := served(t, umbria(), func(o *Options) { o.Gatherer = registered }).MetricsHandler()
	const scraper = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6," +
		"application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"
	for _, path := range []string{"/metrics", "/metrics/comuni"} {
		for accept, want := range map[string]string{
			"": "text/plain; version=0.0.4", "text/plain": "text/plain; version=0.0.4", "text/html": "text/plain; version=0.0.4",
			openMetrics: "application/openmetrics-text; version=1.0.0", scraper: "application/openmetrics-text; version=1.0.0",
		} {
			w := ask(t, h, path, "Accept", accept)
			if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, want) {
				t.Errorf("%s with %q: %q", path, accept, got)
			}
			if open := strings.Contains(want, "openmetrics"); strings.HasSuffix(w.Body.String(), "\n# EOF\n") != open || strings.Count(w.Body.String(), "# EOF") > 1 {
				t.Errorf("%s with %q ends with %q", path, accept, w.Body.String()[max(0, w.Body.Len()-20):])
			}
		}
	}
	if text := body(t, h, "/metrics", "Accept", openMetrics); !strings.Contains(text, "# TYPE vigile_crawl_bytes counter\nvigile_crawl_bytes_total 0.0\n") {
		t.Error("the counter is not written as OpenMetrics has it")
	}
}

func TestTheMetricsPassTheLinter(t *testing.T) {
	h := served(t, umbria()).Handler()
	for _, path := range []string{"/metrics", "/metrics/comuni"} {
		text := body(t, h, path)
		problems, err := promlint.New(strings.NewReader(text)).Lint()
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v, %v", path, problems, err)
		}
	}
}

func TestPromtoolFindsNoFault(t *testing.T) {
	tool := need.Tool(t, "prometheus", "promtool")
	h := served(t, umbria()).Handler()
	for _, path := range []string{"/metrics", "/metrics/comuni"} {
		cmd := exec.Command(tool, "check", "metrics")
		cmd.Stdin = strings.NewReader(body(t, h, path))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}

func TestNoStringFromASiteIsALabel(t *testing.T) {
	m := &memory{}
	c := comuneOf("990001", "Borgo \"Finto\"\\\n{x} \x1b[31m\u202e", "PG", "Um\"bria\n")
	f := found("rtd", finding.Fail, "SECRET-reason", finding.High)
	f.Value, f.Looked = "SECRET-value", []string{"https://SECRET.example"}
	f.Evidence = []finding.Fact{{Snippet: "SECRET-snippet", URL: "https://SECRET.example"}}
	cms := finding.Finding{Check: "cms", Nature: finding.Information, Verdict: finding.Info, Value: "SECRET-platform"}
	stranger := found("SECRET-check", finding.Fail, "no_link", finding.High)
	a := looked(c, noon, f, cms, stranger)
	a.Visit.Detail, a.Visit.FinalURL, a.Visit.Reach = "SECRET-detail", "https://SECRET.example", "SECRET-reach"
	m.see(a)
	h := served(t, m).Handler()
	for _, path := range []string{"/metrics", "/metrics/comuni"} {
		for _, accept := range []string{"", openMetrics} {
			text := body(t, h, path, "Accept", accept)
			if strings.Contains(text, "SECRET") || strings.ContainsAny(text, "\x1b\u202e") {
				t.Errorf("%s holds what a site said:\n%s", path, text)
			}
			if accept != "" {
				continue
			}
			for name, family := range scraped(t, text) {
				for labels := range series(family) {
					if strings.Contains(labels, "istat=") && strings.Contains(labels, "comune=") && !strings.Contains(labels, `comune=Borgo "Finto"\ {x}`) {
						t.Errorf("%s: the name came out as %q", name, labels)
					}
				}
			}
		}
	}
}

// Whatever a store holds, the number of series is bounded by the registry, the
// catalogue and the closed lists.
func TestTheNumberOfSeriesIsBounded(t *testing.T) {
	metas := sampleMetas()
	specs, err := finding.Reasons()
	if err != nil {
		t.Fatal(err)
	}
	perPlace := 0 // pairs of verdict and reason, over all checks
	for _, meta := range metas {
		for _, v := range finding.Verdicts() {
			perPlace++
			for _, spec := range specs {
				listed, ok := finding.ReasonOf(meta.ID, spec.Code)
				if ok && slices.Contains(listed.Verdicts, v) {
					perPlace++
				}
			}
		}
	}
	word := rapid.OneOf(rapid.StringMatching(`[a-z_]{1,6}`), rapid.SampledFrom([]string{"no_link", "js_only", "due", "blocked", "tls_expired", ""}))
	rapid.Check(t, func(t *rapid.T) {
		m := &memory{}
		n := rapid.IntRange(1, 12).Draw(t, "comuni")
		for i := range n {
			c := comuneOf(fmt.Sprintf("%06d", i), word.Draw(t, "name"), word.Draw(t, "province"), word.Draw(t, "region"))
			var fs []finding.Finding
			for _, id := range []string{"rtd", "https", "accessibility-declaration", "stranger", "cms"} {
				f := found(id, rapid.SampledFrom(append(finding.Verdicts(), "odd")).Draw(t, "verdict"), finding.Reason(word.Draw(t, "reason")), finding.Confidence(word.Draw(t, "confidence")))
				f.Value = word.Draw(t, "value")
				fs = append(fs, f)
			}
			m.see(reaching(looked(c, noon, fs...), page.Reach(word.Draw(t, "reach"))))
		}
		snap, err := takeSnapshot(t.Context(), m, newAbout(metas), noon, nil)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		e := newExposition(&text)
		snap.writeCounts(&families{exposition: e, names: map[string]bool{}})
		if err := e.flush(); err != nil {
			t.Fatal(err)
		}
		places := len(snap.places)
		if lines := bytes.Count(text.Bytes(), []byte("\nvigile_checks_comuni{")); lines > places*perPlace || lines > n*len(metas) {
			t.Fatalf("%d series of checks in %d places", lines, places)
		}
		if lines := bytes.Count(text.Bytes(), []byte("\nvigile_reach_comuni{")); lines > places*len(page.Reaches()) {
			t.Fatalf("%d series of reach in %d places", lines, places)
		}
		text.Reset()
		e = newExposition(&text)
		snap.writeComuni(e, selection{})
		if err := e.flush(); err != nil {
			t.Fatal(err)
		}
		for name, most := range map[string]int{
			"vigile_comune_compliant": n * 3, "vigile_comune_reachable": n, "vigile_comune_info": n,
			"vigile_comune_finding_since_timestamp_seconds": n * len(metas),
		} {
			if lines := bytes.Count(text.Bytes(), []byte("\n"+name+"{")); lines > most {
				t.Fatalf("%d series of %s, at most %d", lines, name, most)
			}
		}
	})
}

func TestPlacesBeyondTheBoundAreCountedTogether(t *testing.T) {
	m := &memory{}
	for i := range maxPlaces + 50 {
		m.see(looked(comuneOf(fmt.Sprintf("%06d", i), "X", fmt.Sprintf("P%d", i), "R"), noon))
	}
	families := scraped(t, body(t, served(t, m).Handler(), "/metrics"))
	got := series(families["vigile_reach_comuni"])
	if len(got) != maxPlaces+1 || got["provincia=altre reach=ok regione=altre"] != 50 {
		t.Errorf("%d series, %v of elsewhere", len(got), got["provincia=altre reach=ok regione=altre"])
	}
}

func TestAMetricOfAStoreThatCannotBeReadIsAnError(t *testing.T) {
	h := served(t, &memory{err: errors.New("open /secret/vigile.db")}).Handler()
	for _, path := range []string{"/metrics", "/metrics/comuni"} {
		if w := ask(t, h, path); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestAnEmptyStoreHasItsServiceMetrics(t *testing.T) {
	h := served(t, &memory{}, func(o *Options) { o.Status = nil }).Handler()
	names := slices.Sorted(maps.Keys(scraped(t, body(t, h, "/metrics"))))
	want := []string{
		"vigile_build_info", "vigile_run_comuni", "vigile_run_duration_seconds",
		"vigile_run_last_success_timestamp_seconds", "vigile_schedule_enabled", "vigile_store_bytes",
	}
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
}

func TestSizeClassesAreTheContracts(t *testing.T) {
	for population, want := range map[int]string{
		0: "unknown", -1: "unknown", 1: "<1000", 999: "<1000", 1_000: "1000-4999", 4_999: "1000-4999", 5_000: "5000-14999",
		14_999: "5000-14999", 15_000: "15000-49999", 49_999: "15000-49999", 50_000: ">=50000", 2_800_000: ">=50000",
	} {
		if got := sizeClass(population); got != want {
			t.Errorf("%d: %s, want %s", population, got, want)
		}
	}
}
