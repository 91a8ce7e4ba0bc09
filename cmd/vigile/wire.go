package main

// This file turns settings into the options of the other packages. Nothing else
// in cmd knows how they are put together, and nothing outside cmd reads settings.

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/crawler"
	"github.com/vigile-it/vigile/internal/agid/client"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/netguard"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/bolt"
	"github.com/vigile-it/vigile/store/remote"
)

// world is what stands in for the network outside, in the demo and in tests. It
// cannot be had from the configuration.
type world struct {
	roots   *x509.CertPool
	redial  func(addr string) string
	agidGap time.Duration // between two questions to AgID; 0: what is polite

	probeEvery time.Duration // between two questions whether our network is back; 0: what is usual
	observe    bool          // every page is looked at every night, for who compares
}

// idleBeyondGap is how long a connection outlives twice the gap between two
// requests to a host, while the visit goes on: a turn at a busy address takes some
// seconds. A visit speaks to several hosts, at some 50 kB a connection, which is why
// the few that ask for a Crawl-delay of ten seconds are connected to anew for each page.
const idleBeyondGap = 3 * time.Second

// limits of what cmd reads itself, in bytes.
const maxCAFile = 4 << 20

// catalogue is the checks that the configuration leaves on.
func (a *app) catalogue(cfg config.Config) ([]checks.Check, error) {
	list, err := a.everyCheck(cfg)
	if err != nil {
		return nil, err
	}
	known := idsOf(list)
	for _, id := range cfg.Checks.Disabled {
		if !slices.Contains(known, id) {
			return nil, a.unknownCheck(id, known)
		}
	}
	list = slices.DeleteFunc(list, func(c checks.Check) bool { return slices.Contains(cfg.Checks.Disabled, c.Meta.ID) })
	if len(list) == 0 {
		return nil, &failure{code: codeUsage, sentence: a.text.Text("error.no_checks")}
	}
	return list, nil
}

// everyCheck is all checks there are, those of the user's own rules too.
func (a *app) everyCheck(cfg config.Config) ([]checks.Check, error) {
	dir := cfg.Checks.RulesDir
	if dir == "" {
		return checks.Catalogue()
	}
	refuse := func(detail string, lines []string, err error) error {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.rules_dir", "dir", plain(dir), "detail", detail),
			hint: a.text.Text("error.rules_dir_hint"), lines: lines, err: err,
		}
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, refuse(a.text.Text("error.detail.no_folder"), nil, err)
	}
	list, err := checks.CatalogueWith(os.DirFS(dir))
	if err == nil {
		return list, nil
	}
	var lines []string
	for line := range strings.Lines(err.Error()) {
		lines = append(lines, plain(filepath.Join(dir, strings.TrimSpace(line))))
	}
	return nil, refuse(a.text.Text("error.detail.rules"), lines, err)
}

// guard is the one way to the network.
func (a *app) guard(cfg config.Config) (*netguard.Guard, error) {
	roots, err := a.roots(cfg)
	if err != nil {
		return nil, err
	}
	g, err := netguard.New(netguard.Options{
		Resolver: cfg.Network.Resolver, Roots: roots, Proxy: cfg.Network.Proxy, AllowPrivate: cfg.Network.AllowPrivateAddresses,
		ExtraPorts: cfg.Network.ExtraPorts, Redial: a.world.redial,
		IdleTimeout: 2*cfg.Crawl.PerHostDelay + idleBeyondGap, MaxIdle: 2 * cfg.Crawl.SitesInFlight, Now: a.now,
	})
	if err != nil {
		return nil, &failure{code: codeUsage, sentence: a.text.Text("error.network_setup", "detail", plain(err.Error())), err: err}
	}
	return g, nil
}

func (a *app) roots(cfg config.Config) (*x509.CertPool, error) {
	name := cfg.Network.CAFile
	if name == "" {
		return a.world.roots, nil
	}
	refuse := func(detail string, err error) error {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.ca_file", "file", plain(name), "detail", detail),
			hint: a.text.Text("error.ca_file_hint"), err: err,
		}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, refuse(a.cause(err), err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxCAFile))
	if err != nil {
		return nil, refuse(a.cause(err), err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		return nil, refuse(a.text.Text("error.detail.no_certificate"), nil)
	}
	return roots, nil
}

// assessor is the crawler and the checks over it. reset begins a new run, anew a
// second look in one.
func (a *app) assessor(cfg config.Config, g *netguard.Guard, list []checks.Check, keep bool, r prometheus.Registerer, t *thrift) (_ *assess.Assessor, reset, anew func(), _ error) {
	if err := a.available(cfg); err != nil {
		return nil, nil, nil, err
	}
	log := a.logger(cfg)
	c, err := crawler.New(crawler.Options{
		Transport: g, UserAgent: cfg.Network.Agent(release()), Product: "vigile",
		PerHostDelay: cfg.Crawl.PerHostDelay, PerAddressInFlight: cfg.Crawl.PerAddressInFlight,
		PagesPerSite: cfg.Crawl.PagesPerSite, SiteBudget: cfg.Crawl.SiteBudget, PageLimit: int64(cfg.Crawl.PageLimit),
		ObeyRobots: cfg.Crawl.ObeyRobots, Now: a.now, Logger: log, Registerer: r,
		Housekeeping: t.collect,
	})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("making the crawler: %w", err)
	}
	t.quiet = c.Quiet
	o := assess.Options{Visitor: c, Checks: list, Rome: rome(), Now: a.now, Logger: log, Registerer: r}
	if !a.world.observe {
		o.Under = under(cfg)
	}
	reset = func() {}
	if cfg.AgID.Verify {
		agid, err := a.declarer(cfg, g, keep)
		if err != nil {
			return nil, nil, nil, err
		}
		o.Declarer, reset = agid, agid.Reset
	}
	out, err := assess.New(o)
	return out, reset, func() { g.ForgetFailures(); c.ForgetFailures() }, err
}

// declarer asks AgID. Its answers are kept on disk, unless nothing is kept.
func (a *app) declarer(cfg config.Config, g *netguard.Guard, keep bool) (*client.Client, error) {
	o := client.Options{
		BaseURL: cfg.AgID.BaseURL, HTTP: g.Client(0), UserAgent: cfg.Network.Agent(release()), Now: a.now, MinGap: a.world.agidGap, Logger: a.logger(cfg),
	}
	if keep {
		o.CacheDir = filepath.Join(cfg.DataDir, "agid")
	}
	c, err := client.New(o)
	if err != nil {
		return nil, fmt.Errorf("making the client of AgID: %w", err)
	}
	return c, nil
}

// available refuses values that the settings may have and this version does nothing with.
func (a *app) available(cfg config.Config) error {
	switch {
	case cfg.Crawl.Render != "off":
		return a.unavailable("crawl.render", cfg.Crawl.Render, "off")
	case cfg.Store.Driver != "bolt":
		return a.unavailable("store.driver", cfg.Store.Driver, "bolt")
	}
	return nil
}

func (a *app) unavailable(key, value, instead string) error {
	return &failure{
		code: codeUsage, sentence: a.text.Text("error.unavailable", "key", key, "value", plain(value)),
		hint: a.text.Text("error.unavailable_hint", "instead", instead),
	}
}

// openStore opens the results, or asks the serve that has them. Where there are
// none to read, the error says how to begin.
func (a *app) openStore(cfg config.Config, readOnly bool) (store.Store, error) {
	r, err := remote.Dial(context.Background(), cfg.DataDir)
	if err == nil {
		return r, nil
	}
	var other *remote.ProtocolError
	if errors.As(err, &other) {
		return nil, &failure{code: codeNothing, sentence: a.text.Text("error.serve_version", "pid", other.PID), hint: a.text.Text("error.serve_version_hint"), err: err}
	}
	s, err := a.openBolt(cfg, readOnly)
	if err != nil {
		return nil, err // not a nil *bolt.Store
	}
	return s, nil
}

// openBolt opens the file itself.
func (a *app) openBolt(cfg config.Config, readOnly bool) (*bolt.Store, error) {
	if cfg.Store.Driver != "bolt" {
		return nil, a.unavailable("store.driver", cfg.Store.Driver, "bolt")
	}
	path := storePath(cfg)
	lineage, err := a.variations(cfg)
	if err != nil {
		return nil, err
	}
	s, err := bolt.Open(path, bolt.Options{ReadOnly: readOnly, Now: a.now, Lineage: lineage})
	var locked *store.LockedError
	var damaged *store.CorruptError
	var newer *store.NewerError
	var older *store.OlderError
	switch {
	case err == nil:
		return s, nil
	case readOnly && errors.As(err, &older): // opened to write, it is brought to today's layout
		return a.openBolt(cfg, false)
	case errors.As(err, &locked), errors.As(err, &damaged), errors.As(err, &newer):
		return nil, err
	case readOnly && errors.Is(err, fs.ErrNotExist):
		return nil, &failure{
			code: codeUsage, sentence: a.text.Text("error.no_store", "path", plain(path)), hint: a.text.Text("error.no_store_hint"), err: err,
		}
	}
	return nil, a.noStore(path, err)
}

// noStore says why the file of the results can be neither read nor made.
func (a *app) noStore(path string, err error) error {
	return &failure{
		code: codeUsage, sentence: a.text.Text("error.store", "path", plain(path), "detail", a.cause(err)),
		hint: a.text.Text("error.store_hint"), err: err,
	}
}

func storePath(cfg config.Config) string { return filepath.Join(cfg.DataDir, "vigile.db") }

// registryFile reads IPA's bodies from a file.
func (a *app) registryFile(name string) (*registry.Catalogue, error) {
	refuse := func(err error) error {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.registry_file", "file", plain(name), "detail", a.cause(err)),
			hint: a.text.Text("error.registry_file_hint"), err: err,
		}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, refuse(err)
	}
	defer f.Close()
	dump, err := registry.ReadEnti(f)
	if err != nil {
		return nil, refuse(err)
	}
	if len(dump.Comuni) == 0 {
		return nil, &failure{
			code: codeUsage, sentence: a.text.Text("error.registry_empty", "file", plain(name)), hint: a.text.Text("error.registry_file_hint"),
		}
	}
	return registry.NewCatalogue(dump.Comuni), nil
}
