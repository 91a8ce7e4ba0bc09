package store

// The errors a caller of a store decides on.

import (
	"errors"
	"fmt"
	"time"
)

// ErrClosed is returned by a store that was closed.
var ErrClosed = errors.New("store: closed")

// ErrReadOnly is returned for a write to a store that was opened to read.
var ErrReadOnly = errors.New("store: opened read-only")

// Holder is a process that has a store open. The zero Holder is a process that
// could not be told.
type Holder struct {
	PID      int       `json:"pid"`
	Command  string    `json:"command"`
	Since    time.Time `json:"since"`
	ReadOnly bool      `json:"read_only,omitzero"`
}

// LockedError is returned where another process has the store open.
type LockedError struct {
	Path   string
	Holder Holder
}

func (e *LockedError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("store %s is in use by another process", e.Path)
	}
	return fmt.Sprintf("store %s is in use by process %d (%s) since %s",
		e.Path, e.Holder.PID, e.Holder.Command, e.Holder.Since.UTC().Format(time.RFC3339))
}

// CorruptError is returned where what is stored cannot be what was written. The
// store has not been changed.
type CorruptError struct {
	Path string
	Err  error
}

func (e *CorruptError) Error() string { return fmt.Sprintf("store %s is damaged: %v", e.Path, e.Err) }

func (e *CorruptError) Unwrap() error { return e.Err }

// FullError is returned for a write that found no room. What was kept before is
// whole, and of the write nothing is kept.
type FullError struct {
	Path string
	Err  error
}

func (e *FullError) Error() string { return fmt.Sprintf("no room for store %s: %v", e.Path, e.Err) }

func (e *FullError) Unwrap() error { return e.Err }

// NewerError is returned for a store written by a later version of vigile. The
// store has not been changed.
type NewerError struct {
	Path  string
	Found int // version of its layout
	Known int // the newest this program knows
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("store %s has layout %d, written by a later version of vigile; this one knows up to %d", e.Path, e.Found, e.Known)
}

// OlderError is returned for a store of an earlier layout that was opened to
// read: it is brought forward when it is opened to write. The store has not been
// changed.
type OlderError struct {
	Path  string
	Found int // version of its layout
	Known int // the one it would get
}

func (e *OlderError) Error() string {
	return fmt.Sprintf("store %s has layout %d, of an earlier version of vigile, and was opened only to be read; this one writes %d", e.Path, e.Found, e.Known)
}

// RunError is returned where a run is not what the call takes it for.
type RunError struct {
	ID  string
	Why string
}

func (e *RunError) Error() string { return fmt.Sprintf("run %q: %s", e.ID, e.Why) }

// InvalidError is returned for an assessment, a run or a query that cannot be
// kept or answered.
type InvalidError struct {
	What string // the ISTAT code or run id
	Why  string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("%q: %s", e.What, e.Why) }
