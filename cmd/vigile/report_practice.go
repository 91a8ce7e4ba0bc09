package main

// Good practice beyond the comuni of a report: the region first, then the
// others, the nearest first, and no further than somebody still wants it.

import (
	"context"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// How many comuni beyond a report are read at most for good practice: of the
// present view, which takes a tenth of a second, and of a night that is past or
// judged on another day, where each takes ten times as long.
const (
	mostBeyond     = 1_500
	mostBeyondPast = 200
)

// lookBeyond offers comuni of other places to a report whose own are too few.
func lookBeyond(ctx context.Context, s store.Store, p *report.Province, o report.ProvinceOptions, region string, most int) error {
	around := []string{region}
	if region == "" {
		around = nil // which would ask for every comune
	}
	for _, place := range append(around, registry.RegionsAround(region)...) {
		wanting := p.Wanting()
		if len(wanting) == 0 || most <= 0 {
			return nil
		}
		var views []record.Latest
		for l, err := range s.Latest(ctx, store.Query{Region: place, Brief: true, Checks: append(wanting, "cms")}) {
			if err != nil {
				return err
			}
			if views = append(views, l); len(views) == most {
				break
			}
		}
		most -= len(views)
		p.Widen(views, o)
	}
	return nil
}
