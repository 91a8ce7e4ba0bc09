package checks

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/registry"
)

// A fixture is a page in testdata/<check>/. Its first comment says what is
// expected of the check and under what circumstances:
//
//	expect     verdict and reason; for info, verdict and value
//	frame      the page of testdata/frames it stands in (frames_test.go)
//	date       the day it is judged on (2026-11-22)
//	pages      further pages, from testdata/<check>/pages or else testdata/shared/pages
//	script     address and file, from testdata/<check>/scripts, of a script that was read
//	header     one field of the response
//	truncated  yes: the body was cut
//	small      why it is less than a whole page of 15 kB with traps
//	ipa        what IPA's data set of RTDs has: named, office (that of offices alone), union, none, unread, old, undated; doubtful: a row that may be another's
//	unions     which unions of the region IPA has: valfonte, altorio, rubico; valfonte-nobody: without an RTD; valfonte-unread: its row could not be read; twins: two of one name
//	manager    the IPA code of the body whose declaration gives an address of the person responsible
//	confidence of the finding, where it matters
//	value      of the finding, where it matters
//	why        an interest and the reach that kept it from being read
//	hidden     words that may stand in no fact
type fixture map[string]string

var firstComment = regexp.MustCompile(`(?s)^\s*<!DOCTYPE html>\s*<!--(.*?)-->`)

func readFixture(t testing.TB, path string) (fixture, []byte) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := firstComment.FindSubmatch(body)
	if m == nil {
		t.Fatalf("%s: no comment at its head", path)
	}
	f := fixture{}
	for _, line := range strings.Split(string(m[1]), "\n") {
		if k, v, ok := strings.Cut(line, ":"); ok {
			f[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	if name := f["frame"]; name != "" {
		body = framed(t, name, body[len(m[0]):])
	}
	return f, body
}

const fixtureHome = "https://www.comune.borgofinto.pg.it/"

// page parses the fixture as the crawler would.
func (f fixture) page(body []byte) *page.Page {
	raw := page.Raw{URL: fixtureHome, FinalURL: fixtureHome, Status: 200, Body: body, Header: http.Header{}, For: []string{page.Home}}
	if f["url"] != "" {
		raw.URL, raw.FinalURL, raw.Depth, raw.For = f["url"], f["url"], 1, strings.Fields(f["for"])
	}
	if d, err := strconv.Atoi(f["depth"]); err == nil {
		raw.Depth = d
	}
	if name, value, ok := strings.Cut(f["header"], ":"); ok {
		raw.Header.Set(name, strings.TrimSpace(value))
	}
	raw.Truncated = f["truncated"] == "yes"
	return page.Parse(raw)
}

func (f fixture) day(t testing.TB) time.Time {
	t.Helper()
	if f["date"] == "" {
		f["date"] = "2026-11-22"
	}
	d, err := time.Parse(time.DateOnly, f["date"])
	if err != nil {
		t.Fatal(err)
	}
	return d.Add(12 * time.Hour)
}

func (f fixture) comune(day time.Time) registry.Comune {
	c := registry.Comune{Istat: "990001", IPA: "c_x999", Name: "Borgofinto", TaxCode: "80099900549"}
	c.RTD = registry.Office{Known: true, AsOf: day.Add(-20 * time.Hour)}
	switch f["ipa"] {
	case "named":
		c.RTD.Holders = []registry.RTDHolder{{IPA: "c_x999", Name: "Aldina Cartesi", Office: "Ufficio per la transizione al Digitale", Updated: "2026-03-01"}}
	case "office":
		c.RTD.Holders = []registry.RTDHolder{{IPA: "c_x999", UO: true, Name: "Aldina Cartesi", Office: "Ufficio per la transizione al Digitale"}}
	case "union":
		c.RTD.Unions = []string{"udc_valfonte"}
		c.RTD.Holders = []registry.RTDHolder{{IPA: "udc_valfonte", Union: true, Name: "Aldina Cartesi"}}
	case "unread":
		c.RTD = registry.Office{}
	case "old":
		c.RTD.AsOf = day.AddDate(0, -2, 0)
	case "undated":
		c.RTD.AsOf = time.Time{}
	case "doubtful":
		c.Doubtful = true
		c.RTD.Holders = []registry.RTDHolder{{IPA: "c_x999", Name: "Aldina Cartesi"}}
	}
	for _, name := range strings.Fields(f["unions"]) {
		c.RTD.Nearby = append(c.RTD.Nearby, fixtureUnions[name]...)
	}
	return c
}

// fixtureUnions are the unions a fixture may have about it.
var fixtureUnions = map[string][]registry.Union{
	"valfonte": {{
		IPA: "udc_valfonte", Name: "UNIONE DEI COMUNI DELLA VAL FONTE", Host: "unionevalfonte.pg.it",
		Holders: []registry.RTDHolder{{IPA: "udc_valfonte", Union: true, Name: "Ilda Montefinto"}},
	}},
	"valfonte-nobody": {{IPA: "udc_valfonte", Name: "Unione dei comuni della Val Fonte", Host: "unionevalfonte.pg.it"}},
	"valfonte-unread": {{IPA: "udc_valfonte", Name: "Unione dei comuni della Val Fonte", Host: "unionevalfonte.pg.it", Unread: true}},
	"altorio":         {{IPA: "um_altorio", Name: "Unione Montana dell'Alto Rio", Host: "unionealtorio.pg.it", Holders: []registry.RTDHolder{{IPA: "um_altorio", Union: true, Name: "Bice Provetti"}}}},
	"rubico":          {{IPA: "un_rubico", Name: "Unione Rubico e Mare", Holders: []registry.RTDHolder{{IPA: "un_rubico", Union: true, Name: "Bice Provetti"}}}},
	"twins": {
		{IPA: "udc_valfonte", Name: "Unione dei Comuni della Val Fonte", Holders: []registry.RTDHolder{{IPA: "udc_valfonte", Union: true, Name: "Ilda Montefinto"}}},
		{IPA: "um_valfonte", Name: "Unione montana della Val Fonte"},
	},
}

// answers are what AgID said of the declaration the fixture links.
func (f fixture) answers() map[string]agid.Answer {
	if f["manager"] == "" {
		return nil
	}
	const link = "https://form.agid.gov.it/c_x999/sito/dichiarazione"
	return map[string]agid.Answer{link: {Asked: true, Outcome: agid.Found, Form: agid.FormDeclaration, IPA: f["manager"], ManagerEmail: true, LastModified: time.Date(2023, 9, 20, 9, 0, 0, 0, time.UTC)}}
}

// gather reads the fixture with its scripts and further pages.
func (f fixture) gather(t testing.TB, dir string, body []byte) []*page.Page {
	t.Helper()
	home := f.page(body)
	for _, key := range []string{"script", "script2"} {
		if path, file, ok := strings.Cut(f[key], " "); ok {
			code, err := os.ReadFile(filepath.Join(dir, "scripts", file))
			if err != nil {
				t.Fatal(err)
			}
			home.AddScript(strings.TrimSuffix(fixtureHome, "/")+path, code)
		}
	}
	pages := []*page.Page{home}
	for _, name := range strings.Fields(f["pages"]) {
		path := filepath.Join(dir, "pages", name+".html")
		if _, err := os.Stat(path); err != nil {
			path = filepath.Join("testdata", "shared", "pages", name+".html")
		}
		more, b := readFixture(t, path)
		pages = append(pages, more.page(b))
	}
	return pages
}

func TestFixturesAreJudgedAsTheySay(t *testing.T) {
	list := catalogue(t)
	for _, c := range list {
		paths, err := filepath.Glob(filepath.Join("testdata", c.Meta.ID, "*.html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name := strings.TrimSuffix(filepath.Base(path), ".html")
			t.Run(c.Meta.ID+"/"+name, func(t *testing.T) {
				f, body := readFixture(t, path)
				pages := f.gather(t, filepath.Dir(path), body)
				day := f.day(t)
				comune := f.comune(day)
				k := Case{Facts: observed(t, comune, pages...), Visit: wholeVisit(list, pages...), Answers: f.answers(), Date: day}
				k.Comune = WithUnions(comune, k.Facts)
				if id, why, ok := strings.Cut(f["why"], " "); ok {
					for i, q := range k.Visit.Inquiries {
						if q.ID == id {
							k.Visit.Inquiries[i] = page.Inquiry{ID: id, Reading: page.Unread, Why: page.Reach(why), Candidates: q.Candidates}
						}
					}
				}
				got := c.Finding(k)
				said := string(got.Verdict)
				switch {
				case got.Verdict == finding.Info:
					said += " " + got.Value
				case got.Reason != "":
					said += " " + string(got.Reason)
				}
				if said != f["expect"] {
					t.Errorf("%s, want %s\nfinding %+v\ninquiries %+v", said, f["expect"], got, k.Visit.Inquiries)
				}
				if want := f["confidence"]; want != "" && want != string(got.Confidence) {
					t.Errorf("confidence %s, want %s", got.Confidence, want)
				}
				if want := f["value"]; want != "" && want != got.Value {
					t.Errorf("value %s, want %s", got.Value, want)
				}
				judgedWell(t, list, k)
				for _, word := range strings.Fields(f["hidden"]) {
					for _, fact := range k.Facts {
						if strings.Contains(fact.Snippet+fact.Value+fact.URL+fact.Target, word) {
							t.Errorf("%q stands in %+v", word, fact)
						}
					}
				}
			})
		}
	}
}

// judgedWell holds every check's finding of a case to the interface's form, and
// every fact to its bounds.
func judgedWell(t testing.TB, list []Check, k Case) {
	t.Helper()
	for _, c := range list {
		if err := finding.Validate(c.Finding(k)); err != nil {
			t.Error(err)
		}
	}
	for _, f := range k.Facts {
		if !f.Clean() {
			t.Errorf("a fact that is not clean: %+v", f)
		}
	}
}
