package report

// The report of a province as one HTML file that opens without a network, has no
// script and prints on A4. Its parts are those of the report of a crawl.

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/internal/messages"
)

//go:embed province.tmpl
var provinceText string

// mostBars is how many bars a chart has at most.
const mostBars = 20

// WriteProvinceHTML writes the report. Every string is escaped where it is
// shown; every number leads to the comuni behind it, and they to their findings.
func WriteProvinceHTML(w io.Writer, p Province, text messages.Catalogue) error {
	t, err := htmlTemplate(HTMLOptions{Text: text, Made: p.Made})
	if err == nil {
		t, err = t.Funcs(map[string]any{
			"share":   func(n, of int) string { return Share(text, n, of) },
			"shares":  func(c Count) string { return Shares(text, c) },
			"title":   func() string { return text.Text("province_report.title", "title", p.Title) },
			"day":     func(day string) string { return DayWords(text, day) },
			"chart":   func(c Count) chart { return spreadChart(text, c) },
			"overall": func(t Theme) chart { return themeChart(text, t) },
			"size":    func(class string) string { return sizeWords(text, class) },
			"like":    func(l Like) string { return LikeWords(text, l) },
			"left":    sameLeft(p),
			"listed":  func(c Count, why ...string) []Group { return leftBecause(c, why...) },
			"open":    leftOpen,
			"each":    EachOnce,
			"ofCount": func(c, where Count) template.HTML { return ofCount(text, c, where.ID) },
			"signed":  SignedNumber,
			"comune":  func(s Sheet) htmlComune { return htmlComune{s} },
			"earlier": func() string { return DayWords(text, p.Earlier) },

			"requests": func(ids []string) []request { return requestsOf(p, ids) },
		}).Parse(provinceText)
	}
	if err != nil {
		return fmt.Errorf("the report's template: %w", err)
	}
	b := bufio.NewWriterSize(w, 64<<10)
	if err := t.ExecuteTemplate(b, "province", provincePage{p, text}); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// provincePage is what the template is made from.
type provincePage struct {
	Province
	Text messages.Catalogue
}

// sameLeft tells under which count the comuni that a count leaves out are listed:
// its own, or an earlier one that leaves out the same for the same reasons.
func sameLeft(p Province) func(Count) Count {
	first := map[string]Count{}
	of := map[string]Count{}
	for _, t := range p.Themes {
		for _, c := range t.Counts {
			key := leftKey(c)
			if _, there := first[key]; !there {
				first[key] = c
			}
			of[c.ID] = first[key]
		}
	}
	return func(c Count) Count { return of[c.ID] }
}

// Why nothing is said of a comune whatever the question.
const (
	LeftUnreachable = "unreachable"
	LeftNoSite      = "no_site"
)

// leftBecause are the comuni that a count leaves out for those reasons, leftOpen
// those left out for any that is of the question itself.
func leftBecause(c Count, why ...string) []Group {
	return slices.DeleteFunc(slices.Clone(c.Left), func(g Group) bool { return !slices.Contains(why, g.Code) })
}

func leftOpen(c Count) []Group {
	return slices.DeleteFunc(slices.Clone(c.Left), func(g Group) bool { return g.Code == LeftUnreachable || g.Code == LeftNoSite })
}

// EachOnce are the comuni of some groups, each once.
func EachOnce(all ...[]Group) []Counted {
	var out []Counted
	seen := map[string]bool{}
	for _, g := range slices.Concat(all...) {
		for _, c := range g.Comuni {
			if !seen[c.Istat] {
				seen[c.Istat] = true
				out = append(out, c)
			}
		}
	}
	return out
}

// ofCount says of how many comuni a count is. Those it leaves out are listed under
// the count with the id left.
func ofCount(text messages.Catalogue, c Count, left string) template.HTML {
	key := "province_report.of_assessed"
	if c.Seen {
		key = "province_report.of_seen"
	}
	at := func(id string, n int) Linked { return Linked{"#n-" + id, n} }
	return LinkedText(text, key, "n", at(c.ID+"-counted", c.Comuni), "assessed", at(c.ID+"-assessed", c.Base.Assessed),
		"share", Share(text, c.Comuni, c.Base.Assessed), "unreachable", at(left+"-unreachable", c.Base.Unreachable),
		"no_site", at(left+"-no_site", c.Base.NoSite), "open", at(left+"-open", c.Base.Open))
}

func leftKey(c Count) string {
	var b strings.Builder
	for _, g := range c.Left {
		b.WriteString("\x00" + g.Code)
		for _, x := range g.Comuni {
			b.WriteString("\x01" + x.Anchor)
		}
	}
	return b.String()
}

// Share is n of all as a percentage in the language's way, "–" of none.
func Share(text messages.Catalogue, n, all int) string {
	if all == 0 {
		return "–"
	}
	return percents(text, n, all) + " %"
}

// Shares is the share of a count: from one percentage to another where findings
// are to be confirmed.
func Shares(text messages.Catalogue, c Count) string {
	one := Share(text, c.Comuni, c.Base.Assessed)
	if c.Likely == nil || c.Likely.Assessed == 0 || c.Base.Assessed == 0 {
		return one
	}
	low, high := [2]int{c.Comuni, c.Base.Assessed}, [2]int{c.Likely.Comuni, c.Likely.Assessed}
	if low[0]*high[1] > high[0]*low[1] {
		low, high = high, low
	}
	if from, to := percents(text, low[0], low[1]), percents(text, high[0], high[1]); from != to {
		return from + "–" + to + " %"
	}
	return one
}

func percents(text messages.Catalogue, n, all int) string {
	s := strings.TrimSuffix(strconv.FormatFloat(100*float64(n)/float64(all), 'f', 1, 64), ".0")
	if text.Lang() == "it" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// DayWords is a date, 2006-01-02, in words; what is no date stays as it is.
func DayWords(text messages.Catalogue, day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return shown(day)
	}
	return text.Date(at)
}

func sizeWords(text messages.Catalogue, class string) string {
	if key := "province_report.size." + class; text.Has(key) {
		return text.Text(key)
	}
	return class
}

// LikeWords says in what two comuni are alike; empty where in nothing known.
func LikeWords(text messages.Catalogue, l Like) string {
	var parts []string
	if l.Platform {
		parts = append(parts, text.Text("province_report.like_platform"))
	}
	if l.Size {
		parts = append(parts, text.Text("province_report.like_size"))
	}
	if l.Km > 0 {
		parts = append(parts, text.Text("province_report.like_km", "km", text.Number(l.Km)))
	}
	return strings.Join(parts, ", ")
}

// SignedNumber is a difference with its sign; 0 has none.
func SignedNumber(now, then int) string {
	if now == then {
		return "0"
	}
	return strings.Replace(fmt.Sprintf("%+d", now-then), "-", "−", 1)
}

// request is what a supplier is asked for one check, reason by reason.
type request struct {
	Title   string
	Tickets []Ticket
}

// requestsOf are the items of the worklist of those ids, by check.
func requestsOf(p Province, ids []string) []request {
	var out []request
	for _, t := range p.Worklist {
		if !slices.Contains(ids, t.ID) {
			continue
		}
		i := slices.IndexFunc(out, func(r request) bool { return r.Title == t.Title })
		if i < 0 {
			i, out = len(out), append(out, request{Title: t.Title})
		}
		out[i].Tickets = append(out[i].Tickets, t)
	}
	return out
}

// themeChart draws the counts of a theme that are no spread, each of those
// assessed.
func themeChart(text messages.Catalogue, t Theme) chart {
	var bars []bar
	for _, c := range t.Counts {
		if !c.Spread && c.Base.Assessed > 0 {
			bars = append(bars, bar{c.Title, c.Comuni, c.Base.Assessed})
		}
	}
	return newChart("gt-"+t.ID, text.Text("province_report.chart_of", "title", t.Title), bars, mostBars)
}

// spreadChart draws the groups of a spread.
func spreadChart(text messages.Catalogue, c Count) chart {
	var bars []bar
	for _, g := range c.Groups {
		bars = append(bars, bar{g.Text, len(g.Comuni), c.Base.Assessed})
	}
	return newChart("g-"+c.ID, text.Text("province_report.chart_of", "title", c.Title), bars, mostBars)
}
