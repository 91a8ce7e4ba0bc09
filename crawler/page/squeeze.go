package page

// This file takes the indentation out of a page before it is parsed: a third of
// a usual page is white space between tags, which the parser would turn into
// nodes of text and the index into nothing.

import (
	"bytes"
	"sync"
)

// scratch holds the buffers of pages that are being parsed; the parser copies
// whatever it keeps.
var scratch = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const (
	longIndent  = 4       // shorter white space is not worth a copy
	keptScratch = 1 << 20 // a larger buffer is not kept
)

// squeeze writes text to out with the white space between a > and a < cut down
// to its first character, which is all that a reader of the text is shown of it.
func squeeze(out *bytes.Buffer, text []byte) {
	out.Grow(len(text))
	for {
		end := bytes.IndexByte(text, '>') + 1
		if end == 0 {
			out.Write(text)
			return
		}
		next := end
		for next < len(text) && (text[next] == ' ' || text[next] == '\n' || text[next] == '\t' || text[next] == '\r') {
			next++
		}
		if next-end >= longIndent && next < len(text) && text[next] == '<' {
			out.Write(text[:end+1])
		} else {
			out.Write(text[:next])
		}
		text = text[next:]
	}
}
