package replica

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/net/html"
)

// get fetches one address, following no redirect.
func get(t *testing.T, c *http.Client, u string) (*http.Response, []byte, error) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("User-Agent", "prova/1")
	resp, err := c.Do(q)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

// hrefs are the addresses of a page's anchors, absolute.
func hrefs(t *testing.T, base string, body []byte) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	root, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			if n.Data == "base" && a.Key == "href" {
				root, _ = url.Parse(a.Val)
			}
			if n.Data == "a" && a.Key == "href" && a.Val != "" && !strings.HasPrefix(a.Val, "#") {
				if u, err := root.Parse(a.Val); err == nil && strings.HasPrefix(u.Scheme, "http") {
					u.Fragment = ""
					out = append(out, u.String())
				}
			}
		}
	}
	return out
}

func TestLinksOfHealthyHomePagesLeadToPages(t *testing.T) {
	r := start(t, Options{Seed: 3})
	c := visitor(t, r)
	for _, x := range r.Comuni() {
		if x.Fault != FaultNone {
			continue
		}
		me := r.italy.all()[r.italy.byIstat[x.Istat]]
		home := me.base() + me.path("home")
		resp, body, err := get(t, c, home)
		if err != nil || resp.StatusCode != 200 {
			if me.t.https == httpsChainShort {
				continue // this client fetches no intermediates
			}
			t.Fatalf("%s %s: %v %v", x.Name, home, resp, err)
		}
		seen := 0
		for _, u := range hrefs(t, home, body) {
			p, _ := url.Parse(u)
			if p.Host != x.Host || !me.robots().allowed(p.RequestURI()) || strings.HasPrefix(p.Path, "/newsletter") {
				continue
			}
			seen++
			if seen%5 != 0 {
				continue
			}
			resp, _, err := get(t, c, u)
			if err != nil || resp.StatusCode >= 400 {
				t.Errorf("%s links %s: %v %v", x.Name, u, resp.Status, err)
			}
		}
		if x.Family != HGATE && seen < 40 {
			t.Errorf("%s: only %d links on its own host", x.Name, seen)
		}
	}
	if total := r.Ledger().Total(); total.Violations != 0 || total.Posts != 0 || len(total.Harmful) != 0 || total.MostInFlight != 1 {
		t.Errorf("ledger: %+v", total)
	}
}

func TestFaultsBehaveOverRealSockets(t *testing.T) {
	r := start(t, Options{Seed: 3, Slow: true})
	c := visitor(t, r)
	for _, x := range r.Comuni() {
		if x.Fault == FaultNone || x.Fault == FaultSilentDNS || x.Fault == FaultDrip {
			continue
		}
		t.Run(string(x.Fault), func(t *testing.T) {
			resp, body, err := get(t, c, "https://"+x.Host+"/")
			if want := failures[x.Fault]; want != nil {
				if err == nil || !want(err) {
					t.Fatalf("got %v, %v", resp, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want, ok := statuses[x.Fault]; ok && resp.StatusCode != want {
				t.Errorf("status %d, want %d", resp.StatusCode, want)
			}
			if x.Fault == FaultTooLarge && len(body) < 12<<20 {
				t.Errorf("only %d bytes", len(body))
			}
		})
	}
}

var statuses = map[Fault]int{
	FaultServerError: 500, FaultNotFound: 404, FaultChallenge: 403, FaultCaptcha: 200, FaultRedirectLoop: 302, FaultOffsite: 301, FaultShell: 200,
	FaultTooLarge: 200, FaultMaintenance: 200, FaultUnavailable: 503, FaultParked: 200, FaultRateLimited: 429, FaultDefaultPage: 200,
}

var failures = map[Fault]func(error) bool{
	FaultNXDomain: func(err error) bool {
		var d *net.DNSError
		return errors.As(err, &d) && d.IsNotFound
	},
	FaultServFail: func(err error) bool {
		var d *net.DNSError
		return errors.As(err, &d) && !d.IsNotFound && !d.IsTimeout
	},
	FaultRefused: func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) },
	FaultReset:   func(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) },
	FaultConnTimeout: func(err error) bool {
		var n net.Error
		return errors.As(err, &n) && n.Timeout()
	},
	FaultExpired: func(err error) bool {
		var c x509.CertificateInvalidError
		return errors.As(err, &c) && c.Reason == x509.Expired
	},
	FaultWrongName: func(err error) bool { return errors.As(err, &x509.HostnameError{}) },
	FaultUntrusted: func(err error) bool { return errors.As(err, &x509.UnknownAuthorityError{}) },
	FaultOldProtocol: func(err error) bool {
		return strings.Contains(err.Error(), "protocol version")
	},
	FaultHandshake: func(err error) bool { return strings.Contains(err.Error(), "internal error") },
}

func TestTheRegistryAnswersAsCKANDoes(t *testing.T) {
	r := start(t, Options{Seed: 3})
	c := visitor(t, r)
	api := r.IPAURL() + "/api/3/action/"
	type answer struct {
		Success bool
		Result  struct {
			Total     int
			Records   []map[string]any
			Resources []struct {
				ID              string `json:"id"`
				DatastoreActive bool   `json:"datastore_active"`
			}
		}
	}
	ask := func(path string) (answer, int) {
		t.Helper()
		resp, b, err := get(t, c, api+path)
		if err != nil {
			t.Fatal(err)
		}
		var a answer
		if err := json.Unmarshal(b, &a); err != nil {
			t.Fatal(err)
		}
		return a, resp.StatusCode
	}
	shown, _ := ask("package_show?id=enti")
	resource := ""
	for _, x := range shown.Result.Resources {
		if x.DatastoreActive {
			resource = x.ID
		}
	}
	search := "datastore_search?resource_id=" + resource
	for name, tc := range map[string]struct {
		query string
		total int
	}{
		"a word in another case, within a category": {"&q=montelume&filters=" + url.QueryEscape(`{"Codice_Categoria":"L6"}`), 2},
		"all the words":                   {"&q=" + url.QueryEscape("vallefiorita sotto"), 3}, // the consortium and the school too,
		"filters are case-exact":          {"&filters=" + url.QueryEscape(`{"Codice_IPA":"C_Z001"}`), 0},
		"the code as it is":               {"&filters=" + url.QueryEscape(`{"Codice_IPA":"c_z001"}`), 1},
		"a list of values":                {"&filters=" + url.QueryEscape(`{"Codice_IPA":["c_z001","c_z002"]}`), 2},
		"a word nobody has":               {"&q=atlantide", 0},
		"accents are part of the word":    {"&q=mirabo", 1}, // its host, not its name
		"the words with their accent too": {"&q=" + url.QueryEscape("mirabò"), 1},
	} {
		if got, _ := ask(search + tc.query); got.Result.Total != tc.total || len(got.Result.Records) != tc.total {
			t.Errorf("%s: %d rows, want %d", name, got.Result.Total, tc.total)
		}
	}
	if _, status := ask("datastore_search?resource_id=nessuna"); status != 404 {
		t.Errorf("an unknown resource answers %d", status)
	}
	if _, status := ask(search + "&filters=" + url.QueryEscape(`{"codice_ipa":"c_z001"}`)); status != 409 {
		t.Errorf("an unknown column answers %d", status)
	}
	page, _ := ask(search + "&limit=2&offset=3")
	if len(page.Result.Records) != 2 || page.Result.Records[0]["_id"] != float64(4) {
		t.Errorf("paging: %v", page.Result.Records)
	}
}
