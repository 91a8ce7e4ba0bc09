package main

// Runs that are asked of one serve at once: the next waits, and says so.

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/replica"
	"github.com/vigile-it/vigile/store"
)

// asking is a selection as it comes over the socket.
func asking(t *testing.T, sel nightly.Selection) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(sel)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestACrawlThatWaitsForItsTurnSaysSoAndMayBeGivenUp(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  record.RunKind
		busy  func(*service) turn
		waits record.RunKind
	}{
		{"a night for a night", record.Night, func(s *service) turn { return s.nights }, record.Night},
		{"a request for a request", "", func(s *service) turn { return s.requests }, record.Request},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &service{app: &app{now: time.Now}, requests: newTurn(), nights: newTurn()} // without a crew: nobody is visited
			if !c.busy(s).had() || c.busy(s).had() {
				t.Fatal("a turn is had by one")
			}
			ctx, giveUp := context.WithCancel(t.Context())
			defer giveUp()
			var heard []told
			err := s.take(ctx, asking(t, nightly.Selection{Kind: c.kind, Comuni: []registry.Comune{{Istat: "990001"}, {Istat: "990002"}}}), func(v any) error {
				heard = append(heard, v.(told))
				giveUp() // the first it is told is that it waits
				return nil
			})
			if err != nil || len(heard) != 2 || heard[0].Waits != c.waits || heard[1].Outcome == nil {
				t.Fatalf("%v; %+v", err, heard)
			}
			if o := heard[1].Outcome.outcome(); !o.Interrupted || o.Left != 2 || o.Tally.Comuni != 0 {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestTheNightOfTheScheduleWaitsForOneThatWasAskedFor(t *testing.T) {
	k := watching(t, invented(t, replica.Options{Scale: 16}))
	k.nights.had()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := k.doNight(ctx, "2026-11-22"); !errors.Is(err, context.Canceled) {
		t.Errorf("it did not wait: %v", err)
	}
}

func TestOneNightAskedForTwiceAtOnceVisitsNobodyTwice(t *testing.T) {
	k := watching(t, invented(t, replica.Options{Scale: 40}))
	k.cfg.Schedule.LastLook = time.Millisecond
	night := record.NightOf(k.app.now(), rome())
	var both sync.WaitGroup
	both.Go(func() {
		if err := k.doNight(t.Context(), night); err != nil {
			t.Error(err)
		}
	})
	both.Go(func() {
		err := k.take(t.Context(), asking(t, nightly.Selection{Kind: record.Night, Comuni: k.comuni, Words: "tutti"}), func(v any) error {
			if o := v.(told).Outcome; o != nil && (o.Left > 0 || o.Comuni < len(k.comuni)) {
				t.Errorf("%d comuni, %d left", o.Comuni, o.Left)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	both.Wait()
	runs, err := k.store.Runs(t.Context(), "", 10)
	if err != nil || len(runs) != 1 || runs[0].Night != night {
		t.Errorf("%v: %+v", err, runs)
	}
	seen := 0
	for l, err := range k.store.Latest(t.Context(), store.Query{Brief: true}) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
		if past, err := k.store.History(t.Context(), l.Comune.Istat, 0); err != nil || len(past) != 1 {
			t.Errorf("%s was kept %d times, %v", l.Comune.Name, len(past), err)
		}
	}
	if seen < len(k.comuni) {
		t.Errorf("%d of %d comuni", seen, len(k.comuni))
	}
}
