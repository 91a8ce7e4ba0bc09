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

// LatestUnless is Latest without the views that are known. known is asked of
// every view of the query, in the order of the comuni, with a mark of its
// content that is never 0: two views of a comune with one mark are the same. It
// must not ask the store.
func (s *Store) LatestUnless(ctx context.Context, q store.Query, known func(istat string, mark uint64) bool) iter.Seq2[record.Latest, error] {
	return s.latest(ctx, q, func(istat string, value []byte) bool { return !known(istat, maphash.Bytes(marks, value)|1) })
}
