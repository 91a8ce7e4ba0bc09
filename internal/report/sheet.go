package report

// This file holds the sheet: one look at one comune as a person reads it, every
// code beside its words. It is also what `crawl --format json` prints, so its
// field names are part of the interface: add to them, do not change them.

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// maxShown bounds a string from outside on a sheet, in characters; addresses
// have page.MaxHref.
const maxShown = 300

// Sheet is one look at one comune. Codes are the interface's; texts are in the
// language of the catalogue it was made with. Every string from outside is
// clean: no control, escape or bidirectional characters.
type Sheet struct {
	Istat      string `json:"istat"`
	IPA        string `json:"codice_ipa"`
	Comune     string `json:"comune"`
	Province   string `json:"provincia"`
	Region     string `json:"regione"`
	Population int    `json:"popolazione,omitzero"` // 0: unknown

	Site       string    `json:"site"`                // the address to visit; empty where there is none
	Registered string    `json:"registered,omitzero"` // what IPA has, where it differs from Site
	FinalURL   string    `json:"final_url,omitzero"`
	Moved      bool      `json:"moved,omitzero"` // the home page stands under another registrable domain
	Run        string    `json:"run"`
	CheckedAt  time.Time `json:"checked_at"` // UTC
	Seconds    float64   `json:"seconds"`    // how long the visit took
	Pages      int       `json:"pages"`      // HTML documents read

	Reach     page.Reach `json:"reach"`
	ReachText ReachText  `json:"reach_text"`
	Exhausted string     `json:"exhausted,omitzero"` // the budget that ended the visit: pages, time, bytes

	Findings []Row   `json:"findings"` // worst first
	Totals   []Total `json:"totals"`   // verdicts that occur, worst first

	Shared []SharedNote `json:"shared,omitzero"` // publications of AgID's that the sites of other comuni link too

	Outside []OutsideLine `json:"outside,omitzero"` // what others say, as it was imported

	Looking *Looking `json:"looking,omitzero"` // only where it was asked for
}

// ReachText is a reach in words.
type ReachText struct {
	Word  string `json:"word"`
	Means string `json:"means"`
	Do    string `json:"do"`
}

// Row is one finding, with what its check says about it.
type Row struct {
	Check       string             `json:"check"`
	Title       string             `json:"title"`
	Nature      finding.Nature     `json:"nature"`
	Verdict     finding.Verdict    `json:"verdict"`
	VerdictText string             `json:"verdict_text"`
	Reason      finding.Reason     `json:"reason,omitzero"`
	ReasonText  string             `json:"reason_text,omitzero"`
	Value       string             `json:"value,omitzero"`
	ValueName   string             `json:"value_name,omitzero"` // the value as people call it
	Confidence  finding.Confidence `json:"confidence,omitzero"`
	Evidence    []finding.Fact     `json:"evidence,omitzero"`
	Candidates  []finding.Fact     `json:"candidates,omitzero"` // the nearest things seen
	Looked      []string           `json:"looked,omitzero"`     // pages the judgement rests on
	Remedy      string             `json:"remedy,omitzero"`     // of fail and warn
	Laws        []LawText          `json:"laws,omitzero"`
	Deadline    string             `json:"deadline,omitzero"`
	Who         []string           `json:"who,omitzero"`    // in words, of fail and warn
	Effort      string             `json:"effort,omitzero"` // in words, of fail and warn
	Version     int                `json:"rule_version"`
	Before      *Before            `json:"last_definite,omitzero"` // where this look could not tell, what the last one that could did
}

// LawText is one source of a duty: "L. 4/2004, art. 3-quater" and what it asks.
type LawText struct {
	Source string `json:"source"`
	Text   string `json:"text"`
}

// Before is the last definite verdict.
type Before struct {
	Verdict     finding.Verdict `json:"verdict"`
	VerdictText string          `json:"verdict_text"`
	At          time.Time       `json:"at"`
}

// Total counts the findings of one verdict.
type Total struct {
	Verdict finding.Verdict `json:"verdict"`
	Count   int             `json:"count"`
}

// Looking is how the look went, request by request.
type Looking struct {
	Attempts  []page.Attempt `json:"attempts,omitzero"`
	Hops      []page.Hop     `json:"hops,omitzero"`
	Fetches   []page.Fetch   `json:"fetches,omitzero"`
	Plain     page.Plain     `json:"plain,omitzero"` // what plain http does
	Inquiries []page.Inquiry `json:"inquiries,omitzero"`
	Facts     []finding.Fact `json:"facts,omitzero"`
}

// SheetOptions say how a sheet is made. Text is required.
type SheetOptions struct {
	Checks    []checks.Meta      // what the checks say about themselves
	Text      messages.Catalogue // language of the words
	Standings []record.Standing  // the comune's present view, for what was known before; nil: not told
	Looking   bool               // also how the look went
	Shared    *SharedIndex       // what several comuni link; nil: not told
	Outside   *registry.External // what has been imported; nil: nothing
}

// NewSheet makes the sheet of an assessment.
func NewSheet(a record.Assessment, o SheetOptions) Sheet {
	c, v := a.Comune, a.Visit
	s := Sheet{
		Istat: shown(c.Istat), IPA: shown(c.IPA), Comune: shown(c.Name), Province: shown(c.Province), Region: shown(c.Region), Population: c.Population,
		Site: address(c.Site.URL), Registered: shown(c.Site.Raw), FinalURL: address(v.FinalURL), Moved: v.Moved,
		Run: shown(a.Run), CheckedAt: a.Started.UTC(), Seconds: v.Took.Seconds(), Pages: v.PagesRead(),
		Reach: v.Reach, ReachText: reachText(o.Text, v.Reach), Exhausted: shown(v.Exhausted),
	}
	if s.Registered == s.Site {
		s.Registered = ""
	}
	weight := map[string]int{}
	for _, f := range a.Findings {
		m := metaOf(o.Checks, f.Check)
		weight[f.Check] = importance(m)
		s.Findings = append(s.Findings, row(f, m, v.Reach, platformOf(a.Findings), o))
	}
	slices.SortStableFunc(s.Findings, func(x, y Row) int {
		return cmp.Or(cmp.Compare(rank(x.Verdict), rank(y.Verdict)), cmp.Compare(weight[x.Check], weight[y.Check]), cmp.Compare(x.Check, y.Check))
	})
	s.Totals = totals(s.Findings)
	s.Shared = o.Shared.Notes(c, o.Text)
	s.Outside = outsideOf(a, o)
	if o.Looking {
		s.Looking = looking(a)
	}
	return s
}

func metaOf(metas []checks.Meta, id string) checks.Meta {
	for _, m := range metas {
		if m.ID == id {
			return m
		}
	}
	return checks.Meta{ID: id, Titles: checks.Text{IT: id, EN: id}}
}

// importance orders findings of one verdict: duties before the rest, then by
// how much a failure weighs.
func importance(m checks.Meta) int {
	natures := []finding.Nature{finding.Obligation, finding.Grant, finding.GoodPractice, finding.Information}
	severities := []checks.Severity{checks.SeverityHigh, checks.SeverityMedium, checks.SeverityLow}
	return place(natures, m.Nature)*10 + place(severities, m.Severity)
}

func rank(v finding.Verdict) int { return place(finding.Verdicts(), v) }

// place is the index of x, or the length where it is not there.
func place[T comparable](in []T, x T) int {
	if i := slices.Index(in, x); i >= 0 {
		return i
	}
	return len(in)
}

// platformOf is the platform that the check cms found the site built with.
func platformOf(findings []finding.Finding) string {
	for _, f := range findings {
		if f.Check == "cms" && f.Verdict == finding.Info {
			return f.Value
		}
	}
	return ""
}

func row(f finding.Finding, m checks.Meta, reach page.Reach, platform string, o SheetOptions) Row {
	lang := o.Text.Lang()
	r := Row{
		Check: f.Check, Title: m.Title(lang), Nature: f.Nature, Verdict: f.Verdict, VerdictText: o.Text.Text("verdict." + string(f.Verdict)),
		Reason: f.Reason, ReasonText: ReasonText(o.Text, f, reach), Value: shown(f.Value), Confidence: f.Confidence,
		Evidence: told(o.Text, f.Evidence), Candidates: told(o.Text, f.Candidates), Looked: addresses(f.Looked), Version: f.Version,
		Laws: laws(m, lang), Deadline: m.Deadline.Text.In(lang),
	}
	r.ValueName = valueName(o.Text, m, r.Value)
	switch f.Verdict {
	case finding.Fail, finding.Warn:
		r.Remedy = m.RemedyOn(platform, f.Reason, lang)
		for _, who := range m.Who {
			r.Who = append(r.Who, o.Text.Text("who."+who))
		}
		if m.Effort != "" && m.Effort != checks.EffortNone {
			r.Effort = o.Text.Text("effort." + string(m.Effort))
		}
	case finding.Unknown:
		r.Before = before(o, f.Check)
	}
	return r
}

// valueName is a value as people call it: as a whole, or each part of a list; as it
// is where nobody has words for it.
func valueName(text messages.Catalogue, m checks.Meta, value string) string {
	if words, ok := knownWords(text, m, value); ok {
		return words
	}
	var parts []string
	for _, item := range listItems(value) {
		words, ok := knownWords(text, m, item)
		if !ok {
			return value
		}
		parts = append(parts, words)
	}
	return cmp.Or(strings.Join(parts, ", "), value)
}

func before(o SheetOptions, check string) *Before {
	for _, s := range o.Standings {
		if v := s.LastDefinite.Verdict; s.Finding.Check == check && v.Definite() {
			return &Before{Verdict: v, VerdictText: o.Text.Text("verdict." + string(v)), At: s.LastDefiniteAt}
		}
	}
	return nil
}

func laws(m checks.Meta, lang string) []LawText {
	var out []LawText
	for _, l := range m.Law {
		source := l.Act
		if l.Article != "" {
			source += ", " + l.Article
		}
		out = append(out, LawText{Source: source, Text: l.Text.In(lang)})
	}
	return out
}

// ReasonText is why a finding is what it is, in words; "" where it has no
// reason. A reach as the reason of an unknown on a site that was reached is that
// of one page, not of the site.
func ReasonText(c messages.Catalogue, f finding.Finding, reach page.Reach) string {
	code := string(f.Reason)
	own := "reason_of." + f.Check + "." + code
	switch {
	case code == "":
		return ""
	case c.Has(own):
		return c.Text(own)
	case c.Has("reason." + code):
		return c.Text("reason." + code)
	case c.Has("reach."+code+".means") && f.Verdict == finding.Unknown && reach == page.ReachOK:
		return c.Text("sheet.page_unread", "why", c.Text("reach."+code+".word"))
	case c.Has("reach." + code + ".means"):
		return c.Text("reach." + code + ".means")
	default:
		return code
	}
}

func reachText(c messages.Catalogue, r page.Reach) ReachText {
	key := "reach." + string(r)
	return ReachText{Word: c.Text(key + ".word"), Means: c.Text(key + ".means"), Do: c.Text(key + ".do")}
}

func totals(rows []Row) []Total {
	var out []Total
	for _, v := range finding.Verdicts() {
		n := 0
		for _, r := range rows {
			if r.Verdict == v {
				n++
			}
		}
		if n > 0 {
			out = append(out, Total{Verdict: v, Count: n})
		}
	}
	return out
}
