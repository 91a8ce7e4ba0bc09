package report

// The report of a province, or of any other set of comuni: every count with the
// comuni behind it, by name and by reason, and what each share is a share of.
// It is a plain value made of present views; others write it out.

import (
	"cmp"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
)

// Province is the report. Its field names in JSON are part of the interface.
// Strings from outside are clean.
type Province struct {
	Title string    `json:"title"`
	Made  time.Time `json:"made"` // in the zone it is shown in
	Stood
	Earlier string `json:"earlier,omitzero"` // the night it is compared with
	Version string `json:"version"`

	Base      Base         `json:"base"` // whose site could be looked at; Assessed is those that were read
	Comuni    []Member     `json:"comuni"`
	Themes    []Theme      `json:"themes"`
	RTD       []RTDLine    `json:"rtd"`
	SharedRTD []SharedRTD  `json:"shared_rtd"`
	Suppliers []Supplier   `json:"suppliers"`
	Worklist  []Ticket     `json:"worklist"`
	Practice  []Practice   `json:"good_practice"`
	Shared    []SharedNote `json:"shared,omitzero"` // publications of AgID's that several comuni link

	Sheets []Sheet `json:"-"` // the findings behind the numbers
}

// Member is one of the comuni. Its field names are those of the export where it
// has them.
type Member struct {
	Istat      string     `json:"istat"`
	IPA        string     `json:"codice_ipa"`
	Comune     string     `json:"comune"`
	Province   string     `json:"provincia"`
	Population int        `json:"popolazione,omitzero"` // 0: unknown
	Size       string     `json:"size_class"`
	PEC        string     `json:"pec,omitzero"`
	Site       string     `json:"site"`
	Reach      page.Reach `json:"reach"`
	ReachText  string     `json:"reach_text"`
	Platform   string     `json:"platform,omitzero"` // as people call it; empty: not recognised
	Supplier   string     `json:"supplier,omitzero"`
	CheckedAt  time.Time  `json:"checked_at"`

	lat, lng float64 // both 0: unknown
	platform string  // the value of the check cms
}

// Theme is some counts that belong together.
type Theme struct {
	ID     string  `json:"id"`
	Title  string  `json:"title"`
	Note   string  `json:"note,omitzero"`
	Counts []Count `json:"counts"`
}

// Likely is a number with the findings of low confidence counted as well: what
// is found is surer than what is not, so a share of the sure ones alone leans
// one way.
type Likely struct {
	Comuni   int `json:"count"`
	Assessed int `json:"assessed"`
}

// ToConfirm is how many would be counted were their finding surer.
func (c Count) ToConfirm() int {
	of := map[string]bool{}
	for _, g := range c.Unsure {
		for _, x := range g.Comuni {
			of[x.Istat] = true
		}
	}
	return len(of)
}

// Base is what a share is a share of: Assessed + Unreachable + Open + NoSite =
// Comuni.
type Base struct {
	Comuni      int `json:"comuni"`
	Assessed    int `json:"assessed"`
	Unreachable int `json:"unreachable"` // the site did not let itself be read
	Open        int `json:"open"`        // it did, and the question is open all the same
	NoSite      int `json:"no_site"`     // IPA has no usable address
}

// Unknown is how many of the comuni nothing is said of although they have a site.
func (b Base) Unknown() int { return b.Unreachable + b.Open }

// Count is one number with the comuni behind it.
type Count struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Check  string   `json:"check"` // whose findings are behind it
	Comuni int      `json:"count"`
	Base   Base     `json:"base"`
	Seen   bool     `json:"seen,omitzero"`   // a site can only show that it is so: assessed are the sites read
	Spread bool     `json:"spread,omitzero"` // the groups are the answer; a comune may be in several
	Groups []Group  `json:"groups"`          // those counted, by reason or by value, the largest first
	Unsure []Group  `json:"to_confirm"`      // those that would be counted were their finding surer; they are not assessed
	Likely *Likely  `json:"likely,omitzero"` // the number if findings of low confidence were counted; nil: the same
	Left   []Group  `json:"not_assessed"`    // those nothing is said of, by reason
	Then   *Compare `json:"then,omitzero"`

	Others []Counted `json:"others"` // those assessed and not counted

	Doubtful []Counted `json:"-"` // those that would be assessed were their finding surer, and not counted
}

// Group is comuni of one reason or one value.
type Group struct {
	Code   string    `json:"code"` // a reason, a value or a verdict
	Text   string    `json:"text"`
	Comuni []Counted `json:"comuni"`
}

// Counted is a comune in a count.
type Counted struct {
	Istat    string `json:"istat"`
	Comune   string `json:"comune"`
	Province string `json:"provincia"`
	URL      string `json:"url,omitzero"` // the page behind it, or the site

	Anchor string `json:"-"` // of the finding within the report
}

// Compare is the same count on an earlier night.
type Compare struct {
	Comuni    int       `json:"count"`
	Base      Base      `json:"base"`
	Entered   []Counted `json:"entered"`   // assessed both times and counted now alone
	Gone      []Counted `json:"gone"`      // assessed both times and counted then alone
	Uncertain int       `json:"uncertain"` // assessed one of the two times: neither better nor worse
	Unsettled []Counted `json:"uncertain_comuni"`
	Counted   []Counted `json:"comuni"` // those counted then
	Others    []Counted `json:"-"`      // those assessed then and not counted
}

// ProvinceOptions say what a report is of. Text is required.
type ProvinceOptions struct {
	Title   string
	Made    time.Time // in the zone it is shown in
	Night   string    // what Province.Night says
	AsOf    string
	Version string
	Checks  []checks.Meta
	Text    messages.Catalogue

	// Entries are the online services whose entry was seen, by ISTAT code.
	Entries map[string][]checks.OnlineService

	// Earlier is the view of an earlier night, with the entries seen then, and
	// the date of it; nil: nothing is compared.
	Earlier        []record.Latest
	EarlierNight   string
	EarlierEntries map[string][]checks.OnlineService
}

// NewProvince makes the report of some comuni from their views, brief ones as
// well as whole. A red of low confidence is unknown throughout.
func NewProvince(views []record.Latest, o ProvinceOptions) Province {
	p := Province{
		Title: shown(o.Title), Made: o.Made, Stood: Stood{Night: o.Night, AsOf: o.AsOf}, Version: o.Version, Earlier: o.EarlierNight,
		Comuni: []Member{}, RTD: []RTDLine{}, SharedRTD: []SharedRTD{}, Suppliers: []Supplier{}, Worklist: []Ticket{}, Practice: []Practice{},
	}
	c := &counting{o: o, now: looks(views, o.Entries), metas: byID(o.Checks)}
	if o.Earlier != nil {
		c.then = map[string]look{}
		for _, l := range looks(o.Earlier, o.EarlierEntries) {
			c.then[l.Comune.Istat] = l
		}
	}
	var publications Bearers
	for _, l := range c.now {
		publications.addView(l.Latest)
	}
	shared := NewSharedIndex(publications.Shared())
	p.Shared = shared.Among(func(string) bool { return true }, o.Text)
	for _, l := range c.now {
		p.Comuni = append(p.Comuni, c.member(l))
		p.Sheets = append(p.Sheets, c.sheet(l, SheetOptions{Checks: o.Checks, Text: o.Text, Shared: shared}))
		p.Stood.take(l.Latest)
	}
	p.Base = c.base(c.now, func(l look) bool { return l.Visit.Reach == page.ReachOK })
	p.Themes = c.themes()
	p.RTD, p.SharedRTD = c.rtdLines(), c.sharedRTD()
	p.Worklist = c.worklist(p)
	p.Suppliers = suppliersOf(p)
	p.Practice = c.practice(p.Comuni)
	return p
}

// sheet is the sheet of a comune as it is told; of a red that is not sure enough it
// says what the doubt is about.
func (c *counting) sheet(l look, o SheetOptions) Sheet {
	s := PresentSheet(l.Latest, o)
	for i, r := range s.Findings {
		if whole, ran := l.whole.Standing(r.Check); ran && r.Reason == finding.ReasonUnconfirmed && whole.Finding.Reason != "" {
			s.Findings[i].ReasonText = c.o.Text.Text("province_report.unsure_of", "what", c.reason(whole.Finding, l).text)
		}
	}
	return s
}

// look is the view of a comune as it is counted.
type look struct {
	record.Latest               // as it is told
	whole         record.Latest // with its reds of low confidence
	entries       []checks.OnlineService
}

// looks are views with their findings as they are told, by name.
func looks(views []record.Latest, entries map[string][]checks.OnlineService) []look {
	out := make([]look, len(views))
	for i, l := range views {
		out[i] = lookAt(l)
		out[i].entries = entries[l.Comune.Istat]
	}
	slices.SortFunc(out, func(a, b look) int {
		return cmp.Or(cmp.Compare(page.Fold(a.Comune.Name), page.Fold(b.Comune.Name)), cmp.Compare(a.Comune.Istat, b.Comune.Istat))
	})
	return out
}

// lookAt is a view with its findings as they are told.
func lookAt(l record.Latest) look {
	whole := l
	l.Standings = slices.Clone(l.Standings)
	for j := range l.Standings {
		s := &l.Standings[j]
		s.Finding, s.LastDefinite = s.Finding.Told(), s.LastDefinite.Told()
	}
	return look{Latest: l, whole: whole}
}

// finding is the last finding of a check, and whether the check was run.
func (l look) finding(check string) (finding.Finding, bool) {
	s, ok := l.Standing(check)
	return s.Finding, ok
}

// noSite tells that IPA has no usable address.
func (l look) noSite() bool { return l.Comune.Site.URL == "" }

func byID(metas []checks.Meta) map[string]checks.Meta {
	out := make(map[string]checks.Meta, len(metas))
	for _, m := range metas {
		out[m.ID] = m
	}
	return out
}

// SizeClass is the class of a comune by its inhabitants, as the metrics and the
// reports have it; 0 inhabitants: unknown.
func SizeClass(population int) string {
	bounds := []struct {
		below int
		class string
	}{{1, "unknown"}, {1_000, "<1000"}, {5_000, "1000-4999"}, {15_000, "5000-14999"}, {50_000, "15000-49999"}}
	for _, b := range bounds {
		if population < b.below {
			return b.class
		}
	}
	return ">=50000"
}

func (c *counting) member(l look) Member {
	m := Member{
		Istat: shown(l.Comune.Istat), IPA: shown(l.Comune.IPA), Comune: shown(l.Comune.Name), Province: shown(l.Comune.Province),
		Population: l.Comune.Population, Size: SizeClass(l.Comune.Population), PEC: shown(l.Comune.PEC), Site: address(siteOf(l.Latest)),
		Reach: l.Visit.Reach, ReachText: reachText(c.o.Text, l.Visit.Reach).Word, CheckedAt: l.Checked.UTC(), lat: l.Comune.Lat, lng: l.Comune.Lng,
	}
	if f, ok := l.finding(platformCheck); ok && f.Verdict == finding.Info {
		if v, known := c.metas[platformCheck].Values[f.Value]; known {
			m.platform, m.Platform, m.Supplier = f.Value, cmp.Or(v.Name, shown(f.Value)), v.Supplier
		}
	}
	return m
}
