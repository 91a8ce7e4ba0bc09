package checks

import (
	"fmt"
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

// loginDifferences are the pages whose manifest says what is no evidence by the
// rules of this house, by file and column.
var loginDifferences = map[string]string{
	"_template-design-comuni/sito-domande-frequenti.ref.html spid": "a question about how to get SPID: no sign-in",
	"_template-spid-button/spid-sp-access-button.html login_area":  "the page is the sign-in itself, and no link leads to one",
}

func TestRealPagesGiveTheirSignInAndPayments(t *testing.T) {
	dir := need.Data(t, "pages")
	right, differ := 0, 0
	for _, row := range need.Table(t, "pages", "manifest.csv") {
		body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(row["file"])))
		if err != nil {
			t.Fatal(err)
		}
		address := strings.Fields(row["url"] + " https://www.comune.senzanome.it/")[0]
		raw := page.Raw{URL: address, FinalURL: address, Status: 200, Body: body, Header: http.Header{}, For: []string{page.Home}}
		if strings.HasPrefix(row["page"], "login page") || row["page"] == "official SPID button markup" {
			raw.For = []string{loginPage}
		}
		facts := observed(t, registry.Comune{}, page.Parse(raw))
		got := map[string]bool{}
		for _, f := range facts {
			switch {
			case f.Check == loginFacts && f.Kind == factEntry && f.Value == "strong":
				got["login_area"] = true
			case f.Check == loginFacts && (f.Kind == factSPID || f.Kind == factCIE):
				got[f.Kind] = true
			case f.Check == pagopaID && f.Kind == factTill:
				got["pagopa"] = true
			case f.Check == appIOID:
				got["app_io"] = true
			}
		}
		for _, column := range []string{"login_area", "spid", "cie", "pagopa", "app_io"} {
			want, stated := yesOrNo(row[column])
			if !stated {
				continue
			}
			if want == got[column] {
				right++
				continue
			}
			key := row["file"] + " " + column
			if why, known := loginDifferences[key]; known {
				t.Logf("%s differs: %s", key, why)
				differ++
				continue
			}
			t.Errorf("%s: got %v, want %v (%s)\n%s", key, got[column], want, row[column], saidOf(facts))
		}
		for _, id := range []string{spidID, cieID, legacyLoginID, pagopaID} {
			k := Case{Facts: facts, Visit: wholeVisit(catalogue(t), page.Parse(raw)), Date: corpusDay}
			if f := checkOf(t, id).Finding(k); f.Verdict == finding.Fail {
				t.Errorf("%s: a false red: %s %s", row["file"], id, f.Reason)
			}
		}
	}
	t.Logf("%d facts as the manifest says, %d known differences", right, differ)
	if differ != len(loginDifferences) {
		t.Errorf("%d differences are listed and %d were met", len(loginDifferences), differ)
	}
}

// yesOrNo reads a column of the manifest; stated is false where it does not say.
func yesOrNo(words string) (yes, stated bool) {
	first, _, _ := strings.Cut(words+" ", " ")
	first = strings.Trim(first, ":,")
	return first == "yes", slices.Contains([]string{"yes", "no"}, first)
}

func saidOf(facts []finding.Fact) string {
	var b strings.Builder
	for _, f := range facts {
		if f.Check == loginFacts || f.Check == pagopaID || f.Check == appIOID {
			fmt.Fprintf(&b, "  %s %s %s %q -> %s\n", f.Kind, f.Value, f.Rule, f.Snippet, f.Target)
		}
	}
	return b.String()
}
