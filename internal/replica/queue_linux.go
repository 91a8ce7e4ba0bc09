package replica

// This file makes a listener whose accept queue is full, so that connecting to
// it times out although the machine is there.

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// fullQueue is a listener that never accepts and has no room left.
type fullQueue struct {
	l      net.Listener
	stuffs []net.Conn
}

func newFullQueue(ctx context.Context) (*fullQueue, error) {
	l, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	q := &fullQueue{l: l}
	raw, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		q.close()
		return nil, err
	}
	var failed error
	// listen(2) a second time only changes the length of the queue.
	if err := raw.Control(func(fd uintptr) { failed = syscall.Listen(int(fd), 0) }); err != nil || failed != nil {
		q.close()
		return nil, errors.Join(err, failed)
	}
	d := net.Dialer{Timeout: 150 * time.Millisecond}
	for range 8 {
		c, err := d.DialContext(ctx, "tcp4", l.Addr().String())
		if err != nil {
			break // the queue is full
		}
		q.stuffs = append(q.stuffs, c)
	}
	return q, nil
}

func (q *fullQueue) addr() string { return q.l.Addr().String() }

func (q *fullQueue) close() {
	for _, c := range q.stuffs {
		c.Close()
	}
	q.l.Close()
}
