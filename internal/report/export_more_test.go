package report

import (
	"bytes"
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

func viewsOf(as ...record.Assessment) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		for _, a := range as {
			l, _ := record.Latest{}.Take(a, "2026-11-22")
			if !yield(l, nil) {
				return
			}
		}
	}
}

func TestTheWorkbookHasTypedCellsAFrozenHeaderAndFilters(t *testing.T) {
	a := hostileAssessment()
	a.Comune.Name, a.Comune.Population = "=1+1", 1234
	var out bytes.Buffer
	rows, err := WriteXLSX(&out, viewsOf(a), XLSXOptions{Text: italian(t), Made: time.Unix(0, 0)})
	if err != nil || rows != 3 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.GetSheetList(); len(got) != 2 || got[0] != "Riepilogo" || got[1] != "Dati" {
		t.Fatalf("sheets %v", got)
	}
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeInlineString, "C2": excelize.CellTypeInlineString, "F2": excelize.CellTypeUnset} {
		if got, err := f.GetCellType("Dati", cell); err != nil || got != want {
			t.Errorf("%s is of type %v, want %v (%v)", cell, got, want, err)
		}
	}
	if got, _ := f.GetCellFormula("Dati", "C2"); got != "" {
		t.Errorf("a formula %q", got)
	}
	if got, _ := f.GetCellValue("Dati", "A2"); got != "990001" {
		t.Errorf("the code is %q", got)
	}
	if got, _ := f.GetCellValue("Dati", "K2"); got != "2026-11-22 01:30" {
		t.Errorf("the time is %q", got)
	}
	if p, err := f.GetPanes("Dati"); err != nil || !p.Freeze || p.YSplit != 1 {
		t.Errorf("panes %+v, %v", p, err)
	}
	if tables, err := f.GetTables("Dati"); err != nil || len(tables) != 1 || tables[0].Range != "A1:Y4" {
		t.Errorf("tables %+v, %v", tables, err)
	}
	if got, _ := f.GetRows("Riepilogo"); len(got) != 7 || got[3][0] != "Verifica" {
		t.Errorf("summary %v", got)
	}
}

func TestAnEmptyWorkbookOpens(t *testing.T) {
	var out bytes.Buffer
	if _, err := WriteXLSX(&out, viewsOf(), XLSXOptions{Text: italian(t)}); err != nil {
		t.Fatal(err)
	}
	if _, err := excelize.OpenReader(&out); err != nil {
		t.Fatal(err)
	}
}

// pastOf is a store that only remembers.
type pastOf struct {
	store.Store
	past []record.Assessment // newest first, of one comune
}

func (p pastOf) Latest(context.Context, store.Query) iter.Seq2[record.Latest, error] {
	return viewsOf(p.past[0])
}

func (p pastOf) History(context.Context, string, int) ([]record.Assessment, error) {
	return p.past, nil
}

func TestTheHistoryAsOpenMetrics(t *testing.T) {
	night := func(day int, f finding.Finding, reach page.Reach) record.Assessment {
		a := record.Assessment{Started: time.Date(2026, 11, day, 0, 30, 0, 0, time.UTC), Visit: page.Visit{Reach: reach}}
		a.Comune.Istat, a.Comune.Name, a.Comune.Province, a.Comune.Region = "054051", "Co\"m\\une\n", "PG", "Umbria"
		f.Check, f.Nature = "https", finding.Obligation
		a.Findings = []finding.Finding{f}
		return a
	}
	p := Backfill{
		Rome: time.UTC,
		Store: pastOf{past: []record.Assessment{
			night(3, finding.Finding{Verdict: finding.Pass, Confidence: finding.High}, page.ReachOK),
			night(2, finding.Finding{Verdict: finding.Unknown, Reason: "blocked"}, page.ReachBlocked),
			night(1, finding.Finding{Verdict: finding.Fail, Reason: "https_refused", Confidence: finding.High}, page.ReachOK),
		}},
		Nights: []record.NightTally{{
			Night: "2026-11-01", Ended: time.Unix(1000, 0),
			Provinces: map[string]record.Tally{"PG": {
				Comuni: 6, Reach: map[page.Reach]int{page.ReachOK: 6}, Checks: map[string]map[finding.Verdict]int{"https": {finding.Fail: 5, finding.Pass: 1}},
				Reasons: map[string]map[record.Ground]int{"https": {
					{Verdict: finding.Fail, Reason: "https_refused"}: 3, {Verdict: finding.Fail, Reason: "<of nobody>"}: 1,
				}},
			}},
		}, {
			Night: "2026-10-01", Ended: time.Unix(500, 0), // counted before reasons were
			Provinces: map[string]record.Tally{"PG": {Comuni: 1, Checks: map[string]map[finding.Verdict]int{"https": {finding.Fail: 1}}}},
		}},
	}
	var out bytes.Buffer
	n, err := WriteOpenMetrics(t.Context(), &out, p)
	if err != nil || n != 11 {
		t.Fatalf("%d samples, %v\n%s", n, err, out.String())
	}
	for _, want := range []string{
		`vigile_checks_comuni{check="https",verdict="fail",reason="",regione="Umbria",provincia="PG"} 1 500`,
		`vigile_checks_comuni{check="https",verdict="pass",reason="",regione="Umbria",provincia="PG"} 1 1000`,
		`vigile_checks_comuni{check="https",verdict="fail",reason="",regione="Umbria",provincia="PG"} 2 1000`,
		`vigile_checks_comuni{check="https",verdict="fail",reason="https_refused",regione="Umbria",provincia="PG"} 3 1000`,
		`vigile_reach_comuni{reach="ok",regione="Umbria",provincia="PG"} 6 1000`,
		`vigile_comune_compliant{istat="054051",comune="Co\"m\\une",provincia="PG",regione="Umbria",check="https",reason="https_refused"} 0 1793493000`,
		`vigile_comune_compliant{istat="054051",comune="Co\"m\\une",provincia="PG",regione="Umbria",check="https",reason="https_refused"} 0 1793579400`,
		`vigile_comune_compliant{istat="054051",comune="Co\"m\\une",provincia="PG",regione="Umbria",check="https",reason=""} 1 1793665800`,
		`vigile_comune_reachable{istat="054051",comune="Co\"m\\une",provincia="PG",regione="Umbria"} 0 1793579400`,
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("not there: %s\n%s", want, out.String())
		}
	}
	if !strings.HasSuffix(out.String(), "\n# EOF\n") {
		t.Error("no end")
	}
}
