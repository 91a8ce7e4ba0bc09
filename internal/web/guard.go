package web

// What holds for every answer: methods, headers, panics, long answers, errors.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

var errMethod = errors.New("method not allowed")

// contentPolicy lets a page load the house's style sheet and send its own forms,
// and nothing else: no script, no frame, nothing from elsewhere.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Bounds on how long one answer may take.
const (
	maxAnswer = 30 * time.Second
	maxStream = 10 * time.Minute
	maxStall  = 30 * time.Second // that a client may take over one piece of a long answer
)

// guarded answers only to GET and HEAD, and to POST where visits may be asked
// for, sets the headers of every answer, and
// makes a panic a plain error.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		posted := r.Method == http.MethodPost && r.URL.Path == pathCrawl && s.takesCrawls()
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !posted {
			h.Set("Allow", "GET, HEAD")
			if strings.HasPrefix(r.URL.Path, pathAPI) {
				s.apiError(w, r, errMethod)
			} else {
				s.plainError(w, r, errMethod)
			}
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), maxStream)
		defer cancel()
		defer s.recovered(w, r)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (s *Server) recovered(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // panics with that very value
		panic(p)
	}
	s.log.Error("panic in a handler", "path", r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	http.Error(w, "internal error", http.StatusInternalServerError)
}

// admit lets a long answer begin, or asks to come back; done ends it.
func (s *Server) admit(w http.ResponseWriter) (done func(), ok bool) {
	select {
	case s.streams <- struct{}{}:
		return func() { <-s.streams }, true
	default:
		w.Header().Set("Retry-After", "5")
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return nil, false
	}
}

// steadily is a writer that fails where the request ended, and otherwise moves
// the deadline of the answer on with every piece the client takes.
func steadily(ctx context.Context, w http.ResponseWriter) *steady {
	return &steady{ctx: ctx, w: w, control: http.NewResponseController(w)}
}

type steady struct {
	ctx     context.Context
	w       io.Writer
	control *http.ResponseController
}

func (s *steady) Write(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	// The wire has the machine's clock. A writer without deadlines has none to move.
	if err := s.control.SetWriteDeadline(time.Now().Add(maxStall)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return s.w.Write(b)
}

// abort breaks off an answer that has begun, so that its reader does not take
// a part for the whole.
func (s *Server) abort(r *http.Request, err error) {
	if r.Context().Err() == nil {
		s.log.Error("an answer broke off", "path", r.URL.Path, "error", err)
	}
	panic(http.ErrAbortHandler)
}

// errNotFound is returned where there is nothing under an address.
var errNotFound = errors.New("not found")

// explain is an error as its status and a sentence for the reader. What is not
// the reader's doing is logged, and told without its particulars.
func (s *Server) explain(r *http.Request, err error) (status int, sentence string) {
	var bad *queryError
	text := s.o.Messages
	switch {
	case errors.As(err, &bad):
		return http.StatusBadRequest, text.Text("web.query."+bad.why, "param", bad.param)
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed, text.Text("web.error.method")
	case errors.Is(err, errNotFound):
		return http.StatusNotFound, text.Text("web.error.not_found")
	case errors.Is(err, errClosed), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, text.Text("web.error.busy")
	}
	s.log.Error("answering", "path", r.URL.Path, "error", err)
	return http.StatusInternalServerError, text.Text("web.error.internal")
}

func (s *Server) plainError(w http.ResponseWriter, r *http.Request, err error) {
	status, sentence := s.explain(r, err)
	http.Error(w, sentence, status)
}

// known refuses a check that the catalogue does not have.
func (s *Server) known(q query) error {
	if q.check != "" && !s.about.knows(q.check) {
		return &queryError{param: paramCheck, why: "bad_check"}
	}
	return s.knownCounted(q)
}
