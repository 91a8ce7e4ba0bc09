package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/store/bolt"
)

// bearer is a look at a comune whose site links a template's publication.
func bearer(istat, name, run string, at time.Time) record.Assessment {
	const template = "https://form.agid.gov.it/view/98ed3ab5-a4e0-46ea-8841-a8d6b7d73aff"
	f := finding.Finding{Check: "accessibility-declaration", Nature: finding.Obligation, Verdict: finding.Unknown, Reason: "upstream"}
	f.Candidates = []finding.Fact{{Check: f.Check, Kind: "publication", URL: "https://www.comune.example/", Target: template}}
	return record.Assessment{
		Run: run, Started: at, Comune: registry.Comune{Istat: istat, Name: name, Province: "ZZ"},
		Visit: page.Visit{Reach: page.ReachOK, Started: at}, Findings: []finding.Finding{f},
	}
}

func printed(t *testing.T, a *app, o outcome, format string) string {
	t.Helper()
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	a.stdout, a.now = &out, time.Now
	if err := a.printOutcome(t.Context(), list, o, printing{format: format, each: true}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func italian(t *testing.T) *app {
	t.Helper()
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	return &app{text: text}
}

func TestComuniOfOneRunThatShareAPublicationAreTold(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	o := outcome{codes: []string{"990001", "990002", "990003"}}
	quiet := bearer("990003", "Gamma", "r", now)
	quiet.Findings[0].Candidates = nil
	o.collected([]record.Assessment{bearer("990001", "Alfa", "r", now), bearer("990002", "Beta", "r", now), quiet})
	if err := o.share(t.Context()); err != nil {
		t.Fatal(err)
	}
	title := italian(t).text.Text("sheet.shared_title")
	for format, want := range map[string]int{"table": 3, "markdown": 3} { // two sheets and the summary
		said := printed(t, italian(t), o, format)
		if n := strings.Count(said, title); n != want {
			t.Errorf("%s: told %d times, want %d\n%s", format, n, want, said)
		}
	}
	said := printed(t, italian(t), o, "json")
	if n := strings.Count(said, `"shared": [`); n != 3 || !strings.Contains(said, `"owner": "unknown"`) {
		t.Errorf("json: told %d times\n%s", n, said)
	}
	if csv := printed(t, italian(t), o, "csv"); strings.Contains(csv, "shared") || strings.Contains(csv, title) {
		t.Error("the export's columns have changed")
	}
}

func TestOneComuneIsHeldAgainstAllThatIsKept(t *testing.T) {
	ctx := t.Context()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "vigile.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for i, name := range []string{"Alfa", "Beta"} {
		a := bearer([]string{"990001", "990002"}[i], name, "run-"+name, at.Add(time.Duration(i)*24*time.Hour))
		run := record.Run{ID: a.Run, Kind: record.Request, Started: a.Started}
		if err := s.Begin(ctx, run); err != nil {
			t.Fatal(err)
		}
		if err := s.Append(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	o := outcome{run: record.Run{ID: "run-Beta"}, codes: []string{"990002"}, store: s}
	if err := o.gather(ctx); err != nil {
		t.Fatal(err)
	}
	if said := printed(t, italian(t), o, "table"); !strings.Contains(said, "Alfa (ZZ)") || !strings.Contains(said, "? NON VERIFICATO") {
		t.Errorf("who else bears it is not told, or the verdict has changed:\n%s", said)
	}
}
