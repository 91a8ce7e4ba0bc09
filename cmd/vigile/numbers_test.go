package main

// Every number on the pages of a running vigile leads to what it counts. The pages
// are walked as a reader would: each number that is no link is an error, and each
// link is followed and what it lists is counted.

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"github.com/vigile-it/vigile/internal/replica"
)

// walk is a walk through the pages of a running vigile.
type walk struct {
	serving  *serving
	pages    map[string]*goquery.Document
	walked   map[string]bool
	followed map[string]int // numbers, by the kind of page
}

// counting are the pages whose numbers are of comuni.
var counting = regexp.MustCompile(`^/($|comuni$|(regioni|province|fornitori|unioni)(/[^/?#]+)?(\?schermo=5)?$)`)

// aShare is a share in hundredths: what it is of stands beside it.
var aShare = regexp.MustCompile(`\d+(?:,\d)? %`)

// aNumber is a number by itself, no part of a name.
var aNumber = regexp.MustCompile(`(?:^|[\s(])(\d{1,3}(?:\.\d{3})+|\d+)(?:[\s).,;:]|$)`)

// unlinked are parts of the pages whose numbers count nothing: what other tests hold
// (drawings of the tables beside them), moments, and the words of the checks.
const unlinked = "a, svg, time, form, .words, aside, section[aria-labelledby=night], .notice, #list-caption, nav.pages, h2#news"

// inUnions is crawled with the members of the union known.
func inUnions(t *testing.T, comuni int) reported {
	t.Helper()
	running := invite(t, replica.Options{Comuni: comuni, Day: firstDay}, manners{})
	dir := t.TempDir()
	r := reported{running: running, env: toItaly(t, running, dir)}
	file := filepath.Join(dir, "unioni.csv")
	if err := os.WriteFile(file, running.UnionsCSV(), 0o600); err != nil {
		t.Fatal(err)
	}
	r.env["VIGILE_REGISTRY_UNIONS_FILE"], r.env["VIGILE_NETWORK_CONTACT"] = file, "mailto:prova@zz.test"
	r.must(t, firstDay, "crawl", "--provincia", "ZZ", "--quiet")
	return r
}

func TestEveryNumberLeadsToWhatItCounts(t *testing.T) {
	r := inUnions(t, 90) // the 84th has a service that is entered by signing in
	t.Run("every number of the pages leads to what it counts", r.numbersLead)
	t.Run("every number of the reports leads to what it counts", r.reportsLead)
	t.Run("every number of the report in Markdown leads to what it counts", r.markdownLeads)
	t.Run("the facts exported give the same services entered with SPID or CIE", func(t *testing.T) {
		at := firstDay.AddDate(0, 0, 2) // some were visited again, so that the facts are of two runs
		c := countsOf(r.province(t, at))["services-identity"]
		sameIdentity(t, c, r.exported(t, at), r.exported(t, at, "--facts"))
		if c.Comuni == 0 {
			t.Error("no service is entered with SPID or CIE")
		}
	})
}

func (r reported) numbersLead(t *testing.T) {
	env := map[string]string{}
	maps.Copy(env, r.env)
	env["VIGILE_WEB_LISTEN"], env["VIGILE_NETWORK_CONTACT"] = "127.0.0.1:0", "" // it shows, and visits nobody
	at := firstDay.Add(time.Hour)
	s := serveWith(t, &app{world: world{redial: r.running.Redial, agidGap: time.Millisecond}, now: func() time.Time { return at }}, env, "serve")
	defer s.end(t)
	w := walk{serving: s, pages: map[string]*goquery.Document{}, walked: map[string]bool{}, followed: map[string]int{}}
	w.through(t, "/")
	w.samePages(t, r.exported(t, at), r.exported(t, at, "--facts"))
	for kind, least := range map[string]int{"": 50, "comuni": 50, "regioni": 100, "province": 50, "fornitori": 20, "unioni": 10} {
		if n := w.followed[kind]; n < least {
			t.Errorf("only %d numbers of /%s were followed", n, kind)
		}
	}
}

// through looks at a page and at all those of numbers that it leads to.
func (w *walk) through(t *testing.T, path string) {
	t.Helper()
	d := w.page(t, path)
	w.walked[path] = true
	w.look(t, path, d)
	d.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
		to, _, _ := strings.Cut(a.AttrOr("href", ""), "#")
		if !w.walked[to] && counting.MatchString(to) {
			w.through(t, to)
		}
	})
}

func (w *walk) page(t *testing.T, path string) *goquery.Document {
	t.Helper()
	if d := w.pages[path]; d != nil {
		return d
	}
	code, body := w.serving.get(t, strings.TrimPrefix(path, "/"))
	d, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if code != 200 || err != nil {
		t.Fatalf("%s: %d, %v", path, code, err)
	}
	w.pages[path] = d
	return d
}

// look holds each number of a page.
func (w *walk) look(t *testing.T, path string, d *goquery.Document) {
	t.Helper()
	kind, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	kind, _, _ = strings.Cut(kind, "?")
	main := d.Find("main")
	main.Find("*").Not("a").Each(func(_ int, e *goquery.Selection) {
		if e.Closest(unlinked).Length() > 0 {
			return
		}
		for n := e.Nodes[0].FirstChild; n != nil; n = n.NextSibling {
			if n.Type != html.TextNode {
				continue
			}
			for _, m := range aNumber.FindAllStringSubmatch(aShare.ReplaceAllString(n.Data, ""), -1) {
				if m[1] != "0" {
					t.Errorf("%s: %q leads nowhere in %q", path, m[1], strings.Join(strings.Fields(e.Text()), " "))
				}
			}
		}
	})
	main.Find("a").Each(func(_ int, a *goquery.Selection) {
		if a.Closest("aside, nav.pages").Length() > 0 {
			return
		}
		n, err := strconv.Atoi(strings.ReplaceAll(a.Text(), ".", ""))
		if err != nil {
			if aNumber.MatchString(a.Text()) && !strings.HasPrefix(a.Text(), "e altri ") { // of a list that is cut short
				t.Errorf("%s: a number among other words leads to %s: %q", path, a.AttrOr("href", ""), a.Text())
			}
			return
		}
		w.followed[kind]++
		if got := w.listed(t, path, a.AttrOr("href", "")); got != n {
			t.Errorf("%s: %d leads to %d on %s", path, n, got, a.AttrOr("href", ""))
		}
	})
}

// listed counts what a link leads to: the comuni of a list, the comuni of a row, the
// rows or the findings of a section.
func (w *walk) listed(t *testing.T, from, to string) int {
	t.Helper()
	path, id, within := strings.Cut(to, "#")
	if path == "" {
		path = from
	}
	d := w.page(t, path)
	if !within {
		n := 0
		for next, more := path, true; more; {
			d := w.page(t, next)
			n += d.Find("#list-caption ~ tbody tr").Length()
			next, more = d.Find("nav.pages a[rel=next]").Attr("href")
		}
		return n
	}
	target := d.Find(fmt.Sprintf("[id=%q]", id))
	if target.Is("tr") {
		return target.Find("a[href^='/comuni/']").Length()
	}
	if target.Is("div") {
		return target.Find("article").Length()
	}
	section := target.Closest("section")
	if n := section.Find("article").Length(); n > 0 {
		return n
	}
	return section.Find("tbody tr").Length()
}

// reportsLead holds the numbers of the reports that are one file: each leads to what
// it counts within the file.
func (r reported) reportsLead(t *testing.T) {
	second := firstDay.AddDate(0, 0, 2)
	file := filepath.Join(t.TempDir(), "crawl.html")
	r.must(t, second, "crawl", "--comune", "990001", "--comune", "990006", "--comune", "990008", "--comune", "990024", "--quiet", "--output", file)
	crawl, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	least := map[string]int{"report": 300, "index": 10, "crawl": 100}
	for name, page := range map[string]string{
		"report": r.must(t, second, "report", "--provincia", "ZZ", "--compare", firstDay.Format(time.DateOnly)),
		"index":  r.must(t, second, "index", "--format", "html", "--since", firstDay.Format(time.DateOnly)),
		"crawl":  string(crawl),
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(page))
			if err != nil {
				t.Fatal(err)
			}
			if n := leadWithin(t, doc); n < least[name] {
				t.Errorf("only %d numbers were followed", n)
			}
		})
	}
}

// unlinkedWithin are the numbers of tables that count no comuni: shares, weights,
// points, places in a ranking and differences of scores.
const unlinkedWithin = "section[aria-labelledby=comuni], section[aria-labelledby=ranking]"

// leadWithin holds each number in a table of a file, and each number that is a link;
// it returns how many it followed.
func leadWithin(t *testing.T, doc *goquery.Document) int {
	t.Helper()
	doc.Find("td.n").Each(func(_ int, cell *goquery.Selection) {
		bare := cell.Clone()
		bare.Find("a").Remove()
		if text := bare.Text(); strings.ContainsAny(text, "123456789") && !strings.Contains(text, "%") && cell.Closest(unlinkedWithin).Length() == 0 {
			t.Errorf("%q leads nowhere in %q", text, cell.Parent().Find("th").Text())
		}
	})
	doc.Find(".count > p:contains('%')").Each(func(_ int, p *goquery.Selection) {
		bare := p.Clone()
		bare.Find("a").Remove()
		if m := aNumber.FindStringSubmatch(aDay.ReplaceAllString(aShare.ReplaceAllString(bare.Text(), ""), "")); m != nil && m[1] != "0" {
			t.Errorf("%q leads nowhere in %q", m[1], p.Text())
		}
	})
	followed := 0
	doc.Find("main a, header p a").Each(func(_ int, a *goquery.Selection) {
		n, err := strconv.Atoi(a.Text())
		to, within := strings.CutPrefix(a.AttrOr("href", ""), "#")
		if err != nil || !within || a.Closest(unlinkedWithin).Length() > 0 {
			return
		}
		target := doc.Find(fmt.Sprintf("[id=%q]", to))
		if target.Length() != 1 {
			t.Errorf("%d leads to %d places at %s", n, target.Length(), to)
			return
		}
		if signed.MatchString(a.Text()) {
			return // a difference leads to who came and who went
		}
		if followed++; comuniAt(target) != n {
			t.Errorf("%d leads to %d comuni at %s", n, comuniAt(target), to)
		}
	})
	return followed
}

// aDay is a date in words.
var aDay = regexp.MustCompile(`\d+º? \p{L}+ \d{4}`)

// signed is a difference between two nights.
var signed = regexp.MustCompile(`^[+−]`)

// comuniAt are how many comuni stand at an anchor: each once, whatever it is found in.
func comuniAt(target *goquery.Selection) int {
	switch {
	case target.Is("#comuni"):
		return target.Closest("section").Find("article").Length()
	case target.Is("h3"):
		target = target.Closest(".count").Find("[id$='-counted']")
	}
	of := map[string]bool{}
	target.Find("a[href^='#c99']").Each(func(_ int, a *goquery.Selection) {
		istat, _, _ := strings.Cut(a.AttrOr("href", ""), "-")
		of[istat] = true
	})
	return len(of)
}
