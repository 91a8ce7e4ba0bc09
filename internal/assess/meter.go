package assess

// What the checks cost, as metrics.

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/checks"
)

// meter holds the instruments of the checks; they are registered only where a
// registerer is given.
type meter struct {
	seconds  *prometheus.HistogramVec
	failures *prometheus.CounterVec
}

// newMeter begins the failures of the checks at 0: of a counter that begins at 1
// Prometheus sees no increase.
func newMeter(reg prometheus.Registerer, all ...checks.Check) (*meter, error) {
	m := &meter{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vigile_check_seconds", Help: "Time one check took to look at one page, or to judge one comune.",
			Buckets: prometheus.ExponentialBuckets(1e-6, 10, 6),
		}, []string{"check"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vigile_check_errors_total", Help: "Panics of a check; each cost that check one page or one finding.",
		}, []string{"check"}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range all {
		m.failures.WithLabelValues(c.Meta.ID)
	}
	for _, c := range []prometheus.Collector{m.seconds, m.failures} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("registering the metrics of the checks: %w", err)
		}
	}
	return m, nil
}

// time starts a stopwatch for one call of a check; the result stops it.
func (m *meter) time(check string) func() {
	begun := time.Now()
	return func() { m.seconds.WithLabelValues(check).Observe(time.Since(begun).Seconds()) }
}
