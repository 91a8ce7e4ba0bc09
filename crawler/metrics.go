package crawler

// The instruments of the crawler; registered only where a registerer is given.

import (
	"fmt"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/crawler/page"
)

type metrics struct {
	pages    *prometheus.CounterVec
	seconds  prometheus.Histogram
	bytes    prometheus.Counter
	inFlight prometheus.Gauge
	sites    *prometheus.CounterVec
	panics   prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		pages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vigile_crawl_pages_total", Help: "Pages asked for, by class of the HTTP status; error where no answer came.",
		}, []string{"status"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vigile_crawl_fetch_seconds", Help: "Time of one fetch with its redirects, waits for politeness apart.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vigile_crawl_bytes_total", Help: "Bytes of bodies read, after decompression.",
		}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "vigile_crawl_sites_in_flight", Help: "Sites being looked at.",
		}),
		sites: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vigile_crawl_sites_total", Help: "Visits ended, by reach.",
		}, []string{"reach"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vigile_crawl_panics_total", Help: "Panics caught while parsing or showing a page; each cost that page only.",
		}),
	}
	for _, r := range page.Reaches() {
		m.sites.WithLabelValues(string(r))
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.pages, m.seconds, m.bytes, m.inFlight, m.sites, m.panics} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("registering the metrics of the crawler: %w", err)
		}
	}
	return m, nil
}

// fetched counts one fetch. What we refused to ask is no fetch.
func (m *metrics) fetched(kind string, r *result, size int64) {
	if !r.sent {
		return
	}
	if kind == page.FetchPage {
		m.pages.WithLabelValues(statusClass(r.status)).Inc()
	}
	m.seconds.Observe(max(0, r.took).Seconds())
	m.bytes.Add(float64(size))
}

// robots counts what robots.txt cost in bytes: it is no page.
func (m *metrics) robots(l *lesson) { m.bytes.Add(float64(l.bytes)) }

func statusClass(status int) string {
	if status < 100 || status > 599 {
		return "error"
	}
	return strconv.Itoa(status/100) + "xx"
}
