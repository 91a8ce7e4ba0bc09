package report

// The history as OpenMetrics with times, for "promtool tsdb create-blocks-from
// openmetrics": what the metrics would have said had Prometheus been there.

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/store"
)

// definiteAge is how long a definite verdict speaks for a comune that could not
// be judged since, as in the live metrics.
const definiteAge = 14 * 24 * time.Hour

// Backfill is what a history is exported from.
type Backfill struct {
	Store  store.Store
	Nights []record.NightTally
	Checks []Meta
	Query  store.Query // which comuni
	Rome   *time.Location
}

// WriteOpenMetrics writes the families vigile_checks_comuni and
// vigile_reach_comuni of every night, by province, and vigile_comune_compliant and
// vigile_comune_reachable of every visit, with the labels of the live metrics. A
// night that was counted without reasons has none. It holds one comune's history at a
// time. It returns how many samples it wrote.
func WriteOpenMetrics(ctx context.Context, w io.Writer, p Backfill) (samples int, err error) {
	out := &samplesTo{w: bufio.NewWriterSize(w, 64<<10)}
	p.nights(out)
	err = p.comuni(ctx, out, "vigile_comune_compliant", "1 where an obligation is met, 0 where it is not", p.compliant)
	if err == nil {
		err = p.comuni(ctx, out, "vigile_comune_reachable", "1 where the site was read", reachable)
	}
	if err != nil {
		return out.n, fmt.Errorf("exporting the history: %w", err)
	}
	out.w.WriteString("# EOF\n")
	if err := out.w.Flush(); err != nil {
		return out.n, fmt.Errorf("writing the history: %w", err)
	}
	return out.n, nil
}

// samplesTo writes samples; its writer keeps its first error for the Flush.
type samplesTo struct {
	w *bufio.Writer
	n int
}

func (s *samplesTo) family(name, help string) {
	fmt.Fprintf(s.w, "# TYPE %s gauge\n# HELP %s %s\n", name, name, help)
}

// sample writes one; labels are names and values by turns.
func (s *samplesTo) sample(name string, value int, at time.Time, labels ...string) {
	s.w.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		s.w.WriteByte(separator)
		s.w.WriteString(labels[i] + `="` + labelValue(labels[i+1]) + `"`)
	}
	s.w.WriteString("} " + strconv.Itoa(value) + " " + strconv.FormatInt(at.Unix(), 10) + "\n")
	s.n++
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func labelValue(s string) string { return labelEscapes.Replace(shown(s)) }

// nights writes what each night counted, oldest first.
func (p Backfill) nights(out *samplesTo) {
	nights := slices.SortedFunc(slices.Values(p.Nights), func(a, b record.NightTally) int { return cmp.Compare(a.Night, b.Night) })
	each := func(do func(at time.Time, province, region string, t record.Tally)) {
		for _, n := range nights {
			for _, code := range slices.Sorted(maps.Keys(n.Provinces)) {
				where, _ := registry.ProvinceByCode(code)
				if (p.Query.Province == "" || p.Query.Province == code) && (p.Query.Region == "" || p.Query.Region == where.Region) {
					do(n.Ended, code, where.Region, n.Provinces[code])
				}
			}
		}
	}
	out.family("vigile_checks_comuni", "comuni by check, verdict and reason")
	each(func(at time.Time, province, region string, t record.Tally) {
		for _, check := range slices.Sorted(maps.Keys(t.Checks)) {
			if !(Query{Checks: p.Query.Checks}).MatchCheck(check) {
				continue
			}
			for _, g := range grounds(t, check) {
				out.sample("vigile_checks_comuni", g.comuni, at,
					"check", check, "verdict", string(g.Verdict), "reason", string(g.Reason), "regione", region, "provincia", province)
			}
		}
	})
	out.family("vigile_reach_comuni", "comuni by how their site could be reached")
	each(func(at time.Time, province, region string, t record.Tally) {
		for _, r := range page.Reaches() {
			if n := t.Reach[r]; n > 0 {
				out.sample("vigile_reach_comuni", n, at, "reach", string(r), "regione", region, "provincia", province)
			}
		}
	})
}

// ground is how many comuni have a verdict with a reason, or with none.
type ground struct {
	record.Ground
	comuni int
}

// grounds is what a check found, in a fixed order. A reason that the closed list
// does not have for the check and the verdict is none, as in the live metrics.
func grounds(t record.Tally, check string) []ground {
	sums := map[record.Ground]int{}
	for v, n := range t.Checks[check] {
		sums[record.Ground{Verdict: v}] += n
	}
	for g, n := range t.Reasons[check] {
		if reason := closedReason(check, g.Verdict, g.Reason); reason != "" {
			sums[record.Ground{Verdict: g.Verdict}] -= n
			sums[record.Ground{Verdict: g.Verdict, Reason: reason}] += n
		}
	}
	var out []ground
	for _, v := range finding.Verdicts() {
		var some []ground
		for g, n := range sums {
			if g.Verdict == v && n > 0 {
				some = append(some, ground{g, n})
			}
		}
		slices.SortFunc(some, func(a, b ground) int { return cmp.Compare(a.Reason, b.Reason) })
		out = append(out, some...)
	}
	return out
}

// closedReason is the reason as a label: empty where the closed list does not
// have it for the check and the verdict.
func closedReason(check string, v finding.Verdict, r finding.Reason) finding.Reason {
	spec, ok := finding.ReasonOf(check, r)
	if !ok || !slices.Contains(spec.Verdicts, v) {
		return ""
	}
	return spec.Code
}

// comuni writes one family out of every history, oldest visit first.
func (p Backfill) comuni(ctx context.Context, out *samplesTo, name, help string, of func(out *samplesTo, name string, l record.Latest, at time.Time)) error {
	out.family(name, help)
	q := p.Query
	q.Brief = true
	for l, err := range p.Store.Latest(ctx, q) {
		if err != nil {
			return err
		}
		past, err := p.Store.History(ctx, l.Comune.Istat, 0)
		if err != nil {
			return err
		}
		var view record.Latest
		for _, a := range slices.Backward(past) {
			view, _ = view.Take(a, record.NightOf(a.Started, p.Rome))
			of(out, name, view, a.Started)
		}
	}
	return nil
}

// compliant writes the obligations that are known to be met or not.
func (p Backfill) compliant(out *samplesTo, name string, l record.Latest, at time.Time) {
	for _, s := range l.Standings {
		f := s.LastDefinite
		if f.Nature != finding.Obligation || at.Sub(s.LastDefiniteAt) > definiteAge || !(Query{Checks: p.Query.Checks}).MatchCheck(f.Check) {
			continue
		}
		value := 0
		switch {
		case f.DutyMet():
			value = 1
		case f.Verdict != finding.Fail || f.Confidence != finding.Medium && f.Confidence != finding.High:
			continue
		}
		out.sample(name, value, at, append(placeLabels(l.Comune), "check", f.Check, "reason", string(closedReason(f.Check, f.Verdict, f.Reason)))...)
	}
}

func reachable(out *samplesTo, name string, l record.Latest, at time.Time) {
	value := 0
	switch l.Visit.Reach {
	case page.ReachOK:
		value = 1
	case page.ReachOurFault:
		return
	}
	out.sample(name, value, at, placeLabels(l.Comune)...)
}

func placeLabels(c registry.Comune) []string {
	return []string{"istat", c.Istat, "comune", c.Name, "provincia", c.Province, "regione", c.Region}
}
