package crawler

// What an error or a status says about the site: its Reach.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/net/http2"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/netguard"
)

// A refusal is our own decision not to make a request, with the Reach it means.
type refusal struct {
	reach page.Reach
	why   string // unless err says it
	final string // where the refused request would have gone
	err   error  // what the decision rests on, where that is an error
	busy  bool   // the server asks to be left alone
	at    netip.Addr
}

func (r *refusal) Error() string {
	if r.err != nil {
		return detail(r.err)
	}
	return r.why
}

func (r *refusal) Unwrap() error { return r.err }

// reachOfError names what an error of a request says about the site. connected
// says that a connection had been made. What cannot be named is our fault: it
// must never count against a comune.
func reachOfError(err error, connected bool) page.Reach {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused.reach
	}
	for _, classify := range []func(error) page.Reach{reachOfName, reachOfTLS, reachOfSocket, reachOfHTTP} {
		if reach := classify(err); reach != "" {
			return reach
		}
	}
	if timedOut(err) {
		if connected {
			return page.ReachTooSlow
		}
		return page.ReachConnTimeout
	}
	return page.ReachOurFault
}

// reachOfName judges errors of DNS and of the guard. A resolver of ours that
// fails is our fault whatever it says about the name.
func reachOfName(err error) page.Reach {
	var ours *netguard.ResolverError
	var forbidden *netguard.ForbiddenError
	var dns *net.DNSError
	switch {
	case errors.As(err, &ours), errors.As(err, &forbidden), errors.Is(err, netguard.ErrClosed):
		return page.ReachOurFault
	case !errors.As(err, &dns):
		return ""
	case dns.IsNotFound:
		return page.ReachNXDomain
	case dns.IsTimeout:
		return page.ReachDNSTimeout
	}
	return page.ReachServFail
}

// afterRedirect is the reach of an error behind a redirect: a name that cannot be
// found there says nothing about the name that the registry has, which may fail
// a comune.
func afterRedirect(r page.Reach) page.Reach {
	switch r {
	case page.ReachNXDomain, page.ReachServFail, page.ReachDNSTimeout:
		return page.ReachOffsite
	}
	return r
}

// reachOfTLS judges errors of a handshake. A certificate that is not valid yet says
// more of our clock than of the site: hardly anybody shows one.
func reachOfTLS(err error) page.Reach {
	var early *netguard.EarlyError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var handshake *netguard.HandshakeError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &early):
		return page.ReachOurFault
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return page.ReachTLSExpired
	case errors.As(err, &name):
		return page.ReachTLSWrongName
	case errors.As(err, &verification), errors.As(err, &invalid), errors.As(err, new(x509.UnknownAuthorityError)):
		return page.ReachTLSUntrusted
	case errors.As(err, &handshake) && handshake.Timeout():
		return page.ReachConnTimeout
	case errors.As(err, &handshake) && errors.Is(err, syscall.ECONNRESET):
		return page.ReachConnReset
	case errors.As(err, &handshake), errors.As(err, &record), errors.As(err, &alert):
		return page.ReachTLSProtocol
	}
	return ""
}

func reachOfSocket(err error) page.Reach {
	var stream http2.StreamError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return page.ReachConnRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &stream):
		return page.ReachConnReset
	case errors.Is(err, syscall.ETIMEDOUT):
		return page.ReachConnTimeout
	}
	return ""
}

// reachOfHTTP judges answers that are no HTTP, for which the library has words
// but no types.
func reachOfHTTP(err error) page.Reach {
	switch text := err.Error(); {
	case strings.Contains(text, "response headers exceeded"):
		return page.ReachTooLarge
	case strings.Contains(text, "malformed HTTP"), strings.Contains(text, "transport connection broken"):
		return page.ReachConnReset
	}
	return ""
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout())
}

// reachOfStatus names what a status says about a page; home tells the home page,
// where a refusal stands for the site.
func reachOfStatus(status int, home bool) page.Reach {
	switch {
	case status == http.StatusTooManyRequests:
		return page.ReachRateLimited
	case status == http.StatusForbidden && home:
		return page.ReachBlocked
	case status >= 500:
		return page.ReachHTTP5xx
	case status >= 400:
		return page.ReachHTTP4xx
	case status >= 300: // a redirect that names no destination
		return page.ReachRedirectLoop
	case status < 200:
		return page.ReachOurFault
	}
	return page.ReachOK
}

// gone tells a status that says there is no such page, so that nothing can
// have been missed there.
func gone(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

// telling is the order in which the tries at the entrance speak for the visit:
// what came from a site that answered before what came from a connection,
// before what came from a name; the name's absence last, for it alone may end
// in a failure.
var telling = []page.Reach{
	page.ReachOK, page.ReachRobotsDenied, page.ReachRateLimited, page.ReachTooLarge, page.ReachMaintenance,
	page.ReachEmptyOrJSOnly, page.ReachBlocked, page.ReachParked, page.ReachOffsite, page.ReachRedirectLoop,
	page.ReachHTTP5xx, page.ReachHTTP4xx, page.ReachTooSlow, page.ReachTLSExpired, page.ReachTLSWrongName,
	page.ReachTLSUntrusted, page.ReachTLSProtocol, page.ReachConnReset, page.ReachConnRefused, page.ReachConnTimeout,
	page.ReachOurFault, page.ReachDNSTimeout, page.ReachServFail, page.ReachNXDomain,
}

// speaker is the attempt that speaks for all, nil where there was none.
func speaker(attempts []page.Attempt) *page.Attempt {
	var best *page.Attempt
	for i := range attempts {
		if best == nil || slices.Index(telling, attempts[i].Reach) < slices.Index(telling, best.Reach) {
			best = &attempts[i]
		}
	}
	return best
}

// detail is an error in the library's words, without the request's address in
// front, fit for one line.
func detail(err error) string {
	if err == nil {
		return ""
	}
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	return page.Clean(err.Error(), 300)
}

// handshake keeps of a TLS connection what a check may look at.
func handshake(state *tls.ConnectionState) *page.TLS {
	if state == nil || len(state.PeerCertificates) == 0 {
		return nil
	}
	t := certificate(state.PeerCertificates[0])
	t.Version = tls.VersionName(state.Version)
	return t
}

// refusedCertificate is what is known of a certificate that was not accepted.
func refusedCertificate(err error) *page.TLS {
	var verification *tls.CertificateVerificationError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &verification) && len(verification.UnverifiedCertificates) > 0:
		return certificate(verification.UnverifiedCertificates[0])
	case errors.As(err, &invalid) && invalid.Cert != nil:
		return certificate(invalid.Cert)
	}
	return nil
}

func certificate(c *x509.Certificate) *page.TLS {
	names := slices.Clone(c.DNSNames[:min(len(c.DNSNames), 20)])
	for i := range names {
		names[i] = page.Clean(names[i], 253)
	}
	return &page.TLS{NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), Names: names}
}
