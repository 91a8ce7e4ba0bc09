package main

// vigile notice draft: texts that a person may send. Nothing here sends anything.

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// noticeFormats are the values of --format for a letter.
var noticeFormats = []string{"text", "markdown", "json"}

// noticeFlags are those of notice draft alone.
type noticeFlags struct {
	comune   string
	supplier string
	checks   []string
	output   string
}

func newNotice(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "notice",
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Example: `  vigile notice draft --comune Spoleto
  vigile notice draft --supplier Maggioli --format markdown --output maggioli.md`,
	}
	a.describe(cmd, "notice")
	cmd.AddCommand(newNoticeDraft(a))
	return cmd
}

func newNoticeDraft(a *app) *cobra.Command {
	var f noticeFlags
	cmd := &cobra.Command{
		Use:  "draft",
		Args: a.noArgs,
		Example: `  vigile notice draft --comune Spoleto
  vigile notice draft --comune Spoleto --check accessibility-declaration
  vigile notice draft --supplier Maggioli --format markdown --output maggioli.md`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.noticeDraft(cmd.Context(), f) },
	}
	a.describe(cmd, "notice_draft")
	flags := cmd.Flags()
	flags.StringVar(&f.comune, "comune", "", a.flagText("comune_one"))
	flags.StringVar(&f.supplier, "supplier", "", a.flagText("supplier"))
	flags.StringArrayVar(&f.checks, "check", nil, a.flagText("notice_check"))
	flags.StringVar(&f.output, "output", "", a.flagText("output"))
	// As in newExport: other formats, other help.
	a.ownFormats(cmd, noticeFormats...)
	fixed(cmd, "check", checkIDs()...)
	return cmd
}

// drafted is a letter of either kind.
type drafted interface {
	Plain() string
	Markdown() string
}

func (a *app) noticeDraft(ctx context.Context, f noticeFlags) error {
	format, err := a.formatOf(f.output, noticeFormats...)
	if err != nil {
		return err
	}
	if (f.comune == "") == (f.supplier == "") {
		return &failure{
			code: codeUsage, sentence: a.text.Text("notice.need_target"), hint: a.text.Text("error.flag_hint", "command", "vigile notice draft"),
		}
	}
	r, err := a.results(ctx, whenFlags{}, placeFlags{checks: f.checks})
	if err != nil {
		return err
	}
	s := r.store
	defer s.Close()
	o := report.NoticeOptions{Checks: metas(r.checks), Text: a.text, Now: a.now(), Zone: rome(), Only: f.checks}
	var letter drafted
	var nothing string
	if f.comune != "" {
		letter, nothing, err = a.letterToComune(ctx, s, f.comune, o)
	} else {
		letter, nothing, err = a.letterToSupplier(ctx, s, f.supplier, o)
	}
	if errors.Is(err, report.ErrNothingToTell) {
		a.note(nothing)
		if format != "json" {
			return nil
		}
		err = nil
	}
	if err != nil {
		return err
	}
	return a.writeLetter(letter, format, f.output)
}

func (a *app) letterToComune(ctx context.Context, s store.Store, query string, o report.NoticeOptions) (drafted, string, error) {
	c, err := a.kept(ctx, s, query)
	if err != nil {
		return nil, "", err
	}
	for l, err := range s.Latest(ctx, store.Query{Istat: []string{c.Istat}}) {
		if err != nil {
			return nil, "", err
		}
		n, err := report.NewNotice(l, o)
		return n, a.text.Text("notice.nothing", "name", n.Comune), err
	}
	return nil, "", ctx.Err()
}

func (a *app) letterToSupplier(ctx context.Context, s store.Store, query string, o report.NoticeOptions) (drafted, string, error) {
	name, ok := report.FindSupplier(o.Checks, query)
	if !ok {
		known := report.Suppliers(o.Checks)
		f := &failure{
			code: codeUsage, sentence: a.text.Text("notice.no_supplier", "query", plain(query)), hint: a.text.Text("notice.no_supplier_hint", "names", strings.Join(known, ", ")),
		}
		if near := nearestWord(query, known, alikePlaces); near != "" {
			f.hint = a.text.Text("error.unknown_comune_hint", "nearest", near)
		}
		return nil, "", f
	}
	n, err := report.NewSupplierNotice(s.Latest(ctx, store.Query{Brief: true}), name, o)
	return n, a.text.Text("notice.nothing_supplier", "name", name), err
}

// writeLetter writes the letter on stdout or into a file, and says that nobody
// has been sent anything.
func (a *app) writeLetter(letter drafted, format, output string) error {
	write := func(w io.Writer) error {
		switch format {
		case "json":
			return writeJSON(w, letter)
		case "markdown":
			_, err := io.WriteString(w, letter.Markdown())
			return err
		}
		_, err := io.WriteString(w, letter.Plain())
		return err
	}
	if output == "" {
		if err := a.print(write); err != nil {
			return err
		}
		a.note(a.text.Text("notice.not_sent"))
		return nil
	}
	if err := a.exportTo(output, replaceFile(output, write)); err != nil {
		return err
	}
	a.note(a.text.Text("notice.written", "file", plain(output)))
	return nil
}
