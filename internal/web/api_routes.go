package web

// The addresses of the API, once: what is served, and what openapi.json says of
// it, are the same table.

import (
	"net/http"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

// Where the API stands.
const (
	pathAPI     = "/api/v1/"
	pathCrawl   = pathAPI + "crawl"
	pathOpenAPI = pathAPI + "openapi.json"
)

// route is one address of the API.
type route struct {
	path    string // as http.ServeMux has it
	id      string // operationId
	summary string
	params  []string // of the query, all there are
	answer  any      // a value of the type answered
	list    bool     // the answer is an array of them
	handle  func(w http.ResponseWriter, r *http.Request, q query) error
}

func (s *Server) routes() []route {
	return []route{
		{
			pathAPI + "comuni", "listComuni", "Every comune with the outcome of its last visit, counted by verdict.",
			[]string{paramProvince, paramRegion, paramReach},
			report.ComuneLine{},
			true, s.apiComuni,
		},
		{
			pathAPI + "comuni/{istat}", "getComune", "The sheet of one comune: each finding with evidence, law and remedy.",
			nil,
			report.Sheet{},
			false, s.apiComune,
		},
		{
			pathAPI + "comuni/{istat}/history", "getHistory", "The visits of one comune, newest first, and what each changed.",
			[]string{paramLimit},
			report.PastVisit{},
			true, s.apiHistory,
		},
		{
			pathAPI + "findings", "listFindings", "The latest finding of every check of every comune, as vigile export gives them.",
			[]string{paramProvince, paramRegion, paramCheck, paramVerdict, paramFormat},
			exported{},
			true, s.apiFindings,
		},
		{
			pathAPI + "runs", "listRuns", "Nights and requests, newest first.",
			[]string{paramLimit},
			record.Run{},
			true, s.apiRuns,
		},
		{
			pathAPI + "changes", "listChanges", "Definite verdicts, reasons and values that changed, oldest first; without since, of the last seven days.",
			[]string{paramSince, paramProvince, paramRegion, paramCheck},
			report.ChangeLine{},
			true, s.apiChanges,
		},
	}
}

func (s *Server) routeAPI(mux *http.ServeMux) {
	for _, x := range s.routes() {
		s.answering(mux, x.path, func(w http.ResponseWriter, r *http.Request) error {
			q, err := parseQuery(r.URL.RawQuery, true, s.o.Now(), x.params...)
			if err == nil {
				err = s.known(q)
			}
			if err != nil {
				return err
			}
			return x.handle(w, r, q)
		})
	}
	s.answering(mux, pathOpenAPI, s.apiDescription)
	s.answering(mux, "/api/", func(http.ResponseWriter, *http.Request) error { return errNotFound })
	if s.takesCrawls() {
		s.answering(mux, pathCrawl, s.apiCrawl)
	}
}

// answering puts a handler under an address, and its errors into JSON.
func (s *Server) answering(mux *http.ServeMux, path string, h func(http.ResponseWriter, *http.Request) error) {
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.apiError(w, r, err)
		}
	})
}
