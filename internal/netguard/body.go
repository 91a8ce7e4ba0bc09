package netguard

// Decoding bodies ourselves, so that the limit holds after decompression and a
// bomb costs no more than the limit.

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

const (
	// acceptEncoding is what we ask for; zstd is undone where a server sends it
	// all the same.
	acceptEncoding   = "gzip, deflate, br"
	defaultBodyLimit = 64 << 20
	maxEncodings     = 2       // layers of Content-Encoding
	maxWindow        = 8 << 20 // of zstd: what RFC 9659 lets a server use; brotli's own is 16 MiB (RFC 7932 9.1)
	wireSlack        = 64 << 10
	pooledBrotli     = 1 << 20 // a decoder that gave more is not kept, for it keeps its window
	maxWideBrotli    = 8       // windows over 4 MiB at once: fourteen bytes may claim one of 16
)

// A DecodeError says that a body's Content-Encoding is unknown to us or that
// its bytes are not what it says.
type DecodeError struct {
	Encoding string
	Err      error
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("decoding the body (%s): %v", e.Encoding, e.Err)
}

func (e *DecodeError) Unwrap() error { return e.Err }

type limitKey struct{}

// WithBodyLimit bounds the bodies of the context's requests to n bytes after
// decompression: what exceeds it is cut off, the body ends with io.EOF, and
// Truncated and Report.Truncated say so. Without it the limit is 64 MiB.
func WithBodyLimit(ctx context.Context, n int64) context.Context {
	return context.WithValue(ctx, limitKey{}, n)
}

func bodyLimit(ctx context.Context) int64 {
	if n, ok := ctx.Value(limitKey{}).(int64); ok && n >= 0 {
		return n
	}
	return defaultBodyLimit
}

// A body is a response's body, decoded, bounded, counted.
type body struct {
	wire    io.ReadCloser
	count   *counter // over wire
	layers  []string // Content-Encoding, outermost first
	decoded io.Reader
	free    []func() // gives decoders back
	pools   *decoders
	left    int64 // bytes the reader may still have
	report  *Report
	err     error
}

// decoders keeps what is dear to make for the next body.
type decoders struct {
	gzip   sync.Pool // of *gzip.Reader
	brotli sync.Pool // of *brotli.Reader
	wide   atomic.Int32
}

// decode replaces the response's body by its decoded and bounded form. Nothing
// is read yet.
func (g *Guard) decode(resp *http.Response, limit int64, report *Report) error {
	if resp.Body == nil || resp.Body == http.NoBody {
		return nil
	}
	layers, err := encodings(resp.Header)
	if err != nil {
		return err
	}
	b := &body{wire: resp.Body, layers: layers, pools: &g.decoders, left: limit, report: report}
	if len(layers) > 0 {
		report.Encoding = strings.Join(resp.Header.Values("Content-Encoding"), ", ")
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength = -1
		resp.Uncompressed = true
	}
	resp.Body = b
	return nil
}

// encodings lists what is to be undone, outermost first (RFC 9110 8.4).
func encodings(h http.Header) ([]string, error) {
	var layers []string
	for _, value := range h.Values("Content-Encoding") {
		for name := range strings.SplitSeq(value, ",") {
			switch name = strings.ToLower(strings.TrimSpace(name)); name {
			case "", "identity", "none", "utf-8", "utf8": // the latter three are seen in the wild
			case "gzip", "x-gzip", "deflate", "br", "zstd":
				layers = append([]string{name}, layers...)
			default:
				return nil, &DecodeError{Encoding: printable(name), Err: fmt.Errorf("not an encoding we asked for")}
			}
		}
	}
	if len(layers) > maxEncodings {
		return nil, &DecodeError{Encoding: strings.Join(layers, ", "), Err: fmt.Errorf("more than %d layers", maxEncodings)}
	}
	return layers, nil
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if b.decoded == nil {
		b.open()
	}
	if b.left == 0 {
		b.err = b.probe()
		return 0, b.err
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.decoded.Read(p)
	b.left -= int64(n)
	b.report.Size += int64(n)
	b.err = err
	return n, err
}

// probe looks for one byte beyond the limit.
func (b *body) probe() error {
	var one [1]byte
	for range 100 { // a reader may give nothing for a while
		n, err := b.decoded.Read(one[:])
		if n > 0 {
			b.report.Truncated = true
			return io.EOF
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// Draw takes an encoded body of a Guard off its connection, as it was sent, and
// keeps it in room, which is the body's until that is closed: reading decodes it
// from there. So what waits to be read takes its size on the wire, and no
// connection. It tells whether it did; any other body is left as it is.
func Draw(rc io.ReadCloser, room *bytes.Buffer) bool {
	b, ok := rc.(*body)
	if !ok || len(b.layers) == 0 || b.count != nil || b.err != nil {
		return false
	}
	_, err := room.ReadFrom(io.LimitReader(b.wire, b.left+wireSlack))
	b.wire.Close() //nolint:errcheck // all that is wanted of it was read
	b.wire = &drawn{left: room, err: err}
	return true
}

// drawn is a body in memory. It ends as it did on the wire.
type drawn struct {
	left *bytes.Buffer
	err  error
}

func (d *drawn) Read(p []byte) (int, error) {
	n, err := d.left.Read(p)
	if err == io.EOF && d.err != nil {
		err = d.err
	}
	return n, err
}

func (d *drawn) Close() error { return nil }

// open builds the decoders on the first read, for they read their headers.
func (b *body) open() {
	// An encoded body longer than the limit is a decoded one longer than it:
	// only padding that decodes to nothing could make it otherwise.
	b.count = &counter{r: b.wire, report: b.report, left: b.left + wireSlack, bounded: len(b.layers) > 0}
	b.decoded = b.count
	for _, layer := range b.layers {
		b.decoded = b.undo(layer, b.decoded)
	}
}

// undo wraps one layer. A body that does not begin as its label says is passed
// on as it is: some servers label a plain page "gzip".
func (b *body) undo(layer string, from io.Reader) io.Reader {
	in := bufio.NewReader(from)
	head, err := in.Peek(4)
	if len(head) == 0 {
		return failing{err}
	}
	switch {
	case strings.HasSuffix(layer, "gzip") && bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return b.gunzip(in)
	case layer == "br" && !plain(head): // it has no mark of its own, but no stream of it begins with '<'
		return b.unbrotli(in, head[0])
	case layer == "zstd" && bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return b.unzstd(in)
	case layer == "deflate" && isZlib(head):
		return b.labelled(layer)(zlib.NewReader(in))
	case layer == "deflate" && !plain(head): // raw, as some servers understand it
		return wrong{layer, flate.NewReader(in), b.count}
	default:
		return in
	}
}

// isZlib knows the two bytes of RFC 1950 2.2.
func isZlib(head []byte) bool {
	return len(head) >= 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0
}

// plain: what begins like a page was not deflated. A raw deflate stream that
// begins with '<' would hold a stored block, which no server sends first.
func plain(head []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(text) == 0 || text[0] == '<'
}

func (b *body) gunzip(in io.Reader) io.Reader {
	z, ok := b.pools.gzip.Get().(*gzip.Reader)
	if !ok {
		z = new(gzip.Reader)
	}
	if err := z.Reset(in); err != nil {
		return failing{&DecodeError{Encoding: "gzip", Err: err}}
	}
	b.free = append(b.free, func() { b.pools.gzip.Put(z) })
	return wrong{"gzip", z, b.count}
}

func (b *body) unbrotli(in io.Reader, first byte) io.Reader {
	if wideBrotli(first) {
		if b.pools.wide.Add(1) > maxWideBrotli {
			b.pools.wide.Add(-1)
			return failing{&DecodeError{Encoding: "br", Err: errors.New("too many large windows at once")}}
		}
		b.free = append(b.free, func() { b.pools.wide.Add(-1) })
	}
	z, ok := b.pools.brotli.Get().(*brotli.Reader)
	if !ok {
		z = new(brotli.Reader)
	}
	z.Reset(in) // never fails
	b.free = append(b.free, func() {
		// A stream that came to its end has a window no larger than twice what
		// it gave; one that was cut may have claimed the largest.
		if b.err == io.EOF && !b.report.Truncated && len(b.layers) == 1 && b.report.Size <= pooledBrotli {
			b.pools.brotli.Put(z)
		}
	})
	return wrong{"br", z, b.count}
}

func (b *body) unzstd(in io.Reader) io.Reader {
	z, err := zstd.NewReader(
		in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow),
	)
	if err != nil {
		return failing{&DecodeError{Encoding: "zstd", Err: err}}
	}
	b.free = append(b.free, z.Close)
	return wrong{"zstd", z, b.count}
}

// wideBrotli knows the headers of windows of 8 and 16 MiB, which no page needs
// (RFC 7932 9.1).
func wideBrotli(first byte) bool { return first&0x0f == 0x0d || first&0x0f == 0x0f }

func (b *body) labelled(layer string) func(io.Reader, error) io.Reader {
	return func(r io.Reader, err error) io.Reader {
		if err != nil {
			return failing{&DecodeError{Encoding: layer, Err: err}}
		}
		return wrong{layer, r, b.count}
	}
}

// Close gives the decoders back and ends the transfer. It must not run beside
// a Read, as with any decoded body.
func (b *body) Close() error {
	if b.err == nil {
		b.err = http.ErrBodyReadAfterClose
	}
	for _, free := range b.free {
		free()
	}
	b.free, b.decoded = nil, failing{b.err}
	return b.wire.Close()
}

// counter counts what comes over the wire, and bounds it where it is encoded.
type counter struct {
	r       io.Reader
	report  *Report
	left    int64
	bounded bool
	err     error // of the connection, io.EOF apart
}

func (c *counter) Read(p []byte) (int, error) {
	if c.bounded {
		if c.left <= 0 {
			c.report.Truncated = true
			return 0, io.EOF
		}
		p = p[:min(int64(len(p)), c.left)]
	}
	n, err := c.r.Read(p)
	c.left -= int64(n)
	c.report.Wire += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// wrong tells a decoder's own errors from those of the connection below it,
// which come through as they are.
type wrong struct {
	encoding string
	r        io.Reader
	under    *counter
}

func (w wrong) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	switch {
	case err == nil || err == io.EOF:
	case w.under.report.Truncated: // we cut the stream ourselves
		err = io.EOF
	case w.under.err != nil:
		err = w.under.err
	case errors.Is(err, gzip.ErrHeader), excess(err): // bytes after the last member: browsers ignore them
		err = io.EOF
	default:
		err = &DecodeError{Encoding: w.encoding, Err: err}
	}
	return n, err
}

// excess is brotli's word for bytes after the end of the stream; the library
// exports no name for it.
func excess(err error) bool { return err.Error() == "brotli: excessive input" }

// failing is a reader that has failed.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
