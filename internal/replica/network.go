package replica

// This file opens the listeners and says which of them stands for an address.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Running is the country on loopback. It is safe for concurrent use.
type Running struct {
	italy     *Italy
	ledger    *ledger
	authority *authority
	dns       *nameServer
	secure    net.Listener // every host's port 443
	plain     net.Listener // every host's port 80
	registry  net.Listener // IPA and ISTAT
	agid      net.Listener // AgID's form service
	refused   string       // an address that refuses
	resets    net.Listener // accepts and resets
	full      *fullQueue   // never accepts; nil where the system has no such thing
	guard     net.Conn     // holds the refused port
	servers   []*http.Server
	mood      atomic.Int32 // an AgIDMood

	wg   sync.WaitGroup
	stop chan struct{}
	once sync.Once
}

// Resolver is the DNS server, host:port.
func (r *Running) Resolver() string { return r.dns.udp.LocalAddr().String() }

// Roots holds the certificate authority of every good certificate.
func (r *Running) Roots() *x509.CertPool { return r.authority.roots() }

// RootPEM is the same authority for a ca_file.
func (r *Running) RootPEM() []byte { return certificatePEM(r.authority.root.cert) }

// IPAURL is the base of IPA's CKAN, as registry.ipa_url wants it.
func (r *Running) IPAURL() string { return "http://" + r.registry.Addr().String() + "/ipa-dati" }

// ISTATURL is ISTAT's list of the comuni, as registry.istat_url wants it.
func (r *Running) ISTATURL() string { return "http://" + r.registry.Addr().String() + istatPath }

// AgIDURL is the base of AgID's form service, as agid.base_url wants it.
func (r *Running) AgIDURL() string { return "http://" + r.agid.Addr().String() }

// EntiCSV is IPA's `enti` dump as it stands.
func (r *Running) EntiCSV() []byte { return r.italy.EntiCSV() }

// UnionsCSV says which comuni belong to the union, as registry.unions_file wants it.
func (r *Running) UnionsCSV() []byte { return r.italy.UnionsCSV() }

// Truths is what is true of every comune as it stands.
func (r *Running) Truths() []Truth { return r.italy.Truths() }

// Comuni lists the comuni as they stand, in ISTAT order.
func (r *Running) Comuni() []Comune { return r.italy.Comuni() }

// Mend repairs a comune (see Italy.Mend).
func (r *Running) Mend(istat string) error { return r.italy.Mend(istat) }

// Ledger is what the visitor did so far.
func (r *Running) Ledger() Ledger { return r.ledger.copyOf() }

// ClearLedger begins new accounts.
func (r *Running) ClearLedger() {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	clear(r.ledger.hosts)
	clear(r.ledger.addresses)
}

// Redial maps the address a client means to dial to the listener that stands
// for it: port 443 and port 80 of the replica's loopback addresses. Any other
// address is returned as it is.
func (r *Running) Redial(addr string) string {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil || !ap.Addr().Is4() || !ap.Addr().IsLoopback() || ap.Addr() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
		return addr
	}
	fault, https := r.connectionAt(ap.Addr())
	switch {
	case fault == FaultRefused:
		return r.refused
	case fault == FaultReset:
		return r.resets.Addr().String()
	case fault == FaultConnTimeout && r.full != nil:
		return r.full.addr()
	case fault == FaultConnTimeout:
		return r.refused
	case ap.Port() == 443 && https == httpsAbsent:
		return r.refused
	case ap.Port() == 80 && https == httpsAlone && r.full != nil:
		return r.full.addr()
	case ap.Port() == 80 && https == httpsAlone:
		return r.refused
	case ap.Port() == 443:
		return r.secure.Addr().String()
	case ap.Port() == 80:
		return r.plain.Addr().String()
	}
	return r.refused
}

// connectionAt is how connections to an address fare. Only an address that one
// comune has to itself can fail.
func (r *Running) connectionAt(addr netip.Addr) (Fault, httpsKind) {
	if addr.As4()[1] != ownAddresses {
		return FaultNone, httpsProper
	}
	b := addr.As4()
	i := int(b[2])<<7 | int(b[3]-1)
	r.italy.mu.RLock()
	defer r.italy.mu.RUnlock()
	if i >= len(r.italy.comuni) {
		return FaultNone, httpsProper
	}
	c := r.italy.comuni[i]
	return c.fault, c.t.https
}

func (r *Running) open(ctx context.Context) error {
	r.stop = make(chan struct{})
	var err error
	if r.authority, err = newAuthority(r.italy.day); err != nil {
		return err
	}
	if r.dns, err = listenDNS(ctx, r.italy.resolve); err != nil {
		return err
	}
	for _, l := range []*net.Listener{&r.secure, &r.plain, &r.registry, &r.agid, &r.resets} {
		if *l, err = listen(ctx); err != nil {
			return err
		}
	}
	if err := r.holdRefused(ctx); err != nil {
		return err
	}
	if r.italy.options.Slow {
		if r.full, err = newFullQueue(ctx); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	quiet := log.New(io.Discard, "", 0)
	serve := func(h http.Handler, run func(*http.Server) error, cfg *tls.Config) {
		s := &http.Server{Handler: h, ErrorLog: quiet, TLSConfig: cfg, ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute}
		r.servers = append(r.servers, s)
		r.wg.Add(1)
		go func() {
			defer r.wg.Done()
			run(s) //nolint:errcheck // it ends when Close closes it
		}()
	}
	sites := &front{running: r}
	serve(sites, func(s *http.Server) error { return s.ServeTLS(r.secure, "", "") },
		&tls.Config{GetConfigForClient: r.handshake, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS10})
	serve(sites, func(s *http.Server) error { return s.Serve(r.plain) }, nil)
	serve(r.italy.registryHandler(), func(s *http.Server) error { return s.Serve(r.registry) }, nil)
	serve(http.HandlerFunc(r.agidServe), func(s *http.Server) error { return s.Serve(r.agid) }, nil)
	r.wg.Add(1)
	go r.resetAll()
	return nil
}

func listen(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp4", "127.0.0.1:0")
}

// holdRefused finds a port that refuses and goes on refusing: the local port of
// a connection is taken, so nobody else can listen on it, and does not listen.
func (r *Running) holdRefused(ctx context.Context) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp4", r.resets.Addr().String())
	if err != nil {
		return err
	}
	other, err := r.resets.Accept()
	if err != nil {
		c.Close()
		return err
	}
	r.guard, r.refused = &pair{c, other}, c.LocalAddr().String()
	return nil
}

// pair is a connection whose other end is closed with it.
type pair struct {
	net.Conn
	other net.Conn
}

func (p *pair) Close() error { return errors.Join(p.Conn.Close(), p.other.Close()) }

// resetAll accepts and resets.
func (r *Running) resetAll() {
	defer r.wg.Done()
	for {
		c, err := r.resets.Accept()
		if err != nil {
			return
		}
		if t, ok := c.(*net.TCPConn); ok {
			t.SetLinger(0) //nolint:errcheck // without it the close is orderly, which a test would notice
		}
		c.Close()
	}
}

// Close ends everything and waits for it. It may be called more than once.
func (r *Running) Close() error {
	r.once.Do(func() {
		close(r.stop)
		for _, s := range r.servers {
			s.Close()
		}
		for _, l := range []net.Listener{r.secure, r.plain, r.registry, r.agid, r.resets} {
			if l != nil {
				l.Close()
			}
		}
		if r.guard != nil {
			r.guard.Close()
		}
		if r.full != nil {
			r.full.close()
		}
		if r.dns != nil {
			r.dns.close()
		}
		r.wg.Wait()
	})
	return nil
}
