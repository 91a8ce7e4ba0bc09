package report

// Letters as text: plain for a PEC, Markdown for whoever edits it first.

import (
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
)

// letter writes one of the two forms.
type letter struct {
	b        strings.Builder
	markdown bool
	o        NoticeOptions
}

func (l *letter) text(key string, args ...any) string { return l.o.Text.Text("notice."+key, args...) }

func (l *letter) day(t time.Time) string {
	if l.o.Zone != nil {
		t = t.In(l.o.Zone)
	}
	return l.o.Text.Date(t)
}

// our writes a paragraph in our words.
func (l *letter) our(s string) { l.b.WriteString(s + "\n\n") }

// line writes a line of the head: a label and what is outside's.
func (l *letter) line(label, value string) {
	if l.markdown {
		l.b.WriteString("**" + label + ":** " + MarkdownText(value) + "  \n")
		return
	}
	l.b.WriteString(label + ": " + value + "\n")
}

// heading opens an item.
func (l *letter) heading(n int, title string) {
	if l.markdown {
		l.b.WriteString("## " + strconv.Itoa(n) + ". " + MarkdownText(title) + "\n\n")
		return
	}
	l.b.WriteString(strconv.Itoa(n) + ". " + title + "\n")
}

// field writes a labelled line of an item.
func (l *letter) field(label, value string) {
	if value == "" {
		return
	}
	if l.markdown {
		l.b.WriteString("- **" + label + ":** " + value + "\n")
		return
	}
	l.b.WriteString("   " + label + ": " + value + "\n")
}

// said is a string from outside, fit for the form.
func (l *letter) said(s string) string {
	if l.markdown {
		return MarkdownText(s)
	}
	return s
}

// link is an address, fit for the form.
func (l *letter) link(s string) string {
	if l.markdown {
		return MarkdownLink(s)
	}
	return l.said(s)
}

// Plain is the letter as plain text.
func (n Notice) Plain() string { return n.write(&letter{o: n.o}) }

// Markdown is the letter as Markdown.
func (n Notice) Markdown() string { return n.write(&letter{o: n.o, markdown: true}) }

func (n Notice) write(l *letter) string {
	l.line(l.text("to"), l.o.Text.Text("sheet.comune", "name", n.Comune))
	pec := n.PEC
	if pec == "" {
		pec = l.text("no_pec")
	}
	l.line(l.text("pec"), pec)
	l.line(l.text("subject_label"), l.text("subject", "comune", n.Comune))
	l.b.WriteString("\n")
	l.our(l.text("attention"))
	l.our(l.text("greeting"))
	intro := "intro"
	if n.Site == "" {
		intro = "intro_no_site"
	}
	l.our(l.text(intro, "site", l.link(n.Site), "when", l.day(n.Visited)))
	for i, it := range n.Items {
		l.item(i+1, it)
	}
	if len(n.Unverified) > 0 {
		l.our(l.text("unverified", "checks", l.said(strings.Join(n.Unverified, ", "))))
	}
	l.closing()
	return l.b.String()
}

func (l *letter) item(n int, it NoticeItem) {
	l.heading(n, it.Title)
	l.field(l.text("seen"), l.said(it.ReasonText))
	l.field(l.text("also"), l.said(strings.Join(it.Also, ", ")))
	l.facts(it.Evidence)
	if len(it.Evidence) == 0 {
		for _, u := range it.Looked[:min(len(it.Looked), noticePages)] {
			l.field(l.text("looked"), l.link(u))
		}
	}
	l.field(l.text("when"), l.day(it.Seen))
	l.demand(it.Row)
	l.b.WriteString("\n")
}

// demand writes what the law asks, and what is to be done.
func (l *letter) demand(r Row) {
	for _, law := range r.Laws {
		text := law.Source
		if law.Text != "" {
			text += ": " + law.Text
		}
		l.field(l.o.Text.Text("sheet.law"), l.said(text))
	}
	l.field(l.o.Text.Text("sheet.deadline"), l.said(r.Deadline))
	l.field(l.o.Text.Text("sheet.do"), l.said(r.Remedy))
	who := strings.Join(r.Who, ", ")
	if r.Effort != "" && who != "" {
		who += " (" + r.Effort + ")"
	}
	l.field(l.o.Text.Text("sheet.who"), l.said(who))
}

func (l *letter) facts(facts []finding.Fact) {
	for _, f := range facts[:min(len(facts), noticeFacts)] {
		words := f.Snippet
		if words == "" {
			words = f.Value
		}
		if words != "" && !OurWords(f) {
			words = l.o.Text.Text("sheet.quote", "text", words)
		}
		l.field(l.text("found"), l.said(words))
		if f.URL != "" {
			l.field(l.text("page"), l.link(f.URL))
		}
	}
}

func (l *letter) closing() {
	l.our(l.text("fair"))
	l.our(l.text("correct"))
	l.our(l.text("regards"))
	l.b.WriteString(l.text("signature") + "\n")
}
