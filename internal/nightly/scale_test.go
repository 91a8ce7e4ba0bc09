package nightly

// What larger numbers of sites would take, from measured figures: the tables of
// docs/SCALE.md, printed by `make scale`.

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"
)

// figures are what one site costs, as docs/BENCHMARKS.md has them.
type figures struct {
	requests, pages int           // a visit of a site that is read to its settling
	answer, gap     time.Duration // of a request; between two to one host
	slots           int           // requests at once to an address
	cpuPage         time.Duration // a page: fetched, checked, kept
	bytes           float64       // a visit, gzipped, on the wire
	whole           float64       // bytes of the present view, in brief and whole, and of a first assessment
	nightly         float64       // bytes a comune and night in the history, 5 % changing
	sitesInFlight   int
}

func measured() figures {
	return figures{
		requests: 12, pages: 10, answer: 400 * time.Millisecond, gap: time.Second, slots: 4,
		cpuPage: 3 * time.Millisecond, bytes: 200e3, whole: 8e3, nightly: 510, sitesInFlight: 256,
	}
}

// scale is what is to be visited.
type scale struct {
	name    string
	sites   int
	largest float64 // the share of the sites that one address serves
}

// scales are today's country and three that are larger. A vendor serves as large
// a share of what is added as of the comuni; of a million sites of all kinds the
// largest address of a shared host stands for two in a hundred.
func scales() []scale {
	return []scale{
		{"comuni of Italy", 7_900, 478. / 7_900},
		{"bodies of IPA", 23_000, 478. / 7_900},
		{"municipalities of Europe", 100_000, .02},
		{"sites of any kind", 1_000_000, .02},
	}
}

// estimate is what a scale takes in a night.
type estimate struct {
	address, workers time.Duration // the night by its largest address; by the sites in flight
	cpu              time.Duration
	traffic          float64 // bytes
	year             float64 // bytes of the store after one
	present          time.Duration
	dns              float64 // questions a second, were all asked within the minute that is given
	needed           int     // sites in flight for a night of six hours
}

func (f figures) of(s scale) (e estimate) {
	group := float64(s.sites) * s.largest
	one := time.Duration(f.requests) * (f.answer + f.gap)
	e.address = time.Duration(group*float64(f.requests)*f.answer.Seconds()/float64(f.slots)*1e3) * time.Millisecond
	e.workers = time.Duration(float64(s.sites) / float64(f.sitesInFlight) * float64(one))
	e.cpu = time.Duration(s.sites*f.pages) * f.cpuPage
	e.traffic = float64(s.sites) * f.bytes
	e.year = float64(s.sites) * (f.whole + 365*f.nightly)
	e.present = time.Duration(float64(s.sites) / 7_900 * float64(300*time.Millisecond))
	e.dns = float64(s.sites) / lookupTime.Seconds()
	e.needed = int(float64(s.sites)*one.Seconds()/(6*3600)) + 1
	return e
}

func (e estimate) night() time.Duration { return max(e.address, e.workers) }

func TestWhatLargerNumbersOfSitesWouldTake(t *testing.T) {
	f := measured()
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	say := func(format string, args ...any) {
		if os.Getenv("VIGILE_SCALE") != "" {
			fmt.Fprintf(out, format, args...)
		}
	}
	say("| \t| sites\t| night by largest address\t| by 256 in flight\t| in flight for 6 h\t| CPU\t| traffic\t| store after a year\t| latest of all\t| names/s\t|\n|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|\n")
	var last estimate
	for _, s := range scales() {
		e := f.of(s)
		say("| %s\t| %d\t| %s\t| %s\t| %d\t| %s\t| %.0f GB\t| %.1f GB\t| %s\t| %.0f\t|\n", s.name, s.sites, hours(e.address), hours(e.workers), e.needed, hours(e.cpu),
			e.traffic/1e9, e.year/1e9, e.present.Round(100*time.Millisecond), e.dns)
		if e.night() < last.night() || e.year < last.year || e.cpu < last.cpu {
			t.Errorf("%s takes less than what is smaller: %+v", s.name, e)
		}
		last = e
	}
	out.Flush()
	italy := f.of(scales()[0])
	if italy.night() > time.Hour || italy.year > 2e9 {
		t.Errorf("Italy takes %v a night and %.1f GB a year", italy.night(), italy.year/1e9)
	}
	// What the simulated clock says of the same country is what the paper says.
	if d := italy.address - 9*time.Minute - 34*time.Second; d.Abs() > time.Minute {
		t.Errorf("the largest address takes %v on paper", italy.address)
	}
}

func hours(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}
