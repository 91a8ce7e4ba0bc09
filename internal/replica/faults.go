package replica

// This file lists the ways in which a comune's site cannot be looked at, and
// what each answers.

// Fault is one way in which a site cannot be looked at.
type Fault string

// The faults. Those from FaultSilentDNS on make a crawler wait out its
// time-outs and are built only with Options.Slow.
const (
	FaultNone         Fault = ""
	FaultNoSite       Fault = "no-site"       // IPA has no address
	FaultBadURL       Fault = "bad-url"       // IPA has an e-mail address
	FaultNXDomain     Fault = "nxdomain"      // the name does not exist
	FaultServFail     Fault = "servfail"      // its name server answers with an error
	FaultRefused      Fault = "refused"       // both ports refuse
	FaultReset        Fault = "reset"         // both ports reset the connection
	FaultExpired      Fault = "expired"       // expired certificate; http redirects to https
	FaultWrongName    Fault = "wrong-name"    // another host's certificate; http redirects to https
	FaultUntrusted    Fault = "untrusted"     // a certificate of an unknown authority; http redirects to https
	FaultOldProtocol  Fault = "old-protocol"  // TLS 1.1 at the most; http redirects to https
	FaultHandshake    Fault = "handshake"     // the server ends every handshake; http redirects to https
	FaultServerError  Fault = "server-error"  // 500 everywhere
	FaultNotFound     Fault = "not-found"     // 404 everywhere
	FaultChallenge    Fault = "challenge"     // 403 with a challenge page
	FaultCaptcha      Fault = "captcha"       // 200 with a captcha page in place of every page
	FaultRobots       Fault = "robots"        // robots.txt closes the site
	FaultRobotsError  Fault = "robots-error"  // robots.txt answers 503
	FaultRedirectLoop Fault = "redirect-loop" // / and /it send to each other
	FaultOffsite      Fault = "offsite"       // redirects to a site that has nothing to do with it
	FaultShell        Fault = "shell"         // an Angular shell
	FaultShellWords   Fault = "shell-words"   // a React shell whose script and noscript hold the right words
	FaultTooLarge     Fault = "too-large"     // a home page of 12 MB
	FaultMaintenance  Fault = "maintenance"   // a notice with status 200
	FaultUnavailable  Fault = "unavailable"   // the same notice with 503
	FaultParked       Fault = "parked"        // a domain seller's page
	FaultRateLimited  Fault = "rate-limited"  // 429 with Retry-After
	FaultDefaultPage  Fault = "default-page"  // the web server's own welcome page

	FaultSilentDNS   Fault = "silent-dns"   // its name server never answers
	FaultConnTimeout Fault = "conn-timeout" // the accept queue is full
	FaultDrip        Fault = "drip"         // one byte a second
)

// reach is what a visit to a site with that fault must come to; where two are
// right, both.
func (f Fault) reach() []string {
	switch f {
	case FaultNone:
		return []string{"ok"}
	case FaultNoSite:
		return []string{"no_url_in_registry"}
	case FaultBadURL:
		return []string{"bad_url"}
	case FaultNXDomain:
		return []string{"dns_nxdomain"}
	case FaultServFail:
		return []string{"dns_servfail"}
	case FaultSilentDNS:
		return []string{"dns_timeout"}
	case FaultRefused:
		return []string{"conn_refused"}
	case FaultReset:
		return []string{"conn_reset"}
	case FaultConnTimeout:
		return []string{"conn_timeout"}
	case FaultExpired:
		return []string{"tls_expired"}
	case FaultWrongName:
		return []string{"tls_wrong_name"}
	case FaultUntrusted:
		return []string{"tls_untrusted"}
	case FaultOldProtocol, FaultHandshake:
		return []string{"tls_protocol"}
	case FaultServerError:
		return []string{"http_5xx"}
	case FaultNotFound:
		return []string{"http_4xx"}
	case FaultChallenge, FaultCaptcha:
		return []string{"blocked"}
	case FaultRobots:
		return []string{"robots_denied"}
	case FaultRobotsError: // RFC 9309 reads it as closed for now; the site itself says that it has an error
		return []string{"robots_denied", "http_5xx"}
	case FaultRedirectLoop:
		return []string{"redirect_loop"}
	case FaultOffsite:
		return []string{"redirected_offsite", "parked"}
	case FaultShell, FaultShellWords:
		return []string{"empty_or_js_only"}
	case FaultTooLarge:
		return []string{"too_large"}
	case FaultMaintenance:
		return []string{"maintenance"}
	case FaultUnavailable:
		return []string{"maintenance", "http_5xx"}
	case FaultParked, FaultDefaultPage:
		return []string{"parked"}
	case FaultRateLimited:
		return []string{"rate_limited"}
	case FaultDrip:
		return []string{"too_slow", "empty_or_js_only"}
	}
	return nil
}
