// Package need is what a test asks of the machine it runs on, and what it means
// when that is not there: a skip with a message, or a failure where
// VIGILE_REQUIRE names it. Only tests import it.
package need

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Data returns the folder of real registry dumps and pages that stands beside
// the project, with the elements of path joined to it. Where it is absent the
// test is skipped, or fails if VIGILE_REQUIRE contains "data".
func Data(t testing.TB, path ...string) string {
	t.Helper()
	want := filepath.Join(append([]string{moduleRoot(t), "..", "shared", "data"}, path...)...)
	if _, err := os.Stat(want); err != nil {
		Missing(t, "data", "real data not beside the project: "+filepath.Join(append([]string{"..", "shared", "data"}, path...)...))
	}
	return want
}

// Tool returns the path of a program. Where it is not installed the test is
// skipped, or fails if VIGILE_REQUIRE contains requirement.
func Tool(t testing.TB, requirement, program string) string {
	t.Helper()
	p, err := exec.LookPath(program)
	if err != nil {
		Missing(t, requirement, program+" is not installed")
	}
	return p
}

// Browser returns the paths of Chromium and of axe-core's script. The script is
// the file that VIGILE_AXE names, or bin/axe/node_modules/axe-core/axe.min.js,
// where "make axe" puts it. Where either is absent the
// test is skipped, or fails if VIGILE_REQUIRE contains "browser".
func Browser(t testing.TB) (chromium, axe string) {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			chromium = p
			break
		}
	}
	if chromium == "" {
		Missing(t, "browser", "chromium is not installed")
	}
	axe = os.Getenv("VIGILE_AXE")
	if axe == "" {
		axe = filepath.Join(moduleRoot(t), "bin", "axe", "node_modules", "axe-core", "axe.min.js")
	}
	if _, err := os.Stat(axe); err != nil {
		Missing(t, "browser", "axe-core is not installed (make axe)")
	}
	return chromium, axe
}

// moduleRoot is the folder of go.mod.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}

// Missing skips the test because of what is missing, and notes it in the file
// that VIGILE_SKIPPED names; if VIGILE_REQUIRE contains requirement it fails
// the test instead.
func Missing(t testing.TB, requirement, what string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("VIGILE_REQUIRE"), ","), requirement) {
		t.Fatalf("%s, and VIGILE_REQUIRE asks for %q", what, requirement)
	}
	if name := os.Getenv("VIGILE_SKIPPED"); name != "" {
		if f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
			fmt.Fprintf(f, "%s: %s\n", t.Name(), what)
			f.Close()
		}
	}
	t.Skip(what)
}
