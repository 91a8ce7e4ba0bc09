package deployments_test

// A few invented comuni as vigile would show them for a day and a half: what the
// expressions are tried on.

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// step is the interval of the samples, that of the job vigile-comuni.
const step = 4 * time.Minute

// A sample series: its labels and its value at each moment; nil where the moment
// has none.
type sampled struct {
	name, labels string
	at           func(ago time.Duration) *float64
}

func always(v float64) func(time.Duration) *float64 {
	return func(time.Duration) *float64 { return &v }
}

// until and since are of a value that ended, or began, that long before the end.
func until(v float64, end time.Duration) func(time.Duration) *float64 {
	return func(ago time.Duration) *float64 {
		if ago < end {
			return nil
		}
		return &v
	}
}

func since(v float64, begin time.Duration) func(time.Duration) *float64 {
	return func(ago time.Duration) *float64 {
		if ago >= begin {
			return nil
		}
		return &v
	}
}

// growing is a counter that rises by so much a minute.
func growing(perMinute float64) func(time.Duration) *float64 {
	return func(ago time.Duration) *float64 {
		v := 1e6 - ago.Minutes()*perMinute
		return &v
	}
}

// place is a comune's labels.
func place(istat, comune, provincia, regione string) string {
	return fmt.Sprintf(`istat=%q,comune=%q,provincia=%q,regione=%q`, istat, comune, provincia, regione)
}

var (
	borgo    = place("054901", "Borgo Inventato", "PG", "Umbria")
	rocca    = place("054902", "Rocca di Prova", "PG", "Umbria")
	villa    = place("055901", "Villa Esempio", "TR", "Umbria")
	mont     = place("007901", "Mont-Exemple", "AO", "Valle d'Aosta")
	probe    = place("021901", "Probe/Prova", "BZ", "Trentino-Alto Adige")
	mended   = 2 * time.Hour // before the end, a comune was found mended
	halfYear = 180 * 24 * time.Hour
)

// world is every series of the contract, for comuni of which two are red
// (Borgo for two reasons, one of them of unknown date; Mont for one), one was
// red until two hours ago (Rocca), one is green (Villa) and one was not read.
func world(now time.Time) []sampled {
	agg, per := `job="vigile",instance="localhost:8080"`, `job="vigile-comuni",instance="localhost:8080"`
	var out []sampled
	add := func(name, target, labels string, at func(time.Duration) *float64) {
		out = append(out, sampled{name, strings.Trim(target+","+labels, ","), at})
	}
	compliant := func(comune, check, reason string, at func(time.Duration) *float64) {
		add("vigile_comune_compliant", per, comune+fmt.Sprintf(`,check=%q,reason=%q`, check, reason), at)
	}
	dated := func(istat, check string, ago time.Duration) {
		add("vigile_comune_finding_since_timestamp_seconds", per, fmt.Sprintf(`istat=%q,check=%q`, istat, check), always(float64(now.Add(-ago).Unix())))
	}
	compliant(borgo, "https", "tls_expired", always(0))
	compliant(borgo, "rtd", "rtd_not_identifiable", always(0))
	compliant(mont, "accessibility-declaration", "no_link", always(0))
	compliant(rocca, "https", "tls_expired", until(0, mended))
	compliant(rocca, "https", "", since(1, mended))
	compliant(villa, "https", "", always(1))
	compliant(villa, "accessibility-declaration", "due", always(1))
	dated("054901", "https", halfYear)
	dated("007901", "accessibility-declaration", 24*time.Hour)
	dated("054902", "https", mended)
	for i, c := range []string{borgo, rocca, villa, mont} {
		add("vigile_comune_reachable", per, c, always(1))
		add("vigile_comune_info", per, c+fmt.Sprintf(`,cms=%q,supplier=%q,size_class=%q`,
			[]string{"hgate", "wordpress", "", "comweb"}[i], []string{"Halley", "", "", "ePublic"}[i], []string{"1000-4999", "<1000", "unknown", "<1000"}[i]), always(1))
	}
	add("vigile_comune_reachable", per, probe, always(0))
	add("vigile_comune_info", per, probe+`,cms="",supplier="",size_class="unknown"`, always(1))

	count := func(check, verdict, reason, regione, provincia string, at func(time.Duration) *float64) {
		add("vigile_checks_comuni", agg, fmt.Sprintf(`check=%q,verdict=%q,reason=%q,regione=%q,provincia=%q`, check, verdict, reason, regione, provincia), at)
	}
	count("https", "fail", "tls_expired", "Umbria", "PG", until(2, mended))
	count("https", "fail", "tls_expired", "Umbria", "PG", since(1, mended))
	count("https", "pass", "", "Umbria", "PG", since(1, mended))
	count("https", "pass", "", "Umbria", "TR", always(1))
	count("https", "unknown", "conn_timeout", "Trentino-Alto Adige", "BZ", always(1))
	count("rtd", "fail", "rtd_not_identifiable", "Umbria", "PG", always(1))
	count("accessibility-declaration", "fail", "no_link", "Valle d'Aosta", "AO", always(1))
	count("accessibility-declaration", "warn", "due", "Umbria", "TR", always(1))
	count("registry-site", "not_applicable", "", "Umbria", "TR", always(1))
	count("cms", "info", "", "Umbria", "PG", always(2))
	reach := func(code, regione, provincia string, n float64) {
		add("vigile_reach_comuni", agg, fmt.Sprintf(`reach=%q,regione=%q,provincia=%q`, code, regione, provincia), always(n))
	}
	reach("ok", "Umbria", "PG", 2)
	reach("ok", "Umbria", "TR", 1)
	reach("ok", "Valle d'Aosta", "AO", 1)
	reach("blocked", "Umbria", "PG", 1)
	reach("conn_timeout", "Trentino-Alto Adige", "BZ", 1)
	reach("our_fault", "Umbria", "TR", 1)
	reach("no_url_in_registry", "Umbria", "TR", 1)

	for _, s := range []struct {
		name, labels string
		at           func(time.Duration) *float64
	}{
		{"vigile_crawl_pages_total", `status="2xx"`, growing(600)},
		{"vigile_crawl_pages_total", `status="error"`, growing(20)},
		{"vigile_crawl_fetch_seconds_bucket", `le="0.5"`, growing(300)},
		{"vigile_crawl_fetch_seconds_bucket", `le="5.0"`, growing(600)},
		{"vigile_crawl_fetch_seconds_bucket", `le="+Inf"`, growing(620)},
		{"vigile_crawl_fetch_seconds_sum", "", growing(700)},
		{"vigile_crawl_fetch_seconds_count", "", growing(620)},
		{"vigile_crawl_bytes_total", "", growing(4000)},
		{"vigile_crawl_sites_in_flight", "", always(12)},
		{"vigile_crawl_sites_total", `reach="ok"`, growing(40)},
		{"vigile_crawl_sites_total", `reach="dns_timeout"`, growing(2)},
		{"vigile_crawl_panics_total", "", growing(1)},
		{"vigile_check_seconds_bucket", `check="rtd",le="0.001"`, growing(90)},
		{"vigile_check_seconds_bucket", `check="rtd",le="+Inf"`, growing(100)},
		{"vigile_check_seconds_sum", `check="rtd"`, growing(1)},
		{"vigile_check_seconds_count", `check="rtd"`, growing(100)},
		{"vigile_check_errors_total", `check="rtd"`, growing(1)},
		{"vigile_run_last_success_timestamp_seconds", "", always(float64(now.Add(-3 * time.Hour).Unix()))},
		{"vigile_run_duration_seconds", "", always(12_000)},
		{"vigile_run_comuni", `state="expected"`, always(8)},
		{"vigile_run_comuni", `state="done"`, always(7)},
		{"vigile_run_comuni", `state="failed"`, always(1)},
		{"vigile_registry_age_seconds", "", always(40_000)},
		{"vigile_registry_updates_refused_total", `source="enti"`, growing(0)},
		{"vigile_store_bytes", "", always(2e8)},
		{"vigile_schedule_enabled", "", always(1)},
		{"vigile_build_info", `version="v1.0.0",goversion="go1.26"`, always(1)},
	} {
		add(s.name, agg, s.labels, s.at)
	}
	for _, target := range []string{agg, per} {
		add("up", target, "", always(1))
		add("scrape_duration_seconds", target, "", always(.1))
		add("scrape_samples_scraped", target, "", always(300))
	}
	return out
}

// writeWorld writes a day and a half of samples that end at now.
func writeWorld(w io.Writer, now time.Time) error {
	for ago := 36 * time.Hour; ago >= 0; ago -= step {
		for _, s := range world(now) {
			v := s.at(ago)
			if v == nil {
				continue
			}
			if _, err := fmt.Fprintf(w, "%s{%s} %v %d\n", s.name, s.labels, *v, now.Add(-ago).Unix()); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(w, "# EOF\n")
	return err
}
