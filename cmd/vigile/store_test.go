package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store/bolt"
	"github.com/vigile-it/vigile/store/storetest"
)

// smallStore is a closed store of twenty comuni in dir/data.
func smallStore(t *testing.T, dir string) (path string) {
	t.Helper()
	path = filepath.Join(dir, "data", "vigile.db")
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, run := context.Background(), "2026-11-22"
	if err := s.Begin(ctx, storetest.RunOf(run, record.Night, storetest.Dawn)); err != nil {
		t.Fatal(err)
	}
	var as []record.Assessment
	for i := range 20 {
		as = append(as, storetest.Small(i, 0, run, storetest.Dawn))
	}
	if err := s.Append(ctx, as...); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAStoreThatIsDamagedOrNewerIsRefusedAndUntouched(t *testing.T) {
	for name, c := range map[string]struct {
		change func([]byte) []byte
		code   int
		says   string
	}{
		"of a later version": {func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("layout2"), []byte("layout7")) }, codeUsage, "versione più recente"},
		"cut in half":        {func(b []byte) []byte { return b[:len(b)/2] }, codeInternal, "danneggiat"},
		"a page gone":        {func(b []byte) []byte { clear(b[len(b)/2/4096*4096:][:4096]); return b }, codeInternal, "danneggiat"},
		"empty":              {func([]byte) []byte { return nil }, codeInternal, "danneggiat"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := smallStore(t, dir)
			broken := c.change(read(t, path))
			if err := os.WriteFile(path, broken, 0o600); err != nil {
				t.Fatal(err)
			}
			env := map[string]string{"VIGILE_DATA_DIR": filepath.Dir(path)}
			for _, args := range [][]string{{"store", "check"}, {"store", "compact"}, {"store", "backup", filepath.Join(dir, "copy.db")}} {
				code, stdout, stderr := runContext(t, t.Context(), &app{}, env, args...)
				if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) {
					t.Errorf("%v: exit code %d\n%s%s", args, code, stdout, stderr)
				}
			}
			if !bytes.Equal(read(t, path), broken) {
				t.Error("the file was touched")
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "data", "*")); len(left) != 1 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestABackupIsWholeAndForItsOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	path := smallStore(t, dir)
	env := map[string]string{"VIGILE_DATA_DIR": filepath.Dir(path)}
	file := filepath.Join(dir, "copy.db")
	if code, _, stderr := runContext(t, t.Context(), &app{}, env, "store", "backup", file); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	before := read(t, file)
	if code, _, _ := runContext(t, stopped, &app{}, env, "store", "backup", "--force", file); code != codeInterrupted {
		t.Errorf("stopped: exit code %d", code)
	}
	if !bytes.Equal(before, read(t, file)) {
		t.Error("a back-up that was stopped changed the one before")
	}
	err := placeCopy(file, true, func(w io.Writer) error { _, err := io.WriteString(w, "half"); return err })
	if err == nil || !bytes.Equal(before, read(t, file)) {
		t.Errorf("what is no store took the place of a back-up: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

func TestABackupWhileServeRuns(t *testing.T) {
	running := someItaly(t, 30)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer http.DefaultClient.CloseIdleConnections()
	dir := t.TempDir()
	env := toItaly(t, running, dir)
	env["VIGILE_WEB_LISTEN"] = "127.0.0.1:0"
	path := smallStore(t, dir)
	s := serve(t, world{redial: running.Redial, agidGap: time.Millisecond}, env, "serve")
	file := filepath.Join(dir, "copy.db")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"store", "backup", file}, codeDone, "Copia di riserva"},
		{[]string{"store", "check", file}, codeDone, "integro"},
		{[]string{"store", "check"}, codeNothing, "vigile store backup"},
		{[]string{"store", "compact"}, codeNothing, "in uso da «vigile serve»"},
		{[]string{"store", "backup", "--force", path}, codeUsage, "l'archivio stesso"},
	} {
		code, stdout, stderr := runContext(t, t.Context(), &app{}, env, c.args...)
		if code != c.code || !strings.Contains(stdout+stderr, c.says) {
			t.Errorf("%v: exit code %d\n%s%s", c.args, code, stdout, stderr)
		}
	}
	s.end(t)
	if code, stdout, stderr := runContext(t, t.Context(), &app{}, env, "store", "check", "--format", "json"); code != codeDone || !strings.Contains(stdout, `"comuni": 20,`) {
		t.Errorf("afterwards: exit code %d\n%s%s", code, stdout, stderr)
	}
}

// forgetful is a store that was asked to forget.
type forgetful struct{ kept []time.Duration }

func (f *forgetful) Retain(_ context.Context, keep time.Duration) (int, error) {
	f.kept = append(f.kept, keep)
	return 1, nil
}

func TestOldHistoryGoesAsTheConfigurationSays(t *testing.T) {
	for _, keep := range []time.Duration{0, 400 * 24 * time.Hour} {
		f := &forgetful{}
		c := &crew{cfg: config.Config{Store: config.Store{Keep: keep}}, log: slog.New(slog.DiscardHandler)}
		c.retain(t.Context(), f)
		c.retain(t.Context(), struct{}{}) // a store that keeps everything
		if (len(f.kept) == 1) != (keep > 0) || keep > 0 && f.kept[0] != keep {
			t.Errorf("keeping %v: asked for %v", keep, f.kept)
		}
	}
}

func TestNightsAreToldToProgramsInPlainNumbers(t *testing.T) {
	dir := t.TempDir()
	path := smallStore(t, dir)
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended := storetest.Dawn.Add(90 * time.Minute)
	if err := errors.Join(s.Finish(context.Background(), "2026-11-22", ended, 20), s.Close()); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := runContext(t, t.Context(), &app{}, map[string]string{"VIGILE_DATA_DIR": filepath.Dir(path)}, "nights", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if code != codeDone || err != nil || len(rows) != 2 {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, stdout, stderr)
	}
	want := "night,run,started,ended,expected,comuni,read,fail,warn,unknown,info,not_applicable,pass"
	if got := strings.Join(rows[0], ","); got != want {
		t.Errorf("the columns are %s", got)
	}
	if rows[1][0] != "2026-11-22" || rows[1][3] != ended.UTC().Format(time.RFC3339) {
		t.Errorf("%q", rows[1])
	}
	for i, cell := range rows[1][4:] {
		if _, err := strconv.Atoi(cell); err != nil {
			t.Errorf("%s is %q", rows[0][4+i], cell)
		}
	}
}
