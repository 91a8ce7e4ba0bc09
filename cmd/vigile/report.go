package main

// vigile report: the report of a province or of a region.

import (
	"context"
	"io"
	"runtime"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// reportFlags are those of report alone.
type reportFlags struct {
	province, region string
	compare          string
	when             whenFlags
	output           string
}

// The forms of the report.
const (
	formatHTML     = "html"
	formatMarkdown = "markdown"
	formatJSON     = "json"
	formatPDF      = "pdf"
)

// reportFormats are the forms of the report; the first is the default.
func reportFormats() []string {
	return []string{formatHTML, formatMarkdown, formatXLSX, formatJSON, formatPDF}
}

func newReport(a *app) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:  "report",
		Args: a.noArgs,
		Example: `  vigile report --provincia PG --output pg.html
  vigile report --provincia PG --compare 2026-10-22 --format xlsx --output pg.xlsx
  vigile report --regione Umbria --night 2026-11-01 --format markdown`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.provinceReport(cmd.Context(), f) },
	}
	a.describe(cmd, "report")
	flags := cmd.Flags()
	a.onePlace(cmd, &f.province, &f.region)
	flags.StringVar(&f.compare, "compare", "", a.flagText("compare"))
	a.whenFlags(cmd, &f.when)
	flags.StringVar(&f.output, "output", "", a.flagText("output"))
	a.ownFormats(cmd, reportFormats()...)
	return cmd
}

func (a *app) provinceReport(ctx context.Context, f reportFlags) error {
	format, err := a.reportFormat(f)
	if err != nil {
		return err
	}
	r, err := a.results(ctx, f.when, placeFlags{province: f.province, region: f.region})
	if err != nil {
		return err
	}
	defer r.store.Close()
	p, err := a.gatherProvince(ctx, r.now, r.checks, r.query, f)
	if err != nil {
		return err
	}
	return a.writeProvince(ctx, p, format, f.output)
}

// reportFormat is the form asked for, where it and the flags beside it make
// sense.
func (a *app) reportFormat(f reportFlags) (string, error) {
	format, err := a.formatOf(f.output, reportFormats()...)
	if err != nil {
		return "", err
	}
	if f.province == "" && f.region == "" {
		return "", &failure{
			code: codeUsage, sentence: a.text.Text("province_report.need_place"), hint: a.text.Text("error.flag_hint", "command", "vigile report"),
		}
	}
	if _, seen := terminal(a.stdout); (format == formatXLSX || format == formatPDF) && f.output == "" && seen {
		return "", &failure{code: codeUsage, sentence: a.text.Text("error.binary"), hint: a.text.Text("error.binary_hint")}
	}
	if format == formatPDF {
		_, err = a.chromium()
	}
	return format, err
}

// gatherProvince makes the report out of the store.
func (a *app) gatherProvince(ctx context.Context, s store.Store, list []checks.Check, q store.Query, f reportFlags) (report.Province, error) {
	o := report.ProvinceOptions{
		Title: a.placeTitle(q), Made: a.now().In(rome()), AsOf: f.when.asOf, Version: release(), Checks: metas(list), Text: a.text,
	}
	day, err := a.asOfDay(f.when.asOf)
	if err == nil {
		o.Night, err = a.pastNight(f.when.night)
	}
	if err == nil {
		o.EarlierNight, err = a.nightDay("--compare", f.compare)
	}
	if err == nil {
		err = a.laterThan(o)
	}
	if err != nil {
		return report.Province{}, err
	}
	q.Brief = true
	at := func(night string) (store.Store, error) { return a.asOf(a.onNight(s, night), list, day) }
	views := func(night string) ([]record.Latest, map[string][]checks.OnlineService, error) {
		judged, err := at(night)
		if err != nil {
			return nil, nil, err
		}
		found, err := collectViews(judged.Latest(ctx, q))
		if err != nil {
			return nil, nil, err
		}
		if len(found) == 0 {
			return nil, nil, a.nothingToReport(q, night)
		}
		entries, err := entriesOf(ctx, a.onNight(s, night), found)
		return found, entries, err
	}
	var now []record.Latest
	if now, o.Entries, err = views(o.Night); err != nil {
		return report.Province{}, err
	}
	if o.EarlierNight != "" {
		if o.Earlier, o.EarlierEntries, err = views(o.EarlierNight); err != nil {
			return report.Province{}, err
		}
	}
	p := report.NewProvince(now, o)
	judged, err := at(o.Night)
	if err != nil {
		return report.Province{}, err
	}
	most := mostBeyond
	if o.Night != "" || !day.IsZero() {
		most = mostBeyondPast
	}
	return p, lookBeyond(ctx, judged, &p, o, now[0].Comune.Region, most)
}

// laterThan refuses to compare a night with itself or with a later one.
func (a *app) laterThan(o report.ProvinceOptions) error {
	night := o.Night
	if night == "" {
		night = record.NightOf(a.now(), rome())
	}
	if o.EarlierNight == "" || o.EarlierNight < night {
		return nil
	}
	return &failure{
		code: codeUsage, sentence: a.text.Text("province_report.not_earlier", "earlier", report.DayWords(a.text, o.EarlierNight), "night", report.DayWords(a.text, night)),
		hint: a.text.Text("province_report.not_earlier_hint"),
	}
}

func (a *app) nothingToReport(q store.Query, night string) error {
	_, known := registry.FindProvince(q.Province)
	switch {
	case night != "":
		return a.noNight(night)
	case q.Province != "" && !known:
		return a.unknownProvince(q.Province)
	case q.Province != "":
		return a.noResults(a.placeTitle(q), "--provincia "+q.Province)
	}
	return a.noResults(a.placeTitle(q), "--regione "+quotedWord(q.Region))
}

// noResults says that nobody of those asked for was visited, and how to visit them.
func (a *app) noResults(title, flags string) error {
	return &failure{
		code: codeUsage, sentence: a.text.Text("province_report.no_results", "title", title), hint: a.text.Text("province_report.no_results_hint", "flags", flags),
	}
}

// quotedWord is a word as a shell takes it.
func quotedWord(s string) string {
	if strings.ContainsAny(s, " '") {
		return `"` + s + `"`
	}
	return s
}

// placeTitle is what was asked for, in words.
func (a *app) placeTitle(q store.Query) string {
	if q.Province == "" {
		return a.text.Text("province_report.of_region", "name", q.Region)
	}
	return a.provinceTitle(q.Province)
}

func (a *app) provinceTitle(code string) string {
	name := code
	if p, ok := registry.FindProvince(code); ok {
		name = p.Name
	}
	return a.text.Text("province_report.of_province", "name", plain(name), "code", plain(code))
}

// collectViews are the views of an iterator.
func collectViews(views func(func(record.Latest, error) bool)) ([]record.Latest, error) {
	var out []record.Latest
	for l, err := range views {
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// entriesOf are the online services that the visit behind each view saw the
// entry of, with the ways to sign in: what the view itself leaves out.
func entriesOf(ctx context.Context, s store.Store, views []record.Latest) (map[string][]checks.OnlineService, error) {
	out := map[string][]checks.OnlineService{}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, l := range views {
		st, ran := l.Standing("online-services")
		if !ran || !st.Finding.Verdict.Definite() {
			continue
		}
		group.Go(func() error {
			seen, err := entriesIn(ctx, s, l.Comune.Istat, st.Run)
			mu.Lock()
			defer mu.Unlock()
			out[l.Comune.Istat] = seen
			return err
		})
	}
	return out, group.Wait()
}

// entriesIn are the entries that one run saw; as a rule it was the last.
func entriesIn(ctx context.Context, s store.Store, istat, run string) ([]checks.OnlineService, error) {
	for _, depth := range []int{1, replayDepth} {
		visits, err := s.History(ctx, istat, depth)
		if err != nil {
			return nil, err
		}
		for _, v := range visits {
			if v.Run == run {
				return checks.OnlineServices(v.Facts), nil
			}
		}
	}
	return nil, nil
}

// writeProvince writes the report to a file, whole or not at all, or to stdout.
func (a *app) writeProvince(ctx context.Context, p report.Province, format, output string) error {
	write := func(w io.Writer) error {
		switch format {
		case formatMarkdown:
			return a.provinceMarkdown(w, p)
		case formatXLSX:
			return report.WriteProvinceXLSX(w, p, a.text)
		case formatJSON:
			return writeJSON(w, p)
		case formatPDF:
			return a.provincePDF(ctx, w, p)
		}
		return report.WriteProvinceHTML(w, p, a.text)
	}
	if output == "" {
		return a.exportTo("stdout", write(a.stdout))
	}
	if err := a.exportTo(output, replaceFile(output, write)); err != nil {
		return err
	}
	a.note(a.text.Text("province_report.written", "file", plain(output)))
	return nil
}
