package main

// vigile import: what other sources say, kept beside what is measured.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

func newImport(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "import " + a.text.Text("help.import_args"),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return &failure{code: codeUsage, sentence: a.text.Text("external.need_two"), hint: a.text.Text("error.usage", "line", a.useLine(cmd))}
		},
		Example: `  vigile import pnrr candidature_finanziate_143.csv
  vigile import population popolazione.csv
  vigile import list
  vigile import disagreements --provincia PG`,
		RunE: func(_ *cobra.Command, args []string) error { return a.importFile(args[0], args[1], force) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return kindNames(), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	a.describe(cmd, "import")
	cmd.Flags().BoolVar(&force, "force", false, a.flagText("force_import"))
	cmd.AddCommand(newImportList(a), newImportDisagreements(a))
	return cmd
}

func kindNames() []string {
	var out []string
	for _, k := range registry.ExternalKinds() {
		out = append(out, string(k))
	}
	return out
}

func (a *app) externalFolder(cfg config.Config) *registry.ExternalFolder {
	return registry.NewExternalFolder(externalDir(cfg))
}

func externalDir(cfg config.Config) string { return filepath.Join(cfg.DataDir, "external") }

// imported is what has been imported, in the user's words where it cannot be read.
func (a *app) imported(cfg config.Config) (*registry.External, error) {
	e, err := a.externalFolder(cfg).Current()
	if err != nil {
		return nil, &failure{
			code: codeUsage, sentence: a.text.Text("external.damaged", "detail", a.cause(err)), hint: a.text.Text("external.damaged_hint"), err: err,
		}
	}
	return e, nil
}

// outside is what has been imported; where it cannot be read that is noted, and
// nobody has to do without the rest.
func (a *app) outside(cfg config.Config) *registry.External {
	e, err := a.imported(cfg)
	if err != nil {
		a.note(a.explain(err).sentence)
		return nil
	}
	return e
}

func (a *app) importFile(kind, file string, force bool) error {
	if !slices.Contains(kindNames(), kind) {
		return &failure{
			code: codeUsage, sentence: a.text.Text("external.unknown_kind", "kind", plain(kind)),
			hint: a.text.Text("error.flag_choice", "options", strings.Join(kindNames(), ", ")),
		}
	}
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	data, err := a.readImport(registry.ExternalKind(kind), file)
	if err != nil {
		return a.explainImport(kind, file, err)
	}
	if len(data.Dropped) > 0 {
		a.note(a.text.Text("external.dropped", "list", a.droppedRows(data.Dropped)))
	}
	if len(data.Rows) == 0 {
		return &failure{
			code: codeUsage, sentence: a.text.Text("external.no_rows", "file", plain(file)), hint: a.text.Text("external.no_rows_hint", "kind", kind),
		}
	}
	if _, err := a.externalFolder(cfg).Keep(data, file, a.now(), force); err != nil {
		return a.explainKeeping(cfg, kind, file, err)
	}
	a.note(a.text.Text("external.imported", "file", plain(file), "rows", a.text.Count("external.rows", len(data.Rows)), "bodies", a.text.Count("external.bodies", data.Bodies())))
	if kept, err := a.copyAtHand(cfg); err == nil && kept != nil {
		a.noteKnown(registry.NewExternal(data).Known(kept.Comuni))
	}
	if data.Kind == registry.ExternalPopulation || data.Kind == registry.ExternalCoordinates {
		a.note(a.text.Text("external.at_next_visit"))
	}
	return nil
}

// othersNamed is how many codes that are no comune's are named.
const othersNamed = 5

// noteKnown says of how many comuni something was imported, and what is of none.
func (a *app) noteKnown(known int, others []string) {
	a.note(a.text.Count("external.known", known))
	if len(others) == 0 {
		return
	}
	list := strings.Join(others[:min(othersNamed, len(others))], ", ")
	if len(others) > othersNamed {
		list += ", …"
	}
	a.note(a.text.Count("external.others", len(others), "codes", plain(list)))
}

func (a *app) readImport(kind registry.ExternalKind, file string) (registry.ExternalData, error) {
	if file == "-" {
		return registry.ReadExternal(kind, a.stdin)
	}
	in, err := os.Open(file)
	if err != nil {
		return registry.ExternalData{}, err
	}
	defer in.Close()
	return registry.ReadExternal(kind, in)
}

// droppedRows tells which rows were left out, in words.
func (a *app) droppedRows(dropped map[string]int) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(dropped)) {
		parts = append(parts, a.text.Number(dropped[reason])+" "+a.text.Text("external.drop."+reason))
	}
	return strings.Join(parts, ", ")
}

// explainKeeping finds the words for a file that was read and could not be kept.
func (a *app) explainKeeping(cfg config.Config, kind, file string, err error) error {
	var shrunken *registry.ExternalShrunkenError
	var large *registry.TooLargeError
	var path *fs.PathError
	switch {
	case errors.As(err, &shrunken), errors.As(err, &large):
		return a.explainImport(kind, file, err)
	case errors.As(err, &path):
		return a.cannotWrite(externalDir(cfg), err)
	}
	return &failure{
		code: codeUsage, sentence: a.text.Text("external.damaged", "detail", a.cause(err)), hint: a.text.Text("external.damaged_hint"), err: err,
	}
}

// explainImport finds the words for a file that was not taken.
func (a *app) explainImport(kind, file string, err error) error {
	var missing *registry.MissingColumnsError
	var shrunken *registry.ExternalShrunkenError
	f := &failure{code: codeUsage, err: err}
	switch {
	case errors.As(err, &missing):
		f.sentence = a.text.Count("external.columns", len(missing.Missing), "file", plain(file), "kind", kind, "missing", strings.Join(missing.Missing, ", "))
		f.hint = a.text.Text("external.columns_hint")
	case errors.As(err, &shrunken):
		f.sentence = a.text.Text("external.shrunken", "file", plain(file), "after", a.text.Count("external.bodies", shrunken.After), "before", a.text.Number(shrunken.Before))
		f.hint = a.text.Text("external.shrunken_hint")
	default:
		f.sentence = a.text.Text("external.unreadable", "file", plain(file), "detail", a.cause(err))
		f.hint = a.text.Text("external.unreadable_hint", "kind", kind)
	}
	return f
}

func newImportList(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Args: a.noArgs, RunE: func(*cobra.Command, []string) error { return a.importList() }}
	a.describe(cmd, "import_list")
	return cmd
}

func (a *app) importList() error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	e, err := a.imported(cfg)
	if err != nil {
		return err
	}
	states := e.States()
	t := &table{head: []string{
		a.text.Text("external.kind_col"), a.text.Text("external.file_col"), a.text.Text("external.imported_col"),
		a.text.Text("external.rows_col"), a.text.Text("external.bodies_col"), a.text.Text("external.measures_col"),
	}}
	for _, s := range states {
		measures := slices.Sorted(maps.Keys(s.Measures))
		t.add(string(s.Kind), plain(s.File), s.Imported.In(rome()).Format("2006-01-02 15:04"), fmt.Sprint(s.Rows), fmt.Sprint(s.Bodies), strings.Join(measures, ", "))
	}
	if len(states) == 0 {
		states = []registry.ExternalState{}
		a.note(a.text.Text("external.none"))
		if format == "table" {
			return nil
		}
	}
	return a.printTable(format, t, []string{"kind", "file", "imported", "rows", "bodies", "measures"}, states)
}

func newImportDisagreements(a *app) *cobra.Command {
	var f placeFlags
	cmd := &cobra.Command{
		Use: "disagreements", Args: a.noArgs,
		Example: `  vigile import disagreements --provincia PG`,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.importDisagreements(cmd.Context(), f) },
	}
	a.describe(cmd, "import_disagreements")
	a.placeFlags(cmd, &f)
	return cmd
}

func (a *app) importDisagreements(ctx context.Context, f placeFlags) error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	r, err := a.results(ctx, whenFlags{}, f)
	if err != nil {
		return err
	}
	defer r.store.Close()
	said, err := a.imported(r.cfg)
	if err != nil {
		return err
	}
	if len(said.States()) == 0 {
		a.note(a.text.Text("external.none"))
	}
	return a.printDisagreements(ctx, r.store, r.query, said, report.SheetOptions{Checks: metas(r.checks), Text: a.text}, format)
}

func (a *app) printDisagreements(ctx context.Context, s store.Store, q store.Query, said *registry.External, o report.SheetOptions, format string) error {
	only := q.Checks
	q.Brief, q.Checks = true, nil
	lines, err := report.Disagreements(s.Latest(ctx, q), said, o)
	if err != nil {
		return err
	}
	if only != nil {
		lines = slices.DeleteFunc(lines, func(d report.Disagreement) bool { return !slices.Contains(only, d.Check) })
	}
	t := &table{head: []string{
		a.text.Text("summary.comune"), a.text.Text("external.source_col"), a.text.Text("external.says"), a.text.Text("summary.check"), a.text.Text("external.measured"),
	}}
	for _, d := range lines {
		name := d.Comune
		if d.Province != "" {
			name += " (" + d.Province + ")"
		}
		t.add(name, d.Source, d.OutsideWords(a.text), d.Title, d.Measured)
		t.addPlain(d.Istat, d.Comune, d.Province, string(d.Kind), d.Source, d.Says, d.Day, d.Check, string(d.Verdict), d.Measured)
	}
	if len(lines) == 0 && len(said.States()) > 0 {
		a.note(a.text.Text("external.agree_all"))
	}
	if len(lines) == 0 && format == "table" {
		return nil
	}
	return a.printTable(format, t, []string{"istat", "comune", "provincia", "kind", "source", "says", "day", "check", "verdict", "measured"}, lines)
}

// printOutside prints what other sources say of a comune, on its sheet.
func (a *app) printOutside(w io.Writer, s style, lines []report.OutsideLine) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.paint(bold, a.text.Text("external.title")))
	s.paragraph(w, "  ", a.text.Text("external.note"))
	for _, l := range lines {
		s.paragraph(w, "  ", "- "+a.outsideWords(l))
	}
}

// markdownOutside is printOutside in Markdown.
func (a *app) markdownOutside(w io.Writer, lines []report.OutsideLine) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n## %s\n\n%s\n\n", report.MarkdownText(a.text.Text("external.title")), report.MarkdownText(a.text.Text("external.note")))
	for _, l := range lines {
		fmt.Fprintf(w, "- %s\n", report.MarkdownText(a.outsideWords(l)))
	}
}

// outsideWords is a line with what was measured, and how the two go together.
func (a *app) outsideWords(l report.OutsideLine) string {
	words := l.Source + ": " + l.OutsideWords(a.text)
	if l.Measured != "" {
		measured := l.Measured
		if l.Title != "" {
			measured = l.Title + ", " + measured
		}
		words += ". " + a.text.Text("external.measured") + ": " + strings.TrimSuffix(measured, ".")
	}
	if l.Stand != report.Open {
		words += " (" + a.text.Text("external.stand."+string(l.Stand)) + ")"
	}
	return words + "."
}

// outside is what has been imported as it stands at each call, for the pages.
func (s *service) outside() func() *registry.External {
	folder := s.app.externalFolder(s.cfg)
	return func() *registry.External {
		e, err := folder.Current()
		if err != nil {
			s.log.Error("reading what was imported", "error", err)
		}
		return e
	}
}
