package crawler

import (
	"net/http"
	"testing"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
)

// silentUntil serves a site that answers nothing until it is released, but to who
// gives up; a host whose robots.txt answers may have a page that does not.
func silentUntil(released <-chan struct{}, robots bool) http.HandlerFunc {
	whole := pages(home(""))
	return func(rw http.ResponseWriter, r *http.Request) {
		if !robots || r.URL.Path != "/robots.txt" {
			select {
			case <-released:
			case <-r.Context().Done():
				return
			}
		}
		whole(rw, r)
	}
}

// briskly makes a crawler that waits for a first answer so long.
func (w *world) briskly(patience time.Duration) *Crawler {
	c := w.crawler()
	c.briskPatience = patience
	return c
}

func TestABriskVisitDoesNotWaitForASilentSite(t *testing.T) {
	for name, robots := range map[string]bool{"from the start": false, "but for its robots.txt": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			released := make(chan struct{})
			w.put(site, silentUntil(released, robots))
			c := w.briskly(100 * time.Millisecond)
			watch := &watcher{}
			v, err := c.Visit(t.Context(), Target{URL: root + "/", Brisk: true}, watch)
			if err != nil || !v.Hurried || v.Reach != page.ReachTooSlow && v.Reach != page.ReachConnTimeout || len(v.Attempts) != 1 || len(watch.seen) > 0 {
				t.Errorf("%s, hurried %v, %+v, %v", v.Reach, v.Hurried, v.Attempts, err)
			}
			close(released)
			c.ForgetFailures()
			v, err = c.Visit(t.Context(), Target{URL: root + "/"}, watch)
			if err != nil || v.Hurried || v.Reach != page.ReachOK || len(watch.seen) != 1 {
				t.Errorf("with patience: %s, hurried %v, %v", v.Reach, v.Hurried, err)
			}
		})
	}
}

// impatient is a watcher that ends all patience with first answers.
type impatient struct {
	watcher

	c *Crawler
}

func (w *impatient) See(p *page.Page) ([]page.Interest, bool) {
	w.c.briskPatience = time.Nanosecond
	return w.watcher.See(p)
}

func TestASiteThatHasAnsweredIsGivenItsTime(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(with(home(`<a href="/privacy">Privacy</a>`), "/privacy", document("Privacy", ""))))
	c := w.crawler()
	v, err := c.Visit(t.Context(), Target{URL: root + "/", Brisk: true}, &impatient{watcher{wants: []page.Interest{about("privacy")}}, c})
	if err != nil || v.Hurried || reading(v, "privacy") != page.Read {
		t.Errorf("%s, hurried %v, privacy %s, %v", v.Reach, v.Hurried, reading(v, "privacy"), err)
	}
}

func TestANameThatDoesNotExistIsLookedUpAndNothingElse(t *testing.T) {
	w := newWorld(t)
	for range 2 { // the second look is as the first
		v := w.visit(root+"/", &watcher{})
		if v.Reach != page.ReachNXDomain || len(w.ledger.asked) > 0 {
			t.Errorf("%s, asked %v", v.Reach, w.ledger.asked)
		}
		for _, a := range v.Attempts {
			if a.Address != "" {
				t.Errorf("spoken to: %+v", a)
			}
		}
		w.guard.ForgetFailures()
	}
}
