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

// keeping is a crew that keeps its copy of the registry from an archive, on a clock of
// the test's, with what it says and logs.
type keeping struct {
	*archive
	crew *crew
	now  time.Time
	said bytes.Buffer
	log  bytes.Buffer
}

func newKeeping(t *testing.T) *keeping {
	t.Helper()
	running := someItaly(t, 30)
	x, base := newArchive(t, running.IPAURL())
	k := &keeping{archive: x, now: time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)}
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
	t.Cleanup(g.Close)
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	a := &app{text: text, stdout: io.Discard, stderr: &k.said, now: func() time.Time { return k.now }}
	k.crew = &crew{app: a, cfg: cfg, guard: g, log: slog.New(slog.NewTextHandler(&k.log, nil))}
	return k
}

func TestANightBringsEverySourceUpToDateAndRefusesALoss(t *testing.T) {
	k := newKeeping(t)
	a, c, x := k.crew.app, k.crew, k.archive
	var refused refusals
	night := func() *registry.Snapshot {
		t.Helper()
		k.log.Reset()
		x.asked = nil
		s, err := a.nightCopy(t.Context(), c, &refused)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}

	first := night()
	for _, s := range registry.Sources() {
		if st := first.Sources[s]; st.Count == 0 || !st.Checked.Equal(k.now) {
			t.Errorf("%s: %+v", s, st)
		}
	}

	k.now = k.now.Add(23*time.Hour + 59*time.Minute) // not a day old yet
	for s, st := range night().Sources {
		if !st.Checked.Equal(k.now) || st.Fetched.Equal(k.now) {
			t.Errorf("the night after, %s: %+v", s, st)
		}
	}
	if len(x.asked) != 4 || strings.Contains("\n"+strings.Join(x.asked, "\n")+"\n", "\n\n") {
		t.Errorf("conditions %q", x.asked)
	}

	x.lost = true
	was := k.now
	k.now = k.now.Add(24 * time.Hour)
	third := night()
	if st := third.Sources[registry.SourceOffices]; st.Count != first.Sources[registry.SourceOffices].Count || !st.Checked.Equal(was) {
		t.Errorf("what was lost is the copy: %+v", st)
	}
	if d := cmp.Diff(map[registry.Source]int{"enti": 0, "rtd": 0, "istat": 0, "offices": 1}, refused.counts()); d != "" {
		t.Error(d)
	}
	if said := k.log.String(); !strings.Contains(said, "refused") || !strings.Contains(said, "source=offices") || !strings.Contains(said, "after=1") {
		t.Errorf("the log: %s", said)
	}
	if left, _ := filepath.Glob(filepath.Join(registryDir(c.cfg), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestACrawlFetchesTheOfficesOnceInAWeek(t *testing.T) {
	k := newKeeping(t)
	crawl := func(f crawlFlags) (offices bool, s *registry.Snapshot) {
		t.Helper()
		k.said.Reset()
		s, err := k.crew.app.currentCopy(t.Context(), k.crew)
		if err == nil {
			s, err = k.crew.app.withOffices(t.Context(), k.crew, f, s)
		}
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(k.said.String(), "gli uffici di IPA"), s
	}
	province := crawlFlags{provinces: []string{"ZZ"}}
	without := func(s *registry.Snapshot) (n int) {
		for _, x := range s.Comuni {
			if !x.RTD.Known && !x.Doubtful {
				n++
			}
		}
		return n
	}
	for _, tt := range []struct {
		name    string
		after   time.Duration
		flags   crawlFlags
		fetched bool
		unknown bool
	}{
		{"a plan needs none", 0, crawlFlags{provinces: []string{"ZZ"}, dryRun: true}, false, true},
		{"nor does a check that does not judge by them", 0, crawlFlags{provinces: []string{"ZZ"}, checks: []string{"spid"}}, false, true},
		{"the first crawl that does", 0, province, true, false},
		{"five days later", 5 * 24 * time.Hour, province, false, false},
		{"a week later", 2 * 24 * time.Hour, province, true, false},
		{"all comuni", time.Hour, crawlFlags{everybody: true}, false, false},
	} {
		k.now = k.now.Add(tt.after)
		fetched, s := crawl(tt.flags)
		if fetched != tt.fetched || without(s) > 0 != tt.unknown {
			t.Errorf("%s: fetched %v, nothing known of %d; said %s", tt.name, fetched, without(s), k.said.String())
		}
	}
	k.now = k.now.Add(7 * 24 * time.Hour)
	k.lost = true
	was := k.now.Add(-7*24*time.Hour - time.Hour)
	if _, s := crawl(province); !strings.Contains(k.said.String(), "resta") || !s.Sources[registry.SourceOffices].Checked.Equal(was) || s.Comuni[0].RTD.AsOf.After(was) {
		t.Errorf("what cannot be had: as of %v, said %s", s.Comuni[0].RTD.AsOf, k.said.String())
	}
}
