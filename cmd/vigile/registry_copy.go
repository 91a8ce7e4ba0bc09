package main

// This file keeps the local copy of the registries: reads it, and brings it up
// to date where a crawl of many needs it.

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/netguard"
	"github.com/vigile-it/vigile/internal/registry"
)

// downloadTime is what one file of a registry may take; the largest has 60 MB.
const downloadTime = 5 * time.Minute

func registryDir(cfg config.Config) string { return filepath.Join(cfg.DataDir, "registry") }

// extra are the files that the settings add to the registry.
func extra(cfg config.Config) registry.Extra {
	return registry.Extra{PopulationFile: cfg.Registry.PopulationFile, UnionsFile: cfg.Registry.UnionsFile}
}

// copyAtHand reads the local copy; nil where there is none.
func (a *app) copyAtHand(cfg config.Config) (*registry.Snapshot, error) {
	s, err := registry.Load(registryDir(cfg), extra(cfg))
	switch {
	case errors.Is(err, registry.ErrNoCopy), errors.Is(err, syscall.ENOTDIR): // what is wrong with the folder, the store says
		return nil, nil
	case err != nil:
		return nil, a.notRead(cfg, err)
	}
	if said, err := a.imported(cfg); err == nil {
		said.Complete(s.Comuni)
	}
	return s, nil
}

// notRead says what of the registry cannot be read: the copy, or a file of the user's.
func (a *app) notRead(cfg config.Config, err error) error {
	var extra *registry.ExtraError
	if errors.As(err, &extra) {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.registry_extra", "file", plain(extra.File), "detail", a.cause(extra.Err)),
			hint: a.text.Text("error.registry_extra_hint"), err: err,
		}
	}
	return &failure{
		code: codeUsage, sentence: a.text.Text("error.registry_copy", "path", plain(registryDir(cfg)), "detail", a.cause(err)),
		hint: a.text.Text("error.registry_copy_hint"), err: err,
	}
}

// currentCopy is the local copy, fetched where there is none and brought up to
// date where it is older than the settings allow. What is older serves where
// nothing newer can be had.
func (a *app) currentCopy(ctx context.Context, c *crew) (*registry.Snapshot, error) {
	kept, err := a.copyAtHand(c.cfg)
	var extra *registry.ExtraError
	if errors.As(err, &extra) { // what else cannot be read is fetched anew
		return nil, err
	}
	if kept != nil && kept.Age(a.now()) <= c.cfg.Registry.MaxAge && len(kept.Damaged) == 0 {
		return kept, nil
	}
	_, err = a.updateCopy(ctx, c.cfg, c.guard, registry.SourceEnti, registry.SourceRTD, registry.SourceIstat)
	if stopped := ctx.Err(); stopped != nil {
		return nil, stopped
	}
	fresh, loadErr := a.copyAtHand(c.cfg)
	switch {
	case loadErr != nil:
		return nil, loadErr
	case fresh == nil:
		return nil, err
	case err != nil:
		a.note(a.explain(err).sentence)
		a.note(a.text.Text("registry.using_copy", "when", a.copyDate(fresh)))
	}
	a.noteDamaged(fresh)
	return fresh, nil
}

// The offices are the largest file of IPA's by far, and count only for whoever the RTDs
// have no row for. A crawl fetches them once in a while and does not wait for them as
// long as a night does; their silence counts for seven days (checks/rtd.go).
const (
	officesAge      = 6 * 24 * time.Hour
	officesPatience = time.Minute // of a crawl that is not of all comuni
)

// withOffices is the copy with IPA's offices brought up to date, where a crawl judges
// by them and those at hand are too old for their silence to count. Where they cannot be
// had the crawl goes on: whoever has no row of the RTDs is not called without one.
func (a *app) withOffices(ctx context.Context, c *crew, f crawlFlags, kept *registry.Snapshot) (*registry.Snapshot, error) {
	judged := !f.dryRun && (len(f.checks) == 0 || slices.Contains(f.checks, "rtd"))
	damaged := slices.Contains(slices.Concat(kept.Stale, kept.Damaged), registry.SourceOffices)
	if !judged || !damaged && a.now().Sub(kept.Sources[registry.SourceOffices].Checked) <= officesAge {
		return kept, nil
	}
	patience := officesPatience
	if f.everybody {
		patience = downloadTime
	}
	inner, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := a.updateCopy(inner, c.cfg, c.guard, registry.SourceOffices)
	if stopped := ctx.Err(); stopped != nil {
		return nil, stopped
	}
	if err != nil {
		a.note(a.text.Text("registry.without_offices", "detail", a.cause(err)))
		return kept, nil
	}
	return a.copyAtHand(c.cfg)
}

// noteDamaged says what of the copy is left out because it cannot be read.
func (a *app) noteDamaged(s *registry.Snapshot) {
	for _, source := range s.Damaged {
		a.note(a.text.Text("registry.damaged", "source", a.text.Text("registry.source."+string(source))))
	}
}

// nightCopy brings every source up to date before a night, however young its
// copy is: a copy that is not a day old when one night begins would be two days
// old in the next. A source that did not change costs a request. Where an update
// fails or is refused the last good copy serves, and the log says so.
func (a *app) nightCopy(ctx context.Context, c *crew, refused *refusals) (*registry.Snapshot, error) {
	reports, err := a.updateCopy(ctx, c.cfg, c.guard)
	if stopped := ctx.Err(); stopped != nil {
		return nil, stopped
	}
	for _, r := range reports {
		var shrunken *registry.ShrunkenError
		switch {
		case errors.As(r.Err, &shrunken):
			refused.add(r.Source)
			c.log.Error("an update of the registry was refused; the copy at hand stays", "source", r.Source,
				"before", shrunken.Before, "after", shrunken.After, "max_shrink", shrunken.Max, "as_of", r.State.Checked)
		case r.Err != nil:
			c.log.Warn("a source of the registry was not updated; the copy at hand stays", "source", r.Source, "error", r.Err, "as_of", r.State.Checked)
		}
	}
	kept, loadErr := a.copyAtHand(c.cfg)
	switch {
	case loadErr != nil:
		return nil, loadErr
	case kept == nil:
		return nil, err
	}
	for _, s := range kept.Stale {
		c.log.Warn("the copy of a source of the registry cannot be read; the one before it serves", "source", s)
	}
	for _, s := range kept.Damaged {
		c.log.Error("the copy of a source of the registry cannot be read; the night goes without it", "source", s)
	}
	if g := kept.Gaps; g.Rows > 0 {
		c.log.Warn("rows of IPA's RTDs or offices cannot be read; whose they may be is not called without an RTD", "rows", g.Rows, "bodies", len(g.Bodies), "anybody", g.Anybody)
	}
	return kept, nil
}

// refusals counts the updates that were refused because they had lost too much
// or held nothing, since the program began. The zero value is ready for use, by
// several goroutines.
type refusals struct {
	mu    sync.Mutex
	count map[registry.Source]int
}

func (r *refusals) add(s registry.Source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count == nil {
		r.count = map[registry.Source]int{}
	}
	r.count[s]++
}

// counts is by source, 0 for those that never were.
func (r *refusals) counts() map[registry.Source]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[registry.Source]int{}
	for _, s := range registry.Sources() {
		out[s] = r.count[s]
	}
	return out
}

// copyDate says of when a copy is.
func (a *app) copyDate(s *registry.Snapshot) string {
	if s.AsOf.IsZero() {
		return a.text.Text("registry.date_unknown")
	}
	return a.text.Date(s.AsOf.In(rome()))
}

// updateCopy fetches sources one after the other and says so; none: all. The
// error is that of the first that failed, the reports tell of each.
func (a *app) updateCopy(ctx context.Context, cfg config.Config, g *netguard.Guard, sources ...registry.Source) ([]registry.SourceReport, error) {
	if len(sources) == 0 {
		sources = registry.Sources()
	}
	var reports []registry.SourceReport
	var first error
	for _, s := range sources {
		a.note(a.text.Text("registry.fetching", "source", a.text.Text("registry.source."+string(s))))
		got, err := registry.Update(ctx, registry.UpdateOptions{
			Dir: registryDir(cfg), IPAURL: cfg.Registry.IPAURL, IstatURL: cfg.Registry.IstatURL, Client: g.Client(downloadTime),
			Sources: []registry.Source{s}, MaxShrink: float64(cfg.Registry.MaxShrink) / 100, Now: a.now,
		})
		reports = append(reports, got...)
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			return reports, ctx.Err()
		}
		if s == registry.SourceEnti && a.nobodyKnown(cfg, err) {
			break
		}
	}
	return reports, first
}

// nobodyKnown tells that IPA's bodies cannot be had and no copy is there: nothing can be
// done with the other sources, and who waits is told at once, not after each of them.
func (a *app) nobodyKnown(cfg config.Config, err error) bool {
	var silent *registry.UnreachableError
	if !errors.As(err, &silent) {
		return false
	}
	kept, _ := a.copyAtHand(cfg) // one that cannot be read is as good as none
	return kept == nil
}
