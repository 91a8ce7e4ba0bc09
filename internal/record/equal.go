package record

// When two assessments say the same.

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
)

// Digest identifies what an assessment says: two assessments of the same digest
// differ in nothing but the run, the times, and the measures of the wire that
// never come out twice alike (durations, sizes, the address among several, the
// library's words for an error with its port numbers, and whether a page that had
// not changed was sent again).
func Digest(a Assessment) (d [sha256.Size]byte, err error) {
	a.Run, a.Started = "", time.Time{}
	a.Comune.RTD.AsOf = time.Time{}
	a.Visit = unmeasured(a.Visit)
	a.Answers = unfetched(a.Answers)
	mode, err := digestEncoder()
	if err != nil {
		return d, err
	}
	sum := sha256.New()
	if err := mode.NewEncoder(sum).Encode(a); err != nil {
		return d, fmt.Errorf("digesting the assessment of %s: %w", a.Comune.Istat, err)
	}
	sum.Sum(d[:0])
	return d, nil
}

// digestEncoder writes equal assessments as equal bytes.
var digestEncoder = sync.OnceValues(func() (cbor.EncMode, error) {
	return cbor.EncOptions{Sort: cbor.SortBytewiseLexical, Time: cbor.TimeRFC3339NanoUTC, NilContainers: cbor.NilContainerAsEmpty}.EncMode()
})

// unfetched are the answers without the time they were fetched at: a pointer to
// the assessment before keeps that of the first.
func unfetched(answers map[string]agid.Answer) map[string]agid.Answer {
	answers = maps.Clone(answers)
	for link, answer := range answers {
		answer.FetchedAt = time.Time{}
		answers[link] = answer
	}
	return answers
}

func unmeasured(v page.Visit) page.Visit {
	v.Started, v.Took, v.Detail = time.Time{}, 0, ""
	v.Attempts = slices.Clone(v.Attempts)
	for i := range v.Attempts {
		v.Attempts[i].Address, v.Attempts[i].Detail = "", ""
	}
	v.Fetches = slices.Clone(v.Fetches)
	for i := range v.Fetches {
		f := &v.Fetches[i]
		f.Took, f.Waited, f.Size, f.Detail = 0, 0, 0, ""
	}
	v.Plain.Asked, v.Plain.Requests = time.Time{}, slices.Clone(v.Plain.Requests)
	for i := range v.Plain.Requests {
		r := &v.Plain.Requests[i]
		r.Took, r.Waited, r.Size, r.Detail = 0, 0, 0, ""
	}
	return told(v, nil)
}

// told is the visit where the fetches of those bits were answered with 304, and
// the others that had been with their page. The fetches and attempts of v are its
// own.
func told(v page.Visit, bits []byte) page.Visit {
	for i := range v.Fetches {
		f := &v.Fetches[i]
		now := i/8 < len(bits) && bits[i/8]&(1<<(i%8)) != 0
		switch was := f.Status == http.StatusNotModified && f.Unchanged; {
		case now:
			f.Status, f.Unchanged, f.Size = http.StatusNotModified, true, 0
		case was:
			f.Status, f.Unchanged = http.StatusOK, false
		default:
			f.Unchanged = false
		}
		for j := range v.Attempts {
			if a := &v.Attempts[j]; a.URL == f.URL && f.Kind == page.FetchPage && a.Reach == f.Reach && f.Reach == page.ReachOK {
				a.Status = f.Status
			}
		}
	}
	return v
}

// notModified are the bits of the fetches that were answered with 304; nil: none
// was.
func notModified(v page.Visit) (bits []byte) {
	for i, f := range v.Fetches {
		if f.Status == http.StatusNotModified && f.Unchanged {
			for len(bits) <= i/8 {
				bits = append(bits, 0)
			}
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return bits
}

// Again is the assessment a as it was made once more at another time: the same
// but for its run and its times.
func Again(a Assessment, t Times) Assessment {
	a.Run, a.Started = t.Run, t.Started
	a.Visit.Started, a.Visit.Took = t.VisitStarted, t.VisitTook
	a.Comune.RTD.AsOf = t.RTDAsOf
	a.Visit.Attempts, a.Visit.Fetches = slices.Clone(a.Visit.Attempts), slices.Clone(a.Visit.Fetches)
	a.Visit = told(a.Visit, t.NotModified)
	return a
}

// Times are what is kept of an assessment that says the same as the one before.
type Times struct {
	Run          string
	Started      time.Time
	VisitStarted time.Time
	VisitTook    time.Duration
	RTDAsOf      time.Time
	NotModified  []byte // a bit for each fetch that was answered with 304, from the lowest on; nil: none was
}

// TimesOf are the times of an assessment.
func TimesOf(a Assessment) Times {
	return Times{
		Run: a.Run, Started: a.Started, VisitStarted: a.Visit.Started, VisitTook: a.Visit.Took, RTDAsOf: a.Comune.RTD.AsOf,
		NotModified: notModified(a.Visit),
	}
}
