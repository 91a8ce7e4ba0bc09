package main

// The surveys over two nights of a few comuni whose inhabitants, place and union are
// known: what a first night cannot show. Two of them were mended in between.

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/replica"
	"github.com/vigile-it/vigile/internal/report"
)

// nights are two nights of the same comuni.
type nights struct {
	reported
	mended []string
	before map[string]replica.Truth // by comune and check, on the first night
	after  map[string]replica.Truth
	told   map[string]string // what commands said on the first night, by their words
}

// secondDay is the day of the second night.
var secondDay = firstDay.AddDate(0, 0, 3)

// besideFirst compares with the first night.
func besideFirst() []string { return []string{"--compare", firstDay.Format(time.DateOnly)} }

func truthKey(istat, check string) string { return istat + " " + check }

func (r reported) truthBy() map[string]replica.Truth {
	out := map[string]replica.Truth{}
	for _, truth := range r.truths() {
		out[truthKey(truth.Istat, truth.Check)] = truth
	}
	return out
}

// visited are those of the two nights: in order and lacking of five vendors, three
// of a union, one without a site, one with a certificate that has ended, one whom IPA
// and the site name differently, one that gives an address alone.
func visited() []string {
	return []string{
		"990001", "990002", "990003", "990004", "990005", "990006", "990007", "990008", "990009", "990010",
		"990011", "990013", "990017", "990020", "990024", "990063", "990084", "990088", "990089",
	}
}

// twoNights crawls them twice, and mends two in between: one that lacked much, one
// that could not be read.
func twoNights(t *testing.T) nights {
	t.Helper()
	running := invite(t, replica.Options{Day: firstDay}, manners{})
	dir := t.TempDir()
	n := nights{reported: reported{running: running, env: toItaly(t, running, dir), only: visited()}, mended: []string{"990007", "990024"}}
	n.before = n.truthBy()
	people, unions := "istat,popolazione,lat,lng\n", "unione,istat\n"
	for _, c := range n.comuni() {
		people += fmt.Sprintf("%s,%d,%.3f,12.000\n", c.Istat, c.Population, northOf(c.Istat))
		if n.before[truthKey(c.Istat, "rtd")].Value == "ipa_union" {
			unions += "uc_zz1," + c.Istat + "\n"
		}
	}
	for key, data := range map[string]string{"REGISTRY_POPULATION_FILE": people, "REGISTRY_UNIONS_FILE": unions, "LIST": strings.Join(n.only, "\n")} {
		file := filepath.Join(dir, strings.ToLower(key)+".csv")
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		n.env["VIGILE_"+key] = file
	}
	list := n.env["VIGILE_LIST"]
	delete(n.env, "VIGILE_LIST")
	n.env["VIGILE_NETWORK_CONTACT"] = "mailto:ced@provincia.example"
	n.must(t, firstDay, "registry", "update", "--quiet")
	n.must(t, firstDay, "crawl", "--lista", list, "--quiet")
	n.told = n.tellEach(t, firstDay)
	for _, istat := range n.mended {
		if err := running.Mend(istat); err != nil {
			t.Fatal(err)
		}
	}
	n.after = n.truthBy()
	n.must(t, secondDay, "registry", "update", "--quiet")
	n.must(t, secondDay, "crawl", "--lista", list, "--quiet")
	return n
}

// northOf is where a comune lies: in one line, by its code.
func northOf(istat string) float64 {
	k, _ := strconv.Atoi(istat[3:]) // the replica's own
	return 42 + float64(k)/20
}

func TestTheSurveysOfTwoNights(t *testing.T) {
	n := twoNights(t)
	p := n.province(t, secondDay, besideFirst()...)
	t.Run("every number of the report is true", func(t *testing.T) { n.numbersAreTrue(t, p) })
	t.Run("the comparison of the nights is true", func(t *testing.T) { n.comparisonIsTrue(t, p) })
	t.Run("each RTD has its true source", func(t *testing.T) { n.sourcesAreTrue(t, p) })
	t.Run("suppliers have their comuni", func(t *testing.T) { n.suppliersAreTrue(t, p) })
	t.Run("the worklist asks those who lack it, the quickest first", func(t *testing.T) { n.workIsTrue(t, p) })
	t.Run("good practice is of those who pass", func(t *testing.T) { n.practiceIsTrue(t, p) })
	t.Run("a past night is told as it was on its day", n.pastIsToldAsItWas)
	sheets := n.sheets(t)
	t.Run("the sheet of a comune is true", func(t *testing.T) { n.questionsAreTrue(t, sheets) })
	t.Run("the self-assessment is that of the index", func(t *testing.T) { n.selfIsTheIndex(t, sheets) })
	t.Run("classes and movement follow from the points", n.classesFollow)
	t.Run("a supplier is asked what its comuni lack", n.supplierLetterIsTrue)
	t.Run("the workbooks have the same numbers", func(t *testing.T) { n.workbooksAgree(t, secondDay, besideFirst()...) })
	t.Run("all forms of index, comparison and sheet agree", n.otherFormsAgree)
	outside := n.outsideIsTrue(t)
	t.Run("they are as their golden files", func(t *testing.T) { n.goldens(t, p, outside) })
}

// comparisonIsTrue holds who entered a count and who went against the truth of the
// two nights.
func (n nights) comparisonIsTrue(t *testing.T, p report.Province) {
	queries := surveyCounts()
	first := n.province(t, secondDay, "--night", firstDay.Format(time.DateOnly))
	moved := 0
	for id, c := range countsOf(p) {
		if c.Then == nil {
			t.Fatalf("%s is not compared", id)
		}
		if was := countsOf(first)[id]; c.Then.Comuni != was.Comuni || c.Then.Base != was.Base {
			t.Errorf("%s: it is said to have been %d of %+v, and was %d of %+v", id, c.Then.Comuni, c.Then.Base, was.Comuni, was.Base)
		}
		entered, gone := istatsOf(c.Then.Entered), istatsOf(c.Then.Gone)
		for _, istat := range slices.Concat(entered, gone) {
			if moved++; !slices.Contains(n.mended, istat) {
				t.Errorf("%s: %s moved and stood still in truth", id, istat)
			}
		}
		if got := len(who(c.Groups)); c.Comuni != got {
			t.Errorf("%s: %d, and %d by name", id, c.Comuni, got)
		}
		q, asked := queries[id]
		if !asked {
			continue
		}
		for _, istat := range n.mended {
			then, now := q.lotOf(n.before[truthKey(istat, q.check)]), q.lotOf(n.after[truthKey(istat, q.check)])
			if then.in && !then.out && now == (lot{out: true}) && !slices.Contains(gone, istat) && slices.Contains(who(countsOf(first)[id].Groups), istat) {
				t.Errorf("%s: %s was mended and did not go", id, istat)
			}
			if then == (lot{out: true}) && now == (lot{in: true}) && !slices.Contains(entered, istat) {
				t.Errorf("%s: %s was mended and did not enter", id, istat)
			}
		}
	}
	if moved < 8 {
		t.Errorf("only %d moved", moved)
	}
}

func istatsOf(list []report.Counted) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Istat)
	}
	slices.Sort(out)
	return out
}

// sourcesAreTrue holds the source of each RTD against the truth, and who shares one;
// and the services that are entered by signing in.
func (n nights) sourcesAreTrue(t *testing.T, p report.Province) {
	held := map[string][]string{}
	for _, l := range p.RTD {
		truth := n.after[truthKey(l.Istat, "rtd")]
		if l.Source == "" {
			continue
		}
		if held[l.Source] = append(held[l.Source], l.Istat); truth.Value != l.Source {
			t.Errorf("%s: source %q, in truth %q (%s)", l.Comune, l.Source, truth.Value, truth.Why)
		}
		if l.Words == "" || l.SourceText == "" {
			t.Errorf("%s: %s, and no words that prove it", l.Comune, l.Source)
		}
	}
	if len(held["ipa"]) < 5 || len(held["ipa_union"]) != 3 || len(held["site"]) != 1 || len(held["declaration"]) != 1 {
		t.Errorf("sources: %v", held)
	}
	if len(p.SharedRTD) != 1 || p.SharedRTD[0].By != "union" || p.SharedRTD[0].Body != "uc_zz1" || p.SharedRTD[0].Name != "Unione dei Comuni dell'Alta Replica" || !slices.Equal(istatsOf(p.SharedRTD[0].Comuni), sorted(held["ipa_union"])) {
		t.Errorf("shared: %+v", p.SharedRTD)
	}
	counts := countsOf(p)
	if got := who(counts["rtd-names-differ"].Groups); !slices.Equal(got, []string{"990084"}) {
		t.Errorf("named differently: %v", got)
	}
	signed := map[string][]string{}
	for _, g := range counts["services-identity"].Groups {
		for _, c := range g.Comuni {
			signed[c.Istat] = append(signed[c.Istat], g.Code)
		}
	}
	for _, c := range n.comuni() {
		if got := signed[c.Istat]; !slices.Equal(got, c.SignedInto) {
			t.Errorf("%s: by SPID or CIE one enters %v, in truth %v", c.Name, got, c.SignedInto)
		}
	}
	if len(signed) == 0 {
		t.Error("no service is entered with SPID or CIE")
	}
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// suppliersOfPlatforms are who makes some platforms, by the identifiers of the truth.
func suppliersOfPlatforms() map[string]string {
	return map[string]string{"municipium": "Maggioli", "hgate": "Halley", "comweb": "ePublic"}
}

func (n nights) suppliersAreTrue(t *testing.T, p report.Province) {
	want := map[string][]string{}
	for _, c := range n.comuni() {
		truth := n.after[truthKey(c.Istat, "cms")]
		if s := suppliersOfPlatforms()[truth.Value]; s != "" && truth.Verdict == "info" && len(truth.Also) == 0 {
			want[s] = append(want[s], c.Istat)
		}
	}
	groups := map[string][]string{}
	for _, g := range countsOf(p)["supplier"].Groups {
		groups[g.Code] = istatsOf(g.Comuni)
	}
	for _, s := range p.Suppliers {
		if got := istatsOf(s.Comuni); !slices.Equal(got, want[s.Name]) || !slices.Equal(got, groups[s.Name]) {
			t.Errorf("%s: %v in the list, %v in the count, in truth %v", s.Name, got, groups[s.Name], want[s.Name])
		}
		delete(want, s.Name)
	}
	if len(want) > 0 || len(p.Suppliers) < 3 {
		t.Errorf("not named: %v", want)
	}
}

// workIsTrue holds whom the worklist asks for something against the truth, with the
// address of the registry, and the order.
func (n nights) workIsTrue(t *testing.T, p report.Province) {
	pec := map[string]string{}
	for _, c := range n.comuni() {
		pec[c.Istat] = c.PEC
	}
	effort := []string{"minutes", "hours", "days", "weeks", ""}
	last, asked := 0, map[string]bool{}
	for _, w := range p.Worklist {
		at := slices.Index(effort, string(w.Effort))
		if at < last {
			t.Errorf("%s, of %s, stands after what takes longer", w.ID, w.Effort)
		}
		last = at
		for _, c := range w.Comuni {
			asked[truthKey(c.Istat, w.Check)] = true
			if c.PEC != pec[c.Istat] || c.PEC == "" {
				t.Errorf("%s: PEC %q, in the registry %q", c.Comune, c.PEC, pec[c.Istat])
			}
			if truth, ok := n.after[truthKey(c.Istat, w.Check)]; ok && !truth.Accepts(string(w.Verdict)) {
				t.Errorf("%s: %s is %s; in truth %+v (%s)", c.Comune, w.Check, w.Verdict, truth.Expected, truth.Why)
			}
		}
	}
	sure, counts := 0, countsOf(p)
	for key, truth := range n.after {
		if truth.Verdict == "fail" && len(truth.Also) == 0 && !slices.Contains(who(counts["duty-"+truth.Check].Unsure), truth.Istat) {
			if sure++; !asked[key] {
				t.Errorf("%s fails (%s), and nobody is asked to mend it", key, truth.Why)
			}
		}
	}
	if sure < 15 {
		t.Errorf("only %d failures are sure", sure)
	}
}

// practiceIsTrue holds both sides of good practice against the truth, and in what
// they are said to be alike.
func (n nights) practiceIsTrue(t *testing.T, p report.Province) {
	of := map[string]report.Member{}
	for _, m := range p.Comuni {
		of[m.Istat] = m
	}
	named := 0
	for _, x := range p.Practice {
		for _, l := range x.Lines {
			if truth, ok := n.after[truthKey(l.Istat, x.Check)]; ok && !truth.Accepts("fail") {
				t.Errorf("%s fails %s; in truth %+v", l.Comune, x.Check, truth.Expected)
			}
			for _, k := range l.Like {
				named++
				if truth, ok := n.after[truthKey(k.Istat, x.Check)]; ok && !truth.Accepts("pass") {
					t.Errorf("%s passes %s; in truth %+v", k.Comune, x.Check, truth.Expected)
				}
				// A degree of latitude is 111.2 km wherever one stands.
				km := 111.195 * math.Abs(northOf(l.Istat)-northOf(k.Istat))
				if math.Abs(km-float64(k.Km)) > 1 || k.Size != (of[l.Istat].Size == of[k.Istat].Size) || k.Platform && of[l.Istat].Platform != of[k.Istat].Platform || k.Beyond {
					t.Errorf("%s and %s: %+v; they are %.0f km apart", l.Comune, k.Comune, k, km)
				}
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d are named", named)
	}
}

// classOf is the class of three dimensions by the published logic and the bands.
// Where one was not measured, it is the class whatever that one may be.
func classOf(scores ...*float64) report.Class {
	low, high := 0, 0
	for i, s := range scores {
		switch {
		case s == nil:
			var classes []report.Class
			for _, may := range []float64{0, 50, 100} {
				tried := slices.Clone(scores)
				tried[i] = &may
				classes = append(classes, classOf(tried...))
			}
			if classes = slices.Compact(classes); len(classes) > 1 {
				return ""
			}
			return classes[0]
		case *s < 40:
			low++
		case *s >= 70:
			high++
		}
	}
	switch {
	case low == 0 && high > 0, low == 1 && high == 2:
		return "spinta"
	case low > 1:
		return "blocchi-di-partenza"
	}
	return "stacco"
}

// classesFollow reckons classes, their sums and the movement between the nights.
func (n nights) classesFollow(t *testing.T) {
	since := firstDay.Format(time.DateOnly)
	x := n.maturity(t, secondDay, "--since", since)
	first := map[string]report.IndexLine{}
	for _, l := range n.maturity(t, firstDay).Comuni {
		first[l.Istat] = l
	}
	sums := map[report.Class]int{}
	moved := []string{}
	for _, l := range x.Comuni {
		sums[l.Class]++
		if want := classOf(l.Parts[0].Score, l.Parts[1].Score, l.Parts[2].Score); l.Class != "" && l.Class != want || l.Class == "" && want != "" && len(l.Ranks) > 0 {
			t.Errorf("%s: %q, by its dimensions %q", l.Comune, l.Class, want)
		}
		if l.Score != nil && (*l.Score < l.Low || *l.Score > l.High) {
			t.Errorf("%s: %v is not within %v and %v", l.Comune, *l.Score, l.Low, l.High)
		}
		if l.Move == nil {
			continue
		}
		if math.Abs(l.Move.Now-l.Move.Then-l.Move.Change) > 0.051 || l.Move.Since != since {
			t.Errorf("%s: %+v", l.Comune, l.Move)
		}
		if l.Move.Change != 0 {
			moved = append(moved, l.Istat)
		}
	}
	if !slices.Equal(moved, []string{"990007"}) {
		t.Errorf("moved: %v", moved)
	}
	for _, c := range x.Classes {
		if c.Comuni != sums[c.Class] {
			t.Errorf("%q: %d, by name %d", c.Class, c.Comuni, sums[c.Class])
		}
	}
}

// supplierLetterIsTrue holds a letter to a supplier against the truth.
func (n nights) supplierLetterIsTrue(t *testing.T) {
	told := 0
	for platform, supplier := range suppliersOfPlatforms() {
		var letter report.SupplierNotice
		n.decodeAt(t, secondDay, &letter, "notice", "draft", "--supplier", supplier)
		for _, fault := range letter.Shared {
			for _, c := range fault.Comuni {
				truth := n.after[truthKey(c.Istat, fault.Check)]
				if told++; !truth.Accepts("fail") && !truth.Accepts("warn") || n.after[truthKey(c.Istat, "cms")].Value != platform {
					t.Errorf("%s is told of %s at %s; in truth %+v", supplier, fault.Check, c.Comune, truth.Expected)
				}
			}
			if fault.Assessed < len(fault.Comuni) {
				t.Errorf("%s, %s: %d of %d", supplier, fault.Check, len(fault.Comuni), fault.Assessed)
			}
		}
	}
	if told < 2 {
		t.Errorf("suppliers are told of %d failures", told)
	}
}

// outsideIsTrue imports what others say, holds the disagreements against the truth,
// and gives them in lines.
func (n nights) outsideIsTrue(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	for kind, data := range map[string]string{
		"pnrr": "codice_ipa,ente,tipologia_ente,cod_comune,avviso,stato_candidatura,data_stato_candidatura\n" +
			"c_z001,x,Comune,990001,1.4.3 - app IO - Comuni,E,2024-03-01\n" +
			"c_z008,x,Comune,990008,1.4.4 - SPID CIE - Comuni,E,2024-03-01\n" +
			"c_z009,x,Comune,990009,1.4.3 - pagoPA - Comuni,A,2024-03-01\n" +
			"c_z010,x,Comune,990010,1.4.3 - pagoPA - Comuni,E,2024-03-01\n",
		"population":      "istat,popolazione\n990001,990000\n990008," + strconv.Itoa(n.populationOf("990008")) + "\n",
		"coordinates":     "istat,lat,lng\n990001,42.5,12.5\n",
		"corte-dei-conti": "istat,domanda,risposta\n990001,Il Comune usa SPID?,no\n990009,Il Comune usa SPID?,sì\n990010,È stato nominato il DPO?,Sì dal 2018\n",
	} {
		file := filepath.Join(dir, kind+".csv")
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		n.must(t, secondDay, "import", kind, file)
	}
	var list []report.Disagreement
	n.decodeAt(t, secondDay, &list, "import", "disagreements")
	var out []string
	for _, d := range list {
		out = append(out, fmt.Sprintf("%s %s %s: %s; %s %s", d.Istat, d.Kind, d.Source, d.Says, d.Check, d.Verdict))
		if d.Check == "" {
			continue
		}
		truth := n.after[truthKey(d.Istat, d.Check)]
		saysYes := d.Kind == "pnrr" || strings.HasPrefix(strings.ToLower(d.Says), "s")
		if saysYes && truth.Accepts("pass") || !saysYes && !truth.Accepts("pass") {
			t.Errorf("%s: %s says %q and is no different from the truth %+v", d.Comune, d.Source, d.Says, truth.Expected)
		}
	}
	for _, want := range []string{"990001 corte-dei-conti", "990001 population", "990008 pnrr", "990009 corte-dei-conti", "990010 pnrr"} {
		if !slices.ContainsFunc(out, func(l string) bool { return strings.HasPrefix(l, want) }) {
			t.Errorf("%s does not disagree: %v", want, out)
		}
	}
	n.othersStandBeside(t)
	return out
}

// othersStandBeside looks for what was imported beside what was measured, in each form
// of the check-list, and not on a past night.
func (n nights) othersStandBeside(t *testing.T) {
	args := []string{"compare", "--comune", "990009", "--comune", "990002"}
	var c report.Comparison
	n.decodeAt(t, secondDay, &c, args...)
	says := "Corte dei Conti: Il Comune usa SPID?: sì"
	held := 0
	for _, s := range c.Sections {
		for _, row := range s.Rows {
			if got := row.Cells[0].Others; slices.Contains(got, says) != (row.ID == "spid") {
				t.Errorf("%s: others say %q", row.ID, got)
			}
			held += len(row.Cells[1].Others)
		}
	}
	if held > 0 {
		t.Errorf("%d things are said of a comune of which nothing was imported", held)
	}
	for _, format := range []string{"html", "markdown"} {
		if got := n.must(t, secondDay, append(args, "--format", format)...); !strings.Contains(got, report.MarkdownText(says)) && !strings.Contains(got, says) {
			t.Errorf("%s does not say what others say", format)
		}
	}
	if got := n.must(t, secondDay, append(args, "--night", firstDay.Format(time.DateOnly))...); strings.Contains(got, "Corte dei Conti") {
		t.Error("a past night tells what was imported later")
	}
}

func (n nights) populationOf(istat string) int {
	for _, c := range n.comuni() {
		if c.Istat == istat {
			return c.Population
		}
	}
	return 0
}
