package netguard

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/need"
)

// silent is a listener whose accept queue is full: the kernel drops every SYN,
// so that a dial waits.
func silent(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(bound.(*syscall.SockaddrInet4).Port))
	for range 10 {
		c, err := net.DialTimeout("tcp", address, 200*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { c.Close() })
	}
	need.Missing(t, "queue", "this kernel does not drop what its accept queue cannot hold")
	return ""
}

func TestASilentAddressIsOvertaken(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(web.Close)
	hole := silent(t)
	g := newGuard(t, Options{AllowPrivate: true, Redial: func(addr string) string {
		if addr == "[::1]:80" {
			return hole
		}
		return web.Listener.Addr().String()
	}})
	c, err := g.race(t.Context(), &target{port: 80, addrs: []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1")}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.addr.String() != "127.0.0.1" {
		t.Errorf("connected to %s", c.addr)
	}
}

func TestCloseEndsADialUnderWay(t *testing.T) {
	hole := silent(t)
	g := newGuard(t, Options{AllowPrivate: true, Redial: func(string) string { return hole }})
	failed := make(chan error, 1)
	go func() {
		_, err := g.dialPlain(t.Context(), "tcp", "127.0.0.1:80")
		failed <- err
	}()
	time.AfterFunc(50*time.Millisecond, g.Close)
	if err := <-failed; err == nil {
		t.Error("a dial into the void succeeds")
	}
}
