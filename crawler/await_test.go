package crawler

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
)

// inquirer is a Watcher that has asked somebody about the register of acts. Its answer
// takes an hour by the clock.
type inquirer struct {
	watcher
	bad    bool // the answer: the register must be read
	breaks bool // in place of an answer
	clock  *atomic.Int64
	asked  [][]string
}

func (w *inquirer) Await(ids []string) ([]page.Interest, bool, bool) {
	w.asked = append(w.asked, ids)
	if !slices.Equal(ids, []string{"albo"}) || w.clock.Swap(int64(time.Hour)) > 0 {
		return nil, false, false
	}
	if w.breaks {
		panic("await")
	}
	return w.wants, !w.bad, true
}

func TestAnAnswerIsWaitedForBeforeWhatHangsOnIt(t *testing.T) {
	for name, tt := range map[string]struct {
		bad, breaks bool
		want        []string
	}{
		"and spares what it makes needless":              {want: []string{root + "/", root + "/privacy"}},
		"and takes nothing from the time of the visit":   {bad: true, want: []string{root + "/", root + "/privacy", root + "/albo"}},
		"and where that breaks the visit goes on as was": {breaks: true, want: []string{root + "/", root + "/privacy", root + "/albo"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.put(site, pages(with(home(`<a href="/albo">Albo</a><a href="/privacy">Privacy</a>`), "/albo", document("Albo", ""), "/privacy", document("Privacy", ""))))
			late := about("albo")
			late.Wait = 1
			asker := &inquirer{watcher: watcher{wants: []page.Interest{late, about("privacy")}}, bad: tt.bad, breaks: tt.breaks, clock: new(atomic.Int64)}
			c := w.crawler(func(o *Options) {
				o.SiteBudget = 10 * time.Minute
				o.Now = func() time.Time { return time.Now().Add(time.Duration(asker.clock.Load())) }
			})
			v, err := c.Visit(t.Context(), Target{URL: root}, asker)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, asker.seen); d != "" || v.Exhausted != "" {
				t.Errorf("exhausted %q, read (-want +got):\n%s", v.Exhausted, d)
			}
			if d := cmp.Diff([][]string{{"privacy"}, {"albo"}}, asker.asked[:min(2, len(asker.asked))]); d != "" {
				t.Errorf("asked about (-want +got):\n%s", d)
			}
		})
	}
}
