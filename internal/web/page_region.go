package web

// Regions and provinces, for a wall screen: what is missing and where, who does
// it well, what changed today. Counted are only verdicts that may be told to
// those who do not see the evidence.

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
)

// Bounds on what a page lists.
const (
	maxNames  = 400 // comuni of a province with one fault; the largest has 312
	maxModels = 8   // comuni that do well, a theme
	maxNews   = 40  // changes
	freshSpan = 24 * time.Hour
	suapID    = "suap"
)

// regionsPage lists the regions that have comuni.
type regionsPage struct {
	Wall  wallView
	Rows  []placeRow
	Chart chart
}

// placeRow is one region or province.
type placeRow struct {
	Name, Link             string
	Comuni, Read, Siteless numberLink
	Failing                numberLink // comuni read with something to mend
	Share                  string
}

type territoryPage struct {
	Wall                   wallView
	Up, UpName             string // the region of a province
	Comuni, Read, Siteless numberLink
	Places                 []placeRow // of a region
	Chart                  chart
	Missing                []missingRow
	Services               serviceNote
	Models                 []modelRow
	News                   []newsRow
	MoreNews               string
}

// Crowded tells that a list of provinces leaves no room below it on a screen.
func (p territoryPage) Crowded() bool { return len(p.Places) > 6 }

// missingRow is one duty.
type missingRow struct {
	ID, Title                 string
	Fail, Warn, Unknown, Pass numberLink
	Assessed, All             numberLink
	Names                     names // of those that fail, on the page of a province
	Where                     []placeCount
}

type placeCount struct {
	Name, Link string
	N          numberLink
}

// serviceNote tells on how many sites the desk for businesses was seen.
type serviceNote struct {
	Seen, Unseen numberLink
	Names        names // where it was not seen, on the page of a province
}

type modelRow struct {
	Title string
	All   numberLink
	Names names
}

type newsRow struct{ When, Stamp, Name, Link, Text string }

// themes group duties as officers speak of them.
var themes = []struct {
	key    string
	checks []string
}{
	{"accessibility", []string{"accessibility-declaration", "accessibility-objectives"}},
	{"rtd", []string{"rtd"}},
	{"identity", []string{"spid", "cie", "legacy-login"}},
	{"payments", []string{"pagopa"}},
	{"app-io", []string{"app-io"}},
	{"transparency", []string{"transparency", "albo-pretorio"}},
	{"privacy", []string{"privacy", "dpo"}},
	{"https", []string{"https"}},
}

// themeOf are the checks of a theme; nil: there is no such theme.
func themeOf(key string) []string {
	for _, t := range themes {
		if t.key == key {
			return t.checks
		}
	}
	return nil
}

// themeChecks are those of them that the catalogue has.
func (a *about) themeChecks(key string) []uint16 {
	var ids []uint16
	for _, id := range themeOf(key) {
		if i, ok := a.index[id]; ok {
			ids = append(ids, i)
		}
	}
	return ids
}

func (s *Server) regions(w http.ResponseWriter, r *http.Request) (shown, error) {
	snap, wall, err := s.wallSnapshot(w, r)
	if err != nil {
		return shown{}, err
	}
	p := regionsPage{Wall: wall}
	for _, name := range snap.regions() {
		p.Rows = append(p.Rows, s.placeRow(snap, name, sectionRegions+"/"+slug(name), query{region: name}))
	}
	for _, code := range snap.placesIn("") { // of no known region
		p.Rows = append(p.Rows, s.placeRow(snap, provinceName(code), provinceLink(code), query{province: code}))
	}
	s.drawPlaces(&p.Chart, p.Rows)
	return shown{name: "regions", section: sectionRegions, title: s.text("wall.regions.title"), wall: wall.Minutes > 0, data: p}, nil
}

// drawPlaces draws how many comuni of each place have something to mend.
func (s *Server) drawPlaces(c *chart, rows []placeRow) {
	c.ID, c.Title = "places", s.text("wall.places_chart")
	for _, row := range rows {
		words := s.text("summary.of", "n", s.o.Messages.Number(row.Failing.N), "total", s.o.Messages.Number(row.Read.N))
		c.add(row.Name, words, max(row.Read.N, 1), part{string(finding.Fail), row.Failing.N})
	}
}

func (s *Server) placeRow(snap *snapshot, name, link string, q query) placeRow {
	row := placeRow{
		Name: name, Link: link, Comuni: numberOf(0, q), Read: numberOf(0, q.read()), Siteless: numberOf(0, q.siteless()), Failing: numberOf(0, q.read().failing()),
	}
	for _, c := range snap.find(q) {
		row.Comuni.N++
		switch reaches[c.reach] {
		case page.ReachOK:
			row.Read.N++
			if snap.fails(c) > 0 {
				row.Failing.N++
			}
		case page.ReachNoURL, page.ReachBadURL:
			row.Siteless.N++
		}
	}
	row.Share = s.share(row.Failing.N, row.Read.N)
	return row
}

// fails counts the duties of a comune that may be told to be unmet.
func (s *snapshot) fails(c *comune) int {
	n := 0
	for e := range s.entries(c) {
		if verdicts[e.toldVerdict] == finding.Fail && s.about.obligation(e.check) {
			n++
		}
	}
	return n
}

func (s *Server) region(w http.ResponseWriter, r *http.Request) (shown, error) {
	snap, wall, err := s.wallSnapshot(w, r)
	if err != nil {
		return shown{}, err
	}
	asked := slug(r.PathValue("region"))
	all := snap.regions()
	i := slices.IndexFunc(all, func(name string) bool { return slug(name) == asked })
	if i < 0 {
		return shown{}, errNotFound
	}
	q := query{region: all[i]}
	p, err := s.territory(r.Context(), snap, q, wall)
	if err != nil {
		return shown{}, err
	}
	for _, pl := range snap.placesIn(all[i]) {
		p.Places = append(p.Places, s.placeRow(snap, provinceName(pl), provinceLink(pl), query{province: pl, region: all[i]}))
	}
	return shown{name: wall.template(), section: sectionRegions, title: s.text("wall.region.title", "name", all[i]), wall: wall.Minutes > 0, data: p}, nil
}

func (s *Server) province(w http.ResponseWriter, r *http.Request) (shown, error) {
	snap, wall, err := s.wallSnapshot(w, r)
	if err != nil {
		return shown{}, err
	}
	code := strings.ToUpper(r.PathValue("province"))
	i := slices.IndexFunc(snap.places, func(p place) bool { return p.province == code && p != elsewhere })
	if code == "" || i < 0 {
		return shown{}, errNotFound
	}
	p, err := s.territory(r.Context(), snap, query{province: code}, wall)
	if err != nil {
		return shown{}, err
	}
	if region := snap.places[i].region; region != "" {
		p.Up, p.UpName = sectionRegions+"/"+slug(region), region
	}
	return shown{
		name: wall.template(), section: sectionRegions, title: s.text("wall.province.title", "name", provinceName(code)), wall: wall.Minutes > 0,
		feed: "/feed/provincia/" + code + ".atom", data: p,
	}, nil
}

func provinceLink(code string) string { return "/province/" + code }

func provinceName(code string) string {
	if p, ok := registry.ProvinceByCode(code); ok {
		return p.Name + " (" + code + ")"
	}
	return code
}

// placesIn are the provinces of a region, sorted by name.
func (s *snapshot) placesIn(region string) []string {
	var out []string
	for _, p := range s.places {
		if p.region == region && p.province != "" && p != elsewhere && !slices.Contains(out, p.province) {
			out = append(out, p.province)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(provinceName(a), provinceName(b)) })
	return out
}

// territory counts the comuni that a query asks for.
func (s *Server) territory(ctx context.Context, snap *snapshot, q query, wall wallView) (territoryPage, error) {
	comuni := snap.find(q)
	p := territoryPage{Wall: wall, Comuni: numberOf(len(comuni), q), Read: numberOf(0, q.read()), Siteless: numberOf(0, q.siteless())}
	for _, c := range comuni {
		switch reaches[c.reach] {
		case page.ReachOK:
			p.Read.N++
		case page.ReachNoURL, page.ReachBadURL:
			p.Siteless.N++
		}
	}
	p.Chart.ID, p.Chart.Title = "duties", s.text("wall.duties_chart")
	s.missing(&p, snap, comuni, q)
	s.service(&p, comuni, q)
	s.models(&p, snap, comuni, q)
	return p, s.news(ctx, &p, q)
}

// missing fills in the duties, the one unmet most often first.
func (s *Server) missing(p *territoryPage, snap *snapshot, comuni []*comune, q query) {
	tallies := make([]tally, len(s.about.metas))
	failing := make([][]*comune, len(s.about.metas))
	for _, c := range comuni {
		for e := range snap.entries(c) {
			tallies[e.check].count(e)
			if verdicts[e.toldVerdict] == finding.Fail {
				failing[e.check] = append(failing[e.check], c)
			}
		}
	}
	var order []int
	for i := range s.about.metas {
		if s.about.obligation(uint16(i)) && tallies[i].all() > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(failing[b]), len(failing[a])) })
	for _, i := range order {
		m, t := s.about.metas[i], tallies[i]
		told := func(v finding.Verdict) numberLink { return numberOf(t.of(v), q.told(m.ID, string(v))) }
		row := missingRow{
			ID: m.ID, Title: m.Title(s.o.Messages.Lang()), Fail: told(finding.Fail), Warn: told(finding.Warn), Unknown: told(finding.Unknown), Pass: told(finding.Pass),
			Assessed: numberOf(t.definite(), q.told(m.ID, anyDefinite)), All: numberOf(t.all(), q.of(m.ID)),
		}
		if q.province != "" {
			row.Names = s.namesOf(failing[i], m.ID, p.Wall.bounds().names, row.Fail.To)
		} else {
			row.Where = where(snap, failing[i], q.told(m.ID, string(finding.Fail)))
		}
		p.Missing = append(p.Missing, row)
		s.drawTally(&p.Chart, row.Title, t)
	}
}

// where counts the comuni that a query found by province, most first.
func where(snap *snapshot, comuni []*comune, q query) []placeCount {
	counts := map[string]int{}
	for _, c := range comuni {
		if code := snap.places[c.place].province; code != "" {
			counts[code]++
		}
	}
	var out []placeCount
	for code, n := range counts {
		q.province = code
		out = append(out, placeCount{code, provinceLink(code) + "#missing-" + q.check, numberOf(n, q)})
	}
	slices.SortFunc(out, func(a, b placeCount) int { return cmp.Or(cmp.Compare(b.N.N, a.N.N), cmp.Compare(a.Name, b.Name)) })
	return out
}

// service tells where the desk for businesses was seen on the net.
func (s *Server) service(p *territoryPage, comuni []*comune, q query) {
	if !s.about.knows(servicesCheck) {
		return
	}
	var unseen []*comune
	seen := 0
	for _, c := range comuni {
		switch {
		case c.offers(suapID):
			seen++
		case reaches[c.reach] == page.ReachOK:
			unseen = append(unseen, c)
		}
	}
	shown, hidden := q, q.read()
	shown.counted.seen, hidden.counted.unseen = suapID, suapID
	p.Services.Seen, p.Services.Unseen = numberOf(seen, shown), numberOf(len(unseen), hidden)
	if q.province != "" {
		p.Services.Names = s.namesOf(unseen, servicesCheck, p.Wall.bounds().names, p.Services.Unseen.To)
	}
}

// models lists, theme by theme, comuni where every check of it is in order.
func (s *Server) models(p *territoryPage, snap *snapshot, comuni []*comune, q query) {
	best := slices.Clone(comuni)
	slices.SortStableFunc(best, func(a, b *comune) int { return cmp.Compare(snap.fails(a), snap.fails(b)) })
	for _, theme := range themes {
		ids := s.about.themeChecks(theme.key)
		if len(ids) == 0 {
			continue
		}
		var good []*comune
		for _, c := range best {
			if !slices.ContainsFunc(ids, func(id uint16) bool { return !snap.passes(c, id) }) {
				good = append(good, c)
			}
		}
		q.counted.theme = theme.key
		all := numberOf(len(good), q)
		p.Models = append(p.Models, modelRow{
			Title: s.text("wall.theme." + theme.key), All: all, Names: s.namesOf(good, s.about.metas[ids[0]].ID, p.Wall.bounds().models, all.To),
		})
	}
}

func (s *snapshot) passes(c *comune, check uint16) bool {
	e, ok := s.entryOf(c, check)
	return ok && verdicts[e.toldVerdict] == finding.Pass
}

// news lists what changed in the last day, the newest first.
func (s *Server) news(ctx context.Context, p *territoryPage, q query) error {
	var all []record.Change
	for c, err := range s.o.Store.Changes(ctx, s.o.Now().Add(-freshSpan), time.Time{}, report.Query{Province: q.province, Region: q.region}) {
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	slices.Reverse(all)
	most := p.Wall.bounds().news
	if left := len(all) - most; left > 0 {
		p.MoreNews = s.o.Messages.Count("wall.more", left)
	}
	for _, c := range all[:min(len(all), most)] {
		line := report.NewChangeLine(c)
		title := line.Check
		if i, ok := s.about.index[line.Check]; ok {
			title = s.about.metas[i].Title(s.o.Messages.Lang())
		}
		when := s.moment(line.At)
		if p.Wall.Minutes > 0 {
			when = line.At.In(s.rome).Format("15:04") // of the last 24 hours each has a time of its own
		}
		p.News = append(p.News, newsRow{
			When: when, Stamp: line.At.Format(time.RFC3339), Name: line.Comune, Link: sectionComuni + "/" + line.Istat,
			Text: s.changeWords(title, line),
		})
	}
	return nil
}

// changeWords are a change in a sentence: from one verdict to another, or that the
// verdict is the same and what it rests on is not.
func (s *Server) changeWords(title string, line report.ChangeLine) string {
	after := s.text("verdict." + string(line.To.Verdict))
	if line.From.Verdict == line.To.Verdict {
		return s.text("history.change_within", "check", title, "after", after)
	}
	return s.text("history.change", "check", title, "before", s.text("verdict."+string(line.From.Verdict)), "after", after)
}
