package replica

// This file writes the body of each page as blocks, whatever the platform.

import (
	"fmt"
	"strings"
)

// officers are the sentences that name, or seem to name, the RTD.
func (c *comune) rtdSentence() string {
	return fmt.Sprintf("Responsabile per la transizione al digitale, ai sensi dell'art. 17 del Codice dell'amministrazione digitale (D.Lgs 82/2005): %s.", c.rtd)
}

const assessor = "Assessore alla transizione digitale, all'innovazione e allo sport"

// blocks is the body of a page.
func (c *comune) blocks(key string) []Block {
	i := number(key, 1)
	switch kind(key) {
	case "newsitem":
		s := c.news()[i]
		return append([]Block{{Kind: "p", Text: s.Text}}, c.fillers(key, 7)...)
	case "service":
		return c.sheet(i)
	case "office":
		return c.office(i)
	case "event", "place":
		s := events
		if kind(key) == "place" {
			s = places
		}
		return append([]Block{{Kind: "p", Text: c.fill(s[i].Text, i)}}, c.fillers(key, 6)...)
	case "topic":
		return append([]Block{{Kind: "p", Text: "Notizie, servizi e documenti che riguardano l'argomento " + topics[i] + "."}, {Kind: "cards", Cards: c.newsCards()[:6]}}, c.fillers(key, 2)...)
	case "at":
		return c.transparencyBlocks(key)
	}
	if f, ok := plainBlocks[key]; ok {
		return f(c)
	}
	if f, ok := furtherBlocks[key]; ok {
		return f(c)
	}
	return c.fillers(key, 8)
}

// fillers is n paragraphs of ordinary prose.
func (c *comune) fillers(key string, n int) []Block {
	r := dice(c.seed, c.istat, "filler", key)
	out := make([]Block, n)
	for i := range out {
		out[i] = Block{Kind: "p", Text: pick(r, filler) + " " + pick(r, filler) + " " + pick(r, filler)}
	}
	return out
}

func (c *comune) sheet(i int) []Block {
	s := services[i]
	out := []Block{
		{Kind: "p", Text: s.Text},
		{Kind: "h2", Text: "A chi è rivolto"},
		{Kind: "p", Text: "Alle persone residenti e, dove il regolamento lo prevede, a chi lavora o studia nel territorio."},
		{Kind: "h2", Text: "Come fare"},
		{Kind: "p", Text: "Compilare la domanda e allegare i documenti richiesti; lo sportello rilascia subito la ricevuta."},
		{Kind: "h2", Text: "Cosa serve"},
		{Kind: "p", Text: "Un documento di riconoscimento, il codice fiscale e, per le agevolazioni, l'attestazione ISEE."},
		{Kind: "h2", Text: "Cosa si ottiene"},
		{Kind: "p", Text: "Il provvedimento richiesto oppure il diniego motivato."},
		{Kind: "h2", Text: "Tempi e scadenze"},
		{Kind: "p", Text: "Trenta giorni dalla domanda completa."},
		{Kind: "h2", Text: "Accedi al servizio"},
	}
	var ways []Link
	if in, ok := c.signIn(); ok && !c.t.described {
		in.Text, in.Element, in.Title = "Accedi al servizio online", "service-online-access", ""
		ways = append(ways, in)
	}
	if c.t.booking == bookingPage {
		ways = append(ways, c.toAs("booking", "Prenota appuntamento", "service-booking-access"))
	}
	out = append(out, Block{Kind: "ul", Items: ways})
	if c.t.appIO != ioBanner {
		out = append(out, Block{Kind: "p", Text: "L'esito arriva anche con un messaggio su app IO."})
	}
	out = append(out, Block{Kind: "h2", Text: "Contatti"}, Block{Kind: "ul", Items: []Link{c.to(fmt.Sprintf("office-%d", i%len(offices)))}})
	return append(out, c.fillers(fmt.Sprint("service", i), 3)...)
}

func (c *comune) office(i int) []Block {
	p := newPerson(dice(c.seed, c.istat, "office", offices[i]))
	return append([]Block{
		{Kind: "p", Text: "Cura le pratiche di competenza e riceve il pubblico allo sportello e per appuntamento."},
		{Kind: "dl", Rows: [][]string{{"Responsabile", p.String()}, {"Telefono", c.phone}, {"Posta elettronica", c.mail}, {"Sede", c.street}}},
		{Kind: "h2", Text: "Orari"},
		{Kind: "table", Rows: [][]string{{"Giorno", "Mattina", "Pomeriggio"}, {"Lunedì", "9-12.30", ""}, {"Mercoledì", "9-12.30", "15-17.30"}, {"Venerdì", "9-12", ""}}},
	}, c.fillers("office"+offices[i], 4)...)
}

// transparencyBlocks is the body of the pages of Amministrazione Trasparente.
func (c *comune) transparencyBlocks(key string) []Block {
	if key == "at-old" {
		return append([]Block{{Kind: "p", Text: "Archivio dei dati pubblicati fino al 31 maggio 2021."}}, c.fillers(key, 5)...)
	}
	i, j := number(key, 1), number(key, 2)
	if i < 0 {
		out := []Block{{Kind: "p", Text: "La trasparenza è intesa come accessibilità totale dei dati e dei documenti detenuti dalle pubbliche amministrazioni (D.Lgs 33/2013)."}}
		return append(out, c.tree()...)
	}
	s := atTree[i]
	if j < 0 {
		out := []Block{{Kind: "p", Text: "Sezione " + s.Title + " di Amministrazione trasparente."}}
		var items []Link
		for j := range s.Sub {
			items = append(items, c.transparent(fmt.Sprintf("at-%d-%d", i, j)))
		}
		return append(append(out, Block{Kind: "ul", Items: items}), c.fillers(key, 4)...)
	}
	return append(c.subsection(s.Sub[j]), c.fillers(key, 3)...)
}

// transparent is a link within Amministrazione Trasparente, on whichever host
// it lives.
func (c *comune) transparent(key string) Link {
	if c.t.transparency == atVendor {
		return Link{Text: c.title(key), Href: "https://" + c.portalHost + c.portalPath(key)}
	}
	return c.to(key)
}

// tree is the whole tree of sections.
func (c *comune) tree() []Block {
	var out []Block
	for i, s := range atTree {
		items := []Link{c.transparent(fmt.Sprintf("at-%d", i))}
		for j := range s.Sub {
			items = append(items, c.transparent(fmt.Sprintf("at-%d-%d", i, j)))
		}
		out = append(out, Block{Kind: "h3", Text: s.Title}, Block{Kind: "ul", Items: items})
	}
	return out
}

// subsection is the body of a second-level section.
func (c *comune) subsection(title string) []Block {
	switch {
	case title == "Articolazione degli uffici":
		rows := [][]string{{"Ufficio", "Responsabile", "Recapito"}}
		for i, o := range offices {
			rows = append(rows, []string{o, newPerson(dice(c.seed, c.istat, "office", offices[i])).String(), c.mail})
		}
		switch c.t.rtdSite {
		case siteOffices:
			rows = append(rows, []string{utd, c.rtd.String(), c.mail})
		case siteVacant:
			rows = append(rows, []string{utd, "da nominare", "n.d."})
		}
		out := []Block{{Kind: "p", Text: "Gli uffici in cui è ripartita la struttura, con i loro responsabili."}, {Kind: "table", Rows: rows}}
		if c.t.rtdSite == siteOffices {
			out = append(out, Block{Kind: "p", Text: c.rtdSentence()})
		}
		switch c.t.rtdSite {
		case siteFormer:
			out = append(out, Block{Kind: "p", Text: "Con decreto sindacale del 2018 è stato individuato il Responsabile per la transizione digitale: " + c.secretary.String() + "."})
		case siteVacant:
			out = append(out, Block{Kind: "p", Text: "Responsabile per la transizione al digitale: da nominare."})
		}
		if c.t.rtdRow == rowUnion {
			out = append(out, Block{Kind: "p", Text: "I servizi informatici sono svolti in forma associata dall'" + unionName + ", a cui il comune aderisce."})
		}
		return out
	case strings.HasPrefix(title, "Titolari di incarichi politici"):
		return []Block{{Kind: "table", Rows: [][]string{{"Nome", "Carica"}, {c.mayor.String(), "Sindaco"}, {c.secretary.String(), assessor}}}}
	case strings.HasPrefix(title, "Accessibilità e catalogo"):
		out := []Block{{Kind: "p", Text: "Catalogo dei dati, dei metadati e delle banche dati in possesso dell'ente, regolamenti sul loro riuso."}}
		if c.t.rtdSite == siteCatalogue {
			out = append(out, Block{Kind: "p", Text: c.rtdSentence()})
		}
		if c.t.objectives == objInAT {
			out = append(out, Block{Kind: "ul", Items: []Link{{Text: fmt.Sprintf("Obiettivi di accessibilità per l'anno %d", c.objYear), Href: c.objHref, Blank: true}}})
		}
		return out
	case title == "IBAN e pagamenti informatici":
		return []Block{{Kind: "p", Text: "Coordinate bancarie: IT00 X000 0000 0000 0000 0000 000, tesoreria comunale. Conto corrente postale numero 000000."}}
	case title == "Indicatore di tempestività dei pagamenti":
		return []Block{{Kind: "p", Text: "Tempo medio di pagamento dei fornitori nel trimestre: meno quattro giorni rispetto alla scadenza delle fatture."}}
	case title == "Posizioni organizzative":
		return []Block{{Kind: "p", Text: "Incarichi conferiti con decreto del Sindaco ai responsabili dei settori."}}
	}
	return []Block{{Kind: "p", Text: "Dati e documenti pubblicati in " + title + "."}, {Kind: "ul", Items: []Link{
		{Text: "Documento di sintesi (PDF)", Href: c.file("sintesi.pdf")}, {Text: "Tabella in formato aperto (CSV)", Href: c.file("tabella.csv")},
	}}}
}
