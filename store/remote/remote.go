// Package remote reads the store of a running vigile: while one process holds
// the file, the others ask it. A small file in the data folder, for its owner's
// eyes alone, says where it listens: on a Unix socket of mode 0600, or, where
// there can be none, on loopback with a token.
//
// The protocol is HTTP with one JSON object a line: {"v":…} for each value, and
// at the end {"end":true} or {"error":…}. What breaks off without either is an
// error. Both sides are of the same version, or do not speak.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// protocol changes with the shape of what is sent.
const protocol = 1

// Names in the data folder.
const (
	addressFile = "vigile.service.json"
	socketFile  = "vigile.sock"
)

// Address says where a running vigile is asked.
type Address struct {
	Protocol int    `json:"protocol"`
	Network  string `json:"network"` // unix or tcp
	Address  string `json:"address"`
	Token    string `json:"token,omitzero"` // of tcp
	PID      int    `json:"pid"`
}

// ErrNobody is returned where no vigile is running in a data folder.
var ErrNobody = errors.New("remote: nobody is running there")

// ProtocolError is returned where the vigile that runs is of another version.
type ProtocolError struct{ PID, Theirs, Ours int }

func (e *ProtocolError) Error() string {
	return fmt.Sprintf("process %d speaks version %d of the protocol, this program version %d", e.PID, e.Theirs, e.Ours)
}

// Store reads the store of a running vigile. It is a store.Store whose writing
// methods answer store.ErrReadOnly, and has the Nights of store/bolt.
type Store struct {
	address Address
	http    *http.Client
}

var _ store.Store = (*Store)(nil)

// dialTime is what a process on the same machine may take to answer.
const dialTime = 2 * time.Second

// Dial finds the vigile that runs in a data folder. The error is ErrNobody where
// there is none, or one that does not answer, and a *ProtocolError where it is
// of another version.
func Dial(ctx context.Context, dataDir string) (*Store, error) {
	f, err := os.Open(filepath.Join(dataDir, addressFile))
	if err != nil {
		return nil, ErrNobody
	}
	defer f.Close()
	var a Address
	if err := json.NewDecoder(io.LimitReader(f, 4<<10)).Decode(&a); err != nil {
		return nil, ErrNobody
	}
	s := &Store{address: a, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			d := net.Dialer{Timeout: dialTime}
			return d.DialContext(ctx, a.Network, a.Address)
		},
	}}}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	var hello Address
	if err := s.one(ctx, "hello", nil, &hello); err != nil {
		s.http.CloseIdleConnections()
		return nil, ErrNobody
	}
	if hello.Protocol != protocol {
		s.http.CloseIdleConnections()
		return nil, &ProtocolError{PID: hello.PID, Theirs: hello.Protocol, Ours: protocol}
	}
	return s, nil
}

// A GoneError says that the process that was asked has ended, or broke off in the middle
// of its answer.
type GoneError struct {
	PID    int
	Method string
	Err    error
}

func (e *GoneError) Error() string {
	return fmt.Sprintf("process %d is gone while asked for %s: %v", e.PID, e.Method, e.Err)
}

// Unwrap gives the error of the network.
func (e *GoneError) Unwrap() error { return e.Err }

// line is one line of an answer.
type line struct {
	V     json.RawMessage `json:"v,omitempty"`
	End   bool            `json:"end,omitempty"`
	Error string          `json:"error,omitempty"`
	Kind  string          `json:"kind,omitempty"` // of the error
	Path  string          `json:"path,omitempty"` // of a store that is damaged
}

// The kinds of error that who asked can tell from others.
const (
	kindClosed  = "closed"
	kindCorrupt = "corrupt"
)

// call asks and gives each value to take, until it returns false.
func (s *Store) call(ctx context.Context, method string, args any, take func(json.RawMessage) (bool, error)) error {
	body, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", method, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://vigile/v1/"+method, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.address.Token)
	resp, err := s.http.Do(req)
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &GoneError{PID: s.address.PID, Method: method, Err: err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking process %d for %s: %s", s.address.PID, method, resp.Status)
	}
	lines := json.NewDecoder(resp.Body)
	for {
		var l line
		err := lines.Decode(&l)
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return &GoneError{PID: s.address.PID, Method: method, Err: err}
		case l.End:
			return nil
		case l.Error != "":
			return answered(l)
		}
		if more, err := take(l.V); err != nil || !more {
			return err
		}
	}
}

// answered is an error of the other side.
func answered(l line) error {
	switch l.Kind {
	case kindClosed:
		return store.ErrClosed
	case kindCorrupt:
		return &store.CorruptError{Path: l.Path, Err: errors.New(l.Error)}
	}
	return errors.New(l.Error)
}

// one asks for one value.
func (s *Store) one(ctx context.Context, method string, args, into any) error {
	return s.call(ctx, method, args, func(v json.RawMessage) (bool, error) { return true, json.Unmarshal(v, into) })
}

// each asks for any number of values.
func each[T any](ctx context.Context, s *Store, method string, args any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := s.call(ctx, method, args, func(raw json.RawMessage) (bool, error) {
			var v T
			if err := json.Unmarshal(raw, &v); err != nil {
				return false, fmt.Errorf("reading an answer to %s: %w", method, err)
			}
			return yield(v, nil), nil
		})
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

func all[T any](ctx context.Context, s *Store, method string, args any) ([]T, error) {
	var out []T
	for v, err := range each[T](ctx, s, method, args) {
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// asked are the arguments of the reading methods.
type asked struct {
	Query store.Query    `json:"query,omitzero"`
	Istat string         `json:"istat,omitzero"`
	Kind  record.RunKind `json:"kind,omitzero"`
	Limit int            `json:"limit,omitzero"`
	From  time.Time      `json:"from,omitzero"`
	To    time.Time      `json:"to,omitzero"`
}

// Latest is as store.Store says.
func (s *Store) Latest(ctx context.Context, q store.Query) iter.Seq2[record.Latest, error] {
	return each[record.Latest](ctx, s, "latest", asked{Query: q})
}

// History is as store.Store says.
func (s *Store) History(ctx context.Context, istat string, limit int) ([]record.Assessment, error) {
	return all[record.Assessment](ctx, s, "history", asked{Istat: istat, Limit: limit})
}

// Changes is as store.Store says.
func (s *Store) Changes(ctx context.Context, from, to time.Time, q store.Query) iter.Seq2[record.Change, error] {
	return each[record.Change](ctx, s, "changes", asked{From: from, To: to, Query: q})
}

// Runs is as store.Store says.
func (s *Store) Runs(ctx context.Context, kind record.RunKind, limit int) ([]record.Run, error) {
	return all[record.Run](ctx, s, "runs", asked{Kind: kind, Limit: limit})
}

// Nights are the tallies of the nights that ended, newest first.
func (s *Store) Nights(ctx context.Context, limit int) ([]record.NightTally, error) {
	return all[record.NightTally](ctx, s, "nights", asked{Limit: limit})
}

// backupPiece is how many bytes of a back-up go into one line.
const backupPiece = 256 << 10

// Backup writes the file of the other side's store, as it was when it was asked,
// to w. Where the error is not nil, what was written is not whole.
func (s *Store) Backup(ctx context.Context, w io.Writer) (n int64, err error) {
	err = s.call(ctx, "backup", nil, func(raw json.RawMessage) (bool, error) {
		var piece []byte
		if err := json.Unmarshal(raw, &piece); err != nil {
			return false, fmt.Errorf("reading a back-up: %w", err)
		}
		k, err := w.Write(piece)
		n += int64(k)
		return true, err
	})
	return n, err
}

// Begin answers store.ErrReadOnly.
func (s *Store) Begin(context.Context, record.Run) error { return store.ErrReadOnly }

// Append answers store.ErrReadOnly.
func (s *Store) Append(context.Context, ...record.Assessment) error { return store.ErrReadOnly }

// Finish answers store.ErrReadOnly.
func (s *Store) Finish(context.Context, string, time.Time, int) error { return store.ErrReadOnly }

// Close ends the connection. The other process goes on.
func (s *Store) Close() error {
	s.http.CloseIdleConnections()
	return nil
}

// PID is the process that is asked.
func (s *Store) PID() int { return s.address.PID }

// Crawl has the other process work on what request says, and gives each thing it
// tells to take. When ctx ends it is told to stop, and is listened to until it
// has: what it measured is kept.
func (s *Store) Crawl(ctx context.Context, request any, take func(json.RawMessage) error) error {
	listening, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	stop := make(chan string, 1)
	stopped := context.AfterFunc(ctx, func() {
		late := time.AfterFunc(stopTime, hangUp)
		defer late.Stop()
		select {
		case id := <-stop:
			_ = s.one(listening, "stop", id, &struct{}{}) // where it is not heard, hanging up is
		case <-listening.Done():
		}
		<-listening.Done()
	})
	defer stopped()
	first := true
	return s.call(listening, "crawl", request, func(v json.RawMessage) (bool, error) {
		if first {
			first = false
			var id string
			err := json.Unmarshal(v, &id)
			stop <- id
			return true, err
		}
		return true, take(v)
	})
}

// stopTime is what the other side may take to stop.
const stopTime = 15 * time.Second
