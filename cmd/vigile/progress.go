package main

// This file says on stderr how a crawl is going: a bar for many comuni on a
// terminal, else a line each, and nothing with --quiet.

import (
	"sync"

	"github.com/schollz/progressbar/v3"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// barFrom is from how many comuni on a bar says more than lines.
const barFrom = 4

type progress struct {
	app   *app
	total int

	mu   sync.Mutex
	done int
	bar  *progressbar.ProgressBar
}

func (a *app) newProgress(total, done int) *progress {
	p := &progress{app: a, total: total, done: done}
	if _, seen := terminal(a.stderr); seen && !a.flags.quiet && !a.flags.verbose && total >= barFrom {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(a.stderr), progressbar.OptionSetDescription(a.text.Text("crawl.bar")),
			progressbar.OptionShowCount(), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(),
			progressbar.OptionEnableColorCodes(false), progressbar.OptionSetPredictTime(true))
		p.add(done)
	}
	return p
}

// add moves the bar; its error is that of a write to stderr, which nobody could
// be told of.
func (p *progress) add(n int) { _ = p.bar.Add(n) }

// begin says what is being waited for, where it is only one.
func (p *progress) begin(c registry.Comune) {
	if p.total > 1 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Site.URL == "" {
		p.app.note(p.app.text.Text("crawl.visiting_nothing", "comune", plain(c.Name)))
		return
	}
	p.app.note(p.app.text.Text("crawl.visiting", "comune", plain(c.Name), "site", plain(c.Site.URL)))
}

// step counts one comune.
func (p *progress) step(x record.Assessment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	switch {
	case p.bar != nil:
		p.add(1)
	case p.total > 1:
		p.app.note(p.app.text.Text("crawl.progress", "done", p.done, "total", p.total, "comune", plain(x.Comune.Name),
			"reach", p.app.text.Text("reach."+string(x.Visit.Reach)+".word")))
	}
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish() // as in add
	}
}
