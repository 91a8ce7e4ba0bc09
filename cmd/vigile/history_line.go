package main

// This file follows a comune across its codes: those it bore before, those that
// ended in it, and the one it is part of now.

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// former is a code and who bears or bore it. Its field names are part of the
// interface.
type former struct {
	Istat  string `json:"istat"`
	Comune string `json:"comune"`
	Since  string `json:"since,omitzero"` // of the variation: a date or a year
	Law    string `json:"law,omitzero"`
}

// predecessor is a comune that ended in another. Its field names are part of the
// interface.
type predecessor struct {
	former

	Visits []report.PastVisit `json:"visits"` // newest first
}

// variations are those of the program and of the file of the settings.
func (a *app) variations(cfg config.Config) (registry.Variations, error) {
	known, err := registry.KnownVariations()
	name := cfg.Registry.VariationsFile
	if err != nil || name == "" {
		return known, err
	}
	refuse := func(err error) error {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.registry_file", "file", plain(name), "detail", a.cause(err)),
			hint: a.text.Text("error.variations_hint"), err: err,
		}
	}
	f, err := os.Open(name)
	if err != nil {
		return known, refuse(err)
	}
	more, err := registry.ReadVariations(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return known, refuse(err)
	}
	return registry.NewVariations(known.All(), more), nil
}

// formerOf are the codes that a comune bore before, the newest first.
func formerOf(line registry.Variations, istat string) (out []former) {
	codes := store.Codes(line, istat)
	for i, code := range codes[1:] {
		for _, v := range line.All() {
			if v.From == code && v.To == codes[i] {
				out = append(out, former{Istat: code, Comune: plain(v.Name), Since: v.Since, Law: plain(v.Law)})
				break
			}
		}
	}
	return out
}

// heirOf is what an ended comune is part of now; nil: it has not ended.
func heirOf(line registry.Variations, istat string) (out *former) {
	heir := line.Heir(istat)
	for _, v := range line.All() {
		if heir != "" && v.To == heir && (out == nil || v.From == istat) {
			out = &former{Istat: heir, Comune: plain(v.Heir), Since: v.Since, Law: plain(v.Law)}
		}
	}
	return out
}

// predecessorsOf are the comuni that ended in one, each with what is kept of it.
func predecessorsOf(ctx context.Context, s store.Store, line registry.Variations, istat string, limit int, words report.SheetOptions) (out []predecessor, err error) {
	for _, v := range line.Predecessors(istat) {
		kept, err := s.History(ctx, v.From, 0)
		if err != nil {
			return nil, err
		}
		p := predecessor{former{Istat: v.From, Comune: plain(v.Name), Since: v.Since, Law: plain(v.Law)}, report.Past(kept, rome(), words)}
		if limit > 0 && len(p.Visits) > limit {
			p.Visits = p.Visits[:limit]
		}
		out = append(out, p)
	}
	return out, nil
}

// endedKept finds a comune that ended, where it has results.
func endedKept(ctx context.Context, s store.Store, line registry.Variations, query string) (c registry.Comune, ok bool, err error) {
	var codes []string
	for _, v := range line.Ended(query) {
		codes = append(codes, v.From)
	}
	if len(codes) == 0 {
		return c, false, nil
	}
	for l, err := range s.Latest(ctx, store.Query{Istat: codes, Brief: true}) {
		return l.Comune, err == nil, err
	}
	return c, false, nil
}

// printLine says under which other codes a comune was kept, and what became of it.
func (a *app) printLine(h past) {
	lines := 0
	for _, f := range h.Former {
		lines++
		fmt.Fprintln(a.stdout, a.text.Text("history.former", "istat", f.Istat, "since", a.sinceWord(f.Since)))
	}
	if h.Heir != nil {
		lines++
		fmt.Fprintln(a.stdout, a.text.Text("history.heir", "name", h.Heir.Comune, "istat", h.Heir.Istat, "since", a.sinceWord(h.Heir.Since)))
	}
	if lines > 0 {
		fmt.Fprintln(a.stdout)
	}
}

// sinceWord is a date or a year, or that it is not known.
func (a *app) sinceWord(since string) string {
	if since == "" {
		return a.text.Text("history.since_unknown")
	}
	return since
}

// printPredecessors shows what is kept of the comuni that ended in one.
func (a *app) printPredecessors(format string, ps []predecessor) error {
	if format != "table" && format != "markdown" {
		return nil // JSON has them; a CSV is of one comune
	}
	for _, p := range ps {
		text := a.text.Text("history.predecessor", "name", p.Comune, "istat", p.Istat, "since", a.sinceWord(p.Since))
		if format == "markdown" {
			text = "## " + report.MarkdownText(text)
		}
		if _, err := fmt.Fprintf(a.stdout, "\n%s\n\n", text); err != nil {
			return err
		}
		if len(p.Visits) == 0 {
			fmt.Fprintln(a.stdout, a.text.Text("history.none", "name", p.Comune))
			continue
		}
		if err := a.printTable(format, a.historyTable(p.Visits), nil, nil); err != nil {
			return err
		}
	}
	return nil
}
