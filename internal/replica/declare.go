package replica

// This file writes what AgID holds of a comune, and the links to it.

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// publication is one page of AgID's form service.
type publication struct {
	UUID       string // old id; empty where it never had one
	ID         string // new id: <ipa>/<slug>/dichiarazione; empty where AgID has none for the old one
	IPA        string
	Body       string // name of the declaring body
	Slug       string
	Website    string // website-url
	Contact    string // manager-email, of the form of 2019-24; empty: not asked for
	Created    time.Time
	Updated    time.Time
	Title      string // of the form
	Status     string // compliance-status; empty for objectives
	Objectives bool
	Trouble    int // the status AgID answers in place of what it holds; 0: none
}

const agidHost = "form.agid.gov.it"

// unionIPA is the union of comuni that some belong to.
const (
	unionIPA  = "uc_zz1"
	unionName = "Unione dei Comuni dell'Alta Replica"
)

// declare draws the publications of a comune and the links its site shows.
func (c *comune) declare() {
	r := dice(c.seed, c.istat, "agid")
	deadline := lastDeadline(c.day)
	fresh := deadline.AddDate(0, 0, -1-r.IntN(20)).Add(time.Duration(8*3600+r.IntN(30_000)) * time.Second)
	p := &publication{
		IPA: c.ipa, Body: c.denomination, Slug: c.host, Website: c.base(),
		Created: fresh, Updated: fresh, Title: "Dichiarazione di accessibilità",
		Status: pick(r, []string{"partially-compliant", "partially-compliant", "compliant", "non-compliant"}),
	}
	if c.folder != "" {
		p.Slug = c.domain
	}
	if c.t.contact {
		p.Contact = "transizione.digitale@" + c.domain
	}
	chance := r.Uint64()
	switch c.t.declaration {
	case declNewSlash:
		p.Slug = "https:%2f%2f" + strings.ReplaceAll(p.Slug, ".", "_")
	case declGone:
		p.Trouble = 404
	case declTemplate:
		p.IPA, p.Body, p.Slug, p.Website = "c_y777", "Comune di Modello", "comune-di-modello", "https://www.comune.modello.zy.test"
		p.Created = time.Date(deadline.Year()-1, time.September, 9, 8, 15, 0, 0, time.UTC)
		p.UUID = uuidV1(p.Created, 0x1234_5678_9abc_def0)
	case declOldUpdated, declUnheard:
		if c.t.declaration == declUnheard {
			p.Trouble = 500
		}
		p.Created = deadline.AddDate(-1, 0, -1-r.IntN(9)).Add(10 * time.Hour)
		p.UUID = uuidV1(p.Created, chance)
	case declOldStale:
		p.Created = deadline.AddDate(-2, 0, 20+r.IntN(30)).Add(9 * time.Hour)
		p.Updated = p.Created
		p.UUID = uuidV1(p.Created, chance)
	case declNewStale:
		p.Created = deadline.AddDate(-2, 0, -1-r.IntN(9)).Add(10 * time.Hour)
		p.Updated = p.Created
	case declOtherBody:
		p.IPA, p.Body, p.Slug, p.Website = unionIPA, unionName, "unione_alta_replica", "https://www.unionealtareplica.zz.test"
	case declOtherAsset:
		p.Slug, p.Website = "app_municipium_android", ""
	}
	if c.t.declaration != declOldStale { // AgID knows it no more
		p.ID = p.IPA + "/" + p.Slug + "/dichiarazione"
	}
	newForm := "https://" + agidHost + "/" + p.ID
	switch c.t.declaration {
	case declNew, declNewSlash, declImage, declOneHop, declOtherBody, declOtherAsset, declGone, declNewStale:
		c.declHref, c.declared = newForm, p
	case declOldUpdated, declOldStale, declUnheard:
		c.declHref, c.declared = "https://"+agidHost+"/view/"+p.UUID, p
	case declTemplate:
		c.declHref, c.declared = "https://"+agidHost+"/view/"+p.UUID, p
	case declOdd:
		c.declHref, c.declared = newForm+"%20)", p
	case declEmptyView:
		c.declHref = "https://" + agidHost + "/view/"
	case declWrapped:
		c.declHref, c.declared = wrap(newForm), p
	case declPlaceholder:
		c.declHref = "#"
	case declGeneric:
		c.declHref = "https://www.agid.gov.it/it/ambiti-intervento/accessibilita-usabilita"
	}
	c.aim(r.Uint64())
}

// aim draws the objectives.
func (c *comune) aim(chance uint64) {
	if c.t.objectives == objNone {
		return
	}
	c.objYear = objectivesYear(c.day)
	if c.t.objectives == objOld {
		c.objYear -= 3
	}
	c.objHref = "https://" + agidHost + "/view/" + uuidV1(time.Date(c.objYear, time.March, 21, 9, 30, 0, 0, time.UTC), chance)
}

// wrap is what a mail filter makes of an address that was pasted from a mail.
func wrap(href string) string {
	return "https://urldefense.com/v3/__" + href + "__;!!" + url.PathEscape("Kx7Qf2aR") + "!NmZl0kQe$"
}

// plainID is an id as AgID compares it: however its slashes were escaped.
func plainID(id string) string {
	for range 3 {
		u, err := url.PathUnescape(id)
		if err != nil || u == id {
			break
		}
		id = u
	}
	return strings.ToLower(strings.Trim(id, "/"))
}

// archive puts a comune's publications into AgID's service.
func (it *Italy) archive(c *comune) {
	if p := c.declared; p != nil {
		if p.UUID != "" {
			it.archives[p.UUID] = p
		}
		if p.ID != "" {
			it.archives[plainID(p.ID)] = p
		}
	}
	if c.objHref != "" {
		id := c.objHref[strings.LastIndexByte(c.objHref, '/')+1:]
		when := time.Date(c.objYear, time.March, 21, 9, 30, 0, 0, time.UTC)
		it.archives[id] = &publication{
			UUID: id, ID: fmt.Sprintf("%s/obiettivi-%d/obiettivi", c.ipa, c.objYear), IPA: c.ipa, Body: c.denomination,
			Slug: fmt.Sprintf("obiettivi-%d", c.objYear), Created: when, Updated: when,
			Title: fmt.Sprintf("Obiettivi di accessibilità %d", c.objYear), Objectives: true,
		}
	}
}
