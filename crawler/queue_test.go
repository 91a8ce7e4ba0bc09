//go:build unix

package crawler

import (
	"net"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// fullQueue makes a listener that accepts nothing and fills its queue, so that
// the kernel drops every further connection.
func fullQueue(t *testing.T) (address string, release func()) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address = net.JoinHostPort("127.0.0.1", strconv.Itoa(name.(*syscall.SockaddrInet4).Port))
	var held []net.Conn
	for range 4 {
		c, err := net.DialTimeout("tcp", address, 200*time.Millisecond)
		if err != nil {
			break
		}
		held = append(held, c)
	}
	return address, func() {
		for _, c := range held {
			c.Close()
		}
		syscall.Close(fd)
	}
}
