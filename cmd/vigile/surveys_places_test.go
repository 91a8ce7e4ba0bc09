package main

// The surveys of regions and chief towns, whose names the replica does not bear: a
// store of invented findings of real provinces, on two nights.

import (
	"encoding/csv"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store/bolt"
	"github.com/vigile-it/vigile/store/storetest"
)

// placesKept are how many comuni of five provinces, two of them of Umbria, are kept.
const placesKept = 60

// chiefTowns are some of them, by their place in the store.
func chiefTowns() map[int]string { return map[int]string{0: "054039", 2: "075035"} }

// placed keeps two nights of them, and answers commands on the second.
func placed(t *testing.T) func(into any, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	s, err := bolt.Open(filepath.Join(dir, "vigile.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for night := range 2 {
		at := storetest.Dawn.AddDate(0, 0, night-1)
		run := "notte-" + at.Format(time.DateOnly)
		if err := s.Begin(t.Context(), storetest.RunOf(run, record.Night, at)); err != nil {
			t.Fatal(err)
		}
		for i := range placesKept {
			a := storetest.Assessment(i, night*(i%4), run, at.Add(time.Duration(i)*time.Second))
			if istat, ok := chiefTowns()[i]; ok {
				a.Comune.Istat = istat
			}
			if err := s.Append(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return func(into any, args ...string) string {
		t.Helper()
		a := &app{now: func() time.Time { return storetest.Dawn.Add(6 * time.Hour) }}
		code, stdout, stderr := runContext(t, t.Context(), a, map[string]string{"VIGILE_DATA_DIR": dir}, args...)
		if code != codeDone {
			t.Fatalf("vigile %s: exit code %d\n%s", strings.Join(args, " "), code, stderr)
		}
		if into != nil {
			if err := json.Unmarshal([]byte(stdout), into); err != nil {
				t.Fatal(err)
			}
		}
		return stdout
	}
}

func TestTheSurveysOfRegionsAndChiefTowns(t *testing.T) {
	ask := placed(t)
	t.Run("a region's numbers, tonight and on a past night, are those of the export", func(t *testing.T) {
		first := storetest.Dawn.AddDate(0, 0, -1).Format(time.DateOnly)
		tonight, past := regionOverTheExport(t, ask), regionOverTheExport(t, ask, "--night", first)
		if slices.Equal(tonight, past) {
			t.Error("the two nights have the same numbers")
		}
	})
	t.Run("a province goes by its name", func(t *testing.T) {
		var code, name report.Province
		ask(&code, "report", "--provincia", "PG", "--format", "json")
		ask(&name, "report", "--provincia", "perugia", "--format", "json")
		if name.Title != "provincia di Perugia (PG)" || name.Title != code.Title || name.Base != code.Base || name.Base.Comuni != placesKept/5 {
			t.Errorf("%s %+v, %s %+v", name.Title, name.Base, code.Title, code.Base)
		}
	})
	t.Run("a whole province is set side by side, and more", func(t *testing.T) { manyColumns(t, ask) })
	t.Run("an index of chief towns ranks them among everybody", func(t *testing.T) { chiefTownsAreRanked(t, ask) })
}

// regionOverTheExport counts a region's report again, and gives its numbers.
func regionOverTheExport(t *testing.T, ask func(into any, args ...string) string, night ...string) []int {
	t.Helper()
	var p report.Province
	ask(&p, slices.Concat([]string{"report", "--regione", "umbria", "--format", "json"}, night)...)
	rows, err := csv.NewReader(strings.NewReader(ask(nil, slices.Concat([]string{"export", "--regione", "Umbria", "--format", "csv"}, night)...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	comuni := byComune(rows)
	if n := 2 * placesKept / 5; p.Title != "regione Umbria" || p.Base.Comuni != n || len(comuni) != n || p.Base.Assessed+p.Base.Unreachable+p.Base.NoSite != n {
		t.Fatalf("%s, %+v, %d in the export", p.Title, p.Base, len(comuni))
	}
	counts := countsOf(p)
	var numbers []int
	for id, q := range exportQueries(counts) {
		number, assessed := q.over(rows)
		if c := counts[id]; c.Comuni != number || c.Base.Assessed != assessed {
			t.Errorf("%v %s: %d of %d in the report, %d of %d over the export", night, id, c.Comuni, c.Base.Assessed, number, assessed)
		}
		if strings.HasPrefix(id, "duty-") {
			numbers = append(numbers, 100*number+assessed)
		}
	}
	slices.Sort(numbers)
	return numbers
}

func chiefTownsAreRanked(t *testing.T, ask func(into any, args ...string) string) {
	var chosen, all, region report.Index
	ask(&all, "index", "--format", "json")
	ask(&chosen, "index", "--capoluoghi", "--format", "json")
	ask(&region, "index", "--regione", "Umbria", "--format", "json")
	if len(all.Comuni) != placesKept || len(region.Comuni) != 2*placesKept/5 || len(chosen.Comuni) != len(chiefTowns()) {
		t.Fatalf("%d of %d, %d of the region, %d chief towns", len(all.Comuni), placesKept, len(region.Comuni), len(chosen.Comuni))
	}
	of := map[string]report.IndexLine{}
	for _, l := range all.Comuni {
		of[l.Istat] = l
	}
	for _, l := range slices.Concat(chosen.Comuni, region.Comuni) {
		whole := of[l.Istat]
		if (l.Score == nil) != (whole.Score == nil) || l.Score != nil && *l.Score != *whole.Score || !slices.Equal(l.Ranks, whole.Ranks) {
			t.Errorf("%s: %+v among some, %+v among all", l.Istat, l.Ranks, whole.Ranks)
		}
	}
	for _, istat := range chiefTowns() {
		if !slices.ContainsFunc(chosen.Comuni, func(l report.IndexLine) bool { return l.Istat == istat }) {
			t.Errorf("%s is no chief town", istat)
		}
	}
}

// manyColumns compares all comuni kept.
func manyColumns(t *testing.T, ask func(into any, args ...string) string) {
	args := []string{"compare"}
	for i := range placesKept {
		istat := storetest.Comune(i).Istat
		if town, ok := chiefTowns()[i]; ok {
			istat = town
		}
		args = append(args, "--comune", istat)
	}
	var c report.Comparison
	ask(&c, append(args, "--format", "json")...)
	if len(c.Bodies) != placesKept {
		t.Errorf("%d columns of %d", len(c.Bodies), placesKept)
	}
	for _, row := range c.Sections[0].Rows {
		if len(row.Cells) != placesKept {
			t.Errorf("%s: %d cells", row.ID, len(row.Cells))
		}
	}
	for _, format := range []string{"html", "markdown", "xlsx"} {
		if ask(nil, append(args, "--format", format)...) == "" {
			t.Errorf("nothing in %s", format)
		}
	}
}
