package web

// The whole country in a few megabytes: what the metrics and the lists are made
// of. Going through the store takes half a second; going through this, none.

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

// Bounds on what the registry's own words may become as labels.
const (
	maxPlaces = 200 // pairs of province and region; Italy has 107
	maxLabel  = 80  // characters
)

// definiteAge is how long a definite verdict speaks for a comune that could not
// be judged since.
const definiteAge = 14 * 24 * time.Hour

// snapshot is the present view of every comune, without evidence.
type snapshot struct {
	taken   time.Time
	about   *about
	places  []place
	reasons []finding.Reason // of the closed list, those that occur; the first is none
	comuni  []comune         // by ISTAT code
	entries []entry          // those of one comune together, by check
	checks  []checkCount     // sorted by check, verdict, reason, place
	reaches []reachCount     // sorted by reach, place
}

type place struct{ province, region string }

// elsewhere is the place of the comuni of places beyond maxPlaces.
var elsewhere = place{"altre", "altre"}

type comune struct {
	istat, name, key    string // key: what a search is matched against
	cms, supplier, size string
	entries             [2]uint32 // from, to
	place               uint16
	reach               uint8 // of page.Reaches
	recent              bool  // visited within definiteAge
}

// entry is the standing of one check of one comune.
type entry struct {
	since     uint32 // Unix seconds since when the definite finding has been what it is; 0: too old, or none
	check     uint16
	reason    uint16 // of the last visit
	definite  uint16 // reason of the last definite verdict
	verdict   uint8  // of the last visit, in finding.Verdicts
	compliant compliance
}

// compliance is whether an obligation is met.
type compliance uint8

const (
	notSaid compliance = iota
	unmet
	met
)

type checkCount struct {
	check, reason, place uint16
	verdict              uint8
	comuni               int
}

type reachCount struct {
	reach  uint8
	place  uint16
	comuni int
}

var (
	verdicts = finding.Verdicts()
	reaches  = page.Reaches()
)

// takeSnapshot goes through the store once. The snapshot before it, if there is
// one, tells how much room the new one takes.
func takeSnapshot(ctx context.Context, s Store, a *about, now time.Time, before *snapshot) (*snapshot, error) {
	b := newBuilder(a, now)
	if before != nil {
		const more = 64 // of them since
		b.comuni = make([]comune, 0, len(before.comuni)+more)
		b.entries = make([]entry, 0, len(before.entries)+more*len(a.metas))
	}
	for l, err := range s.Latest(ctx, report.Query{Brief: true}) {
		if err != nil {
			return nil, fmt.Errorf("counting the comuni: %w", err)
		}
		b.add(l)
	}
	return b.finish(), nil
}

// builder makes a snapshot. It keeps no string of what it is given but copies.
type builder struct {
	*snapshot
	placeOf  map[place]uint16
	reasonOf map[reasonUse]uint16
	checkSum map[checkCount]int
	reachSum map[reachCount]int
}

// reasonUse is a reason as a finding bears it.
type reasonUse struct {
	reason  finding.Reason
	check   uint16
	verdict uint8
}

func newBuilder(a *about, now time.Time) *builder {
	return &builder{
		snapshot: &snapshot{taken: now, about: a, reasons: []finding.Reason{""}},
		placeOf:  map[place]uint16{}, reasonOf: map[reasonUse]uint16{},
		checkSum: map[checkCount]int{}, reachSum: map[reachCount]int{},
	}
}

func (b *builder) add(l record.Latest) {
	name := page.Clean(l.Comune.Name, maxLabel)
	c := comune{
		istat: strings.Clone(l.Comune.Istat), name: strings.Clone(name), key: strings.Clone(searchKey(name)), size: sizeClass(l.Comune.Population),
		place: b.place(l.Comune.Province, l.Comune.Region), reach: indexOf(reaches, l.Visit.Reach, page.ReachOurFault),
		recent: !l.Checked.Before(b.taken.Add(-definiteAge)),
	}
	platform, _ := l.Standing(platformCheck)
	c.cms, c.supplier = b.about.platform(platform.LastDefinite.Value)
	c.cms = strings.Clone(c.cms)
	b.reachSum[reachCount{reach: c.reach, place: c.place}]++

	c.entries[0] = uint32(len(b.entries))
	for i, s := range l.Standings {
		check, known := b.about.index[s.Finding.Check]
		if known && (i == 0 || l.Standings[i-1].Finding.Check != s.Finding.Check) {
			e := b.entry(check, s)
			b.entries = append(b.entries, e)
			b.checkSum[checkCount{check: check, verdict: e.verdict, reason: e.reason, place: c.place}]++
		}
	}
	c.entries[1] = uint32(len(b.entries))
	b.comuni = append(b.comuni, c)
}

func (b *builder) entry(check uint16, s record.Standing) entry {
	e := entry{check: check, verdict: indexOf(verdicts, s.Finding.Verdict, finding.Unknown)}
	e.reason = b.reason(check, e.verdict, s.Finding.Reason)
	last := s.LastDefinite
	if !last.Verdict.Definite() || s.LastDefiniteAt.Before(b.taken.Add(-definiteAge)) {
		return e
	}
	e.definite = b.reason(check, indexOf(verdicts, last.Verdict, finding.Unknown), last.Reason)
	if b.about.obligation(check) {
		e.compliant = complianceOf(last)
	}
	if at := s.LastChanged.Unix(); at > 0 && at < 1<<32 {
		e.since = uint32(at)
	}
	return e
}

// complianceOf says whether a definite finding on an obligation shows the duty
// met or unmet. A failure of low confidence says neither, nor does a warning
// whose reason leaves it open.
func complianceOf(f finding.Finding) compliance {
	switch {
	case f.DutyMet():
		return met
	case f.Verdict == finding.Fail && (f.Confidence == finding.Medium || f.Confidence == finding.High):
		return unmet
	}
	return notSaid
}

// place is the index of a pair, of which there are at most maxPlaces and one
// for all others.
func (b *builder) place(province, region string) uint16 {
	key := place{province, region}
	if i, ok := b.placeOf[key]; ok {
		return i
	}
	p := place{strings.Clone(page.Clean(province, maxLabel)), strings.Clone(page.Clean(region, maxLabel))}
	if len(b.places) >= maxPlaces {
		p = elsewhere
	}
	i := slices.Index(b.places, p)
	if i < 0 {
		i = len(b.places)
		b.places = append(b.places, p)
	}
	if len(b.placeOf) < 4*maxPlaces {
		b.placeOf[place{strings.Clone(province), strings.Clone(region)}] = uint16(i)
	}
	return uint16(i)
}

// reason is the index of a reason, or that of none where the closed list does
// not have it for that check and verdict.
func (b *builder) reason(check uint16, verdict uint8, r finding.Reason) uint16 {
	if r == "" {
		return 0
	}
	use := reasonUse{check: check, verdict: verdict, reason: r}
	if i, ok := b.reasonOf[use]; ok {
		return i
	}
	spec, ok := finding.ReasonOf(b.about.metas[check].ID, r)
	if !ok || !slices.Contains(spec.Verdicts, verdicts[verdict]) {
		return 0
	}
	i := slices.Index(b.reasons, spec.Code)
	if i < 0 {
		i = len(b.reasons)
		b.reasons = append(b.reasons, spec.Code)
	}
	use.reason = spec.Code
	b.reasonOf[use] = uint16(i)
	return uint16(i)
}

// finish sorts the counts.
func (b *builder) finish() *snapshot {
	for _, k := range slices.Collect(maps.Keys(b.checkSum)) {
		n := b.checkSum[k]
		k.comuni = n
		b.checks = append(b.checks, k)
	}
	slices.SortFunc(b.checks, func(x, y checkCount) int {
		return cmp.Or(cmp.Compare(x.check, y.check), cmp.Compare(x.verdict, y.verdict),
			cmp.Compare(b.reasons[x.reason], b.reasons[y.reason]), cmp.Compare(x.place, y.place))
	})
	for _, k := range slices.Collect(maps.Keys(b.reachSum)) {
		n := b.reachSum[k]
		k.comuni = n
		b.reaches = append(b.reaches, k)
	}
	slices.SortFunc(b.reaches, func(x, y reachCount) int {
		return cmp.Or(cmp.Compare(x.reach, y.reach), cmp.Compare(x.place, y.place))
	})
	return b.snapshot
}

// indexOf is the index of x, or of otherwise where it is not in the list.
func indexOf[T comparable](list []T, x, otherwise T) uint8 {
	i := slices.Index(list, x)
	if i < 0 {
		i = slices.Index(list, otherwise)
	}
	return uint8(i)
}

func (s *snapshot) of(c *comune) []entry { return s.entries[c.entries[0]:c.entries[1]] }

// entryOf is the entry of a check of a comune.
func (s *snapshot) entryOf(c *comune, check uint16) (entry, bool) {
	for _, e := range s.of(c) {
		if e.check == check {
			return e, true
		}
	}
	return entry{}, false
}
