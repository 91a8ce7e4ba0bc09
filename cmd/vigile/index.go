package main

// vigile index: how far the comuni have come, in three dimensions.

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// indexFlags are those of index alone.
type indexFlags struct {
	places  crawlFlags // provinces, regions, capitals and comuni alone
	since   string
	when    whenFlags
	weights string
	output  string
}

var indexFormats = []string{"table", "json", "csv", "markdown", formatHTML}

// detailUpTo is up to how many comuni are shown indicator by indicator where the
// format leaves the choice.
const detailUpTo = 400

func newIndex(a *app) *cobra.Command {
	var f indexFlags
	cmd := &cobra.Command{
		Use:  "index",
		Args: a.noArgs,
		Example: `  vigile index --provincia PG
  vigile index --capoluoghi --since 2026-01-01 --format html --output indice.html
  vigile index --comune Spoleto --weights pesi.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.index(cmd.Context(), f) },
	}
	a.describe(cmd, "index")
	flags := cmd.Flags()
	flags.StringArrayVar(&f.places.comuni, "comune", nil, a.flagText("comune"))
	flags.StringArrayVar(&f.places.provinces, "provincia", nil, a.flagText("provincia"))
	flags.StringArrayVar(&f.places.regions, "regione", nil, a.flagText("regione"))
	flags.BoolVar(&f.places.capitals, "capoluoghi", false, a.flagText("capoluoghi"))
	flags.StringVar(&f.since, "since", "", a.flagText("index_since"))
	a.whenFlags(cmd, &f.when)
	flags.StringVar(&f.weights, "weights", "", a.flagText("weights"))
	flags.StringVar(&f.output, "output", "", a.flagText("output"))
	a.ownFormats(cmd, indexFormats...)
	fixed(cmd, "provincia", provinceCodes()...)
	fixed(cmd, "regione", registry.Regions()...)
	return cmd
}

func (a *app) index(ctx context.Context, f indexFlags) error {
	format, err := a.formatOf(f.output, indexFormats...)
	if err != nil {
		return err
	}
	since, err := a.sinceNight(f.since)
	if err == nil {
		err = a.movable(since, f.when.night)
	}
	if err != nil {
		return err
	}
	r, err := a.results(ctx, f.when, placeFlags{})
	if err != nil {
		return err
	}
	defer r.store.Close()
	weights, err := a.weights(f.weights, idsOf(r.checks))
	if err != nil {
		return err
	}
	views, err := gathered(ctx, r.now, store.Query{Checks: weights.Checks(), Brief: true})
	if err != nil {
		return err
	}
	if views, err = a.viewsAt(ctx, r, views, weights.Checks(), f.when); err != nil {
		return err
	}
	chosen, err := a.indexChoice(views, f.places)
	if err != nil {
		return err
	}
	o := report.IndexOptions{
		Title: a.indexTitle(views, f.places), Made: a.now().In(rome()), Night: f.when.night, AsOf: f.when.asOf, Version: release(), Weights: weights, Checks: metas(r.checks), Text: a.text, Since: since,
	}
	n := len(views)
	if chosen != nil {
		n = len(chosen)
		o.Select = func(c registry.Comune) bool { return chosen[c.Istat] }
	}
	if since != "" {
		if o.Then, err = a.viewsThen(ctx, r.now, views, chosen, weights.Checks(), since); err != nil {
			return err
		}
	}
	o.Detail = format == "json" || n <= detailUpTo
	return a.writeOut(f.output, a.indexWriter(report.NewIndex(views, o), format))
}

// movable refuses a movement since the night that is told of, or since a later one.
func (a *app) movable(since, night string) error {
	if night == "" {
		night = record.NightOf(a.now(), rome())
	}
	if since == "" || since < night {
		return nil
	}
	return &failure{
		code: codeUsage, sentence: a.text.Text("index.not_earlier", "since", report.DayWords(a.text, since), "night", report.DayWords(a.text, night)), hint: a.text.Text("error.since_hint"),
	}
}

// viewsAt are the views of those comuni at the time asked for, of the checks named,
// given their present ones.
func (a *app) viewsAt(ctx context.Context, r *results, present []record.Latest, checks []string, f whenFlags) ([]record.Latest, error) {
	var out []record.Latest
	switch {
	case f.asOf != "":
		var err error
		if out, err = gathered(ctx, r.store, store.Query{Checks: checks, Brief: true}); err != nil {
			return nil, err
		}
	case f.night == "":
		return present, nil
	default: // reads less than the view of a night would
		then, err := a.viewsThen(ctx, r.now, present, nil, checks, f.night)
		if err != nil {
			return nil, err
		}
		for _, l := range present {
			if t, visited := then[l.Comune.Istat]; visited {
				t.Comune.Istat = l.Comune.Istat
				out = append(out, t)
			}
		}
	}
	if len(out) == 0 && f.night != "" {
		return nil, a.noNight(f.night)
	}
	return out, nil
}

// gathered are the views of a query.
func gathered(ctx context.Context, s store.Store, q store.Query) ([]record.Latest, error) {
	var out []record.Latest
	for l, err := range s.Latest(ctx, q) {
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// weights reads a file of weights; those that vigile comes with where no file is
// named.
func (a *app) weights(name string, known []string) (report.Weights, error) {
	if name == "" {
		return report.DefaultWeights(known)
	}
	data, err := a.readForm(name)
	if err != nil {
		return report.Weights{}, err
	}
	w, err := report.ParseWeights(data, known)
	return w, a.badForm(name, err)
}

// readForm reads a file of the user's, as far as a form may be long.
func (a *app) readForm(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err == nil {
		defer f.Close()
		var data []byte
		if data, err = io.ReadAll(io.LimitReader(f, report.MaxForm+1)); err == nil {
			return data, nil
		}
	}
	return nil, &failure{
		code: codeUsage, sentence: a.text.Text("form_error.unreadable", "file", plain(name), "detail", a.cause(err)), hint: a.text.Text("form_error.hint"), err: err,
	}
}

// badForm says in the user's language what is wrong with a form; nil for nil.
func (a *app) badForm(name string, err error) error {
	var bad *report.FormError
	if !errors.As(err, &bad) {
		return err
	}
	where := plain(name)
	if bad.Line > 0 {
		where += ":" + strconv.Itoa(bad.Line)
	}
	hint := a.text.Text("form_error.hint")
	switch {
	case bad.Nearest != "":
		hint = a.text.Text("form_error.nearest", "nearest", plain(bad.Nearest))
	case len(bad.Options) > 0:
		hint = a.text.Text("error.flag_choice", "options", strings.Join(bad.Options, ", "))
	}
	return &failure{
		code: codeUsage, hint: hint, err: err,
		sentence: a.text.Text("form_error.wrong", "where", where, "detail", a.text.Text("form_error.kind."+bad.Kind, "name", plain(bad.Name))),
	}
}

// sinceNight is the date in Rome that --since means; empty where it was not given.
func (a *app) sinceNight(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	at, ok := sinceWhen(value, a.now())
	if !ok {
		return "", &failure{
			code: codeUsage, sentence: a.text.Text("error.flag_bad", "value", plain(value), "flag", "--since"), hint: a.text.Text("error.since_hint"),
		}
	}
	return record.NightOf(at, rome()), nil
}

// indexChoice are the ISTAT codes of the comuni asked for among those with
// results; nil: all.
func (a *app) indexChoice(views []record.Latest, f crawlFlags) (map[string]bool, error) {
	if len(f.comuni)+len(f.provinces)+len(f.regions) == 0 && !f.capitals {
		return nil, nil
	}
	c := catalogueOf(views)
	chosen := map[string]bool{}
	for _, q := range f.comuni {
		x, err := a.storedIn(c, q)
		if err != nil {
			return nil, err
		}
		chosen[x.Istat] = true
	}
	found, err := a.places(c, f, true)
	for _, x := range found {
		chosen[x.Istat] = true
	}
	return chosen, err
}

func catalogueOf(views []record.Latest) *registry.Catalogue {
	comuni := make([]registry.Comune, len(views))
	for i, l := range views {
		comuni[i] = l.Comune
	}
	return registry.NewCatalogue(comuni)
}

// storedIn finds a comune among those with results.
func (a *app) storedIn(c *registry.Catalogue, query string) (registry.Comune, error) {
	x, err := c.Find(query)
	if f := a.explainRegistry(err); f != nil && len(f.lines) == 0 {
		f.sentence = a.text.Text("error.not_in_store", "query", plain(query))
		return x, f
	}
	return x, err
}

// indexTitle says whose index it is.
func (a *app) indexTitle(views []record.Latest, f crawlFlags) string {
	words := f.words()
	if len(f.comuni) == 0 {
		if words == "" {
			return a.text.Text("index.everybody")
		}
		return words
	}
	c := catalogueOf(views)
	var names []string
	for _, q := range f.comuni {
		if x, err := c.Find(q); err == nil {
			names = append(names, named(x))
		}
	}
	if words != "" {
		names = append(names, words)
	}
	return strings.Join(names, ", ")
}

// viewsThen are the views of some comuni as they stood after a date, by ISTAT
// code: of each of the checks the finding of the last visit up to then. A comune
// that was not visited by then has none.
func (a *app) viewsThen(ctx context.Context, s store.Store, views []record.Latest, chosen map[string]bool, checks []string, day string) (map[string]record.Latest, error) {
	then := a.onNight(s, day)
	found := make([]record.Latest, len(views))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, l := range views {
		if chosen != nil && !chosen[l.Comune.Istat] {
			continue
		}
		group.Go(func() (err error) {
			found[i], err = viewThen(ctx, then, l.Comune.Istat, checks)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := make(map[string]record.Latest, len(views))
	for i, l := range found {
		if !l.Checked.IsZero() {
			out[views[i].Comune.Istat] = l
		}
	}
	return out, nil
}

// historyStep is how many visits are read where the last left a check out: a week of
// nights and some more.
const historyStep = 10

// viewThen reads the last visit of a history and, only where it did not run every
// check, those before it. A comune without any has the zero view.
func viewThen(ctx context.Context, s store.Store, istat string, checks []string) (record.Latest, error) {
	for _, limit := range []int{1, historyStep} {
		visits, err := s.History(ctx, istat, limit)
		switch {
		case err != nil:
			return record.Latest{}, err
		case len(visits) == 0:
			return record.Latest{}, nil
		case limit == historyStep || ranAll(visits[0], checks):
			return viewOf(visits), nil
		}
	}
	return record.Latest{}, nil
}

// ranAll tells whether a visit ran each of the checks.
func ranAll(x record.Assessment, checks []string) bool {
	for _, check := range checks {
		if !slices.ContainsFunc(x.Findings, func(f finding.Finding) bool { return f.Check == check }) {
			return false
		}
	}
	return true
}
