package crawler

// The gate every request of a visit passes, colly's and our own: robots,
// politeness, bounds, and the book-keeping of what it cost.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/netguard"
)

// contentType is where the server's Content-Type is kept out of colly's sight,
// which would transcode the body by it and lose the original bytes.
const contentType = "X-Vigile-Content-Type"

// requestTimeout is from a request to its last byte, politeness apart.
const requestTimeout = 30 * time.Second

// transfer is the book of one fetch: its redirects, what it waited, what was
// spoken to. It travels in the context of the requests.
type transfer struct {
	kind    string      // page.FetchPage, …
	anew    bool        // without conditions
	known   page.Source // of a script asked for before
	copy    *Copy       // of the document last asked for; nil: nothing is kept of it
	limit   int64
	vet     func(*url.URL) error // asked before each redirect; nil: all may pass
	hops    []page.Hop
	waited  time.Duration
	report  netguard.Report // of the last request
	address netip.Addr      // of the last host: spoken to, or whose turn was waited for
	state   *page.TLS
	pause   time.Duration // for which the server is left alone
	skipped string        // media type of a body that was not read
	cut     error         // what ended the body early
	room    *rooms        // the body is read here and not by colly; nil: by whoever asks
	body    *bytes.Buffer // of the answer that ended the redirects, read so
	wire    *bytes.Buffer // or that answer's body in fewer bytes: as it was sent, or folded
	packed  io.ReadCloser // what decodes wire as it was sent; nil: it is folded
	sent    bool          // a request left the house
	robots  time.Duration // spent on robots.txt of the hosts on the way
	touched atomic.Bool   // a connection of the last request was made
}

type transferKey struct{}

func withTransfer(ctx context.Context, t *transfer) context.Context {
	return context.WithValue(ctx, transferKey{}, t)
}

// gate is the http.RoundTripper of one visit. It is not for concurrent use.
type gate struct{ s *session }

// RoundTrip makes one request after asking robots.txt of its host and waiting
// for its turn. The host is free for the next request once the body is closed.
func (g gate) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	t := ctx.Value(transferKey{}).(*transfer)
	t.touched.Store(false)
	t.address, t.state = netip.Addr{}, nil
	if err := g.s.allowed(ctx, req.URL, t); err != nil {
		return nil, err
	}
	if t.copy = g.s.copyOf(req, t); t.copy != nil {
		req = conditional(req, t.copy.Source)
	} else if t.known.URL == tidy(req.URL) {
		req = conditional(req, t.known)
	}
	return g.s.crawler.send(req, t, g.s.allowance())
}

// outOfTime is said of what is not asked any more.
const outOfTime = "the time for this site is used up"

// allowance is what a visit has left for one request: for the request itself,
// for waiting until it may be made, and until its answer begins, 0: as long as usual.
type allowance struct{ time, wait, answer time.Duration }

// send makes one request politely: no other to its host is under way, the gap
// since the last has passed, and its address is not overburdened.
func (c *Crawler) send(req *http.Request, t *transfer, left allowance) (*http.Response, error) {
	if left.time <= 0 {
		return nil, &refusal{reach: page.ReachTooSlow, why: outOfTime}
	}
	host := req.URL.Hostname()
	addrs, err := c.look(req.Context(), host, left.time)
	if err != nil {
		return nil, err
	}
	t.address = c.pacer.Known(host, addrs)
	release, err := c.turn(req, t, left.wait)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(req.Context(), min(requestTimeout, left.time))
	ctx = netguard.WithReport(netguard.WithBodyLimit(ctx, t.limit), &t.report)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { t.touched.Store(true) }})
	t.sent = true
	resp, err := c.brisk(req.Context(), req.WithContext(ctx), cancel, left.answer)
	if err != nil {
		cancel()
		release()
		return nil, err
	}
	turn := t.address
	t.address = t.report.Address
	c.pacer.Spoke(host, t.address)
	t.pause = c.heed(resp, host, t.address, turn)
	c.answered(resp, t)
	whole := t.room != nil && (resp.StatusCode < 300 || resp.StatusCode > 399)
	resp.Body = &pacedBody{ReadCloser: resp.Body, t: t, done: func() { cancel(); release() }, whole: whole}
	return resp, nil
}

// look asks for the addresses of a host. A name server that takes longer than
// the visit has left has not answered.
func (c *Crawler) look(ctx context.Context, host string, left time.Duration) ([]netip.Addr, error) {
	inner, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	addrs, err := c.guard.Addresses(inner, host)
	if err != nil && inner.Err() != nil && ctx.Err() == nil {
		return nil, &net.DNSError{Err: "no answer in the time for this site", Name: host, IsTimeout: true}
	}
	return addrs, err
}

// turn waits until the request may be made.
func (c *Crawler) turn(req *http.Request, t *transfer, patience time.Duration) (release func(), err error) {
	ctx, cancel := context.WithTimeout(req.Context(), patience)
	defer cancel()
	release, waited, err := c.pacer.Acquire(ctx, req.URL.Hostname(), t.address)
	t.waited += waited
	var held *pacerHeldError
	switch {
	case err == nil || req.Context().Err() != nil:
		return release, err
	case errors.As(err, &held):
		return nil, &refusal{reach: page.ReachRateLimited, why: held.Error(), busy: true}
	}
	return nil, &refusal{reach: page.ReachOurFault, why: "no turn came in the time for waiting"}
}

// answered notes what the header says and prepares the response for colly.
func (c *Crawler) answered(resp *http.Response, t *transfer) {
	t.state = handshake(resp.TLS)
	if t.state != nil {
		t.state.ChainFetched = t.report.ChainFetched
	}
	media := resp.Header.Values("Content-Type")
	resp.Header.Del("Content-Type")
	resp.Header.Del(contentType)
	if len(media) > 0 {
		resp.Header[contentType] = media[:1]
	}
	resp.Header.Del("Content-Encoding") // the guard decoded it
	resp.Uncompressed = true            // or colly would try again by the file's name
	if t.kind == page.FetchPage && len(media) > 0 && !readable(media[0]) && resp.StatusCode < 300 {
		t.skipped = media[0]
	}
}

// readable tells whether a media type may hold a page. What is unnamed or named
// plain text may: servers are careless.
func readable(mediaType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	kind = strings.TrimSpace(kind)
	switch {
	case kind == "", strings.Contains(kind, "html"), strings.Contains(kind, "xml"), kind == "text/plain":
		return true
	case !strings.Contains(kind, "/"):
		return true
	}
	return false
}

// pacedBody frees the host when the body is read or closed. An error in the
// middle of a body is no error for the reader: what was read is kept, and the
// book says that it was cut.
type pacedBody struct {
	io.ReadCloser
	t     *transfer
	done  func()
	whole bool // it is read at once, into the book
}

// Buffers that hold most pages with what is kept free for the end, as they are and
// as they are sent; and the largest that is kept for another body.
const (
	usualBody = 96 << 10
	usualWire = 20 << 10
	keptBody  = 128 << 10
	keptWire  = 64 << 10
)

// rooms are buffers for bodies on their way in. A sync.Pool would be emptied by every
// collection, of which there are many while hundreds of sites are read.
type rooms struct{ bodies, wires chan *bytes.Buffer }

// spareRooms is how many of each are kept.
const spareRooms = 4

func newRooms() rooms {
	return rooms{bodies: make(chan *bytes.Buffer, spareRooms), wires: make(chan *bytes.Buffer, spareRooms)}
}

func roomIn(kept chan *bytes.Buffer, usual int) *bytes.Buffer {
	select {
	case buf := <-kept:
		buf.Reset()
		return buf
	default:
		return bytes.NewBuffer(make([]byte, 0, usual))
	}
}

func (r *rooms) leave(kept chan *bytes.Buffer, buf *bytes.Buffer, most int) {
	if buf == nil || buf.Cap() > most {
		return
	}
	select {
	case kept <- buf:
	default:
	}
}

// collect reads the body in place of colly, which would leave twice its size to
// the garbage collector. One that is encoded stays so until it may be parsed, and one
// that is not is folded: of hundreds of visits many wait for that.
func (b *pacedBody) collect() {
	b.whole = false
	t := b.t
	wire := roomIn(t.room.wires, usualWire)
	if netguard.Draw(b.ReadCloser, wire) {
		t.packed, t.wire, b.ReadCloser = b.ReadCloser, wire, http.NoBody
		return
	}
	t.unpack(b.ReadCloser)
	t.fold(wire)
}

// fold keeps the body that is in the book in less room.
func (t *transfer) fold(wire *bytes.Buffer) {
	room := roomIn(t.room.bodies, usualBody)
	wire.Write(s2.Encode(room.Bytes()[:room.Cap()], t.body.Bytes()))
	t.room.leave(t.room.bodies, room, keptBody)
	t.room.leave(t.room.bodies, t.body, keptBody)
	t.body, t.wire = nil, wire
}

// unpack reads a body into the book.
func (t *transfer) unpack(body io.Reader) {
	t.body = roomIn(t.room.bodies, usualBody)
	if _, err := t.body.ReadFrom(body); err != nil {
		t.cut = err
	}
}

// unfold is the body that was folded, in the book.
func (t *transfer) unfold() {
	room := roomIn(t.room.bodies, usualBody)
	body, err := s2.Decode(room.Bytes()[:room.Cap()], t.wire.Bytes())
	if err != nil { // it was made here
		t.cut = err
	}
	t.body = bytes.NewBuffer(body)
}

// decode reads the body that was kept as it was sent, or folded, or with drop, forgets
// it.
func (t *transfer) decode(drop bool) {
	if t.wire == nil {
		return
	}
	switch {
	case drop:
	case t.packed == nil:
		t.unfold()
	default:
		t.unpack(t.packed)
	}
	if t.packed != nil {
		t.packed.Close() //nolint:errcheck // it is memory
	}
	t.room.leave(t.room.wires, t.wire, keptWire)
	t.packed, t.wire = nil, nil
}

func (b *pacedBody) Read(p []byte) (int, error) {
	if b.t.skipped != "" {
		return 0, io.EOF
	}
	if b.whole {
		b.collect()
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		b.t.cut, err = err, io.EOF
	}
	return n, err
}

func (b *pacedBody) Close() error {
	err := b.ReadCloser.Close()
	if b.done != nil {
		b.done()
		b.done = nil
	}
	return err
}
