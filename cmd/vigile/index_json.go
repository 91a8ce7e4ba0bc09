package main

// The index as JSON.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/vigile-it/vigile/internal/report"
)

// linesAtOnce is how many comuni a processor writes at a time.
const linesAtOnce = 64

// writeIndexJSON writes an index as JSON. One of more comuni than anybody reads
// through has a line for each, written by all processors: to indent all Italy takes
// longer than to reckon it.
func writeIndexJSON(w io.Writer, x report.Index) error {
	if len(x.Comuni) <= detailUpTo {
		return writeJSON(w, x)
	}
	comuni := x.Comuni
	x.Comuni = []report.IndexLine{}
	var frame bytes.Buffer
	if err := writeJSON(&frame, x); err != nil {
		return err
	}
	// In a string the quotes would be escaped.
	head, tail, _ := bytes.Cut(frame.Bytes(), []byte(`"comuni": []`))
	out := bufio.NewWriter(w)
	out.Write(head)                       //nolint:errcheck // a failure stays until Flush
	out.WriteString(`"comuni": [` + "\n") //nolint:errcheck
	chunks := slices.Collect(slices.Chunk(comuni, linesAtOnce))
	last := len(comuni)
	for some := range slices.Chunk(chunks, runtime.GOMAXPROCS(0)) {
		written := make([]bytes.Buffer, len(some))
		var group errgroup.Group
		for i, lines := range some {
			last -= len(lines)
			end := last == 0
			group.Go(func() error { return writeLines(&written[i], lines, end) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
		for i := range written {
			out.Write(written[i].Bytes()) //nolint:errcheck
		}
	}
	out.WriteString("  ]") //nolint:errcheck
	out.Write(tail)        //nolint:errcheck
	return out.Flush()
}

// writeLines writes each as a line, with a comma after it but after the last of all.
func writeLines(w *bytes.Buffer, lines []report.IndexLine, end bool) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range lines {
		w.WriteString("    ")
		if err := enc.Encode(&lines[i]); err != nil {
			return err
		}
		if !end || i < len(lines)-1 {
			w.Truncate(w.Len() - 1)
			w.WriteString(",\n")
		}
	}
	return nil
}
