package client

// This file is the service the tests ask: it keeps what it was asked, and
// answers what a test told it to.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vigile-it/vigile/internal/agid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	uuid   = "8c8e1a10-9a55-11f0-b5c4-0123456789ab"
	newID  = "c_z901/comune.alfa.it/dichiarazione"
	byOld  = "/api/v1/agid-form/dichiarazione-accessibilita/dichiarazione-by-old-id/"
	viewed = "/api/v1/submission/view/"
	shown  = `{"idPubblicazione":"` + newID + `","dataUltimaModifica":"2026-09-10T08:30:00.818Z","datiPubblicati":{"compliance-status":"compliant"}}`
)

var (
	start   = time.Date(2026, time.November, 22, 1, 30, 0, 0, time.UTC)
	changed = time.Date(2026, time.September, 10, 8, 30, 0, 818e6, time.UTC)
)

// service answers by path, the last of a list again and again; 404 otherwise.
type service struct {
	*httptest.Server
	mu      sync.Mutex
	says    map[string][]reply
	asked   []string
	inside  int
	crowded bool
}

type reply struct {
	status int
	body   string
	after  string // Retry-After
	do     func(http.ResponseWriter, *http.Request)
}

func ok(body string) reply { return reply{status: 200, body: body} }

func serve(t *testing.T, says map[string][]reply) *service {
	t.Helper()
	s := &service{says: says}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	path := r.URL.EscapedPath()
	s.asked = append(s.asked, path)
	s.inside++
	s.crowded = s.crowded || s.inside > 1
	a := reply{status: 404, body: `{"code":404}`}
	if list := s.says[path]; len(list) > 0 {
		a = list[0]
		if len(list) > 1 {
			s.says[path] = list[1:]
		}
	} else if list := s.says["*"]; len(list) > 0 {
		a = list[0]
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.inside--
		s.mu.Unlock()
	}()
	if a.do != nil {
		a.do(w, r)
		return
	}
	if a.after != "" {
		w.Header().Set("Retry-After", a.after)
	}
	w.WriteHeader(a.status)
	fmt.Fprint(w, a.body)
}

func (s *service) paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// clock stands still but for what is waited.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	waits []time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// asker makes a client whose pauses pass the clock in place of time.
func asker(t *testing.T, s *service, change func(*Options)) (*Client, *clock) {
	t.Helper()
	clk := &clock{at: start}
	o := Options{BaseURL: s.URL, HTTP: s.Client(), Now: clk.now, UserAgent: "vigile/test (+https://example.org)"}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.gate.pause = waiting(clk)
	return c, clk
}

func link(t *testing.T, path string) agid.Link {
	t.Helper()
	l, ok := agid.ParseLink("https://form.agid.gov.it/" + path)
	if !ok {
		t.Fatalf("%s is no address of AgID's", path)
	}
	return l
}

// ask puts a question that must not fail.
func ask(t *testing.T, c *Client, path string) agid.Answer {
	t.Helper()
	a, err := c.Declaration(t.Context(), link(t, path), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// old is the nth of many links.
func old(n int) string { return fmt.Sprintf("view/%08x-9a55-11f0-b5c4-0123456789ab", n+1) }

func oldID(n int) string { return strings.TrimPrefix(old(n), "view/") }

// files are the answers kept below a directory.
func files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "??", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
