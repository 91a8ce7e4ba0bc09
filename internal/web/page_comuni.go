package web

// The list of comuni, narrowed and paged.

import (
	"net/http"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
)

// perPage is how many comuni one page lists.
const perPage = 50

// columns are the verdicts that the list counts where no check is asked for.
var columns = []finding.Verdict{finding.Fail, finding.Warn, finding.Unknown, finding.Pass}

type listPage struct {
	Name                                          string
	Provinces, Regions, Checks, Verdicts, Reaches []option
	Caption                                       string
	Check                                         string // title of the check asked for; empty: none
	Columns                                       []finding.Verdict
	Rows                                          []listRow
	Before, After, Where                          string   // of the pages
	Only                                          []string // what else the list is narrowed to, in words
	Kept                                          []option // and as the form keeps it
}

type option struct {
	Value, Text string
	Chosen      bool
}

type listRow struct {
	Link, Name, Province string
	Reach                page.Reach
	Verdict              finding.Verdict
	Reason               string
	Counts               []numberLink // of findings
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) (shown, error) {
	q, err := parseQuery(r.URL.RawQuery, false, s.o.Now(), append(countedParams(), paramName, paramProvince, paramRegion, paramCheck, paramVerdict, paramReach, paramPage)...)
	if err == nil {
		err = s.known(q)
	}
	if err != nil {
		return shown{}, err
	}
	snap, err := s.snapshotFor(r.Context())
	if err != nil {
		return shown{}, err
	}
	found := snap.find(q)
	if only := named(found, q); only != nil {
		http.Redirect(w, r, "/comuni/"+only.istat, http.StatusSeeOther)
		return shown{}, nil
	}
	at := max(q.page, 1)
	last := max(1, (len(found)+perPage-1)/perPage)
	if at > last {
		return shown{}, errNotFound
	}
	p := s.listChoices(snap, q)
	from, to := (at-1)*perPage, min(at*perPage, len(found))
	for _, c := range found[from:to] {
		p.Rows = append(p.Rows, s.listRow(snap, c, q))
	}
	number := s.o.Messages.Number
	p.Caption = s.text("web.comuni.caption", "from", number(from+1), "to", number(to), "total", number(len(found)))
	p.Where = s.text("web.comuni.where", "page", number(at), "pages", number(last))
	if at > 1 {
		q.page = at - 1
		p.Before = listLink(q)
	}
	if at < last {
		q.page = at + 1
		p.After = listLink(q)
	}
	return shown{name: "comuni", section: sectionComuni, title: s.text("web.comuni.title"), data: p}, nil
}

// named is the one comune that is meant where a name or a code alone is sought
// and just one comune is called exactly so.
func named(found []*comune, q query) *comune {
	if alone := (query{name: q.name}); q.name == "" || q != alone || len(found) == 0 {
		return nil
	}
	exact := func(c *comune) bool { return c.istat == q.name || c.key == sought(q.name) }
	if !exact(found[0]) || len(found) > 1 && exact(found[1]) {
		return nil
	}
	return found[0]
}

func (s *Server) listChoices(snap *snapshot, q query) listPage {
	lang := s.o.Messages.Lang()
	p := listPage{Name: q.name, Columns: columns, Only: s.narrowings(snap, q), Kept: q.counted.kept()}
	for _, code := range snap.provinces() {
		name := code
		if known, ok := registry.ProvinceByCode(code); ok {
			name = known.Name + " (" + code + ")"
		}
		p.Provinces = append(p.Provinces, option{code, name, code == q.province})
	}
	here := sameRegion(q.region)
	for _, region := range snap.regions() {
		p.Regions = append(p.Regions, option{region, region, q.region != "" && here(region)})
	}
	for _, m := range s.about.metas {
		p.Checks = append(p.Checks, option{m.ID, m.Title(lang), m.ID == q.check})
		if m.ID == q.check {
			p.Check = m.Title(lang)
		}
	}
	for _, v := range verdicts {
		p.Verdicts = append(p.Verdicts, option{string(v), s.text("verdict." + string(v)), v == q.verdict})
	}
	for _, reach := range reaches {
		p.Reaches = append(p.Reaches, option{string(reach), s.text("reach." + string(reach) + ".word"), reach == q.reach})
	}
	return p
}

func (s *Server) listRow(snap *snapshot, c *comune, q query) listRow {
	row := listRow{Link: c.link(q.check), Name: c.name, Province: snap.places[c.place].province, Reach: reaches[c.reach]}
	if q.check != "" {
		if e, ok := snap.entryOf(c, s.about.index[q.check]); ok {
			f := finding.Finding{Check: q.check, Verdict: verdicts[e.verdict], Reason: snap.reasons[e.reason]}
			if q.counted.told != "" {
				f.Verdict, f.Reason = verdicts[e.toldVerdict], snap.reasons[e.toldReason]
			}
			row.Verdict, row.Reason = f.Verdict, report.ReasonText(s.o.Messages, f, row.Reach)
		}
		return row
	}
	counts := make([]int, len(verdicts))
	for e := range snap.entries(c) {
		counts[e.verdict]++
	}
	for _, v := range columns {
		row.Counts = append(row.Counts, c.findings(v, counts[indexOf(verdicts, v, v)]))
	}
	return row
}

// findings is a number of findings of a comune that leads to those of that verdict.
func (c *comune) findings(v finding.Verdict, n int) numberLink {
	return numberLink{To: c.link("") + "#group-" + string(v), N: n}
}
