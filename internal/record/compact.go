package record

// The brief view as bytes, for stores and caches: the whole country has to be
// read in half a second, for which JSON of 8,000 × 28 standings is too slow.

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
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
	l = l.Brief()
	standings := l.Standings
	l.Standings = nil
	head, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("packing the view of %s: %w", l.Comune.Istat, err)
	}
	w := packer{b: append(b, compactFormat)}
	w.text(string(head))
	w.number(len(standings))
	for _, s := range standings {
		w.standing(s)
	}
	return w.b, nil
}

// ParseCompact undoes AppendCompact. Its strings share the memory of one copy
// of b. The error wraps ErrCompact.
func ParseCompact(b []byte) (Latest, error) {
	if len(b) == 0 || b[0] != compactFormat {
		return Latest{}, ErrCompact
	}
	r := unpacker{s: string(b[1:])}
	var l Latest
	if err := json.Unmarshal([]byte(r.text()), &l); err != nil {
		return Latest{}, fmt.Errorf("%w: %w", ErrCompact, err)
	}
	n := r.count()
	l.Standings = make([]Standing, n)
	for i := range l.Standings {
		r.standing(&l.Standings[i])
	}
	if r.short || r.s != "" {
		return Latest{}, fmt.Errorf("%w: it ends too early or too late", ErrCompact)
	}
	return l, nil
}

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
	for _, s := range []string{f.Check, f.Kind, f.Value, f.URL, f.Place, f.Snippet, f.Rule, f.Target} {
		w.text(s)
	}
	w.number(f.Depth)
}

// unpacker reads what a packer wrote. Where the bytes end too early it goes on
// with zero values and is short.
type unpacker struct {
	s     string
	short bool
}

// varint reads an unsigned number of at most ten bytes.
func (r *unpacker) varint() uint64 {
	var x uint64
	for i := 0; i < len(r.s) && i < binary.MaxVarintLen64; i++ {
		c := r.s[i]
		x |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.s = r.s[i+1:]
			return x
		}
	}
	r.s, r.short = "", true
	return 0
}

func (r *unpacker) take(n uint64) string {
	if n > uint64(len(r.s)) {
		r.s, r.short = "", true
		return ""
	}
	s := r.s[:n]
	r.s = r.s[n:]
	return s
}

func (r *unpacker) text() string { return r.take(r.varint()) }

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
	if n < 0 || n > len(r.s)/minStanding {
		r.s, r.short = "", true
		return 0
	}
	return n
}

func (r *unpacker) time() time.Time {
	b := r.take(8)
	if len(b) < 8 {
		return time.Time{}
	}
	var ns uint64
	for i := range 8 {
		ns = ns<<8 | uint64(b[i])
	}
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
	}
	s.Run, s.Night, s.Nights = r.text(), r.text(), r.number()
	s.Checked, s.FirstSeen, s.LastChanged, s.LastDefiniteAt = r.time(), r.time(), r.time(), r.time()
}

func (r *unpacker) finding(f *finding.Finding) (flags byte) {
	if b := r.take(1); b != "" {
		flags = b[0]
	}
	f.Check, f.Nature, f.Verdict = r.text(), finding.Nature(r.text()), finding.Verdict(r.text())
	f.Reason, f.Value, f.Confidence = finding.Reason(r.text()), r.text(), finding.Confidence(r.text())
	f.Version, f.Unconfirmed = r.number(), flags&unconfirmed != 0
	if flags&hasEvidence != 0 {
		f.Evidence = []finding.Fact{r.fact()}
	}
	if flags&hasCandidate != 0 {
		f.Candidates = []finding.Fact{r.fact()}
	}
	if flags&hasLooked != 0 {
		f.Looked = []string{r.text()}
	}
	return flags
}

func (r *unpacker) fact() finding.Fact {
	return finding.Fact{
		Check: r.text(), Kind: r.text(), Value: r.text(), URL: r.text(), Place: r.text(),
		Snippet: r.text(), Rule: r.text(), Target: r.text(), Depth: r.number(),
	}
}
