package main

// vigile compare: several bodies side by side.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// compareFlags are those of compare alone.
type compareFlags struct {
	comuni []string
	bodies []string
	when   whenFlags
	output string
}

var compareFormats = []string{"markdown", formatHTML, formatXLSX, "json"}

// mostBodies is how many bodies are set side by side at most: a workbook has room
// for three columns of each.
const mostBodies = 5_000

func newCompare(a *app) *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:  "compare",
		Args: a.noArgs,
		Example: `  vigile compare --comune Lecce --comune Avellino
  vigile compare --comune Lecce --ente p_le --format html --output confronto.html`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.compare(cmd.Context(), f) },
	}
	a.describe(cmd, "compare")
	flags := cmd.Flags()
	flags.StringArrayVar(&f.comuni, "comune", nil, a.flagText("comune"))
	flags.StringArrayVar(&f.bodies, "ente", nil, a.flagText("ente"))
	a.whenFlags(cmd, &f.when)
	flags.StringVar(&f.output, "output", "", a.flagText("output"))
	a.ownFormats(cmd, compareFormats...)
	return cmd
}

func (a *app) compare(ctx context.Context, f compareFlags) error {
	format, err := a.formatOf(f.output, compareFormats...)
	if err != nil {
		return err
	}
	if err := a.comparable(f); err != nil {
		return err
	}
	if _, seen := terminal(a.stdout); format == formatXLSX && f.output == "" && seen {
		return &failure{code: codeUsage, sentence: a.text.Text("error.binary"), hint: a.text.Text("error.binary_hint")}
	}
	r, err := a.results(ctx, f.when, placeFlags{})
	if err != nil {
		return err
	}
	defer r.store.Close()
	columns, err := a.columns(ctx, r, f)
	if err != nil {
		return err
	}
	if f.when.night != "" && !slices.ContainsFunc(columns, func(c report.Compared) bool { return c.View != nil }) {
		return a.noNight(f.when.night)
	}
	var outside *registry.External
	if f.when.night == "" { // what is imported is of today
		outside = a.outside(r.cfg)
	}
	c, err := report.NewComparison(columns, report.CompareOptions{
		Outside: outside,
		Made:    a.now().In(rome()), Night: f.when.night, AsOf: f.when.asOf, Version: release(), Checks: metas(r.checks), Text: a.text,
	})
	if err != nil {
		return err
	}
	return a.writeOut(f.output, func(w io.Writer) error {
		switch format {
		case "json":
			return writeJSON(w, c)
		case formatHTML:
			return report.WriteComparisonHTML(w, c, a.text)
		case formatXLSX:
			return report.WriteComparisonXLSX(w, c, a.text)
		default:
			return a.compareMarkdown(w, c)
		}
	})
}

// comparable refuses a command line that asks for nobody, or for too many.
func (a *app) comparable(f compareFlags) error {
	switch n := len(f.comuni) + len(f.bodies); {
	case n == 0:
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.required_flag", "flag", "--comune / --ente"), hint: a.text.Text("error.flag_hint", "command", "vigile compare"),
		}
	case n > mostBodies:
		return &failure{
			code: codeUsage, sentence: a.text.Text("compare.too_many", "n", a.text.Number(mostBodies)), hint: a.text.Text("error.flag_hint", "command", "vigile compare"),
		}
	}
	return nil
}

// columns finds the bodies asked for, each once: comuni among those with
// results, else in the registry; other bodies in the registry. A comune that was not
// visited by the night asked for is shown as one never visited.
func (a *app) columns(ctx context.Context, r *results, f compareFlags) ([]report.Compared, error) {
	views, err := gathered(ctx, r.now, store.Query{Brief: true, Checks: []string{}})
	if err != nil {
		return nil, err
	}
	stored := catalogueOf(views)
	var out []report.Compared
	seen := map[string]bool{}
	add := func(c registry.Comune, visited bool) error {
		if seen[c.Istat] {
			return nil
		}
		seen[c.Istat] = true
		if !visited {
			out = append(out, report.Compared{Comune: &c})
			return nil
		}
		found, err := gathered(ctx, r.store, store.Query{Istat: []string{c.Istat}})
		switch {
		case err != nil:
			return err
		case len(found) == 1:
			out = append(out, report.Compared{View: &found[0]})
		default: // not by that night
			c.RTD = registry.Office{}
			out = append(out, report.Compared{Comune: &c})
		}
		return nil
	}
	// The registry at hand is today's: of a past night it has nothing to tell.
	kept := &registryAtHand{a: a, cfg: r.cfg, names: f.when.night != ""}
	for _, q := range f.comuni {
		c, visited, err := kept.comune(stored, q)
		if err != nil {
			return nil, err
		}
		if err := add(c, visited); err != nil {
			return nil, err
		}
	}
	for _, q := range f.bodies {
		body, office, ok, err := kept.body(q)
		if err != nil {
			return nil, err
		}
		if ok {
			if code := registry.FoldIPA(body.IPA); !seen[code] {
				seen[code] = true
				out = append(out, report.Compared{Body: body, Office: office})
			}
			continue
		}
		c, visited, err := kept.comune(stored, q)
		if err != nil {
			return nil, a.unknownBody(q, err)
		}
		if err := add(c, visited); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *app) unknownBody(query string, err error) error {
	var ambiguous *registry.AmbiguousError
	if errors.As(err, &ambiguous) {
		return err
	}
	return &failure{
		code: codeUsage, sentence: a.text.Text("compare.unknown_body", "query", plain(query)), hint: a.text.Text("compare.unknown_body_hint"), err: err,
	}
}

// registryAtHand is the local copy of the registry, read when it is first asked.
type registryAtHand struct {
	a        *app
	cfg      config.Config
	names    bool // who the bodies are is asked alone, not what is known of them today
	read     bool
	snapshot *registry.Snapshot // nil: there is none
}

func (r *registryAtHand) load() (*registry.Snapshot, error) {
	if r.read {
		return r.snapshot, nil
	}
	s, err := r.a.copyAtHand(r.cfg)
	r.read, r.snapshot = err == nil, s
	return s, err
}

// comune finds a comune among those with results, else in the registry.
func (r *registryAtHand) comune(stored *registry.Catalogue, query string) (c registry.Comune, visited bool, err error) {
	c, err = stored.Find(query)
	if err == nil {
		return c, true, nil
	}
	s, loadErr := r.load()
	if loadErr != nil {
		return c, false, loadErr
	}
	if s == nil {
		_, err = r.a.storedIn(stored, query)
		return c, false, err
	}
	if c, err = s.Catalogue().Find(query); r.names {
		c.RTD = registry.Office{}
	}
	return c, false, err
}

// body finds a body that is no comune by its IPA code, with its RTD.
func (r *registryAtHand) body(code string) (registry.Body, registry.Office, bool, error) {
	s, err := r.load()
	if err != nil || s == nil {
		return registry.Body{}, registry.Office{}, false, err
	}
	i := slices.IndexFunc(s.Bodies, func(b registry.Body) bool {
		return registry.FoldIPA(b.IPA) == registry.FoldIPA(strings.TrimSpace(code))
	})
	if i < 0 {
		return registry.Body{}, registry.Office{}, false, nil
	}
	if r.names {
		return s.Bodies[i], registry.Office{}, true, nil
	}
	return s.Bodies[i], s.Office(s.Bodies[i].IPA), true, nil
}

func (a *app) compareMarkdown(w io.Writer, c report.Comparison) error {
	text := a.text
	fmt.Fprintf(w, "# %s\n\n", report.MarkdownText(text.Text("compare.title")+": "+c.Names()))
	fmt.Fprintf(w, "%s\n\n%s\n", report.MarkdownText(c.MadeWords(text)), report.MarkdownText(text.Text("compare.fair")))
	bodies := &table{head: []string{text.Text("compare.body_col"), text.Text("compare.kind_col"), "IPA", text.Text("sheet.site"), text.Text("sheet.visited")}}
	head := []string{text.Text("compare.row_col")}
	for _, b := range c.Bodies {
		visited := b.Note
		if b.Visited {
			visited = text.Moment(b.CheckedAt.In(rome())) + ", " + b.Note
		}
		bodies.add(report.MarkdownText(b.Name), report.MarkdownText(b.Kind), report.MarkdownText(b.IPA), report.MarkdownLink(b.Site), report.MarkdownText(visited))
		head = append(head, report.MarkdownText(b.Name))
	}
	fmt.Fprintf(w, "\n## %s\n\n", report.MarkdownText(text.Text("compare.bodies")))
	bodies.markdown(w)
	for _, s := range c.Sections {
		fmt.Fprintf(w, "\n## %s\n\n", report.MarkdownText(s.Title))
		t := &table{head: head}
		for _, r := range s.Rows {
			row := []string{report.MarkdownText(r.Title)}
			for _, cell := range r.Cells {
				words := report.MarkdownText(cell.Words())
				if cell.URL != "" {
					words += " " + report.MarkdownLink(cell.URL)
				}
				if !cell.CheckedAt.IsZero() {
					words += " (" + cell.CheckedAt.In(rome()).Format(time.DateOnly) + ")"
				}
				row = append(row, words)
			}
			t.add(row...)
		}
		t.markdown(w)
	}
	return nil
}
