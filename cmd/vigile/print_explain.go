package main

// This file prints how a look went: entrance, requests, what was looked for,
// facts.

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/report"
)

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (a *app) printLooking(w io.Writer, s style, l report.Looking) {
	a.printEntrance(w, s, l)
	a.printPlain(w, s, l.Plain)
	a.printRequests(w, s, l)
	a.printInterests(w, s, l)
	a.printAllFacts(w, s, l)
}

func (a *app) heading(w io.Writer, s style, key string) {
	fmt.Fprintf(w, "\n%s\n", s.paint(bold, a.text.Text(key)))
}

func (a *app) printEntrance(w io.Writer, s style, l report.Looking) {
	if len(l.Attempts) == 0 {
		return
	}
	a.heading(w, s, "explain.entrance")
	for _, t := range l.Attempts {
		parts := []string{a.text.Text("reach." + string(t.Reach) + ".word")}
		if t.Status != 0 {
			parts = append(parts, "HTTP "+strconv.Itoa(t.Status))
		}
		if t.Address != "" {
			parts = append(parts, t.Address)
		}
		if t.TLS != nil && t.TLS.Version != "" {
			parts = append(parts, t.TLS.Version)
		}
		s.paragraph(w, "  ", t.URL+": "+strings.Join(parts, ", "))
		if t.Detail != "" {
			s.aside(w, "    ", t.Detail)
		}
	}
	for _, h := range l.Hops {
		s.paragraph(w, "  ", a.text.Text("explain.hop", "url", h.URL, "to", h.To))
	}
}

func (a *app) printPlain(w io.Writer, s style, p page.Plain) {
	if p.Does == "" {
		return
	}
	a.heading(w, s, "explain.plain")
	s.paragraph(w, "  ", a.text.Text("explain.does."+string(p.Does), "date", a.text.Date(p.Asked)))
	for _, f := range p.Requests {
		line := f.URL + ": " + a.fetchStatus(f)
		if f.Final != "" {
			line = a.text.Text("explain.hop", "url", f.URL, "to", f.Final) + ": " + a.fetchStatus(f)
		}
		s.paragraph(w, "    ", line)
		if f.Detail != "" {
			s.aside(w, "      ", f.Detail)
		}
	}
}

func (a *app) printRequests(w io.Writer, s style, l report.Looking) {
	if len(l.Fetches) == 0 {
		return
	}
	a.heading(w, s, "explain.pages")
	t := &table{right: map[int]bool{0: true, 3: true, 4: true, 5: true}, head: []string{
		"", a.text.Text("explain.kind"), a.text.Text("explain.status"), a.text.Text("explain.size"), a.text.Text("explain.took"),
		a.text.Text("explain.waited"), a.text.Text("explain.request"),
	}}
	for i, f := range l.Fetches {
		t.add(strconv.Itoa(i+1), a.text.Text("explain.kinds."+f.Kind), a.fetchStatus(f), a.text.Bytes(f.Size), a.text.Seconds(f.Took),
			a.text.Seconds(f.Waited), f.URL)
	}
	t.write(w, s)
	fmt.Fprintln(w, s.paint(faint, a.text.Text("explain.waits")))
}

func (a *app) fetchStatus(f page.Fetch) string {
	parts := []string{}
	if f.Status != 0 {
		parts = append(parts, strconv.Itoa(f.Status))
	}
	if f.Reach != page.ReachOK && f.Reach != "" {
		parts = append(parts, a.text.Text("reach."+string(f.Reach)+".word"))
	}
	if f.Unchanged {
		parts = append(parts, a.text.Text("explain.unchanged"))
	}
	if f.Repeat {
		parts = append(parts, a.text.Text("explain.repeat"))
	}
	if f.Truncated {
		parts = append(parts, a.text.Text("explain.truncated"))
	}
	if f.Partial {
		parts = append(parts, a.text.Text("explain.partial"))
	}
	return strings.Join(parts, ", ")
}

func (a *app) printInterests(w io.Writer, s style, l report.Looking) {
	if len(l.Inquiries) == 0 {
		return
	}
	a.heading(w, s, "explain.interests")
	for _, q := range l.Inquiries {
		line := q.ID + ": " + a.text.Text("reading."+string(q.Reading))
		if q.Why != "" {
			line += ", " + a.text.Text("explain.because", "why", a.text.Text("reach."+string(q.Why)+".word"))
		}
		s.paragraph(w, "  ", line)
		for _, u := range q.Pages {
			s.paragraph(w, "    ", u)
		}
		if len(q.Candidates) > 0 {
			s.paragraph(w, "    ", a.text.Text("explain.candidates", "urls", strings.Join(q.Candidates, " ")))
		}
	}
}

func (a *app) printAllFacts(w io.Writer, s style, l report.Looking) {
	a.heading(w, s, "explain.facts")
	if len(l.Facts) == 0 {
		s.paragraph(w, "  ", a.text.Text("explain.no_facts"))
	}
	for _, f := range l.Facts {
		line := a.text.Text("explain.fact", "check", f.Check, "kind", f.Kind)
		if f.Value != "" {
			line += " = " + f.Value
		}
		if f.Snippet != "" {
			line += " " + a.quoted(f.Snippet)
		}
		s.paragraph(w, "  ", line)
		if f.Target != "" {
			s.paragraph(w, "    ", a.text.Text("explain.target", "url", f.Target))
		}
		if f.URL != "" {
			where := a.where(f)
			if f.Rule != "" {
				where += ", " + a.text.Text("explain.rule", "rule", f.Rule)
			}
			s.aside(w, "    ", where)
		}
	}
}
