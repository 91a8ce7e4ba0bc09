package assess

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

func TestPlainHTTPIsAskedOnceAMonthAndWhereItIsAmissEachTime(t *testing.T) {
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	night := time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)
	seen := func(does page.PlainAnswer, daysAgo int) past {
		return past{view: record.Latest{Checked: night.AddDate(0, 0, -daysAgo), Visit: page.Visit{Site: home, Plain: page.Plain{Does: does}}}}
	}
	elsewhere := seen(page.PlainLeads, 1)
	elsewhere.view.Visit.Site = "https://www.vecchiosito.test/"
	for _, tt := range []struct {
		name   string
		before past
		want   int // how many of thirty comuni are asked
	}{
		{"nothing is known", past{}, 30},
		{"it leads to https at the site the comune had, seen last night", elsewhere, 30},
		{"it leads to https, seen last night", seen(page.PlainLeads, 1), 1},
		{"nobody answered, seen last night", seen(page.PlainNothing, 1), 1},
		{"it could not be told, seen last night", seen(page.PlainUndecided, 1), 1},
		{"it leads to https, seen ten days ago", seen(page.PlainLeads, 10), 10},
		{"it leads to https, seen a month ago", seen(page.PlainLeads, 30), 30},
		{"it shows pages, seen last night", seen(page.PlainServes, 1), 30},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			for _, istat := range aDayEach(t) {
				known, ask := plainBefore(list, registry.Comune{Istat: istat, Site: registry.Site{URL: home}}, night, tt.before)
				want := tt.before.view.Visit
				if want.Site != home {
					want.Plain = page.Plain{}
				}
				if diff := cmp.Diff(want.Plain, known); diff != "" {
					t.Error(diff)
				}
				if ask {
					asked++
				}
			}
			if asked != tt.want {
				t.Errorf("%d of 30 are asked, want %d", asked, tt.want)
			}
		})
	}
	for _, c := range list {
		if _, ask := plainBefore([]checks.Check{c}, registry.Comune{Istat: "054051"}, night, past{}); ask != (c.Meta.ID == "https") {
			t.Errorf("for %s alone: %v", c.Meta.ID, ask)
		}
	}
}

// aDayEach are thirty codes whose months begin on thirty different days.
func aDayEach(t *testing.T) (codes []string) {
	t.Helper()
	days := map[int64]bool{}
	for i := 0; len(codes) < plainDays && i < 100_000; i++ {
		istat := time.Date(0, 1, 1, 0, 0, i, 0, time.UTC).Format("150405")
		first := int64(-1)
		for d := range int64(plainDays) {
			if plainMonth(istat, time.Unix(d*24*60*60, 0)) == 1 {
				first = d
				break
			}
		}
		if !days[first] {
			days[first] = true
			codes = append(codes, istat)
		}
	}
	return codes
}
