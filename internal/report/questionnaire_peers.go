package report

// What a comune is set beside: of each of the others what was found there, so that a
// number of comuni leads to names, and a name to findings and the pages that show them.

import (
	"html/template"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
)

// Peer is one of the comuni of the same size, with what the lines of the
// self-assessment rest on.
type Peer struct {
	Counted
	CheckedAt time.Time
	Unread    string // how the visit ended, in words, where the site was not read
	Seen      []PeerFinding
}

// PeerFinding is what one check found there.
type PeerFinding struct {
	Title   string
	Verdict finding.Verdict
	Points  string // of its indicator, or of its indicators those worth something; empty: not measured
	URL     string // the page that shows it
}

// Unmeasured are the comuni of a group where some lines were not measured.
type Unmeasured struct {
	Peers  PeerGroup
	Line   string   // the first of the lines
	Titles []string // of the lines
	Comuni []Counted
}

// peers are those of the same size in the whole country, whom every group is of.
func (f filler) peers() []Peer {
	var out []Peer
	for _, l := range f.o.Peers {
		if f.besides(l) {
			out = append(out, f.peer(l))
		}
	}
	return out
}

func (f filler) peer(l record.Latest) Peer {
	out := Peer{Counted: peerOf(l), CheckedAt: l.Checked.UTC()}
	if l.Visit.Reach != page.ReachOK {
		out.Unread = reachText(f.o.Text, l.Visit.Reach).Word
	}
	said := spokenOf(l, make(map[string]spoken, 8))
	for _, check := range f.o.Weights.Checks() {
		s := said(check)
		if !s.ran {
			continue
		}
		points := f.pointsOf(s, check)
		if points == "" && out.Unread != "" {
			continue
		}
		out.Seen = append(out.Seen, PeerFinding{
			Title: f.metas[check].Title(f.o.Text.Lang()), Verdict: s.Verdict, Points: points, URL: address(evidenceURL(s.Finding)),
		})
	}
	return out
}

// pointsOf is what a finding is worth: the points where it has one indicator, the
// indicators that are worth something where it has several.
func (f filler) pointsOf(s spoken, check string) string {
	var of []Indicator
	for _, d := range f.o.Weights.Dimensions {
		for _, x := range d.Indicators {
			if x.Check == check {
				of = append(of, x)
			}
		}
	}
	var worth []string
	measured := false
	for _, x := range of {
		p, ok := x.points(s)
		measured = measured || ok
		switch {
		case !ok:
		case len(of) == 1:
			worth = append(worth, tenths(f.o.Text, p))
		case p > 0:
			worth = append(worth, x.TitleOf(f.o.Text)+" "+tenths(f.o.Text, p))
		}
	}
	if measured && len(worth) == 0 {
		return "0"
	}
	return strings.Join(worth, ", ")
}

// unmeasured gathers the lines of a group that were not measured in the same comuni:
// they are listed once, under the first of those lines.
func (q *Questionnaire) unmeasured() {
	if len(q.Assessing) == 0 {
		return
	}
	for i := range q.Assessing[0].Peers {
		at := map[string]int{}
		for j := range q.Assessing {
			g := &q.Assessing[j].Peers[i]
			if len(g.Unmeasured) == 0 || g.Measured == 0 {
				continue
			}
			var key strings.Builder
			for _, c := range g.Unmeasured {
				key.WriteString(c.Istat + " ")
			}
			n, there := at[key.String()]
			if !there {
				n = len(q.Unmeasured)
				at[key.String()] = n
				q.Unmeasured = append(q.Unmeasured, Unmeasured{Peers: *g, Line: q.Assessing[j].ID, Comuni: g.Unmeasured})
			}
			q.Unmeasured[n].Titles = append(q.Unmeasured[n].Titles, q.Assessing[j].Title)
			g.Under = q.Unmeasured[n].Line
		}
	}
}

// ofPeers says where a line was measured: the numbers lead to the list of all of the
// group, or of all but some.
func ofPeers(text messages.Catalogue, g PeerGroup) template.HTML {
	all := "#" + peersAnchor(g, "")
	measured := all
	if len(g.Unmeasured) > 0 {
		measured = "#" + peersAnchor(g, g.Under)
	}
	return LinkedText(text, "questionnaire.of_peers", "n", Linked{measured, g.Measured}, "of", Linked{all, g.Comuni})
}

// peersAnchor is where the comuni of a group are listed, or those of them where a
// line was not measured.
func peersAnchor(g PeerGroup, line string) string {
	if line == "" {
		return "peers-" + string(g.Scope)
	}
	return "peers-" + string(g.Scope) + "-" + anchorOf(line)
}

// allBut says whom a list of comuni where something was not measured is of.
func (u Unmeasured) allBut(text messages.Catalogue) string {
	return text.Text("questionnaire.all_but", "line", strings.Join(u.Titles, ", "), "peers", PeerWords(text, u.Peers))
}
