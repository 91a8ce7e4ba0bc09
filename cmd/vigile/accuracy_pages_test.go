package main

// The real pages, against what people wrote down of each.

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/need"
)

// mostDifferences is how many facts of the real pages may be read otherwise than
// people did; each is named in pageDifferences.
const mostDifferences = 3

// pageDifferences say why a page is read otherwise, by file and column.
var pageDifferences = map[string]string{
	"_template-design-comuni/sito-domande-frequenti.ref.html spid": "an answer among frequent questions on how to get SPID: a page about it, no sign-in",
	"marino/egov_header_marino.html social_profiles":               "the page links a profile on Instagram as well, which the manifest leaves out",
}

// platformWords say which platform the words of the manifest mean; others mean none.
var platformWords = []struct{ word, platform string }{
	{"halley zf", "halley-zf"},
	{"peopleweb", "peopleweb"},
	{"comweb", "comweb"},
	{"municipium", "municipium"},
	{"hgate", "hgate"},
	{"halley egov", "hgate"},
	{"isweb", "isweb"},
	{"wordpress design-comuni", "wordpress-design-comuni"},
}

// markless are the pages in whose bytes no mark of their platform stands.
var markless = []string{"benevento/benevento_listing_concorsi.html"}

func (d *accuracyDoc) pages(t *testing.T, b *bench) {
	rows := d.table("Real pages", "column of the manifest", "facts", "right", "differences")
	columns := []string{"accessibility_href", "cms", "rtd_named", "login_area", "spid", "cie", "pagopa", "app_io", "social_profiles"}
	verdicts := map[string]map[finding.Verdict]int{}
	labels, labelled := map[string]int{}, map[string]int{}
	facts, right, differ := map[string]int{}, map[string]int{}, map[string][]string{}
	pages, reds := 0, 0
	proved := provedPages{}
	for _, row := range need.Table(t, "pages", "manifest.csv") {
		p := realPage(t, row)
		pages++
		k := checks.Case{Comune: b.comune(""), Facts: b.observe(b.comune(""), p), Visit: b.visit(p), Date: accuracyDay}
		for _, c := range b.checks {
			f := c.Finding(k)
			if f.Verdict == finding.Fail && row["kind"] != "template" {
				reds++
				t.Errorf("%s: a false red of %s: %s", row["file"], c.Meta.ID, f.Reason)
			}
			if f.Verdict == finding.Fail && c.Meta.Nature != finding.Obligation {
				t.Errorf("%s: %s fails and is no obligation", row["file"], c.Meta.ID)
			}
			if verdicts[c.Meta.ID] == nil {
				verdicts[c.Meta.ID] = map[finding.Verdict]int{}
			}
			verdicts[c.Meta.ID][f.Verdict]++
			proved.note(c.Meta.ID, f.Verdict, row)
		}
		for i, want := range strings.Split(pageLabels[row["file"]], "") {
			l := labelKinds[i]
			labels[l.check]++
			got := "-"
			if len(k.Of(l.check, l.kinds...)) > 0 {
				got = "+"
			}
			if got == want {
				labelled[l.check]++
			} else {
				t.Errorf("%s: %s sees %s, the page has %s", row["file"], l.check, got, want)
			}
		}
		for _, column := range columns {
			want, stated := written(row, column)
			if !stated {
				continue
			}
			facts[column]++
			got := b.saw(t, k, column)
			key := row["file"] + " " + column
			why, known := pageDifferences[key]
			switch {
			case got == want:
				right[column]++
			case known:
				differ[column] = append(differ[column], row["file"]+": "+why)
			default:
				t.Errorf("%s: %q, the manifest says %q (%s)", key, got, want, row[column])
			}
		}
	}
	all := 0
	for _, column := range columns {
		all += len(differ[column])
		rows.add(column, facts[column], right[column], strings.Join(differ[column], "; "))
	}
	if all > mostDifferences || all != len(pageDifferences) {
		t.Errorf("%d differences, of which %d are named; at most %d may be", all, len(pageDifferences), mostDifferences)
	}
	d.line("%d pages and fragments; false reds: %d. A page of a template that links its declaration to `#` is red rightly. Platforms count where their mark is in the bytes: %d fragment has none.", pages, reds, len(markless))
	d.labels(b, pages, labels, labelled, verdicts)
	d.proved(t, b, pages, proved)
}

// labelKinds are what pageLabels says of a page, in its order: whether facts of
// these kinds must be seen.
var labelKinds = []struct {
	check string
	kinds []string
}{
	{"albo-pretorio", []string{"link"}},
	{"privacy", []string{"link"}},
	{"booking", []string{"offer"}},
	{"report-issue", []string{"offer"}},
	{"anpr", []string{"link"}},
	{"open-data", []string{"portal", "label", "file"}},
	{"digital-plan", []string{"plan"}},
	{"cookies", []string{"tracker"}},
	{"online-services", []string{"online"}},
}

// pageLabels are read from the real pages by eye: + where what the check looks
// for is there, - where it is not, in the order of labelKinds. Traps among them:
// registers of suppliers and of athletes, an office called Privacy, bookings of
// buildings, reports of offences, plans of everything, links to #.
var pageLabels = map[string]string{
	"airasca/peopleweb_airasca_home.html":                      "+++++---+",
	"airasca/peopleweb_airasca_uffici.html":                    "-+++-----",
	"alpignano/comweb_home_alpignano.html":                     "++++----+",
	"alpignano/comweb_servizi_alpignano.html":                  "-+++-----",
	"alpignano/comweb_uffici_alpignano.html":                   "-+++-----",
	"fiumicino/fiumicino_bando_singolo.html":                   "++++-----",
	"marino/egov_home_marino.html":                             "+--------",
	"marino/egov_uffici_marino.html":                           "---------",
	"marino/egov_ufficio_marino.html":                          "---------",
	"marino/egov_at_marino.html":                               "---------",
	"marino/egov_bandi_marino.html":                            "---------",
	"marino/egov_bandi_aperti_marino.html":                     "---------",
	"_template-design-comuni/sito-homepage.ref.html":           "---------",
	"_template-design-comuni/sito-domande-frequenti.ref.html":  "---------",
	"_template-design-comuni/accesso-servizio.html":            "---------",
	"_template-design-comuni/segnalazione-area-personale.html": "---------",
}

// labels writes what was read by eye, and what each check says of single pages.
func (d *accuracyDoc) labels(b *bench, pages int, labels, right map[string]int, verdicts map[string]map[finding.Verdict]int) {
	rows := d.table("Real pages, by eye", "check", "pages looked at", "seen or not seen, rightly")
	for _, l := range labelKinds {
		rows.add(l.check, labels[l.check], right[l.check])
	}
	said := d.table("What each check says of a single real page", "check", "pass", "warn", "fail", "info", "not applicable", "unknown", "unknown rate")
	for _, c := range b.checks {
		v := verdicts[c.Meta.ID]
		said.add(c.Meta.ID, v[finding.Pass], v[finding.Warn], v[finding.Fail], v[finding.Info], v[finding.NotApplicable], v[finding.Unknown], percent(v[finding.Unknown], pages))
	}
	d.line("Each of the %d pages and fragments taken for a whole visit; nearly all is unknown because the rest of the site was not read. The only reds are of templates.", pages)
}

// realPage is a page as the crawler would show it.
func realPage(t *testing.T, row map[string]string) *page.Page {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(need.Data(t, "pages"), filepath.FromSlash(row["file"])))
	if err != nil {
		t.Fatal(err)
	}
	address := strings.Fields(row["url"] + " https://www.comune.senzanome.it/")[0]
	raw := page.Raw{URL: address, FinalURL: address, Status: 200, Body: body, Header: http.Header{}, For: []string{page.Home}}
	if strings.Contains(row["cms"], "Server header") {
		raw.Header.Set("Server", "HGATE") // no byte of the page says it
	}
	if strings.HasPrefix(row["page"], "login page") || strings.HasPrefix(row["page"], "official SPID button") {
		raw.For = []string{"login"}
	}
	if strings.HasPrefix(row["page"], "JS header") { // never a page of its own
		raw.Body = []byte("<html><body></body></html>")
		p := page.Parse(raw)
		p.AddScript(address, body)
		return p
	}
	return page.Parse(raw)
}

// written is what the manifest says; stated is false where it does not.
func written(row map[string]string, column string) (want string, stated bool) {
	words := strings.ToLower(row[column])
	switch column {
	case "accessibility_href":
		if a, ok := agid.ParseLink(row[column]); ok && a.Publication() {
			return a.URL, true
		}
		return "", !strings.HasPrefix(row["accessibility_declaration_link"], "unknown")
	case "cms":
		for _, l := range platformWords {
			if strings.Contains(words, l.word) {
				return l.platform, !slices.Contains(markless, row["file"])
			}
		}
		return "", true
	}
	if column == "social_profiles" {
		return networks(words)
	}
	first := strings.Trim(strings.Fields(words + " ?")[0], `:,"`)
	return first, first == "yes" || first == "no"
}

// networks are the social networks that words list, in order.
func networks(words string) (list string, stated bool) {
	words, _, _ = strings.Cut(words, "(")
	switch {
	case strings.HasPrefix(words, "none"), strings.HasPrefix(words, "placeholder"):
		return "", true
	case strings.TrimSpace(words) == "", strings.HasPrefix(words, "unknown"):
		return "", false
	}
	var names []string
	for name := range strings.SplitSeq(words, ";") {
		names = append(names, strings.Fields(name)[0])
	}
	slices.Sort(names)
	return strings.Join(names, " "), true
}

// saw is what the checks saw for that column.
func (b *bench) saw(t *testing.T, k checks.Case, column string) string {
	t.Helper()
	has := func(check string, kinds ...string) string {
		if len(k.Of(check, kinds...)) > 0 {
			return "yes"
		}
		return "no"
	}
	switch column {
	case "accessibility_href":
		for _, f := range k.Of(declaration, "publication", "other_asset") {
			return f.Target
		}
		return ""
	case "cms":
		return b.check(t, "cms").Finding(k).Value
	case "social_profiles":
		var names []string
		for _, f := range k.Of("social", "profile") {
			names = append(names, f.Value)
		}
		slices.Sort(names)
		return strings.Join(slices.Compact(names), " ")
	case "rtd_named":
		return has("rtd", "named")
	case "login_area":
		for _, f := range k.Of("login", "entry") {
			if f.Value == "strong" {
				return "yes"
			}
		}
		return has("login", "spid", "cie") // the page is the sign-in itself
	case "pagopa":
		return has("pagopa", "till")
	case "app_io":
		return has("app-io")
	}
	return has("login", column)
}
