package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// serving is a serve under way: its address, and how to end it.
type serving struct {
	address string
	stop    context.CancelFunc
	ended   chan int
	said    *lines
}

// lines keeps what is written and lets one wait for a line.
type lines struct {
	seen chan string
}

func (l *lines) Write(p []byte) (int, error) {
	for _, s := range strings.Split(strings.TrimSpace(string(p)), "\n") {
		l.seen <- s
	}
	return len(p), nil
}

// until waits for a line and gives what the pattern catches.
func (l *lines) until(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	late := time.After(4 * time.Minute)
	var all []string
	for {
		select {
		case s := <-l.seen:
			all = append(all, s)
			if m := re.FindStringSubmatch(s); m != nil {
				return m[len(m)-1]
			}
		case <-late:
			t.Fatalf("never said: %s\n%s", pattern, strings.Join(all, "\n"))
		}
	}
}

func serve(t *testing.T, w world, env map[string]string, args ...string) *serving {
	t.Helper()
	return serveWith(t, &app{world: w}, env, args...)
}

func serveWith(t *testing.T, a *app, env map[string]string, args ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &serving{stop: cancel, ended: make(chan int, 1), said: &lines{seen: make(chan string, 10_000)}}
	a.stderr = s.said
	go func() {
		code, _, _ := runContext(t, ctx, a, env, args...)
		s.ended <- code
	}()
	s.address = s.said.until(t, `su (http://127\.0\.0\.1:\d+/)`)
	return s
}

func (s *serving) end(t *testing.T) {
	t.Helper()
	s.stop()
	select {
	case code := <-s.ended:
		if code != codeDone {
			t.Errorf("serve ended with %d", code)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("serve does not end")
	}
}

func (s *serving) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := http.Get(s.address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestServeWithoutAContactShowsAndAnswersOtherCommands(t *testing.T) {
	running := someItaly(t, 30)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer http.DefaultClient.CloseIdleConnections()
	dir := t.TempDir()
	env := toItaly(t, running, dir)
	env["VIGILE_WEB_LISTEN"] = "127.0.0.1:0"
	w := world{redial: running.Redial, agidGap: time.Millisecond}
	s := serve(t, w, env, "serve")

	for path, want := range map[string]string{
		"healthz": "ok", "readyz": "ok", "": "manca un recapito", "metrics": "vigile_schedule_enabled 0",
	} {
		if code, body := s.get(t, path); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("/%s: %d without %q:\n%.2000s", path, code, want, body)
		}
	}

	other := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := runContext(t, t.Context(), &app{world: w}, env, args...)
		if code != codeDone {
			t.Errorf("%v: exit code %d\n%s", args, code, stderr)
		}
		return stdout
	}
	if got := other("crawl", "--comune", "990001", "--comune", "990006", "--format", "json"); len(result(t, got).Comuni) != 2 {
		t.Errorf("crawl: %s", got)
	}
	for want, args := range map[string][]string{
		"prima visita":         {"history", "--comune", "990001"},
		"990006,c_z006":        {"export"},
		"[]":                   {"changes", "--format", "json"},
		"# EOF":                {"export", "--format", "openmetrics"},
		"Comune di Pratolungo": {"crawl", "--comune", "990006"},
	} {
		if !strings.Contains(other(args...), want) {
			t.Errorf("%v does not say %q", args, want)
		}
	}
	if _, body := s.get(t, "comuni?q=Vallefiorita"); !strings.Contains(body, "Vallefiorita") {
		t.Errorf("the pages do not show what was crawled:\n%.2000s", body)
	}

	thirty := []string{"crawl", "--again"}
	for _, c := range running.Comuni()[:30] {
		thirty = append(thirty, "--comune", c.Istat)
	}
	ctx, cancel := context.WithCancel(t.Context())
	code, _, stderr := runContext(t, ctx, &app{world: w, stderr: &stopAfter{mark: " di 30: ", n: 2, stop: cancel}}, env,
		thirty...)
	if code != codeInterrupted || !strings.Contains(stderr, "di 30 comuni misurati e conservati") {
		t.Errorf("Ctrl-C: %d\n%s", code, stderr)
	}

	// The same where serve is told to stop, by whoever has it.
	code, _, stderr = runContext(t, t.Context(), &app{world: w, stderr: &stopAfter{mark: " di 30: ", n: 2, stop: s.stop}}, env, thirty...)
	if code != codeInterrupted || !strings.Contains(stderr, "di 30 comuni misurati e conservati") {
		t.Errorf("serve was stopped: %d\n%s", code, stderr)
	}

	s.end(t)
	left, err := filepath.Glob(filepath.Join(dir, "data", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range left {
		if strings.Contains(name, "sock") || strings.Contains(name, "service") || strings.HasSuffix(name, ".lock") {
			t.Errorf("left behind: %s", name)
		}
	}
	if _, err := http.Get(s.address); err == nil {
		t.Error("the pages are still there")
	}
}

func TestServeDoesTheNightThatWasMissed(t *testing.T) {
	running := someItaly(t, 30)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer http.DefaultClient.CloseIdleConnections()
	env := toItaly(t, running, t.TempDir())
	env["VIGILE_WEB_LISTEN"], env["VIGILE_WEB_METRICS_LISTEN"] = "127.0.0.1:0", "127.0.0.1:0"
	env["VIGILE_NETWORK_CONTACT"], env["VIGILE_SCHEDULE_LAST_LOOK"] = "mailto:ced@provincia.example", "1ms"
	notified := filepath.Join(t.TempDir(), "n")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: notified, Net: "unixgram"})
	if err == nil {
		t.Setenv("NOTIFY_SOCKET", notified)
		defer l.Close()
	}
	w := world{redial: running.Redial, agidGap: time.Millisecond}
	s := serve(t, w, env, "serve")
	s.address = s.said.until(t, `Metriche su (http://127\.0\.0\.1:\d+/)`)
	s.said.until(t, "the night has ended")
	s.get(t, "comuni") // waits for the new counts; a scrape takes the older ones where they are late
	if code, body := s.get(t, "metrics"); code != http.StatusOK || !strings.Contains(body, "vigile_schedule_enabled 1") ||
		!strings.Contains(body, `vigile_reach_comuni{`) || !strings.Contains(body, `vigile_run_comuni{state="failed"} 0`) {
		t.Errorf("%d\n%.3000s", code, body)
	}
	code, stdout, _ := runContext(t, t.Context(), &app{world: w}, env, "nights")
	if code != codeDone || !strings.Contains(stdout, " su ") {
		t.Errorf("nights: %d\n%s", code, stdout)
	}
	s.end(t)
	if l != nil {
		b := make([]byte, 200)
		n, err := l.Read(b)
		if err != nil || !strings.HasPrefix(string(b[:n]), "READY=1\n") {
			t.Errorf("systemd was told %q, %v", b[:n], err)
		}
	}
}

func TestServeThatCannotListen(t *testing.T) {
	running := someItaly(t, 30)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	env := toItaly(t, running, t.TempDir())
	env["VIGILE_WEB_LISTEN"] = l.Addr().String()
	code, _, stderr := runContext(t, t.Context(), &app{}, env, "serve")
	if code != codeUsage || !strings.Contains(stderr, "indirizzo già in uso") || !strings.Contains(stderr, "web.listen") {
		t.Errorf("%d\n%s", code, stderr)
	}
}

func TestTheDemoServesItsPagesOnAFreePort(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer http.DefaultClient.CloseIdleConnections()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	before, _ := filepath.Glob(filepath.Join(os.TempDir(), "vigile-demo-*"))
	s := serve(t, world{}, map[string]string{"VIGILE_WEB_LISTEN": l.Addr().String()}, "demo")
	if code, body := s.get(t, "comuni?q=Vallefiorita"); code != http.StatusOK || !strings.Contains(body, "Vallefiorita di Sotto") {
		t.Errorf("%d\n%.2000s", code, body)
	}
	s.end(t)
	if after, _ := filepath.Glob(filepath.Join(os.TempDir(), "vigile-demo-*")); len(after) > len(before) {
		t.Errorf("the demo left %v", after)
	}
}
