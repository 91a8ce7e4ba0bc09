package bolt

// Reading the present views again, for a reader that has most of them.

import (
	"context"
	"hash/maphash"
	"iter"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// marks makes the marks of values; a mark means something in this process alone.
var marks = maphash.MakeSeed()

// LatestUnless gives the present views that are not known, as they are counted: without
// evidence (see record.Latest.ReadBare), and lent until the next is asked for. known is
// asked of every view, in the order of the comuni, with a mark of its content that is
// never 0: two views of a comune with one mark are the same. It must not ask the store.
func (s *Store) LatestUnless(ctx context.Context, known func(istat string, mark uint64) bool) iter.Seq2[record.Latest, error] {
	unknown := func(istat string, value []byte) bool { return !known(istat, maphash.Bytes(marks, value)|1) }
	return s.latest(ctx, store.Query{}, unknown, s.bare)
}

// bare reads a view as it is counted into one that is let go.
func (s *Store) bare(_ context.Context, p pair, l *record.Latest) error {
	_, _, packed, err := splitView(p.value)
	if err != nil {
		return err
	}
	return s.codec.unpackBare(packed, l)
}
