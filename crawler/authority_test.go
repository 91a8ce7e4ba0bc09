package crawler

// A certificate authority for tests, with an intermediate that servers may
// leave out.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"sync"
	"testing"
	"time"
)

// How the certificate of a host is made.
const (
	certGood = iota
	certExpired
	certEarly
	certWrongName
	certUntrusted
	certIncomplete // issued by the intermediate, which is not sent along
)

const (
	pkiHost   = "pki.example.it"
	issuerURL = "http://" + pkiHost + "/intermedio.crt"
)

// authority issues certificates.
type authority struct {
	cert, middle *x509.Certificate
	key          *ecdsa.PrivateKey // of every certificate: nothing here is secret

	mu   sync.Mutex
	made map[string]tls.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, made: map[string]tls.Certificate{}}
	a.cert = a.sign(t, nil, func(c *x509.Certificate) { authorised(c, "Prova") })
	a.middle = a.sign(t, a.cert, func(c *x509.Certificate) { authorised(c, "Prova intermedia") })
	return a
}

func authorised(c *x509.Certificate, name string) {
	c.Subject = pkix.Name{CommonName: name}
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
}

// sign makes a certificate; no parent: its own.
func (a *authority) sign(t *testing.T, parent *x509.Certificate, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	form := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-72 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	change(form)
	if parent == nil {
		parent = form
	}
	der, err := x509.CreateCertificate(rand.Reader, form, parent, &a.key.PublicKey, a.key)
	if err != nil {
		t.Error(err)
		return form
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Error(err)
		return form
	}
	return cert
}

// issue makes the certificate of a host, once.
func (a *authority) issue(t *testing.T, name string, kind int) tls.Certificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, ok := a.made[name]; ok {
		return c
	}
	parent := a.cert
	if kind == certIncomplete {
		parent = a.middle
	}
	leaf := a.sign(t, parent, func(c *x509.Certificate) {
		c.Subject, c.DNSNames, c.ExtKeyUsage = pkix.Name{CommonName: name}, []string{name}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		switch kind {
		case certExpired:
			c.NotAfter = time.Now().Add(-time.Hour)
		case certEarly:
			c.NotBefore = time.Now().Add(time.Hour)
		case certWrongName:
			c.DNSNames = []string{"altro.example.it"}
		case certIncomplete:
			c.IssuingCertificateURL = []string{issuerURL}
		}
	})
	a.made[name] = tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: a.key}
	return a.made[name]
}

// publish serves the intermediate where the certificates say it is.
func (a *authority) publish(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "application/pkix-cert")
	rw.Write(a.middle.Raw)
}
