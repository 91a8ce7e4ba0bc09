package web

// What the pages of the wall cost for the whole country.
//
//	go test ./internal/web -run none -bench Wall -benchtime 20x

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store/storetest"
)

// wallOfItaly is the country with platforms, RTDs and unions of ten comuni.
type wallOfItaly struct {
	packed
	codes []string
}

func (p *wallOfItaly) Latest(ctx context.Context, q report.Query) iter.Seq2[record.Latest, error] {
	wanted := map[string]bool{}
	for _, code := range q.Istat {
		wanted[code] = true
	}
	return func(yield func(record.Latest, error) bool) {
		for i, b := range p.compact {
			if q.Istat != nil && !wanted[p.codes[i]] {
				continue
			}
			l, err := record.ParseCompact(b)
			if !yield(l, err) || err != nil || ctx.Err() != nil {
				return
			}
		}
	}
}

func newWallOfItaly(tb testing.TB) *wallOfItaly {
	tb.Helper()
	p := &wallOfItaly{}
	for i, l := range country(comuniOfItaly, storetest.CheckIDs).views {
		if i%3 == 0 {
			u := fmt.Sprintf("u_%d", i/30)
			l.Comune.RTD = registry.Office{Known: true, Named: []registry.Union{{IPA: u, Name: "Unione finta " + u}}, Holders: []registry.RTDHolder{{IPA: u, Union: true, Name: "Rossi " + u}}}
		}
		for k := range l.Standings {
			if s := &l.Standings[k]; s.Finding.Check == "cms" {
				s.Finding = finding.Finding{Check: "cms", Nature: finding.Information, Verdict: finding.Info, Value: []string{"municipium", "wordpress"}[i%2]}
				s.LastDefinite = s.Finding
			}
		}
		b, err := l.AppendCompact(nil)
		if err != nil {
			tb.Fatal(err)
		}
		p.compact, p.codes = append(p.compact, b), append(p.codes, l.Comune.Istat)
	}
	return p
}

func BenchmarkTheWallOfItaly(b *testing.B) {
	p := newWallOfItaly(b)
	var metas []report.Meta
	known := map[string]report.Meta{}
	for _, m := range wallMetas() {
		known[m.ID] = m
	}
	for i, id := range storetest.CheckIDs {
		nature := finding.Information
		if i < 13 {
			nature = finding.Obligation
		}
		m, ok := known[id]
		if !ok {
			m = metaOf(id, nature)
			m.Who = []string{"comune", "supplier"}
		}
		metas = append(metas, m)
	}
	s := served(b, &p.memory, func(o *Options) { o.Store, o.Checks = p, metas })
	h := s.Handler()
	if _, err := s.snapshotFor(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/regioni", "/regioni/lombardia", "/province/TO", "/fornitori", "/fornitori/maggioli", "/fornitori/maggioli/notice", "/unioni", "/unioni/u-7"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				w := &sunk{header: http.Header{}}
				h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
				b.ReportMetric(float64(w.bytes), "bytes/answer")
			}
		})
	}
}
