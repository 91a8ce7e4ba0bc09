package nightly

// What stands in for the house around: an Italy of comuni without a network, a
// store in memory, a watcher that writes down what it is told.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"go.uber.org/goleak"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// comuni are n invented ones, each with a site of its own.
func comuni(n int) []registry.Comune {
	out := make([]registry.Comune, n)
	for i := range out {
		code := fmt.Sprintf("%06d", i+1)
		out[i] = registry.Comune{Istat: code, Name: "Borgo " + code, Site: registry.Site{URL: "https://www." + code + ".example/"}}
	}
	return out
}

// italy is an Assessor whose sites are as reach says.
type italy struct {
	reach func(c registry.Comune, look int) page.Reach // nil: all ok; may panic
	takes time.Duration                                // one look; 0: a second

	mu     sync.Mutex
	looks  map[string]int
	asked  []assess.Request
	flying int
	most   int // at once
}

func (w *italy) Assess(ctx context.Context, c registry.Comune, r assess.Request) (record.Assessment, error) {
	look := w.enter(c, r)
	defer w.leave()
	a := record.Assessment{Run: r.Run, Started: time.Now().UTC(), Comune: c, Visit: page.Visit{Reach: page.ReachOK}}
	if w.reach != nil {
		a.Visit.Reach = w.reach(c, look)
	}
	a.Findings = []finding.Finding{{Check: "https", Verdict: finding.Pass}}
	if a.Visit.Reach != page.ReachOK {
		a.Visit.Detail = "it ended in " + string(a.Visit.Reach)
		a.Findings[0] = finding.Finding{Check: "https", Verdict: finding.Unknown, Reason: finding.Reason(a.Visit.Reach)}
	}
	if !pause(ctx, cmp.Or(w.takes, time.Second)) {
		return a, ctx.Err()
	}
	return a, nil
}

func (w *italy) enter(c registry.Comune, r assess.Request) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.looks == nil {
		w.looks = map[string]int{}
	}
	w.looks[c.Istat]++
	w.asked = append(w.asked, r)
	w.flying++
	w.most = max(w.most, w.flying)
	return w.looks[c.Istat]
}

func (w *italy) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flying--
}

// shelf is a Keeper in memory. What it is told to refuse it refuses.
type shelf struct {
	runs    []record.Run // oldest first
	kept    []record.Assessment
	batches []int       // sizes
	at      []time.Time // of batches
	refuse  error       // of Append
	slow    time.Duration
}

func (s *shelf) Begin(_ context.Context, run record.Run) error {
	if i := s.find(run.ID); i >= 0 {
		if was := s.runs[i]; was.Kind != run.Kind || was.Night != run.Night || !was.Started.Equal(run.Started) {
			return errors.New("another run of that id")
		}
		run.Done = s.runs[i].Done
		s.runs[i] = run
		return nil
	}
	s.runs = append(s.runs, run)
	return nil
}

func (s *shelf) find(id string) int {
	return slices.IndexFunc(s.runs, func(r record.Run) bool { return r.ID == id })
}

func (s *shelf) Append(ctx context.Context, as ...record.Assessment) error {
	if s.slow > 0 && !pause(ctx, s.slow) {
		return ctx.Err()
	}
	if s.refuse != nil {
		return s.refuse
	}
	for _, a := range as {
		if s.find(a.Run) < 0 {
			return errors.New("the run was not begun")
		}
	}
	s.kept = append(s.kept, as...)
	s.batches, s.at = append(s.batches, len(as)), append(s.at, time.Now())
	return ctx.Err()
}

func (s *shelf) Finish(_ context.Context, id string, ended time.Time, done int) error {
	i := s.find(id)
	if i < 0 {
		return errors.New("the run was not begun")
	}
	s.runs[i].Ended, s.runs[i].Done = ended, done
	return nil
}

func (s *shelf) Runs(_ context.Context, kind record.RunKind, limit int) ([]record.Run, error) {
	out := slices.DeleteFunc(slices.Clone(s.runs), func(r record.Run) bool { return r.Kind != kind })
	slices.Reverse(out)
	return out[:min(limit, len(out))], nil
}

func (s *shelf) History(_ context.Context, istat string, limit int) ([]record.Assessment, error) {
	var out []record.Assessment
	for _, a := range slices.Backward(s.kept) {
		if a.Comune.Istat == istat && (limit == 0 || len(out) < limit) {
			out = append(out, a)
		}
	}
	return out, nil
}

// reaches are those kept, by ISTAT code; a comune kept twice is an error.
func (s *shelf) reaches(t *testing.T) map[string]page.Reach {
	t.Helper()
	out := map[string]page.Reach{}
	for _, a := range s.kept {
		if _, twice := out[a.Comune.Istat]; twice {
			t.Errorf("%s was kept twice", a.Comune.Istat)
		}
		out[a.Comune.Istat] = a.Visit.Reach
	}
	return out
}

// diary is a Watcher that writes down what it is told.
type diary struct {
	Progress

	lines  []string
	onDone func(n int)
	done   int
}

func (d *diary) Planned(run record.Run, before Tally) {
	d.Progress.Planned(run, before)
	d.lines = append(d.lines, fmt.Sprintf("planned %d, done %d", run.Expected, before.Comuni))
}

func (d *diary) Done(a record.Assessment) {
	d.Progress.Done(a)
	if d.done++; d.onDone != nil {
		d.onDone(d.done)
	}
}

func (d *diary) Failed(c registry.Comune) {
	d.Progress.Failed(c)
	d.lines = append(d.lines, "failed "+c.Istat)
}

func (d *diary) Offline(why string) {
	d.Progress.Offline(why)
	d.lines = append(d.lines, "offline: "+why)
}

// must runs, and fails the test on an error.
func must(t *testing.T, ctx context.Context, o Options, s Selection) Outcome {
	t.Helper()
	out, err := Run(ctx, o, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
