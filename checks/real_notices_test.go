package checks

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/need"
	"github.com/vigile-it/vigile/internal/registry"
)

// noticeChecks are the checks of what a site says of itself.
var noticeChecks = []string{alboID, privacyID, dpoID, cookiesID, openDataID, socialID, anprID, licenceID}

// TestRealPagesOfNotices takes each real page for the whole of what a visit
// read. None may come out red: of each the rest of the site was not read.
func TestRealPagesOfNotices(t *testing.T) {
	dir := need.Data(t, "pages")
	list := catalogue(t)
	wanted := map[string]string{
		"airasca/peopleweb_airasca_home.html":            "albo-pretorio pass, privacy pass, dpo pass, social facebook telegram youtube, anpr linked",
		"alpignano/comweb_home_alpignano.html":           "albo-pretorio pass, privacy pass, social facebook youtube, anpr not_linked",
		"alpignano/comweb_uffici_alpignano.html":         "privacy pass, social facebook youtube",
		"fiumicino/fiumicino_bando_singolo.html":         "albo-pretorio pass, privacy pass, social facebook instagram whatsapp youtube",
		"marino/egov_home_marino.html":                   "albo-pretorio pass, privacy unknown, dpo unknown",
		"delebio/delebio_home_head.html":                 "albo-pretorio pass, privacy unknown",
		"_template-design-comuni/sito-homepage.ref.html": "albo-pretorio unknown, privacy unknown, dpo unknown, social none",
	}
	for _, row := range need.Table(t, "pages", "manifest.csv") {
		body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(row["file"])))
		if err != nil {
			t.Fatal(err)
		}
		address := strings.Fields(row["url"] + " https://www.comune.senzanome.it/")[0]
		p := page.Parse(page.Raw{URL: address, FinalURL: address, Status: 200, Body: body, Header: http.Header{}, For: []string{page.Home}})
		k := Case{Facts: observed(t, registry.Comune{}, p), Visit: wholeVisit(list, p), Date: corpusDay}
		var got []string
		for _, id := range noticeChecks {
			f := checkOf(t, id).Finding(k)
			said := id + " " + string(f.Verdict)
			if f.Verdict == finding.Info {
				said = id + " " + f.Value
			}
			got = append(got, said)
			t.Logf("%-50s %-14s %s %s %s", row["file"], id, verdictOf(f), f.Value, told(f))
			if f.Verdict == finding.Fail && !strings.HasPrefix(row["file"], "_template-spid") { // markup for developers, no page of a site
				t.Errorf("%s: a false red of %s: %s", row["file"], id, f.Reason)
			}
			if err := finding.Validate(f); err != nil {
				t.Error(err)
			}
		}
		for _, want := range strings.Split(wanted[row["file"]], ", ") {
			if want != "" && !slices.Contains(got, want) {
				t.Errorf("%s: want %s, got %s", row["file"], want, strings.Join(got, ", "))
			}
		}
	}
}

// told is what a finding rests on, in a line.
func told(f finding.Finding) string {
	var out []string
	for _, e := range append(slices.Clone(f.Evidence), f.Candidates...) {
		out = append(out, e.Kind+" ["+e.Place+"] "+e.Snippet+" "+e.Target)
	}
	return strings.Join(out, " | ")
}
