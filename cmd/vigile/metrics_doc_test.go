package main

// docs/METRICS.md is made here, from what a serve exports and from the closed
// lists; "make docs" writes it, and this test fails where it is stale.

import (
	"bytes"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/store/bolt"
	"github.com/vigile-it/vigile/store/storetest"
)

// documentedMetric is one row.
type documentedMetric struct {
	name, kind, help string
	labels           []string
}

func TestMetricsDocumentIsFresh(t *testing.T) {
	made := metricsDocument(t)
	if name := os.Getenv("VIGILE_METRICS"); name != "" {
		if err := os.WriteFile(name, made, 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile("../../docs/METRICS.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(string(made), "\n")); diff != "" {
		t.Errorf("docs/METRICS.md is stale: make docs\n%s", diff)
	}
}

func metricsDocument(t *testing.T) []byte {
	t.Helper()
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	aggregates, comuni := exportedMetrics(t, list)
	var ids, obligations []string
	for _, c := range list {
		ids = append(ids, c.Meta.ID)
		if c.Meta.Nature == finding.Obligation {
			obligations = append(obligations, c.Meta.ID)
		}
	}
	slices.Sort(ids)
	slices.Sort(obligations)
	sizes := []string{"<1000", "1000-4999", "5000-14999", "15000-49999", ">=50000", "unknown"}
	funcs := template.FuncMap{
		"table": metricRows, "codes": codes, "times": func(a, b int) string { return grouped(a * b) },
		"plus": func(ns ...int) (sum int) {
			for _, n := range ns {
				sum += n
			}
			return sum
		},
	}
	tmpl, err := template.New("METRICS.md.tmpl").Funcs(funcs).ParseFiles(filepath.Join("testdata", "METRICS.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = tmpl.Execute(&out, map[string]any{
		"Made":       "<!-- Written by `make docs` from cmd/vigile/testdata/METRICS.md.tmpl: change that, or the help of a metric. -->",
		"Aggregates": aggregates, "Comuni": comuni, "Verdicts": texts(finding.Verdicts()), "Reaches": texts(page.Reaches()),
		"Checks": ids, "Obligations": obligations, "Sizes": sizes, "Sources": texts(registry.Sources()),
		"Provinces": len(registry.Provinces()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// exportedMetrics is what a serve over a small store exports, each list by name.
func exportedMetrics(t *testing.T, list []checks.Check) (aggregates, comuni []documentedMetric) {
	t.Helper()
	dir := t.TempDir()
	st, err := bolt.Open(filepath.Join(dir, "vigile.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-time.Hour)
	if err := st.Begin(t.Context(), storetest.RunOf("n", record.Night, at)); err != nil {
		t.Fatal(err)
	}
	if err := st.Append(t.Context(), storetest.Assessment(0, 0, "n", at), storetest.Assessment(1, 0, "n", at)); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, now: time.Now, text: text, env: []string{"VIGILE_DATA_DIR=" + dir}}
	cfg, err := a.settings()
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.newService(cfg, list)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.asked.Store(at.Unix())
	pages, err := s.pages()
	if err != nil {
		t.Fatal(err)
	}
	defer pages.Close()
	described := describedBy(s.meter)
	read := func(path string) []documentedMetric {
		w := httptest.NewRecorder()
		pages.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return familiesIn(w.Body.String(), described)
	}
	// Instruments that have counted nothing yet are described all the same.
	aggregates = read("/metrics")
	for name, d := range described {
		if !slices.ContainsFunc(aggregates, func(m documentedMetric) bool { return m.name == name }) {
			aggregates = append(aggregates, d)
		}
	}
	byName := func(x, y documentedMetric) int { return strings.Compare(x.name, y.name) }
	comuni = read("/metrics/comuni")
	slices.SortFunc(aggregates, byName)
	slices.SortFunc(comuni, byName)
	return aggregates, comuni
}

var (
	descText  = regexp.MustCompile(`fqName: "(vigile_\w+)", help: "([^"]*)", unit: "[^"]*", constLabels: \{([^}]*)\}, variableLabels: \{([^}]*)\}`)
	labelName = regexp.MustCompile(`(\w+)=`)
)

// describedBy is what instruments say of themselves. Which kind they are only
// their names tell.
func describedBy(r *prometheus.Registry) map[string]documentedMetric {
	descs := make(chan *prometheus.Desc, 1_000)
	r.Describe(descs)
	close(descs)
	out := map[string]documentedMetric{}
	for d := range descs {
		m := descText.FindStringSubmatch(d.String())
		if m == nil {
			continue
		}
		x := documentedMetric{name: m[1], help: m[2], kind: "gauge"}
		for _, l := range labelName.FindAllStringSubmatch(m[3], -1) {
			x.labels = append(x.labels, l[1])
		}
		if m[4] != "" {
			x.labels = append(x.labels, strings.Split(m[4], ",")...)
		}
		switch {
		case strings.HasSuffix(x.name, "_total"):
			x.kind = "counter"
		case strings.HasSuffix(x.name, "_seconds"):
			x.kind, x.labels = "histogram", append(x.labels, "le")
		}
		out[x.name] = x
	}
	return out
}

// familiesIn reads a text exposition: the families of vigile, with the labels of
// their first sample where nobody describes them.
func familiesIn(text string, described map[string]documentedMetric) []documentedMetric {
	var out []documentedMetric
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.HasPrefix(line, "# HELP vigile_"):
			name, help, _ := strings.Cut(strings.TrimPrefix(line, "# HELP "), " ")
			out = append(out, documentedMetric{name: name, help: help})
		case strings.HasPrefix(line, "# TYPE vigile_"):
			last := &out[len(out)-1]
			last.kind = strings.Fields(line)[3]
			last.labels = described[last.name].labels
		case strings.HasPrefix(line, "vigile_") && out[len(out)-1].labels == nil:
			if name, labels, ok := strings.Cut(line, "{"); ok && name == out[len(out)-1].name {
				for _, l := range regexp.MustCompile(`(?:^|,)(\w+)="`).FindAllStringSubmatch(labels, -1) {
					out[len(out)-1].labels = append(out[len(out)-1].labels, l[1])
				}
			}
		}
	}
	return out
}

func metricRows(metrics []documentedMetric) string {
	rows := []string{"| metric | type | labels | meaning |", "|---|---|---|---|"}
	for _, m := range metrics {
		labels := ""
		if len(m.labels) > 0 {
			labels = " " + codes(m.labels)
		}
		rows = append(rows, "| `"+m.name+"` | "+m.kind+" |"+labels+" | "+m.help+" |")
	}
	return strings.Join(rows, "\n")
}

func codes(list []string) string { return "`" + strings.Join(list, "`, `") + "`" }

func texts[T ~string](list []T) []string {
	var out []string
	for _, x := range list {
		out = append(out, string(x))
	}
	return out
}

// grouped is a number with its thousands apart.
func grouped(n int) string {
	if n < 1_000 {
		return strconv.Itoa(n)
	}
	rest := strconv.Itoa(n % 1_000)
	return grouped(n/1_000) + "," + strings.Repeat("0", 3-len(rest)) + rest
}
