package main

// What a crawl of many would do: --dry-run with a place.

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/agid/client"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

// plan is a crawl before it begins. Its field names are part of the interface.
type plan struct {
	Kind       string      `json:"kind"`
	Comuni     int         `json:"comuni"`
	Siteless   int         `json:"siteless"`     // of them, without an address to visit
	Unresolved int         `json:"unresolved"`   // of them, whose site was not found, so that nobody knows with whom they share it
	Alone      int         `json:"alone"`        // sites that share no address
	Seconds    float64     `json:"seconds"`      // expected, at the usual pace; at the least, where some are unresolved
	Bottleneck string      `json:"bottleneck"`   // the address that the length hangs on; empty: none
	AgID       float64     `json:"agid_seconds"` // what AgID takes to be asked about all of them, if none of its answers is kept; 0: it is not asked
	Groups     []planGroup `json:"groups"`       // sites that share an address, the biggest first: they start in this order
}

// planGroup is comuni whose sites share an address.
type planGroup struct {
	Address string  `json:"address"`
	Comuni  int     `json:"comuni"`
	Seconds float64 `json:"seconds"`
	Example string  `json:"example"`
}

// A site of the usual kind takes this many requests, of this length each, as
// measured on the replica with the latency of the real ones.
const (
	usualRequests = 12
	usualAnswer   = 400 * time.Millisecond
	groupsShown   = 15

	usualQuestions = 2 // to AgID, one after another: the declaration and the objectives
)

// expected is how long comuni take that share an address, or, where they do not,
// as many at once as the settings allow.
func expected(cfg config.Config, comuni int, shared bool) time.Duration {
	one := usualRequests * (usualAnswer + cfg.Crawl.PerHostDelay)
	if shared {
		return max(one, time.Duration(comuni)*usualRequests*usualAnswer/time.Duration(cfg.Crawl.PerAddressInFlight))
	}
	rounds := (comuni + cfg.Crawl.SitesInFlight - 1) / cfg.Crawl.SitesInFlight
	return time.Duration(rounds) * one
}

// ofAgID is how long it takes to ask AgID about so many comuni.
func ofAgID(cfg config.Config, comuni int, ids []string) time.Duration {
	asks := func(id string) bool { return slices.Contains(report.PublicationChecks(), id) }
	if !cfg.AgID.Verify || len(ids) > 0 && !slices.ContainsFunc(ids, asks) {
		return 0
	}
	return time.Duration(comuni) * usualQuestions * (usualAnswer + client.DefaultGap)
}

// planOf looks the sites of a selection up, where there is a network to do it.
func (a *app) planOf(ctx context.Context, c *crew, s nightly.Selection) plan {
	p := plan{Kind: string(cmp.Or(s.Kind, record.Request)), Comuni: len(s.Comuni), Groups: []planGroup{}}
	a.note(a.text.Count("plan.resolving", len(s.Comuni)))
	var r nightly.Resolver = c.guard
	if why := a.offline(ctx, c.cfg); why != "" {
		a.note(a.text.Text("plan.offline", "detail", why))
		r = nil
	}
	l := nightly.Locate(ctx, r, s.Comuni)
	p.Siteless, p.Unresolved, p.Alone = len(l.Siteless), len(l.Unresolved), len(l.Alone)
	p.Seconds = expected(c.cfg, len(s.Comuni)-p.Siteless, false).Seconds()
	p.AgID = ofAgID(c.cfg, len(s.Comuni)-p.Siteless, s.Checks).Seconds()
	for _, g := range l.Groups {
		took := expected(c.cfg, len(g.Comuni), true).Seconds()
		p.Groups = append(p.Groups, planGroup{Address: g.Address.String(), Comuni: len(g.Comuni), Seconds: took, Example: plain(g.Comuni[0].Name)})
		if took > p.Seconds {
			p.Seconds, p.Bottleneck = took, g.Address.String()
		}
	}
	return p
}

func (a *app) printPlan(ctx context.Context, c *crew, s nightly.Selection, format string) error {
	p := a.planOf(ctx, c, s)
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &table{head: []string{
		a.text.Text("plan.address"), a.text.Text("plan.sites"), a.text.Text("plan.length"), a.text.Text("plan.example"),
	}, right: map[int]bool{1: true, 2: true}}
	for i, g := range p.Groups {
		if i == groupsShown && format == "table" {
			break
		}
		t.add(g.Address, a.text.Number(g.Comuni), a.text.Seconds(seconds(g.Seconds)), g.Example)
		t.addPlain(g.Address, strconv.Itoa(g.Comuni), strconv.FormatFloat(g.Seconds, 'f', -1, 64), g.Example)
	}
	say := func(line string) { fmt.Fprintln(a.stdout, line) }
	if len(p.Groups) > 0 || format != "table" {
		if err := a.printTable(format, t, []string{"address", "comuni", "seconds", "example"}, p); err != nil || format != "table" {
			return err
		}
		say("")
	}
	if more := len(p.Groups) - groupsShown; more > 0 {
		say(a.text.Count("plan.more", more))
	}
	say(a.text.Text("plan.total", "comuni", a.text.Number(p.Comuni), "siteless", a.text.Number(p.Siteless),
		"alone", a.text.Number(p.Alone), "length", a.text.Seconds(seconds(p.Seconds))))
	if p.Unresolved > 0 {
		say(a.text.Count("plan.unresolved", p.Unresolved))
	}
	if p.Bottleneck != "" {
		say(a.text.Text("plan.bottleneck", "address", p.Bottleneck, "n", a.text.Number(p.Groups[0].Comuni)))
	}
	if p.AgID > p.Seconds {
		say(a.text.Text("plan.agid", "length", a.text.Seconds(seconds(p.AgID))))
	}
	return nil
}
