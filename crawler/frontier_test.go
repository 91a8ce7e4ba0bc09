package crawler

import (
	"fmt"
	"math/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/crawler/page"
)

func newTestFrontier(t testing.TB) *frontier {
	s := &scope{}
	s.add(address(t, root+"/"))
	return newFrontier(s, func(string, any) {})
}

func link(path, label string, at page.Place) page.Link {
	return page.Link{Href: path, URL: root + path, Text: label, Folded: page.Fold(label), Place: at}
}

// drain takes everything the frontier offers, in order.
func drain(f *frontier, wanted []page.Interest) []string {
	var order []string
	for c := f.next(wanted); c != nil && len(order) < 1000; c = f.next(wanted) {
		order = append(order, c.url)
		f.tried(c.ids)
		f.settle(outcome{reach: page.ReachOK, whole: true, final: c.url, depth: int(c.depth)}, c.url)
	}
	return order
}

func byLength(id string) page.Interest {
	return page.Interest{ID: id, Match: func(l page.Link) int { return strings.Count(l.Folded, id) }}
}

func TestTheOrderOfTheFrontier(t *testing.T) {
	f := newTestFrontier(t)
	wanted := []page.Interest{byLength("a")}
	f.ask(wanted)
	f.add([]page.Link{
		link("/z", "a", page.PlaceMain), link("/b", "a", page.PlaceMain), link("/y", "a", page.PlaceFooter),
		link("/m", "a", page.PlaceHeader), link("/top", "a a a", page.PlaceBody), link("/no", "x", page.PlaceFooter),
	}, 0)
	want := []string{root + "/top", root + "/y", root + "/m", root + "/b", root + "/z"}
	if diff := cmp.Diff(want, drain(f, wanted)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCanWaitIsReadAfterTheRest(t *testing.T) {
	f := newTestFrontier(t)
	waits, both := byLength("a"), byLength("b")
	waits.Wait = 1
	f.ask([]page.Interest{waits, both})
	f.add([]page.Link{link("/waits", "a a a", page.PlaceFooter), link("/now", "b", page.PlaceMain), link("/serves-both", "a a a b", page.PlaceMain)}, 0)
	want := []string{root + "/serves-both", root + "/now", root + "/waits"}
	if diff := cmp.Diff(want, drain(f, []page.Interest{waits, both})); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWantedNowDecides(t *testing.T) {
	f := newTestFrontier(t)
	f.add([]page.Link{link("/a", "a", page.PlaceMain), link("/b", "b", page.PlaceMain)}, 0)
	first, second := byLength("a"), byLength("b")
	f.ask([]page.Interest{first})
	f.ask([]page.Interest{second}) // heard later, ranks what was seen before
	if diff := cmp.Diff([]string{root + "/b"}, drain(f, []page.Interest{second})); diff != "" {
		t.Error(diff)
	}
	if f.next(nil) != nil {
		t.Error("something is offered though nothing is wanted")
	}
}

func TestAnInterestWithManyCandidatesDoesNotStarveAnother(t *testing.T) {
	f := newTestFrontier(t)
	var links []page.Link
	for i := range 40 {
		links = append(links, link(fmt.Sprintf("/a%02d", i), "a a a a", page.PlaceMain))
	}
	f.add(append(links, link("/b", "b", page.PlaceMain)), 0)
	wanted := []page.Interest{byLength("a"), byLength("b")}
	f.ask(wanted)
	order := drain(f, wanted)
	for i, u := range order {
		if u == root+"/b" && i > patience {
			t.Errorf("the other interest was served as number %d", i+1)
		}
	}
	if len(order) != 41 {
		t.Errorf("%d fetched", len(order))
	}
}

// The order in which a page lists its links is chance; what is read must not be.
func TestTheFrontierDoesNotDependOnTheOrderOfLinks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		places := []page.Place{page.PlaceFooter, page.PlaceHeader, page.PlaceMain, page.PlaceBody}
		links := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) page.Link {
			return link("/"+rapid.StringMatching("[a-d]{1,2}").Draw(rt, "path"), rapid.SampledFrom([]string{"a", "a a", "b", "x", "a b"}).Draw(rt, "label"), rapid.SampledFrom(places).Draw(rt, "place"))
		}), 0, 30).Draw(rt, "links")
		shuffled := append([]page.Link(nil), links...)
		rand.New(rand.NewSource(rapid.Int64().Draw(rt, "seed"))).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		wanted := []page.Interest{byLength("a"), byLength("b")}
		var orders [2][]string
		for i, ls := range [][]page.Link{links, shuffled} {
			f := newTestFrontier(t)
			f.ask(wanted)
			f.add(ls, 0)
			orders[i] = drain(f, wanted)
		}
		if diff := cmp.Diff(orders[0], orders[1]); diff != "" {
			rt.Error(diff)
		}
		seen := map[string]bool{}
		for _, u := range orders[0] {
			if seen[u] {
				rt.Errorf("%s twice", u)
			}
			seen[u] = true
		}
	})
}

func TestAFrontierIsBounded(t *testing.T) {
	f := newTestFrontier(t)
	var links []page.Link
	for i := range maxTargets + 10 {
		links = append(links, page.Link{URL: root + "/" + url.QueryEscape(fmt.Sprint(i)), Folded: "x", Place: page.PlaceMain})
	}
	f.add(links, 0)
	if len(f.order) != maxTargets || !f.overflow {
		t.Errorf("%d targets, overflow %v", len(f.order), f.overflow)
	}
}
