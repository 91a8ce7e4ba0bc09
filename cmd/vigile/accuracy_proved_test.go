package main

// What single real pages prove by themselves, read by eye, and what the checks
// make of them: precision and recall of pass and of fail.

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
)

// pagesProve lists the pages that prove a verdict by themselves, by check: what
// they link or show was read by eye. The reds are of templates, whose links lead
// nowhere. Markup for developers, which names no comune, proves no absence.
var pagesProve = map[string]map[finding.Verdict]string{
	"accessibility-declaration": {
		finding.Pass: "peopleweb_airasca_home peopleweb_airasca_uffici comweb_home_alpignano comweb_servizi_alpignano comweb_uffici_alpignano fiumicino_bando_singolo",
		finding.Fail: "sito-homepage.ref sito-domande-frequenti.ref accesso-servizio segnalazione-area-personale",
	},
	"accessibility-objectives": {finding.Pass: "fiumicino_bando_singolo"},
	"albo-pretorio": {
		finding.Pass: "peopleweb_airasca_home comweb_home_alpignano fiumicino_bando_singolo egov_home_marino delebio_home_head",
	},
	"booking":      {finding.Pass: "peopleweb_airasca_home peopleweb_airasca_uffici comweb_home_alpignano comweb_servizi_alpignano comweb_uffici_alpignano fiumicino_bando_singolo"},
	"cie":          {finding.Pass: "accesso-servizio"},
	"design-model": {finding.Pass: "peopleweb_airasca_home peopleweb_airasca_uffici comweb_home_alpignano comweb_servizi_alpignano comweb_uffici_alpignano fiumicino_bando_singolo sito-homepage.ref sito-domande-frequenti.ref segnalazione-area-personale"},
	"dpo":          {finding.Pass: "peopleweb_airasca_home peopleweb_airasca_uffici"},
	"legacy-login": {finding.Pass: "accesso-servizio spid-sp-access-button"},
	"pagopa":       {finding.Pass: "comweb_home_alpignano egov_home_marino"},
	"privacy": {
		finding.Pass: "peopleweb_airasca_home peopleweb_airasca_uffici comweb_home_alpignano comweb_servizi_alpignano comweb_uffici_alpignano fiumicino_bando_singolo",
	},
	"report-issue": {finding.Pass: "peopleweb_airasca_home peopleweb_airasca_uffici comweb_home_alpignano comweb_servizi_alpignano comweb_uffici_alpignano fiumicino_bando_singolo"},
	"spid":         {finding.Pass: "accesso-servizio spid-sp-access-button"},
	"transparency": {
		finding.Pass: "peopleweb_airasca_home peopleweb_airasca_uffici comweb_home_alpignano comweb_servizi_alpignano comweb_uffici_alpignano fiumicino_bando_singolo egov_home_marino egov_at_marino egov_bandi_marino egov_bandi_aperti_marino delebio_home_head",
	},
}

// provedPages are the pages of which a verdict was said and of which it is due,
// by check.
type provedPages map[string]map[finding.Verdict]*provedBy

type provedBy struct {
	said, right, due int
	wrong            []string
}

func (p provedPages) of(check string, v finding.Verdict) *provedBy {
	if p[check] == nil {
		p[check] = map[finding.Verdict]*provedBy{}
	}
	if p[check][v] == nil {
		p[check][v] = &provedBy{}
	}
	return p[check][v]
}

// note counts what was said of a page, and what is due of it.
func (p provedPages) note(check string, said finding.Verdict, row map[string]string) {
	for _, v := range []finding.Verdict{finding.Pass, finding.Fail} {
		by, due := p.of(check, v), isDue(check, v, row)
		if due {
			by.due++
		}
		if said != v {
			continue
		}
		by.said++
		if due {
			by.right++
		} else {
			by.wrong = append(by.wrong, row["file"])
		}
	}
}

func isDue(check string, v finding.Verdict, row map[string]string) bool {
	switch {
	case check == "registry-site": // every page answered
		return v == finding.Pass
	case check == "domain" && v == finding.Pass: // a page without an address is given one of the usual form
		return row["url"] == "" || strings.HasPrefix(strings.TrimPrefix(row["url"], "https://"), "www.comune.")
	}
	return slices.Contains(strings.Fields(pagesProve[check][v]), strings.TrimSuffix(path.Base(row["file"]), ".html"))
}

// proved writes the table and fails on what was said wrongly.
func (d *accuracyDoc) proved(t *testing.T, b *bench, pages int, p provedPages) {
	rows := d.table("Real pages: precision and recall", "check", "pages", "pass", "fail", "false-red rate")
	cell := func(by *provedBy) string {
		if by.said+by.due == 0 {
			return ""
		}
		return percent(by.right, by.said) + " of " + strconv.Itoa(by.said) + "; " + percent(by.right, by.due) + " of " + strconv.Itoa(by.due)
	}
	for _, c := range b.checks {
		pass, fail := p.of(c.Meta.ID, finding.Pass), p.of(c.Meta.ID, finding.Fail)
		rows.add(c.Meta.ID, pages, cell(pass), cell(fail), percent(len(fail.wrong), pages))
		for _, by := range []*provedBy{pass, fail} {
			if len(by.wrong) > 0 || by.right < by.due {
				t.Errorf("%s: %d said, %d rightly, %d due; wrong %v", c.Meta.ID, by.said, by.right, by.due, by.wrong)
			}
		}
	}
	d.line("In each cell the precision, of how many times the verdict was given; then the recall, of how many pages prove it by themselves, read by eye (`pagesProve` in `cmd/vigile/accuracy_proved_test.go`). An empty cell: no page proves it and none was said to; `https` is judged from a visit, and no real site is visited here.")
}
