package web

// POST /api/v1/crawl: somebody with the token asks for a visit of one comune.

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// How often a visit may be asked for: a few at once, then one every ten seconds.
// Whoever wants many comuni has vigile crawl.
const (
	crawlEvery = 10 * time.Second
	crawlBurst = 6
)

// maxOrder bounds the body of a request, in bytes.
const maxOrder = 4 << 10

// Errors of Options.Crawl that are told to whoever asked.
var (
	ErrBusy    = errors.New("too many visits are waiting")
	ErrUnknown = errors.New("no comune, or more than one, is called so")
)

// Ordered is a visit that will be made.
type Ordered struct {
	Istat    string `json:"istat"`
	Comune   string `json:"comune"`
	Province string `json:"provincia"`
	Result   string `json:"result"` // where it will be read
}

// order is what is asked for.
type order struct {
	Comune string `json:"comune"` // name, ISTAT or IPA code
}

// crawlError is a request for a visit that is refused.
type crawlError struct {
	status int
	why    string // a code with a text under web.crawl
	wait   time.Duration
}

func (e *crawlError) Error() string { return "crawl: " + e.why }

// takesCrawls tells whether there is anybody who may ask.
func (s *Server) takesCrawls() bool { return s.o.Token != "" && s.o.Crawl != nil }

// apiCrawl answers 202 at once; the visit takes up to some minutes.
func (s *Server) apiCrawl(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &crawlError{status: http.StatusMethodNotAllowed, why: "post"}
	}
	if !s.authorised(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="vigile"`)
		return &crawlError{status: http.StatusUnauthorized, why: "token"}
	}
	asked, err := readOrder(w, r)
	if err != nil {
		return err
	}
	if !s.crawls.take(s.o.Now()) {
		return &crawlError{status: http.StatusTooManyRequests, why: "rate", wait: crawlEvery}
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxAnswer)
	defer cancel()
	got, err := s.o.Crawl(ctx, asked.Comune)
	switch {
	case errors.Is(err, ErrBusy):
		return &crawlError{status: http.StatusServiceUnavailable, why: "busy", wait: time.Minute}
	case errors.Is(err, ErrUnknown):
		return &crawlError{status: http.StatusNotFound, why: "unknown"}
	case err != nil:
		return err
	}
	got.Result = pathAPI + "comuni/" + got.Istat
	body, err := json.Marshal(got)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Location", got.Result)
	w.WriteHeader(http.StatusAccepted)
	w.Write(append(body, '\n')) //nolint:errcheck // the reader has gone
	return nil
}

// bucket lets crawlBurst through at once and then one every crawlEvery.
type bucket struct {
	mu     sync.Mutex
	filled time.Time // when it is full again, if nothing is taken
}

func (b *bucket) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.filled.Before(now) || b.filled.Sub(now) > crawlBurst*crawlEvery { // the latter of a clock that was set back
		b.filled = now
	}
	if b.filled.Sub(now) > (crawlBurst-1)*crawlEvery {
		return false
	}
	b.filled = b.filled.Add(crawlEvery)
	return true
}

// authorised compares the token in a time that says nothing of either.
func (s *Server) authorised(r *http.Request) bool {
	scheme, given, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	got, want := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.o.Token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && ok && strings.EqualFold(scheme, "Bearer")
}

// readOrder reads a body that asks for one comune, and nothing else.
func readOrder(w http.ResponseWriter, r *http.Request) (order, error) {
	bad := &crawlError{status: http.StatusBadRequest, why: "body"}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		return order{}, &crawlError{status: http.StatusUnsupportedMediaType, why: "body"}
	}
	if r.URL.RawQuery != "" {
		return order{}, bad
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxOrder))
	dec.DisallowUnknownFields()
	var o order
	if err := dec.Decode(&o); err != nil {
		return order{}, bad
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return order{}, bad
	}
	o.Comune = strings.TrimSpace(o.Comune)
	if o.Comune == "" || !utf8.ValidString(o.Comune) || utf8.RuneCountInString(o.Comune) > maxValue || strings.ContainsFunc(o.Comune, unicode.IsControl) {
		return order{}, bad
	}
	return o, nil
}

// refused is the answer to a visit that is not made.
func (s *Server) refused(w http.ResponseWriter, e *crawlError) (status int, sentence string) {
	if e.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.wait.Seconds())))
	}
	return e.status, s.text("web.crawl." + e.why)
}
