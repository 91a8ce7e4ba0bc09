package main

// vigile checks learn cms: what the platforms that nobody recognises say of
// themselves.

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// learnable is the one check that new rules can be learnt for.
const learnable = "cms"

// Bounds of the table; --format json and csv have all, unless --limit is given.
const (
	learntRows  = 20
	learntNames = 4
)

func newChecksLearn(a *app) *cobra.Command {
	var f placeFlags
	var limit int
	cmd := &cobra.Command{
		Use:       "learn ID",
		Args:      a.oneArg,
		ValidArgs: []string{learnable},
		Example: `  vigile checks learn cms
  vigile checks learn cms --provincia PG --limit 50
  vigile checks learn cms --format csv > impronte.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("limit") {
				limit = -1
			}
			return a.learn(cmd.Context(), args[0], f, limit)
		},
	}
	a.describe(cmd, "checks_learn")
	cmd.Flags().IntVar(&limit, "limit", learntRows, a.flagText("limit_learn"))
	a.onePlace(cmd, &f.province, &f.region)
	return cmd
}

// learn prints the fingerprints; a negative limit is the format's own, 0 is none.
func (a *app) learn(ctx context.Context, id string, f placeFlags, limit int) error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	list, err := a.configuredChecks()
	if err != nil {
		return err
	}
	switch known := idsOf(list); {
	case id == learnable:
	case nearestCheck(id, known) == id:
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.not_learnable", "check", plain(id)), hint: a.text.Text("error.not_learnable_hint", "check", learnable),
		}
	default:
		return a.unknownCheck(id, known)
	}
	q, err := a.query(f, list)
	if err != nil {
		return err
	}
	q.Checks = []string{learnable}
	cfg, err := a.settings()
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
	return a.printLearnt(ctx, s, q, format, limit)
}

func (a *app) printLearnt(ctx context.Context, s store.Store, q store.Query, format string, limit int) error {
	got, err := report.Learn(s.Latest(ctx, q))
	if err != nil {
		return err
	}
	if limit < 0 && (format == "table" || format == "markdown") {
		limit = learntRows
	}
	all := len(got.Fingerprints)
	if limit > 0 {
		got.Fingerprints = got.Fingerprints[:min(limit, all)]
	}
	switch {
	case got.Comuni == 0:
		a.note(a.text.Text("learn.nobody"))
	case got.Unrecognised == 0:
		a.note(a.text.Count("learn.none", got.Comuni))
	}
	if format != "table" && format != "markdown" {
		return a.printTable(format, learntLines(got.Fingerprints), []string{
			"kind", "fingerprint", "example", "generic", "count", "istat", "comune", "provincia", "site",
		}, got)
	}
	if all == 0 {
		return nil
	}
	t := a.learntTable(got.Fingerprints)
	return a.print(func(w io.Writer) error {
		said := []string{a.text.Text("learn.unrecognised", "n", a.text.Number(got.Unrecognised), "total", a.text.Number(got.Comuni))}
		closing := a.text.Text("learn.legend")
		if more := all - len(got.Fingerprints); more > 0 {
			closing += " " + a.text.Count("learn.more", more)
		}
		said = append(said, closing)
		if format == "markdown" {
			fmt.Fprintf(w, "%s\n\n", report.MarkdownText(said[0]))
			escapeTable(t).markdown(w)
			fmt.Fprintf(w, "\n%s\n", report.MarkdownText(said[1]))
			return nil
		}
		style := a.styleOf(a.stdout)
		style.paragraph(w, "", said[0])
		fmt.Fprintln(w)
		t.write(w, style)
		fmt.Fprintln(w)
		style.paragraph(w, "", said[1])
		return nil
	})
}

// learntTable is a line for each fingerprint, with the first of its comuni.
func (a *app) learntTable(list []report.Fingerprint) *table {
	t := &table{
		head:  []string{a.text.Text("learn.comuni"), a.text.Text("learn.kind"), a.text.Text("learn.fingerprint"), a.text.Text("learn.where")},
		right: map[int]bool{0: true},
	}
	for _, f := range list {
		kind := f.Kind
		if key := "learn.kinds." + strings.ReplaceAll(f.Kind, ":", "_"); a.text.Has(key) {
			kind = a.text.Text(key)
		}
		mark := ""
		if f.Generic {
			mark = " °"
		}
		t.add(a.text.Number(f.Count), kind, f.Pattern+mark, a.someComuni(f))
	}
	return t
}

// someComuni names the first comuni of a fingerprint, and says how many more
// there are.
func (a *app) someComuni(f report.Fingerprint) string {
	var names []string
	for _, c := range f.Comuni[:min(len(f.Comuni), learntNames)] {
		name := c.Comune
		if c.Province != "" {
			name += " (" + c.Province + ")"
		}
		names = append(names, name)
	}
	text := strings.Join(names, ", ")
	if more := f.Count - len(names); more > 0 {
		text += " " + a.text.Count("sheet.more", more)
	}
	return text
}

// learntLines is a line for each comune of each fingerprint.
func learntLines(list []report.Fingerprint) *table {
	t := &table{}
	for _, f := range list {
		for _, c := range f.Comuni {
			t.add(f.Kind, f.Pattern, f.Example, strconv.FormatBool(f.Generic), strconv.Itoa(f.Count), c.Istat, c.Comune, c.Province, c.Site)
		}
	}
	return t
}
