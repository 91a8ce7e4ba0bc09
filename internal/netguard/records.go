package netguard

// What a TLS connection holds while it waits. crypto/tls reads as much as it has room
// for, and doubles that room whenever the start of a record lies in it behind the end
// of another: 40 kB a connection, of hundreds that wait for minutes.

import (
	"encoding/binary"
	"net"
)

// records is a connection that is read to the end of a TLS record at the most, so that
// what lies above it needs room for one and no more.
type records struct {
	net.Conn
	head [recordHeader]byte
	have int // bytes of head
	left int // bytes of the record to come
}

// recordHeader is how many bytes say what follows: RFC 8446, section 5.1.
const recordHeader = 5

// NetConn is the connection below.
func (r *records) NetConn() net.Conn { return r.Conn }

// Read implements [net.Conn]. What is no TLS is read all the same, in other pieces.
func (r *records) Read(b []byte) (n int, err error) {
	if r.left > 0 {
		n, err = r.Conn.Read(b[:min(len(b), r.left)])
		r.left -= n
		return n, err
	}
	n, err = r.Conn.Read(b[:min(len(b), recordHeader-r.have)])
	r.have += copy(r.head[r.have:], b[:n])
	if r.have == recordHeader {
		r.have, r.left = 0, int(binary.BigEndian.Uint16(r.head[3:]))
	}
	return n, err
}
