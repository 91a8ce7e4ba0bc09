// Package store says what keeping records means: the interface that every store
// satisfies, what can be asked of it, and the errors a caller decides on. The
// suite in storetest holds each driver to it.
package store

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/vigile-it/vigile/internal/record"
)

// A Store keeps assessments. Its methods may be called from any number of
// goroutines; one writer at a time gets through. Every method honours its
// context. An iterator yields an error at most once, last, and holds no lock
// while its consumer works: what is written meanwhile may or may not be seen,
// but each comune is seen whole and once.
type Store interface {
	// Begin opens a run, which Append needs. A run of that id which is there
	// already is opened again if its kind and start are the same, so that a crawl
	// goes on where it stopped; otherwise the error is a *RunError. A Night
	// without a date is given the date of its start in Rome.
	Begin(ctx context.Context, run record.Run) error

	// Append keeps assessments, all or none. They move the latest view (see
	// record.Latest.Take) and enter the history of their comuni under (istat,
	// started, run). An assessment of a Night replaces the one that an earlier
	// run made of the same comune in the same night; one of a Request never
	// touches what a night left. What exceeds record.Usual is cut off. The error
	// is a *RunError where a run was not begun, an *InvalidError where an
	// assessment cannot be kept.
	Append(ctx context.Context, as ...record.Assessment) error

	// Finish closes a run; done is how many comuni it assessed. The error is a
	// *RunError where the run was not begun.
	Finish(ctx context.Context, runID string, ended time.Time, done int) error

	// Latest goes through the present view of the comuni asked for, by ISTAT code.
	Latest(ctx context.Context, q Query) iter.Seq2[record.Latest, error]

	// History is what is kept of one comune, newest first, at most limit
	// assessments (0: all). A comune never assessed has an empty history. Of an
	// assessment that said the same as the one before only the times are its own
	// (see record.Digest).
	History(ctx context.Context, istat string, limit int) ([]record.Assessment, error)

	// Changes goes through the transitions of the latest view from one moment
	// (included) to another (excluded; zero: no end), oldest first, then by comune
	// and check. A repeated night adds its own, and takes none back.
	Changes(ctx context.Context, from, to time.Time, q Query) iter.Seq2[record.Change, error]

	// Runs are the runs of a kind (empty: of either), newest first, at most limit (0: all).
	Runs(ctx context.Context, kind record.RunKind, limit int) ([]record.Run, error)

	// Close releases the store. It is safe to call twice.
	Close() error
}

// Query narrows what is asked. The zero Query asks for everything; what is set
// must all be met.
type Query struct {
	Istat    []string // ISTAT codes; nil: every comune
	Province string   // two letters
	Region   string   // as the registry has it
	Checks   []string // check ids; nil: every check. A comune with none of them is still seen, without standings

	// Brief asks for record.Latest.Brief of each view, which is much faster.
	Brief bool
}

// MatchComune tells whether the query asks for that comune.
func (q Query) MatchComune(istat, province, region string) bool {
	return (q.Province == "" || q.Province == province) && (q.Region == "" || q.Region == region) &&
		(q.Istat == nil || slices.Contains(q.Istat, istat))
}

// MatchCheck tells whether the query asks for that check.
func (q Query) MatchCheck(id string) bool { return q.Checks == nil || slices.Contains(q.Checks, id) }

// Narrow is the view with the standings that the query asks for. The view given
// is not changed.
func (q Query) Narrow(l record.Latest) record.Latest {
	if q.Checks == nil {
		return l
	}
	var kept []record.Standing
	for _, s := range l.Standings {
		if q.MatchCheck(s.Finding.Check) {
			kept = append(kept, s)
		}
	}
	l.Standings = kept
	return l
}
