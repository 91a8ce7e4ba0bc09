package replica

// This file is the certificate authority and the handshake of every host.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"
)

const pkiHost = "pki.replica.test"

// authority is the replica's PKI: a root that Roots holds, an intermediate for
// the hosts that forget to send theirs, and a root that nobody trusts.
type authority struct {
	root, stranger, middle signer
	leafKey                *ecdsa.PrivateKey
	now                    time.Time

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(now time.Time) (*authority, error) {
	a := &authority{now: now, leaves: map[string]*tls.Certificate{}}
	var err error
	if a.root, err = a.ca("Replica Radice Inventata", nil); err != nil {
		return nil, err
	}
	if a.stranger, err = a.ca("Autorita Sconosciuta Inventata", nil); err != nil {
		return nil, err
	}
	if a.middle, err = a.ca("Replica Intermedia Inventata", &a.root); err != nil {
		return nil, err
	}
	a.leafKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return a, err
}

func (a *authority) ca(name string, by *signer) (signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return signer{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name, Organization: []string{"Replica"}},
		NotBefore: a.now.AddDate(-1, 0, 0), NotAfter: a.now.AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	parent, parentKey := template, key
	if by != nil {
		parent, parentKey = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		return signer{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return signer{cert, key}, err
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return big.NewInt(time.Now().UnixNano())
	}
	return n
}

func (a *authority) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root.cert)
	return pool
}

// leaf makes the certificate of a host, as its fault wants it.
func (a *authority) leaf(name string, fault Fault, short, expiring bool) (*tls.Certificate, error) {
	key := fmt.Sprint(name, "|", fault, "|", short, "|", expiring)
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, ok := a.leaves[key]; ok {
		return c, nil
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: a.now.AddDate(0, -2, 0), NotAfter: a.now.AddDate(0, 3, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	by := a.root
	switch {
	case fault == FaultExpired:
		template.NotBefore, template.NotAfter = a.now.AddDate(0, -4, 0), a.now.AddDate(0, 0, -17)
	case fault == FaultWrongName:
		template.Subject.CommonName, template.DNSNames = "hosting-condiviso.test", []string{"hosting-condiviso.test", "*.hosting-condiviso.test"}
	case fault == FaultUntrusted:
		by = a.stranger
	case expiring:
		template.NotAfter = a.now.AddDate(0, 0, 5)
	case short:
		by = a.middle
		template.IssuingCertificateURL = []string{"http://" + pkiHost + "/intermedia.cer"}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, &a.leafKey.PublicKey, by.key)
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.leafKey}
	a.leaves[key] = c
	return c, nil
}

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

var errHandshake = errors.New("replica: this host ends every handshake")

// handshake answers one ClientHello.
func (r *Running) handshake(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	fault, short, expiring, old := FaultNone, false, false, false
	if h, ok := r.italy.hosts[hello.ServerName]; ok && h.comune >= 0 {
		c := r.italy.at(h.comune)
		if h.role == roleSite || h.role == roleTwin {
			fault, short, expiring = c.fault, c.t.https == httpsChainShort, c.t.expiring && c.t.https != httpsChainShort
			old = c.family == HGATE || c.family == Table
		}
	}
	if fault == FaultHandshake {
		return nil, errHandshake
	}
	name := hello.ServerName
	if name == "" {
		name = "senza-nome.replica.test"
	}
	leaf, err := r.authority.leaf(name, fault, short, expiring)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{Certificates: []tls.Certificate{*leaf}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if old {
		cfg.NextProtos = []string{"http/1.1"}
	}
	if fault == FaultOldProtocol {
		cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	}
	return cfg, nil
}
