package report

// The present view of a comune as a person reads it, and as one line of a list.

import (
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// PresentSheet makes the sheet of the present view: the newest visit, and of
// each check its last finding, which an earlier visit may have made.
func PresentSheet(l record.Latest, o SheetOptions) Sheet {
	a := record.Assessment{Run: l.Run, Started: l.Checked, Comune: l.Comune, Visit: l.Visit}
	for _, s := range l.Standings {
		a.Findings = append(a.Findings, s.Finding)
	}
	o.Standings = l.Standings
	return NewSheet(a, o)
}

// ComuneLine is one comune in a list. Its field names are those of the export;
// strings from outside are clean.
type ComuneLine struct {
	Istat      string                  `json:"istat"`
	IPA        string                  `json:"codice_ipa"`
	Comune     string                  `json:"comune"`
	Province   string                  `json:"provincia"`
	Region     string                  `json:"regione"`
	Population int                     `json:"popolazione,omitzero"` // 0: unknown
	PEC        string                  `json:"pec,omitzero"`
	Site       string                  `json:"site"`
	FinalURL   string                  `json:"final_url,omitzero"`
	Run        string                  `json:"run"`
	CheckedAt  time.Time               `json:"checked_at"` // UTC
	Reach      page.Reach              `json:"reach"`
	Verdicts   map[finding.Verdict]int `json:"verdicts"` // how many checks, by the verdict of the last visit
}

// NewComuneLine is the line of a view; a brief one is enough.
func NewComuneLine(l record.Latest) ComuneLine {
	c := l.Comune
	line := ComuneLine{
		Istat: shown(c.Istat), IPA: shown(c.IPA), Comune: shown(c.Name), Province: shown(c.Province), Region: shown(c.Region),
		Population: c.Population, PEC: shown(c.PEC), Site: address(siteOf(l)), FinalURL: address(l.Visit.FinalURL),
		Run: shown(l.Run), CheckedAt: l.Checked.UTC(), Reach: l.Visit.Reach, Verdicts: map[finding.Verdict]int{},
	}
	for _, s := range l.Standings {
		line.Verdicts[s.Finding.Verdict]++
	}
	return line
}
