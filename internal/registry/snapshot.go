package registry

// The registry as the local copy has it: one frozen view for a whole run.

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"
)

// ErrNoCopy says that there is no local copy of IPA's bodies.
var ErrNoCopy = errors.New("no local copy of the registry")

// Snapshot is what the registries said when the copy was made. Nothing of it
// changes once it is loaded.
type Snapshot struct {
	Comuni  []Comune  // by ISTAT code
	Bodies  []Body    // regions, provinces, metropolitan cities, unions
	AsOf    time.Time // when IPA's bodies were last known to be current; zero: not known
	Sources map[Source]SourceState
	Dropped map[string]int // rows of enti by reason
	Join    Join           // with ISTAT's list
	Stale   []Source       // sources whose copy could not be read, so that the one before it was
	Damaged []Source       // sources of which neither could be read: as if they had not been fetched
	Gaps    Gaps           // rows of IPA's RTDs and offices that could not be read

	offices map[string]Office // of Bodies, by folded IPA code; nil: the data set is not at hand
}

// Office is what IPA's data set of RTDs says of one of Bodies; of another, and where
// the data set is not at hand, the zero Office.
func (s *Snapshot) Office(ipa string) Office { return s.offices[FoldIPA(ipa)] }

// Load reads the local copy. Without IPA's bodies it is ErrNoCopy; without the RTDs no
// comune's Office is known, without the offices only that of comuni which the RTDs have
// a row for; without ISTAT's list the comuni are those of IPA. A copy that cannot be
// read gives way to the one before it, and where neither can, it is an error of IPA's
// bodies alone. A file of extra that cannot be read is an *ExtraError.
func Load(dir string, extra Extra) (*Snapshot, error) {
	d := folder(dir)
	s := &Snapshot{Sources: d.state()}
	dump, err := readSource(d, s, SourceEnti, ReadEnti)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNoCopy, dir)
	}
	if err != nil {
		return nil, err
	}
	s.Comuni, s.Bodies, s.Dropped = dump.Comuni, dump.Bodies, dump.Dropped
	s.AsOf = s.checked(SourceEnti)
	if list, ok := readFurther(d, s, SourceIstat, ReadIstat); ok && len(list) > 0 {
		s.Comuni, s.Join = joinIstat(s.Comuni, dump.Displaced, list)
	}
	additions, err := extra.Read()
	if err != nil {
		return nil, err
	}
	additions.Complete(s.Comuni)
	if rtds, ok := readFurther(d, s, SourceRTD, ReadRTD); ok {
		rtds.AsOf = s.checked(SourceRTD)
		if offices, ok := d.offices(s); ok {
			rtds = rtds.With(offices)
			rtds.AsOf = earlier(rtds.AsOf, s.checked(SourceOffices))
		} else {
			rtds.Gaps.Anybody = true
		}
		s.Gaps = rtds.Gaps
		s.offices = make(map[string]Office, len(s.Bodies))
		for _, b := range s.Bodies {
			s.offices[FoldIPA(b.IPA)] = rtds.Office(b.IPA, nil)
		}
		rtds.Gaps = rtds.Gaps.with(unlisted(s.Comuni, s.Bodies))
		rtds.Attach(s.Comuni)
		rtds.AttachUnions(s.Comuni, s.Bodies)
	}
	return s, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// checked is when a source's copy was last known to be current. Of the copy
// before it nothing is known: it is as old as can be.
func (s *Snapshot) checked(source Source) time.Time {
	if slices.Contains(s.Stale, source) {
		return time.Time{}
	}
	return s.Sources[source].Checked
}

// readSource reads a source's copy, or the one before it.
func readSource[T any](d folder, s *Snapshot, source Source, read func(io.Reader) (T, error)) (T, error) {
	got, err := readFile(d.path(source), read)
	if err == nil {
		return got, nil
	}
	previous, previousErr := readFile(d.previous(source), read)
	if previousErr != nil {
		var none T
		return none, err
	}
	s.Stale = append(s.Stale, source)
	return previous, nil
}

// readFurther reads a source that can be done without, and notes one that is there and
// cannot be read.
func readFurther[T any](d folder, s *Snapshot, source Source, read func(io.Reader) (T, error)) (T, bool) {
	got, err := readSource(d, s, source, read)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.Damaged = append(s.Damaged, source)
	}
	return got, err == nil
}

func readFile[T any](name string, read func(io.Reader) (T, error)) (T, error) {
	var none T
	f, err := os.Open(name)
	if err != nil {
		return none, err
	}
	defer f.Close()
	got, err := read(f)
	if err != nil {
		return none, fmt.Errorf("%s: %w", name, err)
	}
	return got, nil
}

// Age is how long ago the copy of IPA's bodies was last known to be current.
func (s *Snapshot) Age(now time.Time) time.Duration {
	if s.AsOf.IsZero() {
		return 1<<63 - 1
	}
	return now.Sub(s.AsOf)
}

// Complete fills in what IPA's own row of a comune does not say and the copy, however
// old, does: province and region, inhabitants, where it lies, its other names. A
// comune that was looked up alone would lose them otherwise. What a verdict rests on
// is left as it was looked up.
func (s *Snapshot) Complete(c *Comune) {
	i := slices.IndexFunc(s.Comuni, func(x Comune) bool { return x.Istat == c.Istat || FoldIPA(x.IPA) == FoldIPA(c.IPA) })
	if i < 0 {
		return
	}
	kept := s.Comuni[i]
	c.Province, c.Region = cmp.Or(c.Province, kept.Province), cmp.Or(c.Region, kept.Region)
	c.Population = cmp.Or(c.Population, kept.Population)
	if c.Lat == 0 && c.Lng == 0 {
		c.Lat, c.Lng = kept.Lat, kept.Lng
	}
	if len(c.Aliases) == 0 {
		c.Aliases = slices.Clone(kept.Aliases)
	}
}

// Catalogue indexes the comuni.
func (s *Snapshot) Catalogue() *Catalogue { return NewCatalogue(s.Comuni) }

// QuirkCounts gives the quirks of the comuni, the most frequent first.
func (s *Snapshot) QuirkCounts() []QuirkCount { return CountQuirks(s.Comuni) }
