package main

// The flags by which stored results are narrowed, shared by the commands that
// read them.

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/store"
)

// placeFlags narrow what is read.
type placeFlags struct {
	province string
	region   string
	checks   []string
}

func (a *app) placeFlags(cmd *cobra.Command, f *placeFlags) {
	flags := cmd.Flags()
	flags.StringVar(&f.province, "provincia", "", a.flagText("provincia_one"))
	flags.StringVar(&f.region, "regione", "", a.flagText("regione_one"))
	flags.StringArrayVar(&f.checks, "check", nil, a.flagText("check_only"))
	fixed(cmd, "provincia", provinceCodes()...)
	fixed(cmd, "regione", registry.Regions()...)
	completeChecks(cmd)
}

// query is what the flags ask of a store.
func (a *app) query(f placeFlags, list []checks.Check) (store.Query, error) {
	q := store.Query{Province: f.province, Region: f.region, Checks: f.checks}
	if p, ok := registry.FindProvince(f.province); ok {
		q.Province = p.Code
	} else if f.province != "" && len(f.province) != 2 {
		return q, a.unknownProvince(f.province)
	}
	if f.region != "" {
		region, ok := registry.FindRegion(f.region)
		if !ok {
			return q, a.unknownRegion(f.region)
		}
		q.Region = region
	}
	for _, id := range f.checks {
		if !slices.Contains(idsOf(list), id) {
			return q, a.unknownCheck(id, idsOf(list))
		}
	}
	return q, nil
}

// nightKeeper is a store that keeps what each night counted.
type nightKeeper interface {
	Nights(ctx context.Context, limit int) ([]record.NightTally, error)
}

// nightsOf are the tallies of a store's nights, newest first; none where it
// keeps none.
func (a *app) nightsOf(ctx context.Context, s store.Store, limit int) ([]record.NightTally, error) {
	k, ok := s.(nightKeeper)
	if !ok {
		return nil, nil
	}
	return k.Nights(ctx, limit)
}
