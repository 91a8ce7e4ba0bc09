package crawler

// The ledger of the test world: what was asked of whom, and how politely.

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// ledger notes every request the world was sent.
type ledger struct {
	mu       sync.Mutex
	inFlight map[string]int
	most     map[string]int // in flight at once, by host
	ended    map[string]time.Time
	gaps     map[string]time.Duration // smallest between the end of a request and the next, by host
	asked    []string                 // "host path"
	impolite []string                 // what is neither GET nor without a body
}

func newLedger() *ledger {
	return &ledger{inFlight: map[string]int{}, most: map[string]int{}, ended: map[string]time.Time{}, gaps: map[string]time.Duration{}}
}

func (l *ledger) enter(r *http.Request) (leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, r.Host+" "+r.URL.RequestURI())
	if r.Method != http.MethodGet || r.ContentLength > 0 {
		l.impolite = append(l.impolite, fmt.Sprintf("%s %s with %d bytes", r.Method, r.URL, r.ContentLength))
	}
	l.inFlight[r.Host]++
	l.most[r.Host] = max(l.most[r.Host], l.inFlight[r.Host])
	if last, ok := l.ended[r.Host]; ok {
		gap := time.Since(last)
		if known, ok := l.gaps[r.Host]; !ok || gap < known {
			l.gaps[r.Host] = gap
		}
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.inFlight[r.Host]--
		l.ended[r.Host] = time.Now()
	}
}

// paths lists what a host was asked for, in order, robots.txt left out.
func (l *ledger) paths(host string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, a := range l.asked {
		if path, ok := strings.CutPrefix(a, host+" "); ok && path != "/robots.txt" {
			out = append(out, path)
		}
	}
	return out
}

// count is how often "host path" was asked for; a path alone means any host.
func (l *ledger) count(entry string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, a := range l.asked {
		if a == entry || strings.HasPrefix(entry, "/") && strings.HasSuffix(a, " "+entry) {
			n++
		}
	}
	return n
}

// polite asserts what no visit may break: one request at a time to a host, and
// nothing but GET.
func (l *ledger) polite(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for host, most := range l.most {
		if most > 1 {
			t.Errorf("%d requests at once to %s", most, host)
		}
	}
	if len(l.impolite) > 0 {
		t.Errorf("requests that do more than ask: %v", l.impolite)
	}
}
