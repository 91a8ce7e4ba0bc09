package main

// vigile nights: what each night counted.

import (
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

func newNights(a *app) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:  "nights",
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.nights(cmd.Context(), limit) },
	}
	a.describe(cmd, "nights")
	cmd.Flags().IntVar(&limit, "limit", usualLimit, a.flagText("limit_nights"))
	return cmd
}

// nightLine is one night in JSON.
type nightLine struct {
	record.NightTally
	Total record.Tally `json:"total"`
}

func (a *app) nights(ctx context.Context, limit int) error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	s, err := a.openStore(cfg, true)
	if err != nil {
		return err
	}
	defer s.Close()
	nights, err := a.nightsOf(ctx, s, limit)
	if err != nil {
		return err
	}
	t := &table{head: []string{
		a.text.Text("nights.night"), a.text.Text("nights.took"), a.text.Text("nights.done"), a.text.Text("nights.read"),
		a.text.Text("verdict.fail"), a.text.Text("verdict.warn"), a.text.Text("verdict.unknown"), a.text.Text("verdict.pass"),
	}, right: map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true}}
	lines := []nightLine{}
	for _, n := range nights {
		total := n.Total(nil)
		lines = append(lines, nightLine{n, total})
		verdicts := map[finding.Verdict]int{}
		for _, counts := range total.Checks {
			for v, k := range counts {
				verdicts[v] += k
			}
		}
		row := []string{
			n.Night, a.text.Seconds(n.Ended.Sub(n.Started)),
			a.text.Text("summary.of", "n", a.text.Number(total.Comuni), "total", a.text.Number(n.Expected)), a.text.Number(total.Reach[page.ReachOK]),
		}
		for _, v := range []finding.Verdict{finding.Fail, finding.Warn, finding.Unknown, finding.Pass} {
			row = append(row, a.text.Number(verdicts[v]))
		}
		t.add(row...)
		line := []string{n.Night, n.Run, stamp(n.Started), stamp(n.Ended), strconv.Itoa(n.Expected), strconv.Itoa(total.Comuni), strconv.Itoa(total.Reach[page.ReachOK])}
		for _, v := range finding.Verdicts() {
			line = append(line, strconv.Itoa(verdicts[v]))
		}
		t.addPlain(line...)
	}
	if len(nights) == 0 {
		a.note(a.text.Text("nights.none"))
		if format == "table" {
			return nil
		}
	}
	return a.printTable(format, t, slices.Concat([]string{"night", "run", "started", "ended", "expected", "comuni", "read"}, verdictColumns()), lines)
}
