package web

// The whole country in a few megabytes: what the metrics and the lists are made
// of. Going through the store takes half a second; going through this, none.

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// Bounds on what the registry's own words may become as labels.
const (
	maxPlaces = 200 // pairs of province and region; Italy has 107
	maxLabel  = 80  // characters

	maxServices = 400 // characters of the list of services of one comune
	maxUnions   = 5   // of one comune
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
	kinds   []kind           // of entries, those that occur
	comuni  []comune         // by ISTAT code
	checks  []checkCount     // sorted by check, verdict, reason, place
	reaches []reachCount     // sorted by reach, place
}

type place struct{ province, region string }

// elsewhere is the place of the comuni of places beyond maxPlaces.
var elsewhere = place{"altre", "altre"}

type comune struct {
	istat, name, key    string // key: what a search is matched against
	cms, supplier, size string
	entries             packedEntries // see snapshot.entries; shared with the snapshots before and after for as long as they are the same
	mark                uint64        // of the stored view this was made from; 0: the store has none
	checked             uint32        // Unix seconds of the last visit
	place               uint16
	reach               uint8 // of page.Reaches

	services string   // what can be done on the net, as the check online-services has it
	unions   []union  // that the comune belongs to
	heads    []string // RTDs as IPA publishes them
}

// union is a union of comuni.
type union struct {
	ipa  string // folded
	name string // empty: not known
	head bool   // IPA lists an RTD for it, and for its members so
}

// entry is the standing of one check of one comune. It does not know what time
// it is: see snapshot.recent.
type entry struct {
	kind
	since      uint32 // Unix seconds since when the definite finding has been what it is; 0: none
	definiteAt uint32 // Unix seconds of the last definite verdict
}

// kind is what entries have in common: a country's quarter of a million are of some
// hundreds of kinds.
type kind struct {
	check     uint16
	reason    uint16 // of the last visit
	definite  uint16 // reason of the last definite verdict
	verdict   uint8  // of the last visit, in finding.Verdicts
	compliant compliance

	// As it is counted for metrics: see finding.Finding.Told.
	toldReason  uint16
	toldVerdict uint8
}

// packedEntries are the entries of a comune, by check, as a snapshot keeps them.
type packedEntries struct {
	moments []uint32 // that they name
	list    []packedEntry
}

type packedEntry struct {
	kind              uint32 // its number in the snapshot
	since, definiteAt uint16 // their numbers among the moments
}

// pack keeps an entry.
func (b *builder) pack(p *packedEntries, e entry) {
	n, ok := b.kindOf[e.kind]
	if !ok {
		n = uint32(len(b.kinds))
		b.kinds, b.kindOf[e.kind] = append(b.kinds, e.kind), n
	}
	p.list = append(p.list, packedEntry{n, p.moment(e.since), p.moment(e.definiteAt)})
}

// moment is the number of a moment: there are two at the most for each check.
func (p *packedEntries) moment(at uint32) uint16 {
	i := slices.Index(p.moments, at)
	if i < 0 {
		i = len(p.moments)
		p.moments = append(p.moments, at)
	}
	return uint16(i)
}

// entries are those of a comune, by check.
func (s *snapshot) entries(c *comune) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, e := range c.entries.list {
			if !yield(entry{s.kinds[e.kind], c.entries.moments[e.since], c.entries.moments[e.definiteAt]}) {
				return
			}
		}
	}
}

// compliance is whether an obligation is met.
type compliance uint8

const (
	notSaid compliance = iota
	unmet
	met
)

// checkCount counts comuni as metrics tell them.
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

func (b *builder) add(l record.Latest) {
	name := page.Clean(l.Comune.Name, maxLabel)
	c := comune{
		istat: strings.Clone(l.Comune.Istat), name: strings.Clone(name), key: strings.Clone(searchKey(name)), size: sizeClass(l.Comune.Population),
		place: b.place(l.Comune.Province, l.Comune.Region), reach: indexOf(reaches, l.Visit.Reach, page.ReachOurFault),
		checked: seconds(l.Checked), mark: b.marks[l.Comune.Istat], entries: packedEntries{list: make([]packedEntry, 0, len(l.Standings))},
	}
	delete(b.marks, l.Comune.Istat)
	platform, _ := l.Standing(platformCheck)
	c.cms, c.supplier = b.about.platform(platform.LastDefinite.Value)
	c.cms = strings.Clone(c.cms)
	c.unions, c.heads = b.unionsOf(l.Comune.RTD)
	if s, ok := l.Standing(servicesCheck); ok && s.LastDefinite.Verdict == finding.Info {
		c.services = b.once(page.Clean(s.LastDefinite.Value, maxServices))
	}
	for i, s := range l.Standings {
		check, known := b.about.index[s.Finding.Check]
		if known && (i == 0 || l.Standings[i-1].Finding.Check != s.Finding.Check) {
			b.pack(&c.entries, b.entry(check, s))
		}
	}
	c.entries.moments = slices.Clone(c.entries.moments) // no more room than they take
	b.comuni = append(b.comuni, c)
}

// seconds is a moment in Unix seconds; 0 where it has no place in them.
func seconds(t time.Time) uint32 {
	if at := t.Unix(); at > 0 && at < 1<<32 {
		return uint32(at)
	}
	return 0
}

func (b *builder) entry(check uint16, s record.Standing) entry {
	e := entry{kind: kind{check: check, verdict: indexOf(verdicts, s.Finding.Verdict, finding.Unknown)}}
	e.reason = b.reason(check, e.verdict, s.Finding.Reason)
	e.toldVerdict, e.toldReason = e.verdict, e.reason
	if told := s.Finding.Told(); told.Reason == finding.ReasonUnconfirmed {
		e.toldVerdict = indexOf(verdicts, told.Verdict, finding.Unknown)
		e.toldReason = b.reason(check, e.toldVerdict, told.Reason)
	}
	last := s.LastDefinite
	if !last.Verdict.Definite() {
		return e
	}
	e.definite = b.reason(check, indexOf(verdicts, last.Verdict, finding.Unknown), last.Reason)
	if b.about.obligation(check) {
		e.compliant = complianceOf(last)
	}
	e.since, e.definiteAt = seconds(s.LastChanged), seconds(s.LastDefiniteAt)
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

// finish counts the comuni, and sorts them and the counts.
func (b *builder) finish() *snapshot {
	slices.SortFunc(b.comuni, func(x, y comune) int { return cmp.Compare(x.istat, y.istat) }) // those lent came first
	for i := range b.comuni {
		c := &b.comuni[i]
		b.reachSum[reachCount{reach: c.reach, place: c.place}]++
		for e := range b.entries(c) {
			b.checkSum[checkCount{check: e.check, verdict: e.toldVerdict, reason: e.toldReason, place: c.place}]++
		}
	}
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

// recent tells whether a moment, in Unix seconds, is so near that what was said
// then still speaks for a comune.
func (s *snapshot) recent(at uint32) bool {
	return int64(at) >= s.taken.Add(-definiteAge).Unix()
}

// entryOf is the entry of a check of a comune.
func (s *snapshot) entryOf(c *comune, check uint16) (entry, bool) {
	for e := range s.entries(c) {
		if e.check == check {
			return e, true
		}
	}
	return entry{}, false
}
