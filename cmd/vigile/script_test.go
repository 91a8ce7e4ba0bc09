package main

// The scripts in testdata/script, one a command, run against the invented Italy
// of internal/replica: in this process, over loopback.

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/replica"
	"github.com/vigile-it/vigile/store/bolt"
)

// italy puts the invented Italy on loopback for the length of a test.
func italy(t *testing.T) *replica.Running { return someItaly(t, 0) }

// someItaly is the first comuni of the invented Italy; 0: all.
func someItaly(t *testing.T, comuni int) *replica.Running {
	t.Helper()
	return invite(t, replica.Options{Comuni: comuni}, manners{})
}

// toItaly is the environment that leads the program into the invented Italy.
func toItaly(t *testing.T, running *replica.Running, dir string) map[string]string {
	t.Helper()
	roots := filepath.Join(dir, "roots.pem")
	for name, data := range map[string][]byte{roots: running.RootPEM(), filepath.Join(dir, "enti.csv"): running.EntiCSV()} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var ports []string
	for _, address := range []string{running.IPAURL(), running.AgIDURL()} {
		port, err := portOf(address)
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, strconv.Itoa(port))
	}
	return map[string]string{
		"VIGILE_DATA_DIR":                        filepath.Join(dir, "data"),
		"VIGILE_NETWORK_RESOLVER":                running.Resolver(),
		"VIGILE_NETWORK_CA_FILE":                 roots,
		"VIGILE_NETWORK_ALLOW_PRIVATE_ADDRESSES": "true",
		"VIGILE_NETWORK_EXTRA_PORTS":             strings.Join(ports, ","),
		"VIGILE_REGISTRY_IPA_URL":                running.IPAURL(),
		"VIGILE_REGISTRY_ISTAT_URL":              running.ISTATURL(),
		"VIGILE_AGID_BASE_URL":                   running.AgIDURL(),
		"VIGILE_CRAWL_PER_HOST_DELAY":            "0s",
		"VIGILE_CRAWL_PER_ADDRESS_IN_FLIGHT":     "1000",
	}
}

// session is what the commands of one script share.
type session struct {
	world world
	stdin string
	code  int
}

func TestScripts(t *testing.T) {
	running := invite(t, replica.Options{}, manners{visitors: parallel()}) // scripts run beside each other
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			for name, value := range toItaly(t, running, env.WorkDir) {
				env.Setenv(name, value)
			}
			env.Values["session"] = &session{world: world{redial: running.Redial, agidGap: time.Millisecond}}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"vigile": runVigile,
			"exit":   checkExit,
			"typed":  setStdin,
			"held":   holdStore,
			"mended": func(ts *testscript.TestScript, _ bool, args []string) {
				for _, istat := range args { // of no other script
					ts.Check(running.Mend(istat))
				}
			},
		},
	})
}

// runVigile is "vigile ARGS…"; "! vigile" expects any exit code but 0.
func runVigile(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value("session").(*session)
	var env []string
	names := []string{"VIGILE_CONFIG", "NO_COLOR"}
	for _, k := range config.Default().Settings() {
		names = append(names, k.Env)
	}
	for _, name := range names {
		env = append(env, name+"="+ts.Getenv(name))
	}
	a := &app{stdin: strings.NewReader(s.stdin), stdout: ts.Stdout(), stderr: ts.Stderr(), env: env, now: time.Now, world: s.world}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s.code = a.run(ctx, args)
	if (s.code != 0) != neg {
		ts.Fatalf("vigile %s: exit code %d", strings.Join(args, " "), s.code)
	}
}

// checkExit is "exit N": the exit code of the last vigile.
func checkExit(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("session").(*session)
	if len(args) != 1 || strconv.Itoa(s.code) != args[0] {
		ts.Fatalf("exit code %d, want %s", s.code, strings.Join(args, " "))
	}
}

// setStdin is "typed FILE": what the next vigile reads from standard input.
func setStdin(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("typed FILE")
	}
	ts.Value("session").(*session).stdin = ts.ReadFile(args[0])
}

// holdStore is "held FILE": the store is open elsewhere until the script ends.
func holdStore(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("held FILE")
	}
	s, err := bolt.Open(ts.MkAbs(args[0]), bolt.Options{})
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Close()) })
}

// runContext carries one command line out with the environment given.
func runContext(t *testing.T, ctx context.Context, a *app, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a.stdout = &out
	if a.now == nil {
		a.now = time.Now
	}
	if a.stderr == nil {
		a.stderr = &errs
	} else {
		a.stderr = io.MultiWriter(a.stderr, &errs)
	}
	a.env = nil
	for name, value := range env {
		a.env = append(a.env, name+"="+value)
	}
	code = a.run(ctx, args)
	return code, out.String(), errs.String()
}
