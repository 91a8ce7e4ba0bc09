package deployments_test

// The dashboards as JSON: what Grafana would accept silently and show wrongly.

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

type dashboard struct {
	UID         string   `json:"uid"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Tags        []string `json:"tags"`
	Templating  struct {
		List []variable `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

type variable struct {
	Name       string          `json:"name"`
	Type       string          `json:"type"`
	Query      json.RawMessage `json:"query"`
	Definition string          `json:"definition"`
	AllValue   string          `json:"allValue"`
}

type source struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type panel struct {
	ID          int    `json:"id"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Datasource  source `json:"datasource"`
	GridPos     struct {
		X, Y, W, H int
	} `json:"gridPos"`
	Targets     []panelTarget `json:"targets"`
	FieldConfig struct {
		Defaults struct {
			Unit       string `json:"unit"`
			Thresholds struct {
				Steps []struct {
					Color string   `json:"color"`
					Value *float64 `json:"value"`
				} `json:"steps"`
			} `json:"thresholds"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
	Transformations []struct {
		ID      string `json:"id"`
		Options struct {
			RenameByName map[string]string `json:"renameByName"`
			ColumnField  string            `json:"columnField"`
			RowField     string            `json:"rowField"`
		} `json:"options"`
	} `json:"transformations"`
	Panels []panel `json:"panels"`
}

type panelTarget struct {
	RefID        string `json:"refId"`
	Datasource   source `json:"datasource"`
	Expr         string `json:"expr"`
	Format       string `json:"format"`
	Instant      bool   `json:"instant"`
	Range        bool   `json:"range"`
	LegendFormat string `json:"legendFormat"`
}

// dashboards reads every dashboard, by file name.
func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	names, err := filepath.Glob("grafana/dashboards/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	out := map[string]dashboard{}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[filepath.Base(name)] = d
	}
	return out
}

func TestTheDashboardsAreThoseAnnounced(t *testing.T) {
	want := map[string]string{"Italia": "", "Provincia": "", "Comuni non conformi": "", "Il crawler": ""}
	uids := map[string]string{}
	for name, d := range dashboards(t) {
		if _, ok := want[d.Title]; !ok {
			t.Errorf("%s: unexpected title %q", name, d.Title)
		}
		delete(want, d.Title)
		if other, taken := uids[d.UID]; taken || d.UID == "" || len(d.UID) > 40 {
			t.Errorf("%s: uid %q is empty, too long or also of %s", name, d.UID, other)
		}
		uids[d.UID] = name
		if !slices.Contains(d.Tags, "vigile") || d.Description == "" {
			t.Errorf("%s: without the tag vigile or a description", name)
		}
	}
	for title := range want {
		t.Errorf("no dashboard is called %q", title)
	}
}

func TestPanelsAreCompleteAndDoNotOverlap(t *testing.T) {
	for name, d := range dashboards(t) {
		ids, cells := map[int]bool{}, map[[2]int]string{}
		for _, p := range d.Panels {
			if p.ID == 0 || ids[p.ID] {
				t.Errorf("%s: panel %q: id %d is missing or taken", name, p.Title, p.ID)
			}
			ids[p.ID] = true
			if len(p.Panels) > 0 {
				t.Errorf("%s: %q is a collapsed row: its panels would go unchecked", name, p.Title)
			}
			g := p.GridPos
			if g.W < 1 || g.H < 1 || g.X < 0 || g.Y < 0 || g.X+g.W > 24 {
				t.Errorf("%s: panel %q is off the grid: %+v", name, p.Title, g)
			}
			for x := g.X; x < g.X+g.W; x++ {
				for y := g.Y; y < g.Y+g.H; y++ {
					if other, taken := cells[[2]int{x, y}]; taken {
						t.Fatalf("%s: panels %q and %q overlap", name, other, p.Title)
					}
					cells[[2]int{x, y}] = p.Title
				}
			}
			if err := incomplete(p); err != nil {
				t.Errorf("%s: panel %q: %v", name, p.Title, err)
			}
		}
	}
}

func incomplete(p panel) error {
	if p.Title == "" {
		return fmt.Errorf("no title")
	}
	if p.Type == "row" {
		return nil
	}
	ours := source{Type: "prometheus", UID: "${datasource}"}
	steps := p.FieldConfig.Defaults.Thresholds.Steps
	switch {
	case p.Description == "":
		return fmt.Errorf("no description")
	case p.FieldConfig.Defaults.Unit == "":
		return fmt.Errorf("no unit")
	case len(steps) == 0 || steps[0].Value != nil:
		return fmt.Errorf("no thresholds, or none from the beginning")
	case p.Datasource != ours:
		return fmt.Errorf("its source is %v, not the variable", p.Datasource)
	case len(p.Targets) == 0:
		return fmt.Errorf("no query")
	}
	for i := 2; i < len(steps); i++ {
		if *steps[i].Value <= *steps[i-1].Value {
			return fmt.Errorf("thresholds do not rise")
		}
	}
	refs := map[string]bool{}
	for _, q := range p.Targets {
		if refs[q.RefID] || q.RefID == "" {
			return fmt.Errorf("query %q is there twice", q.RefID)
		}
		refs[q.RefID] = true
		if q.Datasource != ours {
			return fmt.Errorf("query %s: its source is %v", q.RefID, q.Datasource)
		}
		if q.Instant == q.Range {
			return fmt.Errorf("query %s is both or neither of instant and range", q.RefID)
		}
		if p.Type == "table" && (q.Format != "table" || !q.Instant) {
			return fmt.Errorf("query %s of a table is of another form", q.RefID)
		}
	}
	return nil
}

func TestExpressionsNameOnlyTheContract(t *testing.T) {
	for name, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				expr, err := fill(d, q.Expr)
				if err == nil {
					err = outsideContract(expr)
				}
				if err != nil {
					t.Errorf("%s: panel %q, query %s: %v\n%s", name, p.Title, q.RefID, err, q.Expr)
				}
			}
		}
	}
}

// A range of all comuni is more samples than Prometheus will hold at once: what
// is drawn over time is drawn from the aggregates.
func TestNoPanelDrawsSingleComuniOverTime(t *testing.T) {
	for name, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				if q.Range && strings.Contains(q.Expr, "vigile_comune_") {
					t.Errorf("%s: panel %q: %s", name, p.Title, q.Expr)
				}
			}
		}
	}
}

// Grafana writes an apostrophe as \\', which only a regular expression
// understands: Valle d'Aosta under = finds nothing.
func TestVariablesAreMatchedAsRegularExpressions(t *testing.T) {
	exact := regexp.MustCompile(`[^=!]=\s*"\$|!=\s*"\$`)
	for name, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				if exact.MatchString(q.Expr) {
					t.Errorf("%s: panel %q compares a variable with =: %s", name, p.Title, q.Expr)
				}
			}
		}
	}
}

func TestVariablesAreOfTheContract(t *testing.T) {
	values := regexp.MustCompile(`^label_values\((.*), ?(\w+)\)$`)
	for name, d := range dashboards(t) {
		if len(d.Templating.List) == 0 || d.Templating.List[0].Type != "datasource" || d.Templating.List[0].Name != "datasource" {
			t.Errorf("%s: the source is no variable", name)
		}
		for _, v := range d.Templating.List {
			switch v.Type {
			case "query":
				m := values.FindStringSubmatch(v.Definition)
				if m == nil {
					t.Errorf("%s: variable %s asks %q", name, v.Name, v.Definition)
					continue
				}
				expr, err := fill(d, "count by ("+m[2]+") ("+m[1]+")")
				if err == nil {
					err = outsideContract(expr)
				}
				if err != nil || m[2] != v.Name {
					t.Errorf("%s: variable %s: %v", name, v.Name, err)
				}
			case "constant":
				var list string
				if err := json.Unmarshal(v.Query, &list); err != nil || v.Name != "obblighi" {
					t.Fatalf("%s: constant %s: %v", name, v.Name, err)
				}
				if got := strings.Split(list, "|"); !slices.Equal(got, obligations) {
					t.Errorf("%s: the obligations are %v", name, got)
				}
			}
		}
	}
}

// Links between the dashboards name a uid and a variable, and nothing else holds
// them together.
func TestLinksLeadSomewhere(t *testing.T) {
	all := map[string]dashboard{}
	for _, d := range dashboards(t) {
		all[d.UID] = d
	}
	link := regexp.MustCompile(`/d/([a-z-]+)\?([^"\\]*)`)
	page := regexp.MustCompile(`\$\{vigile:raw\}([^"\\]*)`)
	given := regexp.MustCompile(`var-(\w+)=|\$\{(\w+):queryparam\}`)
	links, pages := 0, 0
	for name := range dashboards(t) {
		raw, err := os.ReadFile(filepath.Join("grafana", "dashboards", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(raw), -1) {
			links++
			to, ok := all[m[1]]
			if !ok {
				t.Errorf("%s: no dashboard has the uid %s", name, m[1])
			}
			for _, v := range given.FindAllStringSubmatch(m[2], -1) {
				wanted := v[1] + v[2]
				if !slices.ContainsFunc(to.Templating.List, func(x variable) bool { return x.Name == wanted }) {
					t.Errorf("%s: %s has no variable %s", name, m[1], wanted)
				}
			}
		}
		for _, m := range page.FindAllStringSubmatch(string(raw), -1) {
			pages++
			if m[1] != "/comuni/${__data.fields.ISTAT}" && m[1] != "/comuni/${__value.raw}" {
				t.Errorf("%s: vigile has no page %s", name, m[1])
			}
		}
	}
	if links < 5 || pages < 3 {
		t.Errorf("only %d links between dashboards and %d to vigile: the test no longer sees them", links, pages)
	}
}

func TestGrafanasProvisioningFits(t *testing.T) {
	var sources struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			UID, Type, URL string
			JSONData       map[string]string `yaml:"jsonData"`
		}
	}
	var providers struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Type string
			Options    struct{ Path string }
		}
	}
	readYAML(t, "grafana/provisioning/datasources/vigile.yaml", &sources)
	readYAML(t, "grafana/provisioning/dashboards/vigile.yaml", &providers)
	if len(sources.Datasources) != 1 || sources.Datasources[0].Type != "prometheus" || sources.Datasources[0].URL != "$PROMETHEUS_URL" {
		t.Errorf("sources: %+v", sources)
	}
	if got := scrapes(t)["vigile"].ScrapeInterval; sources.Datasources[0].JSONData["timeInterval"] != "1m" || got != "" {
		t.Errorf("Grafana takes the interval of the job vigile for %s", sources.Datasources[0].JSONData["timeInterval"])
	}
	if len(providers.Providers) != 1 || providers.Providers[0].Options.Path != "$VIGILE_DASHBOARDS" {
		t.Errorf("providers: %+v", providers)
	}
}

// fill puts a value in place of each of Grafana's variables.
func fill(d dashboard, expr string) (string, error) {
	var err error
	return regexp.MustCompile(`\$\{?(\w+)\}?`).ReplaceAllStringFunc(expr, func(v string) string {
		name := strings.Trim(v, "${}")
		switch name {
		case "__rate_interval", "__range":
			return "16m" // four times the interval of the test's samples
		}
		i := slices.IndexFunc(d.Templating.List, func(x variable) bool { return x.Name == name })
		if i < 0 {
			err = fmt.Errorf("no variable is called %s", name)
			return ""
		}
		if x := d.Templating.List[i]; x.Type == "constant" {
			var text string
			err = json.Unmarshal(x.Query, &text)
			return text
		}
		return ".*"
	}), err
}

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
