package main

// The report of a province of the invented Italy, whose truth is known, beside
// an independent count over the export.

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/replica"
	"github.com/vigile-it/vigile/internal/report"
)

// reported is a province of the invented Italy after one crawl, and what asks
// about it.
type reported struct {
	running *replica.Running
	env     map[string]string
	only    []string // ISTAT codes of those visited; nil: all of the province
}

// ask runs a command at that moment.
func (r reported) ask(t *testing.T, at time.Time, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	a := &app{world: world{redial: r.running.Redial, agidGap: time.Millisecond}, now: func() time.Time { return at }}
	return runContext(t, t.Context(), a, r.env, args...)
}

// firstDay is the day of the first crawl.
var firstDay = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// crawled is the first comuni of the roster, crawled.
func crawled(t *testing.T, comuni int) reported {
	t.Helper()
	running := invite(t, replica.Options{Comuni: comuni, Day: firstDay}, manners{})
	r := reported{running: running, env: toItaly(t, running, t.TempDir())}
	r.must(t, firstDay, "crawl", "--provincia", "ZZ", "--quiet")
	return r
}

// must asks what has to succeed.
func (r reported) must(t *testing.T, at time.Time, args ...string) string {
	t.Helper()
	code, stdout, stderr := r.ask(t, at, args...)
	if code != codeDone {
		t.Fatalf("vigile %s: exit code %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// comuni are those of the province.
func (r reported) comuni() []replica.Comune {
	return slices.DeleteFunc(r.running.Comuni(), func(c replica.Comune) bool {
		return c.Province != "ZZ" || r.only != nil && !slices.Contains(r.only, c.Istat)
	})
}

// truths are those of the province's comuni.
func (r reported) truths() []replica.Truth {
	of := map[string]bool{}
	for _, c := range r.comuni() {
		of[c.Istat] = true
	}
	return slices.DeleteFunc(r.running.Truths(), func(x replica.Truth) bool { return !of[x.Istat] })
}

// province is the report as JSON.
func (r reported) province(t *testing.T, at time.Time, args ...string) report.Province {
	t.Helper()
	var p report.Province
	if err := json.Unmarshal([]byte(r.must(t, at, append([]string{"report", "--provincia", "ZZ", "--format", "json"}, args...)...)), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func countsOf(p report.Province) map[string]report.Count {
	out := map[string]report.Count{}
	for _, theme := range p.Themes {
		for _, c := range theme.Counts {
			out[c.ID] = c
		}
	}
	return out
}

func who(gs []report.Group) []string {
	var out []string
	for _, g := range gs {
		for _, c := range g.Comuni {
			out = append(out, c.Istat)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestTheReportSaysWhatIsTrueOfTheReplica(t *testing.T) {
	r := crawled(t, 40)
	p := r.province(t, firstDay)
	counts := countsOf(p)
	if n := len(r.comuni()); len(p.Comuni) != n || p.Base.Comuni != n || n < 30 {
		t.Fatalf("%d comuni, of %d in the province", len(p.Comuni), n)
	}
	decided := 0
	for _, truth := range r.truths() {
		c, asked := counts["duty-"+truth.Check]
		if !asked {
			continue
		}
		in, left := slices.Contains(who(c.Groups), truth.Istat), slices.Contains(who(c.Left), truth.Istat)
		unsure := slices.Contains(who(c.Unsure), truth.Istat)
		can := func(verdict string) bool { return truth.Accepts(verdict) }
		switch {
		case in && !can("fail") && !can("warn"), !in && !left && !can("pass") && !can("not_applicable") && !can("warn"), left && !unsure && !can("unknown"):
			t.Errorf("%s of %s: counted %t, left out %t; in truth %+v (%s)", truth.Check, truth.Istat, in, left, truth.Expected, truth.Why)
		case truth.Definite():
			decided++
		}
	}
	if decided < 100 {
		t.Errorf("only %d truths were decided", decided)
	}
	r.platforms(t, counts["platform"])
	r.reaches(t, counts)
}

// platforms are as many of each as the truth has, where it has one.
func (r reported) platforms(t *testing.T, c report.Count) {
	want := map[string]int{}
	for _, truth := range r.truths() {
		if truth.Check == "cms" && truth.Verdict == "info" {
			want[truth.Value]++
		}
	}
	got := map[string]int{}
	for _, g := range c.Groups {
		got[g.Code] = len(g.Comuni)
	}
	for value, n := range want {
		if got[value] < n {
			t.Errorf("%d sites on %s, in truth %d", got[value], value, n)
		}
	}
}

// reaches are the sites that cannot be read, and the comuni without one.
func (r reported) reaches(t *testing.T, counts map[string]report.Count) {
	var noSite, dark []string
	for _, c := range r.comuni() {
		switch {
		case slices.Contains(c.Reach, "no_url_in_registry"), slices.Contains(c.Reach, "bad_url"):
			noSite = append(noSite, c.Istat)
		case !slices.Contains(c.Reach, "ok"):
			dark = append(dark, c.Istat)
		}
	}
	if got := who(counts["no-site"].Groups); !slices.Equal(got, noSite) || len(noSite) == 0 {
		t.Errorf("without a site: %v, in truth %v", got, noSite)
	}
	if got := who(counts["unreachable"].Groups); !slices.Equal(got, dark) || len(dark) == 0 {
		t.Errorf("not read: %v, in truth %v", got, dark)
	}
}

// rowQuery counts over rows of the export, in its own way: which rows are counted,
// and which say something at all.
type rowQuery struct {
	check  string
	counts func(row map[string]string) bool
	seen   bool
}

func among(column string, words ...string) func(map[string]string) bool {
	return func(row map[string]string) bool { return slices.Contains(words, row[column]) }
}

// exportQueries are the counts that ask one check alone.
func exportQueries(counts map[string]report.Count) map[string]rowQuery {
	bad := func(row map[string]string) bool {
		return row["verdict"] == "fail" || row["verdict"] == "warn" && !slices.Contains([]string{"due", "incomplete_chain", "expires_soon", "twin_certificate", "no_redirect"}, row["reason"])
	}
	said := func(row map[string]string) bool { return row["value"] != "" && row["value"] != "none" }
	doubts := []string{"stale", "stale_suspect", "due", "declaration_not_found", "other_asset", "other_body"}
	queries := map[string]rowQuery{
		"no-home-link":       {check: "accessibility-declaration", counts: among("reason", "no_link", "not_linked_from_home", "no_agid_declaration", "placeholder")},
		"declaration-doubt":  {check: "accessibility-declaration", counts: among("reason", doubts...)},
		"declaration-well":   {check: "accessibility-declaration", counts: among("verdict", "pass")},
		"objectives-missing": {check: "accessibility-objectives", counts: among("verdict", "fail", "warn")},
		"rtd-missing":        {check: "rtd", counts: among("reason", "rtd_not_identifiable", "address_only")},
		"rtd-source":         {check: "rtd", counts: func(row map[string]string) bool { return said(row) && row["reason"] != "address_only" }},
		"rtd-names-differ":   {check: "rtd", counts: among("reason", "names_differ")},
		"spid":               {check: "spid", counts: among("verdict", "pass")},
		"cie":                {check: "cie", counts: among("verdict", "pass")},
		"credentials":        {check: "legacy-login", counts: among("reason", "legacy_credentials", "credentials_beside")},
		"pagopa":             {check: "pagopa", counts: among("verdict", "pass")},
		"pagopa-missing":     {check: "pagopa", counts: among("verdict", "fail", "warn")},
		"app-io":             {check: "app-io", counts: among("verdict", "pass"), seen: true},
		"app-io-mention":     {check: "app-io", counts: among("reason", "mentioned"), seen: true},
		"social":             {check: "social", counts: said},
		"social-none":        {check: "social", counts: among("reason", "none_seen")},
		"social-ipa-only":    {check: "social", counts: among("reason", "ipa_only")},
		"platform":           {check: "cms", counts: said},
		"supplier":           {check: "cms", counts: said},
		"online-services":    {check: "online-services", counts: said, seen: true},
		"thematic-sites":     {check: "thematic-sites", counts: said, seen: true},
		"digital-plan":       {check: "digital-plan", counts: said, seen: true},
	}
	for id := range counts {
		if check, ok := strings.CutPrefix(id, "duty-"); ok {
			queries[id] = rowQuery{check: check, counts: bad}
		}
	}
	return queries
}

func TestAnIndependentCountOverTheExportGivesTheSameNumbers(t *testing.T) {
	r := crawled(t, 40)
	p := r.province(t, firstDay)
	counts := countsOf(p)
	rows, err := csv.NewReader(strings.NewReader(r.must(t, firstDay, "export", "--format", "csv", "--provincia", "ZZ"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	queries := exportQueries(counts)
	for id, q := range queries {
		number, assessed := q.over(rows)
		if c := counts[id]; c.Comuni != number || c.Base.Assessed != assessed {
			t.Errorf("%s: %d of %d in the report, %d of %d over the export", id, c.Comuni, c.Base.Assessed, number, assessed)
		}
	}
	comuni := byComune(rows)
	for id := range counts {
		switch _, asked := queries[id]; {
		case asked, slices.Contains([]string{"no-site", "unreachable", "spid-or-cie", "services-identity"}, id): // below
		default:
			t.Errorf("nothing counts %s over the export", id)
		}
	}
	sameReaches(t, counts, comuni)
	sameWork(t, p, comuni)
	all, facts := r.exported(t, firstDay, "--provincia", "ZZ"), r.exported(t, firstDay, "--provincia", "ZZ", "--facts")
	sameGroups(t, counts, queries, all)
	sameIdentity(t, counts["services-identity"], all, facts)
	sameSuppliers(t, p, all)
}

// byComune are the rows of an export by comune and check.
func byComune(rows [][]string) map[string]map[string]map[string]string {
	out := map[string]map[string]map[string]string{}
	for _, cells := range rows[1:] {
		row := map[string]string{}
		for i, name := range rows[0] {
			row[name] = cells[i]
		}
		if out[row["istat"]] == nil {
			out[row["istat"]] = map[string]map[string]string{}
		}
		out[row["istat"]][row["check"]] = row
	}
	return out
}

// sameReaches counts by how the visit ended, and by two checks at once.
func sameReaches(t *testing.T, counts map[string]report.Count, comuni map[string]map[string]map[string]string) {
	t.Helper()
	want := map[string][2]int{}
	add := func(id string, counted, assessed bool) {
		n := want[id]
		if counted {
			n[0]++
		}
		if assessed {
			n[1]++
		}
		want[id] = n
	}
	for _, checks := range comuni {
		reach := checks["https"]["reach"]
		siteless := reach == "no_url_in_registry" || reach == "bad_url"
		add("no-site", siteless, true)
		add("unreachable", !siteless && reach != "ok", !siteless)
		said := func(check string) bool {
			row := checks[check]
			return row["verdict"] != "" && row["verdict"] != "unknown" && (row["verdict"] != "fail" || row["confidence"] != "low")
		}
		either := checks["spid"]["verdict"] == "pass" || checks["cie"]["verdict"] == "pass"
		add("spid-or-cie", either, either || said("spid") && said("cie"))
	}
	for id, n := range want {
		if c := counts[id]; c.Comuni != n[0] || c.Base.Assessed != n[1] {
			t.Errorf("%s: %d of %d in the report, %v over the export", id, c.Comuni, c.Base.Assessed, n)
		}
	}
}

// sameWork finds everybody whom the worklist asks for something, and nobody else,
// among the rows; suppliers have the comuni whose platform the rows name.
func sameWork(t *testing.T, p report.Province, comuni map[string]map[string]map[string]string) {
	t.Helper()
	asked := map[string][]string{}
	for _, w := range p.Worklist {
		for _, c := range w.Comuni {
			key := strings.Join([]string{w.Check, string(w.Verdict), string(w.Reason)}, " ")
			asked[key] = append(asked[key], c.Istat)
		}
	}
	for key, istats := range asked {
		var want []string
		for istat, checks := range comuni {
			row := checks[strings.Fields(key)[0]]
			if strings.Join([]string{row["check"], row["verdict"], row["reason"]}, " ") == key && (row["verdict"] != "fail" || row["confidence"] != "low") {
				want = append(want, istat)
			}
		}
		slices.Sort(istats)
		slices.Sort(want)
		if !slices.Equal(istats, want) {
			t.Errorf("%s is asked of %v, the export has %v", key, istats, want)
		}
	}
	supplied := 0
	for _, s := range p.Suppliers {
		supplied += len(s.Comuni)
		for _, c := range s.Comuni {
			if comuni[c.Istat]["cms"]["value"] == "" {
				t.Errorf("%s is of %s, and its platform is not in the export", c.Istat, s.Name)
			}
		}
	}
	if supplied == 0 || len(asked) < 10 {
		t.Errorf("%d comuni of suppliers, %d things asked for", supplied, len(asked))
	}
}

// over counts rows of the export, the first of which is its header.
func (q rowQuery) over(rows [][]string) (number, assessed int) {
	for _, cells := range rows[1:] {
		row := map[string]string{}
		for i, name := range rows[0] {
			row[name] = cells[i]
		}
		if row["check"] != q.check || row["verdict"] == "fail" && row["confidence"] == "low" {
			continue
		}
		definite := row["verdict"] != "unknown"
		if definite || q.seen && row["reach"] == "ok" && row["reason"] == "not_visible_on_site" {
			assessed++
		}
		if definite && q.counts(row) {
			number++
		}
	}
	return number, assessed
}

func TestAPastNightIsToldAndComparedWith(t *testing.T) {
	r := crawled(t, 12)
	first := countsOf(r.province(t, firstDay))
	mended := ""
	for _, g := range first["no-home-link"].Groups {
		mended = g.Comuni[0].Istat
	}
	if err := r.running.Mend(mended); err != nil {
		t.Fatal(err)
	}
	third := firstDay.AddDate(0, 0, 2)
	r.must(t, third, "crawl", "--provincia", "ZZ", "--quiet")
	now := r.province(t, third, "--compare", "2026-11-22")
	then := countsOf(r.province(t, third, "--night", "2026-11-23"))
	gone := false
	for id, c := range countsOf(now) {
		if c.Then == nil || c.Then.Comuni != first[id].Comuni || c.Then.Base != first[id].Base {
			t.Errorf("%s: compared with %+v, on that day it was %d of %+v", id, c.Then, first[id].Comuni, first[id].Base)
		}
		if then[id].Comuni != first[id].Comuni || then[id].Base != first[id].Base {
			t.Errorf("%s: that night %d of %+v, on that day %d of %+v", id, then[id].Comuni, then[id].Base, first[id].Comuni, first[id].Base)
		}
		for _, x := range c.Then.Gone {
			gone = gone || id == "no-home-link" && x.Istat == mended
		}
	}
	if !gone {
		t.Errorf("%s was mended and did not go", mended)
	}
	for args, says := range map[string]string{
		"--provincia ZZ --night 2026-11-01":                      "Nessun risultato per la notte richiesta: 1 novembre 2026",
		"--provincia ZZ --compare 2026-11-30":                    "non viene prima",
		"--provincia ZZ --night 2026-11-22 --compare 2026-11-22": "non viene prima",
		"--provincia ZZ --night ieri":                            "«ieri» non va bene per --night",
		"--provincia ZZ --format pdf":                            "serve Chromium",
		"--provincia PG":                                         "Nessun risultato conservato: provincia di Perugia (PG)",
	} {
		code, stdout, stderr := r.ask(t, third, append([]string{"report"}, strings.Fields(args)...)...)
		if code != codeUsage || stdout != "" || !strings.Contains(stderr, says) {
			t.Errorf("%s: exit code %d, %q", args, code, stderr)
		}
	}
}

func TestAPDFIsPrintedByTheProgramThatIsThere(t *testing.T) {
	r := crawled(t, 2)
	dir := t.TempDir()
	pdf := filepath.Join(dir, "pg.pdf")
	for name, c := range map[string]struct {
		script string
		code   int
		says   string
	}{
		"prints":         {`for a in "$@"; do case $a in --print-to-pdf=*) printf '%%PDF-1.4 of %s' "$#" > "${a#*=}";; esac; done`, codeDone, "Rapporto scritto"},
		"fails":          {"echo no display >&2; exit 3", codeInternal, "no display"},
		"prints nothing": {"exit 0", codeInternal, "non ha prodotto il PDF"},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			if err := os.WriteFile(filepath.Join(bin, "chromium"), []byte("#!/bin/sh\n"+c.script+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			r.env["PATH"] = bin
			code, _, stderr := r.ask(t, firstDay, "report", "--provincia", "ZZ", "--format", "pdf", "--output", pdf)
			if code != c.code || !strings.Contains(stderr, c.says) {
				t.Errorf("exit code %d: %s", code, stderr)
			}
		})
	}
	if b, err := os.ReadFile(pdf); err != nil || !strings.HasPrefix(string(b), "%PDF-1.4 of ") {
		t.Errorf("%q, %v", b, err)
	}
}
