package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
)

// evil is what a hostile page would like to see on somebody's terminal.
const evil = "\x1b[2J\x1b]0;owned\x07\u202egnp.exe\u200b\x9b31m<script>alert(1)</script>|`*_[x](http://evil.test)\r\n=cmd()"

func hostile() record.Assessment {
	fact := finding.Fact{
		Check: "accessibility-declaration", Kind: "own_page" + evil, Value: evil, URL: "https://a.test/" + evil, Place: "footer", Snippet: evil,
		Rule: evil, Target: "https://b.test/" + evil,
	}
	a := record.Assessment{
		Run: evil, Started: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC),
		Comune: registry.Comune{
			Istat: evil, IPA: evil, Name: "Brutto" + evil, Province: evil, Region: evil, PEC: evil,
			Site: registry.Site{Raw: evil, URL: "https://a.test/" + evil},
		},
		Visit: page.Visit{
			Site: evil, FinalURL: "https://c.test/" + evil, Reach: page.ReachOK, Detail: evil, Exhausted: evil, Moved: true,
			Attempts: []page.Attempt{{URL: evil, Final: evil, Reach: page.ReachOK, Address: evil, Detail: evil, TLS: &page.TLS{Names: []string{evil}}}},
			Hops:     []page.Hop{{URL: evil, To: evil, Kind: "http"}},
			Fetches:  []page.Fetch{{URL: evil, Final: evil, Kind: page.FetchPage, Reach: page.ReachOK, Status: 200, Detail: evil}},
			Inquiries: []page.Inquiry{
				{ID: page.Home, Reading: page.Read, Pages: []string{evil}, Candidates: []string{evil}},
			},
		},
		Facts: []finding.Fact{fact},
	}
	for _, v := range finding.Verdicts() {
		a.Findings = append(a.Findings, finding.Finding{
			Check: "accessibility-declaration", Nature: finding.Obligation, Verdict: v, Reason: "no_link", Value: evil,
			Evidence: []finding.Fact{fact}, Candidates: []finding.Fact{fact}, Looked: []string{evil},
		})
	}
	return a
}

// ours are the colours that style.paint writes, and no other sequence.
var ours = regexp.MustCompile(`\x1b\[(0|1|2|3[1-5])m`)

func TestNothingFromOutsideSteersTheTerminal(t *testing.T) {
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range messages.Languages() {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		a := &app{text: text, stdout: io.Discard, stderr: io.Discard}
		sheets := a.sheets(list, outcome{assessments: []record.Assessment{hostile(), hostile()}}, true)
		for name, write := range map[string]func(io.Writer){
			"in a pipe": func(w io.Writer) {
				a.printSheet(w, style{width: 80}, sheets[0])
				a.printSummary(w, style{width: 80}, sheets, report.Summarise(sheets))
			},
			"on a terminal": func(w io.Writer) { a.printSheet(w, style{width: 60, colour: true}, sheets[0]) },
			"as Markdown":   func(w io.Writer) { a.printMarkdown(w, sheets, report.Summarise(sheets), printing{each: true}) },
			"as JSON":       func(w io.Writer) { _ = writeJSON(w, sheets) },
		} {
			var b bytes.Buffer
			write(&b)
			out := b.String()
			if name == "on a terminal" {
				if !strings.Contains(out, "\x1b[31m") {
					t.Error("no colour on a terminal")
				}
				out = ours.ReplaceAllString(out, "")
			}
			if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }); i >= 0 {
				t.Errorf("%s, %s: %q", lang, name, out[max(0, i-40):min(len(out), i+40)])
			}
			if name == "as Markdown" && (strings.Contains(out, "<script") || regexp.MustCompile(`[^\\]\]\(`).MatchString(out)) {
				t.Errorf("%s: markup of a page became markup of ours:\n%s", lang, out)
			}
		}
	}
}

func TestTheTitleOfAPageDoesNotReachTheTerminal(t *testing.T) {
	running := italy(t)
	dir := t.TempDir()
	env := toItaly(t, running, dir)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<html><head><title>Comune%s</title><meta name="generator" content="Evil%s"></head><body><h1>Comune%s</h1>
<p>%s</p><footer><a href="/accessibilita" title="%s">Dichiarazione di accessibilità%s</a></footer></body></html>`,
			evil, evil, evil, strings.Repeat("Il municipio è aperto ogni giorno. ", 40), evil, evil)
	}))
	defer site.Close()
	u, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	env["VIGILE_NETWORK_EXTRA_PORTS"] += "," + u.Port()
	enti := filepath.Join(dir, "enti.csv")
	csv := strings.Replace(string(running.EntiCSV()), "www.comune.vallefioritadisotto.zz.test", site.URL, 1)
	if err := os.WriteFile(enti, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range tableFormats {
		a := &app{world: world{redial: running.Redial}}
		code, stdout, stderr := runContext(t, t.Context(), a, env, "crawl", "--comune", "990001", "--registry", enti, "--explain", "--again", "--format", format)
		if code != codeDone {
			t.Fatalf("exit code %d\n%s\n%s", code, stdout, stderr)
		}
		if format == "json" {
			if r := result(t, stdout); r.Comuni[0].Reach != page.ReachOK || r.Comuni[0].Pages == 0 {
				t.Fatalf("the hostile site was not read: %s\n%s", r.Comuni[0].Reach, stdout)
			}
		}
		for _, out := range []string{stdout, stderr} {
			if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && r != '\r' && !unicode.IsGraphic(r) }); i >= 0 {
				t.Errorf("%s: %q", format, out[max(0, i-40):min(len(out), i+40)])
			}
		}
	}
}

func TestWrapKeepsWordsWholeAndLosesNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-zà ]{0,12} ){0,8}https://[a-z./]{10,90}( [a-z]{1,9}){0,9}`).Draw(t, "text")
		width := rapid.IntRange(10, 100).Draw(t, "width")
		lines := wrap(text, width)
		if !slices.Equal(strings.Fields(strings.Join(lines, " ")), strings.Fields(text)) {
			t.Fatalf("%q became %q", text, lines)
		}
		for _, l := range lines {
			if utf8.RuneCountInString(l) > width && strings.Contains(l, " ") {
				t.Fatalf("%q is wider than %d", l, width)
			}
		}
	})
}

func TestColoursAreOnlyForEyes(t *testing.T) {
	a := &app{stdout: io.Discard}
	if s := a.styleOf(io.Discard); s.colour || s.width != widthPipe {
		t.Errorf("in a pipe: %+v", s)
	}
	if got := (style{}).paint(red, "x"); got != "x" {
		t.Errorf("without colour: %q", got)
	}
}

func TestEveryCodeHasItsWords(t *testing.T) {
	reasons, err := finding.Reasons()
	if err != nil {
		t.Fatal(err)
	}
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range messages.Languages() {
		c, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		need := func(key string) {
			if !c.Has(key) {
				t.Errorf("%s: no text for %s", lang, key)
			}
		}
		known := map[string]bool{}
		for _, r := range reasons {
			known[string(r.Code)] = true
			if !slices.Contains(page.Reaches(), page.Reach(r.Code)) {
				need("reason." + string(r.Code))
			}
		}
		for _, key := range c.Keys() {
			if code, ok := strings.CutPrefix(key, "reason."); ok && !known[code] {
				t.Errorf("%s: %s is the text of no reason", lang, key)
			}
		}
		for _, r := range page.Reaches() {
			need("reach." + string(r) + ".word")
			need("reach." + string(r) + ".means")
			need("reach." + string(r) + ".do")
		}
		for _, v := range finding.Verdicts() {
			need("verdict." + string(v))
			need("sheet.total." + string(v) + ".one")
		}
		for _, n := range []finding.Nature{finding.Obligation, finding.Grant, finding.GoodPractice, finding.Information} {
			need("nature." + string(n))
		}
		for _, p := range []page.Place{page.PlaceHeader, page.PlaceNav, page.PlaceMain, page.PlaceAside, page.PlaceFooter, page.PlaceBody} {
			need("place." + string(p))
		}
		for _, r := range []page.Reading{page.Read, page.Absent, page.Unread} {
			need("reading." + string(r))
		}
		for _, k := range []string{page.FetchPage, page.FetchScript, page.FetchRobots, page.FetchSitemap} {
			need("explain.kinds." + k)
		}
		for _, check := range list {
			for _, who := range check.Meta.Who {
				need("who." + who)
			}
			need("effort." + string(check.Meta.Effort))
			need("severity." + string(check.Meta.Severity))
		}
	}
}

// A sheet is documented by its names: one that goes missing breaks whoever reads
// the JSON.
func TestTheNamesOfTheSheetStay(t *testing.T) {
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	a := hostile()
	a.Comune.Population, a.Visit.Exhausted = 1, "pages"
	data, err := json.Marshal(report.NewSheet(a, report.SheetOptions{Text: text, Looking: true}))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"istat", "codice_ipa", "comune", "provincia", "regione", "popolazione", "site", "registered", "final_url", "moved", "run", "checked_at",
		"seconds", "pages", "reach", "reach_text", "exhausted", "findings", "totals", "looking", "check", "title", "nature", "verdict",
		"verdict_text", "reason", "reason_text", "value", "evidence", "candidates", "looked", "rule_version",
	} {
		if !bytes.Contains(data, []byte(`"`+name+`":`)) {
			t.Errorf("the sheet has no %q", name)
		}
	}
}

func TestConfigurationErrorsAllHaveText(t *testing.T) {
	it, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []config.Kind{
		config.Unreadable, config.TooLarge, config.Syntax, config.Documents, config.NotSection, config.NotValue,
		config.UnknownKey, config.DuplicateKey, config.BadValue, config.OutOfBounds, config.Needs,
	} {
		if !it.Has("config." + string(kind)) {
			t.Errorf("no text for config.%s", kind)
		}
		if kind != config.BadValue && !it.Has("config.hint."+string(kind)) {
			t.Errorf("no text for config.hint.%s", kind)
		}
	}
	for _, want := range []config.Want{
		config.WantDuration, config.WantSize, config.WantPercent, config.WantInteger, config.WantBoolean, config.WantURL, config.WantProxy,
		config.WantHostPort, config.WantCron, config.WantTimezone, config.WantContact, config.WantText, config.WantOneOf,
	} {
		if !it.Has("config.want." + string(want)) {
			t.Errorf("no text for config.want.%s", want)
		}
	}
	for _, kind := range []config.WarningKind{config.UnknownEnv, config.SummerTime, config.ContactUnused} {
		if !it.Has("config.warning." + string(kind)) {
			t.Errorf("no text for config.warning.%s", kind)
		}
	}
}

func TestABarLeavesRoomForItsLine(t *testing.T) {
	words := "62 sito raggiunto, 4 spazio vuoto o solo JavaScript, 3 sito in errore, altri 25; 1.234 al minuto"
	for _, columns := range []int{0, 30, 40, 80, 120, 200} {
		got := barWords(words, columns, 7900)
		line := utf8.RuneCountInString(got) + barWidth + utf8.RuneCountInString(" 100% ||  (7900/7900) [10h59m59s:10h59m59s]")
		if limit := cmp.Or(columns, usualColumns); line > limit && got != "" {
			t.Errorf("%d columns of %d: %q", line, limit, got)
		}
		if columns == 200 && got != words {
			t.Errorf("cut without need: %q", got)
		}
	}
}
