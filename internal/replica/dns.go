package replica

// This file is the DNS server: UDP and TCP on one loopback port.

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// answer is how a name is answered.
type answer int

const (
	answerAddress  answer = iota
	answerNXDomain        // the name does not exist
	answerServFail        // the server has an error
	answerSilence         // nothing comes back
)

// resolve says what the replica's DNS knows of a name.
func (it *Italy) resolve(name string) (netip.Addr, answer) {
	h, ok := it.hosts[strings.ToLower(strings.TrimSuffix(name, "."))]
	if !ok {
		return netip.Addr{}, answerNXDomain
	}
	if h.comune >= 0 {
		switch it.at(h.comune).fault {
		case FaultNXDomain:
			return netip.Addr{}, answerNXDomain
		case FaultServFail:
			return netip.Addr{}, answerServFail
		case FaultSilentDNS:
			return netip.Addr{}, answerSilence
		}
	}
	return h.addr, answerAddress
}

// nameServer answers for the replica's names.
type nameServer struct {
	udp     net.PacketConn
	tcp     net.Listener
	resolve func(string) (netip.Addr, answer)

	wg    sync.WaitGroup
	mu    sync.Mutex
	conns map[net.Conn]struct{}
	ended bool
}

// listenDNS opens the server on a port that is free for UDP and TCP alike.
func listenDNS(ctx context.Context, resolve func(string) (netip.Addr, answer)) (*nameServer, error) {
	var lc net.ListenConfig
	var last error
	for range 20 {
		udp, err := lc.ListenPacket(ctx, "udp4", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		tcp, err := lc.Listen(ctx, "tcp4", udp.LocalAddr().String())
		if err != nil {
			last = err
			udp.Close()
			continue
		}
		s := &nameServer{udp: udp, tcp: tcp, resolve: resolve, conns: map[net.Conn]struct{}{}}
		s.wg.Add(2)
		go s.serveUDP()
		go s.serveTCP()
		return s, nil
	}
	return nil, last
}

func (s *nameServer) close() {
	s.mu.Lock()
	s.ended = true
	s.udp.Close()
	s.tcp.Close()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *nameServer) serveUDP() {
	defer s.wg.Done()
	buf := make([]byte, 1500)
	for {
		n, from, err := s.udp.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if reply := s.reply(buf[:n]); reply != nil {
			s.udp.WriteTo(reply, from) //nolint:errcheck // a lost datagram is asked for again
		}
	}
}

func (s *nameServer) serveTCP() {
	defer s.wg.Done()
	for {
		c, err := s.tcp.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.ended {
			s.mu.Unlock()
			c.Close()
			return
		}
		s.conns[c] = struct{}{}
		s.wg.Add(1)
		s.mu.Unlock()
		go s.serveConn(c)
	}
}

func (s *nameServer) serveConn(c net.Conn) {
	defer func() {
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
		c.Close()
		s.wg.Done()
	}()
	for {
		if c.SetDeadline(time.Now().Add(30*time.Second)) != nil {
			return
		}
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, q); err != nil {
			return
		}
		reply := s.reply(q)
		if reply == nil {
			continue
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return
		}
	}
}

// reply answers one message; nil is silence, which also meets what cannot be
// parsed.
func (s *nameServer) reply(q []byte) []byte {
	var p dnsmessage.Parser
	head, err := p.Start(q)
	if err != nil || head.Response {
		return nil
	}
	question, err := p.Question()
	if err != nil {
		return nil
	}
	addr, how := s.resolve(question.Name.String())
	if how == answerSilence {
		return nil
	}
	out := dnsmessage.Header{ID: head.ID, Response: true, Authoritative: true, RecursionDesired: head.RecursionDesired, RecursionAvailable: true}
	switch how {
	case answerNXDomain:
		out.RCode = dnsmessage.RCodeNameError
	case answerServFail:
		out.RCode = dnsmessage.RCodeServerFailure
	}
	b := dnsmessage.NewBuilder(nil, out)
	b.EnableCompression()
	if b.StartQuestions() != nil || b.Question(question) != nil || b.StartAnswers() != nil {
		return nil
	}
	if how == answerAddress && question.Type == dnsmessage.TypeA {
		rh := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 300}
		if b.AResource(rh, dnsmessage.AResource{A: addr.As4()}) != nil {
			return nil
		}
	}
	msg, err := b.Finish()
	if err != nil {
		return nil
	}
	return msg
}
