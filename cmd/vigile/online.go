package main

// This file finds out whether there is a network at all, when no site has
// answered. A name server behind a wall says of every name that it does not
// exist, and a domain that does not exist three nights in a row is a red: so the
// names of the public services themselves are asked for first.

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/netguard"
)

// probeTime is given to all names together.
const probeTime = 4 * time.Second

// probe asks at once, so that nobody waits for it after a crawl that came to
// nothing, and answers later. The Guard's Close ends what is still under way.
func (a *app) probe(ctx context.Context, cfg config.Config, g *netguard.Guard) func() string {
	answer := make(chan string, 1)
	go func() { answer <- a.offline(context.WithoutCancel(ctx), cfg, g) }()
	return sync.OnceValue(func() string { return <-answer })
}

// offline says why there is no network, or nothing where one of the services'
// names resolves. Where the configuration names none (addresses alone), there is
// nothing to ask.
func (a *app) offline(ctx context.Context, cfg config.Config, g *netguard.Guard) string {
	hosts := serviceHosts(cfg)
	if len(hosts) == 0 {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	errs := make([]error, len(hosts))
	var all sync.WaitGroup
	for i, host := range hosts {
		all.Go(func() { _, errs[i] = g.Addresses(ctx, host) })
	}
	all.Wait()
	for _, err := range errs {
		var forbidden *netguard.ForbiddenError
		if err == nil || errors.As(err, &forbidden) {
			return ""
		}
	}
	var resolver *netguard.ResolverError
	if errors.As(errs[0], &resolver) || errors.Is(errs[0], context.DeadlineExceeded) {
		return a.text.Text("error.detail.dns")
	}
	return a.text.Text("error.detail.walled", "host", hosts[0])
}

// serviceHosts are the names, not addresses, of the services vigile relies on.
func serviceHosts(cfg config.Config) []string {
	var out []string
	for _, raw := range []string{cfg.Registry.IPAURL, cfg.Registry.IstatURL, cfg.AgID.BaseURL} {
		u, err := url.Parse(raw)
		if err != nil || u.Hostname() == "" {
			continue
		}
		if _, err := netip.ParseAddr(u.Hostname()); err != nil {
			out = append(out, u.Hostname())
		}
	}
	return out
}
