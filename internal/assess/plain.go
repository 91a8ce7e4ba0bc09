package assess

// What plain http does is asked once a month of each site, and each night only
// where it was a fault: a mended one must be seen.

import (
	"hash/fnv"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// plainDays is for how long the answer is believed.
const plainDays = 30

// plainBefore is what an earlier visit to the same site found of plain http, and
// whether it is to be asked anew.
func plainBefore(selected []checks.Check, c registry.Comune, at time.Time, before past) (known page.Plain, ask bool) {
	if before.view.Visit.Site == page.Clean(c.Site.URL, page.MaxHref) {
		known = before.view.Visit.Plain
	}
	if !slices.ContainsFunc(selected, func(c checks.Check) bool { return c.AsksPlain }) {
		return known, false
	}
	ask = known.Does == "" || known.Does == page.PlainServes || plainMonth(c.Istat, at) != plainMonth(c.Istat, before.view.Checked)
	return known, ask
}

// plainMonth numbers the stretches of that many days, which begin on a day of the
// comune's own, so that not all are asked in one night. It goes by the visit
// before and not by when it was asked: an assessment that says the same as the
// one before is kept as a pointer to that.
func plainMonth(istat string, t time.Time) int64 {
	h := fnv.New32a()
	h.Write([]byte(istat))
	const day = 24 * 60 * 60
	return (t.Unix()/day + int64(h.Sum32()%plainDays)) / plainDays
}
