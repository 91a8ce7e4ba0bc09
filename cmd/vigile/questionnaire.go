package main

// vigile questionnaire: the sheet of the map of digital comuni, filled in as far
// as a site answers.

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// questionnaireFlags are those of questionnaire alone.
type questionnaireFlags struct {
	comune   string
	sections []string
	answers  string
	weights  string
	when     whenFlags
	output   string
}

var questionnaireFormats = []string{"markdown", formatHTML, formatXLSX, "json"}

func newQuestionnaire(a *app) *cobra.Command {
	var f questionnaireFlags
	cmd := &cobra.Command{
		Use:  "questionnaire",
		Args: a.noArgs,
		Example: `  vigile questionnaire --comune Spoleto --format html --output questionario.html
  vigile questionnaire --comune Spoleto --section 5 --section 6
  vigile questionnaire --comune Spoleto --answers risposte.yaml --format xlsx --output questionario.xlsx`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.questionnaire(cmd.Context(), f) },
	}
	a.describe(cmd, "questionnaire")
	flags := cmd.Flags()
	flags.StringVar(&f.comune, "comune", "", a.flagText("comune_one"))
	flags.StringArrayVar(&f.sections, "section", nil, a.flagText("section"))
	flags.StringVar(&f.answers, "answers", "", a.flagText("answers"))
	flags.StringVar(&f.weights, "weights", "", a.flagText("weights"))
	a.whenFlags(cmd, &f.when)
	flags.StringVar(&f.output, "output", "", a.flagText("output"))
	a.ownFormats(cmd, questionnaireFormats...)
	fixed(cmd, "section", sectionNumbers()...)
	return cmd
}

func sectionNumbers() []string {
	var out []string
	for n := range report.Sections {
		out = append(out, strconv.Itoa(n+1))
	}
	return out
}

func (a *app) questionnaire(ctx context.Context, f questionnaireFlags) error {
	format, err := a.formatOf(f.output, questionnaireFormats...)
	if err != nil {
		return err
	}
	if f.comune == "" {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.required_flag", "flag", "--comune"), hint: a.text.Text("error.flag_hint", "command", "vigile questionnaire"),
		}
	}
	if _, seen := terminal(a.stdout); format == formatXLSX && f.output == "" && seen {
		return &failure{code: codeUsage, sentence: a.text.Text("error.binary"), hint: a.text.Text("error.binary_hint")}
	}
	o := report.QuestionOptions{Made: a.now().In(rome()), Night: f.when.night, AsOf: f.when.asOf, Version: release(), Text: a.text}
	for _, s := range f.sections {
		if err := a.oneOf("--section", s, sectionNumbers()...); err != nil {
			return err
		}
		n, _ := strconv.Atoi(s) // one of them
		o.Sections = append(o.Sections, n)
	}
	if f.answers != "" {
		if o.Answers, err = a.answers(f.answers); err != nil {
			return err
		}
	}
	r, err := a.results(ctx, f.when, placeFlags{})
	if err != nil {
		return err
	}
	defer r.store.Close()
	o.Checks = metas(r.checks)
	if o.Weights, err = a.weights(f.weights, idsOf(r.checks)); err != nil {
		return err
	}
	peers, err := gathered(ctx, r.now, store.Query{Checks: o.Weights.Checks(), Brief: true})
	if err != nil {
		return err
	}
	c, err := a.storedIn(catalogueOf(peers), f.comune)
	if err != nil {
		return err
	}
	if o.Peers, err = a.viewsAt(ctx, r, peers, o.Weights.Checks(), whenFlags{night: f.when.night}); err != nil {
		return err
	}
	found, err := gathered(ctx, r.store, store.Query{Istat: []string{c.Istat}})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return a.noNight(f.when.night)
	}
	q, err := report.NewQuestionnaire(found[0], o)
	if err != nil {
		return a.badForm(f.answers, err)
	}
	return a.writeOut(f.output, func(w io.Writer) error {
		switch format {
		case "json":
			return writeJSON(w, q)
		case formatHTML:
			return report.WriteQuestionnaireHTML(w, q, a.text)
		case formatXLSX:
			return report.WriteQuestionnaireXLSX(w, q, a.text)
		default:
			return a.questionnaireMarkdown(w, q)
		}
	})
}

// answers reads a comune's own answers.
func (a *app) answers(name string) (*report.Answers, error) {
	data, err := a.readForm(name)
	if err != nil {
		return nil, err
	}
	out, err := report.ParseAnswers(data)
	if err != nil {
		return nil, a.badForm(name, err)
	}
	return &out, nil
}

func (a *app) questionnaireMarkdown(w io.Writer, q report.Questionnaire) error {
	text := a.text
	fmt.Fprintf(w, "# %s\n\n", report.MarkdownText(text.Text("questionnaire.title", "comune", q.Comune)))
	for _, line := range []string{
		q.MadeWords(text),
		q.FormText + " " + text.Text("questionnaire.counts", "asked", text.Number(q.Asked), "shown", text.Number(q.Shown), "filled", text.Number(q.Filled)),
		text.Text("questionnaire.fair"), text.Text("questionnaire.numbers"),
	} {
		fmt.Fprintf(w, "%s\n\n", report.MarkdownText(line))
	}
	for _, s := range q.Sections {
		fmt.Fprintf(w, "## %d. %s\n\n", s.Number, report.MarkdownText(s.Title))
		t := &table{head: []string{
			text.Text("questionnaire.question_col"), text.Text("questionnaire.measured_col"), text.Text("questionnaire.own_col"), text.Text("questionnaire.state_col"), text.Text("questionnaire.evidence_col"),
		}}
		for _, x := range s.Questions {
			t.add(a.questionRow(x)...)
		}
		t.markdown(w)
		fmt.Fprintln(w)
	}
	if q.Own != nil {
		fmt.Fprintf(w, "## %s\n\n", report.MarkdownText(text.Text("questionnaire.differ")))
		if len(q.Differ) == 0 {
			fmt.Fprintf(w, "%s\n\n", report.MarkdownText(text.Text("questionnaire.no_difference")))
		} else {
			t := &table{head: []string{text.Text("questionnaire.number_col"), text.Text("questionnaire.own_col"), text.Text("questionnaire.measured_col")}}
			for _, d := range q.Differ {
				t.add(d.Number, d.Own, d.Measured)
			}
			escapeTable(t).markdown(w)
			fmt.Fprintln(w)
		}
	}
	if len(q.Assessing) > 0 {
		fmt.Fprintf(w, "## %s\n\n%s\n\n", report.MarkdownText(text.Text("questionnaire.self")), report.MarkdownText(text.Text("questionnaire.self_note")))
		escapeTable(a.selfTable(q)).markdown(w)
		fmt.Fprintf(w, "\n%s\n", report.MarkdownText(text.Text("questionnaire.self_who")))
	}
	return nil
}

// questionRow is a question in Markdown, escaped.
func (a *app) questionRow(x report.Question) []string {
	number := x.Number
	if !x.Survey {
		number += "*"
	}
	measured := x.MeasuredIn
	if unseen := x.UnseenWords(); unseen != "" {
		measured = strings.TrimSpace(measured + " " + a.text.Text("questionnaire.not_seen", "what", unseen))
	}
	var evidence []string
	for _, e := range x.Evidence {
		line := report.MarkdownText(e.Words())
		if e.URL != "" {
			line += " " + report.MarkdownLink(e.URL)
		}
		if !e.CheckedAt.IsZero() {
			line += " (" + e.CheckedAt.In(rome()).Format(time.DateOnly) + ")"
		}
		evidence = append(evidence, line)
	}
	own := x.OwnText
	if x.Note != "" {
		own = strings.TrimSpace(own + " (" + x.Note + ")")
	}
	return []string{report.MarkdownText(number + " " + x.Text), report.MarkdownText(measured), report.MarkdownText(own), report.MarkdownText(x.FillingText), strings.Join(evidence, "; ")}
}

// selfTable is the comune beside others of its size.
func (a *app) selfTable(q report.Questionnaire) *table {
	t := &table{head: []string{a.text.Text("index.indicator_col"), a.text.Text("questionnaire.here_col")}, right: map[int]bool{1: true}}
	for i, g := range q.Assessing[0].Peers {
		t.head = append(t.head, report.PeerWords(a.text, g))
		t.right[i+2] = true
	}
	for _, line := range q.Assessing {
		own := a.text.Text("index.open")
		if line.Own != nil {
			own = report.ScoreWords(a.text, line.Own)
		}
		row := []string{line.Title, own}
		for _, g := range line.Peers {
			row = append(row, report.ScoreWords(a.text, g.Mean)+" ("+a.text.Text("questionnaire.of_peers", "n", a.text.Number(g.Measured), "of", a.text.Number(g.Comuni))+")")
		}
		t.add(row...)
	}
	return t
}
