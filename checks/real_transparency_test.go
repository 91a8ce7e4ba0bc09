package checks

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/need"
	"github.com/vigile-it/vigile/internal/registry"
)

// realPage parses a page of the corpus as the crawler would.
func realPage(t *testing.T, file, address string, depth int, asked ...string) *page.Page {
	t.Helper()
	body, err := os.ReadFile(need.Data(t, "pages", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return page.Parse(page.Raw{URL: address, FinalURL: address, Status: 200, Body: body, Header: http.Header{}, Depth: depth, For: asked})
}

func TestRealPagesLinkTransparency(t *testing.T) {
	const marino, alpignano = "https://www.comune.marino.rm.it/", "https://www.comune.alpignano.to.it/"
	home := []string{page.Home}
	for name, tc := range map[string]struct {
		pages func(*testing.T) []*page.Page
		want  string
		value string
	}{
		"marino: linked from a tile, the section shows its outline": {func(t *testing.T) []*page.Page {
			return []*page.Page{
				realPage(t, "marino/egov_home_marino.html", marino, 0, home...),
				realPage(t, "marino/egov_at_marino.html", marino+"amministrazione/trasparenza/trasparenza.html", 1, transparencyPage),
			}
		}, "pass", valueSections},
		"alpignano: on a vendor's portal, beside the archive on the site": {func(t *testing.T) []*page.Page {
			return []*page.Page{realPage(t, "alpignano/comweb_home_alpignano.html", alpignano, 0, home...)}
		}, "pass", valueLinkOnly},
		"airasca: in the footer, not yet read": {func(t *testing.T) []*page.Page {
			return []*page.Page{realPage(t, "airasca/peopleweb_airasca_home.html", "https://www.comune.airasca.to.it/", 0, home...)}
		}, "pass", valueLinkOnly},
		"the national template, whose links lead nowhere": {func(t *testing.T) []*page.Page {
			return []*page.Page{realPage(t, "_template-design-comuni/sito-homepage.ref.html", "https://italia.github.io/design-comuni-pagine-statiche/", 0, home...)}
		}, "unknown js_only", ""},
	} {
		t.Run(name, func(t *testing.T) {
			pages := tc.pages(t)
			k := Case{Facts: observed(t, registry.Comune{}, pages...), Visit: wholeVisit(catalogue(t), pages...), Date: corpusDay}
			f := checkOf(t, transparencyID).Finding(k)
			if verdictOf(f) != tc.want || f.Value != tc.value {
				t.Errorf("%s %q, want %s %q; evidence %+v, candidates %+v", verdictOf(f), f.Value, tc.want, tc.value, f.Evidence, f.Candidates)
			}
		})
	}
}

func TestRealSectionsAreCounted(t *testing.T) {
	for file, atLeast := range map[string]int{"marino/egov_at_marino.html": 18, "benevento/benevento_menu_at.html": 7} {
		p := realPage(t, file, "https://www.comune.senzanome.it/at", 1, transparencyPage)
		k := Case{Facts: observed(t, registry.Comune{}, p)}
		seen := k.sections(func(finding.Fact) bool { return true })
		if len(seen) != 1 || number(seen[0].Value) < atLeast {
			t.Errorf("%s: %+v, want %d sections at least", file, seen, atLeast)
		}
	}
	// The head of a page alone proves nothing.
	p := realPage(t, "neive/neive_wp_amm_trasp_head.html", "https://www.comune.senzanome.it/amm_trasp/", 1, transparencyPage)
	k := Case{Facts: observed(t, registry.Comune{}, p)}
	if n := k.sections(func(finding.Fact) bool { return true }); len(n) != 0 || len(k.Of(transparencyID, factATNoIndex)) != 0 || len(k.Of(transparencyID, factATRead)) != 1 {
		t.Errorf("neive: %+v", k.Of(transparencyID))
	}
}
