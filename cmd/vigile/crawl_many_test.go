package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// crowd is a store of many comuni.
type crowd struct{ store.Store }

func (crowd) Latest(_ context.Context, q store.Query) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		for _, code := range q.Istat {
			a := record.Assessment{Run: "r1", Started: time.Unix(0, 0), Visit: page.Visit{Reach: page.ReachOK}}
			a.Comune.Istat, a.Comune.Name = code, "Comune "+code
			a.Findings = []finding.Finding{{Check: "https", Nature: finding.Obligation, Verdict: finding.Pass, Value: "TLS 1.3"}}
			if l, _ := (record.Latest{}).Take(a, "2026-11-22"); !yield(l, nil) {
				return
			}
		}
	}
}

func TestARunOfThousandsIsReadFromTheStoreAsItIsPrinted(t *testing.T) {
	const n = gatherUpTo + 500
	o := outcome{store: crowd{}, run: record.Run{ID: "r1", Expected: n, Done: n}, tally: nightly.Tally{
		Comuni: n, Reach: map[page.Reach]int{page.ReachOK: n}, Findings: map[nightly.Word]int{{Check: "https", Verdict: finding.Pass}: n},
	}}
	for i := range n {
		o.codes = append(o.codes, fmt.Sprintf("%06d", i))
	}
	if err := o.gather(t.Context()); err != nil || o.assessments != nil {
		t.Fatalf("%d held, %v", len(o.assessments), err)
	}
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	printed := func(format string) *bytes.Buffer {
		t.Helper()
		var out bytes.Buffer
		a := &app{text: text, stdout: &out, stderr: io.Discard}
		if err := a.printOutcome(t.Context(), list, o, printing{format: format}); err != nil {
			t.Fatal(err)
		}
		return &out
	}
	var r crawlResult
	if err := json.Unmarshal(printed("json").Bytes(), &r); err != nil || len(r.Comuni) != n || r.Summary.Comuni != n || r.Run.ID != "r1" {
		t.Errorf("json: %v, %d comuni", err, len(r.Comuni))
	}
	rows, err := csv.NewReader(printed("csv")).ReadAll()
	if err != nil || len(rows) != n+1 {
		t.Errorf("csv: %d rows, %v", len(rows), err)
	}
	table := printed("table").String()
	if !strings.Contains(table, "1.500 su 1.500") || strings.Contains(table, "Comune 000001") {
		t.Errorf("table:\n%s", table)
	}
	for _, err := range (&app{text: text}).sheetsOf(t.Context(), list, o) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestSinceWhen(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"7d": now.AddDate(0, 0, -7), "2w": now.AddDate(0, 0, -14), "36h": now.Add(-36 * time.Hour), "2026-11-01": time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC),
		"": {}, "d": {}, "-1d": {}, "9999999999999999999d": {}, "999999d": {}, "ieri": {}, "7": {},
	} {
		if got, ok := sinceWhen(text, now); ok == want.IsZero() || !got.Equal(want) {
			t.Errorf("%q: %v, %v, want %v", text, got, ok, want)
		}
	}
}

func TestAgIDTakesHoursForAllOfItalyWhereItIsAsked(t *testing.T) {
	asking, not := config.Default(), config.Default()
	not.AgID.Verify = false
	for _, tt := range []struct {
		name        string
		cfg         config.Config
		checks      []string
		least, most time.Duration
	}{
		{"every check", asking, nil, 2 * time.Hour, 5 * time.Hour},
		{"the objectives alone", asking, []string{"https", "accessibility-objectives"}, 2 * time.Hour, 5 * time.Hour},
		{"a check that needs no answer", asking, []string{"https"}, 0, 0},
		{"agid.verify is off", not, nil, 0, 0},
	} {
		if got := ofAgID(tt.cfg, 7_900, tt.checks); got < tt.least || got > tt.most {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestWhatIsExpectedOfACrawlGrowsWithTheSharedAddress(t *testing.T) {
	cfg := config.Default()
	if alone, shared := expected(cfg, 100, false), expected(cfg, 1000, true); alone >= time.Minute || shared < 10*time.Minute {
		t.Errorf("100 sites alone %v, 1000 on one address %v", alone, shared)
	}
}
