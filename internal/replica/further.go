package replica

// This file writes what the traits of traits_further.go look like on the pages.

import (
	"fmt"
	"slices"
	"strings"
)

// boards are the links to the notice board, where the site shows them.
func (c *comune) boards() []Link {
	switch c.t.albo {
	case alboSupplier:
		return []Link{{Text: c.said("albo") + " on line", Href: "https://www.albotelematico.tn.it/bacheca/" + c.slug, Blank: true}}
	case alboArchive:
		return []Link{{Text: "Albo pretorio storico (fino al 31.12.2019)", Href: c.file("albo_storico.pdf")}}
	case alboInner, alboNone:
		return nil
	}
	return []Link{c.to("albo")}
}

// innerBoards are those of the page of documents.
func (c *comune) innerBoards() []Link {
	if c.t.albo == alboInner {
		return []Link{c.to("albo")}
	}
	return c.boards()
}

// hasPage tells whether the site has a page that depends on a trait.
func (c *comune) hasPage(key string) bool {
	switch key {
	case "albo":
		return c.t.albo == alboPage || c.t.albo == alboInner
	case "privacy":
		return c.t.privacy == privacyPage
	case "booking":
		return c.t.booking == bookingPage || c.family == AgendaSmart // whose home page leads there whatever is behind it
	case "report":
		return c.t.report == reportPage
	}
	return true
}

// plainKeys are the pages of plainKeys that this site has.
func (c *comune) plainKeys() []string {
	return slices.DeleteFunc(slices.Clone(plainKeys), func(k string) bool { return !c.hasPage(k) })
}

// furtherKeys are the pages that only some sites have.
func (c *comune) furtherKeys() []string {
	var out []string
	if c.t.privacy == privacyPage && c.t.dpo == dpoOwnPage {
		out = append(out, "dpo")
	}
	if c.t.openData == dataPage || c.t.openData == dataEmpty {
		out = append(out, "opendata")
	}
	if c.t.plan == planPage {
		out = append(out, "digital")
	}
	return out
}

// notices are the footer's links on personal data.
func (c *comune) notices() []Link {
	marker := "privacy-policy-link"
	if c.vendorFamily().plain {
		marker = ""
	}
	switch c.t.privacy {
	case privacySupplier:
		return []Link{{Text: c.said("privacy"), Href: "https://www.iubenda.com/privacy-policy/9900" + c.istat, Element: marker, Blank: true}}
	case privacyHash:
		return []Link{{Text: c.said("privacy"), Href: "#", Element: marker}}
	case privacyCookies:
		return []Link{{Text: "Cookie policy", Href: c.href("cookies")}}
	}
	return []Link{c.toAs("privacy", c.said("privacy"), marker)}
}

// appointments is the entry to bookings, or what stands in its place.
func (c *comune) appointments() Link {
	switch c.t.booking {
	case bookingPhone:
		return Link{Text: "Prenota un appuntamento", Href: "tel:" + strings.ReplaceAll(c.phone, " ", "")}
	case bookingCard:
		return Link{Text: "Prenota l'appuntamento per la carta d'identità", Href: "https://www.prenotazionicie.interno.gov.it/", Blank: true}
	case bookingNone:
		return Link{Text: "Prenotazione sale comunali", Href: c.href("places")}
	}
	return c.toAs("booking", c.said("booking"), "appointment-booking")
}

// reports is the entry to reports, or what stands in its place.
func (c *comune) reports() Link {
	switch c.t.report {
	case reportMail:
		return Link{Text: c.said("report"), Href: "mailto:" + c.mail}
	case reportLamp:
		return Link{Text: "Segnala un lampione spento", Href: "https://luce.illuminazione-inventata.test/guasti", Blank: true}
	case reportNone:
		return Link{Text: "Segnalazione di illeciti (whistleblowing)", Href: "https://whistleblowing.rete-inventata.test/", Blank: true}
	}
	return c.toAs("report", c.said("report"), "report-inefficiency")
}

// pointers are the home page's links of the other good practices, and the traps
// that every site has beside them.
func (c *comune) pointers() []Link {
	out := []Link{
		{Text: "Albo d'oro dello sport", Href: c.href("events")},
		{Text: "Piano triennale per la prevenzione della corruzione", Href: c.file("anticorruzione.pdf")},
	}
	switch c.t.openData {
	case dataPage, dataEmpty:
		out = append(out, c.to("opendata"))
	case dataPortal:
		out = append(out, Link{Text: c.said("opendata"), Href: "https://www.dati.gov.it/view-dataset?organization=comune-di-" + slug(c.name, "-"), Blank: true})
	}
	years := fmt.Sprintf(" %d-%d", c.day.Year()-1, c.day.Year()+1)
	switch c.t.plan {
	case planFile:
		out = append(out, Link{Text: c.said("plan") + years, Href: c.file("piano_informatica.pdf")})
	case planPage:
		out = append(out, c.to("digital"))
	case planNational:
		out = append(out, Link{Text: "Piano triennale per l'informatica nella PA", Href: "https://www.agid.gov.it/it/agenzia/piano-triennale", Blank: true})
	}
	if !c.t.noANPR {
		out = append(out, Link{Text: "Anagrafe nazionale della popolazione residente (ANPR)", Href: "https://www.anagrafenazionale.interno.it/servizi-al-cittadino/", Blank: true})
	}
	return out
}

// entries are the services that are entered on the net.
func (c *comune) entries() []Link {
	if c.t.described {
		return nil
	}
	out := []Link{
		{Text: "Iscrizione online alla mensa scolastica", Href: "https://" + c.slug + ".ecivis.it/mensa", Blank: true},
		{Text: "Sportello unico attività produttive (SUAP)", Href: "https://www.impresainungiorno.gov.it/web/l-impresa-e-la-pa-centrale/comune/t/" + c.catasto, Blank: true},
	}
	if c.t.signedIn {
		out = append(out, Link{Text: "Iscrizione online all'asilo nido", Href: c.loginURL(), Blank: true})
	}
	return out
}

// onlineValue is what entries amounts to, as the check's value has it.
func (c *comune) onlineValue() string {
	if c.t.signedIn {
		return "canteen,nursery,suap"
	}
	return "canteen,suap"
}

// scripts are those that the pages load from others.
func (c *comune) scripts() []string {
	const tracker = "https://www.googletagmanager.com/gtag/js?id=G-FINTA00"
	switch c.t.cookies {
	case cookiesNational:
		return []string{"https://ingestion.webanalytics.italia.it/WFinta.js"}
	case cookiesConsent:
		return []string{"https://consent.cookiebot.com/uc.js?cbid=finto", tracker}
	case cookiesTracker:
		return []string{tracker}
	}
	return nil
}

// officer is the data protection officer on the privacy page.
func (c *comune) officer() []Block {
	switch c.t.dpo {
	case dpoOwnPage:
		return []Block{{Kind: "ul", Items: []Link{c.to("dpo")}}}
	case dpoBare:
		return []Block{{Kind: "p", Text: "Il responsabile della protezione dei dati è designato con decreto del Sindaco."}}
	case dpoSupplier:
		return []Block{{Kind: "p", Text: "Il responsabile della protezione dei dati della società Portali Inventati S.r.l., che ospita il portale, risponde a dpo@portali-inventati.test."}}
	case dpoNone:
		return nil
	}
	return []Block{{Kind: "h2", Text: c.said("dpo")}, {Kind: "p", Text: c.officerSentence()}}
}

// terms is the licence in the legal notes.
func (c *comune) terms() []Block {
	title := Block{Kind: "h2", Text: "Licenza dei contenuti"}
	switch c.t.licence {
	case licenceRestricted:
		return []Block{title, {Kind: "p", Text: "I testi del portale si possono riusare con licenza Creative Commons Attribuzione - Non commerciale 4.0 (CC BY-NC 4.0)."}}
	case licenceReserved:
		return []Block{{Kind: "p", Text: "© " + c.denomination + ". Tutti i diritti riservati."}}
	case licenceUnsaid:
		return nil
	}
	return []Block{title, {Kind: "p", Text: c.licenceSentence()}}
}

// furtherBlocks are the bodies of the pages that only some sites have.
var furtherBlocks = map[string]func(*comune) []Block{
	"dpo": func(c *comune) []Block {
		return append([]Block{{Kind: "p", Text: c.officerSentence()}}, c.fillers("dpo", 5)...)
	},
	"opendata": func(c *comune) []Block {
		out := []Block{{Kind: "p", Text: "I dati aperti sono dati che tutti possono usare, modificare e condividere, anche a fini di lucro."}}
		if c.t.openData == dataPage {
			out = append(out, Block{Kind: "h2", Text: "Popolazione residente per via"}, Block{Kind: "p", Text: "Frequenza di aggiornamento: annuale. I dati si interrogano anche tramite API."}, Block{Kind: "ul", Items: []Link{
				{Text: "Popolazione per via (CSV)", Href: c.file("popolazione.csv")}, {Text: "Alberi monumentali (JSON)", Href: c.file("alberi.json")},
			}})
		}
		return append(out, c.fillers("opendata", 5)...)
	},
	"digital": func(c *comune) []Block {
		return append([]Block{{Kind: "ul", Items: []Link{{Text: c.said("plan"), Href: c.file("piano_informatica.pdf")}}}}, c.fillers("digital", 5)...)
	},
}
