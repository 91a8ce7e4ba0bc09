package deployments_test

// Prometheus: the example, the alerts and every expression, by its own tool.

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/vigile-it/vigile/internal/need"
)

type scrape struct {
	JobName        string `yaml:"job_name"`
	MetricsPath    string `yaml:"metrics_path"`
	ScrapeInterval string `yaml:"scrape_interval"`
	ScrapeTimeout  string `yaml:"scrape_timeout"`
	SampleLimit    int    `yaml:"sample_limit"`
}

func scrapes(t *testing.T) map[string]scrape {
	t.Helper()
	var file struct {
		ScrapeConfigs []scrape `yaml:"scrape_configs"`
	}
	readYAML(t, "prometheus/prometheus.yml", &file)
	out := map[string]scrape{}
	for _, s := range file.ScrapeConfigs {
		out[s.JobName] = s
	}
	return out
}

type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alerts(t *testing.T) []rule {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []rule
		}
	}
	readYAML(t, "prometheus/alerts.yaml", &file)
	var out []rule
	for _, g := range file.Groups {
		out = append(out, g.Rules...)
	}
	return out
}

// A value that is older than five minutes is not shown: a longer interval would
// make every series of a comune come and go.
func TestNoSeriesGoesStaleBetweenTwoScrapes(t *testing.T) {
	jobs := scrapes(t)
	if len(jobs) != 2 || jobs["vigile"].MetricsPath != "" || jobs["vigile-comuni"].MetricsPath != "/metrics/comuni" {
		t.Fatalf("jobs: %+v", jobs)
	}
	every, err := time.ParseDuration(jobs["vigile-comuni"].ScrapeInterval)
	if err != nil {
		t.Fatal(err)
	}
	patience, err := time.ParseDuration(jobs["vigile-comuni"].ScrapeTimeout)
	if err != nil {
		t.Fatal(err)
	}
	if every+patience >= 5*time.Minute || every < 2*time.Minute {
		t.Errorf("single comuni are asked for every %v, with %v of patience", every, patience)
	}
	// 7,900 comuni: 13 obligations, 28 dates, reach and info.
	if need := 7900 * (len(obligations) + len(values["check"]) + 2); jobs["vigile-comuni"].SampleLimit < need {
		t.Errorf("%d samples are too few for all Italy, which has up to %d", jobs["vigile-comuni"].SampleLimit, need)
	}
}

func TestAlertsNameOnlyTheContract(t *testing.T) {
	used := regexp.MustCompile(`\$labels\.(\w+)`)
	for _, r := range alerts(t) {
		if err := outsideContract(r.Expr); err != nil {
			t.Errorf("%s: %v", r.Alert, err)
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
			t.Errorf("%s: severity %q", r.Alert, r.Labels["severity"])
		}
		for _, key := range []string{"summary", "description"} {
			text := r.Annotations[key]
			if text == "" || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %s is no sentence: %q", r.Alert, key, text)
			}
			for _, m := range used.FindAllStringSubmatch(text, -1) {
				if !labelIn(r.Expr, m[1]) {
					t.Errorf("%s: %s names the label %s, which its expression does not", r.Alert, key, m[1])
				}
			}
		}
	}
}

// labelIn tells whether a label can be on the result of an expression.
func labelIn(expr, label string) bool {
	q, err := parsePromQL(expr)
	if err != nil {
		return false
	}
	if slices.Contains(q.groupings, label) {
		return true
	}
	for _, s := range q.selectors {
		labels, _ := labelsOf(s.metric)
		if slices.Contains(labels, label) {
			return true
		}
	}
	return false
}

// Each alert is seen firing and seen silent in some test of promtool.
func TestEveryAlertIsTestedBothWays(t *testing.T) {
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, name := range ruleTests(t) {
		var file struct {
			Tests []struct {
				Interval string
				Alerts   []struct {
					Alertname string
					Expected  []any `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		readYAML(t, name, &file)
		for _, x := range file.Tests {
			if d, err := time.ParseDuration(x.Interval); err != nil || d > 5*time.Minute {
				t.Errorf("%s: an interval of %s goes stale", name, x.Interval)
			}
			for _, a := range x.Alerts {
				if len(a.Expected) > 0 {
					fires[a.Alertname] = true
				} else {
					silent[a.Alertname] = true
				}
			}
		}
	}
	for _, r := range alerts(t) {
		if !fires[r.Alert] || !silent[r.Alert] {
			t.Errorf("%s: seen firing %t, seen silent %t", r.Alert, fires[r.Alert], silent[r.Alert])
		}
	}
}

func ruleTests(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("prometheus/*_test.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no tests of the alerts: %v", err)
	}
	return names
}

func TestPromtoolAcceptsTheExample(t *testing.T) {
	promtool(t, "prometheus", "check", "config", "prometheus.yml")
	promtool(t, "prometheus", "check", "rules", "alerts.yaml")
}

func TestPromtoolSeesEachAlertFireAndKeepQuiet(t *testing.T) {
	for _, name := range ruleTests(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			promtool(t, "prometheus", "test", "rules", filepath.Base(name))
		})
	}
}

// Every expression of the dashboards and of METRICS.md, as rules of one file.
func TestPromtoolParsesEveryExpression(t *testing.T) {
	type recording struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	var rules []recording
	add := func(expr string) {
		rules = append(rules, recording{fmt.Sprintf("x:%d", len(rules)), expr})
	}
	for name, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				expr, err := fill(d, q.Expr)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				add(expr)
			}
		}
	}
	for _, expr := range documented(t) {
		add(expr)
	}
	raw, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "x", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rules.yaml"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, dir, "check", "rules", "rules.yaml")
}

func promtool(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), need.Tool(t, "prometheus", "promtool"), args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
