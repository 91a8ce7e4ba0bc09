package assess

// The night after a night on which nothing has changed: where every page is
// confirmed, the facts of the night before are those of tonight, and only judging
// is done again. They hold under the same program, rules, settings and registry row,
// and for as long as the servers are believed; see docs/ARCHITECTURE.md.

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// trail is how the visit before went, as far as tonight's has gone the same way, and
// how tonight's goes where it goes its own. The zero value knows of none and keeps
// none.
type trail struct {
	under  []byte            // what both must be made under; nil: no trace is kept
	before *record.KeptTrace // nil: it is not gone again
	pages  []record.KeptPage // of before
	at     int               // how many of them are confirmed

	published int // the first fact of before that shows a publication; as many as there are where none does

	weighed         bool // what is open once all of them are
	enough, settled bool

	after *page.Trace // of tonight's visit, where it may be gone again
	shown []record.KeptShowing
	open  []string
}

// under is what decides what a visit to a comune reads and what is noted of it,
// beside the site itself and the day; nil where that is not known.
func (a *Assessor) underOf(c registry.Comune, everything bool) []byte {
	if a.under == "" {
		return nil
	}
	row := c
	row.RTD.AsOf = time.Time{} // is judged, and decides nothing that is noted
	text, err := json.Marshal(struct {
		Under      string
		Index      int
		Everything bool
		Asked      bool
		Checks     []string
		Comune     registry.Comune
		Nearby     []registry.Union
	}{a.under, page.IndexVersion, everything, a.declarer != nil, a.versions(), row, c.RTD.Nearby})
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

func (a *Assessor) versions() []string {
	out := make([]string, len(a.checks))
	for i, c := range a.checks {
		out[i] = fmt.Sprintf("%s %d", c.Meta.ID, c.Meta.Version)
	}
	return out
}

// remember finds the trace of the visit before, where it may be gone again.
func (w *watcher) remember(r Request) {
	s := w.shelf
	if s == nil {
		return
	}
	w.trail.under = w.assessor.underOf(w.notes.Comune, r.Everything)
	if w.trail.under == nil || !s.asks || !slices.Equal(s.before.Under, w.trail.under) {
		return
	}
	b, err := s.keeper.Index(s.ctx, s.now.Istat, s.before.Trace)
	if err != nil {
		return
	}
	k, err := record.UnpackTrace(b)
	if err != nil || len(k.Shown) != len(s.before.Pages) {
		w.assessor.log.Warn("kept trace not read", "istat", s.now.Istat, "err", err)
		return
	}
	for i := range k.Trace.Steps {
		if step := &k.Trace.Steps[i]; step.Kind == page.FetchSitemap {
			step.Source = s.askedBy(step.Source)
		}
	}
	w.trail.before, w.trail.pages = &k, s.before.Pages
	for f := range k.Facts.All() {
		if _, ok := checks.PublicationOf(f); ok {
			break
		}
		w.trail.published++
	}
}

// facts are those noted, or those that the visit before had noted by the page
// confirmed last.
func (w *watcher) facts() []finding.Fact {
	t := &w.trail
	if t.before == nil || t.at == 0 {
		return w.notes.Facts()
	}
	return t.before.Facts.First(t.before.Shown[t.at-1].Facts)
}

// Before implements crawler.Trail.
func (w *watcher) Before() *page.Trace {
	if w.trail.before == nil {
		return nil
	}
	return &w.trail.before.Trace
}

// Confirmed implements crawler.Trail. After a page by which AgID's answer was still to
// come the next was perhaps read for that alone, or would be another with the answer.
func (w *watcher) Confirmed() bool {
	t := &w.trail
	k, then := t.pages[t.at], t.before.Shown[t.at]
	t.at++
	w.count(k.Source.URL, k.For, true)
	w.shelf.again(k)
	if !w.inquiry.begun() && then.Facts > t.published {
		w.inquiry.begin(w.assessor, w.facts())
	}
	if then.Unanswered && t.at < len(t.pages) && !wouldAsk(w.open(), t.pages[t.at].For, then.Open) {
		return false
	}
	if !t.weighed && !w.inquiry.pending() && (w.inquiry.begun() || t.published == t.before.Facts.Len()) {
		w.weigh()
	}
	return !t.weighed || t.enough
}

// wouldAsk tells whether a page that was asked for on account of some interests would
// be by those open: one of them is, and nothing that was not then, or waited longer.
func wouldAsk(open []page.Interest, ids, then []string) bool {
	return !slices.ContainsFunc(waiting(open), func(s string) bool { return !slices.Contains(then, s) }) &&
		slices.ContainsFunc(open, func(i page.Interest) bool { return slices.Contains(ids, i.ID) })
}

// waiting are interests with how long each waits.
func waiting(open []page.Interest) []string {
	out := make([]string, len(open))
	for n, i := range open {
		out[n] = fmt.Sprintf("%s %d", i.ID, i.Wait)
	}
	return out
}

// Enough implements crawler.Trail: with AgID's answers, on the day it is, nothing
// is open that was not open when that visit had read all there was for it.
func (w *watcher) Enough() (enough, settled bool) {
	if !w.trail.weighed {
		w.inquiry.wait()
		w.weigh()
	}
	return w.trail.enough, w.trail.settled
}

// weigh judges as if every page were confirmed. As soon as AgID's answers are there
// that tells whether the way is to be left in the end: better at once, for then the
// pages come in the order they would have.
func (w *watcher) weigh() {
	t := &w.trail
	at, pages, extra, read := t.at, w.pages, w.extra, maps.Clone(w.read)
	for _, k := range t.pages[at:] {
		w.count(k.Source.URL, k.For, true)
	}
	t.at = len(t.pages)
	open := w.open()
	t.at, w.pages, w.extra, w.read = at, pages, extra, read
	t.weighed, t.settled = true, len(open) == 0
	t.enough = !slices.ContainsFunc(open, func(i page.Interest) bool { return !slices.Contains(t.before.Open, i.ID) })
}

// Astray implements crawler.Trail.
func (w *watcher) Astray() {
	w.trail.before, w.trail.at = nil, 0
	w.home, w.pages, w.extra, w.shelf.now.Pages = "", 0, 0, nil
	clear(w.read)
}

// Keep implements crawler.Trail.
func (w *watcher) Keep(t page.Trace) { w.trail.after = &t }

// saw notes what there was once a page had been shown.
func (t *trail) saw(facts int, unanswered bool, open []page.Interest) {
	now := record.KeptShowing{Facts: facts, Unanswered: unanswered}
	if unanswered {
		now.Open = waiting(open)
	}
	t.shown = append(t.shown, now)
	t.left(open)
}

// heard notes that AgID's answer came before anything was read after the page shown last.
func (t *trail) heard(open []page.Interest) {
	if n := len(t.shown); n > 0 {
		t.shown[n-1].Unanswered, t.shown[n-1].Open = false, nil
	}
	t.left(open)
}

// left notes what is open.
func (t *trail) left(open []page.Interest) {
	t.open = t.open[:0]
	for _, i := range open {
		t.open = append(t.open, i.ID)
	}
}

// answer marks as answered what was shown before AgID's answers came, if the next page
// would have been asked for with them too: so the next night need not ask itself.
func (w *watcher) answer() {
	t, facts := &w.trail, w.notes.Facts()
	if w.inquiry.wait(); !w.inquiry.heard {
		return
	}
	w.pages, w.extra = 0, 0
	clear(w.read)
	for i, k := range w.shelf.now.Pages {
		w.count(k.Source.URL, k.For, true)
		then := &t.shown[i]
		if !then.Unanswered || i+1 == len(w.shelf.now.Pages) {
			continue
		}
		if wouldAsk(w.openBy(facts[:then.Facts:then.Facts]), w.shelf.now.Pages[i+1].For, then.Open) {
			then.Unanswered, then.Open = false, nil
		}
	}
}

// end keeps the visit with its trace: the one it went by, or its own if no check
// broke on the way.
func (w *watcher) end() error {
	t, s := &w.trail, w.shelf
	switch {
	case s == nil || s.broken != nil:
	case t.before != nil && t.at == len(t.pages):
		s.now.Under, s.now.Trace = t.under, s.before.Trace
	case t.after != nil && t.under != nil && len(w.missed) == 0 && len(t.shown) == len(s.now.Pages):
		w.answer()
		b, err := record.PackTrace(record.KeptTrace{Trace: *t.after, Facts: w.notes.Packed(), Shown: t.shown, Open: t.open})
		if err == nil {
			s.now.Trace, err = s.keeper.KeepIndex(s.ctx, s.now.Istat, b)
		}
		if s.now.Under = t.under; err != nil {
			s.broken = err
		}
	}
	return s.end()
}
