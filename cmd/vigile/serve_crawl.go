package main

// Crawls that other commands ask of a running serve: what goes over the socket,
// and both ends of it.

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/store/remote"
)

// told is one thing told of a crawl; one field is set.
type told struct {
	Waits   record.RunKind   `json:"waits,omitempty"` // for another run of this kind to end
	Planned *toldPlan        `json:"planned,omitempty"`
	Began   *registry.Comune `json:"began,omitempty"`
	Done    *toldDone        `json:"done,omitempty"`
	Failed  *registry.Comune `json:"failed,omitempty"`
	Offline *string          `json:"offline,omitempty"`
	Outcome *toldOutcome     `json:"outcome,omitempty"`
}

type toldPlan struct {
	Run    record.Run         `json:"run"`
	Before int                `json:"before"`
	Reach  map[page.Reach]int `json:"reach"`
}

type toldDone struct {
	Comune registry.Comune `json:"comune"`
	Reach  page.Reach      `json:"reach"`
}

// toldOutcome is a nightly.Outcome; a Tally's keys are no keys of JSON.
type toldOutcome struct {
	nightly.Outcome
	Tally    *struct{}          `json:"Tally,omitempty"` // hides that of the Outcome
	Comuni   int                `json:"comuni"`
	Reach    map[page.Reach]int `json:"reach"`
	Findings []toldWord         `json:"findings"`
}

type toldWord struct {
	Check   string          `json:"check"`
	Verdict finding.Verdict `json:"verdict"`
	Reason  finding.Reason  `json:"reason"`
	Count   int             `json:"count"`
}

func tellOutcome(o nightly.Outcome) *toldOutcome {
	t := &toldOutcome{Outcome: o, Comuni: o.Tally.Comuni, Reach: o.Tally.Reach}
	for w, n := range o.Tally.Findings {
		t.Findings = append(t.Findings, toldWord{w.Check, w.Verdict, w.Reason, n})
	}
	return t
}

func (t *toldOutcome) outcome() nightly.Outcome {
	o := t.Outcome
	o.Tally = nightly.Tally{Comuni: t.Comuni, Reach: t.Reach, Findings: map[nightly.Word]int{}}
	for _, w := range t.Findings {
		o.Tally.Findings[nightly.Word{Check: w.Check, Verdict: w.Verdict, Reason: w.Reason}] = w.Count
	}
	return o
}

// teller is a nightly.Watcher that tells whoever asked. Where nobody hears, the
// crawl's context ends.
type teller struct{ say func(any) error }

func (t teller) tell(x told) { _ = t.say(x) }

func (t teller) Planned(run record.Run, before nightly.Tally) {
	t.tell(told{Planned: &toldPlan{run, before.Comuni, before.Reach}})
}
func (t teller) Began(c registry.Comune) { t.tell(told{Began: &c}) }
func (t teller) Done(a record.Assessment) {
	t.tell(told{Done: &toldDone{a.Comune, a.Visit.Reach}})
}
func (t teller) Failed(c registry.Comune) { t.tell(told{Failed: &c}) }
func (t teller) Offline(why string)       { t.tell(told{Offline: &why}) }

// turn is had by one at a time. Who waits for it may give up.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// had takes the turn where nobody has it.
func (t turn) had() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}

// await takes the turn, or tells that ctx ended before.
func (t turn) await(ctx context.Context) bool {
	select {
	case t <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (t turn) end() { <-t }

// take works on the crawl of another command. One at a time: the next waits, a
// request for a request and a night for a night. A night that waited for the same one
// has left only what that left.
func (s *service) take(ctx context.Context, request json.RawMessage, say func(any) error) error {
	var sel nightly.Selection
	if err := json.Unmarshal(request, &sel); err != nil {
		return fmt.Errorf("reading what is to be crawled: %w", err)
	}
	own := s.requests
	if sel.Kind == record.Night {
		own = s.nights
		sel.Night = cmp.Or(sel.Night, record.NightOf(s.app.now(), rome())) // it may be tomorrow when the turn comes
	}
	if !own.had() {
		teller{say}.tell(told{Waits: cmp.Or(sel.Kind, record.Request)})
		if !own.await(ctx) {
			return say(told{Outcome: tellOutcome(nightly.Outcome{
				Run: record.Run{Kind: sel.Kind, Expected: len(sel.Comuni)}, Left: len(sel.Comuni), Interrupted: true,
			})})
		}
	}
	defer own.end()
	s.log.Info("a crawl was asked for", "comuni", len(sel.Comuni), "what", sel.Words)
	got, err := s.crawl(ctx, sel, teller{say})
	if err != nil {
		return err
	}
	return say(told{Outcome: tellOutcome(got)})
}

// crawlThere has a running serve take a selection.
func (a *app) crawlThere(ctx context.Context, r *remote.Store, s nightly.Selection) (outcome, error) {
	a.note(a.text.Text("serve.asking", "pid", r.PID()))
	defer a.sayStopping(ctx)()
	p := a.newProgress(false)
	var got *toldOutcome
	err := r.Crawl(ctx, s, func(raw json.RawMessage) error {
		var x told
		if err := json.Unmarshal(raw, &x); err != nil {
			return fmt.Errorf("reading what serve tells: %w", err)
		}
		switch {
		case x.Waits != "":
			a.note(a.text.Text("serve.waits." + string(x.Waits)))
		case x.Planned != nil:
			p.Planned(x.Planned.Run, nightly.Tally{Comuni: x.Planned.Before, Reach: x.Planned.Reach})
		case x.Began != nil:
			p.Began(*x.Began)
		case x.Done != nil:
			p.Done(record.Assessment{Comune: x.Done.Comune, Visit: page.Visit{Reach: x.Done.Reach}})
		case x.Failed != nil:
			p.Failed(*x.Failed)
		case x.Offline != nil:
			p.Offline(*x.Offline)
		case x.Outcome != nil:
			got = x.Outcome
		}
		return nil
	})
	p.end()
	if err == nil && got == nil {
		err = errors.New("serve ended without an outcome")
	}
	var gone *remote.GoneError
	if errors.As(err, &gone) { // killed: where it is told to stop, it says how far it came
		now := p.Snapshot()
		return outcome{}, &failure{
			code: codeInterrupted, sentence: a.text.Text("error.serve_gone_crawl", "pid", gone.PID, "done", a.text.Number(now.Done), "total", a.text.Number(max(now.Run.Expected, len(s.Comuni)))),
			hint: a.text.Text("error.left_hint"), err: err,
		}
	}
	if err != nil {
		return outcome{}, err
	}
	o := outcomeOf(got.outcome(), askedFor(s))
	if o.nothing != "" {
		o.collected(got.Unkept)
		return o, nil
	}
	o.store = r
	err = o.gather(context.WithoutCancel(ctx))
	if errors.As(err, &gone) && o.interrupted { // it was told to stop, and takes the results with it
		return outcome{}, a.interruption(false, o)
	}
	return o, err
}
