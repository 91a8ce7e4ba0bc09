package nightly

// Whose network is to blame: what makes us doubt a result, when a run stops to
// think, and how it waits.

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// doubts tells whether what a visit found may be the doing of our own network.
func (r *run) doubts(v *page.Visit) bool { return r.suspects(v.Reach) || uncertified(v) }

// suspects tells a reach that our own network may have made: a dead name
// server or uplink, a wall that refuses or resets, a portal that answers for
// everybody with its own certificate or page, a clock of ours that is wrong. A night
// confirms all of them with a second look; who watches a request does not wait for
// that of connections, of which no red comes.
func (r *run) suspects(reach page.Reach) bool {
	switch reach {
	case page.ReachOurFault, page.ReachNXDomain, page.ReachServFail, page.ReachDNSTimeout,
		page.ReachTLSExpired, page.ReachTLSWrongName, page.ReachTLSUntrusted, page.ReachTLSProtocol, page.ReachOffsite:
		return true
	case page.ReachConnTimeout, page.ReachConnRefused, page.ReachConnReset:
		return r.keep.run.Kind == record.Night
	default:
		return false
	}
}

// uncertified tells a visit that nobody has answered but over plain http, where a
// wall or a portal of ours can answer for everybody: with a page in which everything
// is missing, or with an error beside an https that is refused. A site without https
// is known by being so at the second look too.
func uncertified(v *page.Visit) bool {
	if v.Reach == page.ReachOK {
		return plain(v.FinalURL)
	}
	answered := false
	for i := range v.Attempts {
		a := &v.Attempts[i]
		if unanswered(a.Reach) {
			continue
		}
		if !plain(cmp.Or(a.Final, a.URL)) {
			return false
		}
		answered = true
	}
	return answered
}

// sudden tells a visit that nobody has answered but over plain http, where the one
// before was not so: it does not take its place.
func sudden(before, now *page.Visit) bool { return uncertified(now) && !uncertified(before) }

func plain(address string) bool { return strings.HasPrefix(address, "http://") }

// unanswered tells a try that no server has answered over HTTP.
func unanswered(reach page.Reach) bool {
	switch reach {
	case page.ReachNXDomain, page.ReachServFail, page.ReachDNSTimeout, page.ReachConnTimeout, page.ReachConnRefused, page.ReachConnReset,
		page.ReachTLSExpired, page.ReachTLSWrongName, page.ReachTLSUntrusted, page.ReachTLSProtocol, page.ReachTooSlow, page.ReachOurFault:
		return true
	default:
		return false
	}
}

// Some comuni in a hundred are gone on any night. When nine in ten of the last
// few are, it is us, or somebody large.
const (
	windowSize = 32
	windowDark = 29
)

// window remembers of the last visits whether they were doubtful.
type window struct {
	doubted [windowSize]bool
	seen    int
	count   int // of doubted
}

// see counts one visit; a comune without a site says nothing of any network.
func (w *window) see(reach page.Reach, doubted bool) {
	if siteless(reach) {
		return
	}
	at := &w.doubted[w.seen%windowSize]
	if *at {
		w.count--
	}
	if *at = doubted; doubted {
		w.count++
	}
	w.seen++
}

func (w *window) dark() bool { return w.count >= windowDark }

// goodSites are how many of the sites that answered last are asked whether they
// still do.
const goodSites = 8

// witness is a site that answered, and the network it is in.
type witness struct {
	site    string
	network netip.Prefix // the zero Prefix: not known
}

// note remembers a site that answered, of each network the last one: near the end of
// a night all that answer may be of one hoster, whose failure must not pass for ours.
func (r *run) note(number int, site string) {
	w := witness{site: site, network: r.networkOf(number)}
	if w.network.IsValid() {
		r.good = slices.DeleteFunc(r.good, func(x witness) bool { return x.network == w.network })
	}
	if r.good = append(r.good, w); len(r.good) > goodSites {
		r.good = r.good[1:]
	}
}

// networkOf is where a comune's site is: whoever has a /24, or a /48, mostly fails with
// all of it.
func (r *run) networkOf(number int) netip.Prefix {
	if r.address == nil {
		return netip.Prefix{}
	}
	at := r.address[number].Unmap()
	bits := 24
	if at.Is6() {
		bits = 48
	}
	within, _ := at.Prefix(bits) // of an address that is not known there is none
	return within
}

func (r *run) witnesses() []string {
	sites := make([]string, len(r.good))
	for i, w := range r.good {
		sites[i] = w.site
	}
	return sites
}

// gone says why our network is not there. Where nearly everybody has failed just
// now, or somebody for the last time, a name server that answers is not enough: some
// site that answered before must answer still.
func (r *run) gone(ctx context.Context, dark bool, offline func(context.Context) string) (why string) {
	if why = offline(ctx); why == "" && dark && r.o.Silent != nil {
		why = r.o.Silent(ctx, r.witnesses())
	}
	return why
}

// network asks whether our network is there, and waits for it as long as there
// is patience; dark tells that nearly everybody has just failed, or that it will
// be believed. why is the first answer, back whether it is there in the end.
func (r *run) network(ctx context.Context, dark bool) (why string, back bool) {
	if r.err = r.keep.flush(); r.err != nil {
		return "", false
	}
	why = r.gone(ctx, dark, r.offline)
	if why == "" {
		return "", true
	}
	r.o.Logger.Warn("our network is gone", "why", why, "patience", r.o.Patience-r.waited)
	r.o.Watcher.Offline(why)
	for !back && r.patient() && pause(ctx, r.o.ProbeEvery) {
		r.waited += r.o.ProbeEvery
		back = r.gone(ctx, dark, r.o.Offline) == ""
	}
	if back {
		r.o.Logger.Info("our network is back")
		r.o.Watcher.Offline("")
	}
	return why, back
}

// patient tells whether to wait longer. Who asked for a few comuni, or has seen
// no site answer at all, is told at once; nobody waits for a night.
func (r *run) patient() bool {
	if r.keep.run.Kind == record.Request && (!r.answered || r.keep.run.Expected <= few) {
		return false
	}
	return r.waited < r.o.Patience
}

// pause tells whether the time went by before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// beforehand asks at once, so that nobody waits for the answer after a run that
// came to nothing. A network that was there is asked for again. stop ends the
// first question.
func beforehand(ctx context.Context, offline func(context.Context) string) (ask func(context.Context) string, stop func()) {
	first, cancel := context.WithCancel(ctx)
	answered := make(chan struct{})
	var why string
	go func() {
		defer close(answered)
		why = offline(first)
	}()
	ask = func(ctx context.Context) string {
		if <-answered; why != "" {
			return why
		}
		return offline(ctx)
	}
	return ask, func() { cancel(); <-answered }
}
