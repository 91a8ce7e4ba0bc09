package web

// Atom feeds (RFC 4287) of what has changed: of a comune, of the comuni of a
// province, of a check. Addresses in them are relative to the feed, for a server
// does not know by which name it is reached.

import (
	"cmp"
	"context"
	"crypto/sha1"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
)

// What a feed holds.
const (
	feedAge     = 60 * 24 * time.Hour
	feedEntries = 100 // the newest
)

const atomKind = "application/atom+xml; charset=utf-8"

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID       string       `xml:"id"`
	Title    string       `xml:"title"`
	Updated  string       `xml:"updated"`
	Link     atomLink     `xml:"link"`
	Category atomCategory `xml:"category"`
	Summary  string       `xml:"summary"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

func (s *Server) routeFeeds(mux *http.ServeMux) {
	for kind, of := range map[string]func(context.Context, string) (feedOf, error){
		"comune": s.feedOfComune, "provincia": s.feedOfProvince, "check": s.feedOfCheck,
	} {
		mux.HandleFunc("/feed/"+kind+"/{file}", func(w http.ResponseWriter, r *http.Request) {
			if err := s.feed(w, r, of); err != nil {
				s.plainError(w, r, err)
			}
		})
	}
}

// feedOf is what a feed is of.
type feedOf struct {
	title string
	page  string // of the site
	query report.Query
}

func (s *Server) feedOfComune(ctx context.Context, istat string) (feedOf, error) {
	l, err := s.latest(ctx, istat)
	if err != nil {
		return feedOf{}, err
	}
	name := report.NewComuneLine(l).Comune
	return feedOf{s.text("web.feed.comune", "name", name), "/comuni/" + istat, report.Query{Istat: []string{istat}}}, nil
}

// feedOfProvince is of a province of Italy, or of one that only the results have: the
// demo's is invented.
func (s *Server) feedOfProvince(ctx context.Context, code string) (feedOf, error) {
	p, ok := registry.ProvinceByCode(code)
	if !ok || p.Code != code {
		snap, err := s.snapshotFor(ctx)
		if err != nil {
			return feedOf{}, err
		}
		if !slices.Contains(snap.provinces(), code) {
			return feedOf{}, errNotFound
		}
		p.Name = code
	}
	return feedOf{s.text("web.feed.provincia", "name", p.Name), listLink(query{province: code}), report.Query{Province: code}}, nil
}

func (s *Server) feedOfCheck(_ context.Context, id string) (feedOf, error) {
	i, ok := s.about.index[id]
	if !ok {
		return feedOf{}, errNotFound
	}
	title := s.about.metas[i].Title(s.o.Messages.Lang())
	return feedOf{s.text("web.feed.check", "name", title), listLink(query{check: id}), report.Query{Checks: []string{id}}}, nil
}

func (s *Server) feed(w http.ResponseWriter, r *http.Request, of func(context.Context, string) (feedOf, error)) error {
	id, ok := strings.CutSuffix(r.PathValue("file"), ".atom")
	if !ok {
		return errNotFound
	}
	if _, err := parseQuery(r.URL.RawQuery, true, s.o.Now()); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxAnswer)
	defer cancel()
	f, err := of(ctx, id)
	if err != nil {
		return err
	}
	changes, err := s.newest(ctx, f.query)
	if err != nil {
		return err
	}
	body, err := xml.MarshalIndent(s.atom(r.URL.Path, f, changes), "", " ")
	if err != nil {
		return fmt.Errorf("writing a feed: %w", err)
	}
	w.Header().Set("Content-Type", atomKind)
	w.Write(append([]byte(xml.Header), body...)) //nolint:errcheck // the reader has gone
	return nil
}

// newest is the changes a feed tells, newest first.
func (s *Server) newest(ctx context.Context, q report.Query) ([]report.ChangeLine, error) {
	var kept []record.Change // a ring of the last ones
	n := 0
	for c, err := range s.o.Store.Changes(ctx, s.o.Now().Add(-feedAge), time.Time{}, q) {
		if err != nil {
			return nil, err
		}
		if n++; len(kept) < feedEntries {
			kept = append(kept, c)
		} else {
			kept[n%feedEntries] = c
		}
	}
	slices.SortStableFunc(kept, func(a, b record.Change) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Istat, b.Istat), cmp.Compare(a.Check, b.Check))
	})
	var out []report.ChangeLine
	for _, c := range kept {
		out = append(out, report.NewChangeLine(c))
	}
	return out, nil
}

func (s *Server) atom(path string, f feedOf, changes []report.ChangeLine) atomFeed {
	lang := s.o.Messages.Lang()
	out := atomFeed{
		Lang: lang, ID: urnOf("feed", path), Title: f.title, Author: "vigile", Updated: s.o.Now().Add(-feedAge).UTC().Truncate(24 * time.Hour).Format(time.RFC3339),
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: path}, {Rel: "alternate", Type: "text/html", Href: f.page}},
	}
	for i, c := range changes {
		at := c.At.UTC().Format(time.RFC3339)
		if i == 0 {
			out.Updated = at
		}
		title := c.Check
		if k, ok := s.about.index[c.Check]; ok {
			title = s.about.metas[k].Title(lang)
		}
		from, to := s.stateWords(c.Check, c.From), s.stateWords(c.Check, c.To)
		out.Entries = append(out.Entries, atomEntry{
			ID: urnOf("change", c.Istat, c.Check, at), Updated: at, Category: atomCategory{c.Check},
			Title:   s.text("web.feed.entry", "comune", c.Comune, "check", title, "to", s.text("verdict."+string(c.To.Verdict))),
			Link:    atomLink{Rel: "alternate", Type: "text/html", Href: "/comuni/" + c.Istat + "#check-" + c.Check},
			Summary: s.text("web.feed.was", "from", from, "to", to),
		})
	}
	return out
}

// stateWords is a verdict in words, with its value and its reason where it has
// them.
func (s *Server) stateWords(check string, l report.StateLine) string {
	words := s.text("verdict." + string(l.Verdict))
	if l.Value != "" {
		words += " (" + l.Value + ")"
	}
	for _, key := range []string{"reason_of." + check + "." + string(l.Reason), "reason." + string(l.Reason)} {
		if s.o.Messages.Has(key) {
			return words + ": " + strings.TrimSuffix(s.text(key), ".")
		}
	}
	if l.Reason != "" {
		words += ": " + string(l.Reason)
	}
	return words
}

// urnOf is a lasting name of what the parts say: a UUID made of their hash
// (RFC 9562, version 5).
func urnOf(parts ...string) string {
	h := sha1.New() //nolint:gosec // a name, no secret
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	b := h.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x50, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
