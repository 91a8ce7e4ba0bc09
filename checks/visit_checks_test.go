package checks

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// row is a registry row whose address was published as raw.
func row(raw, url string, quirks ...registry.Quirk) registry.Comune {
	return registry.Comune{Istat: "990001", IPA: "c_x999", Name: "Borgofinto", TaxCode: "80099900549", Site: registry.Site{Raw: raw, URL: url, Quirks: quirks}}
}

func verdictOf(f finding.Finding) string {
	if f.Reason == "" {
		return string(f.Verdict)
	}
	return string(f.Verdict) + " " + string(f.Reason)
}

// httpsDay is the day the tries are judged on.
var httpsDay = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// lives is a certificate made for so many days of which some are left.
func lives(days, left int) *page.TLS {
	end := httpsDay.AddDate(0, 0, left)
	return &page.TLS{Version: "TLS 1.3", NotBefore: end.AddDate(0, 0, -days), NotAfter: end}
}

func TestHTTPSSaysWhetherBrowsersAreToldToComeBack(t *testing.T) {
	const secure = "https://www.comune.borgofinto.pg.it/"
	for name, tc := range map[string]struct{ url, header, want, value string }{
		"they are":                     {secure, "max-age=31536000; includeSubDomains", "pass", "max-age=31536000"},
		"they are, in capitals":        {secure, `Max-Age="600"`, "pass", "max-age=600"},
		"they are not":                 {secure, "", "pass no_hsts", noHSTS},
		"the promise is taken back":    {secure, "max-age=0", "pass no_hsts", noHSTS},
		"a header that says nothing":   {secure, "includeSubDomains", "pass no_hsts", noHSTS},
		"over http it does not matter": {"http://www.comune.borgofinto.pg.it/", "max-age=600", "pass", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := page.Parse(page.Raw{URL: tc.url, FinalURL: tc.url, Status: 200, Header: http.Header{}, Body: []byte("<title>x</title>")})
			if tc.header != "" {
				p.Header.Set("Strict-Transport-Security", tc.header)
			}
			n := &Notes{}
			observeHTTPS(p, n)
			k := Case{Visit: page.Visit{Reach: "ok", Attempts: []page.Attempt{{URL: secure, Reach: "ok"}}}, Facts: n.Facts(), Date: httpsDay}
			f := checkOf(t, httpsID).Finding(k)
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if got := k.Of(httpsID, factHSTS); len(got) > 0 && got[0].Value != tc.value || len(got) == 0 && tc.value != "" {
				t.Errorf("%+v, want %s", got, tc.value)
			}
			judgedWell(t, catalogue(t), k)
		})
	}
}

func TestHTTPSIsJudgedFromTheTriesAtTheEntrance(t *testing.T) {
	const secure, bare, plain = "https://www.comune.borgofinto.pg.it/", "https://comune.borgofinto.pg.it/", "http://www.comune.borgofinto.pg.it/"
	const old, oldBare, oldPlain = "https://www.comunediborgofinto.it/", "https://comunediborgofinto.it/", "http://www.comunediborgofinto.it/"
	expired := &page.TLS{Version: "TLS 1.3", NotAfter: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	for name, tc := range map[string]struct {
		reach    page.Reach
		attempts []page.Attempt
		want     string
	}{
		"it answers":                                  {"ok", []page.Attempt{{URL: secure, Reach: "ok"}}, "pass"},
		"it answers with a refusal":                   {"blocked", []page.Attempt{{URL: secure, Reach: "blocked"}}, "pass"},
		"it answers with a fault of its own":          {"http_5xx", []page.Attempt{{URL: secure, Reach: "http_5xx"}}, "pass"},
		"its twin answers":                            {"ok", []page.Attempt{{URL: bare, Reach: "conn_refused"}, {URL: secure, Reach: "ok"}}, "pass"},
		"its twin answers, its certificate does not":  {"ok", []page.Attempt{{URL: bare, Reach: "tls_wrong_name"}, {URL: secure, Reach: "ok"}}, "warn twin_certificate"},
		"http shows the site as well":                 {"ok", []page.Attempt{{URL: secure, Reach: "http_5xx"}, {URL: plain, Reach: "ok"}}, "warn no_redirect"},
		"http leads to https":                         {"ok", []page.Attempt{{URL: secure, Reach: "http_5xx"}, {URL: plain, Reach: "ok", Final: secure}}, "pass"},
		"a year's certificate ends in a month":        {"ok", []page.Attempt{{URL: secure, Reach: "ok", TLS: lives(365, 29)}}, "warn expires_soon"},
		"a year's certificate has a month left":       {"ok", []page.Attempt{{URL: secure, Reach: "ok", TLS: lives(365, 31)}}, "pass"},
		"one of ninety days is due for renewal":       {"ok", []page.Attempt{{URL: secure, Reach: "ok", TLS: lives(90, 20)}}, "pass"},
		"one of ninety days was not renewed":          {"ok", []page.Attempt{{URL: secure, Reach: "ok", TLS: lives(90, 14)}}, "warn expires_soon"},
		"one of six days has a day and a half":        {"ok", []page.Attempt{{URL: secure, Reach: "ok", TLS: lives(6, 2)}}, "pass"},
		"nobody knows when it began, it ends soon":    {"ok", []page.Attempt{{URL: secure, Reach: "ok", TLS: &page.TLS{NotAfter: httpsDay.AddDate(0, 0, 10)}}}, "warn expires_soon"},
		"the certificate has expired":                 {"tls_expired", []page.Attempt{{URL: secure, Reach: "tls_expired", TLS: expired}, {URL: plain, Reach: "ok"}}, "fail tls_expired"},
		"it is for another name":                      {"tls_wrong_name", []page.Attempt{{URL: secure, Reach: "tls_wrong_name"}}, "fail tls_wrong_name"},
		"nobody knows who signed it":                  {"tls_untrusted", []page.Attempt{{URL: secure, Reach: "tls_untrusted"}, {URL: plain, Reach: "ok"}}, "warn tls_untrusted"},
		"the protocol is of old":                      {"tls_protocol", []page.Attempt{{URL: secure, Reach: "tls_protocol"}}, "warn tls_protocol"},
		"https refuses and http answers":              {"ok", []page.Attempt{{URL: secure, Reach: "conn_refused"}, {URL: plain, Reach: "ok"}}, "fail https_refused"},
		"https refuses and http as well":              {"conn_refused", []page.Attempt{{URL: secure, Reach: "conn_refused"}, {URL: plain, Reach: "conn_refused"}}, "unknown conn_refused"},
		"https refuses and http keeps us out":         {"blocked", []page.Attempt{{URL: secure, Reach: "conn_refused"}, {URL: plain, Reach: "blocked"}}, "unknown conn_refused"},
		"https refuses and http is out of order":      {"http_5xx", []page.Attempt{{URL: secure, Reach: "conn_refused"}, {URL: plain, Reach: "http_5xx"}}, "unknown conn_refused"},
		"https refuses and http is being mended":      {"maintenance", []page.Attempt{{URL: secure, Reach: "conn_refused"}, {URL: plain, Reach: "maintenance"}}, "fail https_refused"},
		"https is silent and http answers":            {"ok", []page.Attempt{{URL: secure, Reach: "conn_timeout"}, {URL: plain, Reach: "ok"}}, "unknown conn_timeout"},
		"one refuses, its twin is silent":             {"ok", []page.Attempt{{URL: secure, Reach: "conn_refused"}, {URL: bare, Reach: "conn_timeout"}, {URL: plain, Reach: "ok"}}, "unknown conn_refused"},
		"an intermediate was missing":                 {"ok", []page.Attempt{{URL: secure, Reach: "ok", TLS: &page.TLS{Version: "TLS 1.2", ChainFetched: true}}}, "warn incomplete_chain"},
		"it sends back to http":                       {"ok", []page.Attempt{{URL: secure, Final: plain, Reach: "ok"}}, "warn https_downgraded"},
		"the name belongs to a seller of names":       {"parked", []page.Attempt{{URL: secure, Reach: "parked"}}, "unknown parked"},
		"the name does not exist":                     {"dns_nxdomain", []page.Attempt{{URL: secure, Reach: "dns_nxdomain"}}, "unknown dns_nxdomain"},
		"our own fault":                               {"our_fault", []page.Attempt{{URL: secure, Reach: "our_fault"}}, "unknown our_fault"},
		"no address at all":                           {"no_url_in_registry", nil, "unknown no_url_in_registry"},
		"the registry names an http port":             {"ok", []page.Attempt{{URL: "http://www.comune.borgofinto.pg.it:8080/", Reach: "ok"}}, "unknown not_tried"},
		"a visit that says nothing of how it got in":  {"ok", nil, "unknown our_fault"},
		"expired on one name, wrong name on its twin": {"tls_expired", []page.Attempt{{URL: secure, Reach: "tls_expired"}, {URL: bare, Reach: "tls_wrong_name"}}, "fail tls_expired"},
		"expired on one name, its twin is none":       {"tls_expired", []page.Attempt{{URL: secure, Reach: "tls_expired"}, {URL: bare, Reach: "dns_nxdomain"}}, "fail tls_expired"},
		"expired on one name, its twin refuses":       {"tls_expired", []page.Attempt{{URL: secure, Reach: "tls_expired"}, {URL: bare, Reach: "conn_refused"}, {URL: plain, Reach: "ok"}}, "fail tls_expired"},
		"wrong name without www, silence with it":     {"ok", []page.Attempt{{URL: bare, Reach: "tls_wrong_name"}, {URL: secure, Reach: "conn_timeout"}, {URL: plain, Reach: "ok"}}, "unknown conn_timeout"},
		"expired with www, our fault without":         {"tls_expired", []page.Attempt{{URL: secure, Reach: "tls_expired"}, {URL: bare, Reach: "our_fault"}}, "unknown our_fault"},
		"nobody knows who signed one, one is reset":   {"tls_untrusted", []page.Attempt{{URL: secure, Reach: "tls_untrusted"}, {URL: bare, Reach: "conn_reset"}}, "unknown conn_reset"},
		"a name of old sends on over http alone":      {"ok", []page.Attempt{{URL: old, Reach: "conn_refused"}, {URL: oldBare, Reach: "conn_refused"}, {URL: oldPlain, Final: secure, Reach: "ok"}}, "pass"},
		"the same, and its host has a certificate":    {"ok", []page.Attempt{{URL: old, Reach: "tls_wrong_name"}, {URL: oldBare, Reach: "tls_wrong_name"}, {URL: oldPlain, Final: secure, Reach: "ok"}}, "warn twin_certificate"},
		"the same, and the site is out of order":      {"http_5xx", []page.Attempt{{URL: old, Reach: "conn_refused"}, {URL: oldPlain, Final: secure, Reach: "http_5xx"}}, "pass"},
		"it sends on to what has expired":             {"tls_expired", []page.Attempt{{URL: old, Reach: "conn_refused"}, {URL: oldPlain, Final: secure, Reach: "tls_expired"}}, "unknown conn_refused"},
		"it sends on to http":                         {"ok", []page.Attempt{{URL: old, Reach: "conn_refused"}, {URL: oldPlain, Final: plain, Reach: "ok"}}, "fail https_refused"},
	} {
		t.Run(name, func(t *testing.T) {
			k := Case{Comune: row("www.comune.borgofinto.pg.it", secure), Visit: page.Visit{Reach: tc.reach, Attempts: tc.attempts}, Date: httpsDay}
			f := checkOf(t, httpsID).Finding(k)
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			judgedWell(t, catalogue(t), k)
		})
	}
}

func TestHTTPSSaysWhetherPlainHTTPLeadsToIt(t *testing.T) {
	const secure, plain = "https://www.comune.borgofinto.pg.it/", "http://www.comune.borgofinto.pg.it/"
	well := page.Attempt{URL: secure, Reach: "ok", Status: 200, TLS: lives(365, 200)}
	for name, tc := range map[string]struct {
		does     page.PlainAnswer
		attempts []page.Attempt
		want     string
		evidence bool
	}{
		"it leads there":    {page.PlainLeads, []page.Attempt{well}, "pass", true},
		"it shows pages":    {page.PlainServes, []page.Attempt{well}, "warn no_redirect", true},
		"nobody answers":    {page.PlainNothing, []page.Attempt{well}, "pass", false},
		"it cannot be told": {page.PlainUndecided, []page.Attempt{well}, "pass", false},
		"nobody asked":      {"", []page.Attempt{well}, "pass", false},
		"what is amiss with the certificate is first": {page.PlainServes, []page.Attempt{{URL: secure, Reach: "ok", TLS: lives(365, 20)}}, "warn expires_soon", true},
		"a fault of old, and tonight it leads there":  {page.PlainServes, []page.Attempt{{URL: secure, Reach: "http_5xx"}, {URL: plain, Reach: "ok", Final: secure}}, "pass", false},
		"https is out of order tonight":               {page.PlainServes, []page.Attempt{{URL: secure, Reach: "conn_timeout"}}, "unknown conn_timeout", false},
	} {
		t.Run(name, func(t *testing.T) {
			v := page.Visit{Reach: "ok", Attempts: tc.attempts, Plain: page.Plain{Asked: httpsDay, Does: tc.does, Requests: []page.Fetch{
				{URL: plain + "robots.txt", Kind: page.FetchRobots, Reach: "ok", Status: 200}, {URL: plain, Kind: page.FetchPage, Reach: "ok", Status: 200},
			}}}
			k := Case{Comune: row("www.comune.borgofinto.pg.it", secure), Visit: v, Date: httpsDay}
			f := checkOf(t, httpsID).Finding(k)
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			shown := slices.ContainsFunc(f.Evidence, func(e finding.Fact) bool { return e.Kind == "plain" && e.URL == plain && e.Value == string(tc.does) })
			if shown != tc.evidence {
				t.Errorf("evidence %+v", f.Evidence)
			}
			judgedWell(t, catalogue(t), k)
		})
	}
}

func TestRegistrySiteIsJudgedFromTheRowAndTheVisit(t *testing.T) {
	const home = "https://www.comune.borgofinto.pg.it/"
	good := row("www.comune.borgofinto.pg.it", home)
	doubtful := row("", "", registry.QuirkBlank)
	doubtful.Doubtful = true
	gone := page.Visit{Reach: "dns_nxdomain", Attempts: []page.Attempt{{URL: home, Reach: "dns_nxdomain"}}}
	for name, tc := range map[string]struct {
		comune   registry.Comune
		visit    page.Visit
		previous Previous
		want     string
	}{
		"the address answers":                       {good, page.Visit{Reach: "ok", FinalURL: home}, Previous{}, "pass"},
		"it answers with a shell":                   {good, page.Visit{Reach: "empty_or_js_only", FinalURL: home}, Previous{}, "pass"},
		"it answers from another domain":            {good, page.Visit{Reach: "ok", FinalURL: "https://www.nuovo.example/", Moved: true}, Previous{}, "warn site_moved"},
		"the registry has none":                     {row("", "", registry.QuirkBlank), page.Visit{Reach: "no_url_in_registry"}, Previous{}, "fail no_url_in_registry"},
		"the registry has a mail address":           {row("anagrafe@borgofinto.example", ""), page.Visit{Reach: "bad_url"}, Previous{}, "fail bad_url"},
		"a stray row has none":                      {doubtful, page.Visit{Reach: "no_url_in_registry"}, Previous{}, "unknown doubtful_row"},
		"the name is gone, the first night":         {good, gone, Previous{}, "unknown dns_nxdomain"},
		"the name is gone, the second night":        {good, gone, Previous{LastReach: "dns_nxdomain", ReachNights: 1}, "unknown dns_nxdomain"},
		"the name is gone, the third night":         {good, gone, Previous{LastReach: "dns_nxdomain", ReachNights: 2}, "fail dns_nxdomain"},
		"the name is gone again after a good night": {good, gone, Previous{LastReach: "ok", ReachNights: 9}, "unknown dns_nxdomain"},
		"the name servers fail":                     {good, page.Visit{Reach: "dns_servfail"}, Previous{}, "unknown dns_servfail"},
		"a guard keeps us out":                      {good, page.Visit{Reach: "blocked"}, Previous{}, "unknown blocked"},
		"a seller of names answers":                 {good, page.Visit{Reach: "parked"}, Previous{}, "unknown parked"},
		"no visit was made":                         {good, page.Visit{}, Previous{}, "unknown our_fault"},
	} {
		t.Run(name, func(t *testing.T) {
			k := Case{Comune: tc.comune, Visit: tc.visit, Previous: tc.previous}
			f := checkOf(t, registrySiteID).Finding(k)
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			judgedWell(t, catalogue(t), k)
		})
	}
}
