package main

// What the report of a province costs with a year stored: 59 comuni, 365 nights.
// Run with
//
//	go test ./cmd/vigile -run none -bench ProvinceReport -benchtime 20x

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/bolt"
	"github.com/vigile-it/vigile/store/storetest"
)

// provinceYear is a store with a year of nights of one province; every twentieth
// comune says something new.
func provinceYear(b *testing.B, comuni, nights int) *bolt.Store {
	b.Helper()
	s, err := bolt.Open(filepath.Join(b.TempDir(), "vigile.db"), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	for day := range nights {
		at := storetest.Dawn.AddDate(0, 0, day-nights+1)
		run := "notte-" + at.Format(time.DateOnly)
		if err := s.Begin(b.Context(), storetest.RunOf(run, record.Night, at)); err != nil {
			b.Fatal(err)
		}
		var batch []record.Assessment
		for i := range comuni {
			a := storetest.Assessment(i, (i+day)/20, run, at.Add(time.Duration(i)*time.Second))
			a.Comune.Province, a.Comune.Region = "PG", "Umbria"
			batch = append(batch, a)
		}
		if err := s.Append(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// cpu reports the processor time an operation takes, which other work on the
// machine does not change much; what it returns ends the measuring.
func cpu(b *testing.B) func() {
	before := burnt()
	return func() { b.ReportMetric(float64((burnt()-before).Milliseconds())/float64(b.N), "cpu-ms/op") }
}

// keep stores a batch and empties it.
func keep(b *testing.B, s *bolt.Store, batch *[]record.Assessment) {
	b.Helper()
	if err := s.Append(b.Context(), *batch...); err != nil {
		b.Fatal(err)
	}
	*batch = (*batch)[:0]
}

// country stores one look at 7,900 comuni, the province's included. Nobody has
// an RTD, so that whoever looks for one looks as far as it may.
func country(b *testing.B, s *bolt.Store) int {
	b.Helper()
	at := storetest.Dawn.Add(time.Hour)
	if err := s.Begin(b.Context(), storetest.RunOf("Italia", record.Request, at)); err != nil {
		b.Fatal(err)
	}
	all := registry.Provinces()
	var batch []record.Assessment
	add := func(i int, province, region string) {
		a := storetest.Assessment(i, 0, "Italia", at)
		a.Comune.Province, a.Comune.Region = province, region
		for i := range a.Findings {
			if f := &a.Findings[i]; f.Check == "rtd" {
				*f = finding.Finding{Check: "rtd", Nature: finding.Obligation, Verdict: finding.Fail, Reason: "rtd_not_identifiable", Confidence: finding.High, Version: 3}
			}
		}
		if batch = append(batch, a); len(batch) == 500 {
			keep(b, s, &batch)
		}
	}
	for i := range 59 {
		add(i, "PG", "Umbria")
	}
	n := 59
	for ; n < 7_900; n++ {
		p := all[n%len(all)]
		if p.Code == "PG" {
			p.Code = "TR"
		}
		add(1000+n, p.Code, p.Region)
	}
	keep(b, s, &batch)
	return n
}

func BenchmarkProvinceReport(b *testing.B) {
	s := provinceYear(b, 59, 365)
	text, err := messages.For("it")
	if err != nil {
		b.Fatal(err)
	}
	list, err := checks.Catalogue()
	if err != nil {
		b.Fatal(err)
	}
	a := &app{text: text, stdout: io.Discard, stderr: io.Discard, now: func() time.Time { return storetest.Dawn.Add(6 * time.Hour) }}
	month := storetest.Dawn.AddDate(0, -1, 0).Format(time.DateOnly)
	for _, c := range []struct {
		name, format string
		f            reportFlags
	}{
		{"html", formatHTML, reportFlags{}},
		{"json", formatJSON, reportFlags{}},
		{"markdown", formatMarkdown, reportFlags{}},
		{"xlsx", formatXLSX, reportFlags{}},
		{"html with a month ago", formatHTML, reportFlags{compare: month}},
		{"html of a month ago", formatHTML, reportFlags{when: whenFlags{night: month}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			defer cpu(b)()
			for b.Loop() {
				p, err := a.gatherProvince(b.Context(), s, list, store.Query{Province: "PG"}, c.f)
				if err != nil {
					b.Fatal(err)
				}
				if len(p.Comuni) != 59 {
					b.Fatalf("%d comuni", len(p.Comuni))
				}
				if err := a.writeProvince(b.Context(), p, c.format, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	rest := country(b, s)
	b.Run("html with the country stored and nobody who does one thing well", func(b *testing.B) {
		defer cpu(b)()
		for b.Loop() {
			p, err := a.gatherProvince(b.Context(), s, list, store.Query{Province: "PG"}, reportFlags{})
			if err != nil || len(p.Wanting()) == 0 {
				b.Fatal(err, p.Wanting())
			}
			if err := a.writeProvince(b.Context(), p, formatHTML, ""); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(rest), "comuni")
	})
	b.Run("gathering alone", func(b *testing.B) {
		var p report.Province
		for b.Loop() {
			if p, err = a.gatherProvince(b.Context(), s, list, store.Query{Province: "PG"}, reportFlags{}); err != nil {
				b.Fatal(err)
			}
		}
		_ = p
	})
}
