package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// surveyed are the metadata of all checks, and their ids.
func surveyed(t testing.TB) ([]checks.Meta, []string) {
	t.Helper()
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	var metas []checks.Meta
	var ids []string
	for _, c := range list {
		metas, ids = append(metas, c.Meta), append(ids, c.Meta.ID)
	}
	return metas, ids
}

func standardWeights(t testing.TB) Weights {
	t.Helper()
	_, ids := surveyed(t)
	w, err := DefaultWeights(ids)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// viewWith is the view of an invented comune with those findings.
func viewWith(istat, province, region string, population int, fs ...finding.Finding) record.Latest {
	at := time.Date(2026, 11, 22, 0, 30, 0, 0, time.UTC)
	l := record.Latest{
		Comune: registry.Comune{
			Istat: istat, IPA: "c_z" + istat[3:], Name: "Borgo " + istat, Province: province, Region: region, Population: population, PEC: "protocollo@pec.borgo.example",
			Site: registry.Site{URL: "https://www.borgo" + istat + ".example/"},
		},
		Visit: page.Visit{Reach: page.ReachOK}, Checked: at, Run: "notte-2026-11-22",
	}
	for _, f := range fs {
		l.Standings = append(l.Standings, record.Standing{Finding: f, Checked: at})
	}
	slices.SortFunc(l.Standings, func(a, b record.Standing) int { return strings.Compare(a.Finding.Check, b.Finding.Check) })
	return l
}

// seenAs is a finding with a piece of evidence.
func seenAs(check string, v finding.Verdict, reason finding.Reason, value string) finding.Finding {
	return finding.Finding{
		Check: check, Verdict: v, Reason: reason, Value: value, Confidence: finding.High,
		Evidence: []finding.Fact{{Check: check, Kind: "x", URL: "https://www.borgo.example/" + check, Snippet: "Visto: " + check}},
	}
}

// forward is a comune of which everything is seen.
func forward() []finding.Finding {
	return []finding.Finding{
		seenAs("online-services", finding.Info, "", strings.Join(checks.MainServices()[:14], ",")),
		seenAs("spid", finding.Pass, "", "spid"), seenAs("cie", finding.Pass, "", "cie"), seenAs("pagopa", finding.Pass, "", "tax_code"),
		seenAs("anpr", finding.Info, "", "linked"), seenAs("app-io", finding.Warn, "mentioned", "mention"),
		seenAs("open-data", finding.Pass, "", "metadata"), seenAs("social", finding.Info, "", "facebook youtube"),
	}
}

func maturityOf(t testing.TB, l record.Latest, lang string) IndexLine {
	t.Helper()
	return maturity(t, lang, l).Comuni[0]
}

func maturity(t testing.TB, lang string, views ...record.Latest) Index {
	t.Helper()
	text, err := messages.For(lang)
	if err != nil {
		t.Fatal(err)
	}
	metas, _ := surveyed(t)
	return NewIndex(views, IndexOptions{Title: "prova", Made: time.Unix(0, 0), Weights: standardWeights(t), Checks: metas, Text: text, Detail: true})
}

func TestTheIndexOfAKnownComune(t *testing.T) {
	l := maturityOf(t, viewWith("990001", "ZZ", "Replica", 800, forward()...), "it")
	type part struct {
		score, low, high float64
		formula          string
		band             Band
	}
	var got []part
	for _, p := range l.Parts {
		got = append(got, part{*p.Score, p.Low, p.High, p.Formula, p.Band})
	}
	want := []part{
		{70, 70, 70, "(14 × 100 + 6 × 0) / 20", BandHigh},
		{90, 90, 90, "(4 × 100 + 1 × 50) / 5", BandHigh},
		{75, 75, 75, "(1 × 100 + 1 × 75 + 1 × 50) / 3", BandHigh},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(part{})); d != "" {
		t.Error(d)
	}
	if *l.Score != 78.3 || l.Formula != "(1 × 70 + 1 × 90 + 1 × 75) / 3" || l.Class != ClassSpinta || l.Measured != 28 || l.Of != 28 || l.Share != 100 {
		t.Errorf("%v = %s, class %s, measured %d of %d (%v)", *l.Score, l.Formula, l.Class, l.Measured, l.Of, l.Share)
	}
	words := map[string]string{}
	for _, p := range l.Parts {
		for _, i := range p.Items {
			words[i.ID] = i.Text
		}
	}
	for id, want := range map[string]string{
		"imu": "ingresso visto", "ztl": "ingresso non visto", "social": "Facebook, YouTube", "interoperability": "dati con metadati", "anpr": "collegamento visto", "spid": "a posto",
	} {
		if words[id] != want {
			t.Errorf("%s: %q, want %q", id, words[id], want)
		}
	}
}

func TestWhatWasNotMeasuredIsNoZero(t *testing.T) {
	for name, tt := range map[string]struct {
		findings       []finding.Finding
		score          float64 // -1: none
		low, high      float64
		measured       int
		class          Class
		classes        [2]Class
		ranked         bool
		withoutServces bool
	}{
		"nothing was run":                   {nil, -1, 0, 100, 0, "", [2]Class{ClassBlocchi, ClassSpinta}, false, false},
		"everything unknown":                {unknowns(), -1, 0, 100, 0, "", [2]Class{ClassBlocchi, ClassSpinta}, false, false},
		"one of five, and nothing else":     {[]finding.Finding{seenAs("spid", finding.Pass, "", "spid")}, 100, 6.7, 100, 1, "", [2]Class{ClassBlocchi, ClassSpinta}, false, false},
		"a red of low confidence":           {[]finding.Finding{{Check: "spid", Verdict: finding.Fail, Reason: "credentials_only", Confidence: finding.Low}}, -1, 0, 100, 0, "", [2]Class{ClassBlocchi, ClassSpinta}, false, false},
		"a red that waits for a second":     {[]finding.Finding{{Check: "spid", Verdict: finding.Fail, Reason: "credentials_only", Confidence: finding.High, Unconfirmed: true}}, -1, 0, 100, 0, "", [2]Class{ClassBlocchi, ClassSpinta}, false, false},
		"a sure red":                        {[]finding.Finding{{Check: "spid", Verdict: finding.Fail, Reason: "credentials_only", Confidence: finding.High}}, 0, 0, 93.3, 1, "", [2]Class{ClassBlocchi, ClassSpinta}, false, false},
		"a portal that nobody looked into":  {[]finding.Finding{{Check: "open-data", Verdict: finding.Pass, Value: "published", Confidence: finding.Medium}}, 100, 11.1, 100, 1, "", [2]Class{ClassBlocchi, ClassSpinta}, false, false},
		"data without metadata, looked at":  {[]finding.Finding{{Check: "open-data", Verdict: finding.Pass, Value: "published", Confidence: finding.High}}, 50, 11.1, 88.9, 2, "", [2]Class{ClassBlocchi, ClassSpinta}, false, false},
		"not applicable is not measured":    {[]finding.Finding{{Check: "spid", Verdict: finding.NotApplicable}}, -1, 0, 100, 0, "", [2]Class{ClassBlocchi, ClassSpinta}, false, false},
		"a profile that only IPA speaks of": {[]finding.Finding{{Check: "social", Verdict: finding.Info, Reason: "ipa_only", Value: "facebook"}}, 50, 5.6, 94.4, 1, "", [2]Class{ClassBlocchi, ClassSpinta}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := maturityOf(t, viewWith("990001", "ZZ", "", 0, tt.findings...), "it")
			score := -1.0
			if l.Score != nil {
				score = *l.Score
			}
			if score != tt.score || l.Low != tt.low || l.High != tt.high || l.Measured != tt.measured {
				t.Errorf("score %v (%v–%v), measured %d", score, l.Low, l.High, l.Measured)
			}
			if l.Class != tt.class || l.ClassLow != tt.classes[0] || l.ClassHigh != tt.classes[1] || (len(l.Ranks) > 0) != tt.ranked {
				t.Errorf("class %q (%s–%s), ranks %v", l.Class, l.ClassLow, l.ClassHigh, l.Ranks)
			}
		})
	}
}

func unknowns() []finding.Finding {
	var out []finding.Finding
	for _, id := range []string{"online-services", "spid", "cie", "pagopa", "anpr", "app-io", "open-data", "social"} {
		out = append(out, finding.Finding{Check: id, Verdict: finding.Unknown, Reason: "not_visible_on_site"})
	}
	return out
}

func TestClasses(t *testing.T) {
	l, s, h := BandLow, BandSufficient, BandHigh
	for _, tt := range []struct {
		bands []Band
		want  Class
	}{
		{[]Band{h, h, h}, ClassSpinta},
		{[]Band{s, s, h}, ClassSpinta},
		{[]Band{h, l, h}, ClassSpinta},
		{[]Band{s, s, s}, ClassStacco},
		{[]Band{l, s, h}, ClassStacco},
		{[]Band{s, l, s}, ClassStacco},
		{[]Band{l, l, h}, ClassBlocchi},
		{[]Band{l, l, s}, ClassBlocchi},
		{[]Band{l, l, l}, ClassBlocchi},
	} {
		if got := ClassOf(tt.bands); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.bands, got, tt.want)
		}
	}
	b := Bands{40, 70}
	for score, want := range map[float64]Band{0: l, 39.9: l, 40: s, 69.9: s, 70: h, 100: h} {
		if got := b.Of(score); got != want {
			t.Errorf("%v is %s, want %s", score, got, want)
		}
	}
}

func TestRanksAreAmongThoseMeasured(t *testing.T) {
	less := slices.DeleteFunc(forward(), func(f finding.Finding) bool { return f.Check == "cie" })
	less = append(less, finding.Finding{Check: "cie", Verdict: finding.Warn, Reason: "method_missing"})
	x := maturity(t, "it",
		viewWith("990001", "ZZ", "Replica", 800, forward()...),
		viewWith("990002", "ZZ", "Replica", 900, forward()...),
		viewWith("990003", "ZZ", "Replica", 60_000, less...),
		viewWith("990004", "ZY", "Replica", 700, less...),
		viewWith("990005", "ZZ", "Replica", 700, unknowns()...),
	)
	got := map[string][]string{}
	for _, l := range x.Comuni {
		for _, s := range Scopes() {
			got[l.Istat] = append(got[l.Istat], l.RankIn(s).Words(italian(t)))
		}
	}
	want := map[string][]string{
		"990001": {"1 / 3", "1 / 4", "1 / 3", "1 / 4"}, "990002": {"1 / 3", "1 / 4", "1 / 3", "1 / 4"},
		"990003": {"3 / 3", "3 / 4", "1 / 1", "3 / 4"}, "990004": {"1 / 1", "3 / 4", "3 / 3", "3 / 4"},
		"990005": {"–", "–", "–", "–"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if x.Base != (IndexBase{Comuni: 5, Ranked: 4, None: 1}) || x.Comuni[4].Istat != "990005" {
		t.Errorf("%+v, last %s", x.Base, x.Comuni[4].Istat)
	}
}

func TestANightThatCouldNotBeReadIsNoFall(t *testing.T) {
	metas, _ := surveyed(t)
	then := forward()
	then[1] = finding.Finding{Check: "spid", Verdict: finding.Fail, Reason: "credentials_only", Confidence: finding.High}
	now := forward()
	now[0] = finding.Finding{Check: "online-services", Verdict: finding.Unknown, Reason: "blocked"}
	a, b := viewWith("990001", "ZZ", "", 0, now...), viewWith("990001", "ZZ", "", 0, then...)
	x := NewIndex([]record.Latest{a, viewWith("990002", "ZZ", "", 0, now...)}, IndexOptions{
		Weights: standardWeights(t), Checks: metas, Text: italian(t), Since: "2026-11-01", Then: map[string]record.Latest{"990001": b},
	})
	m := x.Comuni[0].Move
	if m == nil || x.Comuni[1].Move != nil {
		t.Fatal("the wrong comune is compared")
	}
	// Without the services: (90+75)/2 now, (70+75)/2 then.
	want := IndexMove{Since: "2026-11-01", Then: 72.5, Now: 82.5, Change: 10, Common: 8, Up: []string{"spid"}, Down: []string{}, ThenRun: "notte-2026-11-22"}
	if d := cmp.Diff(want, *m); d != "" {
		t.Error(d)
	}
}

// reckonFormula works out "(1 × 70 + 2 × 8,5) / 3".
func reckonFormula(t interface{ Fatalf(string, ...any) }, formula string) float64 {
	number := func(s string) float64 {
		x, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(s), ",", ".", 1), 64)
		if err != nil {
			t.Fatalf("%q: %v", formula, err)
		}
		return x
	}
	over, by, ok := strings.Cut(formula, "/")
	if !ok {
		t.Fatalf("%q", formula)
	}
	total := 0.0
	for term := range strings.SplitSeq(strings.Trim(strings.TrimSpace(over), "()"), "+") {
		x, y, _ := strings.Cut(term, "×")
		total += number(x) * number(y)
	}
	return total / number(by)
}

// drawnFinding is what a check may say, and sometimes what it may not.
func drawnFinding(t *rapid.T, check string) finding.Finding {
	f := finding.Finding{
		Check: check, Verdict: rapid.SampledFrom(finding.Verdicts()).Draw(t, "verdict"),
		Confidence:  rapid.SampledFrom([]finding.Confidence{finding.Low, finding.Medium, finding.High}).Draw(t, "confidence"),
		Reason:      rapid.SampledFrom([]finding.Reason{"", "entry_unnamed", "catalogue_empty", "none_seen", "mentioned", "method_missing", "blocked"}).Draw(t, "reason"),
		Unconfirmed: rapid.Bool().Draw(t, "unconfirmed"),
	}
	switch check {
	case "online-services":
		f.Value = strings.Join(rapid.SliceOfDistinct(rapid.SampledFrom(checks.MainServices()), rapid.ID).Draw(t, "services"), ",")
	default:
		f.Value = rapid.SampledFrom([]string{"", "none", "linked", "not_linked", "published", "metadata", "api", "facebook", "facebook youtube", "a b c d"}).Draw(t, "value")
	}
	return f
}

func TestTheIndexHoldsItsBoundsOnAnyData(t *testing.T) {
	w, text := standardWeights(t), italian(t)
	metas, _ := surveyed(t)
	rapid.Check(t, func(t *rapid.T) {
		var fs []finding.Finding
		for _, id := range w.Checks() {
			if rapid.Bool().Draw(t, "run "+id) {
				fs = append(fs, drawnFinding(t, id))
			}
		}
		make1 := func(fs []finding.Finding) IndexLine {
			return NewIndex([]record.Latest{viewWith("990001", "ZZ", "R", 10, fs...)}, IndexOptions{Weights: w, Checks: metas, Text: text, Detail: true}).Comuni[0]
		}
		l := make1(fs)
		bounded := func(name string, f Figure) {
			if f.Low < 0 || f.High > 100 || f.Low > f.High || f.Share < 0 || f.Share > 100 || f.Measured > f.Of || (f.Measured == 0) != (f.Score == nil) {
				t.Fatalf("%s: %+v", name, f)
			}
			if f.Score != nil && (*f.Score < f.Low || *f.Score > f.High) {
				t.Fatalf("%s: score %v outside %v–%v", name, *f.Score, f.Low, f.High)
			}
			if f.Measured == f.Of && f.Low != f.High {
				t.Fatalf("%s: all measured and open: %+v", name, f)
			}
		}
		bounded("the whole", l.Figure)
		measured, of := 0, 0
		for i, p := range l.Parts {
			bounded(p.ID, p.Figure)
			measured, of = measured+p.Measured, of+p.Of
			points, weight, all := 0.0, 0.0, 0.0
			for _, item := range p.Items {
				all += item.Weight
				if item.Points != nil {
					points, weight = points+item.Weight*(*item.Points), weight+item.Weight
				}
			}
			sum := 0.0
			for _, x := range w.Dimensions[i].Indicators {
				sum += x.Weight
			}
			if all != sum {
				t.Fatalf("%s: weights add up to %v, not %v", p.ID, all, sum)
			}
			if p.Score != nil && (*p.Score != tenth(points/weight) || math.Abs(reckonFormula(t, p.Formula)-*p.Score) > 0.0501) {
				t.Fatalf("%s: %v, from the indicators %v, from %q %v", p.ID, *p.Score, points/weight, p.Formula, reckonFormula(t, p.Formula))
			}
		}
		if measured != l.Measured || of != l.Of {
			t.Fatalf("measured %d of %d, by dimension %d of %d", l.Measured, l.Of, measured, of)
		}
		if l.Score != nil && tenth(reckonFormula(t, l.Formula)) != *l.Score {
			t.Fatalf("%v = %s", *l.Score, l.Formula)
		}
		if len(fs) == 0 {
			return
		}
		// What is no longer known makes the interval wider on both sides, or leaves it.
		darker := slices.Clone(fs)
		i := rapid.IntRange(0, len(fs)-1).Draw(t, "which")
		darker[i] = finding.Finding{Check: fs[i].Check, Verdict: finding.Unknown, Reason: "blocked"}
		d := make1(darker)
		if d.High < l.High || d.Low > l.Low || d.Measured > l.Measured || d.Share > l.Share {
			t.Fatalf("%v–%v (%d) became %v–%v (%d)", l.Low, l.High, l.Measured, d.Low, d.High, d.Measured)
		}
		for j, p := range d.Parts {
			if p.High < l.Parts[j].High || p.Low > l.Parts[j].Low {
				t.Fatalf("%s: %v–%v became %v–%v", p.ID, l.Parts[j].Low, l.Parts[j].High, p.Low, p.High)
			}
		}
		order := []Class{ClassBlocchi, ClassStacco, ClassSpinta}
		if slices.Index(order, d.ClassHigh) < slices.Index(order, l.ClassHigh) || slices.Index(order, l.ClassLow) > slices.Index(order, l.ClassHigh) {
			t.Fatalf("classes %s–%s became %s–%s", l.ClassLow, l.ClassHigh, d.ClassLow, d.ClassHigh)
		}
	})
}

func TestClassesNeverFallWhereABandRises(t *testing.T) {
	bands, order := []Band{BandLow, BandSufficient, BandHigh}, []Class{ClassBlocchi, ClassStacco, ClassSpinta}
	rapid.Check(t, func(t *rapid.T) {
		before := []int{rapid.IntRange(0, 2).Draw(t, "a"), rapid.IntRange(0, 2).Draw(t, "b"), rapid.IntRange(0, 2).Draw(t, "c")}
		of := func(n []int) int { return slices.Index(order, ClassOf([]Band{bands[n[0]], bands[n[1]], bands[n[2]]})) }
		after := slices.Clone(before)
		i := rapid.IntRange(0, 2).Draw(t, "which")
		after[i] = min(2, after[i]+1)
		if of(after) < of(before) {
			t.Fatalf("%v to %v", before, after)
		}
	})
}

func TestWeightsAreReadStrictly(t *testing.T) {
	_, ids := surveyed(t)
	good := string(defaultWeights)
	change := func(old, now string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the weights", old)
		}
		return strings.Replace(good, old, now, 1)
	}
	for name, tt := range map[string]struct {
		data    string
		kind    string
		name    string
		nearest string
		lined   bool
	}{
		"nothing":                       {"", "empty", "", "", false},
		"no YAML":                       {"a: [", "syntax", "", "", false},
		"not text":                      {"\xff\xfe", "syntax", "", "", false},
		"two documents":                 {good + "\n---\na: 1\n", "documents", "", "", false},
		"too long":                      {"#" + strings.Repeat(" ", MaxForm), "too_large", "", "", false},
		"a key mistyped":                {change("rank_from:", "rank_form:"), "unknown_key", "rank_form", "rank_from", true},
		"a key of a rule mistyped":      {change("{value: linked,", "{valve: linked,"), "unknown_key", "valve", "value", true},
		"a word for a number":           {change("rank_from: 60", "rank_from: many"), "bad_value", "", "", true},
		"another version":               {change("version: 1", "version: 2"), "version", "2", "", true},
		"bands the wrong way round":     {change("{sufficient: 40, high: 70}", "{sufficient: 70, high: 40}"), "bands", "70, 40", "", true},
		"a dimension too few":           {good[:strings.Index(good, "  - id: openness")], "dimensions", "2", "", true},
		"a check that there is not":     {change("check: pagopa", "check: pagopo"), "check", "pagopo", "pagopa", true},
		"an id twice":                   {change("id: cie, ", "id: spid, "), "twice", "spid", "", true},
		"points above a hundred":        {change("points: 75", "points: 175"), "points", "175", "", true},
		"a weight below nothing":        {change("id: cie, weight: 1", "id: cie, weight: -1"), "weight", "-1", "", true},
		"not a number":                  {change("id: cie, weight: 1", "id: cie, weight: .nan"), "weight", "NaN", "", true},
		"points for what is not known":  {change("{verdict: fail, points: 0}", "{verdict: unknown, points: 0}"), "condition", "verdict", "", true},
		"points where not applicable":   {change("{verdict: fail, points: 0}", "{verdict: not_applicable, points: 0}"), "condition", "verdict", "", true},
		"a share above a hundred":       {change("rank_from: 60", "rank_from: 160"), "percent", "160", "", true},
		"an id that would break a page": {change("id: cie,", "id: '<b>',"), "id", "<b>", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseWeights([]byte(tt.data), ids)
			var bad *FormError
			if !errors.As(err, &bad) {
				t.Fatalf("%v", err)
			}
			if bad.Kind != tt.kind || bad.Name != tt.name || bad.Nearest != tt.nearest || (bad.Line > 0) != tt.lined && tt.kind != "syntax" {
				t.Errorf("%+v", bad)
			}
			if key := "form_error.kind." + bad.Kind; !italian(t).Has(key) {
				t.Errorf("no words for %s", key)
			}
		})
	}
}

func TestOtherWeightsGiveOtherScores(t *testing.T) {
	metas, ids := surveyed(t)
	data := strings.Replace(string(defaultWeights), "  - id: pa\n    weight: 1", "  - id: pa\n    weight: 3\n    title: {it: 'Tutta <PA>', en: All of PA}", 1)
	data = strings.Replace(data, "{sufficient: 40, high: 70}", "{sufficient: 50, high: 95}", 1)
	w, err := ParseWeights([]byte(data), ids)
	if err != nil {
		t.Fatal(err)
	}
	x := NewIndex([]record.Latest{viewWith("990001", "ZZ", "", 0, forward()...)}, IndexOptions{Weights: w, Checks: metas, Text: italian(t)})
	l := x.Comuni[0]
	if *l.Score != 83 || l.Formula != "(1 × 70 + 3 × 90 + 1 × 75) / 5" || l.Class != ClassStacco {
		t.Errorf("%v = %s, %s", *l.Score, l.Formula, l.Class)
	}
	if !strings.Contains(x.Formula[0], "3 × Tutta <PA>") || !strings.Contains(strings.Join(x.Formula, " "), "sufficiente da 50, alta da 95") {
		t.Errorf("%q", x.Formula)
	}
}

func TestTheIndexAsAPage(t *testing.T) {
	hostile := viewWith("990001", "ZZ", "Replica", 800, forward()...)
	hostile.Comune.Name = `<script>alert(1)</script>`
	hostile.Comune.Site.URL = "javascript:alert(1)"
	for _, lang := range messages.Languages() {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := WriteIndexHTML(&out, maturity(t, lang, hostile, viewWith("990002", "ZZ", "Replica", 800)), text); err != nil {
			t.Fatal(err)
		}
		checkPage(t, out.String())
	}
}

// bareKey is a key of the catalogue of messages.
var bareKey = regexp.MustCompile(`[>" ](index|compare|questionnaire|form_error)\.[a-z_]+[a-z0-9_.-]*`)

// checkPage holds a page to what every page keeps: it parses, runs nothing, loads
// nothing, says nothing in keys, and every link within it leads somewhere.
func checkPage(t *testing.T, s string) {
	t.Helper()
	if strings.Contains(s, "ZgotmplZ") || strings.Contains(s, "<script") || strings.Contains(s, `href="javascript`) || strings.Contains(s, "—") {
		t.Error("something in the page is not safe, or not ours")
	}
	if key := bareKey.FindString(s); key != "" {
		t.Errorf("the key %q stands for its text", key)
	}
	root, err := html.Parse(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	ids, links := map[string]bool{}, []string{}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("two elements are %q", a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
				links = append(links, a.Val[1:])
			case a.Key == "aria-labelledby":
				links = append(links, a.Val)
			case a.Key == "src", a.Key == "onclick":
				t.Errorf("%s=%q", a.Key, a.Val)
			}
		}
	}
	for _, l := range links {
		if !ids[l] {
			t.Errorf("nothing is called %q", l)
		}
	}
}

func TestTheIndexAsJSONIsStable(t *testing.T) {
	x := maturity(t, "it", viewWith("990001", "ZZ", "Replica", 800, forward()...))
	x.Comuni[0].Parts = x.Comuni[0].Parts[2:]
	got, err := json.MarshalIndent(x.Comuni[0], "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "index.json", string(got)+"\n")
}

func FuzzParseWeights(f *testing.F) {
	list, err := checks.Catalogue()
	if err != nil {
		f.Fatal(err)
	}
	var ids []string
	for _, c := range list {
		ids = append(ids, c.Meta.ID)
	}
	for _, seed := range []string{string(defaultWeights), "", "version: 1\n", "dimensions: [{id: a}]", "a: &a [*a]", "version: 1\nbands: {sufficient: .nan, high: .inf}"} {
		f.Add([]byte(seed))
	}
	text, err := messages.For("it")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := ParseWeights(data, ids)
		if err != nil {
			var bad *FormError
			if !errors.As(err, &bad) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		x := NewIndex([]record.Latest{viewWith("990001", "ZZ", "R", 10, forward()...)}, IndexOptions{Weights: w, Text: text, Detail: true})
		l := x.Comuni[0]
		if math.IsNaN(l.Low) || l.Low < 0 || l.High > 100 || l.Score != nil && (*l.Score < 0 || *l.Score > 100) {
			t.Fatal(fmt.Sprint(l.Figure))
		}
	})
}
