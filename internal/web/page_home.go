package web

// The first page: last night, and the country in two tables.

import (
	"net/http"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// maxNights is how far back the last night is looked for: there may be nights of a
// clock that was ahead.
const maxNights = 10

type homePage struct {
	Notices  []string
	Night    []nameText
	Comuni   numberLink // all; what follows is of them
	Reached  numberLink
	Siteless numberLink // without an address to visit
	Reach    []reachRow
	Verdicts []finding.Verdict
	Checks   []checkRow
}

type nameText struct{ Name, Text string }

type reachRow struct {
	Reach  page.Reach
	Comuni numberLink
	Share  string
}

type checkRow struct {
	ID, Title    string
	Nature       finding.Nature
	Cells        []numberLink // one a verdict
	Assessed, Of numberLink
}

func (s *Server) home(_ http.ResponseWriter, r *http.Request) (shown, error) {
	snap, err := s.snapshotFor(r.Context())
	if err != nil {
		return shown{}, err
	}
	runs, err := s.o.Store.Runs(r.Context(), record.Night, maxNights)
	if err != nil {
		return shown{}, err
	}
	st := s.o.Status()
	p := homePage{Notices: s.notices(st), Night: s.night(runs, st), Comuni: numberOf(len(snap.comuni), query{}), Verdicts: verdicts, Checks: s.checkRows(snap)}
	s.countReaches(&p, snap)
	return shown{name: "home", section: sectionHome, title: s.text("web.home.title"), data: p}, nil
}

// notices say what the reader should know before reading on.
func (s *Server) notices(st Status) []string {
	var out []string
	if !st.ScheduleEnabled {
		key := "web.schedule." + st.ScheduleOff
		if !s.o.Messages.Has(key) {
			key = "web.schedule.off"
		}
		out = append(out, s.text(key))
	}
	if run := st.Running; run != nil {
		key := "web.home.running_request"
		if run.Kind == record.Night {
			key = "web.home.running_night"
		}
		out = append(out, s.text(key, "done", s.o.Messages.Number(run.Done), "total", s.o.Messages.Number(run.Expected), "since", s.moment(run.Started)))
	}
	return out
}

// night tells the newest night that has begun, and when the next does.
func (s *Server) night(runs []record.Run, st Status) []nameText {
	var out []nameText
	for _, run := range runs {
		if run.Started.After(s.o.Now()) {
			continue
		}
		began := s.moment(run.Started)
		out = append(out, nameText{s.text("web.home.began"), began})
		switch {
		case !run.Ended.IsZero():
			out = append(out, nameText{s.text("web.home.ended"), s.moment(run.Ended) + " (" + s.o.Messages.Seconds(run.Ended.Sub(run.Started)) + ")"})
		case st.Running == nil || !st.Running.Started.Equal(run.Started):
			out = append(out, nameText{s.text("web.home.ended"), s.text("web.home.cut_off")})
		}
		if !run.Ended.IsZero() {
			out = append(out, nameText{s.text("web.home.visited"), s.text("summary.of", "n", s.o.Messages.Number(run.Done), "total", s.o.Messages.Number(run.Expected))})
		}
		break
	}
	if out != nil && st.NextNight.After(time.Time{}) {
		out = append(out, nameText{s.text("web.home.next"), s.moment(st.NextNight)})
	}
	return out
}

func (s *Server) countReaches(p *homePage, snap *snapshot) {
	counts, siteless := make([]int, len(reaches)), 0
	for _, c := range snap.reaches {
		counts[c.reach] += c.comuni
	}
	for i, r := range reaches {
		switch r {
		case page.ReachOK:
			p.Reached = numberOf(counts[i], query{reach: r})
		case page.ReachNoURL, page.ReachBadURL:
			siteless += counts[i]
		}
		if counts[i] > 0 {
			p.Reach = append(p.Reach, reachRow{Reach: r, Comuni: numberOf(counts[i], query{reach: r}), Share: s.share(counts[i], p.Comuni.N)})
		}
	}
	p.Siteless = numberOf(siteless, query{}.siteless())
}

// checkRows counts the comuni of each check that was run, by verdict.
func (s *Server) checkRows(snap *snapshot) []checkRow {
	counts := make([][]int, len(s.about.metas))
	for i := range snap.comuni {
		for e := range snap.entries(&snap.comuni[i]) {
			if counts[e.check] == nil {
				counts[e.check] = make([]int, len(verdicts))
			}
			counts[e.check][e.verdict]++
		}
	}
	var rows []checkRow
	for i, m := range s.about.metas {
		if counts[i] == nil {
			continue
		}
		row := checkRow{ID: m.ID, Title: m.Title(s.o.Messages.Lang()), Nature: m.Nature}
		all, assessed := 0, 0
		for v, n := range counts[i] {
			row.Cells = append(row.Cells, numberOf(n, query{check: m.ID, verdict: verdicts[v]}))
			all += n
			if verdicts[v].Definite() {
				assessed += n
			}
		}
		q := query{check: m.ID}
		row.Of = numberOf(all, q)
		q.counted.concluded = true
		row.Assessed = numberOf(assessed, q)
		rows = append(rows, row)
	}
	return rows
}
