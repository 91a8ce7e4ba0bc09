package bolt

// The history of a comune: whole assessments, and between them pointers, for a
// comune that changes once a month says the same thirty times.
//
// A value starts with its kind (one byte), the night it belongs to (four bytes:
// days since 1970, 0 for a request) and the digest of what it says. A whole
// assessment follows compressed; a pointer goes on with the times that are its
// own and ends with the key, less the ISTAT code, of the whole assessment it
// repeats, which is always an older one of the same comune. Of a pointer of the
// third kind the times come after a length and the bits of the requests that were
// answered with 304.

import (
	"bytes"
	"encoding/binary"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vigile-it/vigile/internal/record"
)

const (
	kindWhole   = 1
	kindPointer = 2
	kindTold    = 3 // a pointer with bits

	digestLen = 16
	headLen   = 1 + 4 + digestLen
	timesLen  = 3 * timeLen
)

type digest [digestLen]byte

// entry is a value of the history, read as far as its head.
type entry struct {
	kind   byte
	day    uint32
	digest digest
	rest   []byte // a whole assessment, or a pointer's times and target
	told   []byte // of a pointer: see record.Times.NotModified
}

func readEntry(value []byte) (entry, error) {
	e := entry{}
	if len(value) < headLen || (value[0] != kindWhole && value[0] != kindPointer && value[0] != kindTold) {
		return e, broken("a history value of an unknown kind")
	}
	e.kind, e.day = value[0], binary.BigEndian.Uint32(value[1:])
	e.digest, e.rest = digest(value[5:headLen]), value[headLen:]
	if e.kind == kindTold {
		e.kind = kindPointer
		if len(e.rest) == 0 || len(e.rest) < 1+int(e.rest[0]) {
			return e, broken("a history pointer of %d bytes", len(e.rest))
		}
		n := 1 + int(e.rest[0])
		e.told, e.rest = e.rest[1:n], e.rest[n:]
	}
	if e.kind == kindPointer && len(e.rest) <= timesLen+timeLen {
		return e, broken("a history pointer of %d bytes", len(e.rest))
	}
	return e, nil
}

func (e entry) head(kind byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{kind}, e.day)
	return append(b, e.digest[:]...)
}

// target is what a pointer points to: a key less its ISTAT code.
func (e entry) target() []byte { return e.rest[timesLen:] }

// times are a pointer's own; run and start stand in its key.
func (e entry) times() record.Times {
	return record.Times{
		VisitStarted: orZero(e.rest), VisitTook: time.Duration(binary.BigEndian.Uint64(e.rest[timeLen:])), RTDAsOf: orZero(e.rest[2*timeLen:]),
		NotModified: e.told,
	}
}

// pointer is the value of an entry that repeats the whole one under that key.
func (e entry) pointer(t record.Times, target []byte) []byte {
	b := e.head(kindPointer)
	if bits := t.NotModified; len(bits) > 0 && len(bits) <= 255 {
		b = append(append(e.head(kindTold), byte(len(bits))), bits...)
	}
	b = appendOrZero(b, t.VisitStarted)
	b = binary.BigEndian.AppendUint64(b, uint64(t.VisitTook))
	return append(appendOrZero(b, t.RTDAsOf), target[istatLen:]...)
}

// orZero reads a moment that may be the zero time.
func orZero(b []byte) time.Time {
	if binary.BigEndian.Uint64(b) == 0 {
		return time.Time{}
	}
	return timeOf(b)
}

func appendOrZero(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, make([]byte, timeLen)...)
	}
	return appendTime(b, t)
}

// wholeKey is the key of the whole assessment that an entry says, its own or
// the one it points to.
func wholeKey(key []byte, e entry) []byte {
	if e.kind == kindWhole {
		return key
	}
	return append(bytes.Clone(key[:istatLen]), e.target()...)
}

// before is the entry of the same comune that precedes key, if there is one.
func before(bucket *bbolt.Bucket, key []byte) (k []byte, e entry, ok bool, err error) {
	c := bucket.Cursor()
	k, v := c.Seek(key)
	if k == nil {
		k, v = c.Last()
	}
	for k != nil && bytes.Compare(k, key) >= 0 {
		k, v = c.Prev()
	}
	if k == nil || !bytes.HasPrefix(k, key[:istatLen]) {
		return nil, entry{}, false, nil
	}
	e, err = readEntry(v)
	return k, e, err == nil, err
}

// insert puts an assessment into the history: as a pointer where the one before
// says the same, else whole. An entry under the same key and, for a night, what
// an earlier run left of that night, make room.
func (s *Store) insert(bucket *bbolt.Bucket, look ready) error {
	e, key := look.entry, historyKey(look.Comune.Istat, look.Started, look.Run)
	if err := s.makeRoom(bucket, key, e.day); err != nil {
		return err
	}
	prior, was, ok, err := before(bucket, key)
	if err != nil {
		return err
	}
	if ok && was.digest == e.digest {
		return bucket.Put(key, e.pointer(record.TimesOf(look.Assessment), wholeKey(prior, was)))
	}
	body, err := s.body(look)
	if err != nil {
		return err
	}
	return bucket.Put(key, append(e.head(kindWhole), body...))
}

// slack is how long after the midnight in UTC that begins its date a night may
// still be at work, and how long before it may have begun.
const slack = 36 * time.Hour

// makeRoom removes the entry under key, and every other entry of that night.
func (s *Store) makeRoom(bucket *bbolt.Bucket, key []byte, day uint32) error {
	doomed := [][]byte{}
	if bucket.Get(key) != nil {
		doomed = append(doomed, key)
	}
	if day != 0 {
		c := bucket.Cursor()
		from := historyKey(string(key[:istatLen]), midnight(day).Add(-slack), "")
		for k, v := c.Seek(from); k != nil && bytes.HasPrefix(k, key[:istatLen]); k, v = c.Next() {
			e, err := readEntry(v)
			if err != nil {
				return err
			}
			if e.day == day && !bytes.Equal(k, key) {
				doomed = append(doomed, bytes.Clone(k))
			}
		}
	}
	for _, k := range doomed {
		if err := s.remove(bucket, k); err != nil {
			return err
		}
	}
	return nil
}

// remove takes an entry out of the history. The first of the entries that point
// to it becomes whole in its stead, and the others point there.
func (s *Store) remove(bucket *bbolt.Bucket, key []byte) error {
	old, err := readEntry(bucket.Get(key))
	if err != nil {
		return err
	}
	if old.kind == kindWhole {
		if err := s.handOver(bucket, key, bytes.Clone(old.rest)); err != nil {
			return err
		}
	}
	return bucket.Delete(key)
}

func (s *Store) handOver(bucket *bbolt.Bucket, key, body []byte) error {
	type pointer struct {
		key []byte
		entry
	}
	var pointers []pointer
	c := bucket.Cursor()
	for k, v := c.Seek(key); k != nil && bytes.HasPrefix(k, key[:istatLen]); k, v = c.Next() {
		e, err := readEntry(bytes.Clone(v))
		if err != nil {
			return err
		}
		if e.kind == kindPointer && bytes.Equal(e.target(), key[istatLen:]) {
			pointers = append(pointers, pointer{bytes.Clone(k), e})
		}
	}
	if len(pointers) == 0 {
		return nil
	}
	heir := pointers[0]
	a, err := s.repeated(heir.key, heir.entry, body)
	if err != nil {
		return err
	}
	text, err := marshal(a)
	if err != nil {
		return err
	}
	if err := bucket.Put(heir.key, s.codec.compress(heir.head(kindWhole), text)); err != nil {
		return err
	}
	for _, p := range pointers[1:] {
		if err := bucket.Put(p.key, p.pointer(p.times(), heir.key)); err != nil {
			return err
		}
	}
	return nil
}

// repeated is the assessment of a pointer, from the body of what it repeats.
func (s *Store) repeated(key []byte, e entry, body []byte) (record.Assessment, error) {
	var a record.Assessment
	if err := s.codec.unmarshal(body, &a); err != nil {
		return record.Assessment{}, err
	}
	return again(a, key, e)
}

func again(a record.Assessment, key []byte, e entry) (record.Assessment, error) {
	t := e.times()
	var err error
	if t.Started, t.Run, err = historyParts(key); err != nil {
		return record.Assessment{}, err
	}
	return record.Again(a, t), nil
}
