package main

// vigile export: the latest finding of every check of every comune.

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// exportFlags are those of export alone.
type exportFlags struct {
	excel  bool
	facts  bool
	output string
	when   whenFlags
	place  placeFlags
}

func newExport(a *app) *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:  "export",
		Args: a.noArgs,
		Example: `  vigile export --format csv --excel --output comuni.csv
  vigile export --format xlsx --provincia PG --output pg.xlsx
  vigile export --format jsonl | jq 'select(.verdict == "fail")'
  vigile export --format parquet --output comuni.parquet
  vigile export --facts --format csv --check online-services`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.export(cmd.Context(), f) },
	}
	a.describe(cmd, "export")
	flags := cmd.Flags()
	flags.BoolVar(&f.excel, "excel", false, a.flagText("excel"))
	flags.BoolVar(&f.facts, "facts", false, a.flagText("facts"))
	flags.StringVar(&f.output, "output", "", a.flagText("output"))
	a.whenFlags(cmd, &f.when)
	a.placeFlags(cmd, &f.place)
	a.ownFormats(cmd, exportFormats()...)
	return cmd
}

// The forms of the export that a person or another program opens.
const (
	formatXLSX        = "xlsx"
	formatOpenMetrics = "openmetrics"
)

// binary tells a form that a terminal cannot show.
func binary(format string) bool { return format == formatXLSX || format == string(report.Parquet) }

func exportFormats() []string {
	var out []string
	for _, f := range report.ExportFormats() {
		out = append(out, string(f))
	}
	for _, f := range []string{formatXLSX, formatOpenMetrics} {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

func (a *app) export(ctx context.Context, f exportFlags) error {
	format, err := a.formatOf(f.output, exportFormats()...)
	if err != nil {
		return err
	}
	if f.excel && format != string(report.CSV) {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.flag_needs", "flag", "--excel", "other", "--format csv"),
			hint: a.text.Text("error.flag_hint", "command", "vigile export"),
		}
	}
	if f.facts && !slices.Contains(report.FactFormats(), report.ExportFormat(format)) {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.flag_needs", "flag", "--facts", "other", "--format csv, json, jsonl"),
			hint: a.text.Text("error.flag_hint", "command", "vigile export"),
		}
	}
	if _, seen := terminal(a.stdout); binary(format) && f.output == "" && seen {
		return &failure{code: codeUsage, sentence: a.text.Text("error.binary"), hint: a.text.Text("error.binary_hint")}
	}
	r, err := a.results(ctx, f.when, f.place)
	if err != nil {
		return err
	}
	defer r.store.Close()
	q := r.query
	if err := a.visitedBy(ctx, r, f.when.night); err != nil {
		return err
	}
	if err := a.noteNobody(ctx, r.store, q); err != nil {
		return err
	}
	write := a.exporter(ctx, r.store, q, format, f.excel, r.checks)
	if f.facts {
		write = func(w io.Writer) error {
			_, err := report.ExportFacts(w, visitsBehind(ctx, r.store, q), report.ExportOptions{
				Format: report.ExportFormat(format), Excel: f.excel, Bears: bearing(f.place.checks),
			})
			return err
		}
	}
	if f.output == "" {
		return a.exportTo("stdout", write(a.stdout))
	}
	return a.exportTo(f.output, replaceFile(f.output, write))
}

// noteNobody says that there is nobody to export: a province mistyped would look like
// one of which all is in order.
func (a *app) noteNobody(ctx context.Context, s store.Store, q store.Query) error {
	q.Brief = true
	for _, err := range s.Latest(ctx, q) {
		return err
	}
	a.note(a.text.Text("export.nobody"))
	return nil
}

// exporter writes what was asked for in that format.
func (a *app) exporter(ctx context.Context, s store.Store, q store.Query, format string, excel bool, list []checks.Check) func(io.Writer) error {
	q.Brief = true
	return func(w io.Writer) (err error) {
		switch format {
		case formatXLSX:
			_, err = report.WriteXLSX(w, s.Latest(ctx, q), report.XLSXOptions{Text: a.text, Checks: metas(list), Made: a.now().In(rome())})
		case formatOpenMetrics:
			var nights []record.NightTally
			if nights, err = a.nightsOf(ctx, s, 0); err == nil {
				_, err = report.WriteOpenMetrics(ctx, w, report.Backfill{Store: s, Nights: nights, Query: q, Rome: rome()})
			}
		default:
			_, err = report.Export(w, s.Latest(ctx, q), report.ExportOptions{Format: report.ExportFormat(format), Excel: excel})
		}
		return err
	}
}

// bearing tells the facts that bear on those checks; nil where it is all of them.
func bearing(ids []string) func(name string) bool {
	if len(ids) == 0 {
		return nil
	}
	return func(name string) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return checks.Bears(name, id) })
	}
}

// visitsBehind are the visits that the findings of a query rest on: as a rule the
// last of each comune, and others where a check was last run in another.
func visitsBehind(ctx context.Context, s store.Store, q store.Query) iter.Seq2[record.Assessment, error] {
	return func(yield func(record.Assessment, error) bool) {
		q.Brief = true
		for l, err := range s.Latest(ctx, q) {
			if err != nil {
				yield(record.Assessment{}, err)
				return
			}
			visits, err := visitsBehindView(ctx, s, l)
			if err != nil {
				yield(record.Assessment{}, err)
				return
			}
			for _, v := range visits {
				rtd := v.Comune.RTD
				v.Comune = l.Comune // under one code, whatever the comune had at the time
				v.Comune.RTD = rtd
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

// visitsBehindView are the visits behind one view.
func visitsBehindView(ctx context.Context, s store.Store, l record.Latest) ([]record.Assessment, error) {
	behind := map[string]bool{}
	for _, st := range l.Standings {
		behind[st.Run] = true
	}
	for _, depth := range []int{1, replayDepth} {
		visits, err := s.History(ctx, l.Comune.Istat, depth)
		if err != nil {
			return nil, err
		}
		visits = slices.DeleteFunc(visits, func(v record.Assessment) bool { return !behind[v.Run] })
		if len(visits) == len(behind) || depth == replayDepth {
			return visits, nil
		}
	}
	return nil, nil
}

// exportTo says what went wrong with the writing; the store has words of its own.
func (a *app) exportTo(file string, err error) error {
	var path *os.PathError
	var link *os.LinkError
	if errors.As(err, &path) || errors.As(err, &link) {
		return a.cannotWrite(file, err)
	}
	return err
}

// replaceFile writes a file under another name and then puts it in place, so
// that a reader never sees half of it and a failure leaves what was there.
func replaceFile(name string, write func(io.Writer) error) (err error) {
	tmp, err := besideFile(name)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	if err := errors.Join(write(tmp), tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

// besideFile begins the file that will take the place of another.
func besideFile(name string) (*os.File, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return nil, &os.PathError{Op: "write", Path: name, Err: syscall.EISDIR}
	}
	return os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
}

// canReplace finds out whether a file can be written, for who has long work to do first.
func canReplace(name string) error {
	tmp, err := besideFile(name)
	if err != nil {
		return err
	}
	return errors.Join(tmp.Close(), os.Remove(tmp.Name()))
}
