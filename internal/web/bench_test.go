package web

// What the country costs: 7,900 comuni and 28 checks of which 13 are duties.
//
//	go test ./internal/web -run none -bench . -benchtime 10x
//
// Measured on 2 shared cores in November 2026: /metrics 2 to 5 ms for 2 MB (13,000
// series), /metrics/comuni 10 to 20 ms for 26 MB and 0.1 MB of garbage, one province
// of it 0.2 to 0.5 ms, a page 1 to 3 ms. A new snapshot costs 0.15 to 0.2 s here; over
// store/bolt, which also reads and decompresses, /metrics/comuni with a new
// snapshot took 0.6 to 0.8 s (1.5 s at a load of 8) and 30 MB of anonymous memory at its peak. A
// snapshot holds 5 MB.

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store/storetest"
)

const comuniOfItaly = 7_900

// packed is a store of views in their compact form, unpacked at each reading as
// a store on disk does.
type packed struct {
	memory
	compact [][]byte
}

func (p *packed) Latest(ctx context.Context, _ report.Query) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		for _, b := range p.compact {
			l, err := record.ParseCompact(b)
			if !yield(l, err) || err != nil || ctx.Err() != nil {
				return
			}
		}
	}
}

func italy(tb testing.TB) (*packed, []report.Meta) {
	tb.Helper()
	p := &packed{}
	for _, l := range country(comuniOfItaly, storetest.CheckIDs).views {
		b, err := l.AppendCompact(nil)
		if err != nil {
			tb.Fatal(err)
		}
		p.compact = append(p.compact, b)
	}
	var metas []report.Meta
	for i, id := range storetest.CheckIDs {
		nature := finding.Information
		if i < 13 {
			nature = finding.Obligation
		}
		metas = append(metas, metaOf(id, nature))
	}
	return p, metas
}

// sunk is an answer that nobody keeps.
type sunk struct {
	header http.Header
	bytes  int64
}

func (s *sunk) Header() http.Header { return s.header }

func (s *sunk) WriteHeader(int) {}

func (s *sunk) Write(b []byte) (int, error) {
	s.bytes += int64(len(b))
	return io.Discard.Write(b)
}

func BenchmarkMetricsOfItaly(b *testing.B) {
	store, metas := italy(b)
	s := served(b, &store.memory, func(o *Options) {
		o.Store, o.Checks, o.Gatherer = store, metas, prometheus.NewRegistry()
	})
	h := s.Handler()
	if _, err := s.snapshotFor(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/metrics", "/metrics/comuni", "/metrics/comuni?provincia=PG", "/comuni?q=finto+12", "/"} {
		b.Run("warm "+path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := &sunk{header: http.Header{}}
				h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
				b.ReportMetric(float64(w.bytes), "bytes/answer")
			}
		})
	}
	b.Run("a new snapshot", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := takeSnapshot(b.Context(), store, s.about, noon, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("the memory of a snapshot", func(b *testing.B) {
		for b.Loop() {
			before := liveBytes()
			snap, err := takeSnapshot(b.Context(), store, s.about, noon, nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(liveBytes()-before), "bytes/snapshot")
			runtime.KeepAlive(snap)
		}
	})
}

// liveBytes is what the heap holds after a collection.
func liveBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
