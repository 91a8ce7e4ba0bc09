package main

// vigile serve: the nights, the pages, the metrics, and the answers to other
// commands, until it is told to stop.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/web"
	"github.com/vigile-it/vigile/store/bolt"
	"github.com/vigile-it/vigile/store/remote"
)

// nightsTold is how many nights back the last that ended is looked for.
const nightsTold = 60

// stopTime is what everything together may take to stop.
const stopTime = 8 * time.Second

func newServe(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "serve",
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) },
	}
	a.describe(cmd, "serve")
	return cmd
}

func (a *app) serve(ctx context.Context) error {
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	list, err := a.catalogue(cfg)
	if err != nil {
		return err
	}
	s, err := a.newService(cfg, list)
	if err != nil {
		return err
	}
	defer s.close()
	if cfg.Network.Contact == "" {
		s.off = "contact"
		a.note(a.text.Text("serve.no_contact"))
	}
	return s.run(ctx)
}

// service is a serve under way.
type service struct {
	app   *app
	cfg   config.Config
	list  []checks.Check
	log   *slog.Logger
	store *bolt.Store
	crew  *crew
	meter *prometheus.Registry
	table nightly.Timetable
	off   string // why there are no nights; empty: there are

	night    nightly.Progress
	refused  refusals   // updates of the registry
	requests turn       // one request at a time
	nights   turn       // and one night: the schedule's, or one that another command asks for
	waiting  sync.Mutex // guards ordered
	orders   chan registry.Comune
	ordered  []string     // ISTAT codes of who is in orders
	asked    atomic.Int64 // when the registry's bodies were last known to be current, Unix seconds
	stopping atomic.Bool
	renew    func() // has the pages count anew; set before anything is crawled
}

// crawl takes a selection through the crew, and has the pages count what came
// of it.
func (s *service) crawl(ctx context.Context, sel nightly.Selection, w nightly.Watcher) (nightly.Outcome, error) {
	defer s.renew()
	return s.crew.run(ctx, sel, s.store, w)
}

// newService opens the store and makes the crew.
func (a *app) newService(cfg config.Config, list []checks.Check) (*service, error) {
	table, err := a.timetable(cfg)
	if err != nil {
		return nil, err
	}
	st, err := a.openBolt(cfg, false)
	if err != nil {
		return nil, err
	}
	s := &service{
		app: a, cfg: cfg, list: list, log: a.loggerFrom(cfg, slog.LevelInfo), store: st, meter: prometheus.NewRegistry(), table: table,
		requests: newTurn(), nights: newTurn(),
	}
	s.orders = make(chan registry.Comune, maxOrders)
	for _, source := range registry.Sources() {
		s.meter.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name:        "vigile_registry_updates_refused_total",
			Help:        "Downloads of a source of the registry that were refused before a night because they held nothing or had lost too much.",
			ConstLabels: prometheus.Labels{"source": string(source)},
		}, func() float64 { return float64(s.refused.counts()[source]) }))
	}
	s.meter.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if s.crew, err = a.newCrew(cfg, list, true, s.meter); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	s.crew.log = s.log
	if kept, err := a.copyAtHand(cfg); err == nil && kept != nil {
		s.asked.Store(kept.AsOf.Unix())
	}
	return s, nil
}

// timetable is when the nights begin.
func (a *app) timetable(cfg config.Config) (nightly.Timetable, error) {
	zone, err := time.LoadLocation(cfg.Schedule.Timezone)
	if err != nil {
		return nightly.Timetable{}, fmt.Errorf("reading the timetable: %w", err)
	}
	t, err := nightly.ParseTimetable(cfg.Schedule.Nightly, zone)
	if err != nil {
		return t, &failure{
			code: codeUsage, sentence: a.text.Text("error.timetable", "value", plain(cfg.Schedule.Nightly)), hint: a.text.Text("config.want.cron"), err: err,
		}
	}
	return t, nil
}

func (s *service) close() {
	s.crew.close()
	if err := s.store.Close(); err != nil {
		s.log.Error("closing the store", "error", err)
	}
}

// run serves until ctx ends, and stops in order: no longer ready, no more
// answers, the night cut off and kept.
func (s *service) run(ctx context.Context) error {
	pages, err := s.pages()
	if err != nil {
		return err
	}
	defer pages.Close()
	s.renew = pages.Renew
	servers, err := s.listen(ctx, pages)
	if err != nil {
		return err
	}
	others, err := remote.Listen(remote.Options{DataDir: s.cfg.DataDir, Source: s.store, Crawl: s.take, Logger: s.log})
	if err != nil {
		s.log.Warn("other commands cannot be answered", "error", err)
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	pages.Warm()
	var work sync.WaitGroup
	if s.off == "" {
		work.Go(func() { s.schedule(working) })
	}
	work.Go(func() { s.work(working) })
	broken := make(chan error, len(servers))
	for _, x := range servers {
		work.Go(func() { broken <- x.server.Serve(x.listener) })
	}
	notify("READY=1\nSTATUS=" + s.app.text.Text("serve.ready"))
	select {
	case <-ctx.Done():
		err = nil
	case err = <-broken:
		err = fmt.Errorf("serving the pages: %w", err)
	}
	s.stopping.Store(true)
	notify("STOPPING=1")
	s.app.note(s.app.text.Text("serve.stopping"))
	stop()
	late, done := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer done()
	for _, x := range servers {
		if x.server.Shutdown(late) != nil {
			x.server.Close()
		}
	}
	if others != nil && others.Close(late) != nil {
		s.log.Warn("another command was cut off")
	}
	work.Wait()
	return err
}

// schedule does the nights until ctx ends.
func (s *service) schedule(ctx context.Context) {
	err := nightly.Schedule(ctx, nightly.ScheduleOptions{Timetable: s.table, Do: s.doNight, Runs: s.store.Runs, Now: s.app.now, Logger: s.log})
	if err != nil {
		s.log.Error("the nights ended", "error", err)
	}
}

// doNight does one night: the registry first, then every comune in it.
func (s *service) doNight(ctx context.Context, night string) error {
	if !s.nights.had() {
		s.log.Info("the night waits for one that was asked for", "night", night)
		if !s.nights.await(ctx) {
			return ctx.Err()
		}
	}
	defer s.nights.end()
	kept, err := s.app.nightCopy(ctx, s.crew, &s.refused)
	if err != nil {
		return errors.New(s.app.explain(err).sentence)
	}
	s.asked.Store(kept.AsOf.Unix())
	tutti := nightly.Selection{Comuni: kept.Comuni, Words: "tutti", Kind: record.Night, Night: night}
	got, err := s.crew.runUntil(ctx, tutti, s.store, &s.night, s.cfg.Schedule.LastLook)
	s.renew()
	if err != nil {
		return err
	}
	s.log.Info("the night has ended", "night", night, "comuni", got.Tally.Comuni, "read", got.Tally.Read(), "failed", got.Failed, "left", got.Left, "why", got.Why)
	return nil
}

// status is how the service is doing, for the pages and the metrics.
func (s *service) status() web.Status {
	st := web.Status{ScheduleEnabled: s.off == "", ScheduleOff: s.off, Stopping: s.stopping.Load()}
	if at := s.asked.Load(); at > 0 {
		st.RegistryRead = time.Unix(at, 0)
	}
	if s.off == "" {
		st.NextNight = s.table.Next(s.app.now())
	}
	if total, _, err := s.store.Size(); err == nil {
		st.StoreBytes = total
	}
	now := s.night.Snapshot()
	runs, err := s.store.Runs(context.Background(), record.Night, nightsTold)
	if err != nil {
		s.log.Error("reading the runs", "error", err)
	}
	runs = slices.DeleteFunc(runs, func(r record.Run) bool { return r.Started.After(s.app.now()) }) // of a clock that was ahead
	m := nightly.MetricsOf(runs, now)
	st.LastSuccess, st.LastDuration, st.Expected, st.Done, st.Failed = m.LastSuccess, m.Duration, m.Expected, m.Done, m.Failed
	if r := now.Run; r.ID != "" && r.Ended.IsZero() && now.Done+now.Failed < r.Expected {
		st.Running = &web.Running{Kind: r.Kind, Started: r.Started, Done: now.Done, Expected: r.Expected}
	}
	return st
}

func (s *service) pages() (*web.Server, error) {
	token, err := s.app.token(s.cfg)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Options{
		Store: s.store, Messages: s.app.text, Checks: metas(s.list), Now: s.app.now, Logger: s.log, Version: release(),
		Status: s.status, Gatherer: s.meter, MetricsApart: s.cfg.Web.MetricsListen != "", Token: token, Crawl: s.order,
		Outside: s.outside(),
	})
	if err != nil {
		return nil, fmt.Errorf("making the pages: %w", err)
	}
	return pages, nil
}

// listening is a server with the address it has been given.
type listening struct {
	server   *http.Server
	listener net.Listener
}

// listen opens the addresses of the pages and, where they are apart, of the
// metrics, and says where they are.
func (s *service) listen(ctx context.Context, pages *web.Server) ([]listening, error) {
	addresses := []struct {
		key, address, say string
		handler           http.Handler
	}{{"web.listen", s.cfg.Web.Listen, "serve.listening", pages.Handler()}}
	if s.cfg.Web.MetricsListen != "" {
		addresses = append(addresses, struct {
			key, address, say string
			handler           http.Handler
		}{"web.metrics_listen", s.cfg.Web.MetricsListen, "serve.metrics", pages.MetricsHandler()})
	}
	var out []listening
	var config net.ListenConfig
	for _, x := range addresses {
		l, err := config.Listen(ctx, "tcp", x.address)
		if err != nil {
			for _, o := range out {
				o.listener.Close()
			}
			return nil, &failure{
				code: codeUsage, sentence: s.app.text.Text("error.listen", "address", plain(x.address), "detail", s.app.cause(err)),
				hint: s.app.text.Text("error.listen_hint", "key", x.key), err: err,
			}
		}
		server := web.HTTPServer(x.address, x.handler)
		server.ErrorLog = slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)
		out = append(out, listening{server, l})
		s.app.note(s.app.text.Text(x.say, "address", "http://"+l.Addr().String()+"/"))
	}
	return out, nil
}
