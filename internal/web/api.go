package web

// The API: what the store can give, as JSON. Lists are streamed, so that the
// whole country takes no memory; a list that broke off is no JSON.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

// usualLimit is how many visits or runs are told where nobody says.
const usualLimit = 100

// usualSince is how far back changes go where nobody says.
const usualSince = 7 * 24 * time.Hour

// apiError answers with an error, if the answer has not begun.
func (s *Server) apiError(w http.ResponseWriter, r *http.Request, err error) {
	var begun *begunError
	if errors.As(err, &begun) {
		s.abort(r, err)
	}
	status, sentence := 0, ""
	if refused := (*crawlError)(nil); errors.As(err, &refused) {
		status, sentence = s.refused(w, refused)
	} else {
		status, sentence = s.explain(r, err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": sentence}) //nolint:errcheck // the reader has gone
}

// narrow is what a query asks of the store. A region goes by several names, so
// what the store gives is sifted afterwards.
func narrow(q query) report.Query {
	out := report.Query{Province: q.province, Brief: true}
	if q.check != "" {
		out.Checks = []string{q.check}
	}
	return out
}

func (s *Server) apiComuni(w http.ResponseWriter, r *http.Request, q query) error {
	here := sameRegion(q.region)
	lines := func(yield func(report.ComuneLine, error) bool) {
		for l, err := range s.o.Store.Latest(r.Context(), narrow(q)) {
			if err == nil && (!here(l.Comune.Region) || q.reach != "" && l.Visit.Reach != q.reach) {
				continue
			}
			if !yield(report.NewComuneLine(l), err) {
				return
			}
		}
	}
	return stream(s, w, r, lines)
}

func (s *Server) apiComune(w http.ResponseWriter, r *http.Request, _ query) error {
	l, err := s.latest(r.Context(), r.PathValue("istat"))
	if err != nil {
		return err
	}
	return answerJSON(w, report.PresentSheet(l, s.presentOptions(r.Context(), l)))
}

// latest is the present view of one comune, whole.
func (s *Server) latest(ctx context.Context, istat string) (record.Latest, error) {
	if !istatCode(istat) {
		return record.Latest{}, errNotFound
	}
	for l, err := range s.o.Store.Latest(ctx, report.Query{Istat: []string{istat}}) {
		return l, err
	}
	return record.Latest{}, errNotFound
}

func (s *Server) sheetOptions() report.SheetOptions {
	return report.SheetOptions{Checks: s.about.metas, Text: s.o.Messages}
}

// presentOptions are sheetOptions for the present view of a comune, beside those
// of everybody else.
func (s *Server) presentOptions(ctx context.Context, l record.Latest) report.SheetOptions {
	o := s.sheetOptions()
	o.Shared, o.Outside = s.shared(ctx, l), s.o.Outside()
	return o
}

func (s *Server) apiHistory(w http.ResponseWriter, r *http.Request, q query) error {
	past, err := s.past(r.Context(), r.PathValue("istat"), q.limit)
	if err != nil {
		return err
	}
	return answerJSON(w, past)
}

// past is the newest visits of a comune, at most limit (0: as usual).
func (s *Server) past(ctx context.Context, istat string, limit int) ([]report.PastVisit, error) {
	if !istatCode(istat) {
		return nil, errNotFound
	}
	if limit == 0 {
		limit = usualLimit
	}
	history, err := s.o.Store.History(ctx, istat, limit+1) // one more, to tell what the last one changed
	if err != nil {
		return nil, err
	}
	if len(history) == 0 {
		return nil, errNotFound
	}
	past := report.Past(history, s.rome, s.sheetOptions())
	return past[:min(limit, len(past))], nil
}

func (s *Server) apiFindings(w http.ResponseWriter, r *http.Request, q query) error {
	format := report.JSON
	if q.format != "" {
		format = report.ExportFormat(q.format)
	}
	kind, ok := contentTypes[format]
	if !ok {
		return &queryError{param: paramFormat, why: "bad_format"}
	}
	views := sifted(s.o.Store.Latest(r.Context(), narrow(q)), q)
	return streamed(s, w, r, kind, views, func(w io.Writer, views iter.Seq2[record.Latest, error]) error {
		_, err := report.Export(w, views, report.ExportOptions{Format: format})
		return err
	})
}

var contentTypes = map[report.ExportFormat]string{
	report.JSON: "application/json", report.JSONL: "application/x-ndjson", report.CSV: "text/csv; charset=utf-8",
}

// sifted is the views of a region, and of each the standings of one verdict of
// the last visit; where the query does not say: all.
func sifted(views iter.Seq2[record.Latest, error], q query) iter.Seq2[record.Latest, error] {
	here := sameRegion(q.region)
	return func(yield func(record.Latest, error) bool) {
		for l, err := range views {
			if err == nil && !here(l.Comune.Region) {
				continue
			}
			if q.verdict != "" {
				l.Standings = slices.DeleteFunc(slices.Clone(l.Standings), func(s record.Standing) bool { return s.Finding.Verdict != q.verdict })
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

func (s *Server) apiRuns(w http.ResponseWriter, r *http.Request, q query) error {
	if q.limit == 0 {
		q.limit = usualLimit
	}
	runs, err := s.o.Store.Runs(r.Context(), "", q.limit)
	if err != nil {
		return err
	}
	if runs == nil {
		runs = []record.Run{}
	}
	return answerJSON(w, runs)
}

func (s *Server) apiChanges(w http.ResponseWriter, r *http.Request, q query) error {
	if q.since.IsZero() {
		q.since = s.o.Now().Add(-usualSince)
	}
	here := sameRegion(q.region)
	lines := func(yield func(report.ChangeLine, error) bool) {
		for c, err := range s.o.Store.Changes(r.Context(), q.since, time.Time{}, narrow(q)) {
			if err == nil && !here(c.Region) {
				continue
			}
			if !yield(report.NewChangeLine(c), err) {
				return
			}
		}
	}
	return stream(s, w, r, lines)
}

func answerJSON(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(append(body, '\n'))
	if err != nil {
		return &begunError{err}
	}
	return nil
}

// begunError is what went wrong once a part of the answer was written.
type begunError struct{ err error }

func (e *begunError) Error() string { return e.err.Error() }

func (e *begunError) Unwrap() error { return e.err }

// stream answers with an array, one item a line, as the items come.
func stream[T any](s *Server, w http.ResponseWriter, r *http.Request, items iter.Seq2[T, error]) error {
	return streamed(s, w, r, "application/json", items, writeArray[T])
}

// streamed answers with what write makes of the items. An error of the first is
// told as any other; a later one breaks the answer off.
func streamed[T any](s *Server, w http.ResponseWriter, r *http.Request, kind string, items iter.Seq2[T, error], write func(io.Writer, iter.Seq2[T, error]) error) error {
	done, ok := s.admit(w)
	if !ok {
		return nil
	}
	defer done()
	items, stop, err := primed(items)
	if err != nil {
		return err
	}
	defer stop()
	w.Header().Set("Content-Type", kind)
	if err := write(steadily(r.Context(), w), items); err != nil {
		return &begunError{err}
	}
	return nil
}

// primed is a sequence whose first item is at hand, or that item's error.
func primed[T any](items iter.Seq2[T, error]) (iter.Seq2[T, error], func(), error) {
	next, stop := iter.Pull2(items)
	item, err, ok := next()
	if err != nil {
		stop()
		return nil, nil, err
	}
	return func(yield func(T, error) bool) {
		for ok && yield(item, err) {
			item, err, ok = next()
		}
	}, stop, nil
}

// writeArray writes the items as an array, one a line.
func writeArray[T any](w io.Writer, items iter.Seq2[T, error]) error {
	buffered := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(buffered)
	separator := "[\n"
	for item, err := range items {
		if err != nil {
			return err
		}
		buffered.WriteString(separator) // it keeps its first error for Encode
		separator = ","
		if err := enc.Encode(item); err != nil {
			return err
		}
	}
	if separator == "[\n" {
		buffered.WriteString("[")
	}
	buffered.WriteString("]\n")
	return buffered.Flush()
}
