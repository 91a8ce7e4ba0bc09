package bolt

// A year of nights: how large the file grows, what its questions cost then, and
// what forgetting and compacting give back. Run with `make bench-year`, which
// takes VIGILE_YEAR_COMUNI (790) comuni through VIGILE_YEAR_NIGHTS (365) nights.
// With VIGILE_YEAR_FILE the file stays there, and a year that was broken off goes
// on after its last night.

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/storetest"
)

// year is what a year was made of, and what was measured of it.
type year struct {
	comuni, nights int
	path           string
	rows           [][2]string
}

func (y *year) tell(what, format string, args ...any) {
	y.rows = append(y.rows, [2]string{what, fmt.Sprintf(format, args...)})
}

func number(b *testing.B, name string, usual int) int {
	b.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s is %q", name, text)
	}
	return n
}

// BenchmarkYearOfNights prints a table of a store after a year in which every
// twentieth comune says something new each night.
func BenchmarkYearOfNights(b *testing.B) {
	if os.Getenv("VIGILE_YEAR") == "" {
		b.Skip("VIGILE_YEAR is not set: make bench-year")
	}
	for b.Loop() {
		y := &year{
			comuni: number(b, "VIGILE_YEAR_COMUNI", 790), nights: number(b, "VIGILE_YEAR_NIGHTS", 365),
			path: cmp.Or(os.Getenv("VIGILE_YEAR_FILE"), filepath.Join(b.TempDir(), "vigile.db")),
		}
		y.fill(b)
		y.ask(b)
		y.trim(b)
		y.print()
	}
}

// fill keeps every night, in batches as a run makes them, each in one synced
// transaction.
func (y *year) fill(b *testing.B) {
	s, err := Open(y.path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	done, err := s.Nights(context.Background(), 0)
	if err != nil {
		b.Fatal(err)
	}
	took := []time.Duration{0}
	begun := time.Now()
	for day := len(done); day < y.nights; day++ {
		took = append(took, y.night(b, s, day))
		if (day+1)%30 == 0 {
			total, _, err := s.Size()
			if err != nil {
				b.Fatal(err)
			}
			fmt.Fprintf(os.Stderr, "night %d: %s, %.0f s\n", day+1, mega(total), time.Since(begun).Seconds())
		}
	}
	total, free, err := s.Size()
	if err != nil {
		b.Fatal(err)
	}
	looks := int64(y.comuni) * int64(y.nights)
	y.tell("comuni, nights, changing each night", "%d, %d, 5 %%", y.comuni, y.nights)
	y.tell("file after the year", "%s, %s of it free pages", mega(total), mega(free))
	y.tell("of it, per assessment", "%d bytes", (total-free)/looks)
	y.tell("a year of 7,900 comuni, in proportion", "%s", mega((total-free)/int64(y.comuni)*7900))
	slices.Sort(took)
	y.tell("keeping one night: median, longest", "%s, %s", short(took[len(took)/2]), short(took[len(took)-1]))
}

// date is that of a night. The year lies before today, so that a night can follow it.
func (y *year) date(day int) time.Time { return storetest.Dawn.AddDate(0, 0, day-y.nights) }

func (y *year) night(b *testing.B, s *Store, day int) (took time.Duration) {
	ctx := context.Background()
	at := y.date(day)
	run := "notte-" + at.Format(time.DateOnly)
	if err := s.Begin(ctx, storetest.RunOf(run, record.Night, at)); err != nil {
		b.Fatal(err)
	}
	var batch []record.Assessment
	for i := range y.comuni {
		batch = append(batch, storetest.Assessment(i, (i+day)/20, run, at.Add(time.Duration(i)*time.Second)))
		if len(batch) < 500 && i < y.comuni-1 {
			continue
		}
		begun := time.Now()
		if err := s.Append(ctx, batch...); err != nil {
			b.Fatal(err)
		}
		took += time.Since(begun)
		batch = batch[:0]
	}
	begun := time.Now()
	if err := s.Finish(ctx, run, at.Add(3*time.Hour), y.comuni); err != nil {
		b.Fatal(err)
	}
	return took + time.Since(begun)
}

// ask opens the file anew and puts to it what is asked most.
func (y *year) ask(b *testing.B) {
	ctx := context.Background()
	begun := time.Now()
	s, err := Open(y.path, Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	y.tell("opening it", "%s", short(time.Since(begun)))
	var past []time.Duration
	for i := range 50 {
		begun := time.Now()
		as, err := s.History(ctx, storetest.Comune(i*y.comuni/50).Istat, 0)
		if err != nil || len(as) != y.nights {
			b.Fatalf("%d assessments, %v", len(as), err)
		}
		past = append(past, time.Since(begun))
	}
	slices.Sort(past)
	y.tell("history of one, the whole year: median, longest of 50", "%s, %s", short(past[25]), short(past[49]))
	for _, q := range []struct {
		name string
		q    store.Query
	}{{"latest of all, in brief", store.Query{Brief: true}}, {"latest of all, whole", store.Query{}}, {"latest of a province, in brief", store.Query{Brief: true, Province: "PG"}}} {
		var all []time.Duration
		seen := 0
		for range 5 {
			begun := time.Now()
			seen = 0
			for _, err := range s.Latest(ctx, q.q) {
				if err != nil {
					b.Fatal(err)
				}
				seen++
			}
			all = append(all, time.Since(begun))
		}
		y.tell(fmt.Sprintf("%s (%d comuni): first, median of 5", q.name, seen), "%s, %s", short(all[0]), short(middle(all)))
	}
	begun = time.Now()
	changes := 0
	for _, err := range s.Changes(ctx, y.date(y.nights-7), time.Time{}, store.Query{}) {
		if err != nil {
			b.Fatal(err)
		}
		changes++
	}
	y.tell(fmt.Sprintf("changes of the last seven nights (%d)", changes), "%s", short(time.Since(begun)))
	if anon := rssAnon(); anon > 0 {
		y.tell("RssAnon with it open, after all that", "%s", mega(anon))
	}
	begun = time.Now()
	if err := s.Check(ctx); err != nil {
		b.Fatal(err)
	}
	y.tell("store check", "%s", short(time.Since(begun)))
}

// trim keeps half a year of history of a copy, and compacts before and after.
func (y *year) trim(b *testing.B) {
	path := filepath.Join(b.TempDir(), "copy.db")
	copied(b, y.path, path)
	compact := func() {
		begun := time.Now()
		before, after, err := Compact(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		y.tell("store compact", "from %s to %s in %s", mega(before), mega(after), short(time.Since(begun)))
	}
	compact()
	s, err := Open(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	removed, err := s.Retain(context.Background(), time.Duration(y.nights/2)*24*time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	took := time.Since(begun)
	total, free, err := s.Size()
	if err != nil {
		b.Fatal(err)
	}
	s.Close()
	y.tell(fmt.Sprintf("store.keep of %d nights", y.nights/2), "%d assessments gone in %s; %s, %s of it free", removed, short(took), mega(total), mega(free))
	compact()
}

// copied backs a store up.
func copied(b *testing.B, from, to string) {
	b.Helper()
	s, err := Open(from, Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	f, err := os.Create(to)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := s.Backup(context.Background(), f); err != nil {
		b.Fatal(err)
	}
}

func (y *year) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintf(w, "\n| %s, %d CPUs\t| measured\t|\n|---\t|---\t|\n", runtime.Version(), runtime.NumCPU())
	for _, row := range y.rows {
		fmt.Fprintf(w, "| %s\t| %s\t|\n", row[0], row[1])
	}
	w.Flush()
}

func middle(ds []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(ds))
	return sorted[len(sorted)/2]
}

func mega(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}

// rssAnon is the memory of this process that is no file, in bytes; 0 where the
// system does not say.
func rssAnon() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	line, _, _ := strings.Cut(rest, "kB")
	n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
