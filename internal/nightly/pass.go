package nightly

// One pass over some comuni: workers over the assessor, and one goroutine that
// hands out comuni, takes results and keeps them.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// passed is what a pass leaves behind; everything else of it was kept.
type passed struct {
	wary     bool                // a second look follows
	dark     bool                // nearly everybody of the last few seemed to be gone
	again    []int               // whose site seems to be gone
	doubtful []record.Assessment // what was seen of those; where a second look follows of a few alone
	rest     []int               // not looked at: everybody seemed to be gone, or the run is over
}

// doubt puts a result aside.
func (p *passed) doubt(got *result) {
	p.again = append(p.again, got.number)
	if !p.wary || len(p.doubtful) < few {
		p.doubtful = append(p.doubtful, got.assessment)
	}
}

// result is what comes of one comune on its way. It is passed on where it lies: the
// stacks of hundreds of visits would each hold several copies.
type result struct {
	number     int // in the run
	comune     registry.Comune
	line       *line // it waited in
	brisk      bool
	assessment record.Assessment
	err        error
}

// pass looks at every comune once. A wary one, after which there is a second
// look, stops when nearly everybody seems to be gone. It returns when its
// workers have ended.
func (r *run) pass(ctx context.Context, todo []int, wary bool) passed {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs, results := make(chan *result), make(chan *result)
	var crew sync.WaitGroup
	for range min(r.workers(), len(todo)) {
		crew.Go(func() {
			for next := range jobs {
				r.look(ctx, next)
				results <- next
			}
		})
	}
	p := passed{wary: wary}
	q, recent, ended, stopped := newQueue(todo, r.address, r.o.PerAddress), window{}, ctx.Done(), ctx.Err() != nil
	var next *result
	for flying := 0; flying > 0 || (!stopped && q.len() > 0); {
		var open chan *result // nil: nobody can start
		if l := q.next(); l != nil && !stopped {
			if open = jobs; next == nil || next.number != l.first() {
				next = &result{number: l.first(), comune: r.comuni.Comune(l.first()), line: l, brisk: wary && !r.confirming && r.keep.run.Expected > many}
			}
		}
		select {
		case open <- next:
			next.line.take()
			flying++
			r.o.Watcher.Began(next.comune)
		case got := <-results:
			flying--
			got.line.flying--
			got.line.learn(got.assessment.Visit, r.o.Gap)
			if doubted := r.take(ctx, got, &p); got.err == nil {
				recent.see(got.assessment.Visit.Reach, doubted)
			}
		case <-r.keep.due():
			r.err = errors.Join(r.err, r.keep.flush())
		case <-ended:
			ended = nil
		}
		if r.err != nil {
			cancel()
		}
		p.dark = recent.dark()
		stopped = stopped || ctx.Err() != nil || (wary && p.dark)
	}
	close(jobs)
	crew.Wait()
	p.rest = q.rest()
	return p
}

// workers is how many comuni are looked at at once: in a first look as many as may be,
// in a second half of them. Among the first some wait for sites that are gone and hold
// nothing; for a second look all answer and are held whole, and nobody waits for them.
func (r *run) workers() int {
	if r.confirming {
		return (r.o.Workers + 1) / 2
	}
	return r.o.Workers
}

// take sorts one result, and tells whether it is doubtful.
func (r *run) take(ctx context.Context, got *result, p *passed) (doubtful bool) {
	var broke *brokenError
	var unknown *assess.UnknownCheckError
	reach := got.assessment.Visit.Reach
	switch {
	case r.confirming:
		r.replace(got)
	case r.closing:
		if got.err == nil {
			r.closed = append(r.closed, got.assessment)
		}
	case got.err == nil && (r.doubts(&got.assessment.Visit) || got.assessment.Visit.Hurried):
		p.doubt(got)
		return true
	case got.err == nil && !r.answered && siteless(reach):
		r.waiting = append(r.waiting, got.assessment)
	case got.err == nil:
		if !siteless(reach) {
			r.heard()
		}
		if reach == page.ReachOK {
			r.note(got.number, cmp.Or(got.assessment.Visit.FinalURL, got.comune.Site.URL))
		}
		r.accept(got.assessment)
	case errors.As(got.err, &unknown):
		r.err = got.err
	case errors.As(got.err, &broke), ctx.Err() == nil:
		r.failed++
		r.o.Logger.Error("assessment failed", "istat", got.comune.Istat, "comune", got.comune.Name, "error", got.err)
		r.o.Watcher.Failed(got.comune)
	}
	return false
}

// heard notes that a site has answered: what waited for it can be kept.
func (r *run) heard() {
	r.answered = true
	for _, a := range r.waiting {
		r.accept(a)
	}
	r.waiting = nil
}

// look assesses one comune. A panic costs that comune.
func (r *run) look(ctx context.Context, got *result) {
	defer func() {
		if v := recover(); v != nil {
			got.err = &brokenError{what: v, stack: debug.Stack()}
		}
	}()
	got.assessment, got.err = r.o.Assessor.Assess(ctx, got.comune, assess.Request{
		Run: r.keep.run.ID, Night: r.keep.run.Night, Checks: r.checks, Everything: r.keep.run.Kind == record.Request,
		Anew: r.confirming, Brisk: got.brisk,
	})
}

// brokenError is a panic in the assessment of one comune.
type brokenError struct {
	what  any
	stack []byte
}

func (e *brokenError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.what, e.stack) }

// siteless tells whether there was no site to look at.
func siteless(reach page.Reach) bool { return reach == page.ReachNoURL || reach == page.ReachBadURL }
