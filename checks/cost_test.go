//go:build unix

package checks

// What looking costs, beside what parsing costs: real home pages, as they are
// and repeated to two megabytes.

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/need"
	"github.com/vigile-it/vigile/internal/registry"
)

// costPages are the real home pages that looking is measured on.
var costPages = []struct{ name, file string }{
	{"peopleweb", "airasca/peopleweb_airasca_home.html"},
	{"comweb", "alpignano/comweb_home_alpignano.html"},
	{"hgate", "marino/egov_home_marino.html"},
}

// costRaw is one of them; size repeats its body until it is as long.
func costRaw(tb testing.TB, file string, size int) page.Raw {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join(need.Data(tb, "pages"), filepath.FromSlash(file)))
	if err != nil {
		tb.Fatal(err)
	}
	if size > 0 {
		s, low := string(body), strings.ToLower(string(body))
		start, end := max(strings.Index(low, "<body"), 0), strings.LastIndex(low, "</body")
		if end < start {
			end = len(s)
		}
		inner := s[start:end]
		body = []byte(s[:start] + strings.Repeat(inner, size/len(inner)+1) + s[end:])
	}
	return page.Raw{URL: fixtureHome, FinalURL: fixtureHome, Status: 200, Body: body, For: []string{page.Home}}
}

func observeAll(list []Check, p *page.Page) {
	n := &Notes{Comune: registry.Comune{Name: "Borgofinto", IPA: "c_x999", TaxCode: "80099900549"}}
	for _, c := range list {
		if c.Observe != nil {
			c.Observe(p, n)
		}
	}
}

// interestsOf are the interests of all checks, each once.
func interestsOf(list []Check) []page.Interest {
	var out []page.Interest
	for _, c := range list {
		for _, i := range c.Interests {
			if !slices.ContainsFunc(out, func(o page.Interest) bool { return o.ID == i.ID }) {
				out = append(out, i)
			}
		}
	}
	return out
}

func rankAll(interests []page.Interest, p *page.Page) {
	for _, l := range p.Links { // the crawler goes link by link, too
		l.Page, l.Depth = p.FinalURL, p.Depth
		for _, i := range interests {
			i.Match(l)
		}
	}
}

// burnt is the processor time this process has used, garbage collection
// included: what other processes do meanwhile does not count.
func burnt(tb testing.TB) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// cpu runs f for a while and gives the processor time of one run.
func cpu(tb testing.TB, f func()) time.Duration {
	tb.Helper()
	f()
	runtime.GC()
	start, runs := burnt(tb), 0
	for burnt(tb)-start < 200*time.Millisecond {
		for range 3 {
			f()
			runs++
		}
	}
	runtime.GC()
	return (burnt(tb) - start) / time.Duration(runs)
}

// BenchmarkCost parses a page, shows it to every check, and ranks its links for
// every interest: processor time, and the share of parsing it is.
func BenchmarkCost(b *testing.B) {
	list := catalogue(b)
	interests := interestsOf(list)
	for _, size := range []int{0, 2 << 20} {
		for _, s := range costPages {
			raw := costRaw(b, s.file, size)
			b.Run(fmt.Sprintf("%s-%dkB", s.name, len(raw.Body)>>10), func(b *testing.B) {
				p := page.Parse(raw)
				for b.Loop() {
					observeAll(list, p)
				}
				parse := cpu(b, func() { page.Parse(raw) })
				b.ReportMetric(float64(parse.Microseconds()), "µs-parse")
				for what, f := range map[string]func(){"observe": func() { observeAll(list, p) }, "rank": func() { rankAll(interests, p) }} {
					took := cpu(b, f)
					b.ReportMetric(float64(took.Microseconds()), "µs-"+what)
					b.ReportMetric(100*float64(took)/float64(parse), "%-"+what)
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// BenchmarkCostByCheck logs what each check adds on each page to what all of
// them share, the dearest first.
func BenchmarkCostByCheck(b *testing.B) {
	type line struct {
		id   string
		cost time.Duration
	}
	list := catalogue(b)
	for _, size := range []int{0, 2 << 20} {
		for _, s := range costPages {
			p := page.Parse(costRaw(b, s.file, size))
			var lines []line
			for _, c := range list {
				if c.Observe == nil {
					continue
				}
				shared := &Notes{}
				c.Observe(p, shared)
				lines = append(lines, line{c.Meta.ID, cpu(b, func() {
					n := &Notes{look: shared.look, shown: shared.shown}
					c.Observe(p, n)
				})})
			}
			slices.SortFunc(lines, func(x, y line) int { return cmp.Compare(y.cost, x.cost) })
			var table strings.Builder
			for _, l := range lines {
				fmt.Fprintf(&table, "\n%-26s %v", l.id, l.cost.Round(time.Microsecond))
			}
			b.Logf("%s, %d kB%s", s.name, p.Size>>10, &table)
		}
	}
}
