package deployments_test

// Every expression asked of a real Prometheus that holds the invented world:
// that it parses says nothing of a join that fails or finds nothing.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/need"
)

// asked is a Prometheus that answers questions about one moment.
type asked struct {
	base string
	now  time.Time
}

type result struct {
	Metric map[string]string
	Value  [2]any
}

func (p asked) query(t *testing.T, expr string) []result {
	t.Helper()
	form := url.Values{"query": {expr}, "time": {fmt.Sprint(p.now.Unix())}}
	resp, err := http.PostForm(p.base+"/api/v1/query", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Status, Error string
		Data          struct {
			ResultType string
			Result     []result
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if answer.Status != "success" {
		t.Errorf("%s\n%s", answer.Error, expr)
	}
	return answer.Data.Result
}

func TestEveryPanelShowsSomething(t *testing.T) {
	p := prometheus(t)
	for name, d := range dashboards(t) {
		for _, panel := range d.Panels {
			for _, q := range panel.Targets {
				expr, err := fill(d, q.Expr)
				if err != nil {
					t.Fatal(err)
				}
				got := p.query(t, expr)
				if len(got) == 0 {
					t.Errorf("%s: panel %q, query %s finds nothing\n%s", name, panel.Title, q.RefID, expr)
					continue
				}
				if missing := missingColumn(panel, got); missing != "" {
					t.Errorf("%s: panel %q has a column for %s, which its query does not give", name, panel.Title, missing)
				}
			}
		}
	}
	for _, expr := range documented(t) {
		p.query(t, expr)
	}
	for _, r := range alerts(t) {
		p.query(t, r.Expr)
	}

	t.Run("red comuni are rows of the table and leave it when mended", func(t *testing.T) { redRows(t, p) })
	t.Run("a region with an apostrophe is found", func(t *testing.T) { apostrophe(t, p) })
}

// missingColumn is a label that a table renames or turns and no row has.
func missingColumn(p panel, rows []result) string {
	var wanted []string
	for _, tr := range p.Transformations {
		for label := range tr.Options.RenameByName {
			if !strings.HasPrefix(label, "Value") {
				wanted = append(wanted, label)
			}
		}
		for _, label := range []string{tr.Options.ColumnField, tr.Options.RowField} {
			if label != "" {
				wanted = append(wanted, label)
			}
		}
	}
	for _, label := range wanted {
		if !slices.ContainsFunc(rows, func(r result) bool { _, ok := r.Metric[label]; return ok }) {
			return label
		}
	}
	return ""
}

func redRows(t *testing.T, p asked) {
	d := dashboards(t)["comuni-non-conformi.json"]
	i := slices.IndexFunc(d.Panels, func(x panel) bool { return x.Type == "table" && x.Title == "Comuni non conformi" })
	expr, err := fill(d, d.Panels[i].Targets[0].Expr)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range p.query(t, expr) {
		got[strings.Join([]string{r.Metric["comune"], r.Metric["check"], r.Metric["reason"]}, " ")] = fmt.Sprint(r.Value[1])
	}
	want := map[string]string{
		"Borgo Inventato https tls_expired":              fmt.Sprint(p.now.Add(-halfYear).Unix() * 1000),
		"Borgo Inventato rtd rtd_not_identifiable":       "0", // of unknown date, and a row all the same
		"Mont-Exemple accessibility-declaration no_link": fmt.Sprint(p.now.Add(-24*time.Hour).Unix() * 1000),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func apostrophe(t *testing.T, p asked) {
	d := dashboards(t)["italia.json"]
	for _, panel := range d.Panels {
		if panel.Title != "Comuni visitati" {
			continue
		}
		expr := strings.ReplaceAll(panel.Targets[0].Expr, "$regione", `Valle d\\'Aosta`)
		got := p.query(t, expr)
		if len(got) != 1 || got[0].Value[1] != "1" {
			t.Errorf("%s: %v", expr, got)
		}
		return
	}
	t.Error("no panel counts the comuni visited")
}

// prometheus starts one on loopback over the invented world, and ends it with
// the test.
func prometheus(t *testing.T) asked {
	t.Helper()
	need.Tool(t, "prometheus", "prometheus")
	dir, now := t.TempDir(), time.Now().Truncate(time.Minute)
	var text bytes.Buffer
	if err := writeWorld(&text, now); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"world": text.Bytes(), "empty.yml": []byte("{}\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	promtool(t, dir, "tsdb", "create-blocks-from", "openmetrics", "--quiet", "world", "data")

	return asked{need.Prometheus(t, dir, "empty.yml"), now}
}
