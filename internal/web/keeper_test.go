package web

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"
)

func TestCountsAreMadeAtMostOnceAMinute(t *testing.T) {
	m := umbria()
	now := noon
	h := served(t, m, func(o *Options) { o.Now = func() time.Time { return now } }).Handler()
	targets := []string{"/metrics", "/metrics/comuni", "/", "/comuni", "/metrics"}
	for _, step := range []struct {
		after time.Duration
		scans int32
	}{{0, 1}, {59 * time.Second, 1}, {60 * time.Second, 2}, {61 * time.Second, 2}, {10 * time.Minute, 3}, {0, 4}} { // a clock set back
		now = noon.Add(step.after)
		for _, target := range targets {
			body(t, h, target)
		}
		if n := m.scans.Load(); n != step.scans {
			t.Errorf("after %s: the store was gone through %d times, want %d", step.after, n, step.scans)
		}
	}
}

func TestWhatIsNewIsSeenOnceTheCountsAreMadeAgain(t *testing.T) {
	m := umbria()
	now := noon
	h := served(t, m, func(o *Options) { o.Now = func() time.Time { return now } }).Handler()
	red := func() int {
		n := 0
		for _, v := range series(scraped(t, body(t, h, "/metrics/comuni"))["vigile_comune_compliant"]) {
			if v == 0 {
				n++
			}
		}
		return n
	}
	if n := red(); n != 1 {
		t.Fatalf("%d red", n)
	}
	m.see(looked(comuneOf("990001", "Finto Spoleto", "PG", "Umbria"), now, found("accessibility-declaration", "pass", "", "high")))
	now = now.Add(time.Minute)
	if n := red(); n != 0 {
		t.Errorf("%d red after it was mended", n)
	}
}

func TestWhatHasJustEndedIsCountedAtOnce(t *testing.T) {
	m := umbria()
	s := served(t, m)
	h := s.Handler()
	body(t, h, "/metrics/comuni")
	body(t, h, "/metrics/comuni")
	s.Renew()
	body(t, h, "/metrics/comuni")
	body(t, h, "/metrics/comuni")
	if n := m.scans.Load(); n != 2 {
		t.Errorf("the store was gone through %d times", n)
	}
}

func TestAScrapeIsAnsweredFromOlderCountsWhileNewOnesAreMade(t *testing.T) {
	m := umbria()
	now := noon
	s := served(t, m, func(o *Options) { o.Now = func() time.Time { return now } })
	h := s.Handler()
	body(t, h, "/metrics")
	m.gate = make(chan struct{})
	now = now.Add(2 * time.Minute)
	body(t, h, "/metrics") // the store is stuck, and yet it answers
	close(m.gate)
	body(t, h, "/metrics/comuni") // this one waits for the new ones
	if n := m.scans.Load(); n != 2 {
		t.Errorf("the store was gone through %d times", n)
	}
}

func TestAScrapeDuringACrawlWaitsForNoCounts(t *testing.T) {
	m := umbria()
	now := noon
	s := served(t, m, func(o *Options) {
		o.Now = func() time.Time { return now }
		o.Status = func() Status { return Status{Running: &Running{}} }
	})
	h := s.Handler()
	body(t, h, "/metrics") // the first has to
	m.gate = make(chan struct{})
	now = now.Add(2 * time.Minute)
	for _, target := range []string{"/metrics", "/metrics/comuni"} { // the store is stuck
		body(t, h, target)
	}
	close(m.gate)
	body(t, h, "/comuni")
	if n := m.scans.Load(); n != 2 {
		t.Errorf("the store was gone through %d times", n)
	}
}

func TestManyReadersShareOneScan(t *testing.T) {
	m := umbria()
	m.gate = make(chan struct{})
	s := served(t, m)
	s.Warm()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := s.counts.get(context.Background(), 0); err != nil {
				t.Error(err)
			}
		})
	}
	close(m.gate)
	wg.Wait()
	if n := m.scans.Load(); n != 1 {
		t.Errorf("the store was gone through %d times", n)
	}
}

func TestWhatEndsWhileItIsCountedIsCountedForTheNextWhoAsks(t *testing.T) {
	m := umbria()
	m.gate = make(chan struct{})
	s := served(t, m)
	s.Warm()
	s.Renew()
	close(m.gate)
	if _, err := s.counts.get(context.Background(), 0); err != nil || m.scans.Load() != 2 {
		t.Errorf("%v after %d scans", err, m.scans.Load())
	}
}

func TestAReaderWhoLeavesDoesNotStopTheCount(t *testing.T) {
	m := umbria()
	m.gate = make(chan struct{})
	s := served(t, m)
	ctx, leave := context.WithCancel(context.Background())
	leave()
	if _, err := s.counts.get(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(m.gate)
	if _, err := s.counts.get(context.Background(), 0); err != nil || m.scans.Load() != 1 {
		t.Errorf("%v after %d scans", err, m.scans.Load())
	}
}

func TestAFailedCountIsTriedAgain(t *testing.T) {
	m := umbria()
	m.err = errors.New("broken")
	s := served(t, m)
	if _, err := s.counts.get(context.Background(), 0); err == nil {
		t.Error("no error")
	}
	m.err = nil
	if _, err := s.counts.get(context.Background(), 0); err != nil {
		t.Error(err)
	}
}

func TestAPanickingStoreCostsOneCount(t *testing.T) {
	k := newKeeper(time.Now, time.Minute, func(context.Context, *snapshot) (*snapshot, error) { panic("damaged") })
	defer k.close()
	if _, err := k.get(context.Background(), 0); err == nil {
		t.Error("no error")
	}
}

func TestCloseEndsACountUnderWay(t *testing.T) {
	m := umbria()
	m.gate = make(chan struct{}) // never opened
	s := served(t, m)
	s.Warm()
	s.Close()
	if w := ask(t, s.Handler(), "/metrics"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", w.Code)
	}
}
