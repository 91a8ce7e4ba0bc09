package main

// kill -9 at random points of a crawl: nothing that was finished two seconds
// before is lost, the store is whole, and the same command goes on.

import (
	"bufio"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/replica"
	"github.com/vigile-it/vigile/store/bolt"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// old is how old a result may not be and still be lost.
const old = 2 * time.Second

// victim is a crawl in a process of its own.
type victim struct {
	cmd  *exec.Cmd
	read chan struct{} // closed when it has said its last

	mu      sync.Mutex
	done    map[string]time.Time // names of comuni, by when they were said to be done
	resumed int                  // comuni that it found done
	said    []string
}

var (
	lineDone    = regexp.MustCompile(`^\d+ di \d+: (.+), [^,]+$`)
	lineResumed = regexp.MustCompile(`^(\d+) comun[ei] già fatt`)
)

func setOut(t *testing.T, program string, env []string, args ...string) *victim {
	t.Helper()
	v := &victim{cmd: exec.Command(program, args...), done: map[string]time.Time{}, read: make(chan struct{})}
	v.cmd.Env = env
	stderr, err := v.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(v.read)
		for s := bufio.NewScanner(stderr); s.Scan(); {
			v.hear(s.Text())
		}
	}()
	return v
}

func (v *victim) hear(line string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.said = append(v.said, line)
	if m := lineDone.FindStringSubmatch(line); m != nil {
		v.done[m[1]] = time.Now()
	}
	if m := lineResumed.FindStringSubmatch(line); m != nil {
		v.resumed, _ = strconv.Atoi(m[1])
	}
}

// over tells whether it has said its last.
func (v *victim) over() bool {
	select {
	case <-v.read:
		return true
	default:
		return false
	}
}

// far waits until it has said of so many comuni that they are done, or its last.
func (v *victim) far(comuni int) {
	for tick := time.NewTicker(10 * time.Millisecond); ; <-tick.C {
		v.mu.Lock()
		n := len(v.done)
		v.mu.Unlock()
		if n >= comuni || v.over() {
			tick.Stop()
			return
		}
	}
}

// kill ends it after a while, as the kernel would, and tells whether it was
// still running and which comuni were done long before.
func (v *victim) kill(after time.Duration) (alive bool, owed []string) {
	late := time.NewTimer(after)
	defer late.Stop()
	select {
	case <-v.read:
		return v.cmd.Wait() != nil, nil
	case <-late.C:
	}
	at := time.Now()
	v.cmd.Process.Kill() // of its own, by its id
	<-v.read
	v.cmd.Wait()
	for name, when := range v.done {
		if at.Sub(when) > old {
			owed = append(owed, name)
		}
	}
	return true, owed
}

// kept opens the store, checks it, and gives its newest run with the comuni that
// it has assessed. No store is no run.
func kept(t *testing.T, path string) (run record.Run, codes []string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		return run, nil
	}
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs, err := s.Runs(t.Context(), "", 10)
	if err != nil || len(runs) > 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	if len(runs) == 0 {
		return run, nil
	}
	if codes, err = s.Assessed(t.Context(), runs[0].ID); err != nil {
		t.Fatal(err)
	}
	for _, code := range codes {
		if past, err := s.History(t.Context(), code, 0); err != nil || len(past) != 1 {
			t.Errorf("%s is there %d times, %v", code, len(past), err)
		}
	}
	return runs[0], codes
}

func TestSoakKilledAtAnyMomentNothingOldIsLost(t *testing.T) {
	r := dice(t)
	comuni, times := 60, atLength(3, 50) // of more the program does not say each
	if n, err := strconv.Atoi(os.Getenv("VIGILE_SOAK_KILLS")); err == nil {
		times = n
	}
	running := invented(t, replica.Options{Seed: r.Uint64(), Scale: comuni, Latency: atLength(40*time.Millisecond, 250*time.Millisecond)})
	dir := t.TempDir()
	env := os.Environ()
	for name, value := range toItaly(t, running, dir) {
		env = append(env, name+"="+value)
	}
	env = append(env, "VIGILE_NETWORK_PROXY="+way(t, running), "VIGILE_NETWORK_CONTACT=mailto:ced@provincia.example",
		"VIGILE_AGID_VERIFY=false", "VIGILE_CRAWL_SITES_IN_FLIGHT="+strconv.Itoa(max(1, 30/max(times, 10))), "VIGILE_CRAWL_SITE_BUDGET="+atLength("5s", "20s"), "VIGILE_REGISTRY_MAX_AGE=1h")
	program, args := built(t), []string{"crawl", "--tutti"}
	path := filepath.Join(dir, "data", "vigile.db")
	codes, hosts := map[string]string{}, map[string]string{}
	for _, c := range running.Comuni() {
		codes[c.Name], hosts[c.Istat] = c.Istat, c.Host
	}

	var run record.Run
	var before []string
	asked := map[string]int{} // requests, by the ISTAT code of what is kept
	lost, killed := 0, 0
	for killed < times {
		v := setOut(t, program, env, args...)
		v.far(r.IntN(2)) // of none: also while it starts
		after := between(r, 0, 3*time.Second)
		alive, owed := v.kill(after)
		now, have := kept(t, path)
		if run.ID != "" && now.ID != run.ID {
			t.Fatalf("another run: %s after %s\n%s", now.ID, run.ID, strings.Join(v.said, "\n"))
		}
		if v.resumed > 0 && v.resumed != len(before) {
			t.Errorf("it went on from %d, and %d were kept", v.resumed, len(before))
		}
		for _, name := range owed {
			if code := codes[name]; code == "" || !slices.Contains(have, code) {
				t.Errorf("kill %d after %v: %q was done more than %v before, and is lost", killed+1, after, name, old)
			}
		}
		for _, code := range before {
			if !slices.Contains(have, code) {
				t.Errorf("kill %d: %s was kept before, and is gone", killed+1, code)
			}
		}
		books := running.Ledger()
		for _, code := range have {
			n, known := asked[code]
			if got := books.Hosts[hosts[code]].Requests; known && got != n {
				t.Errorf("%s was kept, and visited again: %d requests, then %d", code, n, got)
			}
			asked[code] = books.Hosts[hosts[code]].Requests
		}
		run, before = now, have
		if !alive {
			t.Logf("killed %d times, and done before it could be killed again", killed)
			if killed == 0 || len(have) != comuni || now.Ended.IsZero() {
				t.Errorf("%d kept, ended %v:\n%s", len(have), now.Ended, strings.Join(v.said, "\n"))
			}
			return
		}
		killed++
		lost += len(v.done) - (len(have) - v.resumed)
		t.Logf("kill %d after %v: %d of %d kept, %d of them owed", killed, after.Round(time.Millisecond), len(have), comuni, len(owed))
	}
	if soaking() && len(before) == 0 {
		t.Error("no call came far enough to keep anything")
	}
	v := setOut(t, program, env, args...)
	if alive, _ := v.kill(5 * time.Minute); alive {
		t.Fatalf("the last call did not end well:\n%s", strings.Join(v.said, "\n"))
	}
	last, have := kept(t, path)
	if run.ID != "" && last.ID != run.ID || len(have) != comuni || last.Done != comuni || last.Ended.IsZero() {
		t.Errorf("run %s after %s: %d kept, %d done, ended %v", last.ID, run.ID, len(have), last.Done, last.Ended)
	}
	t.Logf("killed %d times; results younger than %v that were lost: %d", killed, old, max(0, lost))
}
