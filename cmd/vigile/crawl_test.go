package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/nightly"
)

// stopAfter ends a context when a line has been written so many times.
type stopAfter struct {
	mark string
	n    int
	stop func()

	mu sync.Mutex
}

func (s *stopAfter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Contains(string(p), s.mark) {
		if s.n--; s.n == 0 {
			s.stop()
		}
	}
	return len(p), nil
}

func TestCtrlCKeepsWhatWasMeasuredAndTheSameCommandGoesOn(t *testing.T) {
	running := italy(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	env := toItaly(t, running, t.TempDir())
	env["VIGILE_CRAWL_SITES_IN_FLIGHT"] = "1"
	args := []string{"crawl", "--format", "json"}
	for _, c := range running.Comuni()[:8] {
		args = append(args, "--comune", c.Istat)
	}

	ctx, cancel := context.WithCancel(t.Context())
	a := &app{world: world{redial: running.Redial, agidGap: time.Millisecond}, stderr: &stopAfter{mark: " di 8: ", n: 3, stop: cancel}}
	code, stdout, stderr := runContext(t, ctx, a, env, args...)
	if code != codeInterrupted {
		t.Fatalf("exit code %d, want %d\n%s", code, codeInterrupted, stderr)
	}
	first := result(t, stdout)
	if n := len(first.Comuni); n < 3 || n > 4 || !first.Run.Ended.IsZero() {
		t.Fatalf("%d comuni measured, run ended at %v", n, first.Run.Ended)
	}
	if !strings.Contains(stderr, "un altro Ctrl-C esce subito") || !strings.Contains(stderr, "di 8 comuni misurati e conservati") {
		t.Errorf("what was said:\n%s", stderr)
	}

	code, stdout, stderr = runContext(t, t.Context(), &app{world: world{redial: running.Redial, agidGap: time.Millisecond}}, env, args...)
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	second := result(t, stdout)
	if second.Run.ID != first.Run.ID || len(second.Comuni) != 8 || second.Run.Done != 8 || second.Run.Ended.IsZero() {
		t.Errorf("the second call made run %s of %d, want %s of 8", second.Run.ID, len(second.Comuni), first.Run.ID)
	}
	if !strings.Contains(stderr, "già fatti oggi") || strings.Contains(stderr, "1 di 8:") {
		t.Errorf("what was said:\n%s", stderr)
	}

	code, stdout, _ = runContext(t, t.Context(), &app{world: world{redial: running.Redial, agidGap: time.Millisecond}}, env, args...)
	if third := result(t, stdout); code != codeDone || third.Run.ID == first.Run.ID {
		t.Errorf("a run that was finished went on: exit code %d, run %s", code, third.Run.ID)
	}
}

func result(t *testing.T, stdout string) crawlResult {
	t.Helper()
	var r crawlResult
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v in %q", err, stdout)
	}
	return r
}

func TestCtrlCBeforeAnything(t *testing.T) {
	running := italy(t)
	dir := t.TempDir()
	env := toItaly(t, running, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"crawl", "--comune", "990001"},
		{"crawl", "--comune", "990001", "--registry", filepath.Join(dir, "enti.csv")},
		{"demo", "--once"},
	} {
		code, stdout, stderr := runContext(t, ctx, &app{world: world{redial: running.Redial, agidGap: time.Millisecond}}, env, args...)
		if code != codeInterrupted || stdout != "" {
			t.Errorf("%v: exit code %d, %q\n%s", args, code, stdout, stderr)
		}
	}
}

func TestFailOn(t *testing.T) {
	o := outcome{tally: nightly.Tally{Findings: map[nightly.Word]int{{Verdict: finding.Warn}: 1, {Verdict: finding.Unknown}: 2}}}
	for level, want := range map[string]bool{"": false, "fail": false, "warn": true} {
		if _, met := o.meets(level); met != want {
			t.Errorf("--fail-on %q is met: %v", level, met)
		}
	}
}
