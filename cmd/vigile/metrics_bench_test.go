package main

// What /metrics and /metrics/comuni cost for the whole country over a store on
// disk: 7,900 comuni and 28 checks.

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/web"
	"github.com/vigile-it/vigile/store/bolt"
	"github.com/vigile-it/vigile/store/storetest"
)

const comuniOfItaly = 7_900

// italyOnDisk is a store with one night of the whole country.
func italyOnDisk(b *testing.B) *bolt.Store {
	b.Helper()
	s, err := bolt.Open(filepath.Join(b.TempDir(), "vigile.db"), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	at, provinces := storetest.Dawn, registry.Provinces()
	if err := s.Begin(b.Context(), storetest.RunOf("notte", record.Night, at)); err != nil {
		b.Fatal(err)
	}
	var batch []record.Assessment
	for i := range comuniOfItaly {
		a := storetest.Assessment(i, 0, "notte", at.Add(time.Duration(i)*time.Second))
		p := provinces[i%len(provinces)]
		a.Comune.Province, a.Comune.Region = p.Code, p.Region
		if batch = append(batch, a); len(batch) == 500 || i == comuniOfItaly-1 {
			if err := s.Append(b.Context(), batch...); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	return s
}

// visitAgain stores another look at n comuni.
func visitAgain(b *testing.B, s *bolt.Store, n, round int) {
	b.Helper()
	var batch []record.Assessment
	for i := range n {
		batch = append(batch, storetest.Assessment(i, 0, "notte", storetest.Dawn.Add(time.Duration(round)*time.Hour+time.Duration(i)*time.Second)))
	}
	if err := s.Append(b.Context(), batch...); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkMetricsOfItalyOnDisk(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the memory is read from /proc")
	}
	store := italyOnDisk(b)
	text, err := messages.For("it")
	if err != nil {
		b.Fatal(err)
	}
	list, err := checks.Catalogue()
	if err != nil {
		b.Fatal(err)
	}
	now := storetest.Dawn.Add(6 * time.Hour)
	for _, m := range []struct{ name, path string }{
		{"first", "/metrics/comuni"},
		{"first", "/metrics"},
		{"later", "/metrics/comuni"},
		{"later", "/metrics"},
		{"kept", "/metrics/comuni"},
		{"kept", "/metrics"},
	} {
		b.Run(m.name+" "+m.path, func(b *testing.B) {
			var grew, size int64
			visits := 0
			for b.Loop() {
				b.StopTimer()
				clock := now
				s, err := web.New(web.Options{Store: store, Messages: text, Checks: metas(list), Now: func() time.Time { return clock }})
				if err != nil {
					b.Fatal(err)
				}
				h := s.Handler()
				if m.name != "first" {
					scrapeOnce(b, h, m.path)
				}
				if m.name == "500-visited" {
					visits++
					visitAgain(b, store, 500, visits)
				}
				if m.name == "later" || m.name == "500-visited" {
					clock = clock.Add(4 * time.Minute)
				}
				debug.FreeOSMemory()
				before, most := rssAnon(b), int64(0)
				stop, done := make(chan struct{}), make(chan struct{})
				go func() {
					defer close(done)
					for {
						most = max(most, rssAnon(b))
						select {
						case <-stop:
							return
						case <-time.After(2 * time.Millisecond):
						}
					}
				}()
				b.StartTimer()
				size = scrapeOnce(b, h, m.path)
				b.StopTimer()
				close(stop)
				<-done
				grew = max(grew, most-before)
				s.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(grew)/1e6, "MB-more")
			b.ReportMetric(float64(size)/1e6, "MB-answer")
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/scrape")
		})
	}
}

// scraped is an answer that nobody keeps.
type scrapedAway struct {
	header http.Header
	bytes  int64
}

func (s *scrapedAway) Header() http.Header { return s.header }
func (s *scrapedAway) WriteHeader(int)     {}
func (s *scrapedAway) Write(p []byte) (int, error) {
	s.bytes += int64(len(p))
	return io.Discard.Write(p)
}

func scrapeOnce(b *testing.B, h http.Handler, path string) int64 {
	w := &scrapedAway{header: http.Header{}}
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.bytes < 10_000 {
		b.Fatal("no answer")
	}
	return w.bytes
}

// rssAnon is the anonymous memory of this process, in bytes.
func rssAnon(tb testing.TB) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		tb.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		tb.Fatal(fmt.Errorf("RssAnon: %w", err))
	}
	return n << 10
}
