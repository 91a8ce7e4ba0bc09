package main

// The flags by which stored results are narrowed, shared by the commands that
// read them.

import (
	"context"
	"slices"
	"strings"

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
	a.onePlace(cmd, &f.province, &f.region)
	cmd.Flags().StringArrayVar(&f.checks, "check", nil, a.flagText("check_only"))
	completeChecks(cmd)
}

// onePlace are the flags of a command that tells of one province, or of one region.
func (a *app) onePlace(cmd *cobra.Command, province, region *string) {
	cmd.Flags().Var(&onceFlag{province}, "provincia", a.flagText("provincia_one"))
	cmd.Flags().Var(&onceFlag{region}, "regione", a.flagText("regione_one"))
	fixed(cmd, "provincia", provinceCodes()...)
	fixed(cmd, "regione", registry.Regions()...)
}

// onceFlag is a flag that may be given once: elsewhere --provincia is repeatable, and
// the last of several would stand for all of them.
type onceFlag struct{ value *string }

// twiceError is a flag given again.
type twiceError struct{ before string }

func (e *twiceError) Error() string { return "given before as " + e.before }

func (f *onceFlag) String() string {
	if f.value == nil { // as pflag asks of a zero value
		return ""
	}
	return *f.value
}

func (f *onceFlag) Type() string { return "string" }

func (f *onceFlag) Set(s string) error {
	if *f.value != "" && *f.value != s {
		return &twiceError{*f.value}
	}
	*f.value = s
	return nil
}

// query is what the flags ask of a store.
func (a *app) query(f placeFlags, list []checks.Check) (store.Query, error) {
	q := store.Query{Province: strings.ToUpper(f.province), Region: f.region, Checks: f.checks}
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

// stored refuses a province that is none of Italy's and that no result is of: the
// letters were mistyped, and what is told of nobody looks as if all were in order.
func (a *app) stored(ctx context.Context, s store.Store, q store.Query) error {
	if _, known := registry.FindProvince(q.Province); known || q.Province == "" {
		return nil
	}
	for _, err := range s.Latest(ctx, store.Query{Province: q.Province, Brief: true}) {
		return err
	}
	return a.unknownProvince(q.Province)
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
