package main

// This file finds the comuni that crawl was asked for.

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/netguard"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
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
	switch {
	case errors.Is(err, errListTooLong):
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.lista_long", "file", plain(name), "limit", a.text.Number(maxListLines)),
			hint: a.text.Text("error.lista_hint"),
		}
	case errors.Is(err, bufio.ErrTooLong):
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.lista_wide", "file", plain(name), "limit", a.text.Number(maxListLine)),
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

// selection is what the command line asks for: each comune once, in that order.
func (a *app) selection(ctx context.Context, c *crew, f crawlFlags) (nightly.Selection, error) {
	s := nightly.Selection{Checks: f.checks, Again: f.again, Words: f.words()}
	if f.everybody && len(f.checks) == 0 {
		s.Kind = record.Night
	}
	queries, err := a.queries(f)
	if err != nil {
		return s, err
	}
	if len(queries) > withoutContact && f.registry == "" && !f.many() {
		if err := a.contactFor(c.cfg, len(queries)); err != nil { // before asking IPA so many times
			return s, err
		}
	}
	look, err := a.source(ctx, c, f)
	if err != nil {
		return s, err
	}
	seen := map[string]bool{}
	add := func(found ...registry.Comune) {
		for _, x := range found {
			if !seen[x.Istat] {
				seen[x.Istat] = true
				s.Comuni = append(s.Comuni, x)
			}
		}
	}
	for _, q := range queries {
		x, err := look.find(q.text)
		if err != nil {
			return s, a.atLine(q, err)
		}
		add(x)
	}
	found, err := a.places(look.catalogue, f, false)
	add(found...)
	return s, err
}

// contactFor refuses to visit many comuni for somebody who leaves no address
// for complaints.
func (a *app) contactFor(cfg config.Config, n int) error {
	if n <= withoutContact || cfg.Network.Contact != "" {
		return nil
	}
	return &failure{code: codeUsage, sentence: a.text.Text("error.contact", "n", withoutContact), hint: a.text.Text("error.contact_hint")}
}

// source is where comuni are looked up: a file, the local copy of the registry,
// or IPA itself.
type source struct {
	find      func(query string) (registry.Comune, error)
	catalogue *registry.Catalogue // nil where IPA is asked for one comune at a time
}

func (a *app) source(ctx context.Context, c *crew, f crawlFlags) (source, error) {
	if f.registry != "" {
		a.note(a.text.Text("crawl.reading", "file", plain(f.registry)))
		catalogue, err := a.registryFile(f.registry)
		if err != nil {
			return source{}, err
		}
		return source{catalogue.Find, catalogue}, nil
	}
	if f.many() {
		s, err := a.currentCopy(ctx, c)
		if err == nil {
			s, err = a.withOffices(ctx, c, f, s)
		}
		if err != nil {
			return source{}, err
		}
		catalogue := s.Catalogue()
		return source{catalogue.Find, catalogue}, nil
	}
	kept, err := a.copyAtHand(c.cfg)
	if err != nil {
		return source{}, err
	}
	if kept != nil && kept.Age(a.now()) <= c.cfg.Registry.MaxAge {
		return source{kept.Catalogue().Find, nil}, nil
	}
	find, err := a.askIPA(ctx, c.cfg, c.guard, kept)
	return source{find, nil}, err
}

// askIPA asks IPA. Where it is silent it takes what the copy has, however old; where
// it answers, what the copy and the user's files alone know is kept.
func (a *app) askIPA(ctx context.Context, cfg config.Config, g *netguard.Guard, kept *registry.Snapshot) (func(string) (registry.Comune, error), error) {
	additions, err := extra(cfg).Read()
	if err != nil {
		return nil, a.notRead(cfg, err)
	}
	ipa := registry.NewIPA(cfg.Registry.IPAURL, g.Client(0), a.now)
	return func(q string) (registry.Comune, error) {
		a.note(a.text.Text("crawl.looking_up", "query", plain(q)))
		x, err := ipa.Lookup(ctx, q)
		var silent *registry.UnreachableError
		switch {
		case err != nil && a.stopped(ctx.Err()):
			return x, ctx.Err()
		case errors.As(err, &silent) && kept != nil:
			a.note(a.text.Text("registry.using_copy", "when", a.copyDate(kept)))
			return kept.Catalogue().Find(q)
		case err != nil:
			return x, err
		}
		if kept != nil {
			kept.Complete(&x)
		}
		one := []registry.Comune{x}
		additions.Complete(one)
		return one[0], nil
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
