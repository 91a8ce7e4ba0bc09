package main

// The whole line over the replica, whose truth is known, and what looking costs.

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/need"
	"github.com/vigile-it/vigile/internal/replica"
)

// replicaScale is how many generated comuni are judged besides the roster.
const replicaScale = 150

// tally is how one check fares over the replica.
type tally struct {
	n, decidable, right, unknown, open, red, green, other int
	of                                                    map[string]*hits // by verdict
}

// hits are of one verdict: how often it was said and rightly so; how often it
// had to be said, and was.
type hits struct{ said, rightly, due, found int }

func (t *tally) hits(verdict string) *hits {
	if t.of == nil {
		t.of = map[string]*hits{}
	}
	if t.of[verdict] == nil {
		t.of[verdict] = &hits{}
	}
	return t.of[verdict]
}

// count takes in one finding; it tells whether the truth accepts it.
func (t *tally) count(want replica.Truth, said finding.Verdict) bool {
	t.n++
	right := want.Accepts(string(said))
	h := t.hits(string(said))
	h.said++
	if right {
		h.rightly++
		t.right++
	}
	if want.Definite() {
		t.decidable++
		due := t.hits(want.Verdict)
		due.due++
		if string(said) == want.Verdict || right {
			due.found++
		}
	}
	if said == finding.Unknown {
		t.unknown++
	}
	switch {
	case right:
	case said == finding.Unknown:
		t.open++
	case said == finding.Fail:
		t.red++
	case said == finding.Pass:
		t.green++
	default:
		t.other++
	}
	return right
}

// cell is a verdict's precision and recall, with how often it was said and due.
func (t *tally) cell(verdict string) string {
	h := t.of[verdict]
	if h == nil || h.said+h.due == 0 {
		return ""
	}
	return percent(h.rightly, h.said) + " of " + fmt.Sprint(h.said) + "; " + percent(h.found, h.due) + " of " + fmt.Sprint(h.due)
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.4g %%", 100*float64(part)/float64(whole))
}

func (d *accuracyDoc) replica(t *testing.T) {
	rows := d.table("Replica", "check", "truths", "decidable", "right", "unknown", "unknown though decidable", "false red", "false green", "else wrong")
	by, all := map[string]*tally{}, tally{}
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	comuni, reds, wrongly := 0, 0, 0
	for _, o := range []replica.Options{{}, {Seed: 11, Scale: replicaScale}} {
		running, got := replicaCrawl(t, o)
		comuni += len(got)
		for _, x := range got {
			for _, f := range x.Findings {
				if f.Verdict == finding.Fail && f.Nature != finding.Obligation {
					t.Errorf("%s: %s fails and is no obligation", x.Comune.Name, f.Check)
					reds++
				}
			}
		}
		for _, want := range running.Truths() {
			f := findingOf(got[want.Istat], want.Check)
			if f.Check == "" {
				t.Errorf("no finding of %s", want.Check)
				continue
			}
			if by[want.Check] == nil {
				by[want.Check] = &tally{}
			}
			all.count(want, f.Verdict)
			if !by[want.Check].count(want, f.Verdict) {
				t.Errorf("replica %+v, %s: %s is %s, want %s: %s", o, want.Istat, want.Check, said(f), want.Verdict, want.Why)
				continue
			}
			if string(f.Verdict) == want.Verdict && (want.Reason != "" && string(f.Reason) != want.Reason || want.Value != "" && f.Value != want.Value) {
				t.Errorf("replica %+v, %s: %s is %s, want reason %q and value %q: %s", o, want.Istat, want.Check, said(f), want.Reason, want.Value, want.Why)
				wrongly++
			}
		}
	}
	rates := &accuracyTable{head: []string{"check", "pass", "fail", "warn", "info", "unknown rate", "false-red rate"}}
	for _, c := range list {
		x := by[c.Meta.ID]
		if x == nil {
			t.Errorf("the replica has no truth of %s", c.Meta.ID)
			continue
		}
		rows.add(c.Meta.ID, x.n, x.decidable, x.right, x.unknown, x.open, x.red, x.green, x.other)
		rates.add(c.Meta.ID, x.cell("pass"), x.cell("fail"), x.cell("warn"), x.cell("info"), percent(x.unknown, x.n), percent(x.red, x.n))
	}
	rows.add("all", all.n, all.decidable, all.right, all.unknown, all.open, all.red, all.green, all.other)
	rates.add("all", all.cell("pass"), all.cell("fail"), all.cell("warn"), all.cell("info"), percent(all.unknown, all.n), percent(all.red, all.n))
	d.line("%d invented comuni (the roster and %d generated), crawled over loopback with AgID's service answering; a truth that is not decidable accepts `unknown`, and only such a truth does. Where a truth names a reason or a value, it was given: %d were not. Verdicts `fail` of a check that is no obligation: %d.", comuni, replicaScale, wrongly, reds)
	d.heading("Replica: precision and recall")
	d.parts = append(d.parts, rates)
	d.line("In each cell the precision, of how many times the verdict was given; then the recall, of how many times a decidable truth asks for it (another verdict that the truth accepts counts as found).")
	d.nightPages(t)
}

// nightPages says how many pages a comune costs where nothing is amiss.
func (d *accuracyDoc) nightPages(t *testing.T) {
	rows := d.table("Pages a comune costs in the night where every check passes", "pages", "comuni")
	by := map[int]int{}
	comuni, sum := 0, 0
	for _, n := range nightOf(t, replica.Options{}) {
		if n > mostPages {
			t.Errorf("a comune cost %d pages where every check passes, at most %d are allowed", n, mostPages)
		}
		by[n]++
		comuni++
		sum += n
	}
	for _, n := range slices.Sorted(maps.Keys(by)) {
		rows.add(n, by[n])
	}
	d.line("The %d comuni of the roster without a flaw, %.1f pages on average, AgID's answers at hand as they are on six nights of seven; at most %d (`TestWhereNothingIsAmissTheNightReadsEightPagesAtMost`). What is one click further away (an officer's own page, a board behind the page of documents, a page of open data) costs a page each, and no comune of the roster has all of it. On the night that asks AgID anew a comune costs up to three more.", comuni, float64(sum)/float64(max(1, comuni)), mostPages)
}

// cost measures; nothing is held to it, for machines differ.
func (d *accuracyDoc) cost(t *testing.T, b *bench) {
	rows := d.table("Cost", "page", "size", "parsing it", "observing all checks", "share")
	type sample struct {
		name string
		raw  page.Raw
	}
	var samples []sample
	for _, file := range []string{"airasca/peopleweb_airasca_home.html", "alpignano/comweb_home_alpignano.html", "marino/egov_home_marino.html"} {
		body, err := os.ReadFile(filepath.Join(need.Data(t, "pages"), filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		samples = append(samples, sample{"a real home page", page.Raw{Body: body}}, sample{"the same, repeated to 2 MB", page.Raw{Body: repeated(body, 2<<20)}})
	}
	slowest, of := time.Duration(0), ""
	for _, s := range samples {
		s.raw.URL, s.raw.FinalURL, s.raw.Status = "https://www.comune.prova.zz.it/", "https://www.comune.prova.zz.it/", 200
		p := page.Parse(s.raw)
		parse := perRun(func() { page.Parse(s.raw) })
		all := perRun(func() { b.observe(b.comune(""), p) })
		rows.add(s.name, fmt.Sprintf("%d kB", len(s.raw.Body)>>10), parse.Round(10*time.Microsecond), all.Round(10*time.Microsecond), fmt.Sprintf("%.0f %%", 100*float64(all)/float64(parse)))
		if len(s.raw.Body) < 2<<20 {
			continue
		}
		for _, c := range b.checks {
			if c.Observe == nil {
				continue
			}
			n := &checks.Notes{} // after the first time it holds what the checks share
			c.Observe(p, n)
			if alone := perRun(func() { c.Observe(p, n) }); alone > slowest {
				slowest, of = alone, c.Meta.ID
			}
		}
	}
	d.line("The slowest check on 2 MB, besides what all checks share: `%s`, %s. Processor time, garbage collection included, on one of %d cores (%s/%s). Aims: less than half of parsing, no check over 10 ms on 2 MB; not asserted, for machines differ.", of, slowest.Round(10*time.Microsecond), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
}

// perRun is the processor time of one run, collecting its garbage included.
func perRun(f func()) time.Duration {
	f()
	runtime.GC()
	start, n := burnt(), 0
	for burnt()-start < 700*time.Millisecond {
		for range 5 {
			f()
			n++
		}
	}
	runtime.GC()
	return (burnt() - start) / time.Duration(n)
}

// repeated is a page whose body stands in it as often as it takes.
func repeated(body []byte, size int) []byte {
	s := string(body)
	start := strings.Index(strings.ToLower(s), "<body")
	end := strings.LastIndex(strings.ToLower(s), "</body")
	if start < 0 || end < start {
		start, end = 0, len(s)
	}
	inner := s[start:end]
	return []byte(s[:start] + strings.Repeat(inner, size/len(inner)+1) + s[end:])
}
