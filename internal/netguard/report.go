package netguard

// The round trip itself, and what it tells of the way a response came.

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptrace"
	"net/netip"
)

// A Report says how a response came. Put one into a request's context with
// WithReport; the transport empties it when a request begins, so after
// redirects it tells of the last one. Read it in the goroutine that made the
// request: Address, TLS and what follows once the response is there (Address
// also after an error), Size, Wire and Truncated once the body was read.
type Report struct {
	Addresses    []netip.Addr         // of the target, vetted, in the order of trying
	Address      netip.Addr           // spoken to; before an answer, the first to be tried; behind a proxy, the target's first
	Reused       bool                 // the connection had served before
	TLS          *tls.ConnectionState // nil over plain http
	ChainFetched bool                 // the server left an intermediate out and it was fetched by AIA
	Encoding     string               // Content-Encoding that was undone
	Size         int64                // bytes of the body after decoding, so far
	Wire         int64                // bytes of the body as sent, so far
	Truncated    bool                 // the limit cut the body off
}

type reportKey struct{}

// WithReport has the requests made with the context fill r.
func WithReport(ctx context.Context, r *Report) context.Context {
	return context.WithValue(ctx, reportKey{}, r)
}

// ReportOf is the report of a response that came through a Guard.
func ReportOf(resp *http.Response) (Report, bool) {
	if resp == nil || resp.Request == nil {
		return Report{}, false
	}
	r, ok := resp.Request.Context().Value(reportKey{}).(*Report)
	if !ok {
		return Report{}, false
	}
	return *r, true
}

// Truncated says, after the body was read to its end, whether the limit cut it
// off.
func Truncated(resp *http.Response) bool {
	r, _ := ReportOf(resp)
	return r.Truncated
}

type roundTripper struct{ g *Guard }

// RoundTrip vets, sends, and decodes. Its errors are a *ForbiddenError, those
// of Addresses, the net package's of the dial, a *HandshakeError, a
// *tls.CertificateVerificationError, a *ProxyError, a *DecodeError, or
// net/http's.
func (t roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	report, ok := ctx.Value(reportKey{}).(*Report)
	if !ok {
		report = &Report{}
		ctx = WithReport(ctx, report)
	}
	*report = Report{}
	to, err := t.vet(req)
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	report.Addresses, report.Address = to.addrs, to.addrs[0]
	ctx = context.WithValue(ctx, targetKey{}, to)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		report.Reused = info.Reused
		if l, ok := linkOf(info.Conn); ok {
			report.Address = l.addr
		}
	}})
	out := req.Clone(ctx)
	out.Header.Set("Accept-Encoding", acceptEncoding)
	resp, err := t.g.connections(ctx).RoundTrip(out)
	if err != nil {
		return nil, err
	}
	if req.URL.Scheme != "https" {
		resp.TLS = nil // of a proxy spoken to over https
	}
	report.TLS = resp.TLS
	report.ChainFetched = t.g.trust.fetchedFor(resp.TLS)
	if err := t.g.decode(resp, bodyLimit(ctx), report); err != nil {
		resp.Body.Close()
		return nil, err
	}
	return resp, nil
}

func (t roundTripper) vet(req *http.Request) (*target, error) {
	if req.Method != "" && req.Method != http.MethodGet && req.Method != http.MethodHead {
		return nil, &ForbiddenError{Target: printable(req.URL.Redacted()), Why: "method " + req.Method}
	}
	return t.g.vetURL(req.Context(), req.URL)
}
