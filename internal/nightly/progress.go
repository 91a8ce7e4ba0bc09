package nightly

// How far a run is, for a bar, a page or a metric.

import (
	"maps"
	"sync"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// pace is over how many comuni the present rate is measured.
const pace = 128

// Progress is a Watcher that counts. The zero Progress is ready for use, by one
// run after the other; its methods may be called from any goroutine.
type Progress struct {
	Now func() time.Time // nil: time.Now

	mu      sync.Mutex
	now     Snapshot
	began   time.Time
	recent  [pace]time.Time // when the last comuni were done
	counted int             // since this call began
}

var _ Watcher = (*Progress)(nil)

// Snapshot is how far a run was at one moment.
type Snapshot struct {
	Run     record.Run         // of the zero Snapshot: none was planned
	Done    int                // comuni, what earlier calls measured included
	Failed  int                // comuni
	Reach   map[page.Reach]int // of Done
	Offline string             // why the run waits for our network; empty: it does not
	Rate    float64            // comuni a second of late; 0: not known
	Left    time.Duration      // until the end at that rate; 0: not known
}

// Planned begins to count a run.
func (p *Progress) Planned(run record.Run, before Tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = Snapshot{Run: run, Done: before.Comuni, Reach: maps.Clone(before.Reach)}
	if p.now.Reach == nil {
		p.now.Reach = map[page.Reach]int{}
	}
	p.began, p.counted = p.clock(), 0
}

// Began does nothing.
func (p *Progress) Began(registry.Comune) {}

// Done counts a comune.
func (p *Progress) Done(a record.Assessment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Done++
	p.now.Reach[a.Visit.Reach]++
	p.step()
}

// Failed counts a comune whose assessment broke.
func (p *Progress) Failed(registry.Comune) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Failed++
	p.step()
}

// Offline notes why the run waits.
func (p *Progress) Offline(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Offline = why
}

// Snapshot is how far the run is now.
func (p *Progress) Snapshot() Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.now
	s.Reach = maps.Clone(s.Reach)
	since, n := p.began, p.counted
	if n > pace {
		since, n = p.recent[p.counted%pace], pace-1
	}
	if took := p.clock().Sub(since); n > 0 && took > 0 {
		s.Rate = float64(n) / took.Seconds()
		left := float64(s.Run.Expected-s.Done-s.Failed) / s.Rate
		s.Left = time.Duration(left * float64(time.Second)).Round(time.Second)
	}
	return s
}

func (p *Progress) step() {
	p.recent[p.counted%pace] = p.clock()
	p.counted++
}

func (p *Progress) clock() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}
