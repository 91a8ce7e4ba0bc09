package web

// The pages: HTML without a framework and without scripts, made whole before
// the first byte is sent.

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/report"
)

//go:embed templates
var templateFiles embed.FS

//go:embed assets/style.css
var styleSheet []byte

// The sections of the site, as the navigation lists them.
const (
	sectionHome   = "/"
	sectionComuni = "/comuni"
	sectionChecks = "/checks"

	sectionRegions   = "/regioni"
	sectionSuppliers = "/fornitori"
	sectionUnions    = "/unioni"
)

// shown is one page: its template, its place in the navigation, its heading and
// what its template shows.
type shown struct {
	name    string // of the template
	section string
	title   string
	feed    string // its address; "": none
	wall    bool   // for a wall screen
	data    any
}

// handler makes a page. Where it returns the zero page, it has answered itself.
type handler func(w http.ResponseWriter, r *http.Request) (shown, error)

func (s *Server) routePages(mux *http.ServeMux) {
	for pattern, h := range map[string]handler{
		"/{$}":                    s.home,
		"/comuni":                 s.list,
		"/comuni/{istat}":         s.sheet,
		"/comuni/{istat}/history": s.history,
		"/checks":                 s.checksPage,
		"/comuni/{istat}/notice":  s.comuneNotice,
		"/regioni":                s.regions,
		"/regioni/{region}":       s.region,
		"/province/{province}":    s.province,
		"/fornitori":              s.suppliers,
		"/fornitori/{supplier}":   s.supplier,

		"/fornitori/{supplier}/notice": s.supplierNotice,

		"/unioni":         s.unions,
		"/unioni/{union}": s.union,
		"/":               func(http.ResponseWriter, *http.Request) (shown, error) { return shown{}, errNotFound },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), maxAnswer)
			defer cancel()
			s.page(w, r.WithContext(ctx), h)
		})
	}
	mux.HandleFunc("/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=3600")
		w.Write(styleSheet) //nolint:errcheck // the reader has gone
	})
}

func (s *Server) page(w http.ResponseWriter, r *http.Request, h handler) {
	p, err := h(w, r)
	status := http.StatusOK
	switch {
	case err != nil:
		var sentence string
		status, sentence = s.explain(r, err)
		p = shown{name: "error", title: s.errorTitle(err), data: sentence}
	case p.name == "":
		return
	}
	body, err := s.render(p)
	if err != nil {
		s.log.Error("making a page", "page", p.name, "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck // the reader has gone
}

func (s *Server) errorTitle(err error) string {
	var bad *queryError
	switch {
	case errors.Is(err, errNotFound):
		return s.text("web.error.not_found_title")
	case errors.As(err, &bad):
		return s.text("web.error.query_title")
	}
	return s.text("web.error.title")
}

// numberLink is a number that leads to what it counts.
type numberLink = report.Linked

// navLink is one link of the navigation.
type navLink struct {
	Path, Text string
	Here       bool
}

func (s *Server) render(p shown) ([]byte, error) {
	var nav []navLink
	for _, l := range [][2]string{
		{sectionHome, "web.nav.home"},
		{sectionComuni, "web.nav.comuni"},
		{sectionRegions, "wall.nav.regions"},
		{sectionSuppliers, "wall.nav.suppliers"},
		{sectionUnions, "wall.nav.unions"},
		{sectionChecks, "web.nav.checks"},
	} {
		nav = append(nav, navLink{Path: l[0], Text: s.text(l[1]), Here: l[0] == p.section})
	}
	var b bytes.Buffer
	err := s.pages[p.name].ExecuteTemplate(&b, "page", map[string]any{
		"Lang": s.o.Messages.Lang(), "Title": p.title, "Nav": nav, "Version": s.o.Version, "Feed": p.feed, "Wall": p.wall, "Data": p.data,
	})
	return b.Bytes(), err
}

// parsePages parses each page together with the frame of all.
func (s *Server) parsePages() (map[string]*template.Template, error) {
	names, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, entry := range names {
		name := strings.TrimSuffix(entry.Name(), path.Ext(entry.Name()))
		if name == "base" {
			continue
		}
		t, err := template.New(name).Funcs(s.functions()).ParseFS(templateFiles, "templates/base.html", "templates/"+entry.Name())
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		pages[name] = t
	}
	return pages, nil
}

func (s *Server) functions() template.FuncMap {
	return template.FuncMap{
		"t":       s.text,
		"num":     s.o.Messages.Number,
		"number":  func(n numberLink) template.HTML { return n.HTML(s.o.Messages) },
		"count":   s.o.Messages.Count,
		"linked":  func(key string, args ...any) template.HTML { return report.LinkedText(s.o.Messages, key, args...) },
		"date":    func(t time.Time) string { return s.o.Messages.Date(t.In(s.rome)) },
		"symbol":  func(v any) string { return symbol(finding.Verdict(fmt.Sprint(v))) }, // templates also write the word itself
		"outside": outside,
	}
}

func (s *Server) text(key string, args ...any) string { return s.o.Messages.Text(key, args...) }

func (s *Server) moment(t time.Time) string { return s.o.Messages.Moment(t.In(s.rome)) }

// symbol stands beside the word of a verdict, for those who see no colours.
func symbol(v finding.Verdict) string {
	switch v {
	case finding.Pass:
		return "✓"
	case finding.Warn:
		return "!"
	case finding.Fail:
		return "✗"
	case finding.Info:
		return "i"
	case finding.NotApplicable:
		return "–"
	}
	return "?"
}

// outside is an address that a page may link to: http or https, with a host and
// nobody's name before it. Any other is shown as text, for which this is "".
func outside(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return address
}

// share is a part of a whole in hundredths, with one decimal.
func (s *Server) share(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return report.Share(s.o.Messages, part, whole)
}

// listLink is the address of the comuni that a query asks for.
func listLink(q query) string {
	values := q.encode()
	if q.page > 1 {
		values.Set(paramPage, strconv.Itoa(q.page))
	}
	if len(values) == 0 {
		return sectionComuni
	}
	return sectionComuni + "?" + values.Encode()
}

// checksPage is the catalogue of checks.
func (s *Server) checksPage(http.ResponseWriter, *http.Request) (shown, error) {
	type item struct {
		ID, Title, Why, Deadline, Remedy, Who string
		Nature                                finding.Nature
		Laws                                  []string
		Effort                                string
		Version                               int
	}
	lang := s.o.Messages.Lang()
	var items []item
	for _, m := range s.about.metas {
		it := item{
			ID: m.ID, Title: m.Title(lang), Why: m.Why(lang), Nature: m.Nature, Deadline: m.Deadline.Text.In(lang),
			Remedy: m.Remedy("", lang), Effort: cmp.Or(string(m.Effort), "none"), Version: m.Version, Who: s.who(m),
		}
		for _, l := range m.Law {
			it.Laws = append(it.Laws, strings.TrimSuffix(l.Act+", "+l.Article, ", ")+": "+l.Text.In(lang))
		}
		items = append(items, it)
	}
	return shown{name: "checks", section: sectionChecks, title: s.text("web.checks.title"), data: items}, nil
}

func (s *Server) who(m report.Meta) string {
	var out []string
	for _, w := range m.Who {
		out = append(out, s.text("who."+w))
	}
	return strings.Join(out, ", ")
}
