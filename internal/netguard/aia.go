package netguard

// Fetching the certificate of an issuer over plain http, through the guard
// itself.

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// fetchIssuer gives the certificate that issued c, from the first of at most
// two addresses that has it; nil where none has.
func (g *Guard) fetchIssuer(ctx context.Context, c *x509.Certificate) *x509.Certificate {
	for _, raw := range c.IssuingCertificateURL[:min(2, len(c.IssuingCertificateURL))] {
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != "http" { // https would need a chain in its turn
			continue
		}
		cert, err := g.issuerAt(ctx, u.String())
		if err == nil && bytes.Equal(cert.RawSubject, c.RawIssuer) && c.CheckSignatureFrom(cert) == nil {
			return cert
		}
	}
	return nil
}

// issuerAt remembers what an address gave: a certificate for good, a failure
// for five minutes.
func (g *Guard) issuerAt(ctx context.Context, address string) (*x509.Certificate, error) {
	t := g.trust
	t.mu.Lock()
	known, ok := t.issuers[address]
	t.mu.Unlock()
	if ok && (known.err == nil || time.Now().Before(known.until)) {
		return known.cert, known.err
	}
	flight := t.flights.DoChan(address, func() (any, error) {
		// Not the request's context: its Report and its limit are not ours.
		ctx, done, err := g.begin(context.Background())
		if err != nil {
			return issuer{err: err}, nil
		}
		defer done()
		found := issuer{until: time.Now().Add(keepNoIssuer)}
		found.cert, found.err = g.download(ctx, address)
		t.mu.Lock()
		makeRoom(t.issuers, maxIssuers)
		t.issuers[address] = found
		t.mu.Unlock()
		return found, nil
	})
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case result := <-flight:
		found := result.Val.(issuer)
		return found.cert, found.err
	}
}

func (g *Guard) download(ctx context.Context, address string) (*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(WithBodyLimit(ctx, maxIssuerBytes), issuerTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("fetching an issuer: %w", err)
	}
	client := &http.Client{Transport: g.RoundTripper(), CheckRedirect: redirects(2, "http")}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetching an issuer: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetching an issuer: %s", resp.Status)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("fetching an issuer: %w", err)
	}
	if Truncated(resp) {
		return nil, fmt.Errorf("fetching an issuer: more than %d bytes", maxIssuerBytes)
	}
	return parseIssuer(body)
}

// parseIssuer reads what RFC 5280 4.2.2.1 lets stand at the address: one
// certificate in DER, or a certs-only PKCS #7 message; and the PEM that some
// authorities serve all the same.
func parseIssuer(body []byte) (*x509.Certificate, error) {
	if block, _ := pem.Decode(body); block != nil {
		body = block.Bytes
	}
	if cert, err := x509.ParseCertificate(body); err == nil {
		return cert, nil
	}
	var message struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version      int
			Digests      asn1.RawValue `asn1:"set"`
			Encapsulated asn1.RawValue
			Certificates asn1.RawValue `asn1:"optional,tag:0"`
		} `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(body, &message); err != nil {
		return nil, errors.New("fetching an issuer: neither a certificate nor a PKCS #7 message")
	}
	certs, err := x509.ParseCertificates(message.Content.Certificates.Bytes)
	if err != nil || len(certs) == 0 {
		return nil, errors.New("fetching an issuer: a PKCS #7 message without a certificate")
	}
	return certs[0], nil
}
