package main

// This file holds how text looks: colours on a terminal that wants them, lines
// wrapped at words, tables of aligned columns.

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/vigile-it/vigile/checks/finding"
)

// Widths of text, in columns.
const (
	widthPipe = 100 // where nobody says how wide it is
	widthMin  = 60
	widthMax  = 100
)

// style is how one stream is written.
type style struct {
	colour bool
	width  int
}

// styleOf is the style of stdout: colours where a person looks at a terminal and
// neither --no-color nor NO_COLOR (no-color.org) asks for none.
func (a *app) styleOf(w io.Writer) style {
	columns, seen := terminal(w)
	s := style{width: widthPipe, colour: seen && !a.flags.noColor && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"}
	if columns > 0 {
		s.width = min(max(columns, widthMin), widthMax)
	}
	return s
}

// The colours, as numbers of ECMA-48.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	blue   = "34"
	purple = "35"
)

func (s style) paint(colour, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func verdictColour(v finding.Verdict) string {
	switch v {
	case finding.Fail:
		return red
	case finding.Warn:
		return yellow
	case finding.Unknown:
		return purple
	case finding.Pass:
		return green
	case finding.Info:
		return blue
	default:
		return faint
	}
}

// symbol says a verdict without colour and without words.
func symbol(v finding.Verdict) string {
	switch v {
	case finding.Fail:
		return "✗"
	case finding.Warn:
		return "!"
	case finding.Unknown:
		return "?"
	case finding.Pass:
		return "✓"
	case finding.Info:
		return "i"
	default:
		return "-"
	}
}

// wrap breaks text into lines of at most width columns, between words alone: an
// address stays whole however long it is.
func wrap(text string, width int) []string {
	var lines []string
	line, length := "", 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if length > 0 && length+1+n > width {
			lines = append(lines, line)
			line, length = "", 0
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+n
	}
	return append(lines, line)
}

// field writes "label  text" with the text wrapped under itself.
func (s style) field(w io.Writer, indent, label string, labelWidth int, text string) {
	hang := indent + strings.Repeat(" ", labelWidth+2)
	for i, line := range wrap(text, s.width-len(hang)) {
		if i == 0 {
			fmt.Fprintf(w, "%s%s  %s\n", indent, s.paint(faint, pad(label, labelWidth)), line)
		} else {
			fmt.Fprintf(w, "%s%s\n", hang, line)
		}
	}
}

// paragraph writes wrapped text, every line indented.
func (s style) paragraph(w io.Writer, indent, text string) {
	for _, line := range wrap(text, s.width-len(indent)) {
		fmt.Fprintln(w, indent+line)
	}
}

// aside writes a paragraph that only some will read.
func (s style) aside(w io.Writer, indent, text string) {
	for _, line := range wrap(text, s.width-len(indent)) {
		fmt.Fprintln(w, indent+s.paint(faint, line))
	}
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s))) + s
}

// table is rows of cells under a heading. Columns named in right are aligned to
// the right.
type table struct {
	head  []string
	rows  [][]string
	right map[int]bool
	plain [][]string // as other programs read them in CSV; nil: as they are shown
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// addPlain adds the row that other programs read in place of one that is shown.
func (t *table) addPlain(cells ...string) { t.plain = append(t.plain, cells) }

// write prints the table with two spaces between columns, the last column as
// long as it likes.
func (t *table) write(w io.Writer, s style) {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	line := func(cells []string) string {
		var b strings.Builder
		for i, cell := range cells {
			if i > 0 {
				b.WriteString("  ")
			}
			switch {
			case t.right[i]:
				b.WriteString(padLeft(cell, widths[i]))
			case i == len(cells)-1:
				b.WriteString(cell)
			default:
				b.WriteString(pad(cell, widths[i]))
			}
		}
		return strings.TrimRight(b.String(), " ")
	}
	fmt.Fprintln(w, s.paint(bold, line(t.head)))
	for _, row := range t.rows {
		fmt.Fprintln(w, line(row))
	}
}

// markdown prints the table as Markdown.
func (t *table) markdown(w io.Writer) {
	rule := make([]string, len(t.head))
	for i := range rule {
		rule[i] = "---"
		if t.right[i] {
			rule[i] = "---:"
		}
	}
	for _, row := range append([][]string{t.head, rule}, t.rows...) {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
}
