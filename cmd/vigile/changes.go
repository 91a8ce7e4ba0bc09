package main

// vigile changes --since: what changed, of everybody.

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

func newChanges(a *app) *cobra.Command {
	var since string
	var f placeFlags
	cmd := &cobra.Command{
		Use:  "changes",
		Args: a.noArgs,
		Example: `  vigile changes --since 7d
  vigile changes --since 2026-11-01 --provincia PG --check spid`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.changes(cmd.Context(), since, f) },
	}
	a.describe(cmd, "changes")
	cmd.Flags().StringVar(&since, "since", "7d", a.flagText("since"))
	a.placeFlags(cmd, &f)
	return cmd
}

func (a *app) changes(ctx context.Context, since string, f placeFlags) error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	from, ok := sinceWhen(since, a.now())
	if !ok {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.flag_bad", "value", plain(since), "flag", "--since"), hint: a.text.Text("error.since_hint"),
		}
	}
	r, err := a.results(ctx, whenFlags{}, f)
	if err != nil {
		return err
	}
	s, q, list := r.store, r.query, r.checks
	defer s.Close()
	lines := []report.ChangeLine{}
	for c, err := range s.Changes(ctx, from, time.Time{}, q) {
		if err != nil {
			return err
		}
		lines = append(lines, report.NewChangeLine(c))
	}
	slices.Reverse(lines) // the newest first
	titles := map[string]string{}
	for _, m := range metas(list) {
		titles[m.ID] = m.Title(a.text.Lang())
	}
	t := &table{head: []string{
		a.text.Text("history.when"), a.text.Text("summary.comune"), a.text.Text("summary.check"), a.text.Text("changes.before"), a.text.Text("changes.after"),
	}}
	for _, l := range lines {
		name := l.Comune
		if l.Province != "" {
			name += " (" + l.Province + ")"
		}
		title := titles[l.Check]
		if title == "" {
			title = l.Check
		}
		t.add(l.At.In(rome()).Format("2006-01-02 15:04"), name, title, a.state(l.Check, l.From), a.state(l.Check, l.To))
		t.addPlain(stamp(l.At), l.Istat, l.Comune, l.Province, l.Region, l.Check, string(l.From.Verdict), string(l.From.Reason), l.From.Value,
			string(l.To.Verdict), string(l.To.Reason), l.To.Value, l.Run)
	}
	if len(lines) == 0 {
		a.note(a.text.Text("changes.none", "since", a.text.Moment(from.In(rome()))))
		if format == "table" {
			return nil
		}
	}
	return a.printTable(format, t, []string{
		"at", "istat", "comune", "provincia", "regione", "check", "from", "from_reason", "from_value", "to", "to_reason", "to_value", "run",
	}, lines)
}

// state is a definite finding in a few words.
func (a *app) state(check string, s report.StateLine) string {
	words := a.text.Text("verdict." + string(s.Verdict))
	switch {
	case s.Reason != "":
		words += ": " + strings.TrimSuffix(report.ReasonText(a.text, finding.Finding{Check: check, Verdict: s.Verdict, Reason: s.Reason}, ""), ".")
	case s.Verdict == finding.Info && s.Value != "":
		words += ": " + s.Value
	}
	return words
}

// maxSince is how far back one may ask; there is nothing before.
const maxSince = 100 * 365 * 24 * time.Hour

// sinceWhen reads 7d, 2w, 36h or a date in Rome.
func sinceWhen(s string, now time.Time) (time.Time, bool) {
	if day, err := time.ParseInLocation(time.DateOnly, s, rome()); err == nil {
		return day, true
	}
	units := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "g": 24 * time.Hour, "w": 7 * 24 * time.Hour, "s": 7 * 24 * time.Hour}
	if len(s) < 2 {
		return time.Time{}, false
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	unit, ok := units[s[len(s)-1:]]
	if err != nil || !ok || n < 0 || time.Duration(n) > maxSince/unit {
		return time.Time{}, false
	}
	return now.Add(-time.Duration(n) * unit), true
}

// present is a comune's standing on one check, in JSON.
type present struct {
	Check          string          `json:"check"`
	Title          string          `json:"title"`
	Verdict        finding.Verdict `json:"verdict"`
	Reason         finding.Reason  `json:"reason,omitzero"`
	CheckedAt      time.Time       `json:"checked_at"`
	FirstSeen      time.Time       `json:"first_seen"`
	LastChanged    time.Time       `json:"last_changed,omitzero"`
	LastDefinite   finding.Verdict `json:"last_definite,omitzero"`
	LastDefiniteAt time.Time       `json:"last_definite_at,omitzero"`
}

// presents are the standings of a view in the order of the catalogue.
func (a *app) presents(l record.Latest, list []checks.Check) []present {
	out := []present{}
	for _, c := range list {
		s, ok := l.Standing(c.Meta.ID)
		if !ok {
			continue
		}
		out = append(out, present{
			Check: c.Meta.ID, Title: c.Meta.Title(a.text.Lang()), Verdict: s.Finding.Verdict, Reason: s.Finding.Reason, CheckedAt: s.Checked.UTC(),
			FirstSeen: s.FirstSeen.UTC(), LastChanged: s.LastChanged.UTC(), LastDefinite: s.LastDefinite.Verdict, LastDefiniteAt: s.LastDefiniteAt.UTC(),
		})
	}
	return out
}
