package replica

// This file holds the pages every site has once.

import "fmt"

func offLinks(c *comune, key string, n int) []Link {
	out := make([]Link, n)
	for i := range out {
		out[i] = c.to(fmt.Sprintf("%s-%d", key, i))
	}
	return out
}

var plainBlocks = map[string]func(*comune) []Block{
	"management": func(c *comune) []Block {
		out := []Block{
			{Kind: "p", Text: "Chi governa il comune, come sono organizzati gli uffici e dove trovare gli atti."},
			{Kind: "ul", Items: append(append(c.entrances(), c.to("bodies"), c.to("politicians"), c.to("staff"), c.to("offices"), c.to("documents")), c.boards()...)},
		}
		if c.t.rtdRow == rowUnion {
			out = append(out, Block{Kind: "p", Text: "Il comune aderisce all'" + unionName + ", che svolge in forma associata i servizi informatici."})
		}
		return append(out, c.fillers("management", 5)...)
	},
	"bodies": func(c *comune) []Block {
		return append([]Block{{Kind: "dl", Rows: [][]string{{"Sindaco", c.mayor.String()}, {assessor, c.secretary.String()}, {"Consiglio comunale", "dodici consiglieri"}}}}, c.fillers("bodies", 5)...)
	},
	"politicians": func(c *comune) []Block {
		return append([]Block{{Kind: "table", Rows: [][]string{{"Nome", "Incarico"}, {c.mayor.String(), "Sindaco"}, {c.secretary.String(), assessor}}}}, c.fillers("politicians", 5)...)
	},
	"staff": func(c *comune) []Block {
		return append([]Block{{Kind: "p", Text: "Le persone che lavorano negli uffici, con i recapiti di servizio."}}, c.fillers("staff", 6)...)
	},
	"offices": func(c *comune) []Block {
		return append([]Block{{Kind: "ul", Items: offLinks(c, "office", len(offices))}}, c.fillers("offices", 5)...)
	},
	"documents": func(c *comune) []Block {
		return append([]Block{{Kind: "ul", Items: append(c.innerBoards(), []Link{
			{Text: "Regolamento del consiglio comunale", Href: c.file("regolamento_consiglio.pdf")},
			{Text: "Statuto", Href: c.file("statuto.pdf")},
			{Text: "Bilancio di previsione", Href: c.file("bilancio.pdf")},
			{Text: "Annulla l'iscrizione alla newsletter", Href: c.base() + "/newsletter/cancella?id=77&azione=delete"},
			{Text: "Conferma iscrizione", Href: c.base() + "/newsletter/conferma?token=9f3a"},
		}...)}}, c.fillers("documents", 6)...)
	},
	"news":    func(c *comune) []Block { return []Block{{Kind: "cards", Cards: c.newsCards()}} },
	"notices": func(c *comune) []Block { return []Block{{Kind: "cards", Cards: byCategory(c.newsCards(), "Avvisi")}} },
	"press": func(c *comune) []Block {
		return []Block{{Kind: "cards", Cards: byCategory(c.newsCards(), "Comunicati")}}
	},
	"services": func(c *comune) []Block {
		out := []Block{{Kind: "p", Text: "Il catalogo dei servizi, con i requisiti, i tempi e i recapiti di chi li eroga."}}
		if ts := c.tills(); len(ts) > 0 {
			out = append(out, Block{Kind: "h2", Text: "Pagare"}, Block{Kind: "ul", Items: ts})
		}
		if es := c.entries(); len(es) > 0 {
			out = append(out, Block{Kind: "h2", Text: "Da casa"}, Block{Kind: "ul", Items: es})
		}
		return append(out, Block{Kind: "cards", Cards: c.serviceCards(len(services))})
	},
	"live": func(c *comune) []Block {
		return append([]Block{{Kind: "ul", Items: []Link{c.to("places"), c.to("events")}}, {Kind: "cards", Cards: c.eventCards()}}, c.fillers("live", 2)...)
	},
	"places": func(c *comune) []Block {
		return append([]Block{{Kind: "ul", Items: offLinks(c, "place", len(places))}}, c.fillers("places", 6)...)
	},
	"events": func(c *comune) []Block { return []Block{{Kind: "cards", Cards: c.eventCards()}} },
	"topics": func(c *comune) []Block {
		return append([]Block{{Kind: "ul", Items: offLinks(c, "topic", len(topics))}}, c.fillers("topics", 5)...)
	},
	"albo": func(c *comune) []Block {
		rows := [][]string{{"Numero", "Oggetto", "Pubblicato dal", "al"}}
		for i := range 18 {
			d := c.newsDate(i)
			rows = append(rows, []string{fmt.Sprintf("%d/%d", 412-i, c.day.Year()), c.fill(plainStories[i].Title, i), italianDate(d), italianDate(d.AddDate(0, 0, 15))})
		}
		return []Block{{Kind: "p", Text: "Pubblicità legale degli atti (art. 32 della legge 69/2009)."}, {Kind: "table", Rows: rows}}
	},
	"privacy": func(c *comune) []Block {
		out := append([]Block{{Kind: "p", Text: c.controllerSentence()}}, c.officer()...)
		return append(out, c.fillers("privacy", 7)...)
	},
	"legal": func(c *comune) []Block {
		out := c.terms()
		if c.t.rtdSite == siteNotes {
			out = append(out, Block{Kind: "h2", Text: "Responsabilità"}, Block{Kind: "p", Text: c.rtdSentence()})
		}
		return append(out, c.fillers("legal", 6)...)
	},
	"cookies": func(c *comune) []Block { return c.fillers("cookies", 8) },
	"faq": func(c *comune) []Block {
		var out []Block
		for _, q := range []string{"Come si prenota un appuntamento?", "Dove si ritira una raccomandata del comune?", "Che cos'è SPID e dove si ottiene?", "Come si richiede la CIE?", "Chi contattare per una buca in strada?"} {
			out = append(out, Block{Kind: "h3", Text: q}, c.fillers("faq"+q, 1)[0])
		}
		return append(out, c.fillers("faq", 3)...)
	},
	"contacts": func(c *comune) []Block {
		return append([]Block{{Kind: "dl", Rows: [][]string{
			{"Indirizzo", c.street + ", " + c.cap + " " + c.name}, {"Telefono", c.phone}, {"PEC", c.pec}, {"Posta elettronica", c.mail}, {"Codice fiscale", c.taxCode},
		}}}, c.fillers("contacts", 5)...)
	},
	"sitemap": func(c *comune) []Block {
		var items []Link
		for _, k := range c.plainKeys() {
			if k == "albo" && c.t.albo == alboInner {
				continue
			}
			items = append(items, c.to(k))
		}
		return append([]Block{{Kind: "ul", Items: items}}, c.fillers("sitemap", 2)...)
	},
	"pnrr": func(c *comune) []Block {
		return append([]Block{
			{Kind: "p", Text: "Progetti finanziati dall'Unione europea, NextGenerationEU, nell'ambito della missione 1 dedicata alla transizione digitale."},
			{Kind: "ul", Items: []Link{
				{Text: "Misura 1.4.1 Esperienza del cittadino nei servizi pubblici", Href: c.file("cup_141.pdf")},
				{Text: "Misura 1.4.3 pagoPA e app IO", Href: c.file("cup_143.pdf")},
				{Text: "Misura 1.4.4 Estensione delle piattaforme di identità digitale SPID e CIE", Href: c.file("cup_144.pdf")},
			}},
		}, c.fillers("pnrr", 5)...)
	},
	"toolbar": func(c *comune) []Block {
		return append([]Block{{Kind: "p", Text: "Con i pulsanti A+ e A- si ingrandisce o si riduce il testo; il contrasto elevato si attiva dal pulsante con il cerchio."}}, c.fillers("toolbar", 5)...)
	},
	"online": func(c *comune) []Block {
		out := []Block{{Kind: "p", Text: "I servizi che si possono avviare dal proprio computer o dal telefono."}}
		if c.t.login != loginNone && c.t.login != loginHash {
			out = append(out, Block{Kind: "ul", Items: []Link{{Text: "Accedi all'area personale", Href: c.loginURL(), Blank: true}, {Text: "Sportello telematico", Href: c.loginURL(), Blank: true}}})
		}
		if ts := c.tills(); len(ts) > 0 {
			out = append(out, Block{Kind: "ul", Items: ts})
		}
		return append(out, c.fillers("online", 6)...)
	},
	"accessibility": func(c *comune) []Block {
		out := []Block{{Kind: "p", Text: "Il comune lavora perché il portale sia usabile da tutti, anche con le tecnologie assistive."}}
		if c.t.declaration == declOneHop {
			out = append(out, Block{Kind: "ul", Items: []Link{{Text: "Leggi la dichiarazione pubblicata presso AgID", Href: c.declHref, Blank: true}}})
		} else {
			out = append(out, Block{Kind: "p", Text: "Il sito è conforme ai requisiti della legge Stanca del 2004 ed è stato verificato con i validatori del W3C."})
		}
		return append(out, c.fillers("accessibility", 5)...)
	},
	"payments": func(c *comune) []Block {
		if c.t.payments == payIBAN {
			return append([]Block{
				{Kind: "h2", Text: "Come versare"},
				{Kind: "p", Text: "I versamenti al comune si fanno con bonifico sul conto della tesoreria, IBAN IT00 X000 0000 0000 0000 0000 000, oppure con bollettino sul conto corrente postale 000000, intestato al servizio tesoreria."},
				{Kind: "p", Text: "Nella causale indicare nome, cognome e motivo del versamento; conservare la ricevuta."},
			}, c.fillers("payments", 5)...)
		}
		return append([]Block{
			{Kind: "p", Text: "pagoPA è il sistema nazionale dei pagamenti verso la pubblica amministrazione; gli avvisi recapitati a casa si pagano presso banche, tabaccherie e uffici postali."},
		}, c.fillers("payments", 6)...)
	},
}

func byCategory(cards []Card, category string) []Card {
	var out []Card
	for _, c := range cards {
		if c.Category == category {
			out = append(out, c)
		}
	}
	return out
}

func (c *comune) newsCards() []Card {
	var out []Card
	for i, s := range c.news() {
		out = append(out, Card{
			Link: Link{Text: s.Title, Href: c.href(fmt.Sprintf("newsitem-%d", i))}, Category: s.Category, Date: italianDate(c.newsDate(i)),
			Summary: s.Text, Topic: c.to(fmt.Sprintf("topic-%d", i%len(topics))), Image: c.asset(fmt.Sprintf("img/notizie/%d.jpg", 100+i)),
		})
	}
	return out
}

func (c *comune) serviceCards(n int) []Card {
	var out []Card
	for i, s := range services[:n] {
		out = append(out, Card{Link: c.to(fmt.Sprintf("service-%d", i)), Category: s.Category, Summary: s.Text, Topic: c.to(fmt.Sprintf("topic-%d", i%len(topics)))})
	}
	return out
}

func (c *comune) eventCards() []Card {
	var out []Card
	for i, s := range events {
		out = append(out, Card{
			Link: c.to(fmt.Sprintf("event-%d", i)), Category: s.Category, Date: italianDate(c.day.AddDate(0, 0, 5*i+2)), Summary: s.Text,
			Image: c.asset(fmt.Sprintf("img/eventi/%d.jpg", i)),
		})
	}
	return out
}
