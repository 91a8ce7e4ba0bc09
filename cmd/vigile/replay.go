package main

// vigile replay: stored assessments judged again with the checks of today.

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/bolt"
)

// replayFlags are those of replay alone.
type replayFlags struct {
	run    string
	asOf   string
	comune string
	place  placeFlags
}

func newReplay(a *app) *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:  "replay",
		Args: a.noArgs,
		Example: `  vigile replay
  vigile replay --run 2026-11-22 --as-of 2027-09-24
  vigile replay --comune Spoleto --check rtd`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.replay(cmd.Context(), f) },
	}
	a.describe(cmd, "replay")
	cmd.Flags().StringVar(&f.run, "run", "", a.flagText("run"))
	cmd.Flags().StringVar(&f.asOf, "as-of", "", a.flagText("as_of"))
	cmd.Flags().StringVar(&f.comune, "comune", "", a.flagText("comune_one"))
	a.placeFlags(cmd, &f.place)
	return cmd
}

// replayed is what came of a replay. Its field names are part of the interface.
type replayed struct {
	Run         string       `json:"run"`
	Started     time.Time    `json:"started"`
	AsOf        string       `json:"as_of,omitzero"`
	Comuni      int          `json:"comuni"`
	Observed    int          `json:"observed_again"` // of them, from kept pages
	Differences []difference `json:"differences"`
}

type difference struct {
	Istat    string         `json:"istat"`
	Comune   string         `json:"comune"`
	Province string         `json:"provincia,omitzero"`
	Check    string         `json:"check"`
	Before   record.State   `json:"before"`
	After    record.State   `json:"after"`
	Causes   []assess.Cause `json:"causes"`
}

func (a *app) replay(ctx context.Context, f replayFlags) error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	day, err := a.asOfDay(f.asOf)
	if err != nil {
		return err
	}
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	list, err := a.catalogue(cfg)
	if err != nil {
		return err
	}
	q, err := a.query(f.place, list)
	if err != nil {
		return err
	}
	s, err := a.openStore(cfg, true)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := a.stored(ctx, s, q); err != nil {
		return err
	}
	if f.comune != "" {
		c, err := a.kept(ctx, s, f.comune)
		if err != nil {
			return err
		}
		q.Istat = []string{c.Istat}
	}
	run, err := a.runToReplay(ctx, s, f.run)
	if err != nil {
		return err
	}
	judge, err := assess.NewReplayer(list, rome(), a.logger(cfg))
	if err != nil {
		return err
	}
	shelf, err := a.shelf(cfg)
	if err != nil {
		return err
	}
	if shelf != nil {
		defer shelf.Close()
	}
	r := &replay{app: a, store: s, shelf: shelf, judge: judge, day: day, checks: f.place.checks}
	r.out = replayed{Run: run.ID, Started: run.Started, AsOf: f.asOf, Differences: []difference{}}
	q.Checks = nil // a check that is new has no standing yet
	if err := r.all(ctx, q); err != nil {
		return err
	}
	return a.printReplay(format, r.out, list)
}

// runToReplay is the run of that id, the night of that date, or the newest run.
func (a *app) runToReplay(ctx context.Context, s store.Store, id string) (record.Run, error) {
	runs, err := s.Runs(ctx, "", 0)
	if err != nil {
		return record.Run{}, err
	}
	if id == "" && len(runs) > 0 {
		return runs[0], nil
	}
	i := slices.IndexFunc(runs, func(r record.Run) bool { return r.ID == id || r.Night == id && id != "" })
	if i >= 0 {
		return runs[i], nil
	}
	f := &failure{code: codeUsage, sentence: a.text.Text("error.no_run", "run", plain(id)), hint: a.text.Text("error.no_run_hint")}
	for _, r := range runs[:min(len(runs), 5)] {
		f.lines = append(f.lines, r.ID+"  "+r.Started.In(rome()).Format("2006-01-02 15:04")+"  "+plain(r.Selection))
	}
	return record.Run{}, f
}

// shelf opens the kept pages to read; nil where there are none or a crawl is
// writing them, which is said.
func (a *app) shelf(cfg config.Config) (*bolt.Pages, error) {
	p, err := bolt.OpenPages(pagesPath(cfg), bolt.PagesOptions{ReadOnly: true, Now: a.now})
	var locked *store.LockedError
	switch {
	case err == nil:
		return p, nil
	case errors.As(err, &locked):
		a.note(a.text.Text("replay.pages_in_use"))
	case !errors.Is(err, fs.ErrNotExist):
		a.note(a.text.Text("replay.pages_unread", "detail", a.cause(err)))
	}
	return nil, nil
}

func pagesPath(cfg config.Config) string { return filepath.Join(cfg.DataDir, "pages.db") }

// replay goes through the comuni of a run.
type replay struct {
	app    *app
	store  store.Store
	shelf  *bolt.Pages
	judge  *assess.Replayer
	day    time.Time
	checks []string
	out    replayed
	said   time.Time
}

func (r *replay) all(ctx context.Context, q store.Query) error {
	q.Brief = true
	r.said = r.app.now()
	for l, err := range r.store.Latest(ctx, q) {
		if err != nil {
			return err
		}
		if err := r.one(ctx, l.Comune.Istat); err != nil {
			return err
		}
		if now := r.app.now(); now.Sub(r.said) > lineEvery {
			r.said = now
			r.app.note(r.app.text.Count("replay.so_far", r.out.Comuni))
		}
	}
	return nil
}

func (r *replay) one(ctx context.Context, istat string) error {
	visits, err := r.store.History(ctx, istat, 0)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(visits, func(x record.Assessment) bool { return x.Run == r.out.Run })
	if i < 0 {
		return nil
	}
	x := visits[i]
	pages, err := r.pages(ctx, x)
	if err != nil {
		return err
	}
	before := visits[i+1:]
	_, differences := r.judge.Replay(x, assess.Again{Before: viewOf(before[:min(len(before), replayDepth)]), Date: r.day, Pages: pages})
	r.out.Comuni++
	if pages != nil {
		r.out.Observed++
	}
	for _, d := range differences {
		if len(r.checks) > 0 && !slices.Contains(r.checks, d.Check) {
			continue
		}
		r.out.Differences = append(r.out.Differences, difference{
			Istat: x.Comune.Istat, Comune: x.Comune.Name, Province: x.Comune.Province, Check: d.Check,
			Before: record.StateOf(d.Before), After: record.StateOf(d.After), Causes: d.Causes,
		})
	}
	return nil
}

// pages are those of a visit, where every one it read is kept.
func (r *replay) pages(ctx context.Context, x record.Assessment) ([]*page.Page, error) {
	if r.shelf == nil {
		return nil, nil
	}
	v, known, err := r.shelf.Visit(ctx, x.Comune.Istat)
	if err != nil || !known || v.Run != x.Run || !v.Started.Equal(x.Started) || len(v.Pages) != x.Visit.PagesRead() {
		return nil, ctx.Err() // a cache that cannot be read is as good as none
	}
	var pages []*page.Page
	for _, k := range v.Pages {
		index, err := r.shelf.Index(ctx, x.Comune.Istat, k.Index)
		if err != nil {
			return nil, ctx.Err()
		}
		p, err := k.Page(index)
		if err != nil {
			return nil, nil
		}
		pages = append(pages, p)
	}
	return pages, nil
}

func (a *app) printReplay(format string, r replayed, list []checks.Check) error {
	titles := map[string]string{}
	for _, m := range metas(list) {
		titles[m.ID] = m.Title(a.text.Lang())
	}
	t := &table{head: []string{
		a.text.Text("summary.comune"), a.text.Text("summary.check"), a.text.Text("replay.then"), a.text.Text("replay.again"), a.text.Text("replay.why"),
	}}
	for _, d := range r.Differences {
		name := d.Comune
		if d.Province != "" {
			name += " (" + d.Province + ")"
		}
		var why, causes []string
		for _, c := range d.Causes {
			causes = append(causes, string(c))
			why = append(why, a.text.Text("replay.cause."+string(c)))
		}
		t.add(name, cmp.Or(titles[d.Check], d.Check), a.stateWords(d.Check, d.Before), a.stateWords(d.Check, d.After), strings.Join(why, "; "))
		t.addPlain(d.Istat, d.Comune, d.Province, d.Check, string(d.Before.Verdict), string(d.Before.Reason), d.Before.Value,
			string(d.After.Verdict), string(d.After.Reason), d.After.Value, strings.Join(causes, " "))
	}
	a.note(a.text.Text("replay.done", "run", plain(r.Run), "comuni", a.text.Number(r.Comuni), "observed", a.text.Number(r.Observed), "n", a.text.Number(len(r.Differences))))
	if len(r.Differences) == 0 && format == "table" {
		return nil
	}
	return a.printTable(format, t, []string{
		"istat", "comune", "provincia", "check", "before", "before_reason", "before_value", "after", "after_reason", "after_value", "causes",
	}, r)
}

// stateWords is a finding of any verdict in a few words.
func (a *app) stateWords(check string, s record.State) string {
	if s.Verdict == "" {
		return "-"
	}
	return a.state(check, report.StateLine{Verdict: s.Verdict, Reason: s.Reason, Value: s.Value})
}
