package web

// Writing metrics as text. The library builds every series before it writes the
// first: 200 MB and two seconds for the whole country. This writes as it goes.

import (
	"bufio"
	"io"
	"strconv"
)

// exposition writes gauges in a form that is both the Prometheus text format
// and OpenMetrics, which differ in how a document ends alone.
type exposition struct {
	w    *bufio.Writer
	line []byte
	name string // of the family being written
	err  error  // the first; nothing is written after it
}

func newExposition(w io.Writer) *exposition {
	return &exposition{w: bufio.NewWriterSize(w, 64<<10)}
}

// family begins a family of gauges. Its help is one line without backslashes.
func (e *exposition) family(name, help string) {
	e.name = name
	e.line = append(e.line[:0], "# HELP "...)
	e.line = append(append(append(e.line, name...), ' '), help...)
	e.line = append(append(append(e.line, "\n# TYPE "...), name...), " gauge\n"...)
	e.write()
}

// sample writes one sample of the family. Labels are what appendLabel made.
func (e *exposition) sample(labels []byte, value float64) {
	e.line = append(e.line[:0], e.name...)
	if len(labels) > 0 {
		e.line = append(append(append(e.line, '{'), labels...), '}')
	}
	e.line = append(e.line, ' ')
	if whole := int64(value); float64(whole) == value {
		e.line = strconv.AppendInt(e.line, whole, 10)
	} else {
		e.line = strconv.AppendFloat(e.line, value, 'g', -1, 64)
	}
	e.line = append(e.line, '\n')
	e.write()
}

func (e *exposition) write() {
	if e.err == nil {
		_, e.err = e.w.Write(e.line)
	}
}

func (e *exposition) flush() error {
	if e.err == nil {
		e.err = e.w.Flush()
	}
	return e.err
}

// appendLabel appends one label to those in b, its value escaped.
func appendLabel(b []byte, name, value string) []byte {
	if len(b) > 0 {
		b = append(b, ',')
	}
	b = append(append(b, name...), '=', '"')
	from := 0
	for i := range len(value) {
		escaped := byte(0)
		switch value[i] {
		case '\\', '"':
			escaped = value[i]
		case '\n':
			escaped = 'n'
		default:
			continue
		}
		b = append(append(b, value[from:i]...), '\\', escaped)
		from = i + 1
	}
	return append(append(b, value[from:]...), '"')
}
