package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// kept is a store of one comune with two visits and one run.
type kept struct{ store.Store }

func visit(minute int, f finding.Finding) record.Assessment {
	a := record.Assessment{Run: "r1", Started: time.Date(2026, 11, 22, 1, minute, 0, 0, time.UTC), Visit: page.Visit{Reach: page.ReachOK}}
	a.Comune.Istat, a.Comune.Name, a.Comune.Province = "054051", "Spoleto", "PG"
	f.Check, f.Nature = "https", finding.Obligation
	a.Findings = []finding.Finding{f}
	return a
}

func (kept) History(_ context.Context, istat string, _ int) ([]record.Assessment, error) {
	if istat != "054051" {
		return nil, store.ErrClosed
	}
	return []record.Assessment{visit(1, finding.Finding{Verdict: finding.Pass}), visit(0, finding.Finding{Verdict: finding.Fail, Reason: "https_refused"})}, nil
}

func (k kept) Latest(ctx context.Context, q store.Query) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		a := visit(1, finding.Finding{Verdict: finding.Pass})
		if l, _ := (record.Latest{}).Take(a, "2026-11-22"); q.MatchComune(a.Comune.Istat, a.Comune.Province, a.Comune.Region) {
			yield(l, nil)
		}
	}
}

func (kept) Changes(_ context.Context, from, _ time.Time, _ store.Query) iter.Seq2[record.Change, error] {
	return func(yield func(record.Change, error) bool) {
		yield(record.Change{Istat: "054051", At: from}, nil)
		yield(record.Change{}, store.ErrClosed)
	}
}

func (kept) Runs(_ context.Context, kind record.RunKind, limit int) ([]record.Run, error) {
	return []record.Run{{ID: "r1", Kind: kind, Expected: limit}}, nil
}

func (kept) Nights(context.Context, int) ([]record.NightTally, error) {
	return []record.NightTally{{Night: "2026-11-22", Expected: 7}}, nil
}

// file is what a back-up of kept is: longer than a piece, and no text.
func file() []byte {
	b := make([]byte, 3*backupPiece+17)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return b
}

func (kept) Backup(_ context.Context, w io.Writer) (int64, error) {
	n, err := w.Write(file())
	return int64(n), err
}

// failing is a store whose back-up breaks off: at once, or when its context ends.
type failing struct {
	kept
	wait bool
}

func (f failing) Backup(ctx context.Context, w io.Writer) (int64, error) {
	n, err := w.Write(file())
	if f.wait {
		<-ctx.Done()
	}
	return int64(n), errors.Join(err, errors.New("no more"))
}

// served is the client of a store that another side has.
func served(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	o.DataDir = dir
	if o.Source == nil {
		o.Source = kept{}
	}
	s, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestAnotherProcessReadsTheSame(t *testing.T) {
	short, err := os.MkdirTemp("", "v")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(short) })
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for network, dir := range map[string]string{"unix": short, "tcp": long} {
		t.Run(network, func(t *testing.T) {
			c := served(t, dir, Options{})
			if c.address.Network != network {
				t.Fatalf("it listens on %s", c.address.Network)
			}
			info, err := os.Stat(filepath.Join(dir, addressFile))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file: %v, %v", info.Mode(), err)
			}
			if network == "unix" {
				if info, err := os.Stat(c.address.Address); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("the socket: %v, %v", info.Mode(), err)
				}
			}
			ctx := t.Context()
			want, _ := kept{}.History(ctx, "054051", 0)
			got, err := c.History(ctx, "054051", 0)
			if d := cmp.Diff(want, got); d != "" || err != nil || len(got) != 2 {
				t.Errorf("history: %v\n%s", err, d)
			}
			if _, err := c.History(ctx, "1", 0); !errors.Is(err, store.ErrClosed) {
				t.Errorf("an error of the other side: %v", err)
			}
			seen := 0
			for _, province := range []string{"TR", "PG"} {
				for l, err := range c.Latest(ctx, store.Query{Province: province}) {
					if err != nil || l.Comune.Name != "Spoleto" {
						t.Errorf("latest: %v, %v", l, err)
					}
					seen++
				}
			}
			from := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
			for ch, err := range c.Changes(ctx, from, time.Time{}, store.Query{}) {
				if (err != nil) != (seen == 2) || err == nil && !ch.At.Equal(from) {
					t.Errorf("changes: %v, %v", ch, err)
				}
				seen++
			}
			for range c.Changes(ctx, from, time.Time{}, store.Query{}) {
				break
			}
			runs, err := c.Runs(ctx, "", 1)
			if err != nil || len(runs) != 1 || runs[0].ID != "r1" || runs[0].Expected != 1 {
				t.Errorf("runs: %v, %v", runs, err)
			}
			nights, err := c.Nights(ctx, 1)
			if err != nil || len(nights) != 1 || nights[0].Expected != 7 || seen != 3 {
				t.Errorf("nights: %v, %v; %d seen", nights, err, seen)
			}
			var copied bytes.Buffer
			if n, err := c.Backup(ctx, &copied); err != nil || n != int64(len(file())) || !bytes.Equal(copied.Bytes(), file()) {
				t.Errorf("back-up: %d bytes, %v", n, err)
			}
			if err := c.Append(ctx); !errors.Is(err, store.ErrReadOnly) {
				t.Errorf("append: %v", err)
			}
			if err := c.Crawl(ctx, "x", func(json.RawMessage) error { return nil }); err == nil {
				t.Error("a crawl was taken")
			}
			stranger := &Store{address: c.address, http: c.http}
			stranger.address.Token = "guess"
			if _, err := stranger.Runs(ctx, "", 1); (err != nil) != (network == "tcp") {
				t.Errorf("with another token: %v", err)
			}
		})
	}
}

func TestABackupThatBreaksOffIsAnError(t *testing.T) {
	dir, err := os.MkdirTemp("", "v")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := served(t, dir, Options{Source: failing{}})
	if _, err := c.Backup(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), "no more") {
		t.Errorf("the other side failed: %v", err)
	}
	full := errors.New("disk full")
	if _, err := c.Backup(t.Context(), writerFunc(func([]byte) (int, error) { return 0, full })); !errors.Is(err, full) {
		t.Errorf("this side failed: %v", err)
	}
	other, err := os.MkdirTemp("", "v")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(other) })
	c = served(t, other, Options{Source: failing{wait: true}})
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := c.Backup(ctx, writerFunc(func(b []byte) (int, error) { cancel(); return len(b), nil })); !errors.Is(err, context.Canceled) {
		t.Errorf("somebody stopped it: %v", err)
	}
}

func TestACrawlIsToldAndStopped(t *testing.T) {
	dir, err := os.MkdirTemp("", "v")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := served(t, dir, Options{Crawl: func(ctx context.Context, request json.RawMessage, say func(any) error) error {
		if err := say(request); err != nil {
			return err
		}
		<-ctx.Done()
		return say("interrupted")
	}})
	ctx, cancel := context.WithCancel(t.Context())
	var told []string
	err = c.Crawl(ctx, "Spoleto", func(v json.RawMessage) error {
		told = append(told, string(v))
		cancel()
		return nil
	})
	if d := cmp.Diff([]string{`"Spoleto"`, `"interrupted"`}, told); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
}

func TestOneThatBreaksOffIsGone(t *testing.T) {
	dir, err := os.MkdirTemp("", "v")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := served(t, dir, Options{Crawl: func(context.Context, json.RawMessage, func(any) error) error { panic(http.ErrAbortHandler) }})
	var gone *GoneError
	if err := c.Crawl(t.Context(), "Spoleto", func(json.RawMessage) error { return nil }); !errors.As(err, &gone) || gone.PID != os.Getpid() {
		t.Errorf("%v", err)
	}
}

func TestNobodyIsThere(t *testing.T) {
	dir := t.TempDir()
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNobody) {
		t.Errorf("no file: %v", err)
	}
	for _, left := range []string{"", "{", `{"network":"unix","address":"/nowhere/s","pid":1}`, `{"network":"tcp","address":"127.0.0.1:1","pid":1}`} {
		if err := os.WriteFile(filepath.Join(dir, addressFile), []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNobody) {
			t.Errorf("left behind %q: %v", left, err)
		}
	}
}
