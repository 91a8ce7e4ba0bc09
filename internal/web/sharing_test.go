package web

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// bearing is a look at a comune whose site links a publication.
func bearing(istat, name, publication string) record.Assessment {
	f := finding.Finding{Check: "accessibility-declaration", Nature: finding.Obligation, Verdict: finding.Pass}
	f.Evidence = []finding.Fact{{Check: f.Check, Kind: "publication", URL: "https://www.comune.example/", Target: publication}}
	return record.Assessment{
		Run: "r", Started: noon.Add(-time.Hour), Comune: registry.Comune{Istat: istat, Name: name, Province: "ZZ"},
		Visit: page.Visit{Reach: page.ReachOK}, Findings: []finding.Finding{f},
	}
}

func TestASharedPublicationShowsOnThePageAndInTheAPIOfEveryBearer(t *testing.T) {
	const template = "https://form.agid.gov.it/view/98ed3ab5-a4e0-46ea-8841-a8d6b7d73aff"
	m := &memory{}
	m.see(bearing("990001", "Alfa", template), bearing("990002", "Beta", template),
		bearing("990003", "Gamma", "https://form.agid.gov.it/c_z003/sito/dichiarazione"))
	plain := bearing("990004", "Delta", "")
	m.see(plain)
	h := served(t, m).Handler()
	before := m.scans.Load()
	for istat, other := range map[string]string{"990001": "Beta (ZZ)", "990002": "Alfa (ZZ)", "990003": "", "990004": ""} {
		for _, path := range []string{"/comuni/", "/api/v1/comuni/"} {
			said := body(t, h, path+istat)
			if strings.Contains(said, template+" è collegata anche dal sito di un altro Comune") != (other != "") || !strings.Contains(said, other) {
				t.Errorf("%s%s:\n%.3000s", path, istat, said)
			}
		}
	}
	if n := m.scans.Load() - before; n != 8+1 {
		t.Errorf("the store was read %d times for eight sheets, want one more than that", n)
	}
}

func TestASheetIsShownWhereNobodyElseCanBeRead(t *testing.T) {
	m := &memory{}
	m.see(bearing("990001", "Alfa", "https://form.agid.gov.it/view/98ed3ab5-a4e0-46ea-8841-a8d6b7d73aff"))
	h := served(t, m).Handler()
	m.broken = errors.New("cut off")
	if said := body(t, h, "/comuni/990001"); !strings.Contains(said, "Alfa") {
		t.Errorf("%.1000s", said)
	}
}
