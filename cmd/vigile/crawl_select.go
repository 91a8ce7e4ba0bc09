package main

// This file finds the comuni that crawl was asked for.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/netguard"
	"github.com/vigile-it/vigile/internal/registry"
)

// query is one comune as somebody typed it; line is where in the list, 0 for the
// command line.
type query struct {
	text string
	line int
}

// Bounds on a list of comuni: there are fewer than 8,000, and the longest name
// has 60 letters.
const (
	maxListLines = 20_000
	maxListLine  = 1_000 // bytes
)

// queries gathers what --comune and --lista ask for.
func (a *app) queries(f crawlFlags) ([]query, error) {
	var out []query
	for _, c := range f.comuni {
		out = append(out, query{text: c})
	}
	if f.lista != "" {
		listed, err := a.readList(f.lista)
		if err != nil {
			return nil, err
		}
		out = append(out, listed...)
	}
	if len(out) == 0 {
		return nil, &failure{code: codeUsage, sentence: a.text.Text("error.nothing_selected"), hint: a.text.Text("error.nothing_selected_hint")}
	}
	return out, nil
}

func (a *app) readList(name string) ([]query, error) {
	in := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, a.badList(name, err)
		}
		defer f.Close()
		in = f
	}
	out, err := parseList(in)
	if err != nil {
		return nil, a.badList(name, err)
	}
	if len(out) == 0 {
		return nil, &failure{code: codeUsage, sentence: a.text.Text("error.lista_empty", "file", plain(name)), hint: a.text.Text("error.lista_hint")}
	}
	return out, nil
}

func (a *app) badList(name string, err error) error {
	if errors.Is(err, errListTooLong) || errors.Is(err, bufio.ErrTooLong) {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.lista_long", "file", plain(name), "limit", a.text.Number(maxListLines)),
			hint: a.text.Text("error.lista_hint"),
		}
	}
	return &failure{
		code: codeUsage, sentence: a.text.Text("error.lista", "file", plain(name), "detail", a.cause(err)), hint: a.text.Text("error.lista_hint"),
		err: err,
	}
}

var errListTooLong = errors.New("the list is too long")

// parseList reads one name or code a line; # starts a comment. An editor's byte
// order mark is no part of the first name.
func parseList(in io.Reader) ([]query, error) {
	var out []query
	s := bufio.NewScanner(in)
	s.Buffer(nil, maxListLine)
	for line := 1; s.Scan(); line++ {
		if line > maxListLines {
			return nil, errListTooLong
		}
		text := strings.TrimPrefix(s.Text(), "\ufeff")
		text, _, _ = strings.Cut(text, "#")
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, query{text: text, line: line})
		}
	}
	return out, s.Err()
}

// find looks every query up, in a file or in IPA, and gives each comune once.
func (a *app) find(ctx context.Context, cfg config.Config, g *netguard.Guard, f crawlFlags, queries []query) ([]registry.Comune, error) {
	if f.registry == "" && len(queries) > withoutContact && cfg.Network.Contact == "" {
		return nil, a.contactNeeded() // before asking IPA so many times
	}
	lookup, err := a.lookup(ctx, cfg, g, f.registry)
	if err != nil {
		return nil, err
	}
	var out []registry.Comune
	for _, q := range queries {
		c, err := lookup(q.text)
		if err != nil {
			return nil, a.atLine(q, err)
		}
		if !slices.ContainsFunc(out, func(x registry.Comune) bool { return x.Istat == c.Istat }) {
			out = append(out, c)
		}
	}
	if len(out) > withoutContact && cfg.Network.Contact == "" {
		return nil, a.contactNeeded()
	}
	return out, nil
}

func (a *app) contactNeeded() error {
	return &failure{code: codeUsage, sentence: a.text.Text("error.contact", "n", withoutContact), hint: a.text.Text("error.contact_hint")}
}

// lookup is how one query becomes a comune: from the file, or asking IPA.
func (a *app) lookup(ctx context.Context, cfg config.Config, g *netguard.Guard, file string) (func(string) (registry.Comune, error), error) {
	if file != "" {
		a.note(a.text.Text("crawl.reading", "file", plain(file)))
		catalogue, err := a.registryFile(file)
		if err != nil {
			return nil, err
		}
		return catalogue.Find, nil
	}
	ipa := registry.NewIPA(cfg.Registry.IPAURL, g.Client(0), a.now)
	return func(q string) (registry.Comune, error) {
		a.note(a.text.Text("crawl.looking_up", "query", plain(q)))
		c, err := ipa.Lookup(ctx, q)
		if err != nil && a.stopped(ctx.Err()) {
			return c, ctx.Err()
		}
		return c, err
	}, nil
}

// atLine says on which line of the list a query stands.
func (a *app) atLine(q query, err error) error {
	f := a.explain(err)
	if q.line == 0 || f.code != codeUsage {
		return err
	}
	at := *f
	at.sentence = a.text.Text("error.lista_line", "line", q.line, "problem", f.sentence)
	return &at
}

// selection names a set of comuni, the same for the same set, so that a crawl
// that was cut off is known again.
func selection(comuni []registry.Comune) string {
	codes := make([]string, len(comuni))
	for i, c := range comuni {
		codes[i] = c.Istat
	}
	slices.Sort(codes)
	if len(codes) <= 10 {
		return "comuni " + strings.Join(codes, " ")
	}
	return fmt.Sprintf("%d comuni %s", len(codes), digest(codes))
}
