package main

// This file says on stderr how a crawl is going: a bar for many comuni on a
// terminal, else a line each (of very many, one now and then), and nothing with
// --quiet.

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

const (
	barFrom   = 4   // from how many comuni on a bar says more than lines
	linesUpTo = 100 // up to how many comuni each has its line where there is no bar
	lineEvery = 15 * time.Second

	barWidth     = 12 // columns
	barFrame     = 36 // of what stands around the bar but for the counts: per cent, brackets, how long so far and still
	usualColumns = 80
)

// progress is a nightly.Watcher that talks.
type progress struct {
	nightly.Progress
	app *app

	mu        sync.Mutex
	bar       *progressbar.ProgressBar
	said      time.Time // the last of the lines now and then
	collect   bool      // nobody keeps what is measured
	collected []record.Assessment
}

func (a *app) newProgress(collect bool) *progress {
	p := &progress{app: a, collect: collect}
	p.Now = a.now
	return p
}

// Planned draws the bar.
func (p *progress) Planned(run record.Run, before nightly.Tally) {
	p.Progress.Planned(run, before)
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.app
	if before.Comuni > 0 {
		a.note(a.text.Count("crawl.resumed", before.Comuni))
	}
	p.said = a.now()
	if _, seen := terminal(a.stderr); !seen || a.flags.quiet || a.flags.verbose || run.Expected < barFrom {
		return
	}
	p.bar = progressbar.NewOptions(run.Expected,
		progressbar.OptionSetWriter(a.stderr), progressbar.OptionSetDescription(a.text.Text("crawl.bar")),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(barWidth), progressbar.OptionClearOnFinish(), progressbar.OptionEnableColorCodes(false),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond))
	p.add(before.Comuni)
}

// barWords cuts what stands before a bar to what the terminal has room for beside it: a
// line that wraps is not drawn over by the next. 0 columns: nobody knows how many.
func barWords(words string, columns, expected int) string {
	room := cmp.Or(columns, usualColumns) - barWidth - barFrame - 2*len(strconv.Itoa(expected))
	switch {
	case room < 2:
		return ""
	case utf8.RuneCountInString(words) > room:
		return page.Clean(words, room-1) + "…"
	}
	return words
}

// add moves the bar; its error is that of a write to stderr, which nobody could
// be told of.
func (p *progress) add(n int) { _ = p.bar.Add(n) }

// Began says what is being waited for, where it is only one.
func (p *progress) Began(c registry.Comune) {
	if p.Snapshot().Run.Expected > 1 {
		return
	}
	a := p.app
	if c.Site.URL == "" {
		a.note(a.text.Text("crawl.visiting_nothing", "comune", plain(c.Name)))
		return
	}
	a.note(a.text.Text("crawl.visiting", "comune", plain(c.Name), "site", plain(c.Site.URL)))
}

// Done counts one comune.
func (p *progress) Done(x record.Assessment) {
	p.Progress.Done(x)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.collect {
		p.collected = append(p.collected, x)
	}
	p.step(x.Comune, p.app.text.Text("reach."+string(x.Visit.Reach)+".word"))
}

// Failed counts one comune whose assessment broke.
func (p *progress) Failed(c registry.Comune) {
	p.Progress.Failed(c)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step(c, p.app.text.Text("crawl.broke"))
}

func (p *progress) step(c registry.Comune, how string) {
	s, a := p.Snapshot(), p.app
	switch {
	case p.bar != nil:
		columns, _ := terminal(a.stderr) // which may change its width
		words := a.text.Text("crawl.bar_pace", "reach", a.reachCounts(s.Reach), "rate", a.text.Number(int(60*s.Rate)))
		p.bar.Describe(barWords(words, columns, s.Run.Expected))
		p.add(1)
	case s.Run.Expected <= 1:
	case s.Run.Expected <= linesUpTo:
		a.note(a.text.Text("crawl.progress", "done", s.Done+s.Failed, "total", s.Run.Expected, "comune", plain(c.Name), "reach", how))
	case a.now().Sub(p.said) >= lineEvery:
		p.said = a.now()
		a.note(a.text.Text("crawl.progress_many", "done", a.text.Number(s.Done+s.Failed), "total", a.text.Number(s.Run.Expected),
			"left", a.text.Seconds(s.Left), "reach", a.reachCounts(s.Reach)))
	}
}

// Offline says that the run waits for our network, where it does.
func (p *progress) Offline(why string) {
	p.Progress.Offline(why)
	if s := p.Snapshot(); s.Run.Kind != record.Night && (s.Done == 0 || s.Run.Expected <= 10) {
		return
	}
	key := "crawl.offline"
	if why == "" {
		key = "crawl.online"
	}
	p.app.note(p.app.text.Text(key, "detail", why))
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish() // as in add
	}
}

// reachCounts is how many comuni ended how, the most frequent first.
func (a *app) reachCounts(reach map[page.Reach]int) string {
	const shown = 3
	order := slices.SortedFunc(maps.Keys(reach), func(x, y page.Reach) int {
		return cmp.Or(cmp.Compare(reach[y], reach[x]), cmp.Compare(x, y))
	})
	var parts []string
	others := 0
	for i, r := range order {
		if i < shown {
			parts = append(parts, a.text.Number(reach[r])+" "+a.text.Text("reach."+string(r)+".word"))
		} else {
			others += reach[r]
		}
	}
	if others > 0 {
		parts = append(parts, a.text.Text("crawl.bar_others", "n", a.text.Number(others)))
	}
	return strings.Join(parts, ", ")
}
