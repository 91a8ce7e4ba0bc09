package web

// Keeping the snapshot: made at most once in a while, by one at a time, and
// not made anew for as long as nobody asks.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// tooOld is how many times its age a snapshot may live while the next is made.
const tooOld = 10

type keeper struct {
	now   func() time.Time
	every time.Duration
	take  func(ctx context.Context, before *snapshot) (*snapshot, error)

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu     sync.Mutex
	kept   *snapshot
	stale  bool    // something has ended since kept was begun
	making *making // nil: nobody is
	closed bool
}

// making is a snapshot being made.
type making struct {
	done     chan struct{} // closed at the end
	outdated bool          // something has ended since it was begun
	made     *snapshot
	err      error
}

func newKeeper(now func() time.Time, every time.Duration, take func(ctx context.Context, before *snapshot) (*snapshot, error)) *keeper {
	ctx, stop := context.WithCancel(context.Background())
	return &keeper{now: now, every: every, take: take, ctx: ctx, stop: stop}
}

// errClosed is returned once the server is closed.
var errClosed = errors.New("web: closed")

// noPatience is that of a reader who takes what there is, unless it is much older.
const noPatience = -1

// get is a snapshot no older than the keeper's age. With patience it waits no
// longer than that for a new one as long as there is one not much older.
func (k *keeper) get(ctx context.Context, patience time.Duration) (*snapshot, error) {
	kept, m, err := k.find()
	if err != nil || m == nil {
		return kept, err
	}
	var late <-chan time.Time
	if patience != 0 && kept != nil && k.age(kept) < tooOld*k.every {
		if patience == noPatience {
			return kept, nil
		}
		timer := time.NewTimer(patience)
		defer timer.Stop()
		late = timer.C
	}
	for {
		select {
		case <-m.done:
			if !m.outdated || m.err != nil {
				return m.made, m.err
			}
		case <-late:
			return kept, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if kept, m, err = k.find(); err != nil || m == nil {
			return kept, err
		}
	}
}

// find is what is kept and, where that is too old, the making of the next.
func (k *keeper) find() (*snapshot, *making, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.closed:
		return nil, nil, errClosed
	case k.kept != nil && k.age(k.kept) < k.every && !k.stale:
		return k.kept, nil, nil
	case k.making == nil:
		k.making, k.stale = &making{done: make(chan struct{})}, false
		before := k.kept
		k.work.Go(func() { k.make(before) })
	}
	return k.kept, k.making, nil
}

// age is how old a snapshot is; one of the future is too old.
func (k *keeper) age(s *snapshot) time.Duration {
	age := k.now().Sub(s.taken)
	if age < 0 {
		return tooOld * k.every
	}
	return age
}

func (k *keeper) make(before *snapshot) {
	made, err := k.taken(before)
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.making
	k.making, m.made, m.err = nil, made, err
	if err == nil {
		k.kept = made
	}
	close(m.done)
}

// taken takes a snapshot; a panic on a damaged store costs that snapshot alone.
func (k *keeper) taken(before *snapshot) (s *snapshot, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("counting the comuni: panic: %v", p)
		}
	}()
	return k.take(k.ctx, before)
}

// renew has the next who asks wait for a new snapshot, however young the one
// kept is, and whatever is being made already.
func (k *keeper) renew() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stale = true
	if k.making != nil {
		k.making.outdated = true
	}
}

func (k *keeper) close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.stop()
	k.work.Wait()
}
