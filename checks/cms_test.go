package checks

import (
	"slices"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/rules"
)

// platforms are the identifiers that the interface promises.
var platforms = []string{
	"wordpress", "wordpress-design-comuni", "drupal", "joomla", "liferay", "plone", "typo3", "opencity", "municipium", "peopleweb", "comweb", "hgate",
	"halley-zf", "jcitygov", "openweb", "magnolia", "myportal", "agendasmart", "hypersic", "portale33", "isweb", "pageobject", "urbi", "dnn", "fvg",
}

// bearing is a home page of no platform, with what other pages hold on it.
func bearing(t *testing.T, marks ...*page.Page) *page.Page {
	t.Helper()
	_, body := readFixture(t, "testdata/cms/design-model-without-a-platform.html")
	p := fixture{}.page(body)
	p.Header = p.Header.Clone()
	for _, m := range marks {
		for _, l := range m.Links {
			if hostOf(l.Href) != "" { // written out: the site's own host is then that one
				l.URL, p.FinalURL = l.Href, "https://"+hostOf(l.Href)+"/"
			}
			p.Links = append(p.Links, l)
		}
		p.Scripts, p.Styles = append(p.Scripts, m.Scripts...), append(p.Styles, m.Styles...)
		p.Images, p.Frames, p.Forms = append(p.Images, m.Images...), append(p.Frames, m.Frames...), append(p.Forms, m.Forms...)
		p.Heads, p.Metas, p.Elements = append(p.Heads, m.Heads...), append(p.Metas, m.Metas...), append(p.Elements, m.Elements...)
		p.Inline, p.Comments, p.BodyAttr = p.Inline+" "+m.Inline, p.Comments+" "+m.Comments, p.BodyAttr+" "+m.BodyAttr
		for k, v := range m.Header {
			p.Header[k] = append(p.Header[k], v...)
		}
		if m.FinalURL != "" {
			p.URL, p.FinalURL = m.FinalURL, m.FinalURL
		}
	}
	return p
}

// Each mark that names a platform names it, and once it is gone what is merely
// usual for the platform leaves the answer open: never another supplier.
func TestEveryPlatformIsNamedByEachOfItsMarksAndUnknownWithoutThem(t *testing.T) {
	b := builder{}
	set := b.rules("cms")
	check := checkOf(t, cmsID)
	judged := func(marks ...*page.Page) finding.Finding {
		p := bearing(t, marks...)
		return check.Finding(Case{Facts: observed(t, registry.Comune{}, p), Visit: wholeVisit(catalogue(t), p)})
	}
	if got := judged(); got.Verdict != finding.Unknown {
		t.Fatalf("the page without marks is %s %s", got.Verdict, got.Value)
	}
	usual, named := map[string][]*page.Page{}, map[string]int{}
	for _, r := range set.Rules() {
		if r.Strength != rules.Definitive {
			usual[r.Value] = append(usual[r.Value], r.ExamplePages()...)
		}
	}
	for _, r := range set.Rules() {
		if r.Strength != rules.Definitive {
			continue
		}
		for i, mark := range r.ExamplePages() {
			marked := append([]*page.Page{mark}, usual[r.Value]...)
			if got := judged(marked...); got.Verdict != finding.Info || got.Value != r.Value {
				t.Errorf("%s, example %d: %s %s, want info %s", r.ID, i+1, got.Verdict, got.Value, r.Value)
			}
			named[r.Value]++
		}
		if got := judged(usual[r.Value]...); got.Verdict != finding.Unknown {
			t.Errorf("%s without its mark %s: %s %s", r.Value, r.ID, got.Verdict, got.Value)
		}
	}
	for _, id := range platforms {
		if named[id] == 0 {
			t.Errorf("no mark names %s", id)
		}
		if _, ok := check.Meta.Values[id]; !ok {
			t.Errorf("%s has no name for people", id)
		}
	}
	for id := range named {
		if _, ok := check.Meta.Values[id]; !ok && !slices.Contains(platforms, id) {
			t.Errorf("%s is named by rules and is no value of the check", id)
		}
	}
}
