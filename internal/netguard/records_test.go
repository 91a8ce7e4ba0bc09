package netguard

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"reflect"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// wire is a connection that has all its bytes at once.
type wire struct {
	net.Conn
	io.Reader
}

func (w wire) Read(b []byte) (int, error) { return w.Reader.Read(b) }

// record is a TLS record of so many bytes.
func record(size int) []byte {
	b := binary.BigEndian.AppendUint16([]byte{23, 3, 3}, uint16(size))
	return append(b, bytes.Repeat([]byte{byte(size)}, size)...)
}

func TestNoReadGoesBeyondTheEndOfARecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []byte
		ends := map[int]bool{0: true}
		for _, size := range rapid.SliceOf(rapid.IntRange(0, 1<<14+256)).Draw(t, "records") {
			all = append(all, record(size)...)
			ends[len(all)] = true
		}
		var under io.Reader = bytes.NewReader(all)
		if rapid.Bool().Draw(t, "in halves") {
			under = iotest.HalfReader(under)
		}
		r := &records{Conn: wire{Reader: under}}
		var got []byte
		for room := rapid.IntRange(1, 40_000); ; {
			b := make([]byte, room.Draw(t, "room"))
			n, err := r.Read(b)
			for i := len(got) + 1; i < len(got)+n; i++ {
				if ends[i] {
					t.Fatalf("a read of bytes %d to %d goes beyond the record that ends at %d", len(got), len(got)+n, i)
				}
			}
			got = append(got, b[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil || n == 0 {
				t.Fatalf("%d, %v after %d of %d bytes", n, err, len(got), len(all))
			}
		}
		if !bytes.Equal(got, all) {
			t.Fatalf("%d bytes, want %d", len(got), len(all))
		}
	})
}

func TestWhatIsNoTLSIsReadAllTheSame(t *testing.T) {
	const text = "HTTP/1.1 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
	got, err := io.ReadAll(&records{Conn: wire{Reader: iotest.OneByteReader(bytes.NewReader([]byte(text)))}})
	if err != nil || string(got) != text {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAConnectionKeepsRoomForOneRecordWhateverItHasRead(t *testing.T) {
	h := build(t)
	l, err := tls.Listen("tcp4", "127.0.0.1:0", certificates(chain(h.leaf(t), h.lower, h.upper)))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const size = 100 << 14 // a hundred of the longest records, and the short ones at the beginning
	go func() {
		if site, err := l.Accept(); err == nil {
			site.Write(make([]byte, size))
			site.Close()
		}
	}()
	conn, err := h.guard(t, l.Addr().String()).dialTLS(t.Context(), "tcp", "comune.example:443")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n, err := io.Copy(io.Discard, conn); err != nil || n != size {
		t.Fatalf("%d bytes, %v", n, err)
	}
	room := reflect.ValueOf(conn.(*tls.Conn)).Elem().FieldByName("rawInput").FieldByName("buf")
	if !room.IsValid() {
		t.Fatal("crypto/tls keeps what it has read elsewhere than it did")
	}
	if room.Cap() > 20<<10 {
		t.Errorf("%d bytes are kept, a record takes %d at the most", room.Cap(), recordHeader+1<<14+256)
	}
}
