package main

// A real Prometheus, configured as the example in deployments, scrapes a real
// serve that has visited the whole invented Italy: what every panel of every
// dashboard shows of it, and how a comune that mends itself leaves the table.

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/need"
)

// board is what of a dashboard says what is asked.
type board struct {
	file       string
	Title      string
	Templating struct {
		List []struct {
			Name, Type string
			Query      json.RawMessage
		}
	}
	Panels []struct {
		Title           string
		Type            string
		Targets         []struct{ RefID, Expr string }
		Transformations []struct {
			Options struct {
				RenameByName          map[string]string
				ColumnField, RowField string
			}
		}
	}
}

func boards(t *testing.T) []board {
	t.Helper()
	names, err := filepath.Glob("../../deployments/grafana/dashboards/*.json")
	if err != nil || len(names) != 4 {
		t.Fatalf("dashboards: %v, %v", names, err)
	}
	var out []board
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b := board{file: filepath.Base(name)}
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// asked is an expression as Grafana would send it with every choice at "all".
func (b board) asked(t *testing.T, expr string) string {
	t.Helper()
	return regexp.MustCompile(`\$\{?(\w+)\}?`).ReplaceAllStringFunc(expr, func(v string) string {
		name := strings.Trim(v, "${}")
		if strings.HasPrefix(name, "__") {
			return "5m"
		}
		for _, x := range b.Templating.List {
			if x.Name == name && x.Type == "constant" {
				var value string
				if err := json.Unmarshal(x.Query, &value); err != nil {
					t.Fatal(err)
				}
				return value
			}
			if x.Name == name {
				return ".*"
			}
		}
		t.Errorf("%s: no variable is called %s", b.file, name)
		return ""
	})
}

// prom is a Prometheus under way.
type prom struct{ address string }

type promRow struct{ Metric map[string]string }

// ask gives the rows of an instant query as of now.
func (p prom) ask(t *testing.T, expr string) []promRow {
	t.Helper()
	resp, err := http.PostForm(p.address+"/api/v1/query", url.Values{"query": {expr}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct{ Result []promRow }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Status != "success" {
		t.Fatalf("%s\n%s", answer.Error, expr)
	}
	return answer.Data.Result
}

// until waits for an expression to have rows, or none.
func (p prom) until(t *testing.T, expr string, rows bool) {
	t.Helper()
	for range 600 {
		if (len(p.ask(t, expr)) > 0) == rows {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("after a minute this has rows: %t\n%s", !rows, expr)
}

// scraping starts a Prometheus with the configuration of the example, only more
// often and of another address.
func scraping(t *testing.T, target string) prom {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"prometheus.yml", "alerts.yaml"} {
		raw, err := os.ReadFile(filepath.Join("../../deployments/prometheus", name))
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		if name == "prometheus.yml" {
			text = regexp.MustCompile(`(scrape_interval|scrape_timeout|evaluation_interval): \w+`).ReplaceAllString(text, "$1: 2s")
			text = strings.ReplaceAll(text, `"localhost:8080"`, fmt.Sprintf("%q", target))
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return prom{need.Prometheus(t, dir, "prometheus.yml")}
}

func TestPanelsShowWhatALiveServeExports(t *testing.T) {
	need.Tool(t, "prometheus", "prometheus")
	defer http.DefaultClient.CloseIdleConnections()
	running := italy(t)
	env := toItaly(t, running, t.TempDir())
	env["VIGILE_WEB_LISTEN"], env["VIGILE_NETWORK_CONTACT"], env["VIGILE_SCHEDULE_LAST_LOOK"] = "127.0.0.1:0", "mailto:ced@provincia.example", "0s"
	var ahead atomic.Int64 // of the machine's clock; the counts are made anew after a minute
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	w := world{redial: running.Redial, agidGap: time.Millisecond}
	s := serveWith(t, &app{world: w, now: clock}, env, "serve")
	defer s.end(t)

	p := scraping(t, strings.Trim(strings.TrimPrefix(s.address, "http://"), "/"))
	s.said.until(t, "the night has ended")
	ahead.Store(int64(2 * time.Minute))
	p.until(t, `vigile_run_last_success_timestamp_seconds > 0 and on (instance) count by (instance) (vigile_comune_info)`, true)
	crawl := func(istat string) {
		t.Helper()
		if code, _, stderr := runContext(t, t.Context(), &app{world: w}, env, "crawl", "--again", "--comune", istat); code != codeDone {
			t.Fatalf("%d: %s", code, stderr)
		}
	}
	crawl(running.Comuni()[0].Istat) // a rate is seen of what grows while it is watched
	p.until(t, `rate(vigile_crawl_fetch_seconds_count[5m]) > 0`, true)
	p.until(t, `sum(rate(vigile_crawl_sites_total{reach!~"no_url_in_registry|bad_url"}[5m])) > 0`, true) // counted when a visit ends
	table := ""
	for _, b := range boards(t) {
		for _, panel := range b.Panels {
			for _, q := range panel.Targets {
				expr := b.asked(t, q.Expr)
				rows := p.ask(t, expr)
				if len(rows) == 0 {
					t.Errorf("%s: panel %q, query %s finds nothing\n%s", b.file, panel.Title, q.RefID, expr)
				}
				for _, x := range panel.Transformations {
					wanted := slices.DeleteFunc(slices.Collect(maps.Keys(x.Options.RenameByName)), func(c string) bool { return strings.HasPrefix(c, "Value") })
					for _, column := range append(wanted, x.Options.ColumnField, x.Options.RowField) {
						if column != "" && !slices.ContainsFunc(rows, func(r promRow) bool { return r.Metric[column] != "" }) {
							t.Errorf("%s: panel %q: no row has %s", b.file, panel.Title, column)
						}
					}
				}
				if panel.Title == "Comuni non conformi" && panel.Type == "table" {
					table = expr
				}
			}
		}
	}
	t.Run("nothing is exported that METRICS.md does not have", func(t *testing.T) { exportedAsDocumented(t, p) })
	t.Run("a comune that is mended leaves the table", func(t *testing.T) {
		if table == "" {
			t.Fatal("no table is called Comuni non conformi")
		}
		reds := map[string]bool{} // of comuni that can be mended by their site alone
		for _, x := range running.Truths() {
			if x.Verdict == "fail" && x.Check == "accessibility-declaration" {
				reds[x.Istat] = true
			}
		}
		istat := ""
		for _, r := range p.ask(t, table) {
			if r.Metric["check"] == "accessibility-declaration" && reds[r.Metric["istat"]] {
				istat = r.Metric["istat"]
				break
			}
		}
		if istat == "" {
			t.Fatal("no red comune of the replica is a row of the table")
		}
		ofIt := fmt.Sprintf(`(%s) and on (istat) vigile_comune_info{istat=%q}`, table, istat)
		p.until(t, ofIt, true)
		if err := running.Mend(istat); err != nil {
			t.Fatal(err)
		}
		crawl(istat)
		ahead.Add(int64(2 * time.Minute))
		p.until(t, fmt.Sprintf(`vigile_comune_compliant{istat=%q,check="accessibility-declaration"} == 1`, istat), true)
		for _, r := range p.ask(t, ofIt) {
			t.Errorf("still a row: %v", r.Metric)
		}
	})
}

// exportedAsDocumented holds every metric and label that Prometheus has of
// vigile to the rows of METRICS.md, both ways.
func exportedAsDocumented(t *testing.T, p prom) {
	raw, err := os.ReadFile("../../docs/METRICS.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(vigile_\\w+)` \\| (\\w+) \\|([^|]*)\\|").FindAllStringSubmatch(string(raw), -1) {
		var labels []string
		for _, l := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(m[3], -1) {
			labels = append(labels, l[1])
		}
		slices.Sort(labels)
		want[m[1]] = slices.Clone(labels)
	}
	got := map[string]map[string]bool{}
	for _, r := range p.ask(t, `{__name__=~"vigile_.*"}`) {
		name := r.Metric["__name__"]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base, ok := strings.CutSuffix(name, suffix); ok && want[base] != nil {
				name = base
			}
		}
		if got[name] == nil {
			got[name] = map[string]bool{}
		}
		for label := range r.Metric {
			if !slices.Contains([]string{"__name__", "job", "instance"}, label) {
				got[name][label] = true
			}
		}
	}
	flat := map[string][]string{}
	for name, labels := range got {
		flat[name] = slices.Sorted(maps.Keys(labels))
	}
	for name, labels := range want {
		if labels == nil {
			want[name] = []string{}
		}
		if flat[name] == nil && got[name] != nil {
			flat[name] = []string{}
		}
	}
	if diff := cmp.Diff(want, flat); diff != "" {
		t.Errorf("documented, and exported:\n%s", diff)
	}
}
