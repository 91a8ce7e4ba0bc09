package main

// The index, the comparison and the questionnaire over the invented Italy, whose
// truth is known, beside an independent reckoning over the export.

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/replica"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store/bolt"
	"github.com/vigile-it/vigile/store/storetest"
)

// maturity is the index as JSON.
func (r reported) maturity(t *testing.T, at time.Time, args ...string) report.Index {
	t.Helper()
	var x report.Index
	if err := json.Unmarshal([]byte(r.must(t, at, append([]string{"index", "--format", "json"}, args...)...)), &x); err != nil {
		t.Fatal(err)
	}
	return x
}

// exportRows are the rows of the export, by comune and check.
func (r reported) exportRows(t *testing.T, at time.Time) map[string]map[string]map[string]string {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(r.must(t, at, "export", "--format", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]map[string]string{}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		if out[row["istat"]] == nil {
			out[row["istat"]] = map[string]map[string]string{}
		}
		out[row["istat"]][row["check"]] = row
	}
	return out
}

// pointsOf are the points of each indicator by the rows of the export, in a way
// of its own; an indicator that is not in it was not measured.
func pointsOf(rows map[string]map[string]string) map[string]map[string]float64 {
	out := map[string]map[string]float64{"services": {}, "pa": {}, "openness": {}}
	value := func(check string) string { return rows[check]["value"] }
	said := func(check string) bool {
		v := rows[check]["verdict"]
		return v == "pass" || v == "warn" || v == "info" || v == "fail" && rows[check]["confidence"] != "low"
	}
	half := func(check string, reasons ...string) float64 {
		switch {
		case rows[check]["verdict"] == "pass":
			return 100
		case slices.Contains(reasons, rows[check]["reason"]):
			return 50
		}
		return 0
	}
	if said("online-services") {
		for _, id := range checks.MainServices() {
			out["services"][id] = 0
			if strings.Contains(","+value("online-services")+",", ","+id+",") {
				out["services"][id] = 100
			}
		}
	}
	for check, reasons := range map[string][]string{"spid": nil, "cie": nil, "pagopa": {"entry_unnamed", "mentioned_not_linked"}, "app-io": {"mentioned"}} {
		if said(check) {
			out["pa"][check] = half(check, reasons...)
		}
	}
	if said("anpr") {
		out["pa"]["anpr"] = map[string]float64{"linked": 100}[value("anpr")]
	}
	if said("open-data") {
		out["openness"]["open-data"] = half("open-data")
		switch {
		case value("open-data") == "api":
			out["openness"]["interoperability"] = 100
		case value("open-data") == "metadata":
			out["openness"]["interoperability"] = 50
		case value("open-data") == "" || rows["open-data"]["confidence"] == "high":
			out["openness"]["interoperability"] = 0
		}
	}
	if said("social") && value("social") != "" {
		n := len(strings.Fields(strings.Replace(value("social"), "none", "", 1)))
		out["openness"]["social"] = []float64{0, 50, 75, 100}[min(n, 3)]
	}
	return out
}

func oneDecimal(x float64) float64 { return math.Round(x*10) / 10 }

func TestTheSurveysOfTheReplica(t *testing.T) {
	r := inhabited(t, 40)
	t.Run("an independent reckoning over the export gives the same index", r.sameOverTheExport)
	t.Run("the index says what is true", r.indexIsTrue)
	t.Run("every number of the report is true", func(t *testing.T) { r.numbersAreTrue(t, r.province(t, firstDay)) })
	t.Run("the forms of a report have the same numbers", r.formsAgree)
	letters := r.letterLines(t)
	t.Run("the letters say what is true", func(t *testing.T) { r.lettersAreTrue(t, letters) })
	t.Run("the reports are as their golden files", func(t *testing.T) { r.golden(t, letters) })
	t.Run("the comparison and the sheet say what is true", r.sheetsAreTrue)
}

func (r reported) sameOverTheExport(t *testing.T) {
	x, rows := r.maturity(t, firstDay), r.exportRows(t, firstDay)
	if len(x.Comuni) != len(rows) || len(rows) < 30 {
		t.Fatalf("%d comuni in the index, %d in the export", len(x.Comuni), len(rows))
	}
	counts := map[string]int{"services": 20, "pa": 5, "openness": 3}
	scores := map[string]float64{}
	for _, l := range x.Comuni {
		points := pointsOf(rows[l.Istat])
		total, n, share := 0.0, 0.0, 0.0
		for _, p := range l.Parts {
			sum := 0.0
			for _, v := range points[p.ID] {
				sum += v
			}
			of, measured := float64(counts[p.ID]), float64(len(points[p.ID]))
			low, high := oneDecimal(sum/of), oneDecimal((sum+100*(of-measured))/of)
			if p.Low != low || p.High != high || p.Measured != len(points[p.ID]) || p.Of != counts[p.ID] || (p.Score == nil) != (measured == 0) {
				t.Errorf("%s, %s: %+v, over the export %v–%v of %v", l.Comune, p.ID, p.Figure, low, high, points[p.ID])
				continue
			}
			share += 100 * measured / of / 3
			if p.Score != nil {
				if *p.Score != oneDecimal(sum/measured) {
					t.Errorf("%s, %s: %v, over the export %v", l.Comune, p.ID, *p.Score, oneDecimal(sum/measured))
				}
				total, n = total+*p.Score, n+1
			}
		}
		switch {
		case n == 0 && l.Score != nil, n > 0 && (l.Score == nil || *l.Score != oneDecimal(total/n)):
			t.Errorf("%s: %v, over the export %v / %v", l.Comune, l.Score, total, n)
		case n == 3 && share >= 60:
			scores[l.Istat] = *l.Score
		}
	}
	if x.Base.Ranked != len(scores) || len(scores) < 5 || x.Base.Ranked+x.Base.Partial+x.Base.None != x.Base.Comuni {
		t.Errorf("%+v, %d can be ranked", x.Base, len(scores))
	}
	sameClasses(t, x, rows)
	for _, l := range x.Comuni {
		better := 0
		for _, s := range scores {
			if s > scores[l.Istat] {
				better++
			}
		}
		want := report.IndexRank{Scope: report.ScopeCountry, Name: "Italia", Place: better + 1, Of: len(scores)}
		if _, ranked := scores[l.Istat]; !ranked {
			want = report.IndexRank{}
		}
		if got := l.RankIn(report.ScopeCountry); got != want {
			t.Errorf("%s: %+v, want %+v", l.Comune, got, want)
		}
	}
}

// notMeasured stands among points for an indicator that was not measured.
const notMeasured = -1.0

// truePoints are the points an indicator may have by what is true of a comune.
func truePoints(indicator string, truth replica.Truth) []float64 {
	var out []float64
	if truth.Accepts("unknown") {
		out = append(out, notMeasured)
	}
	listed := strings.FieldsFunc(truth.Value, func(r rune) bool { return r == ' ' || r == ',' })
	switch {
	case truth.Check == "online-services" && truth.Verdict == "info":
		return append(out, map[bool]float64{true: 100, false: 0}[slices.Contains(listed, indicator)])
	case truth.Check == "online-services": // nothing is known of which
		return append(out, 0, 100)
	case indicator == "anpr":
		return append(out, map[string]float64{"linked": 100}[truth.Value])
	case indicator == "social":
		return append(out, map[string]float64{"none": 0, "facebook telegram youtube": 100}[truth.Value])
	case indicator == "interoperability" && truth.Verdict == "pass":
		return append(out, map[string][]float64{"api": {100}, "metadata": {50}, "published": {0, notMeasured}}[truth.Value]...)
	}
	for verdict, points := range map[string][]float64{"pass": {100}, "fail": {0}, "warn": {0, 50}} {
		if truth.Accepts(verdict) {
			out = append(out, points...)
		}
	}
	if truth.Verdict == "fail" {
		out = append(out, notMeasured) // a red that is not sure enough to be counted
	}
	return out
}

// Every indicator is what the truth lets it be; where the truth lets each be one
// thing alone, so is the score.
func (r reported) indexIsTrue(t *testing.T) {
	truths := map[string]map[string]replica.Truth{}
	for _, truth := range r.truths() {
		if truths[truth.Istat] == nil {
			truths[truth.Istat] = map[string]replica.Truth{}
		}
		truths[truth.Istat][truth.Check] = truth
	}
	lines := map[string]report.IndexLine{}
	held, whole := 0, 0
	for _, l := range r.maturity(t, firstDay).Comuni {
		lines[l.Istat] = l
		total, sure := 0.0, true
		for _, p := range l.Parts {
			sum := 0.0
			for _, i := range p.Items {
				truth, ok := truths[l.Istat][i.Check]
				if !ok {
					sure = false
					continue
				}
				points := notMeasured
				if i.Points != nil {
					points = *i.Points
				}
				may := truePoints(i.ID, truth)
				if !slices.Contains(may, points) {
					t.Errorf("%s of %s: %v points, in truth %v: %+v (%s)", i.ID, l.Comune, points, may, truth.Expected, truth.Why)
				}
				held++
				sure = sure && len(may) == 1
				sum += may[0]
			}
			total += oneDecimal(sum / float64(len(p.Items)))
		}
		if sure {
			whole++
			if l.Score == nil || *l.Score != oneDecimal(total/3) {
				t.Errorf("%s: %v, in truth %v", l.Comune, l.Score, oneDecimal(total/3))
			}
		}
	}
	if held < 500 || whole < 1 {
		t.Errorf("only %d indicators and %d scores were held against the truth", held, whole)
	}
	dark := 0
	for _, c := range r.comuni() {
		l := lines[c.Istat]
		if slices.Contains(c.Reach, "ok") {
			continue
		}
		dark++
		for _, p := range l.Parts {
			for _, i := range p.Items {
				if i.Points != nil && i.ID != "social" { // IPA knows profiles of comuni whose site cannot be read
					t.Errorf("%s (%s): %s has %v points", c.Name, c.Fault, i.ID, *i.Points)
				}
			}
		}
		if l.Score != nil && *l.Score == 0 || len(l.Ranks) > 0 {
			t.Errorf("%s, which could not be looked at, has the score %v and the ranks %v", c.Name, l.Score, l.Ranks)
		}
	}
	if dark < 3 {
		t.Errorf("only %d sites could not be read", dark)
	}
}

func TestTheIndexMovesWithTheSite(t *testing.T) {
	r := crawled(t, 12)
	later := firstDay.AddDate(0, 0, 3)
	before := map[string]report.IndexLine{}
	var mend []string
	for _, l := range r.maturity(t, firstDay).Comuni {
		before[l.Istat] = l
		if l.Score != nil && *l.Score < 50 {
			mend = append(mend, l.Istat)
		}
	}
	if len(mend) == 0 {
		t.Fatal("nobody can get better")
	}
	for _, istat := range mend {
		if err := r.running.Mend(istat); err != nil {
			t.Fatal(err)
		}
	}
	r.must(t, later, "crawl", "--provincia", "ZZ", "--quiet", "--again")
	x := r.maturity(t, later, "--since", firstDay.Format(time.DateOnly))
	for _, l := range x.Comuni {
		m := l.Move
		switch {
		case l.Measured == 0 || before[l.Istat].Measured == 0:
			if m != nil {
				t.Errorf("%s is compared with nothing", l.Comune)
			}
		case m == nil || m.Since != "2026-11-22":
			t.Errorf("%s is not compared", l.Comune)
		case slices.Contains(mend, l.Istat) && (m.Change <= 0 || len(m.Up) == 0):
			t.Errorf("%s was mended, and moved by %+v", l.Comune, m)
		case !slices.Contains(mend, l.Istat) && (m.Change != 0 || len(m.Up)+len(m.Down) > 0):
			t.Errorf("%s stood still, and moved by %+v", l.Comune, m)
		}
	}
	for _, l := range r.maturity(t, later, "--since", "2026-11-01").Comuni {
		if l.Move != nil {
			t.Errorf("%s is compared with a day before the first visit", l.Comune)
		}
	}
}

// inhabited is crawled with the inhabitants of the comuni known.
func inhabited(t *testing.T, comuni int) reported {
	t.Helper()
	running := invite(t, replica.Options{Comuni: comuni, Day: firstDay}, manners{})
	dir := t.TempDir()
	r := reported{running: running, env: toItaly(t, running, dir)}
	file := filepath.Join(dir, "popolazione.csv")
	lines := "istat,popolazione\n"
	for _, c := range running.Comuni() {
		lines += c.Istat + "," + strconv.Itoa(c.Population) + "\n"
	}
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	r.env["VIGILE_REGISTRY_POPULATION_FILE"] = file
	r.must(t, firstDay, "crawl", "--provincia", "ZZ", "--quiet")
	return r
}

func (r reported) sheetsAreTrue(t *testing.T) {
	args := []string{"compare", "--format", "json", "--ente", "p_zz", "--ente", "r_replic"}
	for _, c := range r.comuni() {
		args = append(args, "--comune", c.Istat)
	}
	var c report.Comparison
	if err := json.Unmarshal([]byte(r.must(t, firstDay, args...)), &c); err != nil {
		t.Fatal(err)
	}
	if n := len(r.comuni()); len(c.Bodies) != n+2 || c.Bodies[n].Kind != "provincia" || c.Bodies[n+1].Kind != "regione" {
		t.Fatalf("%d bodies of %d comuni", len(c.Bodies), n)
	}
	index := map[string]int{}
	for i, b := range c.Bodies {
		index[b.Istat] = i
	}
	rows := map[string]report.CompareRow{}
	for _, s := range c.Sections {
		for _, row := range s.Rows {
			rows[row.ID] = row
			for i, cell := range row.Cells[len(c.Bodies)-2:] {
				if inIPA := row.ID == "rtd" && i == 0; (cell.Answer != report.AnswerAsk) != inIPA || inIPA && (cell.URL == "" || cell.CheckedAt.IsZero()) {
					t.Errorf("%s of a body nobody visited: %q", row.ID, cell.Words())
				}
			}
		}
	}
	held := 0
	for _, truth := range r.truths() {
		row, ok := rows[truth.Check]
		if !ok {
			continue
		}
		cell := row.Cells[index[truth.Istat]]
		may := map[report.Answer]bool{
			report.AnswerYes:    truth.Accepts("pass") || truth.Value == "linked",
			report.AnswerNo:     truth.Accepts("fail") || truth.Accepts("warn"),
			report.AnswerPartly: truth.Accepts("warn") || truth.Accepts("fail"),
			report.AnswerAsk:    truth.Accepts("unknown") || truth.Value == "not_linked" || truth.Verdict == "fail" && cell.Reason == finding.ReasonUnconfirmed,
		}
		if !may[cell.Answer] {
			t.Errorf("%s of %s: %q; in truth %+v (%s)", truth.Check, truth.Istat, cell.Words(), truth.Expected, truth.Why)
		}
		if cell.Answer == report.AnswerYes && (cell.URL == "" || cell.CheckedAt.IsZero()) {
			t.Errorf("%s of %s: a yes without its page or its day", truth.Check, truth.Istat)
		}
		held++
	}
	if held < 100 {
		t.Errorf("only %d cells were held against the truth", held)
	}
	sheets := 0
	for _, x := range r.comuni()[:5] {
		var q report.Questionnaire
		if err := json.Unmarshal([]byte(r.must(t, firstDay, "questionnaire", "--comune", x.Istat, "--format", "json")), &q); err != nil {
			t.Fatal(err)
		}
		asked, peers := 54, 0
		if x.Population <= report.SmallUpTo {
			asked = 43
		}
		for _, other := range r.comuni() {
			if other.Istat != x.Istat && report.SizeClass(other.Population) == report.SizeClass(x.Population) {
				peers++
			}
		}
		if q.Istat != x.Istat || q.Asked != asked || len(q.Assessing) == 0 || q.Assessing[0].Peers[0].Comuni != peers {
			t.Errorf("%s, %d inhabitants: %d questions, beside %+v", x.Name, x.Population, q.Asked, q.Assessing)
		}
		for _, s := range q.Sections {
			for _, question := range s.Questions {
				for _, m := range question.Measured {
					for _, truth := range r.truths() {
						if truth.Istat == x.Istat && truth.Check == m && question.Number == "5.1" {
							if sheets++; !truth.Accepts("pass") && truth.Value != "linked" {
								t.Errorf("%s: 5.1 says %s; in truth %+v", x.Name, m, truth.Expected)
							}
						}
					}
				}
			}
		}
	}
	if sheets < 3 {
		t.Errorf("only %d answers were held against the truth", sheets)
	}
}

// italyOf puts some nights of so many invented comuni into a store; each night every
// twentieth says something new.
func italyOf(b *testing.B, dir string, comuni, nights int) {
	b.Helper()
	s, err := bolt.Open(filepath.Join(dir, "vigile.db"), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	list, err := checks.Catalogue()
	if err != nil {
		b.Fatal(err)
	}
	for night := range nights {
		at := storetest.Dawn.AddDate(0, 0, night)
		run := "notte-" + strconv.Itoa(night)
		if err := s.Begin(b.Context(), storetest.RunOf(run, record.Night, at)); err != nil {
			b.Fatal(err)
		}
		var batch []record.Assessment
		for i := range comuni {
			batch = append(batch, surveyedNight(list, i, (i+night)/20, run, at.Add(time.Duration(i)*time.Second)))
			if len(batch) == 500 || i == comuni-1 {
				keep(b, s, &batch)
			}
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// surveyedNight is a visit that ran every check, with the values that the index reads.
func surveyedNight(list []checks.Check, i, variant int, run string, at time.Time) record.Assessment {
	a := storetest.Assessment(i, variant, run, at)
	a.Visit.Reach = page.ReachOK
	for _, c := range list {
		if !slices.ContainsFunc(a.Findings, func(f finding.Finding) bool { return f.Check == c.Meta.ID }) {
			a.Findings = append(a.Findings, finding.Finding{Check: c.Meta.ID, Verdict: finding.Pass, Confidence: finding.High})
		}
	}
	for j := range a.Findings {
		f := &a.Findings[j]
		switch f.Check {
		case "online-services":
			*f = finding.Finding{Check: f.Check, Verdict: finding.Info, Value: strings.Join(checks.MainServices()[:(i+variant)%20], ","), Confidence: finding.Medium}
		case "social":
			*f = finding.Finding{Check: f.Check, Verdict: finding.Info, Value: "facebook youtube", Confidence: finding.High}
		}
	}
	return a
}

// An index of all Italy is written by all processors, a line for each comune.
func TestALargeIndexAsJSONIsTheIndex(t *testing.T) {
	for _, n := range []int{detailUpTo, detailUpTo + 1, linesAtOnce * 20, linesAtOnce*20 + 1} {
		score := 12.5
		x := report.Index{Title: `<"comuni": []>`, Comuni: make([]report.IndexLine, n)}
		for i := range x.Comuni {
			x.Comuni[i] = report.IndexLine{Istat: strconv.Itoa(i), Comune: "Sant'Agata & <Borgo>", Figure: report.Figure{Score: &score}}
		}
		var out, want bytes.Buffer
		if err := errors.Join(writeIndexJSON(&out, x), writeJSON(&want, x)); err != nil {
			t.Fatal(err)
		}
		var got, wanted bytes.Buffer
		if err := errors.Join(json.Compact(&got, out.Bytes()), json.Compact(&wanted, want.Bytes())); err != nil {
			t.Fatal(err)
		}
		if got.String() != wanted.String() {
			t.Errorf("of %d comuni another JSON", n)
		}
	}
}

// BenchmarkIndexOfItaly is the index of all Italy as the command makes it, by the
// store of three nights, alone and beside the first of them. Run with
//
//	go test ./cmd/vigile -run none -bench IndexOfItaly -benchtime 3x
func BenchmarkIndexOfItaly(b *testing.B) {
	dir := b.TempDir()
	italyOf(b, dir, 7_900, 3)
	for _, args := range [][]string{{"table"}, {"csv"}, {"json"}, {"csv", "--since", storetest.Dawn.Format(time.DateOnly)}} {
		b.Run(strings.Join(args, ""), func(b *testing.B) {
			for b.Loop() {
				a := &app{stdin: strings.NewReader(""), env: []string{"VIGILE_DATA_DIR=" + dir}, now: time.Now}
				var out, errs strings.Builder
				a.stdout, a.stderr = &out, &errs
				if code := a.run(b.Context(), append([]string{"index", "--format"}, args...)); code != 0 || strings.Count(out.String(), "\n") < 7_900 {
					b.Fatal(strconv.Itoa(code) + " " + errs.String())
				}
			}
		})
	}
}
