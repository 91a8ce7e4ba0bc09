package web

// /metrics: the aggregates from the snapshot and the instruments of whoever
// registered some.
//
// Cardinality. vigile_checks_comuni has at most one series for each place (a
// pair of province and region: 107 in Italy, never more than 201), check, and
// verdict with a reason that reasons.yaml lists for both or with none; only
// those that occur are written, which for 28 checks is in the order of 20,000.
// vigile_reach_comuni has at most places × 26. The rest are single series.

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/vigile-it/vigile/crawler/page"
)

// metricsPatience is how long /metrics waits for new counts where there are
// older ones: a scrape is to be quick, and the next will have them. A crawl under way
// needs the processors and changes the counts all the time.
const metricsPatience = 100 * time.Millisecond

func (s *Server) routeMetrics(mux *http.ServeMux) {
	mux.HandleFunc("/metrics", s.metrics)
	mux.HandleFunc("/metrics/comuni", s.metricsComuni)
}

func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	if _, err := parseQuery(r.URL.RawQuery, false, s.o.Now()); err != nil {
		s.plainError(w, r, err)
		return
	}
	status := s.o.Status()
	snap, err := s.counts.get(r.Context(), status.patience(metricsPatience))
	if err != nil {
		s.plainError(w, r, fmt.Errorf("serving the metrics: %w", err))
		return
	}
	gathered := s.gather()
	s.expose(w, r, func(e *exposition) {
		own := &families{exposition: e, names: map[string]bool{}}
		s.writeService(own, status)
		snap.writeCounts(own)
		if own.err == nil {
			own.err = writeGathered(e.w, gathered, own.names, negotiate(r))
		}
	})
}

// patience is how long a scrape waits for new counts: as long as is usual, and while
// a crawl is under way not at all.
func (st Status) patience(usual time.Duration) time.Duration {
	if st.Running != nil {
		return noPatience
	}
	return usual
}

// gather is the instruments of the others. What could not be gathered is left
// out and logged.
func (s *Server) gather() []*dto.MetricFamily {
	if s.o.Gatherer == nil {
		return nil
	}
	gathered, err := s.o.Gatherer.Gather()
	if err != nil {
		s.log.Error("gathering metrics", "error", err)
	}
	return gathered
}

// families is an exposition that remembers the families begun.
type families struct {
	*exposition
	names map[string]bool
}

func (f *families) family(name, help string) {
	f.names[name] = true
	f.exposition.family(name, help)
}

// single writes a family of one series without labels.
func (f *families) single(name, help string, value float64) {
	f.family(name, help)
	f.sample(nil, value)
}

func (s *Server) writeService(f *families, st Status) {
	f.family("vigile_build_info", "The program, as labels; the value is 1.")
	f.sample(appendLabel(appendLabel(nil, "version", page.Clean(s.o.Version, maxLabel)), "goversion", runtime.Version()), 1)
	f.single("vigile_schedule_enabled", "1 where the nights are scheduled, 0 where they are not, as without a contact.", truth(st.ScheduleEnabled))
	f.single("vigile_run_last_success_timestamp_seconds", "When a night last ended that measured something, in Unix seconds; 0: never.", unix(st.LastSuccess))
	f.single("vigile_run_duration_seconds", "How long that night took.", st.LastDuration.Seconds())
	f.family("vigile_run_comuni", "Comuni of the newest night, by state: expected, done, failed.")
	for _, state := range []struct {
		name   string
		comuni int
	}{{"expected", st.Expected}, {"done", st.Done}, {"failed", st.Failed}} {
		f.sample(appendLabel(nil, "state", state.name), float64(state.comuni))
	}
	if !st.RegistryRead.IsZero() {
		f.single("vigile_registry_age_seconds", "Age of the copy of IPA and ISTAT; absent where there is none. An update that failed or was refused leaves it growing.", max(0, s.o.Now().Sub(st.RegistryRead).Seconds()))
	}
	f.single("vigile_store_bytes", "Size of the store's file.", float64(st.StoreBytes))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// unix is a moment in seconds since 1970; 0 for the zero time.
func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1e3
}

func (s *snapshot) writeCounts(f *families) {
	where := make([][]byte, len(s.places)) // labels, the same for many
	for i, p := range s.places {
		where[i] = appendLabel(appendLabel(nil, paramRegion, p.region), paramProvince, p.province)
	}
	var labels []byte
	f.family("vigile_checks_comuni", "Comuni by the verdict of the last visit that ran the check; reason is empty where there is none, as beside pass and info.")
	for _, c := range s.checks {
		labels = appendLabel(labels[:0], "check", s.about.metas[c.check].ID)
		labels = appendLabel(labels, "verdict", string(verdicts[c.verdict]))
		labels = appendLabel(labels, "reason", string(s.reasons[c.reason]))
		labels = append(append(labels, ','), where[c.place]...)
		f.sample(labels, float64(c.comuni))
	}
	f.family("vigile_reach_comuni", "Comuni by how the last visit ended.")
	for _, c := range s.reaches {
		labels = appendLabel(labels[:0], "reach", string(reaches[c.reach]))
		labels = append(append(labels, ','), where[c.place]...)
		f.sample(labels, float64(c.comuni))
	}
}

// negotiate is the form of the answer: text or OpenMetrics.
func negotiate(r *http.Request) expfmt.Format {
	return expfmt.NegotiateAccept(r.Header, expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtOpenMetrics_0_0_1, expfmt.FmtText)
}

// expose answers with what write writes, in the form negotiated.
func (s *Server) expose(w http.ResponseWriter, r *http.Request, write func(*exposition)) {
	done, ok := s.admit(w)
	if !ok {
		return
	}
	defer done()
	format := negotiate(r)
	w.Header().Set("Content-Type", string(format))
	e := newExposition(steadily(r.Context(), w))
	write(e)
	if format.FormatType() == expfmt.TypeOpenMetrics && e.err == nil {
		_, e.err = e.w.WriteString("# EOF\n")
	}
	if err := e.flush(); err != nil {
		s.abort(r, err)
	}
}

// writeGathered writes the families of the others, but for those whose name has
// been written. It leaves the end of the document to the caller.
func writeGathered(w *bufio.Writer, gathered []*dto.MetricFamily, written map[string]bool, format expfmt.Format) error {
	enc := expfmt.NewEncoder(w, format)
	for _, family := range gathered {
		if written[family.GetName()] {
			continue
		}
		if err := enc.Encode(family); err != nil {
			return fmt.Errorf("writing %s: %w", family.GetName(), err)
		}
	}
	return nil
}

// snapshotFor is the newest snapshot for an answer that can wait.
func (s *Server) snapshotFor(ctx context.Context) (*snapshot, error) { return s.counts.get(ctx, 0) }
