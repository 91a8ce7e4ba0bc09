package finding

// Facts that wait. A polite visit waits for minutes and hundreds are under way, so
// what was noted lies as bytes meanwhile, each fact as what it does not share with
// the one before: less than half of the room (115 bytes a fact of the replica, which
// takes 136 and its text otherwise), and nothing for a collector to follow.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

// Packed is facts in order, as bytes. The zero value holds none. What Append was not
// given comes from UnmarshalBinary alone, so that it can always be read.
type Packed struct {
	n    int
	text string // of which the strings of facts are part
}

// ErrPacked is returned for bytes that are no packed facts.
var ErrPacked = errors.New("not packed facts")

// maxPacked bounds the facts that stored bytes may be, so that a damaged file costs an
// error and no memory: each takes two bytes at the least, and 136 unpacked.
const maxPacked = 1 << 16

// Len is how many facts there are.
func (p *Packed) Len() int { return p.n }

// Append adds facts after those that are there.
func (p *Packed) Append(facts ...Fact) {
	var before [FactStrings]*string // of the first: none, for what was given before is gone
	b := append(make([]byte, 0, len(p.text)+usualFact*len(facts)), p.text...)
	for i := range facts {
		at, now := len(b), facts[i].Strings()
		b = append(b, 0) // a bit for each string: it is that of the fact before
		for j, s := range now {
			if before[j] != nil && *before[j] == *s {
				b[at] |= 1 << j
				continue
			}
			b = binary.AppendUvarint(b, uint64(len(*s)))
			b = append(b, *s...)
		}
		b = binary.AppendVarint(b, int64(facts[i].Depth))
		before = now
	}
	p.n, p.text = p.n+len(facts), string(b)
}

// usualFact is how many bytes one mostly takes.
const usualFact = 128

// First are the first n facts, or all if there are fewer. Their strings share memory.
func (p *Packed) First(n int) []Fact {
	n = min(n, p.n)
	if n <= 0 {
		return nil
	}
	out := make([]Fact, 0, n)
	for f := range p.All() {
		if out = append(out, f); len(out) == n {
			break
		}
	}
	return out
}

// All gives the facts one by one. Their strings share memory.
func (p *Packed) All() iter.Seq[Fact] {
	return func(yield func(Fact) bool) {
		var f Fact
		for rest := p.text; rest != ""; {
			if rest, _ = f.read(rest); !yield(f) {
				return
			}
		}
	}
}

// read reads what is unlike the fact before, which f holds, and gives what follows; false
// where the text ends too early.
func (f *Fact) read(text string) (rest string, ok bool) {
	if text == "" {
		return "", false
	}
	shared, text := text[0], text[1:]
	for i, s := range f.Strings() {
		if shared&(1<<i) != 0 {
			continue
		}
		size, n := uvarint(text)
		if n <= 0 || size > uint64(len(text)-n) {
			return "", false
		}
		*s, text = text[n:n+int(size)], text[n+int(size):]
	}
	depth, n := uvarint(text)
	if n <= 0 {
		return "", false
	}
	f.Depth = int(int64(depth>>1) ^ -int64(depth&1)) // as [binary.Varint] has it
	return text[n:], true
}

// uvarint is [binary.Uvarint] of a string.
func uvarint(s string) (uint64, int) {
	var room [binary.MaxVarintLen64]byte
	return binary.Uvarint(room[:copy(room[:], s)])
}

// MarshalBinary implements [encoding.BinaryMarshaler]. The error is always nil.
func (p Packed) MarshalBinary() ([]byte, error) {
	return append(binary.AppendUvarint(nil, uint64(p.n)), p.text...), nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler]. The error wraps ErrPacked.
func (p *Packed) UnmarshalBinary(b []byte) error {
	*p = Packed{}
	n, size := binary.Uvarint(b)
	if size <= 0 || n > maxPacked {
		return fmt.Errorf("%w: no number of them, or more than %d", ErrPacked, maxPacked)
	}
	text := string(b[size:])
	var f Fact
	rest, ok := text, true
	for range n {
		if rest, ok = f.read(rest); !ok {
			break
		}
	}
	if !ok || rest != "" {
		return fmt.Errorf("%w: they end too early or too late", ErrPacked)
	}
	p.n, p.text = int(n), text
	return nil
}
