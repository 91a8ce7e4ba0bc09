package main

// The document of the figures.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// accuracyDoc is the document as it grows.
type accuracyDoc struct{ parts []fmt.Stringer }

type accuracyLine string

func (l accuracyLine) String() string { return string(l) + "\n" }

func (d *accuracyDoc) heading(s string) { d.parts = append(d.parts, accuracyLine("## "+s)) }

func (d *accuracyDoc) line(format string, args ...any) {
	d.parts = append(d.parts, accuracyLine(fmt.Sprintf(format, args...)))
}

// accuracyTable is one table of figures.
type accuracyTable struct {
	head []string
	rows [][]string
}

func (d *accuracyDoc) table(title string, head ...string) *accuracyTable {
	if title != "" {
		d.heading(title)
	}
	t := &accuracyTable{head: head}
	d.parts = append(d.parts, t)
	return t
}

func (t *accuracyTable) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = strings.ReplaceAll(fmt.Sprint(c), "|", `\|`)
	}
	t.rows = append(t.rows, row)
}

func (t *accuracyTable) String() string {
	var b strings.Builder
	write := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	write(t.head)
	fmt.Fprintf(&b, "|%s\n", strings.Repeat("---|", len(t.head)))
	for _, r := range t.rows {
		write(r)
	}
	return b.String()
}

// matrix shows how two ways of judging fall out over the same states.
func (d *accuracyDoc) matrix(title, state, first, second string, a, b map[string]map[string]int) {
	rows := d.table(title, state, "n", first, second)
	states := make([]string, 0, len(a))
	for s := range a {
		states = append(states, s)
	}
	slices.Sort(states)
	for _, s := range states {
		n := 0
		for _, c := range a[s] {
			n += c
		}
		rows.add(s, n, fallOut(a[s]), fallOut(b[s]))
	}
}

func fallOut(m map[string]int) string {
	words := make([]string, 0, len(m))
	for w := range m {
		words = append(words, w)
	}
	slices.SortFunc(words, func(x, y string) int { return cmp.Or(cmp.Compare(m[y], m[x]), cmp.Compare(x, y)) })
	for i, w := range words {
		words[i] = fmt.Sprintf("%s %d", w, m[w])
	}
	return strings.Join(words, ", ")
}

func (d *accuracyDoc) String() string {
	var b strings.Builder
	b.WriteString(accuracyHead)
	for _, p := range d.parts {
		b.WriteString("\n" + p.String())
	}
	b.WriteString(accuracyTail)
	return b.String()
}

const accuracyHead = `# Accuracy

How right the checks are, measured. ` + "`make accuracy`" + ` writes this file; the same
test (` + "`TestAccuracy` in `cmd/vigile`" + `) holds every threshold in CI wherever the
real data is beside the project, and is skipped elsewhere.

Real data: half of a corpus of links seen on home pages in May 2025, with what
was observed of each comune and AgID's answers; real pages of nine comuni and
official templates. Judged as of 2025-05-03. Another half of the corpus was not
looked at when the rules were written. Kinds of link are told apart by plain
rules of the test's own. Generated links stand where the corpus has fewer than
30 of a kind; their seed is fixed.
`

const accuracyTail = `
## Not measured

- Whether AgID's service still answers as in the recorded answers: its endpoints
  are read from public sources, not called here.
- Pages as they are today: the real pages are copies, the corpus holds links and
  not the pages round them.
- Sites that need JavaScript, beyond that they come out ` + "`unknown`" + `.
- Which body and which site a publication of the old form is of: the recorded
  answers do not say. The replica's do.
- RTD, login, payments, app IO and every check that needs inner pages on more
  real sites than the pages above: no real site is read here as a visit reads it.
- Whether a consent tool holds a service back until it has asked: a plain visit
  runs no script.
- Whether a service entered on the net is there once one has signed in.
`
