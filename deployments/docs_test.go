package deployments_test

// The two documents: METRICS.md has every metric, OPERATIONS.md every alert.

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func document(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile("../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// documented are the example queries of METRICS.md.
func documented(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, m := range regexp.MustCompile("(?s)```promql\n(.*?)```").FindAllStringSubmatch(document(t, "METRICS.md"), -1) {
		for query := range strings.SplitSeq(m[1], "\n\n") {
			var lines []string
			for line := range strings.SplitSeq(query, "\n") {
				if !strings.HasPrefix(strings.TrimSpace(line), "#") {
					lines = append(lines, line)
				}
			}
			if expr := strings.TrimSpace(strings.Join(lines, "\n")); expr != "" {
				out = append(out, expr)
			}
		}
	}
	return out
}

func TestMetricsDocumentHasEveryMetricWithItsLabels(t *testing.T) {
	text := document(t, "METRICS.md")
	row := regexp.MustCompile("(?m)^\\| `(vigile_\\w+)` \\| (\\w+) \\|([^|]*)\\|")
	labels := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		if _, twice := labels[m[1]]; twice {
			t.Errorf("%s has two rows", m[1])
		}
		labels[m[1]] = []string{}
		for _, l := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(m[3], -1) {
			labels[m[1]] = append(labels[m[1]], l[1])
		}
	}
	for _, name := range families() {
		want, ok := contract[name]
		if !ok {
			want = contract[name+"_bucket"]
		}
		got, there := labels[name]
		if !there {
			t.Errorf("METRICS.md has no row for %s", name)
		} else if !slices.Equal(got, want) {
			t.Errorf("METRICS.md gives %s the labels %v, not %v", name, got, want)
		}
	}
	if len(documented(t)) < 8 {
		t.Errorf("only %d example queries are seen", len(documented(t)))
	}
	for _, expr := range documented(t) {
		if err := outsideContract(expr); err != nil {
			t.Errorf("METRICS.md: %v\n%s", err, expr)
		}
	}
}

func TestDocumentsNameNoOtherMetric(t *testing.T) {
	for _, name := range []string{"METRICS.md", "OPERATIONS.md"} {
		for _, m := range regexp.MustCompile(`\bvigile_[a-z_]+`).FindAllString(document(t, name), -1) {
			if _, ok := labelsOf(m); !ok && !slices.Contains(families(), m) {
				t.Errorf("%s names %s, which is no metric", name, m)
			}
		}
	}
}

func TestEveryAlertHasItsParagraph(t *testing.T) {
	headings := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(document(t, "OPERATIONS.md"), -1) {
		headings[m[1]] = true
	}
	for _, r := range alerts(t) {
		if !headings[r.Alert] {
			t.Errorf("OPERATIONS.md has no heading %s", r.Alert)
		}
		if want := "docs/OPERATIONS.md#" + strings.ToLower(r.Alert); r.Annotations["runbook"] != want {
			t.Errorf("%s: its runbook is %q, not %q", r.Alert, r.Annotations["runbook"], want)
		}
		delete(headings, r.Alert)
	}
	for h := range headings {
		if regexp.MustCompile(`^[A-Z][a-z]+[A-Z]\w+$`).MatchString(h) && h != "PostgreSQL" {
			t.Errorf("OPERATIONS.md speaks of an alert %s that there is not", h)
		}
	}
}
