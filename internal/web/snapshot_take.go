package web

// Taking a snapshot: of what has changed since the one before where the store
// can tell, of everything where it cannot.

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

// unchanging is a Store that can pass over the views its reader has. It asks of
// each with a mark that no other content has, and leaves out those known. What it
// gives has no evidence, and is lent until the next is asked for.
// Unpacking is what reading the country costs: by day nothing has changed, and
// while a night runs a few hundred comuni between two scrapes.
type unchanging interface {
	LatestUnless(ctx context.Context, known func(istat string, mark uint64) bool) iter.Seq2[record.Latest, error]
}

// takeSnapshot goes through the store once. The snapshot before it, if there is
// one, lends what is still the same.
func takeSnapshot(ctx context.Context, s Store, a *about, now time.Time, before *snapshot) (*snapshot, error) {
	b := newBuilder(a, now, before)
	views := s.Latest(ctx, report.Query{Brief: true})
	if u, ok := s.(unchanging); ok {
		views = u.LatestUnless(ctx, b.known)
	}
	for l, err := range views {
		if err != nil {
			return nil, fmt.Errorf("counting the comuni: %w", err)
		}
		b.add(l)
	}
	return b.finish(), nil
}

// builder makes a snapshot. It keeps no string of what it is given but copies.
type builder struct {
	*snapshot
	before   []comune          // of the snapshot before
	marks    map[string]uint64 // of the views that are to come
	placeOf  map[place]uint16
	reasonOf map[reasonUse]uint16
	kindOf   map[kind]uint32
	checkSum map[checkCount]int
	reachSum map[reachCount]int
	strings  map[string]string // kept once each
}

// reasonUse is a reason as a finding bears it.
type reasonUse struct {
	reason  finding.Reason
	check   uint16
	verdict uint8
}

// newBuilder goes on with the places, reasons and kinds of the snapshot before, whose
// numbers the comuni lent bear.
func newBuilder(a *about, now time.Time, before *snapshot) *builder {
	b := &builder{
		snapshot: &snapshot{taken: now, about: a, reasons: []finding.Reason{""}}, marks: map[string]uint64{},
		placeOf: map[place]uint16{}, reasonOf: map[reasonUse]uint16{}, kindOf: map[kind]uint32{},
		checkSum: map[checkCount]int{}, reachSum: map[reachCount]int{}, strings: map[string]string{},
	}
	if before != nil {
		const more = 64 // comuni since
		b.before, b.comuni = before.comuni, make([]comune, 0, len(before.comuni)+more)
		b.places, b.reasons, b.kinds = slices.Clone(before.places), slices.Clone(before.reasons), slices.Clone(before.kinds)
		for i, k := range b.kinds {
			b.kindOf[k] = uint32(i)
		}
		b.checks = make([]checkCount, 0, len(before.checks)+more)
	}
	return b
}

// known takes a comune over from the snapshot before, if its view is the same.
func (b *builder) known(istat string, mark uint64) bool {
	i, found := slices.BinarySearchFunc(b.before, istat, func(c comune, istat string) int { return cmp.Compare(c.istat, istat) })
	if !found || b.before[i].mark != mark || mark == 0 {
		b.marks[istat] = mark
		return false
	}
	b.comuni = append(b.comuni, b.before[i])
	return true
}
