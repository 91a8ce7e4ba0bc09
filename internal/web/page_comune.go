package web

// The sheet of one comune, and its history.

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

type sheetPage struct {
	Sheet     report.Sheet
	Identity  string
	Visited   string
	Elsewhere bool // the home page stands under another address
	Unreached bool
	Exhausted string
	Groups    []group
	Outside   []outsideRow
}

// outsideRow is one thing that other sources say.
type outsideRow struct{ Source, Says, Measured, Stand string }

// group is the findings of one verdict. The failures still to be confirmed stand
// apart: elsewhere they are not counted as failures.
type group struct {
	Verdict        finding.Verdict
	Rows, Doubtful []sheetRow
}

// N is how many they are.
func (g group) N() int { return len(g.Rows) + len(g.Doubtful) }

type sheetRow struct {
	report.Row
	Evidence, Nearest       []shownFact
	ShowValue, ShowDeadline bool
	WhoText, ConfidenceText string
	Times                   string
}

// shownFact is a fact in words.
type shownFact struct{ Label, Words, Place, Target, URL string }

// maxFacts bounds the evidence a page shows of one finding; the API has all.
const maxFacts = 10

func (s *Server) sheet(_ http.ResponseWriter, r *http.Request) (shown, error) {
	l, err := s.latest(r.Context(), r.PathValue("istat"))
	if err != nil {
		return shown{}, err
	}
	sheet := report.PresentSheet(l, s.presentOptions(r.Context(), l))
	p := sheetPage{
		Sheet: sheet, Identity: s.identity(sheet), Elsewhere: sheet.FinalURL != "" && sheet.FinalURL != sheet.Site,
		Unreached: sheet.Reach != page.ReachOK,
		Visited: s.text("sheet.visited_at", "when", s.moment(sheet.CheckedAt), "pages", s.o.Messages.Count("sheet.pages", sheet.Pages),
			"took", s.o.Messages.Seconds(time.Duration(sheet.Seconds*float64(time.Second)))),
	}
	if key := "sheet.exhausted." + sheet.Exhausted; s.o.Messages.Has(key) {
		p.Exhausted = s.text(key)
	}
	p.Outside = s.outsideRows(sheet.Outside)
	for _, total := range sheet.Totals {
		g := group{Verdict: total.Verdict}
		for _, row := range sheet.Findings {
			if row.Verdict == total.Verdict {
				standing, _ := l.Standing(row.Check)
				rows := &g.Rows
				if row.Verdict == finding.Fail && row.Confidence == finding.Low {
					rows = &g.Doubtful
				}
				*rows = append(*rows, s.sheetRow(row, standing, l.Checked))
			}
		}
		p.Groups = append(p.Groups, g)
	}
	return shown{name: "comune", section: "", title: s.text("sheet.comune", "name", sheet.Comune), feed: "/feed/comune/" + sheet.Istat + ".atom", data: p}, nil
}

func (s *Server) outsideRows(lines []report.OutsideLine) []outsideRow {
	var out []outsideRow
	for _, l := range lines {
		row := outsideRow{Source: l.Source, Says: l.OutsideWords(s.o.Messages), Measured: l.Measured, Stand: s.text("external.stand." + cmp.Or(string(l.Stand), "open"))}
		if l.Title != "" {
			row.Measured = l.Title + ", " + l.Measured
		}
		out = append(out, row)
	}
	return out
}

// identity is where the comune is and under which codes it is known.
func (s *Server) identity(sheet report.Sheet) string {
	var parts []string
	if sheet.Province != "" {
		parts = append(parts, s.text("sheet.province", "province", sheet.Province))
	}
	if sheet.Region != "" {
		parts = append(parts, sheet.Region)
	}
	parts = append(parts, s.text("sheet.istat", "istat", sheet.Istat))
	if sheet.IPA != "" {
		parts = append(parts, s.text("sheet.ipa", "ipa", sheet.IPA))
	}
	if sheet.Population > 0 {
		parts = append(parts, s.o.Messages.Count("sheet.population", sheet.Population))
	}
	return strings.Join(parts, " · ")
}

func (s *Server) sheetRow(row report.Row, st record.Standing, visited time.Time) sheetRow {
	acts := row.Verdict == finding.Fail || row.Verdict == finding.Warn
	out := sheetRow{
		Row: row, Evidence: s.facts("sheet.found", row.Evidence),
		ShowValue:    row.Verdict == finding.Info && row.ValueName != "", // elsewhere it is a code for programs
		ShowDeadline: acts && row.Deadline != "",
		WhoText:      strings.Join(row.Who, ", "), Times: s.times(st, visited),
	}
	if row.Effort != "" && out.WhoText != "" {
		out.WhoText += " (" + row.Effort + ")"
	}
	if acts {
		out.Nearest = s.facts("sheet.nearest", row.Candidates)
	}
	if row.Confidence != "" && row.Verdict != finding.Unknown {
		out.ConfidenceText = s.text("confidence." + string(row.Confidence))
	}
	return out
}

// times says since when the verdict has stood, and when it was made where that
// was not at the newest visit.
func (s *Server) times(st record.Standing, visited time.Time) string {
	var parts []string
	if st.Finding.Verdict.Definite() && !st.LastChanged.IsZero() {
		parts = append(parts, s.text("web.comune.since", "when", s.o.Messages.Date(st.LastChanged.In(s.rome))))
	}
	if !st.Checked.IsZero() && !st.Checked.Equal(visited) {
		parts = append(parts, s.text("web.comune.checked", "when", s.moment(st.Checked)))
	}
	return strings.Join(parts, ", ")
}

func (s *Server) facts(label string, facts []finding.Fact) []shownFact {
	var out []shownFact
	for _, f := range facts[:min(maxFacts, len(facts))] {
		one := shownFact{Label: s.text(label), Words: f.Snippet, Target: f.Target, URL: f.URL}
		if one.Words == "" {
			one.Words = f.Value
		}
		if key := "place." + f.Place; s.o.Messages.Has(key) {
			one.Place = "(" + s.text(key) + ")"
		}
		out = append(out, one)
	}
	return out
}

type historyPage struct {
	Istat, Caption string
	Visits         []visitRow
}

type visitRow struct {
	When, Stamp string
	Reach       page.Reach
	Totals      string
	Changes     []string
	Quiet       string // where nothing changed
}

func (s *Server) history(_ http.ResponseWriter, r *http.Request) (shown, error) {
	istat := r.PathValue("istat")
	past, err := s.past(r.Context(), istat, 0)
	if err != nil {
		return shown{}, err
	}
	l, err := s.latest(r.Context(), istat)
	if err != nil {
		return shown{}, err
	}
	name := page.Clean(l.Comune.Name, maxLabel)
	p := historyPage{Istat: istat, Caption: s.o.Messages.Count("web.history.caption", len(past))}
	for _, v := range past {
		p.Visits = append(p.Visits, s.visitRow(v))
	}
	return shown{name: "history", title: s.text("web.history.title", "name", name), data: p}, nil
}

func (s *Server) visitRow(v report.PastVisit) visitRow {
	row := visitRow{When: s.moment(v.CheckedAt), Stamp: v.CheckedAt.Format(time.RFC3339), Reach: v.Reach, Quiet: s.text("history.same")}
	if !slices.Contains(reaches, v.Reach) {
		row.Reach = page.ReachOurFault
	}
	if v.First {
		row.Quiet = s.text("history.first")
	}
	var totals []string
	for _, t := range v.Totals {
		totals = append(totals, s.o.Messages.Count("sheet.total."+string(t.Verdict), t.Count))
	}
	row.Totals = strings.Join(totals, ", ")
	for _, c := range v.Changes {
		row.Changes = append(row.Changes, s.text("history.change", "check", c.Title,
			"before", s.text("verdict."+string(c.From)), "after", s.text("verdict."+string(c.To))))
	}
	return row
}
