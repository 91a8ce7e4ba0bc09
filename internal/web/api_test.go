package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/report"
)

// objects are the items of an array that a GET gives.
func objects(t *testing.T, h http.Handler, target string) []map[string]any {
	t.Helper()
	var out []map[string]any
	w := ask(t, h, target)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %d %s", target, w.Code, w.Header().Get("Content-Type"))
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || out == nil {
		t.Fatalf("%s: %v: %s", target, err, w.Body)
	}
	return out
}

func TestTheComuniAreListed(t *testing.T) {
	h := served(t, umbria()).Handler()
	for target, want := range map[string]int{
		"": 5, "?provincia=PG": 2, "?regione=Umbria": 3, "?regione=Südtirol": 1, "?reach=ok": 4, "?provincia=RM": 0, "?regione=Nowhere": 0,
	} {
		target = strings.ReplaceAll(target, "ü", "%C3%BC")
		if got := len(objects(t, h, "/api/v1/comuni"+target)); got != want {
			t.Errorf("%s: %d comuni, want %d", target, got, want)
		}
	}
	first := objects(t, h, "/api/v1/comuni")[0]
	want := map[string]any{
		"istat": "990001", "codice_ipa": "c_990001", "comune": "Finto Spoleto", "provincia": "PG", "regione": "Umbria", "popolazione": 3000.0,
		"pec": "protocollo@pec.990001.example", "site": "https://990001.example/", "final_url": "https://990001.example/", "run": "r20261122",
		"checked_at": "2026-11-22T01:00:00Z", "reach": "ok", "verdicts": map[string]any{"fail": 1.0, "pass": 1.0, "info": 1.0, "unknown": 1.0},
	}
	if d := cmp.Diff(want, first); d != "" {
		t.Error(d)
	}
}

func TestAComuneIsItsSheet(t *testing.T) {
	h := served(t, umbria()).Handler()
	var sheet report.Sheet
	if err := json.Unmarshal([]byte(body(t, h, "/api/v1/comuni/990001")), &sheet); err != nil {
		t.Fatal(err)
	}
	if sheet.Comune != "Finto Spoleto" || len(sheet.Findings) != 4 || sheet.Findings[0].Verdict != "fail" || sheet.Findings[0].Remedy == "" {
		t.Errorf("%+v", sheet)
	}
}

func TestTheHistoryIsTold(t *testing.T) {
	h := served(t, umbria()).Handler()
	past := objects(t, h, "/api/v1/comuni/990001/history")
	if len(past) != 2 || past[0]["checked_at"] != "2026-11-22T01:00:00Z" || past[1]["first"] != true {
		t.Fatalf("%v", past)
	}
	want := []any{map[string]any{"check": "accessibility-declaration", "title": "Verifica accessibility-declaration", "from": "pass", "to": "fail", "to_reason": "no_link"}}
	if d := cmp.Diff(want, past[0]["changes"]); d != "" {
		t.Error(d)
	}
	// Cut short, the last one still tells what it changed, and is not the first.
	past = objects(t, h, "/api/v1/comuni/990001/history?limit=1")
	if len(past) != 1 || len(past[0]["changes"].([]any)) != 1 || past[0]["first"] != nil {
		t.Errorf("%v", past)
	}
}

func TestFindingsHaveTheColumnsOfTheExport(t *testing.T) {
	h := served(t, umbria()).Handler()
	for target, want := range map[string]int{
		"": 9, "?check=rtd": 2, "?verdict=fail": 2, "?check=rtd&verdict=fail": 1, "?provincia=PG": 5, "?provincia=PG&verdict=pass": 1, "?regione=Lombardia": 1, "?check=social": 0,
	} {
		if got := len(objects(t, h, "/api/v1/findings"+target)); got != want {
			t.Errorf("%s: %d findings, want %d", target, got, want)
		}
	}
	one := objects(t, h, "/api/v1/findings?check=rtd&verdict=fail")[0]
	columns := report.Columns()
	slices.Sort(columns)
	if d := cmp.Diff(columns, sortedKeys(one)); d != "" {
		t.Error(d)
	}
	if lines := strings.Count(body(t, h, "/api/v1/findings?format=jsonl&provincia=PG"), "\n"); lines != 5 {
		t.Errorf("%d lines", lines)
	}
	if text := body(t, h, "/api/v1/findings?format=csv&check=https"); !strings.HasPrefix(text, strings.Join(report.Columns(), ",")+"\n") || strings.Count(text, "\n") != 3 {
		t.Errorf("%s", text)
	}
}

func TestRunsAndChangesAreListed(t *testing.T) {
	h := served(t, umbria()).Handler()
	if runs := objects(t, h, "/api/v1/runs"); len(runs) != 2 || runs[1]["kind"] != "notte" {
		t.Errorf("%v", runs)
	}
	if runs := objects(t, h, "/api/v1/runs?limit=1"); len(runs) != 1 {
		t.Errorf("%v", runs)
	}
	for target, want := range map[string]int{
		"": 1, "?since=7d": 1, "?since=1h": 0, "?since=2026-11-22": 1, "?since=2026-11-23": 0, "?check=rtd": 0, "?provincia=TN": 0, "?regione=Umbria": 1, "?regione=Lazio": 0,
	} {
		if got := len(objects(t, h, "/api/v1/changes"+target)); got != want {
			t.Errorf("%s: %d changes, want %d", target, got, want)
		}
	}
	want := map[string]any{
		"istat": "990001", "comune": "Finto Spoleto", "provincia": "PG", "regione": "Umbria", "check": "accessibility-declaration",
		"from": map[string]any{"verdict": "pass"}, "to": map[string]any{"verdict": "fail", "reason": "no_link"}, "at": "2026-11-22T01:00:00Z", "run": "r20261122",
	}
	if d := cmp.Diff(want, objects(t, h, "/api/v1/changes")[0]); d != "" {
		t.Error(d)
	}
}

func TestEmptyListsAreArrays(t *testing.T) {
	h := served(t, &memory{}).Handler()
	for _, target := range []string{"comuni", "findings", "runs", "changes"} {
		if got := objects(t, h, "/api/v1/"+target); len(got) != 0 {
			t.Errorf("%s: %v", target, got)
		}
	}
}

func TestAnAPIErrorIsJSON(t *testing.T) {
	h := served(t, umbria()).Handler()
	for target, want := range map[string]int{
		"/api/v1/comuni/999999": 404, "/api/v1/comuni/x": 404, "/api/v1/comuni/999999/history": 404, "/api/v1/nothing": 404, "/api/": 404,
		"/api/v1/crawl": 404, "/api/v1/comuni?q=1": 400, "/api/v1/comuni?provincia=1": 400, "/api/v1/findings?verdict=red": 400,
		"/api/v1/findings?check=nothing": 400, "/api/v1/findings?format=xml": 400, "/api/v1/changes?since=x": 400, "/api/v1/runs?limit=0": 400,
	} {
		w := ask(t, h, target)
		var got map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != want || got["error"] == "" || strings.Contains(got["error"], "web.") {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	broken := served(t, &memory{err: errors.New("open /secret")}).Handler()
	for _, target := range []string{"/api/v1/comuni", "/api/v1/comuni/990001", "/api/v1/comuni/990001/history", "/api/v1/runs", "/api/v1/changes", "/api/v1/findings"} {
		if w := ask(t, broken, target); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}

func TestAListThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	m := country(2_000, []string{"rtd"})
	m.broken = errors.New("a bad page")
	server := httptest.NewServer(served(t, m).Handler())
	defer server.Close()
	client := server.Client()
	defer client.CloseIdleConnections()
	for _, target := range []string{"/api/v1/comuni", "/api/v1/findings"} {
		res, err := client.Get(server.URL + target)
		if err != nil {
			continue // broken off before the first byte
		}
		var all []any
		err = json.NewDecoder(res.Body).Decode(&all)
		res.Body.Close()
		if err == nil {
			t.Errorf("%s: %d items, and no error", target, len(all))
		}
	}
}

func TestLongAnswersAreLimitedInNumber(t *testing.T) {
	s := served(t, umbria())
	for range maxStreams {
		if _, ok := s.admit(httptest.NewRecorder()); !ok {
			t.Fatal("too few are let in")
		}
	}
	w := ask(t, s.Handler(), "/api/v1/comuni")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d", w.Code)
	}
	if w := ask(t, s.Handler(), "/"); w.Code != http.StatusOK {
		t.Errorf("a page: %d", w.Code)
	}
}

func TestHealthIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		store  *memory
		status Status
		ready  int
		reason string
	}{
		"all is well":            {umbria(), Status{}, 200, "ok\n"},
		"an empty store":         {&memory{}, Status{}, 200, "ok\n"},
		"a store that is broken": {&memory{err: errors.New("open /secret")}, Status{}, 503, "store: cannot be read\n"},
		"stopping":               {umbria(), Status{Stopping: true}, 503, "stopping\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := served(t, c.store, func(o *Options) { o.Status = func() Status { return c.status } })
			for _, h := range []http.Handler{s.Handler(), s.MetricsHandler()} {
				if got := body(t, h, "/healthz"); got != "ok\n" {
					t.Errorf("alive: %s", got)
				}
				if w := ask(t, h, "/readyz"); w.Code != c.ready || w.Body.String() != c.reason {
					t.Errorf("ready: %d %s", w.Code, w.Body)
				}
			}
		})
	}
}

func TestTheMetricsMayStandApart(t *testing.T) {
	s := served(t, umbria(), func(o *Options) { o.MetricsApart = true })
	if w := ask(t, s.Handler(), "/metrics"); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
	body(t, s.MetricsHandler(), "/metrics")
	if w := ask(t, s.MetricsHandler(), "/"); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
}

func TestAPanicIsAPlainError(t *testing.T) {
	s := served(t, umbria())
	h := s.guarded(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))
	if w := ask(t, h, "/"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAServerHasBounds(t *testing.T) {
	s := HTTPServer("127.0.0.1:0", http.NotFoundHandler())
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 {
		t.Errorf("%+v", s)
	}
}

func TestOptionsAreRequired(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("no error")
	}
}
