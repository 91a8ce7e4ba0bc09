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

// offline says why there is no network, or nothing where one of the services'
// names resolves. Where the configuration names none (addresses alone), there is
// nothing to ask. It asks anew each time, not out of what a crawl remembers.
func (a *app) offline(ctx context.Context, cfg config.Config) string {
	hosts := serviceHosts(cfg)
	if len(hosts) == 0 {
		return ""
	}
	g, err := a.guard(cfg)
	if err != nil {
		return plain(err.Error())
	}
	defer g.Close()
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
