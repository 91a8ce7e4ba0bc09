package client

// This file tests how politely the service is asked, and when it is believed.

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/agid"
)

func TestOneRequestAtATimeWithTheGapBetween(t *testing.T) {
	s := serve(t, nil)
	client, clk := asker(t, s, nil)
	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			if _, err := client.Declaration(t.Context(), link(t, old(n)), time.Time{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if s.crowded {
		t.Error("two requests at once")
	}
	for _, w := range clk.waits {
		if w != DefaultGap {
			t.Errorf("waited %s", w)
		}
	}
	if n := len(s.paths()); n != 12 || len(clk.waits) != 11 {
		t.Errorf("%d requests, %d pauses", n, len(clk.waits))
	}
}

func TestAfterFiveRefusalsInARowItIsAskedNoMore(t *testing.T) {
	for name, a := range map[string]reply{
		"too many requests": {status: 429}, "server error": {status: 500}, "unavailable": {status: 503}, "forbidden": {status: 403},
		"a broken line": {do: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		"no answer":     {do: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string][]reply{"*": {a}})
			client, clk := asker(t, s, func(o *Options) {
				o.Timeout = 50 * time.Millisecond
				o.HTTP = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			})
			for n := range 12 {
				if a := ask(t, client, old(n)); a.Outcome != agid.Silent {
					t.Fatalf("%+v", a)
				}
			}
			if n := len(s.paths()); n != 5 {
				t.Errorf("asked %d times", n)
			}
			if a := ask(t, client, old(20)); a.Silence != agid.Stopped || !client.Stopped() {
				t.Errorf("%+v", a)
			}
			client.Reset()
			if a := ask(t, client, old(21)); a.Silence == agid.Stopped || client.Stopped() {
				t.Errorf("in a new run %+v", a)
			}
			for n := range 4 {
				ask(t, client, old(30+n))
			}
			if !client.Stopped() {
				t.Error("not stopped in the new run")
			}
			clk.pass(stopLapses)
			if client.Stopped() {
				t.Error("still stopped half a day later")
			}
		})
	}
}

func TestRefusalsThatAreNotInARowDoNotStopIt(t *testing.T) {
	s := serve(t, map[string][]reply{"*": {{status: 404}}})
	for n := range 10 {
		s.says[byOld+oldID(n)] = []reply{{status: 429}, {status: 404}}
	}
	client, _ := asker(t, s, nil)
	for n := range 10 {
		if a := ask(t, client, old(n)); a.Outcome != agid.NotFound {
			t.Errorf("%+v", a)
		}
	}
}

func TestTheGapDoublesWithEveryRefusal(t *testing.T) {
	s := serve(t, map[string][]reply{"*": {{status: 500}}})
	client, clk := asker(t, s, nil)
	for n := range 5 {
		ask(t, client, old(n))
	}
	want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
	if diff := cmp.Diff(want, clk.waits); diff != "" {
		t.Error(diff)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	s := serve(t, map[string][]reply{viewed + newID: {{status: 429, after: "12"}, ok(shown)}})
	client, clk := asker(t, s, nil)
	if a := ask(t, client, newID); a.Outcome != agid.Found {
		t.Errorf("%+v", a)
	}
	if diff := cmp.Diff([]time.Duration{12 * time.Second}, clk.waits); diff != "" {
		t.Error(diff)
	}
}

func TestALongRetryAfterIsNotWaitedForNorBroken(t *testing.T) {
	s := serve(t, map[string][]reply{viewed + newID: {{status: 503, after: "600"}, ok(shown)}})
	client, clk := asker(t, s, nil)
	for range 5 {
		if a := ask(t, client, newID); a.Silence != agid.Held {
			t.Errorf("%+v", a)
		}
	}
	client.Reset()
	if a := ask(t, client, newID); a.Silence != agid.Held {
		t.Errorf("in a new run %+v", a)
	}
	if n := len(s.paths()); n != 1 {
		t.Errorf("asked %d times", n)
	}
	clk.pass(10 * time.Minute)
	if a := ask(t, client, newID); a.Outcome != agid.Found {
		t.Errorf("ten minutes later %+v", a)
	}
}

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        time.Duration
	}{
		{"seconds", "120", 2 * time.Minute},
		{"a date", "Sun, 22 Nov 2026 01:31:00 GMT", time.Minute},
		{"a date gone by", "Sun, 22 Nov 2026 01:29:00 GMT", 0},
		{"a century", "99999999999", 24 * time.Hour},
		{"less than nothing", "-5", 0},
		{"words", "soon", 0},
		{"none", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := retryAfter(c.value, start); got != c.want {
				t.Errorf("%s", got)
			}
		})
	}
}

func TestGivingUpWhileWaitingForATurn(t *testing.T) {
	busy := make(chan struct{})
	inside := make(chan struct{}, 1)
	s := serve(t, map[string][]reply{viewed + newID: {{do: func(w http.ResponseWriter, _ *http.Request) { inside <- struct{}{}; <-busy }}}})
	client, _ := asker(t, s, nil)
	var first sync.WaitGroup
	first.Go(func() { client.Declaration(t.Context(), link(t, newID), time.Time{}) }) //nolint:errcheck // it only keeps the line busy
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Declaration(ctx, link(t, old(1)), time.Time{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := client.Declaration(ctx, link(t, newID), time.Time{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(busy)
	first.Wait()
}

func TestADenialIsProvenByAnEndpointThatHasShownOthers(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, map[string][]reply{viewed + newID: {ok(shown)}})
	client, _ := asker(t, s, func(o *Options) { o.CacheDir = dir })
	if a := ask(t, client, "c_z902/beta/dichiarazione"); a.Outcome != agid.NotFound || a.Proven {
		t.Errorf("%+v", a)
	}
	ask(t, client, newID)
	if a := ask(t, client, "c_z903/gamma/dichiarazione"); a.Outcome != agid.NotFound || !a.Proven {
		t.Errorf("%+v", a)
	}
	if a := ask(t, client, old(1)); a.Outcome != agid.NotFound || a.Proven {
		t.Errorf("by another endpoint: %+v", a)
	}
	later, clk := asker(t, s, func(o *Options) { o.CacheDir = dir })
	if a := ask(t, later, "c_z904/delta/dichiarazione"); !a.Proven {
		t.Errorf("in another run: %+v", a)
	}
	clk.pass(provenFor + time.Hour)
	if a := ask(t, later, "c_z905/epsilon/dichiarazione"); a.Proven {
		t.Errorf("months later: %+v", a)
	}
}

func TestAnEndpointThatDeniesEverythingIsDoubted(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, map[string][]reply{})
	client, _ := asker(t, s, func(o *Options) { o.CacheDir = dir })
	for n := range beliefLimit {
		if a := ask(t, client, old(n)); a.Outcome != agid.NotFound {
			t.Fatalf("%d: %+v", n, a)
		}
	}
	if a := ask(t, client, old(beliefLimit)); a.Silence != agid.Doubted {
		t.Errorf("%+v", a)
	}
	again, _ := asker(t, s, func(o *Options) { o.CacheDir = dir })
	if a := ask(t, again, old(beliefLimit+1)); a.Silence != agid.Doubted {
		t.Errorf("in the next run %+v", a)
	}
	s.mu.Lock()
	s.says[byOld+uuid] = []reply{ok(shown)}
	s.mu.Unlock()
	if a := ask(t, again, "view/"+uuid); a.Outcome != agid.Found {
		t.Errorf("%+v", a)
	}
	if a := ask(t, again, old(beliefLimit+2)); a.Outcome != agid.NotFound || !a.Proven {
		t.Errorf("believed again: %+v", a)
	}
}

func TestOneAbsentPublicationAskedEveryNightCastsNoDoubt(t *testing.T) {
	s := serve(t, nil)
	client, clk := asker(t, s, nil)
	for range 3 * beliefLimit {
		if a := ask(t, client, old(1)); a.Outcome != agid.NotFound {
			t.Fatalf("%+v", a)
		}
		clk.pass(24 * time.Hour)
	}
}

func TestWhatWasDeniedTheNightBeforeCastsNoDoubt(t *testing.T) {
	const denials, between = 3 * beliefLimit, beliefLimit / 2
	dir := t.TempDir()
	says := map[string][]reply{}
	for n := 0; n <= denials; n += between {
		says[byOld+oldID(n)] = []reply{ok(shown)}
	}
	s := serve(t, says)
	client, _ := asker(t, s, func(o *Options) { o.CacheDir = dir })
	night := func(client *Client) {
		for n := range denials + 1 {
			if a := ask(t, client, old(n)); n%between > 0 && (a.Outcome != agid.NotFound || !a.Proven) {
				t.Fatalf("%d: %+v", n, a)
			}
		}
	}
	night(client)
	for n := range 3 { // what was shown is on the shelf
		later, clk := asker(t, s, func(o *Options) { o.CacheDir = dir })
		clk.pass(time.Duration(n+1) * 24 * time.Hour)
		night(later)
	}
	gone, clk := asker(t, s, func(o *Options) { o.CacheDir = dir })
	clk.pass(4 * 24 * time.Hour)
	for n := range beliefLimit {
		ask(t, gone, old(1000+n))
	}
	if a := ask(t, gone, old(999)); a.Silence != agid.Doubted {
		t.Errorf("new denials alone: %+v", a)
	}
}

func TestAnEndpointThatOnlyGarblesIsLeftAlone(t *testing.T) {
	s := serve(t, map[string][]reply{"*": {ok("<!doctype html>")}})
	client, _ := asker(t, s, nil)
	for n := range 2 * beliefLimit {
		if a := ask(t, client, old(n)); a.Outcome != agid.Silent {
			t.Fatalf("%+v", a)
		}
	}
	if n := len(s.paths()); n != 2*beliefLimit { // each of the two endpoints
		t.Errorf("asked %d times", n)
	}
	client.Reset()
	if a := ask(t, client, old(99)); a.Silence != agid.Unreadable {
		t.Errorf("in a new run %+v", a)
	}
}
