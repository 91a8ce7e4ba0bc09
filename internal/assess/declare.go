package assess

// What AgID says of the publications a site links.

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/agid"
)

// A Declarer asks AgID's declaration service about one publication, anew where what it
// remembers is from before since. Silence is an answer; the error is the context's alone.
type Declarer interface {
	Declaration(ctx context.Context, link agid.Link, since time.Time) (agid.Answer, error)
}

// requestAge is how old an answer may be for whoever asks for a comune by name: they may
// have just put right what it tells of. A night takes what the Declarer holds good.
const requestAge = time.Hour

// knowing is a Declarer that remembers: what it knows already costs nobody a wait.
type knowing interface {
	Known(link agid.Link, since time.Time) (agid.Answer, bool)
}

// maxAsked bounds what one comune may cost the declaration service: a comune has
// a handful of declarations at the most, a template can link hundreds.
const maxAsked = 4

// ask looks up the publications that the facts point to, in the order in which
// they were seen: the home page first. The key is the canonical URL of the link.
// What is among the answers already is not asked again.
func (a *Assessor) ask(ctx context.Context, facts []finding.Fact, since time.Time, answers map[string]agid.Answer) map[string]agid.Answer {
	if a.declarer == nil {
		return nil
	}
	answers, _ = gather(facts, answers, func(l agid.Link) (agid.Answer, bool) {
		answer, err := a.declarer.Declaration(ctx, l, since)
		return answer, err == nil
	})
	return answers
}

// known is what ask would give, where nobody need be asked for any of it.
func (a *Assessor) known(facts []finding.Fact, since time.Time) (answers map[string]agid.Answer, all bool) {
	d, ok := a.declarer.(knowing)
	if !ok {
		return nil, false
	}
	return gather(facts, nil, func(l agid.Link) (agid.Answer, bool) { return d.Known(l, since) })
}

// gather adds the answers to the publications that the facts point to, until there
// are enough or one is not to be had: then it gives false.
func gather(facts []finding.Fact, answers map[string]agid.Answer, of func(agid.Link) (agid.Answer, bool)) (map[string]agid.Answer, bool) {
	for _, f := range facts {
		link, ok := agid.ParseLink(f.Target)
		if !ok || !link.Publication() {
			continue
		}
		if _, asked := answers[link.URL]; asked {
			continue
		}
		if len(answers) == maxAsked {
			break
		}
		answer, ok := of(link)
		if !ok {
			return answers, false
		}
		if answers == nil {
			answers = map[string]agid.Answer{}
		}
		answers[link.URL] = answer
	}
	return answers, true
}

// inquiry asks AgID beside a visit, once the first publication has been seen: most
// answers are good and come before the site has been read, and spare it the pages
// that only a bad one would need. The zero value asks nobody.
type inquiry struct {
	ctx     context.Context // of the assessment; nil: nobody is asked
	since   time.Time       // no answer from before it will do
	answer  chan map[string]agid.Answer
	answers map[string]agid.Answer // those received
	heard   bool                   // they were
}

// begin asks about the publications that the facts point to, the first time there
// are any.
func (i *inquiry) begin(a *Assessor, facts []finding.Fact) {
	if i.ctx == nil || i.begun() || a.declarer == nil || !publishes(facts) {
		return
	}
	i.answer = make(chan map[string]agid.Answer, 1)
	if i.answers, i.heard = a.known(facts, i.since); i.heard {
		return
	}
	i.answers = nil
	go func() { i.answer <- a.ask(i.ctx, facts, i.since, nil) }()
}

// begun tells that something was asked.
func (i *inquiry) begun() bool { return i.answer != nil }

func publishes(facts []finding.Fact) bool {
	return slices.ContainsFunc(facts, func(f finding.Fact) bool { _, ok := checks.PublicationOf(f); return ok })
}

// soFar is what has been answered by now.
func (i *inquiry) soFar() map[string]agid.Answer {
	if i.pending() {
		select {
		case i.answers = <-i.answer:
			i.heard = true
		default:
		}
	}
	return i.answers
}

// pending tells that something was asked and not heard of yet.
func (i *inquiry) pending() bool { return i.begun() && !i.heard }

// wait waits for what was asked.
func (i *inquiry) wait() {
	if i.pending() {
		i.answers, i.heard = <-i.answer, true
	}
}

// end waits for what was asked. What was denied by endpoints that had shown
// nothing yet is left out, to be asked again: they may have shown something since.
func (i *inquiry) end() map[string]agid.Answer {
	i.wait()
	maps.DeleteFunc(i.answers, func(_ string, a agid.Answer) bool { return a.Outcome == agid.NotFound && !a.Proven })
	return i.answers
}
