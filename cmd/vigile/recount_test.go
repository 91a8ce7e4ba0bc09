package main

// Counts made anew over the export, each in a way of its own: the groups of the
// report's counts, those they leave out, what the facts alone tell and the classes of
// the index. What the pages tell is in recount_pages_test.go.

import (
	"cmp"
	"encoding/csv"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/report"
)

// exportedRow is one row of the export by column.
type exportedRow map[string]string

// exported are the rows of an export.
func (r reported) exported(t *testing.T, at time.Time, args ...string) []exportedRow {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(r.must(t, at, append([]string{"export", "--format", "csv"}, args...)...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]exportedRow, len(lines)-1)
	for i, line := range lines[1:] {
		out[i] = exportedRow{}
		for j, name := range lines[0] {
			out[i][name] = line[j]
		}
	}
	return out
}

// siteless, doubtful and definite tell what a row says of its comune.
func (row exportedRow) siteless() bool {
	return row["reach"] == "no_url_in_registry" || row["reach"] == "bad_url"
}

func (row exportedRow) doubtful() bool {
	return row["verdict"] == "fail" && row["confidence"] == "low"
}
func (row exportedRow) definite() bool { return row["verdict"] != "unknown" && !row.doubtful() }

// makers are who makes each platform, as the catalogue of checks says.
func makers(t *testing.T) map[string]string {
	t.Helper()
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range list {
		if c.Meta.ID == "cms" {
			for value, v := range c.Meta.Values {
				out[value] = v.Supplier
			}
		}
	}
	return out
}

// groupsIn are the groups that a row counted under an id falls in.
func groupsIn(id string, row exportedRow, makers map[string]string) []string {
	switch id {
	case "supplier":
		return []string{cmp.Or(makers[row["value"]], "none")}
	case "platform", "rtd-source", "digital-plan":
		return []string{row["value"]}
	case "social":
		return strings.Fields(row["value"])
	case "online-services", "thematic-sites":
		var out []string
		for _, v := range strings.Split(row["value"], ",") {
			out = append(out, strings.TrimSpace(v))
		}
		return out
	}
	return []string{cmp.Or(row["reason"], row["verdict"])}
}

// sameGroups counts every group of the counts that ask one check, those that are to
// be confirmed, and those left out, by why.
func sameGroups(t *testing.T, counts map[string]report.Count, queries map[string]rowQuery, rows []exportedRow) {
	t.Helper()
	by, held := makers(t), 0
	for id, q := range queries {
		c := counts[id]
		groups, unsure := map[string][]string{}, map[string]bool{}
		base, likely := report.Base{}, 0
		for _, row := range rows {
			if row["check"] != q.check {
				continue
			}
			base.Comuni++
			seen := q.seen && row["reach"] == "ok" && row["reason"] == "not_visible_on_site"
			switch {
			case row.definite() || seen:
				base.Assessed++
			case row.siteless():
				base.NoSite++
			case row["reach"] != "ok":
				base.Unreachable++
			default:
				base.Open++
			}
			if row.doubtful() {
				likely++
			}
			switch {
			case !q.counts(row):
			case row.doubtful():
				unsure[row["istat"]] = true
			case row.definite():
				for _, g := range groupsIn(id, row, by) {
					groups[g] = append(groups[g], row["istat"])
				}
			}
		}
		got := map[string][]string{}
		for _, g := range c.Groups {
			got[g.Code] = who([]report.Group{g})
			held++
		}
		for _, istats := range groups {
			slices.Sort(istats)
		}
		if !maps.EqualFunc(got, groups, slices.Equal) {
			t.Errorf("%s: %v in the report, %v over the export", id, got, groups)
		}
		if c.Base != base || c.ToConfirm() != len(unsure) {
			t.Errorf("%s: %+v and %d to be confirmed in the report, %+v and %d over the export", id, c.Base, c.ToConfirm(), base, len(unsure))
		}
		if likely > 0 && (c.Likely == nil || *c.Likely != report.Likely{Comuni: c.Comuni + len(unsure), Assessed: base.Assessed + likely}) {
			t.Errorf("%s: %+v with those to be confirmed, %d more of %d more over the export", id, c.Likely, len(unsure), likely)
		}
	}
	if held < 60 {
		t.Errorf("only %d groups were counted", held)
	}
}

// sameIdentity counts by which services SPID or CIE was seen: those whose entry
// leads to a host on which a sign-in shows one of them, or a gateway to them.
func sameIdentity(t *testing.T, c report.Count, rows, facts []exportedRow) {
	t.Helper()
	host := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			return ""
		}
		return u.Hostname()
	}
	strong := map[string]bool{} // hosts, of a visit
	for _, f := range facts {
		if f["check"] == "login" && f["depth"] != "" && slices.Contains([]string{"spid", "cie", "gateway"}, f["kind"]) {
			strong[f["istat"]+" "+f["run"]+" "+host(f["url"])] = true
		}
	}
	want, assessed, entered := map[string][]string{}, 0, map[string]bool{}
	for _, row := range rows {
		if row["check"] != "online-services" || row["reach"] != "ok" && !row.definite() {
			continue
		}
		if row.definite() || row["reason"] == "not_visible_on_site" {
			assessed++
		}
		for _, f := range facts {
			entry := f["check"] == "online-services" && f["kind"] == "online" && f["istat"] == row["istat"] && f["run"] == row["run"]
			if !entry || !row.definite() || slices.Contains(want[f["value"]], f["istat"]) || !strong[f["istat"]+" "+f["run"]+" "+host(f["target"])] {
				continue
			}
			want[f["value"]] = append(want[f["value"]], f["istat"])
			entered[f["istat"]] = true
		}
	}
	got := map[string][]string{}
	for _, g := range c.Groups {
		got[g.Code] = who([]report.Group{g})
	}
	for _, istats := range want {
		slices.Sort(istats)
	}
	if !maps.EqualFunc(got, want, slices.Equal) || c.Comuni != len(entered) || c.Base.Assessed != assessed {
		t.Errorf("%d of %d, %v in the report; %d of %d, %v over the facts", c.Comuni, c.Base.Assessed, got, len(entered), assessed, want)
	}
}

// sameSuppliers finds the comuni of each supplier by their platform.
func sameSuppliers(t *testing.T, p report.Province, rows []exportedRow) {
	t.Helper()
	by, want := makers(t), map[string][]string{}
	for _, row := range rows {
		if s := by[row["value"]]; row["check"] == "cms" && row["verdict"] == "info" && s != "" {
			want[s] = append(want[s], row["istat"])
		}
	}
	got := map[string][]string{}
	for _, s := range p.Suppliers {
		for _, c := range s.Comuni {
			got[s.Name] = append(got[s.Name], c.Istat)
		}
		slices.Sort(got[s.Name])
	}
	for _, istats := range want {
		slices.Sort(istats)
	}
	if !maps.EqualFunc(got, want, slices.Equal) || len(got) == 0 {
		t.Errorf("%v in the report, %v over the export", got, want)
	}
}

// classOver is the class of three scores, by the words that are printed with it.
func classOver(scores []float64) string {
	slices.Sort(scores)
	switch lowest, middle, highest := scores[0], scores[1], scores[2]; {
	case lowest >= 40 && highest >= 70, lowest < 40 && middle >= 70:
		return "spinta"
	case middle < 40:
		return "blocchi-di-partenza"
	}
	return "stacco"
}

// sameClasses counts the bands and the classes of an index by the points over the
// export.
func sameClasses(t *testing.T, x report.Index, rows map[string]map[string]map[string]string) {
	t.Helper()
	of := map[string]int{"services": 20, "pa": 5, "openness": 3}
	classes, bands, partly, none := map[string]int{}, map[string]int{}, 0, 0
	for _, checks := range rows {
		points := pointsOf(checks)
		var low, high, here []float64
		share := 0.0
		for id, n := range of {
			sum, measured := 0.0, float64(len(points[id]))
			for _, v := range points[id] {
				sum += v
			}
			low, high = append(low, oneDecimal(sum/float64(n))), append(high, oneDecimal((sum+100*(float64(n)-measured))/float64(n)))
			share += 100 * measured / float64(n) / 3
			band := ""
			if measured > 0 {
				score := oneDecimal(sum / measured)
				here = append(here, score)
				band = "low"
				if score >= 40 {
					band = "sufficient"
				}
				if score >= 70 {
					band = "high"
				}
			}
			bands[id+" "+band]++
		}
		class := classOver(low)
		if class != classOver(high) {
			class = ""
		}
		if len(here) == 3 {
			class = classOver(here)
		}
		classes[class]++
		switch {
		case len(here) == 0:
			none++
		case len(here) < 3 || share < 60:
			partly++
		}
	}
	for _, c := range x.Classes {
		if c.Comuni != classes[string(c.Class)] {
			t.Errorf("%d of the class %q, over the export %d", c.Comuni, c.Class, classes[string(c.Class)])
		}
	}
	got := map[string]int{}
	for _, l := range x.Comuni {
		for _, p := range l.Parts {
			got[p.ID+" "+string(p.Band)]++
		}
	}
	if !maps.Equal(got, bands) {
		t.Errorf("the bands %v, over the export %v", got, bands)
	}
	if x.Base.Partial != partly || x.Base.None != none || len(classes) < 3 {
		t.Errorf("%+v, over the export %d partly and %d not at all; %v", x.Base, partly, none, classes)
	}
}
