package main

// The second night of sites that say what has not changed.

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/replica"
)

// asked counts the requests for pages and scripts, and those that were answered
// with nothing new.
func asked(v page.Visit) (all, unchanged int, bytes int) {
	for _, f := range v.Fetches {
		if f.Kind != page.FetchPage && f.Kind != page.FetchScript {
			continue
		}
		all++
		bytes += f.Size
		if f.Status == http.StatusNotModified && f.Unchanged {
			unchanged++
		}
	}
	return all, unchanged, bytes
}

// states are the findings of an assessment without their evidence.
func states(a record.Assessment) map[string]record.State {
	out := map[string]record.State{}
	for _, f := range a.Findings {
		out[f.Check] = record.StateOf(f)
	}
	return out
}

func TestTheSecondNightAsksWhetherAnythingChanged(t *testing.T) {
	running := invite(t, replica.Options{Day: lineDay, Validators: true}, manners{})
	dir, night := t.TempDir(), nightly.Selection{Kind: record.Night, Again: true}
	codes := flawless(running)
	codes = codes[:min(len(codes), 10)]
	throughTheLine(t, running, dir, nightly.Selection{Again: true, Checks: []string{declaration, "accessibility-objectives"}}, codes...) // AgID's answers are at hand
	first := onTheDay(t, lineDay, running, dir, night, codes...)
	second := onTheDay(t, lineDay.Add(24*time.Hour), running, dir, night, codes...)
	third := onTheDay(t, lineDay.Add(10*24*time.Hour), running, dir, night, codes...)
	var before, after int
	for istat, a := range first {
		b := second[istat]
		if d := cmp.Diff(states(a), states(b)); d != "" {
			t.Errorf("%s is judged otherwise: %s", a.Comune.Name, d)
		}
		was, _, size := asked(a.Visit)
		is, unchanged, rest := asked(b.Visit)
		before, after = before+size, after+rest
		if a.Visit.PagesRead() != b.Visit.PagesRead() || is != was || is != unchanged {
			t.Errorf("%s: %d pages by %d requests, then %d by %d, of which %d say that nothing has changed: %v", a.Comune.Name, a.Visit.PagesRead(), was, b.Visit.PagesRead(), is, unchanged, b.Visit.Fetches)
		}
		if _, unchanged, _ := asked(third[istat].Visit); unchanged > 0 {
			t.Errorf("%s: after ten days the server is still believed", a.Comune.Name)
		}
	}
	if before == 0 || after > 0 {
		t.Errorf("%d bytes, and %d the second night", before, after)
	}
}

func TestANightOfUnchangedPagesIsReplayed(t *testing.T) {
	running := invite(t, replica.Options{Day: lineDay, Validators: true, Comuni: 6}, manners{})
	dir, night := t.TempDir(), nightly.Selection{Kind: record.Night, Again: true}
	onTheDay(t, lineDay, running, dir, night)
	got := onTheDay(t, lineDay.Add(24*time.Hour), running, dir, night)
	read := 0
	for _, a := range got {
		if a.Visit.PagesRead() > 0 {
			read++
		}
	}
	env := toItaly(t, running, dir)
	env["VIGILE_DATA_DIR"] = dir
	code, stdout, stderr := runContext(t, t.Context(), &app{now: func() time.Time { return lineDay.Add(25 * time.Hour) }}, env, "replay", "--format", "json")
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	var said replayed
	if err := json.Unmarshal([]byte(stdout), &said); err != nil {
		t.Fatal(err)
	}
	if said.Observed != read || said.Comuni != len(got) || len(said.Differences) > 0 {
		t.Errorf("%d comuni, %d observed again of %d; %+v", said.Comuni, said.Observed, read, slices.Clip(said.Differences))
	}
}
