package main

// vigile demo: a small invented Italy on loopback, crawled and summed up. It
// needs neither a network nor privileges, and leaves nothing behind unless --data
// names a folder.

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/replica"
)

// demoFlags are those of demo alone.
type demoFlags struct {
	data   string
	comune string
	once   bool
}

func newDemo(a *app) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:  "demo",
		Args: a.noArgs,
		Example: `  vigile demo
  vigile demo --once --comune 'Vallefiorita di Sotto'`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), f) },
	}
	a.describe(cmd, "demo")
	cmd.Flags().BoolVar(&f.once, "once", false, a.flagText("once"))
	cmd.Flags().StringVar(&f.data, "data", "", a.flagText("data"))
	cmd.Flags().StringVar(&f.comune, "comune", "", a.flagText("demo_comune"))
	return cmd
}

func (a *app) demo(ctx context.Context, f demoFlags) error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	if a.flags.config != "" {
		if _, err := a.settings(); err != nil {
			return err
		}
		a.note(a.text.Text("demo.config"))
	}
	data := f.data
	if data == "" {
		if data, err = os.MkdirTemp("", "vigile-demo-"); err != nil {
			return fmt.Errorf("making a folder for the demo: %w", err)
		}
		defer os.RemoveAll(data)
	}
	a.note(a.text.Text("demo.starting"))
	italy, err := replica.New(replica.Options{Day: a.now()})
	if err != nil {
		return err
	}
	running, err := italy.Start(ctx)
	if err != nil {
		return fmt.Errorf("starting the invented Italy: %w", err)
	}
	defer running.Close()
	only, err := demoComune(running, f.comune)
	if err != nil {
		return err
	}
	cfg, err := demoConfig(running, data)
	if err != nil {
		return err
	}
	a.world = world{roots: running.Roots(), redial: running.Redial}
	list, err := a.catalogue(cfg)
	if err != nil {
		return err
	}
	o, err := a.crawlReplica(ctx, cfg, list, running, nightly.Selection{Again: true})
	if err != nil {
		return err
	}
	closing := []string{a.text.Text("demo.invented"), a.text.Text("sheet.fair")}
	if f.data != "" {
		closing = append(closing, a.text.Text("demo.kept", "path", plain(storePath(cfg))))
	}
	if err := a.printOutcome(ctx, list, o, printing{format: format, only: only, closing: closing}); err != nil {
		return err
	}
	switch {
	case o.interrupted:
		return a.interruption(f.data == "", o)
	case f.once:
		return nil
	}
	return a.showDemo(ctx, cfg, list)
}

// demoComune is the ISTAT code of an invented comune; empty: nobody was named.
func demoComune(running *replica.Running, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	var comuni []registry.Comune
	for _, c := range running.Comuni() {
		comuni = append(comuni, registry.Comune{Istat: c.Istat, IPA: c.IPA, Name: c.Name, Province: c.Province})
	}
	c, err := registry.NewCatalogue(comuni).Find(name)
	return c.Istat, err
}

// showDemo serves the pages of what the demo has found, on a free port if the
// usual one is taken.
func (a *app) showDemo(ctx context.Context, cfg config.Config, list []checks.Check) error {
	if address := a.getenv("VIGILE_WEB_LISTEN"); address != "" {
		cfg.Web.Listen = address
	}
	l, err := net.Listen("tcp", cfg.Web.Listen)
	if err != nil {
		cfg.Web.Listen = "127.0.0.1:0"
	} else {
		l.Close()
	}
	s, err := a.newService(cfg, list)
	if err != nil {
		return err
	}
	defer s.close()
	s.off = "off"
	return s.run(ctx)
}

// demoConfig is the configuration of a crawl of the replica: it is the user's
// own machine, so nobody needs to be spared.
func demoConfig(running *replica.Running, data string) (config.Config, error) {
	cfg := config.Default()
	cfg.DataDir = data
	cfg.Network.Resolver = running.Resolver()
	cfg.Network.AllowPrivateAddresses = true
	cfg.Registry.IPAURL, cfg.Registry.IstatURL, cfg.AgID.BaseURL = running.IPAURL(), running.ISTATURL(), running.AgIDURL()
	for _, address := range []string{running.IPAURL(), running.AgIDURL()} {
		port, err := portOf(address)
		if err != nil {
			return cfg, err
		}
		cfg.Network.ExtraPorts = append(cfg.Network.ExtraPorts, port)
	}
	cfg.Crawl.PerHostDelay = 0
	cfg.Crawl.PerAddressInFlight = 1000
	cfg.Crawl.SitesInFlight = 16
	return cfg, nil
}

func portOf(address string) (int, error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, err
	}
	_, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// crawlReplica takes the invented comuni of those ISTAT codes, or all of them,
// through the whole line.
func (a *app) crawlReplica(ctx context.Context, cfg config.Config, list []checks.Check, running *replica.Running, s nightly.Selection, codes ...string) (outcome, error) {
	a.world.agidGap = time.Millisecond // it is our own
	c, err := a.newCrew(cfg, list, true, nil)
	if err != nil {
		return outcome{}, err
	}
	defer c.close()
	ipa := registry.NewIPA(cfg.Registry.IPAURL, c.guard.Client(0), a.now)
	for _, invented := range running.Comuni() {
		if len(codes) > 0 && !slices.Contains(codes, invented.Istat) {
			continue
		}
		x, err := ipa.Lookup(ctx, invented.Istat)
		if err != nil {
			return outcome{}, err
		}
		if x.Province == "" {
			x.Province = invented.Province // no invented province is in the table of the real ones
		}
		s.Comuni = append(s.Comuni, x)
	}
	st, err := a.openStore(cfg, false)
	if err != nil {
		return outcome{}, err
	}
	defer st.Close()
	return c.do(ctx, s, st)
}
