package main

// Our own bad night is not theirs: a name server that is dead, or an uplink that
// leads nowhere, for a while of a night over the replica.

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/replica"
)

// relay stands before the replica's name server, and is silent while it is dead.
func relay(t *testing.T, to string, dead func() bool) string {
	t.Helper()
	here, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close() })
	ask := func(question []byte, from net.Addr) {
		there, err := net.Dial("udp4", to)
		if err != nil {
			return
		}
		defer there.Close()
		answer := make([]byte, 4096)
		there.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := there.Write(question); err != nil {
			return
		}
		if n, err := there.Read(answer); err == nil {
			here.WriteTo(answer[:n], from)
		}
	}
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := here.ReadFrom(b)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil && !dead() {
				go ask(append([]byte(nil), b[:n]...), from)
			}
		}
	}()
	return here.LocalAddr().String()
}

// outage begins with the first question after it is due, and has an end.
type outage struct {
	lasts time.Duration
	from  atomic.Int64 // Unix nanoseconds; 0: not yet
}

func (o *outage) begin() { o.from.CompareAndSwap(0, time.Now().UnixNano()) }

func (o *outage) dead() bool {
	from := o.from.Load()
	return from > 0 && time.Since(time.Unix(0, from)) < o.lasts
}

// welcome is the page of a portal that lets nobody through.
func welcome(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, `<!doctype html><html lang="it"><head><title>Hotel Bellavista</title></head><body>
<header><a href="/">Hotel Bellavista</a></header><main><h1>Benvenuti nella rete degli ospiti</h1>
<p>Per navigare inserisci il codice che trovi nella tua camera. Il servizio è gratuito per due ore,
poi occorre un nuovo codice dalla reception. Usando la rete ne accetti le condizioni d'uso.</p>
<form method="post" action="/login"><label>Codice <input name="code"></label><button>Entra</button></form>
<ul><li><a href="/camere">Camere</a></li><li><a href="/ristorante">Ristorante</a></li><li><a href="/contatti">Contatti</a></li></ul>
</main><footer><p>Hotel Bellavista, via del Lago 1</p></footer></body></html>`)
}

func TestSoakOurOwnBadNightIsNotTheirs(t *testing.T) {
	lasts := atLength(4*time.Second, time.Minute)
	for name, run := range map[string]func(t *testing.T, running *replica.Running, o *outage, w *world, settings map[string]string){
		"the name server is dead when the night begins": func(t *testing.T, running *replica.Running, o *outage, _ *world, settings map[string]string) {
			o.begin()
			settings["VIGILE_NETWORK_RESOLVER"] = relay(t, running.Resolver(), o.dead)
		},
		"the uplink refuses everything in the middle of the night": func(_ *testing.T, running *replica.Running, o *outage, w *world, _ map[string]string) {
			var dials atomic.Int64
			w.redial = func(address string) string {
				if _, port, _ := net.SplitHostPort(address); port != "443" && port != "80" {
					return address // the registry
				}
				if dials.Add(1) > 100 {
					o.begin()
				}
				if o.dead() {
					return "127.0.0.1:1"
				}
				return running.Redial(address)
			}
		},
		"a portal refuses https and answers http for everybody": func(t *testing.T, running *replica.Running, o *outage, w *world, _ map[string]string) {
			portal := httptest.NewServer(http.HandlerFunc(welcome))
			t.Cleanup(portal.Close)
			var dials atomic.Int64
			w.redial = func(address string) string {
				_, port, _ := net.SplitHostPort(address)
				if port != "443" && port != "80" {
					return address // the registry
				}
				if dials.Add(1) > 100 {
					o.begin()
				}
				switch {
				case !o.dead():
					return running.Redial(address)
				case port == "80":
					return portal.Listener.Addr().String()
				}
				return "127.0.0.1:1"
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			running := invented(t, replica.Options{Seed: dice(t).Uint64(), Scale: atLength(150, 500)})
			o := &outage{lasts: lasts}
			w := world{redial: running.Redial, agidGap: time.Millisecond, probeEvery: atLength(500*time.Millisecond, 0)}
			settings := map[string]string{
				"VIGILE_AGID_BASE_URL": "https://form.agid.gov.it", "VIGILE_AGID_VERIFY": "false", // a name that stands for the network
				"VIGILE_CRAWL_PER_ADDRESS_IN_FLIGHT": strconv.Itoa(16), "VIGILE_CRAWL_SITES_IN_FLIGHT": "16",
			}
			run(t, running, o, &w, settings)
			_, kept, got, took := crawledAll(t, running, w, settings, "crawl", "--tutti", "--format", "json")
			if o.from.Load() == 0 || kept.Kind != record.Night {
				t.Errorf("no outage, or no night: %+v", kept)
			}
			reached(t, running, got)
			wrong := 0
			for _, c := range running.Comuni() {
				v := got[c.Istat].Visit
				if c.Fault == replica.FaultNone && v.Reach != page.ReachOK {
					wrong++
				}
				if v.Reach == page.ReachOK && !strings.HasPrefix(v.FinalURL, "https://") {
					t.Errorf("%s was read from %s", c.Name, v.FinalURL) // nobody there has a site without https
				}
			}
			t.Logf("%d comuni, the network gone for %v: %d falsely unreachable; %v", len(got), lasts, wrong, took.Round(100*time.Millisecond))
		})
	}
}

func TestSitesThatAnsweredBeforeAreAskedWhetherTheyStillDo(t *testing.T) {
	running := someItaly(t, 30)
	var good []string
	for _, c := range running.Comuni() {
		if c.Fault == replica.FaultNone {
			good = append(good, "https://"+c.Host+"/it")
		}
	}
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.Crawl.PerHostDelay = 0
	cfg.Registry.IPAURL, cfg.Registry.IstatURL = running.IPAURL(), running.ISTATURL()
	cfg.Network.Resolver, cfg.Network.AllowPrivateAddresses = running.Resolver(), true
	ask := func(redial func(string) string, sites ...string) string {
		a := &app{text: text, world: world{roots: running.Roots(), redial: redial}}
		return a.silent(t.Context(), cfg, sites)
	}
	nowhere := func(string) string { return "127.0.0.1:1" }
	for _, c := range []struct {
		name   string
		redial func(string) string
		sites  []string
		silent bool
	}{
		{"all answer", running.Redial, good[:8], false},
		{"one of them does", running.Redial, []string{"https://gone.test/", good[0]}, false},
		{"none does", nowhere, good[:8], true},
		{"none has a name any more", running.Redial, []string{"https://gone.test/", "https://away.test/", "https://lost.test/", "https://over.test/"}, true},
		{"the one there was does not, but the services do", running.Redial, []string{"https://gone.test/"}, false},
		{"the one there was does not, nor do the services", nowhere, []string{"https://gone.test/"}, true},
		{"nobody has yet, but the services do", running.Redial, nil, false},
		{"nobody has yet, nor do the services", nowhere, nil, true},
		{"a site without https proves nothing", nowhere, []string{"http://" + running.Comuni()[0].Host + "/", "::"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if why := ask(c.redial, c.sites...); (why != "") != c.silent {
				t.Errorf("%q", why)
			}
		})
	}
	for host, x := range running.Ledger().Hosts {
		if x.Requests > 3 || x.Violations > 0 || x.MostInFlight > 1 {
			t.Errorf("%s: %+v", host, x)
		}
	}
}
