package main

// This file finds out whether sites that answered a while ago still do: names
// may be found by a network that leads nowhere, or to a portal that answers for
// everybody.

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vigile-it/vigile/config"
)

// fewSites may all be of one hoster: up to how many they do not speak for themselves.
const fewSites = 3

// silent says why none of some sites answers, or nothing where one does; of none or
// a few, the services that vigile relies on are asked as well. Each is
// asked for its robots.txt, no sooner than a gap after whatever was asked of it
// before, and no more at once than one address is asked. Any answer at all is
// one, where its certificate is good: a site without https proves nothing. Names
// are looked up and connections made anew: those of the crawl may outlive a
// network that lets nothing new through.
func (a *app) silent(ctx context.Context, cfg config.Config, sites []string) string {
	gap := time.NewTimer(cfg.Crawl.PerHostDelay)
	defer gap.Stop()
	select {
	case <-ctx.Done():
		return ""
	case <-gap.C:
	}
	g, err := a.guard(cfg)
	if err != nil {
		return plain(err.Error())
	}
	defer g.Close()
	probe, cancel := context.WithTimeout(ctx, 2*probeTime)
	defer cancel()
	client := g.Client(probeTime)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	hosts := oncePerHost(sites)
	if len(hosts) <= fewSites {
		hosts = append(hosts, oncePerHost([]string{cfg.Registry.IPAURL, cfg.Registry.IstatURL, cfg.AgID.BaseURL})...)
	}
	var answered atomic.Bool
	var all errgroup.Group
	all.SetLimit(max(1, cfg.Crawl.PerAddressInFlight))
	for _, address := range hosts {
		all.Go(func() error {
			req, err := http.NewRequestWithContext(probe, http.MethodHead, address, nil)
			if err != nil {
				return nil
			}
			req.Header.Set("User-Agent", cfg.Network.Agent(release()))
			if resp, err := client.Do(req); err == nil {
				resp.Body.Close()
				answered.Store(true)
				cancel() // one is enough
			}
			return nil
		})
	}
	all.Wait() //nolint:errcheck // none is returned
	if len(hosts) == 0 || answered.Load() || ctx.Err() != nil {
		return ""
	}
	return a.text.Text("error.detail.unreachable")
}

// oncePerHost gives the address of robots.txt of each host that has https.
func oncePerHost(sites []string) []string {
	var out []string
	for _, site := range sites {
		u, err := url.Parse(site)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			continue
		}
		out = append(out, (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}).String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}
