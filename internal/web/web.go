// Package web shows what is stored: pages for people, an API for programs, and
// the metrics. It reads a store and changes nothing; what a request may ask is
// closed and bounded, and every string from outside is escaped where it is shown.
package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
)

// Store is what the pages, the API and the metrics are made from. A store.Store
// is one.
type Store interface {
	Latest(ctx context.Context, q report.Query) iter.Seq2[record.Latest, error]
	History(ctx context.Context, istat string, limit int) ([]record.Assessment, error)
	Changes(ctx context.Context, from, to time.Time, q report.Query) iter.Seq2[record.Change, error]
	Runs(ctx context.Context, kind record.RunKind, limit int) ([]record.Run, error)
}

// Options say what is served. Store, Messages, Checks and Now are required.
type Options struct {
	Store    Store
	Messages messages.Catalogue // language of the pages
	Checks   []report.Meta      // the catalogue; findings of any other check are not counted
	Now      func() time.Time
	Logger   *slog.Logger        // nil: says nothing
	Version  string              // of vigile
	Status   func() Status       // called by any request; nil: the zero Status
	Gatherer prometheus.Gatherer // the crawler's and the checks' own instruments; nil: none

	// Outside is what has been imported of comuni; called by any request. Nil, or
	// nil from it: nothing.
	Outside func() *registry.External

	// SnapshotAge is how old the counts may be before they are made anew from the
	// whole store; 0: a minute.
	SnapshotAge time.Duration

	// Token allows whoever has it to ask for visits, which Crawl orders; without
	// both nobody can. Crawl takes a name or code, does not wait for the visit, and
	// may return ErrUnknown or ErrBusy. It needs not fill in Result.
	Token string
	Crawl func(ctx context.Context, comune string) (Ordered, error)

	// MetricsApart leaves /metrics out of Handler, for MetricsHandler to be served
	// on an address of its own.
	MetricsApart bool
}

// Status is how the service itself is doing. Zero times are of what never
// happened or is not known.
type Status struct {
	ScheduleEnabled bool
	ScheduleOff     string    // why it is not: a code with a text under web.schedule, such as "contact"
	NextNight       time.Time // when the next night begins

	RegistryRead time.Time // when the copy of the registry was fetched
	StoreBytes   int64

	LastSuccess  time.Time     // when a night last ended that measured something
	LastDuration time.Duration // of that night
	Expected     int           // comuni of the newest night, and those done and failed
	Done         int
	Failed       int

	Running  *Running // the crawl under way; nil: none
	Stopping bool     // no longer ready for requests
}

// Running is a crawl under way.
type Running struct {
	Kind     record.RunKind
	Started  time.Time
	Done     int // comuni
	Expected int
}

// Server makes the handlers. Close it when no request is under way any more.
type Server struct {
	o       Options
	log     *slog.Logger
	rome    *time.Location
	about   *about
	counts  *keeper
	sharing sharing
	pages   map[string]*template.Template
	streams chan struct{} // one for each long answer under way
	crawls  bucket        // how often a visit may be asked for
}

// maxStreams bounds the long answers under way at one moment; one more is asked
// to come back.
const maxStreams = 8

// New makes a server. The error is of the options, or of a program that does not
// know the time zone Europe/Rome: import time/tzdata.
func New(o Options) (*Server, error) {
	if o.Store == nil || o.Now == nil || len(o.Checks) == 0 || o.Messages.Lang() == "" {
		return nil, errors.New("web: a store, a clock, the checks and the messages are required")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Status == nil {
		o.Status = func() Status { return Status{} }
	}
	if o.Outside == nil {
		o.Outside = func() *registry.External { return nil }
	}
	if o.SnapshotAge <= 0 {
		o.SnapshotAge = time.Minute
	}
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	s := &Server{
		o: o, log: o.Logger, rome: rome, about: newAbout(o.Checks), streams: make(chan struct{}, maxStreams),
	}
	if s.pages, err = s.parsePages(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	s.counts = newKeeper(o.Now, o.SnapshotAge, func(ctx context.Context, before *snapshot) (*snapshot, error) {
		return takeSnapshot(ctx, o.Store, s.about, o.Now(), before)
	})
	return s, nil
}

// Warm begins to count what is stored, so that the first reader need not wait
// for it. It does not wait itself.
func (s *Server) Warm() { s.counts.find() } //nolint:errcheck // whoever asks is told

// Renew says that a run has ended: whoever asks next is told of it, however
// young the last count is.
func (s *Server) Renew() { s.counts.renew() }

// Close stops what goes on without a request, and waits for it.
func (s *Server) Close() { s.counts.close() }

// Handler serves the pages, the API, /healthz and /readyz and, unless they are
// apart, the metrics.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.routePages(mux)
	s.routeAPI(mux)
	s.routeFeeds(mux)
	s.routeHealth(mux)
	if !s.o.MetricsApart {
		s.routeMetrics(mux)
	}
	return s.guarded(mux)
}

// MetricsHandler serves /metrics, /metrics/comuni, /healthz and /readyz.
func (s *Server) MetricsHandler() http.Handler {
	mux := http.NewServeMux()
	s.routeMetrics(mux)
	s.routeHealth(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not found", http.StatusNotFound) })
	return s.guarded(mux)
}

// HTTPServer is a server with bounds on how long a client may take. A long
// answer moves its own deadline on for as long as the client goes on reading.
func HTTPServer(addr string, h http.Handler) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
}
