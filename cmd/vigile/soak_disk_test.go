//go:build unix

package main

// A disk that is full, and two processes on one folder: the program as processes
// of their own over the replica.

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/replica"
)

// apart is what the program needs to crawl the replica in a process of its own.
func apart(t *testing.T, running *replica.Running, dir string) []string {
	t.Helper()
	env := os.Environ()
	for name, value := range toItaly(t, running, dir) {
		env = append(env, name+"="+value)
	}
	return append(env, "VIGILE_NETWORK_PROXY="+way(t, running), "VIGILE_NETWORK_CONTACT=mailto:ced@provincia.example",
		"VIGILE_AGID_VERIFY=false", "VIGILE_CRAWL_SITE_BUDGET=5s", "VIGILE_REGISTRY_MAX_AGE=1h")
}

// ended runs a command to its end, and gives its exit code and what it said.
func ended(t *testing.T, cmd *exec.Cmd) (code int, stderr string) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stderr = &said
	late := time.AfterFunc(5*time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

func TestSoakADiskThatIsFullKeepsWhatWasStored(t *testing.T) {
	comuni := atLength(24, 400)
	running := invented(t, replica.Options{Seed: dice(t).Uint64(), Scale: comuni, Latency: 20 * time.Millisecond})
	dir := t.TempDir()
	env, program := apart(t, running, dir), built(t)
	env = append(env, "VIGILE_CRAWL_SITES_IN_FLIGHT=4")
	path := filepath.Join(dir, "data", "vigile.db")

	// No file may grow beyond a bound, and then beyond a larger one: the system
	// answers as it does where the disk is full.
	var before []string
	for _, blocks := range []int{64, 512} { // of 512 bytes
		cmd := exec.Command("sh", "-c", "ulimit -f "+strconv.Itoa(blocks)+` && exec "$0" "$@"`, program, "crawl", "--tutti")
		cmd.Env = env
		code, said := ended(t, cmd)
		if code == codeDone {
			t.Logf("%d blocks were enough", blocks)
			break
		}
		if !strings.Contains(said, "spazio sul disco") || strings.Contains(said, "goroutine ") {
			t.Errorf("%d blocks: exit code %d\n%s", blocks, code, said)
		}
		run, have := kept(t, path)
		if len(have) < len(before) || !run.Ended.IsZero() {
			t.Errorf("%d blocks: %d kept after %d, ended %v", blocks, len(have), len(before), run.Ended)
		}
		t.Logf("%d blocks: exit code %d, %d of %d kept", blocks, code, len(have), comuni)
		before = have
	}
	cmd := exec.Command(program, "crawl", "--tutti")
	cmd.Env = env
	code, said := ended(t, cmd)
	run, have := kept(t, path)
	if code != codeDone || len(have) != comuni || run.Done != comuni || run.Ended.IsZero() {
		t.Errorf("with room: exit code %d, %d kept, %d done, ended %v\n%s", code, len(have), run.Done, run.Ended, said)
	}
}

func TestSoakTwoProcessesAtOnce(t *testing.T) {
	running := invented(t, replica.Options{Seed: dice(t).Uint64(), Scale: 12, Latency: 150 * time.Millisecond})
	dir := t.TempDir()
	env, program := apart(t, running, dir), built(t)
	env = append(env, "VIGILE_CRAWL_SITES_IN_FLIGHT=2")
	first := setOut(t, program, env, "crawl", "--tutti")
	for range 600 { // until it holds the store
		if _, err := os.Stat(filepath.Join(dir, "data", "vigile.db.lock")); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	refused := 0
	for range atLength(1, 10) {
		cmd := exec.Command(program, "crawl", "--tutti")
		cmd.Env = env
		code, said := ended(t, cmd)
		if first.over() {
			break // meanwhile, so that either answer is right
		}
		if refused++; code != codeNothing || !strings.Contains(said, "pid "+strconv.Itoa(first.cmd.Process.Pid)) {
			t.Errorf("exit code %d, the holder is %d\n%s", code, first.cmd.Process.Pid, said)
		}
	}
	if refused == 0 {
		t.Error("nobody was refused")
	}
	if alive, _ := first.kill(5 * time.Minute); alive {
		t.Fatalf("the first did not end well:\n%s", strings.Join(first.said, "\n"))
	}
	if run, have := kept(t, filepath.Join(dir, "data", "vigile.db")); len(have) != 12 || run.Ended.IsZero() {
		t.Errorf("%d kept, ended %v", len(have), run.Ended)
	}
}
