package bolt

// Values as bytes: JSON, compressed with zstd against a dictionary of what
// assessments look like.

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"runtime"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/vigile-it/vigile/internal/record"
)

// format is the first byte of a compressed value: the version of what follows
// and of the dictionary, which is frozen for as long as a value of that format
// may exist.
const format = 1

//go:embed dictionary1.json
var dictionary1 []byte

// maxRecord bounds a decompressed value. No assessment within record.Tight
// comes near it.
const maxRecord = 16 << 20

// window is the encoder's: larger than any ordinary value and small in memory.
const window = 1 << 17

// codec packs values. It is safe for concurrent use.
type codec struct {
	enc  *zstd.Encoder
	dec  *zstd.Decoder
	room sync.Pool // of *[]byte, for what is read and let go
}

// sharedCodec is the codec of every store in the process: it has no state of
// its own, and its tables take time to make.
var sharedCodec = sync.OnceValues(newCodec)

// newCodec takes the level between: the next better one saves a sixth of the
// bytes and takes twice the time.
func newCodec() (*codec, error) {
	n := runtime.GOMAXPROCS(0)
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(window),
		zstd.WithEncoderDictRaw(format, dictionary1), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(format, dictionary1), zstd.WithDecoderConcurrency(n),
		zstd.WithDecoderMaxMemory(maxRecord), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return &codec{enc: enc, dec: dec}, nil
}

// marshal is v as JSON, without the escapes that only HTML needs.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// compress appends the compressed form of text to dst.
func (c *codec) compress(dst, text []byte) []byte {
	return c.enc.EncodeAll(text, append(dst, format))
}

// plain undoes compress.
func (c *codec) plain(b []byte) ([]byte, error) { return c.appendPlain(nil, b) }

// appendPlain appends what plain gives to dst.
func (c *codec) appendPlain(dst, b []byte) ([]byte, error) {
	if len(b) == 0 || b[0] != format {
		return nil, broken("a value of an unknown format")
	}
	out, err := c.dec.DecodeAll(b[1:], dst)
	if err != nil {
		return nil, broken("a value that cannot be decompressed: %v", err)
	}
	return out, nil
}

func (c *codec) unmarshal(b []byte, v any) error {
	text, err := c.plain(b)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return broken("a value that cannot be read: %v", err)
	}
	return nil
}

// packLatest packs a view. Where a finding is definite it is the last definite
// one too, and is written once.
func (c *codec) packLatest(dst []byte, l record.Latest) ([]byte, error) {
	l.Standings = slices.Clone(l.Standings)
	for i := range l.Standings {
		if s := &l.Standings[i]; s.Finding.Verdict.Definite() && !s.Finding.Unconfirmed {
			s.LastDefinite = record.Standing{}.LastDefinite
		}
	}
	text, err := marshal(l)
	if err != nil {
		return nil, err
	}
	return c.compress(dst, text), nil
}

func (c *codec) unpackLatest(b []byte) (record.Latest, error) {
	var l record.Latest
	if err := c.unmarshal(b, &l); err != nil {
		return record.Latest{}, err
	}
	for i := range l.Standings {
		if s := &l.Standings[i]; s.Finding.Verdict.Definite() && !s.Finding.Unconfirmed {
			s.LastDefinite = s.Finding
		}
	}
	return l, nil
}

// packBrief packs the brief form of a view.
func (c *codec) packBrief(dst []byte, l record.Latest) ([]byte, error) {
	compact, err := l.AppendCompact(nil)
	if err != nil {
		return nil, err
	}
	return c.compress(dst, compact), nil
}

// unpackBrief undoes packBrief.
func (c *codec) unpackBrief(b []byte) (l record.Latest, err error) {
	err = c.compact(b, func(compact []byte) error {
		l, err = record.ParseCompact(compact) // which keeps a copy
		return err
	})
	return l, err
}

// unpackBare reads what packBrief has packed into a view that is let go, as it is counted.
func (c *codec) unpackBare(b []byte, into *record.Latest) error { return c.compact(b, into.ReadBare) }

// compact lends the compact form of a view to read.
func (c *codec) compact(b []byte, read func([]byte) error) error {
	room, _ := c.room.Get().(*[]byte)
	if room == nil {
		room = new([]byte)
	}
	defer c.room.Put(room)
	compact, err := c.appendPlain((*room)[:0], b)
	if err != nil {
		return err
	}
	if cap(compact) <= window {
		*room = compact
	}
	if err := read(compact); err != nil {
		return broken("%v", err)
	}
	return nil
}
