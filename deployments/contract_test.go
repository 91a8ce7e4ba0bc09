// Package deployments_test holds what stands in this folder, and the two
// documents beside it, to the interface of vigile: every metric and label that a
// dashboard, an alert or a document names is on the closed list below, and every
// expression runs in a real Prometheus.
package deployments_test

import (
	"fmt"
	"slices"
	"strings"
)

// contract is the closed list of vigile's metrics with their labels. A metric is
// first added here, then shown.
var contract = map[string][]string{
	"vigile_checks_comuni":                          {"check", "verdict", "reason", "regione", "provincia"},
	"vigile_reach_comuni":                           {"reach", "regione", "provincia"},
	"vigile_crawl_pages_total":                      {"status"},
	"vigile_crawl_fetch_seconds_bucket":             {"le"},
	"vigile_crawl_fetch_seconds_sum":                {},
	"vigile_crawl_fetch_seconds_count":              {},
	"vigile_crawl_bytes_total":                      {},
	"vigile_crawl_sites_in_flight":                  {},
	"vigile_crawl_sites_total":                      {"reach"},
	"vigile_crawl_panics_total":                     {},
	"vigile_check_seconds_bucket":                   {"check", "le"},
	"vigile_check_seconds_sum":                      {"check"},
	"vigile_check_seconds_count":                    {"check"},
	"vigile_check_errors_total":                     {"check"},
	"vigile_run_last_success_timestamp_seconds":     {},
	"vigile_run_duration_seconds":                   {},
	"vigile_run_comuni":                             {"state"},
	"vigile_registry_age_seconds":                   {},
	"vigile_registry_updates_refused_total":         {"source"},
	"vigile_store_bytes":                            {},
	"vigile_schedule_enabled":                       {},
	"vigile_build_info":                             {"version", "goversion"},
	"vigile_comune_compliant":                       {"istat", "comune", "provincia", "regione", "check", "reason"},
	"vigile_comune_reachable":                       {"istat", "comune", "provincia", "regione"},
	"vigile_comune_info":                            {"istat", "comune", "provincia", "regione", "cms", "supplier", "size_class"},
	"vigile_comune_finding_since_timestamp_seconds": {"istat", "check"},
}

// ofPrometheus are the metrics that Prometheus itself makes for each scrape.
var ofPrometheus = []string{"up", "scrape_duration_seconds", "scrape_samples_scraped"}

// target are the labels that Prometheus puts on everything.
var target = []string{"job", "instance"}

// histograms are the families whose samples have a suffix.
var histograms = []string{"vigile_crawl_fetch_seconds", "vigile_check_seconds"}

// obligations are the checks that may fail, the only ones of which single comuni
// have a compliance.
var obligations = []string{
	"accessibility-declaration", "accessibility-objectives", "rtd", "spid", "cie", "legacy-login", "pagopa", "transparency",
	"albo-pretorio", "privacy", "dpo", "https", "registry-site",
}

// values are the closed lists behind labels.
var values = map[string][]string{
	"job":     {"vigile", "vigile-comuni"},
	"verdict": {"pass", "warn", "fail", "info", "not_applicable", "unknown"},
	"state":   {"expected", "done", "failed"},
	"source":  {"enti", "rtd", "istat", "offices"},
	"check": append(slices.Clone(obligations),
		"cms", "eidas", "app-io", "anpr", "cookies", "open-data", "social", "online-services", "booking", "report-issue", "domain",
		"thematic-sites", "digital-plan", "licence", "design-model"),
	"reach": {
		"ok", "no_url_in_registry", "bad_url", "dns_nxdomain", "dns_servfail", "dns_timeout", "conn_refused", "conn_timeout", "conn_reset",
		"tls_expired", "tls_wrong_name", "tls_untrusted", "tls_protocol", "http_4xx", "http_5xx", "rate_limited", "blocked",
		"robots_denied", "redirect_loop", "redirected_offsite", "parked", "maintenance", "empty_or_js_only", "too_large", "too_slow",
		"our_fault",
	},
}

// families are the names under which METRICS.md lists the contract.
func families() []string {
	var out []string
	for name := range contract {
		for _, h := range histograms {
			if strings.HasPrefix(name, h+"_") {
				name = h
			}
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// labelsOf are the labels a metric may have in an expression.
func labelsOf(metric string) ([]string, bool) {
	if slices.Contains(ofPrometheus, metric) {
		return target, true
	}
	labels, ok := contract[metric]
	return append(slices.Clone(labels), target...), ok
}

// outsideContract says what an expression names that is not in the contract.
func outsideContract(expr string) error {
	q, err := parsePromQL(expr)
	if err != nil {
		return err
	}
	if len(q.selectors) == 0 {
		return fmt.Errorf("no metric in it")
	}
	var known []string
	for _, s := range q.selectors {
		labels, ok := labelsOf(s.metric)
		if !ok {
			return fmt.Errorf("no metric is called %s", s.metric)
		}
		known = append(known, labels...)
		for _, m := range s.matchers {
			if !slices.Contains(labels, m.label) {
				return fmt.Errorf("%s has no label %s", s.metric, m.label)
			}
			if err := m.outsideValues(); err != nil {
				return err
			}
		}
	}
	for _, label := range q.groupings {
		if !slices.Contains(known, label) {
			return fmt.Errorf("no metric of it has a label %s", label)
		}
	}
	return nil
}

// outsideValues says which value a matcher names that is on no closed list.
func (m matcher) outsideValues() error {
	closed, ok := values[m.label]
	if !ok || m.value == "" || m.value == ".*" {
		return nil
	}
	options := []string{m.value}
	if strings.HasSuffix(m.op, "~") {
		options = strings.Split(m.value, "|")
	}
	for _, v := range options {
		if !slices.Contains(closed, v) {
			return fmt.Errorf("%s is never %q", m.label, v)
		}
	}
	return nil
}
