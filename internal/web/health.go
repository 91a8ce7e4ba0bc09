package web

// Whether the service is alive, and whether it can answer.

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/vigile-it/vigile/internal/report"
)

// maxProbe is how long the store may take to show that it can be read.
const maxProbe = 2 * time.Second

func (s *Server) routeHealth(mux *http.ServeMux) {
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("/readyz", s.ready)
}

// ready says one reason a line where the service cannot answer. The cause is
// logged, for it may name files.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	reasons := ""
	if s.o.Status().Stopping {
		reasons += "stopping\n"
	}
	if err := s.probe(r.Context()); err != nil {
		s.log.Error("the store cannot be read", "error", err)
		reasons += "store: cannot be read\n"
	}
	if reasons != "" {
		answer(w, http.StatusServiceUnavailable, reasons)
		return
	}
	answer(w, http.StatusOK, "ok\n")
}

func (s *Server) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, maxProbe)
	defer cancel()
	if _, err := s.o.Store.Runs(ctx, "", 1); err != nil {
		return err
	}
	for _, err := range s.o.Store.Latest(ctx, report.Query{Brief: true}) {
		return err
	}
	return nil
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, body) //nolint:errcheck // the reader has gone
}
