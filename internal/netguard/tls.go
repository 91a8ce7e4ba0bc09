package netguard

// Trust: the verification of a server's certificates, as strict as the one of
// crypto/tls, and the fetching of an intermediate that a server leaves out.

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	maxIssuerSteps = 2        // intermediates fetched for one chain
	maxIssuerBytes = 64 << 10 // of one of them
	issuerTimeout  = 4 * time.Second
	maxPresented   = 20 // certificates of one chain that are looked at
	maxChains      = 8192
	maxIssuers     = 512
	keepNoIssuer   = 5 * time.Minute
)

// trust holds the roots and what was learnt of incomplete chains.
type trust struct {
	pools []*x509.CertPool // any one of them must carry the whole chain
	now   func() time.Time

	flights singleflight.Group
	mu      sync.Mutex
	chains  map[[sha256.Size]byte][]*x509.Certificate // what a presented chain lacked
	issuers map[string]issuer                         // by the address it was fetched from
}

type issuer struct {
	cert  *x509.Certificate
	err   error
	until time.Time // of an error; a certificate never changes
}

// newTrust takes the system's roots and the extra ones as two pools, for a
// CertPool cannot be listed.
func newTrust(extra *x509.CertPool, now func() time.Time) (*trust, error) {
	if now == nil {
		now = time.Now
	}
	t := &trust{now: now, chains: map[[sha256.Size]byte][]*x509.Certificate{}, issuers: map[string]issuer{}}
	empty := x509.NewCertPool()
	system, err := x509.SystemCertPool()
	if err == nil && !system.Equal(empty) {
		t.pools = append(t.pools, system)
	}
	if extra != nil && !extra.Equal(empty) {
		t.pools = append(t.pools, extra)
	}
	if len(t.pools) == 0 {
		return nil, errors.New("no trusted root certificates: install the system's (ca-certificates) or name a file of them")
	}
	return t, nil
}

// cipherSuites are Go's own, and those with RSA key exchange: some public
// bodies offer nothing else, browsers read them, and we read only what is public.
func cipherSuites() []uint16 {
	var ids []uint16
	for _, s := range tls.CipherSuites() {
		ids = append(ids, s.ID)
	}
	return append(
		ids,
		tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
	)
}

// verify checks name, dates and chain as crypto/tls does by default. Where the
// chain alone is incomplete, it fetches what is missing and checks again.
func (g *Guard) verify(ctx context.Context, host string, presented []*x509.Certificate) error {
	if host == "" || len(presented) == 0 {
		return errors.New("a certificate cannot be verified without a host and a certificate")
	}
	err := g.trust.check(host, presented, nil)
	if incomplete(err, presented[0]) && len(presented) <= maxPresented {
		err = g.complete(ctx, host, presented, err)
	}
	if err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: presented, Err: g.trust.dated(err)}
	}
	return nil
}

// An EarlyError says that by our clock a certificate is not valid yet. Nobody issues
// those: it is our clock that is behind. It wraps what x509 says, for which the
// certificate has expired.
type EarlyError struct{ Err error }

func (e *EarlyError) Error() string { return e.Err.Error() }

func (e *EarlyError) Unwrap() error { return e.Err }

// dated tells a certificate that has not begun from one that has ended.
func (t *trust) dated(err error) error {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil && t.now().Before(invalid.Cert.NotBefore) {
		return &EarlyError{Err: err}
	}
	return err
}

// incomplete tells a chain that other certificates could mend: its top is
// unknown, or one above the leaf has expired, of which a newer one may exist.
// x509 looks at dates and name of the leaf first, so this is never said of a
// leaf that is expired or misnamed.
func incomplete(err error, leaf *x509.Certificate) bool {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &unknown) ||
		errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil && !invalid.Cert.Equal(leaf)
}

// check verifies against each pool in turn, as crypto/tls does against one.
func (t *trust) check(host string, presented, fetched []*x509.Certificate) error {
	intermediates := x509.NewCertPool()
	for _, c := range presented[1:] {
		intermediates.AddCert(c)
	}
	for _, c := range fetched {
		intermediates.AddCert(c)
	}
	var first error
	for _, roots := range t.pools {
		_, err := presented[0].Verify(x509.VerifyOptions{
			DNSName: host, Roots: roots, Intermediates: intermediates,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, CurrentTime: t.now(),
		})
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
		if !incomplete(err, presented[0]) {
			return err
		}
	}
	return first
}

// complete fetches the missing issuers, at most two, from where the topmost
// known certificate says they are (RFC 5280 4.2.2.1, caIssuers).
func (g *Guard) complete(ctx context.Context, host string, presented []*x509.Certificate, unknown error) error {
	key := chainKey(presented)
	if known, ok := g.trust.completed(key); ok {
		return g.trust.check(host, presented, known)
	}
	var fetched []*x509.Certificate
	for range maxIssuerSteps {
		top := topmost(presented, fetched, g.trust.now())
		if top == nil {
			return unknown // self-signed, or a loop: nothing is missing
		}
		next := g.fetchIssuer(ctx, top)
		if next == nil {
			return unknown
		}
		fetched = append(fetched, next)
		if err := g.trust.check(host, presented, fetched); !incomplete(err, presented[0]) {
			if err == nil {
				g.trust.complete(key, fetched)
			}
			return err
		}
	}
	return unknown
}

// topmost follows the chain from the leaf up and returns the certificate whose
// issuer is not at hand, or only expired; nil where the chain ends in itself.
func topmost(presented, fetched []*x509.Certificate, now time.Time) *x509.Certificate {
	known := append(append([]*x509.Certificate(nil), presented[1:]...), fetched...)
	top := presented[0]
	for range len(known) + 1 {
		if string(top.RawIssuer) == string(top.RawSubject) {
			return nil
		}
		above := issuedBy(top, known, now)
		if above == nil {
			return top
		}
		top = above
	}
	return nil
}

func issuedBy(c *x509.Certificate, known []*x509.Certificate, now time.Time) *x509.Certificate {
	for _, k := range known {
		if string(k.RawSubject) == string(c.RawIssuer) && now.Before(k.NotAfter) {
			return k
		}
	}
	return nil
}

func chainKey(chain []*x509.Certificate) [sha256.Size]byte {
	h := sha256.New()
	for _, c := range chain {
		fmt.Fprintf(h, "%d:", len(c.Raw))
		h.Write(c.Raw)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func (t *trust) completed(key [sha256.Size]byte) ([]*x509.Certificate, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	certs, ok := t.chains[key]
	return certs, ok
}

func (t *trust) complete(key [sha256.Size]byte, fetched []*x509.Certificate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	makeRoom(t.chains, maxChains)
	t.chains[key] = fetched
}

// fetchedFor says whether the chain of a connection had to be completed.
func (t *trust) fetchedFor(cs *tls.ConnectionState) bool {
	if cs == nil || len(cs.PeerCertificates) == 0 {
		return false
	}
	_, ok := t.completed(chainKey(cs.PeerCertificates))
	return ok
}

// makeRoom drops entries at random until one more fits.
func makeRoom[K comparable, V any](m map[K]V, limit int) {
	for k := range m {
		if len(m) < limit {
			return
		}
		delete(m, k)
	}
}
