package remote

// The side that is asked.

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// maxRequest bounds what is asked: the rows of every comune are five megabytes.
const maxRequest = 64 << 20

// Source is what is asked: a store.Store that counts its nights, and writes all
// of itself as a file.
type Source interface {
	store.Store
	Nights(ctx context.Context, limit int) ([]record.NightTally, error)
	Backup(ctx context.Context, w io.Writer) (int64, error)
}

// Options say what a Server serves. Source and DataDir are required.
type Options struct {
	DataDir string // where the socket and the file that names it are made
	Source  Source

	// Crawl works on a request and tells each thing through say. It must end when
	// ctx does. nil: crawls are refused.
	Crawl func(ctx context.Context, request json.RawMessage, say func(any) error) error

	Logger *slog.Logger // nil: silent
}

// Server answers other processes of the same user.
type Server struct {
	o        Options
	listener net.Listener
	http     *http.Server
	address  Address
	done     chan struct{}

	mu     sync.Mutex
	crawls map[string]context.CancelFunc
}

// Listen begins to answer. The socket and the file that names it are gone after
// Close; what an earlier process left behind is replaced.
func Listen(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return nil, fmt.Errorf("remote: %w", err)
	}
	o.DataDir = dir
	s := &Server{o: o, crawls: map[string]context.CancelFunc{}, done: make(chan struct{})}
	if s.listener, s.address, err = listen(dir); err != nil {
		return nil, fmt.Errorf("remote: listening: %w", err)
	}
	if err := s.announce(); err != nil {
		s.listener.Close()
		return nil, fmt.Errorf("remote: %w", err)
	}
	s.http = &http.Server{Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug)}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			o.Logger.Error("other commands are no longer answered", "error", err)
		}
	}()
	return s, nil
}

// listen opens a Unix socket in dir, or, where there can be none (its path is
// too long, the system has none), a port on loopback that asks for a token.
func listen(dir string) (net.Listener, Address, error) {
	a := Address{Protocol: protocol, PID: os.Getpid()}
	path := filepath.Join(dir, socketFile)
	if l, err := listenUnix(dir, path); err == nil {
		a.Network, a.Address = "unix", path
		return l, a, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, a, err
	}
	a.Network, a.Address, a.Token = "tcp", l.Addr().String(), rand.Text()
	return l, a, nil
}

// listenUnix makes the socket in a folder that nobody else can enter, so that
// there is no moment at which others could connect.
func listenUnix(dir, path string) (net.Listener, error) {
	inner, err := os.MkdirTemp(dir, ".sock")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(inner)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(inner, "s"), Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(filepath.Join(inner, "s"), 0o600), os.Rename(filepath.Join(inner, "s"), path)); err != nil {
		l.Close()
		return nil, err
	}
	if c, err := net.DialTimeout("unix", path, time.Second); err != nil { // a path too long, or a system that does not follow the name
		l.Close()
		os.Remove(path)
		return nil, err
	} else {
		c.Close()
	}
	return l, nil
}

// announce writes where to ask.
func (s *Server) announce() error {
	b, err := json.Marshal(s.address)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(s.o.DataDir, "."+addressFile+"*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(b, '\n'))
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), filepath.Join(s.o.DataDir, addressFile))
}

// Close ends the crawls that others asked for, waits for them a little while,
// and ends.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	for _, cancel := range s.crawls {
		cancel()
	}
	s.mu.Unlock()
	os.Remove(filepath.Join(s.o.DataDir, addressFile))
	if s.address.Network == "unix" {
		os.Remove(s.address.Address)
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	<-s.done
	return err
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(method string, serve func(ctx context.Context, body json.RawMessage, say func(any) error) error) {
		mux.HandleFunc("POST /v1/"+method, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, serve) })
	}
	handle("hello", func(_ context.Context, _ json.RawMessage, say func(any) error) error {
		return say(Address{Protocol: protocol, PID: os.Getpid()})
	})
	handle("crawl", s.crawl)
	handle("backup", s.backup)
	handle("stop", func(_ context.Context, body json.RawMessage, _ func(any) error) error {
		var id string
		err := json.Unmarshal(body, &id)
		s.mu.Lock()
		defer s.mu.Unlock()
		if cancel := s.crawls[id]; cancel != nil {
			cancel()
		}
		return err
	})
	for method, read := range s.reads() {
		handle(method, func(ctx context.Context, body json.RawMessage, say func(any) error) error {
			var a asked
			if err := json.Unmarshal(body, &a); err != nil {
				return err
			}
			return read(ctx, a, say)
		})
	}
	return mux
}

// reads are the reading methods.
func (s *Server) reads() map[string]func(context.Context, asked, func(any) error) error {
	from := s.o.Source
	return map[string]func(context.Context, asked, func(any) error) error{
		"latest": func(ctx context.Context, a asked, say func(any) error) error {
			return sayEach(from.Latest(ctx, a.Query), say)
		},
		"changes": func(ctx context.Context, a asked, say func(any) error) error {
			return sayEach(from.Changes(ctx, a.From, a.To, a.Query), say)
		},
		"history": func(ctx context.Context, a asked, say func(any) error) error {
			got, err := from.History(ctx, a.Istat, a.Limit)
			return sayAll(got, err, say)
		},
		"runs": func(ctx context.Context, a asked, say func(any) error) error {
			got, err := from.Runs(ctx, a.Kind, a.Limit)
			return sayAll(got, err, say)
		},
		"nights": func(ctx context.Context, a asked, say func(any) error) error {
			got, err := from.Nights(ctx, a.Limit)
			return sayAll(got, err, say)
		},
	}
}

func sayEach[T any](values iter.Seq2[T, error], say func(any) error) error {
	for v, err := range values {
		if err == nil {
			err = say(v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func sayAll[T any](values []T, err error, say func(any) error) error {
	for _, v := range values {
		if err == nil {
			err = say(v)
		}
	}
	return err
}

// serve reads a request, lets it be answered, and says how that ended.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, answer func(context.Context, json.RawMessage, func(any) error) error) {
	if s.address.Network == "tcp" && subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.address.Token)) != 1 {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := json.NewEncoder(w)
	flush := http.NewResponseController(w)
	var mu sync.Mutex
	say := func(v any) error {
		raw, err := json.Marshal(v)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/v1/backup" { // the store cannot grow while somebody does not read on
			if err := flush.SetWriteDeadline(time.Now().Add(readOnTime)); err != nil {
				return err
			}
		}
		if err := out.Encode(line{V: raw}); err != nil {
			return err
		}
		if r.URL.Path == "/v1/crawl" { // somebody waits for each line
			return flush.Flush()
		}
		return nil
	}
	last := line{End: true}
	if err := answer(r.Context(), body, say); err != nil {
		last = failed(err)
	}
	mu.Lock()
	defer mu.Unlock()
	out.Encode(last) //nolint:errcheck // the reader has gone
}

// failed is how an error ends an answer.
func failed(err error) line {
	var damaged *store.CorruptError
	switch {
	case errors.Is(err, store.ErrClosed):
		return line{Error: err.Error(), Kind: kindClosed}
	case errors.As(err, &damaged):
		return line{Error: damaged.Err.Error(), Kind: kindCorrupt, Path: damaged.Path}
	}
	return line{Error: err.Error()}
}

// readOnTime is what the other side of a back-up may take for one piece.
const readOnTime = 30 * time.Second

// backup tells the file of the store as it is now, piece by piece.
func (s *Server) backup(ctx context.Context, _ json.RawMessage, say func(any) error) error {
	pieces := bufio.NewWriterSize(writerFunc(func(b []byte) (int, error) {
		for piece := range slices.Chunk(b, backupPiece) {
			if err := say(piece); err != nil {
				return 0, err
			}
		}
		return len(b), nil
	}), backupPiece)
	if _, err := s.o.Source.Backup(ctx, pieces); err != nil {
		return err
	}
	return pieces.Flush()
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// crawl gives a crawl a name by which it can be stopped, said first.
func (s *Server) crawl(ctx context.Context, body json.RawMessage, say func(any) error) error {
	if s.o.Crawl == nil {
		return errors.New("crawls are not taken")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	id := rand.Text()
	s.mu.Lock()
	s.crawls[id] = cancel
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.crawls, id)
		s.mu.Unlock()
	}()
	if err := say(id); err != nil {
		return err
	}
	return s.o.Crawl(ctx, body, say)
}
