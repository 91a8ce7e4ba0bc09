package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/netguard"
	"github.com/vigile-it/vigile/internal/registry"
)

// archive stands before the replica's registry, writes down what is asked for,
// and can lose most of the offices.
type archive struct {
	http.Handler

	mu    sync.Mutex
	asked []string // the conditions of requests for files
	lost  bool
}

func newArchive(t *testing.T, ipa string) (*archive, string) {
	t.Helper()
	behind, err := url.Parse(strings.TrimSuffix(ipa, "/ipa-dati"))
	if err != nil {
		t.Fatal(err)
	}
	x := &archive{Handler: httputil.NewSingleHostReverseProxy(behind)}
	server := httptest.NewServer(x)
	t.Cleanup(server.Close)
	return x, server.URL
}

func (x *archive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	if !strings.Contains(r.URL.Path, "/action/") {
		x.asked = append(x.asked, r.Header.Get("If-None-Match"))
	}
	lost := x.lost && strings.Contains(r.URL.Path, "b0aa1f6c-f135-4c8a-b416-396fed4e1a5d")
	x.mu.Unlock()
	if lost {
		io.WriteString(w, "Codice_IPA,Descrizione_uo\nc_z001,Anagrafe\n")
		return
	}
	x.Handler.ServeHTTP(w, r)
}

func TestANightBringsEverySourceUpToDateAndRefusesALoss(t *testing.T) {
	running := someItaly(t, 30)
	x, base := newArchive(t, running.IPAURL())
	cfg := config.Default()
	cfg.DataDir = t.TempDir()
	cfg.Registry.IPAURL = base + "/ipa-dati"
	cfg.Registry.IstatURL = base + strings.TrimPrefix(running.ISTATURL(), strings.TrimSuffix(running.IPAURL(), "/ipa-dati"))
	port, err := portOf(base)
	if err != nil {
		t.Fatal(err)
	}
	g, err := netguard.New(netguard.Options{AllowPrivate: true, ExtraPorts: []int{port}})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)
	a := &app{text: text, stdout: io.Discard, stderr: io.Discard, now: func() time.Time { return now }}
	var log bytes.Buffer
	c := &crew{app: a, cfg: cfg, guard: g, log: slog.New(slog.NewTextHandler(&log, nil))}
	var refused refusals
	night := func() *registry.Snapshot {
		t.Helper()
		log.Reset()
		x.asked = nil
		s, err := a.nightCopy(t.Context(), c, &refused)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}

	first := night()
	for _, s := range registry.Sources() {
		if st := first.Sources[s]; st.Count == 0 || !st.Checked.Equal(now) {
			t.Errorf("%s: %+v", s, st)
		}
	}

	now = now.Add(23*time.Hour + 59*time.Minute) // not a day old yet
	for s, st := range night().Sources {
		if !st.Checked.Equal(now) || st.Fetched.Equal(now) {
			t.Errorf("the night after, %s: %+v", s, st)
		}
	}
	if len(x.asked) != 4 || strings.Contains("\n"+strings.Join(x.asked, "\n")+"\n", "\n\n") {
		t.Errorf("conditions %q", x.asked)
	}

	x.lost = true
	was := now
	now = now.Add(24 * time.Hour)
	third := night()
	if st := third.Sources[registry.SourceOffices]; st.Count != first.Sources[registry.SourceOffices].Count || !st.Checked.Equal(was) {
		t.Errorf("what was lost is the copy: %+v", st)
	}
	if d := cmp.Diff(map[registry.Source]int{"enti": 0, "rtd": 0, "istat": 0, "offices": 1}, refused.counts()); d != "" {
		t.Error(d)
	}
	if said := log.String(); !strings.Contains(said, "refused") || !strings.Contains(said, "source=offices") || !strings.Contains(said, "after=1") {
		t.Errorf("the log: %s", said)
	}
	if left, _ := filepath.Glob(filepath.Join(registryDir(cfg), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
