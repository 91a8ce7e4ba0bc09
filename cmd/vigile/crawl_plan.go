package main

// What a crawl of many would do: --dry-run with a place.

import (
	"context"
	"fmt"
	"time"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/nightly"
)

// plan is a crawl before it begins. Its field names are part of the interface.
type plan struct {
	Kind     string      `json:"kind"`
	Comuni   int         `json:"comuni"`
	Siteless int         `json:"siteless"` // of them, without an address to visit
	Seconds  float64     `json:"seconds"`  // expected, at the usual pace
	Groups   []planGroup `json:"groups"`   // sites that share an address, the biggest first
	Alone    int         `json:"alone"`    // sites that share none, or were not found
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

func (a *app) printPlan(ctx context.Context, c *crew, s nightly.Selection, format string) error {
	a.note(a.text.Count("plan.resolving", len(s.Comuni)))
	p := plan{Kind: string(s.Kind), Comuni: len(s.Comuni), Groups: []planGroup{}}
	if p.Kind == "" {
		p.Kind = "richiesta"
	}
	for _, x := range s.Comuni {
		if x.Site.URL == "" {
			p.Siteless++
		}
	}
	alone := expected(c.cfg, len(s.Comuni)-p.Siteless, false)
	longest := alone
	for _, g := range nightly.Groups(ctx, c.guard, s.Comuni) {
		if !g.Address.IsValid() {
			p.Alone = len(g.Comuni) - p.Siteless
			continue
		}
		took := expected(c.cfg, len(g.Comuni), true)
		longest = max(longest, took)
		p.Groups = append(p.Groups, planGroup{Address: g.Address.String(), Comuni: len(g.Comuni), Seconds: took.Seconds(), Example: plain(g.Comuni[0].Name)})
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p.Seconds = longest.Seconds()
	t := &table{head: []string{
		a.text.Text("plan.address"), a.text.Text("plan.sites"), a.text.Text("plan.length"), a.text.Text("plan.example"),
	}, right: map[int]bool{1: true, 2: true}}
	for i, g := range p.Groups {
		if i == groupsShown && format == "table" {
			break
		}
		t.add(g.Address, a.text.Number(g.Comuni), a.text.Seconds(seconds(g.Seconds)), g.Example)
	}
	if err := a.printTable(format, t, []string{"address", "comuni", "length", "example"}, p); err != nil || format != "table" {
		return err
	}
	fmt.Fprintln(a.stdout)
	if more := len(p.Groups) - groupsShown; more > 0 {
		fmt.Fprintln(a.stdout, a.text.Count("plan.more", more))
	}
	fmt.Fprintln(a.stdout, a.text.Text("plan.total", "comuni", a.text.Number(p.Comuni), "siteless", a.text.Number(p.Siteless),
		"alone", a.text.Number(p.Alone), "length", a.text.Seconds(longest)))
	if longest > alone {
		fmt.Fprintln(a.stdout, a.text.Text("plan.bottleneck", "address", p.Groups[0].Address, "n", a.text.Number(p.Groups[0].Comuni)))
	}
	return nil
}
