package nightly

// Keeping a run: its record, batches of results, and what an interrupted run has
// measured already.

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

const (
	batchSize = 50          // results in one transaction: getting one ready leaves up to 240 kB of garbage (BenchmarkFirstNight)
	batchAge  = time.Second // of the oldest result that is not yet kept
	grace     = 5 * time.Second
	runsBack  = 1_000 // runs among which an open one is looked for
)

// keeper is the one writer of a run.
type keeper struct {
	store   Keeper          // nil: nothing is kept
	ctx     context.Context // ends a while after the run's, so that what was measured is kept
	run     record.Run
	rome    *time.Location
	again   bool // begin anew
	resumed bool // run is one that was cut off
	begun   bool
	batch   []record.Assessment
	old     *time.Timer // fires when the batch is old enough; nil while it is empty
	broken  bool        // the store has failed
}

// plan is the record of a new run.
func plan(o Options, s Selection, comuni registry.Roll, rome *time.Location) (record.Run, error) {
	now := o.Now().UTC()
	run := record.Run{
		ID: newRunID(now), Kind: cmp.Or(s.Kind, record.Request), Started: now, Selection: describe(s.Words, comuni),
		Checks: slices.Compact(slices.Sorted(slices.Values(s.Checks))), Expected: comuni.Len(), Version: o.Version,
	}
	switch run.Kind {
	case record.Request:
		if s.Night != "" {
			return run, fmt.Errorf("nightly: a request has no night, and %q was given", s.Night)
		}
	case record.Night:
		run.Night = cmp.Or(s.Night, record.NightOf(now, rome))
		if _, err := time.Parse(time.DateOnly, run.Night); err != nil {
			return run, fmt.Errorf("nightly: the night %q is no date: %w", run.Night, err)
		}
		if len(run.Checks) > 0 {
			return run, fmt.Errorf("nightly: a night runs every check, and %d were given", len(run.Checks))
		}
	default:
		return run, fmt.Errorf("nightly: %q is no kind of run", run.Kind)
	}
	return run, nil
}

// findOpen goes on with a run of the same selection, checks and date that was
// cut off. A night is the same whatever the registry added since, and is done
// once: one that has ended has left only what was added.
func (k *keeper) findOpen() error {
	if k.store == nil || k.again {
		return nil
	}
	runs, err := k.store.Runs(k.ctx, k.run.Kind, runsBack)
	if err != nil {
		return fmt.Errorf("looking for a run that was cut off: %w", err)
	}
	i := slices.IndexFunc(runs, func(r record.Run) bool {
		return (r.Ended.IsZero() || r.Kind == record.Night) && r.Night == k.run.Night && slices.Equal(r.Checks, k.run.Checks) &&
			(r.Kind == record.Night || r.Selection == k.run.Selection && k.date(r) == k.date(k.run))
	})
	if i < 0 {
		return nil
	}
	expected := k.run.Expected
	k.run, k.resumed = runs[i], true
	k.run.Expected = expected
	return nil
}

func (k *keeper) date(r record.Run) string { return record.NightOf(r.Started, k.rome) }

// measured is what the run has already of one comune. Looks that other runs made
// since may stand before it in the history.
func (k *keeper) measured(istat string) (record.Assessment, bool, error) {
	for limit := 1; ; limit *= 8 {
		past, err := k.store.History(k.ctx, istat, limit)
		if err != nil {
			return record.Assessment{}, false, fmt.Errorf("reading what was measured of %s: %w", istat, err)
		}
		for _, a := range past {
			if a.Run == k.run.ID {
				return a, true, nil
			}
		}
		if len(past) < limit || past[len(past)-1].Started.Before(k.run.Started) {
			return record.Assessment{}, false, nil
		}
	}
}

// add puts a result into the batch, and keeps the batch where it is full.
func (k *keeper) add(a record.Assessment) error {
	if k.store == nil {
		return nil
	}
	k.batch = append(k.batch, a)
	if k.old == nil {
		k.old = time.NewTimer(batchAge)
	}
	if len(k.batch) < batchSize {
		return nil
	}
	return k.flush()
}

// due fires when the batch must be kept.
func (k *keeper) due() <-chan time.Time {
	if k.old == nil {
		return nil
	}
	return k.old.C
}

// flush keeps the batch. The first one begins the run, so that a network that is
// not there leaves no run behind. After an error nothing more is kept.
func (k *keeper) flush() error {
	if len(k.batch) == 0 || k.broken {
		return nil
	}
	err := k.begin()
	if err == nil {
		err = k.store.Append(k.ctx, k.batch...)
	}
	k.broken = err != nil
	clear(k.batch) // the batch is used again: let go of what it held
	k.batch = k.batch[:0]
	k.old.Stop()
	k.old = nil
	if err != nil {
		return fmt.Errorf("keeping what was measured: %w", err)
	}
	return nil
}

func (k *keeper) begin() error {
	if k.begun {
		return nil
	}
	k.begun = true
	return k.store.Begin(k.ctx, k.run)
}

// finish closes the run.
func (k *keeper) finish(ended time.Time, done int) error {
	k.run.Ended = ended
	if k.store == nil {
		return nil
	}
	err := k.begin()
	if err == nil {
		err = k.store.Finish(k.ctx, k.run.ID, ended, done)
	}
	if err != nil {
		return fmt.Errorf("closing the run: %w", err)
	}
	return nil
}

// lingering is a context that ends a while after ctx.
func lingering(ctx context.Context) (context.Context, context.CancelFunc) {
	kept, cancel := context.WithCancel(context.WithoutCancel(ctx))
	late := time.AfterFunc(math.MaxInt64, cancel)
	stop := context.AfterFunc(ctx, func() { late.Reset(grace) })
	return kept, func() { stop(); late.Stop(); cancel() }
}

// frozen is the comuni by ISTAT code, each once: the list itself where it is so, as
// the registry's is.
func frozen(comuni []registry.Comune) []registry.Comune {
	inOrder := true
	for i := 1; i < len(comuni) && inOrder; i++ {
		inOrder = comuni[i-1].Istat < comuni[i].Istat
	}
	if inOrder {
		return slices.Clip(comuni)
	}
	out := slices.Clone(comuni)
	slices.SortStableFunc(out, func(a, b registry.Comune) int { return strings.Compare(a.Istat, b.Istat) })
	return slices.CompactFunc(out, func(a, b registry.Comune) bool { return a.Istat == b.Istat })
}

// describe names a selection, the same for the same words and comuni, so that a
// run that was cut off is known again.
func describe(words string, comuni registry.Roll) string {
	codes := make([]string, comuni.Len())
	for i := range codes {
		codes[i] = comuni.Istat(i)
	}
	all := strings.Join(codes, " ")
	if words == "" && len(codes) <= few {
		return "comuni " + all
	}
	sum := sha256.Sum256([]byte(all))
	return fmt.Sprintf("%s (%d comuni, %s)", cmp.Or(words, "lista"), len(codes), hex.EncodeToString(sum[:6]))
}

// newRunID is unique and sorts by time.
func newRunID(at time.Time) string {
	var tail [3]byte
	rand.Read(tail[:]) //nolint:errcheck // it never fails since Go 1.24
	return "r" + at.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(tail[:])
}
