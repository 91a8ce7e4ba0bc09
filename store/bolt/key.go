package bolt

// Keys, and what may become one.

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

const (
	istatLen = 6
	timeLen  = 8
	maxName  = 100 // bytes of a run or check id
)

// earliest and latest bound the moments that keys can order.
var (
	earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixNano()))
}

// timeOf reads the moment at the start of b.
func timeOf(b []byte) time.Time { return time.Unix(0, int64(binary.BigEndian.Uint64(b))).UTC() }

func historyKey(istat string, started time.Time, run string) []byte {
	return append(appendTime([]byte(istat), started), run...)
}

// historyParts are the parts of a history key after the ISTAT code.
func historyParts(key []byte) (started time.Time, run string, err error) {
	if len(key) <= istatLen+timeLen {
		return time.Time{}, "", broken("a history key of %d bytes", len(key))
	}
	return timeOf(key[istatLen:]), string(key[istatLen+timeLen:]), nil
}

func runKey(r record.Run) []byte { return append(appendTime(nil, r.Started), r.ID...) }

func changeKey(c record.Change) []byte {
	return append(append(appendTime(nil, c.At), c.Istat...), c.Check...)
}

func validIstat(s string) error {
	ok := len(s) == istatLen
	for i := 0; ok && i < len(s); i++ {
		ok = s[i] >= '0' && s[i] <= '9'
	}
	if !ok {
		return &store.InvalidError{What: s, Why: "not an ISTAT code of six digits"}
	}
	return nil
}

func validName(kind, s string) error {
	ok := s != "" && len(s) <= maxName
	for i := 0; ok && i < len(s); i++ {
		ok = s[i] > ' ' && s[i] < 0x7f
	}
	if !ok {
		return &store.InvalidError{What: s, Why: fmt.Sprintf("a %s is 1 to %d printable ASCII characters", kind, maxName)}
	}
	return nil
}

func validTime(what string, t time.Time) error {
	if t.Before(earliest) || t.After(latest) {
		return &store.InvalidError{What: what, Why: fmt.Sprintf("%s is no time it can have started at", t)}
	}
	return nil
}

func validRun(r record.Run) error {
	if err := validName("run id", r.ID); err != nil {
		return err
	}
	if r.Kind != record.Night && r.Kind != record.Request {
		return &store.InvalidError{What: r.ID, Why: fmt.Sprintf("no kind of run is called %q", r.Kind)}
	}
	if r.Night != "" {
		if _, err := dayOf(r.Night); err != nil || r.Kind != record.Night {
			return &store.InvalidError{What: r.ID, Why: fmt.Sprintf("%q is not its night", r.Night)}
		}
	}
	return validTime(r.ID, r.Started)
}

func validAssessment(a record.Assessment) error {
	if err := validIstat(a.Comune.Istat); err != nil {
		return err
	}
	for _, f := range a.Findings {
		if err := validName("check id", f.Check); err != nil {
			return fmt.Errorf("assessment of %s: %w", a.Comune.Istat, err)
		}
	}
	return validTime(a.Comune.Istat, a.Started)
}

// dayOf is a date as a number of days since 1970.
func dayOf(night string) (uint32, error) {
	t, err := time.Parse(time.DateOnly, night)
	if err != nil || t.Before(earliest) || t.After(latest) {
		return 0, fmt.Errorf("%q is no date", night)
	}
	return uint32(t.Unix() / (24 * 60 * 60)), nil
}

// midnight is when the day of that number starts in UTC.
func midnight(day uint32) time.Time { return time.Unix(int64(day)*24*60*60, 0).UTC() }
