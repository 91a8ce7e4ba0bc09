package assess

// Judging stored assessments again: with the checks of today, as of another
// day, from kept pages where there are some. Nobody is visited and nobody asked.

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// Cause is why a finding comes out otherwise than it did.
type Cause string

// The causes, in the order they are told apart.
const (
	ByJudge Cause = "judge" // the same facts are judged otherwise
	ByPages Cause = "pages" // the kept pages are read otherwise
	ByDate  Cause = "date"  // a deadline lies between the two days
)

// Difference is one finding that comes out otherwise.
type Difference struct {
	Check  string          `json:"check"`
	Before finding.Finding `json:"before"` // zero: the check was not there yet
	After  finding.Finding `json:"after"`
	Causes []Cause         `json:"causes"`
}

// Again says how an assessment is judged again.
type Again struct {
	Before record.Latest // the present view as it was before the assessment; zero: nothing was remembered
	Date   time.Time     // on whose day deadlines are judged; zero: the assessment's own
	Pages  []*page.Page  // every page of the visit, in order; nil: the stored facts stand
}

// A Replayer judges stored assessments again. It is safe for concurrent use.
type Replayer struct{ assessor *Assessor }

// NewReplayer makes a Replayer over those checks; a nil rome is UTC, a nil log
// silent.
func NewReplayer(list []checks.Check, rome *time.Location, log *slog.Logger) (*Replayer, error) {
	if len(list) == 0 {
		return nil, errors.New("replay: at least one check is needed")
	}
	if rome == nil {
		rome = time.UTC
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	m, err := newMeter(nil)
	if err != nil {
		return nil, err
	}
	return &Replayer{&Assessor{checks: list, rome: rome, log: log, meter: m}}, nil
}

// Replay is the assessment judged again, and what differs. Checks that no
// longer exist keep what they found; what they found is not judged. A check
// that broke on its pages is judged again only from kept pages, and one that is
// new only from those.
func (r *Replayer) Replay(x record.Assessment, o Again) (record.Assessment, []Difference) {
	then := x.Started.In(r.assessor.rome)
	day := then
	if !o.Date.IsZero() {
		day = o.Date.In(r.assessor.rome)
	}
	before := past{view: o.Before, night: record.NightOf(x.Started, r.assessor.rome)}
	steps := []struct {
		cause Cause
		x     record.Assessment
	}{{cause: ByJudge}, {cause: ByPages}, {cause: ByDate}}
	steps[0].x = r.judged(x, x, nil, before, then)
	steps[1].x = steps[0].x
	var missed map[string]bool
	if o.Pages != nil {
		var seen record.Assessment
		seen, missed = r.observed(x, o.Pages, then)
		steps[1].x = r.judged(x, seen, missed, before, then)
	}
	steps[2].x = steps[1].x
	if !day.Equal(then) {
		steps[2].x = r.judged(x, steps[1].x, missed, before, day)
	}
	out := steps[2].x
	var differences []Difference
	for _, f := range out.Findings {
		d := Difference{Check: f.Check, Before: findingOf(x.Findings, f.Check), After: f}
		last := record.StateOf(d.Before)
		for _, s := range steps {
			now := record.StateOf(findingOf(s.x.Findings, f.Check))
			if now != last {
				d.Causes = append(d.Causes, s.cause)
			}
			last = now
		}
		if record.StateOf(d.Before) != record.StateOf(f) {
			differences = append(differences, d)
		}
	}
	return out, differences
}

// observed is the assessment with the facts of its pages, and the checks that
// broke on one.
func (r *Replayer) observed(x record.Assessment, pages []*page.Page, day time.Time) (record.Assessment, map[string]bool) {
	w := newWatcher(r.assessor, x.Comune, r.assessor.checks, true, day)
	for _, p := range pages {
		for _, check := range w.checks {
			w.observe(check, p)
		}
	}
	x.Facts = w.notes.Facts()
	return x, w.missed
}

// judged is from, judged again on that day. stored says which checks ran, and
// lends what is not judged.
func (r *Replayer) judged(stored, from record.Assessment, missed map[string]bool, before past, day time.Time) record.Assessment {
	again := missed != nil
	var selected []checks.Check
	for _, c := range r.assessor.checks {
		f := findingOf(stored.Findings, c.Meta.ID)
		broke := stored.Visit.Reach == page.ReachOK && f.Reason == finding.Reason(page.ReachOurFault)
		if again || f.Check != "" && !broke {
			selected = append(selected, c)
		}
	}
	out := from
	out.Findings = r.assessor.judge(selected, missed, before, checks.Case{
		Comune: from.Comune, Visit: from.Visit, Facts: from.Facts, Answers: from.Answers, Date: day,
	})
	for _, f := range stored.Findings {
		if findingOf(out.Findings, f.Check).Check == "" {
			out.Findings = append(out.Findings, f)
		}
	}
	slices.SortFunc(out.Findings, func(a, b finding.Finding) int { return strings.Compare(a.Check, b.Check) })
	return out
}

func findingOf(list []finding.Finding, check string) finding.Finding {
	i := slices.IndexFunc(list, func(f finding.Finding) bool { return f.Check == check })
	if i < 0 {
		return finding.Finding{}
	}
	return list[i]
}
