package bolt

// What only another process can show: who holds the lock, and what a kill
// leaves behind. The test binary starts itself again for that.

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/storetest"

	"github.com/vigile-it/vigile/internal/need"
)

// part is the variable that tells the test binary to be a child, and which.
const part = "VIGILE_BOLT_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(part) {
	case "":
		goleak.VerifyTestMain(m)
	case "hold", "read":
		child(func(path string) error { return hold(path, os.Getenv(part) == "read") })
	case "append":
		child(appendForEver)
	}
}

func child(f func(path string) error) {
	if err := f(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// hold keeps the store open until its standard input ends.
func hold(path string, readOnly bool) error {
	s, err := Open(path, Options{Command: "vigile serve", ReadOnly: readOnly})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, s.Close())
}

// appendForEver appends batches of three comuni and says each one that is kept.
func appendForEver(path string) error {
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := s.Begin(ctx, storetest.RunOf("run", record.Request, storetest.Dawn)); err != nil {
		return err
	}
	runs, err := s.History(ctx, storetest.Comune(0).Istat, 0)
	if err != nil {
		return err
	}
	for n := len(runs); ; n++ {
		var batch []record.Assessment
		for i := range 3 {
			batch = append(batch, storetest.Assessment(i, n%4/2, "run", storetest.Dawn.Add(time.Duration(n)*time.Minute)))
		}
		if err := s.Append(ctx, batch...); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// start starts a child and returns its output and a function that ends it by
// closing its input and waiting.
func start(t *testing.T, role, path string) (*exec.Cmd, *bufio.Scanner, func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], path)
	cmd.Env = append(os.Environ(), part+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func() {
		if !ended {
			ended = true
			in.Close()
			cmd.Wait()
		}
	}
	t.Cleanup(end)
	return cmd, bufio.NewScanner(out), end
}

func TestASecondProcessIsToldWhoHoldsTheStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigile.db")
	cmd, out, end := start(t, "hold", path)
	if !out.Scan() {
		t.Fatal("the child did not open the store")
	}
	for _, readOnly := range []bool{false, true} {
		_, err := Open(path, Options{Wait: 100 * time.Millisecond, ReadOnly: readOnly})
		var locked *store.LockedError
		if !errors.As(err, &locked) {
			t.Fatalf("read-only %t: got %v, want a *store.LockedError", readOnly, err)
		}
		if locked.Path != path || locked.Holder.PID != cmd.Process.Pid || locked.Holder.Command != "vigile serve" || locked.Holder.Since.IsZero() {
			t.Errorf("got %+v, want process %d", locked, cmd.Process.Pid)
		}
		if want := fmt.Sprintf("process %d (vigile serve)", cmd.Process.Pid); !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	end()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatalf("after the holder closed: %v", err)
	}
	s.Close()
	if _, err := os.Stat(holderPath(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the holder file is still there: %v", err)
	}
}

func TestReadersShareTheStoreAndKeepAWriterOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigile.db")
	openAt(t, path, Options{}).Close()
	cmd, out, _ := start(t, "read", path)
	if !out.Scan() {
		t.Fatal("the child did not open the store")
	}
	s := openAt(t, path, Options{ReadOnly: true})
	if err := s.Begin(context.Background(), storetest.RunOf("x", record.Request, storetest.Dawn)); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("writing: got %v", err)
	}
	s.Close()
	var locked *store.LockedError
	if _, err := Open(path, Options{Wait: 60 * time.Millisecond}); !errors.As(err, &locked) || locked.Holder.PID != cmd.Process.Pid || !locked.Holder.ReadOnly {
		t.Errorf("got %v, want the reader %d", err, cmd.Process.Pid)
	}
}

func TestAHolderThatDiedIsNotNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigile.db")
	cmd, out, end := start(t, "hold", path)
	out.Scan()
	cmd.Process.Kill()
	end()
	if _, err := os.Stat(holderPath(path)); err != nil {
		t.Fatalf("the kill should leave the holder file: %v", err)
	}
	if h := readHolder(path); h != (store.Holder{}) {
		t.Errorf("got %+v", h)
	}
	s := openAt(t, path, Options{Command: "next"}) // the lock died with the process
	if h := readHolder(path); h.PID != os.Getpid() || h.Command != "next" {
		t.Errorf("got %+v", h)
	}
	s.Close()
}

func TestAKillLosesNothingThatWasKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigile.db")
	last := -1
	for _, more := range []int{1, 4, 2, 9, 6} { // batches until the kill
		cmd, out, end := start(t, "append", path)
		for range more {
			if !out.Scan() {
				t.Fatal("the child stopped by itself")
			}
			if _, err := fmt.Sscan(out.Text(), &last); err != nil {
				t.Fatal(err)
			}
		}
		cmd.Process.Kill()
		for out.Scan() { // what it said before the kill reached it counts too
			fmt.Sscan(out.Text(), &last)
		}
		end()
		checkAfterKill(t, path, last)
	}
}

func checkAfterKill(t *testing.T, path string, last int) {
	t.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 3 {
		as, err := s.History(context.Background(), storetest.Comune(i).Istat, 0)
		if err != nil {
			t.Fatal(err)
		}
		// One batch may have been kept without its word having come through.
		if len(as) != last+1 && len(as) != last+2 {
			t.Errorf("comune %d has %d assessments, and %d were said to be kept", i, len(as), last+1)
		}
	}
	if err := s.Check(context.Background()); err != nil {
		t.Errorf("after a kill: %v", err)
	}
}

func sum(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d bytes %x", len(b), sha256.Sum256(b))
}

func TestTheStoreIsForItsOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		need.Missing(t, "permissions", "Windows keeps no permission bits")
	}
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, "vigile.db")
	openAt(t, path, Options{})
	for name, want := range map[string]fs.FileMode{dir: 0o700, path: 0o600, holderPath(path): 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(name), got, want)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
}
