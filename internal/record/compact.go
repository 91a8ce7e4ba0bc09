package record

// The brief view as bytes, for stores and caches: the whole country has to be
// read in half a second, for which JSON of 8,000 × 28 standings is too slow.

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
)

// compactFormat is the first byte of the compact form. It changes with every
// field of Standing, finding.Finding and finding.Fact (a test counts them).
const compactFormat = 1

// ErrCompact is returned for bytes that are no compact form, or one of another
// version of vigile.
var ErrCompact = errors.New("not a compact brief view")

// AppendCompact appends the compact form of l.Brief() to b: what there is once
// a comune as JSON, then the standings as length-prefixed strings and numbers.
// It keeps times from 1678 to 2262, to the nanosecond, as UTC.
func (l Latest) AppendCompact(b []byte) ([]byte, error) {
	standings := l.Standings
	l.Standings = nil
	head, err := json.Marshal(l.Brief())
	if err != nil {
		return nil, fmt.Errorf("packing the view of %s: %w", l.Comune.Istat, err)
	}
	const usualStanding = 192 // bytes
	w := packer{b: append(slices.Grow(b, len(head)+usualStanding*len(standings)), compactFormat)}
	w.text(string(head))
	w.number(len(standings))
	for _, s := range standings {
		w.standing(s.brief())
	}
	return w.b, nil
}

// ParseCompact undoes AppendCompact. Its strings share the memory of one copy
// of b. The error wraps ErrCompact.
func ParseCompact(b []byte) (Latest, error) {
	var l Latest
	if err := (&unpacker{b: b, text: string(b)}).latest(&l); err != nil {
		return Latest{}, err
	}
	return l, nil
}

// ReadBare reads a compact form into l without evidence, candidates and pages looked at:
// what the comuni are counted by. It makes little: l's standings lie where they lay, and a
// string of one that says the same as before is kept. The error wraps ErrCompact, and l
// is then of no use but to be read into again.
func (l *Latest) ReadBare(b []byte) error { return (&unpacker{b: b, bare: true}).latest(l) }

// Which parts of a standing follow.
const (
	hasEvidence = 1 << iota
	hasCandidate
	hasLooked
	hasDefinite // a last definite finding that is not the last finding
	sameDefinite
	unconfirmed
)

type packer struct{ b []byte }

func (w *packer) text(s string) {
	w.b = binary.AppendUvarint(w.b, uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *packer) number(n int) { w.b = binary.AppendVarint(w.b, int64(n)) }

func (w *packer) time(t time.Time) {
	var ns int64 // 0: the zero time
	if !t.IsZero() {
		ns = t.UnixNano()
	}
	w.b = binary.BigEndian.AppendUint64(w.b, uint64(ns))
}

func (w *packer) standing(s Standing) {
	definite := byte(hasDefinite)
	switch {
	case !s.LastDefinite.Verdict.Definite():
		definite = 0
	case s.Finding.Verdict.Definite() && !s.Finding.Unconfirmed:
		definite = sameDefinite
	}
	w.finding(s.Finding, definite)
	if definite == hasDefinite {
		w.finding(s.LastDefinite, 0)
	}
	w.text(s.Run)
	w.text(s.Night)
	w.number(s.Nights)
	for _, t := range []time.Time{s.Checked, s.FirstSeen, s.LastChanged, s.LastDefiniteAt} {
		w.time(t)
	}
}

func (w *packer) finding(f finding.Finding, flags byte) {
	if len(f.Evidence) > 0 {
		flags |= hasEvidence
	}
	if len(f.Candidates) > 0 {
		flags |= hasCandidate
	}
	if len(f.Looked) > 0 {
		flags |= hasLooked
	}
	if f.Unconfirmed {
		flags |= unconfirmed
	}
	w.b = append(w.b, flags)
	for _, s := range []string{f.Check, string(f.Nature), string(f.Verdict), string(f.Reason), f.Value, string(f.Confidence)} {
		w.text(s)
	}
	w.number(f.Version)
	for _, facts := range [][]finding.Fact{f.Evidence, f.Candidates} {
		for _, fact := range facts {
			w.fact(fact)
		}
	}
	for _, url := range f.Looked {
		w.text(url)
	}
}

func (w *packer) fact(f finding.Fact) {
	for _, s := range f.Strings() {
		w.text(*s)
	}
	w.number(f.Depth)
}

// unpacker reads what a packer wrote. Where the bytes end too early it goes on
// with zero values and is short.
type unpacker struct {
	b     []byte
	at    int
	text  string // b, for strings to be part of; empty: they are made
	bare  bool   // what is found out is read, not by what
	short bool
}

// latest reads a whole compact form into l, in whose standings there may be others.
func (r *unpacker) latest(l *Latest) error {
	if len(r.b) == 0 || r.b[0] != compactFormat {
		return ErrCompact
	}
	r.at++
	room := l.Standings[:0]
	*l = Latest{}
	if err := json.Unmarshal(r.take(r.varint()), l); err != nil {
		return fmt.Errorf("%w: %w", ErrCompact, err)
	}
	n := r.count()
	l.Standings = slices.Grow(room, n)[:n]
	for i := range l.Standings {
		r.standing(&l.Standings[i])
	}
	if r.short || r.at < len(r.b) {
		return fmt.Errorf("%w: it ends too early or too late", ErrCompact)
	}
	return nil
}

// varint reads an unsigned number of at most ten bytes.
func (r *unpacker) varint() uint64 {
	x, n := binary.Uvarint(r.b[r.at:])
	if n <= 0 {
		r.end()
		return 0
	}
	r.at += n
	return x
}

func (r *unpacker) end() { r.at, r.short = len(r.b), true }

func (r *unpacker) take(n uint64) []byte {
	if n > uint64(len(r.b)-r.at) {
		r.end()
		return nil
	}
	r.at += int(n)
	return r.b[r.at-int(n) : r.at]
}

// string reads a string, which is the one that was there where it says the same.
func (r *unpacker) string(was string) string {
	b := r.take(r.varint())
	switch {
	case string(b) == was:
		return was
	case r.text != "":
		return r.text[r.at-len(b) : r.at]
	}
	return string(b)
}

func (r *unpacker) skip() { r.take(r.varint()) }

func (r *unpacker) number() int {
	x := r.varint()
	return int(int64(x>>1) ^ -int64(x&1))
}

// minStanding is the least that a standing takes: its flags, eight lengths, two
// numbers and four times.
const minStanding = 1 + 8 + 2 + 4*8

// count is the number of standings to come.
func (r *unpacker) count() int {
	n := r.number()
	if n < 0 || n > (len(r.b)-r.at)/minStanding {
		r.end()
		return 0
	}
	return n
}

func (r *unpacker) time() time.Time {
	b := r.take(8)
	if b == nil {
		return time.Time{}
	}
	ns := binary.BigEndian.Uint64(b)
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(ns)).UTC()
}

func (r *unpacker) standing(s *Standing) {
	flags := r.finding(&s.Finding)
	switch {
	case flags&sameDefinite != 0:
		s.LastDefinite = s.Finding
	case flags&hasDefinite != 0:
		r.finding(&s.LastDefinite)
	default:
		s.LastDefinite = finding.Finding{}
	}
	s.Run, s.Night, s.Nights = r.string(s.Run), r.string(s.Night), r.number()
	s.Checked, s.FirstSeen, s.LastChanged, s.LastDefiniteAt = r.time(), r.time(), r.time(), r.time()
}

func (r *unpacker) finding(f *finding.Finding) (flags byte) {
	if b := r.take(1); b != nil {
		flags = b[0]
	}
	f.Check, f.Nature, f.Verdict = r.string(f.Check), finding.Nature(r.string(string(f.Nature))), finding.Verdict(r.string(string(f.Verdict)))
	f.Reason, f.Value, f.Confidence = finding.Reason(r.string(string(f.Reason))), r.string(f.Value), finding.Confidence(r.string(string(f.Confidence)))
	f.Version, f.Unconfirmed = r.number(), flags&unconfirmed != 0
	f.Evidence, f.Candidates, f.Looked = nil, nil, nil
	if flags&hasEvidence != 0 {
		f.Evidence = r.facts()
	}
	if flags&hasCandidate != 0 {
		f.Candidates = r.facts()
	}
	if flags&hasLooked != 0 {
		f.Looked = r.looked()
	}
	return flags
}

// facts is the first fact of a finding, alone.
func (r *unpacker) facts() []finding.Fact {
	if r.bare {
		for range finding.FactStrings {
			r.skip()
		}
		r.number()
		return nil
	}
	out := make([]finding.Fact, 1)
	for _, s := range out[0].Strings() {
		*s = r.string("")
	}
	out[0].Depth = r.number()
	return out
}

func (r *unpacker) looked() []string {
	if r.bare {
		r.skip()
		return nil
	}
	return []string{r.string("")}
}
