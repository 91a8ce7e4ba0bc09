package bolt

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.etcd.io/bbolt"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/storetest"
)

func TestViewsThatAreKnownArePassedOver(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "vigile.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := storetest.Dawn
	if err := s.Begin(t.Context(), storetest.RunOf("r", record.Night, at)); err != nil {
		t.Fatal(err)
	}
	const n = 200 // more than are copied out at once
	for i := range n {
		if err := s.Append(t.Context(), storetest.Small(i, 0, "r", at)); err != nil {
			t.Fatal(err)
		}
	}
	marks, counted := map[string]uint64{}, map[string]time.Time{}
	read := func() (given []string) {
		t.Helper()
		for l, err := range s.LatestUnless(t.Context(), func(istat string, mark uint64) bool {
			same := marks[istat] == mark
			marks[istat] = mark
			return same
		}) {
			if err != nil {
				t.Fatal(err)
			}
			given = append(given, l.Comune.Istat)
			counted[l.Comune.Istat] = l.Checked
			for _, s := range l.Standings {
				if s.Finding.Evidence != nil || s.LastDefinite.Evidence != nil || s.Finding.Verdict == "" {
					t.Fatalf("of %s: %+v", l.Comune.Istat, s)
				}
			}
		}
		return given
	}
	if got := read(); len(got) != n {
		t.Errorf("at first %d of %d are given", len(got), n)
	}
	if got := read(); got != nil {
		t.Errorf("again: %v", got)
	}
	changed := storetest.Small(77, 1, "r", at.Add(time.Hour))
	if err := s.Append(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{changed.Comune.Istat}, read()); diff != "" {
		t.Error(diff)
	}
	if got := counted[changed.Comune.Istat]; len(counted) != n || !got.Equal(changed.Started) {
		t.Errorf("%d comuni, the one that changed as of %s", len(counted), got)
	}
}

func TestTheWholeViewIsWrittenWhereItSaysSomethingElse(t *testing.T) {
	ctx, s := context.Background(), fresh(t)
	istat := storetest.Comune(0).Istat
	stored := func() string {
		var value string
		if err := s.db.View(func(tx *bbolt.Tx) error { value = string(tx.Bucket(bucketLatest).Get([]byte(istat))); return nil }); err != nil {
			t.Fatal(err)
		}
		return value
	}
	more := func(a record.Assessment) record.Assessment {
		link := finding.Fact{Check: a.Findings[1].Check, Kind: "link", URL: "https://www.example.com/"}
		a.Findings[1].Evidence = append(slices.Clone(a.Findings[1].Evidence), link)
		return a
	}
	var want record.Latest
	before := ""
	for night, tt := range []struct {
		name    string
		look    func(record.Assessment) record.Assessment
		written bool
	}{
		{"the first night", nil, true},
		{"a night that finds the same", nil, false},
		{"another, in other times", func(a record.Assessment) record.Assessment {
			a.Visit.Took, a.Comune.RTD.AsOf = time.Minute, a.Started
			return a
		}, false},
		{"one that ran one check alone", func(a record.Assessment) record.Assessment {
			a.Findings = a.Findings[:1]
			return a
		}, true},
		{"one that finds something else", more, true},
		{"the same again", more, false},
	} {
		at := storetest.Dawn.AddDate(0, 0, night)
		run := begin(t, s, at.Format("night-20060102"), record.Night, at)
		a := storetest.Assessment(0, 0, run, at)
		if tt.look != nil {
			a = tt.look(a)
		}
		add(t, s, a)
		want, _ = want.Take(record.Usual().Bound(a), at.Format(time.DateOnly))
		if now := stored(); (now != before) != tt.written {
			t.Errorf("%s: written: %t", tt.name, now != before)
		}
		before = stored()
		for got, err := range s.Latest(ctx, store.Query{Istat: []string{istat}}) {
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(page.Fetch{}, "Took")); d != "" {
				t.Errorf("%s: %s", tt.name, d)
			}
		}
	}
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
}
