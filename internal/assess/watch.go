package assess

// How the checks steer a visit: what is still worth reading, and when enough
// has been seen.

import (
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// extraPages is how many pages a visit may read on account of checks that are
// no obligation, unless everything was asked for.
const extraPages = 2

// fewPages is after how many pages a visit goes on for obligations alone where
// nothing is amiss so far, unless everything was asked for.
const fewPages = 8

// watcher shows the pages of one visit to the selected checks. It keeps facts,
// never pages.
type watcher struct {
	assessor   *Assessor
	checks     []checks.Check
	notes      *checks.Notes
	everything bool
	day        time.Time
	required   map[string]bool // interests some obligation has
	pages      int             // pages read
	extra      int             // those of them that no obligation wanted
	home       string
	missed     map[string]bool // checks that failed on some page
	read       map[string]bool // interests of which a page was read whole
	wanted     []page.Interest // what See or Await answered last
	shelf      *shelf          // where pages are kept; nil: nowhere
	inquiry    inquiry         // what AgID is asked while the visit lasts
	trail      trail           // the way of the visit before, and of this one
}

func newWatcher(a *Assessor, c registry.Comune, selected []checks.Check, everything bool, day time.Time) *watcher {
	w := &watcher{
		assessor: a, checks: selected, notes: &checks.Notes{Comune: c},
		everything: everything, day: day, required: map[string]bool{page.Home: true}, missed: map[string]bool{}, read: map[string]bool{},
	}
	for _, check := range selected {
		if check.Meta.Nature == finding.Obligation {
			for _, i := range check.Interests {
				w.required[i.ID] = true
			}
		}
	}
	return w
}

// See takes the facts of one page and answers with the interests still open.
func (w *watcher) See(p *page.Page) (wanted []page.Interest, settled bool) {
	w.count(p.FinalURL, p.For, p.Whole())
	for _, check := range w.checks {
		w.observe(check, p)
	}
	facts := w.notes.Facts()
	w.notes.Leave()
	w.shelf.put(p)
	w.inquiry.begin(w.assessor, facts)
	wanted = w.openBy(facts)
	w.trail.saw(len(facts), w.inquiry.pending(), wanted)
	w.wanted = wanted
	return wanted, len(wanted) == 0
}

// Await implements crawler.Awaiter: what only a bad answer of AgID's would need is not
// read before there is one. Whoever asked for everything is not kept waiting: nothing
// hangs there.
func (w *watcher) Await(ids []string) (wanted []page.Interest, settled, heard bool) {
	urgent := func(i page.Interest) bool { return i.Wait != waitAnswer && slices.Contains(ids, i.ID) }
	if !w.inquiry.pending() || slices.ContainsFunc(w.wanted, urgent) {
		return nil, false, false
	}
	w.inquiry.wait()
	facts := w.notes.Facts()
	w.notes.Leave()
	wanted = w.openBy(facts)
	w.trail.heard(wanted)
	w.wanted = wanted
	return wanted, len(wanted) == 0, true
}

// count counts a page for what it was asked for.
func (w *watcher) count(final string, ids []string, whole bool) {
	if w.home == "" {
		w.home = final
	}
	w.pages++
	if !w.wantedByObligation(ids) {
		w.extra++
	}
	if whole {
		for _, id := range ids {
			w.read[id] = true
		}
	}
}

func (w *watcher) wantedByObligation(ids []string) bool {
	for _, id := range ids {
		if w.required[id] {
			return true
		}
	}
	return len(ids) == 0
}

// observe lets one check look at one page; a panic costs that check that page.
func (w *watcher) observe(check checks.Check, p *page.Page) {
	if check.Observe == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			w.assessor.failed(check, p.FinalURL, v)
			w.missed[check.Meta.ID] = true
		}
	}()
	defer w.assessor.meter.time(check.Meta.ID)()
	check.Observe(p, w.notes)
}

// open lists the interests of the checks that more reading could still change.
// A check that passes, or that only informs and has its answer, is closed; one
// that is no obligation may cost a few pages and no more.
func (w *watcher) open() []page.Interest { return w.openBy(w.facts()) }

// openBy is open where the facts are those.
func (w *watcher) openBy(facts []finding.Fact) []page.Interest {
	so := checks.Case{
		Comune: checks.WithUnions(w.notes.Comune, facts), Facts: facts, Date: w.day, Answers: w.inquiry.soFar(),
		Visit: page.Visit{Reach: page.ReachOK, FinalURL: w.home, Site: w.notes.Comune.Site.URL, Started: w.day},
	}
	wants := newWants()
	amiss := w.everything
	for _, check := range w.checks {
		if len(check.Interests) == 0 || !w.obliged(check) {
			continue
		}
		f := w.assessor.judgeOne(check, so)
		amiss = amiss || w.amiss(f)
		wants.obliged(w.stillWanted(check, f))
	}
	if w.extra >= extraPages || w.pages >= fewPages && !amiss && !w.warned(so) {
		return wants.open
	}
	for _, check := range w.checks {
		if len(check.Interests) > 0 && !w.obliged(check) {
			wants.besides(w.stillWanted(check, w.assessor.judgeOne(check, so)))
		}
	}
	return wants.open
}

// amiss tells whether a finding of an obligation is not as it should be. One that
// only waits for AgID may be: what it needs should the answer be bad it asks for.
func (w *watcher) amiss(f finding.Finding) bool {
	switch f.Verdict {
	case finding.Fail, finding.Warn, finding.Unknown:
		return !w.waits(f)
	}
	return false
}

// waits tells whether a finding hangs on an answer of AgID's that is still to come.
func (w *watcher) waits(f finding.Finding) bool {
	_, untold := w.restsOn(f)
	return w.inquiry.pending() && (f.Reason == upstream || untold)
}

// warned tells whether a check that is no obligation has found something amiss.
func (w *watcher) warned(so checks.Case) bool {
	return slices.ContainsFunc(w.checks, func(c checks.Check) bool {
		return !w.obliged(c) && w.assessor.judgeOne(c, so).Verdict == finding.Warn
	})
}

// obliged tells a check that a visit reads on for: an obligation or, where
// everything was asked for, any.
func (w *watcher) obliged(c checks.Check) bool {
	return c.Meta.Nature == finding.Obligation || w.everything
}

// wants are interests still open, each once.
type wants struct {
	open []page.Interest
	at   map[string]int // by id: index into open
}

func newWants() *wants { return &wants{at: map[string]int{}} }

// index is where an interest stands; it is put there, with the longest wait, where
// it was not.
func (w *wants) index(i page.Interest) int {
	n, known := w.at[i.ID]
	if !known {
		n, w.at[i.ID] = len(w.open), len(w.open)
		i.Wait = waitAnswer
		w.open = append(w.open, i)
	}
	return n
}

func (w *wants) obliged(is []page.Interest) {
	for _, i := range is {
		n := w.index(i)
		w.open[n].Wait = min(w.open[n].Wait, i.Wait)
	}
}

func (w *wants) besides(is []page.Interest) {
	for _, i := range is {
		if n := w.index(i); w.open[n].Wait > waitObliged {
			w.open[n].Wait = min(w.open[n].Wait, waitExtra) - 1
		}
	}
}

// How long interests wait: those of obligations for nothing; those of other
// checks, the more of them share one the less, for what obligations need, which
// may be all they need; and last what only a bad answer of AgID's would need.
const (
	waitObliged = 0
	waitExtra   = 1_000
	waitAnswer  = 2_000
)

// stillWanted are the interests of a check that could change its finding. Those of
// one that rests on a publication AgID was asked about come after everything else, and
// not before the answer (see Await): mostly it is good and needs none of them. They come
// last where it was there from the beginning too, so that the pages have one order
// however late AgID is, and the night after can go the same way. One that rests on a
// publication AgID is yet to be asked about wants one page of each interest it must have
// read, for that is what a red needs; so does, where everything was asked for, one whose
// proof in IPA has not been compared with the site.
func (w *watcher) stillWanted(check checks.Check, f finding.Finding) []page.Interest {
	told, untold := w.restsOn(f)
	untold = untold && w.assessor.declarer != nil
	wrong := f.Verdict != finding.Pass && f.Reason != upstream
	switch {
	case f.Verdict == finding.Info, f.Verdict == finding.NotApplicable:
		return nil
	case !w.everything && (w.waits(f) || wrong && told):
		return late(check.Interests)
	case wrong:
		return check.Interests
	case w.everything && checks.Uncompared(f):
	case f.Reason != upstream && !untold:
		return nil
	}
	var needed []page.Interest
	for _, i := range check.Interests {
		if slices.Contains(check.Meta.MustRead, i.ID) && !w.read[i.ID] {
			needed = append(needed, i)
		}
	}
	if w.everything {
		return needed
	}
	return late(needed)
}

// late are interests that wait for all others.
func late(is []page.Interest) []page.Interest {
	out := slices.Clone(is)
	for n := range out {
		out[n].Wait = waitAnswer
	}
	return out
}

// upstream is the reason of a finding that AgID's silence leaves open.
const upstream finding.Reason = "upstream"

// restsOn tells whether a finding rests on publications that AgID has told of, and on
// such as it has not. What was merely seen beside them does not count: it is there before
// an answer and after it, and must not change the order of the pages.
func (w *watcher) restsOn(f finding.Finding) (told, untold bool) {
	for _, e := range f.Evidence {
		if address, ok := checks.PublicationOf(e); ok {
			_, known := w.inquiry.answers[address]
			told, untold = told || known, untold || !known
		}
	}
	return told, untold
}
