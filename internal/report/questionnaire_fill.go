package report

// How a question is filled in from what was measured, and how that compares with
// what the comune says.

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// filler fills in the questions of one comune.
type filler struct {
	o     QuestionOptions
	view  record.Latest
	metas map[string]checks.Meta
}

func (f filler) said(check string) spoken {
	st, ran := f.view.Standing(check)
	return speak(st.Finding, ran)
}

func (f filler) question(spec questionSpec) Question {
	text := f.o.Text
	q := Question{
		Number: spec.Number, Survey: spec.Survey, Over: spec.Over, Kind: spec.Kind, Filling: FilledNot,
		Text: text.Text("questionnaire.question." + questionKey(spec.Number)), Measured: []string{}, Own: []string{},
	}
	for _, code := range spec.Options {
		q.Options = append(q.Options, Option{code, f.optionText(spec, code)})
	}
	if spec.Kind == "yes_no" {
		q.Options = []Option{{"yes", text.Text("questionnaire.yes")}, {"no", text.Text("questionnaire.no")}}
	}
	f.read(spec, &q)
	f.registry(spec, &q)
	if f.o.Answers != nil {
		q.give(f.o.Answers.By[spec.Number])
	}
	for _, check := range spec.checks() {
		if seen, ok := f.seen(check); ok {
			q.Evidence = append(q.Evidence, seen)
		}
	}
	switch {
	case len(q.Measured) > 0 && spec.Whole:
		q.Filling = FilledWhole
	case len(q.Measured) > 0 || len(q.Unseen) > 0 || len(spec.Shows) > 0 && f.anySays(spec.Shows):
		q.Filling = FilledPart
	}
	q.FillingText = text.Text("questionnaire.filling." + string(q.Filling))
	q.MeasuredIn, q.OwnText = f.words(q, q.Measured), f.words(q, q.Own)
	q.differ = f.differences(q)
	return q
}

func (f filler) anySays(checks []string) bool {
	return slices.ContainsFunc(checks, func(id string) bool { return f.said(id).says() && f.said(id).Verdict == finding.Pass })
}

// optionText is what an option is called: of a check's own values as elsewhere.
func (f filler) optionText(spec questionSpec, code string) string {
	for _, key := range []string{
		"questionnaire.option_of." + questionKey(spec.Number) + "." + code, "questionnaire.option." + code, "index.indicator." + code,
	} {
		if f.o.Text.Has(key) {
			return f.o.Text.Text(key)
		}
	}
	return upperFirst(valueWords(f.o.Text, f.metas[spec.Values], code))
}

// words are answers for people: options by their names.
func (f filler) words(q Question, answers []string) string {
	parts := make([]string, len(answers))
	for i, a := range answers {
		parts[i] = shown(a)
		switch {
		case a == unseenAnswer:
			parts[i] = f.o.Text.Text("questionnaire.unseen")
		case q.Kind == "number":
			parts[i] = numberWords(f.o.Text, a)
		}
		for _, o := range q.Options {
			if o.Code == a {
				parts[i] = o.Text
			}
		}
	}
	return strings.Join(parts, ", ")
}

// numberWords are a plain number the way the language writes it.
func numberWords(text messages.Catalogue, plain string) string {
	if n, err := strconv.Atoi(plain); err == nil {
		return text.Number(n)
	}
	if text.Lang() == "it" {
		plain = strings.Replace(plain, ".", ",", 1)
	}
	return shown(plain)
}

// read answers from the findings.
func (f filler) read(spec questionSpec, q *Question) {
	for _, r := range spec.Reads {
		if !r.holds(f.said(r.Check)) {
			continue
		}
		if r.Unseen != "" {
			q.Unseen = append(q.Unseen, r.Unseen)
			continue
		}
		if !slices.Contains(q.Measured, r.Answer) {
			q.Measured = append(q.Measured, r.Answer)
		}
		if spec.Kind != "list" {
			break
		}
	}
	if s := f.said(spec.Values); spec.Values != "" && s.says() {
		if spec.Kind == "text" {
			if s.Value != "" {
				q.Measured = []string{valueWords(f.o.Text, f.metas[spec.Values], s.Value)}
			}
			return
		}
		for _, v := range s.items {
			q.Measured = append(q.Measured, shown(v))
		}
		for _, v := range spec.Options {
			if !slices.Contains(s.items, v) && v != "other" {
				q.Unseen = append(q.Unseen, v)
			}
		}
	}
	if spec.Supplier {
		if s := f.said(platformCheck); s.says() && f.metas[platformCheck].Values[s.Value].Supplier != "" {
			q.Measured = []string{f.metas[platformCheck].Values[s.Value].Supplier}
		}
	}
	if spec.Profiles {
		for _, e := range f.said("social").Evidence {
			if e.Target != "" && !slices.Contains(q.Measured, address(e.Target)) {
				q.Measured = append(q.Measured, address(e.Target))
			}
		}
	}
}

// registry answers from IPA and ISTAT.
func (f filler) registry(spec questionSpec, q *Question) {
	c := f.view.Comune
	var answer string
	switch spec.Registry {
	case "":
		return
	case "identity":
		answer = f.o.Text.Text("questionnaire.identity", "name", shown(c.Name), "istat", shown(c.Istat), "ipa", shown(c.IPA))
	case "population":
		if c.Population > 0 {
			answer = strconv.Itoa(c.Population)
		}
	case "pec":
		answer = shown(c.PEC)
	case "site":
		answer = address(siteOf(f.view))
	case "unions":
		var names []string
		for _, u := range c.RTD.Named {
			names = append(names, shown(u.Name))
		}
		for _, code := range c.RTD.Unions {
			if !slices.ContainsFunc(c.RTD.Named, func(u registry.Union) bool { return strings.EqualFold(u.IPA, code) }) {
				names = append(names, shown(code))
			}
		}
		answer = strings.Join(names, ", ")
	}
	if answer == "" {
		return
	}
	q.Measured = []string{answer}
	q.Evidence = append(q.Evidence, QuestionSeen{Source: f.o.Text.Text("questionnaire.registry")})
}

// seen is what a check says, with where.
func (f filler) seen(check string) (QuestionSeen, bool) {
	st, ran := f.view.Standing(check)
	if !ran {
		return QuestionSeen{}, false
	}
	s := speak(st.Finding, true)
	out := QuestionSeen{
		Check: check, Source: f.metas[check].Title(f.o.Text.Lang()), Text: f.o.Text.Text("verdict." + string(s.Verdict)), Verdict: s.Verdict, Reason: s.Reason,
		URL: address(evidenceURL(s.Finding)), Quote: shown(evidence(s.Finding)), CheckedAt: st.Checked.UTC(),
	}
	out.Source = cmp.Or(out.Source, check)
	if s.Reason == finding.ReasonUnconfirmed {
		out.Quote = "" // of what is not told yet
	}
	var words []string
	if s.says() && s.Verdict == finding.Info {
		for _, v := range s.items {
			words = append(words, valueWords(f.o.Text, f.metas[check], v))
		}
	}
	if why := ReasonText(f.o.Text, s.Finding, f.view.Visit.Reach); why != "" {
		words = append(words, shown(why))
	}
	if len(words) > 0 {
		out.Text += ": " + strings.Join(words, ", ")
	}
	return out, true
}

// give sets the comune's own answer beside what was measured.
func (q *Question) give(a OwnAnswer) {
	q.Own = append(q.Own, a.Answers...)
	q.Note = a.Note
}

// differences are where the two answers cannot both be. What was not measured
// differs from nothing.
func (f filler) differences(q Question) []Difference {
	if len(q.Own) == 0 {
		return nil
	}
	if q.Kind == "list" {
		return f.listDifferences(q)
	}
	free := q.Kind == "text" || q.Kind == "number"
	switch {
	case len(q.Measured) != 1, same(q.Kind, q.Own[0], q.Measured[0]), free && q.Filling != FilledWhole:
		return nil
	case q.Measured[0] == unseenAnswer && (q.Own[0] == "no" || q.Own[0] == "none"):
		return nil
	}
	return []Difference{{Number: q.Number, Own: q.OwnText, Measured: q.MeasuredIn}}
}

func (f filler) listDifferences(q Question) []Difference {
	var out []Difference
	for _, o := range q.Options {
		own, seen := slices.Contains(q.Own, o.Code), slices.Contains(q.Measured, o.Code)
		switch {
		case own && !seen && slices.Contains(q.Unseen, o.Code):
			out = append(out, Difference{Number: q.Number, Code: o.Code, Own: o.Text, Measured: f.o.Text.Text("questionnaire.unseen")})
		case !own && seen:
			out = append(out, Difference{Number: q.Number, Code: o.Code, Own: f.o.Text.Text("questionnaire.unsaid"), Measured: o.Text})
		}
	}
	return out
}

// same tells whether two answers say the same: addresses by their hosts and
// paths, words where what was measured holds them.
func same(kind, own, measured string) bool {
	own, measured = strings.TrimSpace(own), strings.TrimSpace(measured)
	if kind != "text" {
		return own == measured
	}
	return plainAddress(own) == plainAddress(measured) || own != "" && strings.Contains(page.Fold(measured), page.Fold(own))
}

// plainAddress is an address without what two ways of writing it differ in.
func plainAddress(s string) string {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return strings.ToLower(s)
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.") + strings.TrimSuffix(u.Path, "/")
}
