package crawler

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/crawler/page"
)

// A field that is added to page.Link and forgotten here would be lost to the
// interests that turn up later.
func TestTheShelfKeepsEveryFieldOfALink(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SampledFrom([]string{"", "a", "à\x00", "https://www.x.it/", "https://www.x.it/a/b", "/a/b", strings.Repeat("x", 300)})
		links := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) page.Link {
			var l page.Link
			v := reflect.ValueOf(&l).Elem()
			for i := range v.NumField() {
				switch f := v.Field(i); f.Kind() {
				case reflect.String:
					f.SetString(words.Draw(rt, v.Type().Field(i).Name))
				case reflect.Int:
					f.SetInt(int64(rapid.IntRange(-1, 1000).Draw(rt, "int")))
				default:
					rt.Fatalf("%s is a %s", v.Type().Field(i).Name, f.Kind())
				}
			}
			return l
		}), 1, 8).Draw(rt, "links")
		url := words.Draw(rt, "url")
		var s shelf
		var kept []seenLink
		for depth, page := range [][]page.Link{links, links[:1]} {
			s.begin(page, depth)
			for i := range page {
				kept = append(kept, s.put(&page[i], url, 0))
				if got := s.depth(kept[len(kept)-1]); got != depth {
					rt.Errorf("depth %d of a link being put, not %d", got, depth)
				}
			}
			s.end()
		}
		for i, want := range append(links, links[0]) {
			if diff := cmp.Diff(want, s.take(kept[i], url)); diff != "" {
				rt.Errorf("link %d: %s", i, diff)
			}
			if got := s.depth(kept[i]); got != i/len(links) {
				rt.Errorf("link %d: depth %d", i, got)
			}
		}
	})
}

func TestTheShelfTellsLinksApartByWhatIsJudged(t *testing.T) {
	var s shelf
	one := page.Link{Folded: "a", Element: "b", Place: page.PlaceNav, Class: "c", Text: "A", Href: "/x"}
	same := one
	same.Text, same.Href = "a", "/x#y"
	if s.sum(&one) != s.sum(&same) {
		t.Error("what no interest judges by makes a difference")
	}
	for _, change := range []func(*page.Link){
		func(l *page.Link) { l.Folded = "" }, func(l *page.Link) { l.Element = "" }, func(l *page.Link) { l.Place = page.PlaceMain },
		func(l *page.Link) { l.Class = "" }, func(l *page.Link) { l.Folded, l.Element = "ab", "" },
	} {
		other := one
		change(&other)
		if s.sum(&one) == s.sum(&other) {
			t.Errorf("%+v is taken for %+v", other, one)
		}
	}
}
