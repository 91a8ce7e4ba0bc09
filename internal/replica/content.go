package replica

// This file says what a site holds, whatever its platform: its pages by key,
// its news, its menus and its links. Texts are HTML already; only addresses are
// escaped on the way out.

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"
)

// Link is one anchor as the templates write it.
type Link struct {
	Text    string
	Href    string
	Element string // data-element
	Title   string
	Aria    string
	Image   string // src of an image in place of the text
	Alt     string // of that image; with Image alone, an empty alt is written
	OnClick string
	Blank   bool // opens in another tab
}

// Attrs is the attributes of the anchor, with a leading space.
func (l Link) Attrs() string {
	var b strings.Builder
	b.WriteString(` href="` + html.EscapeString(l.Href) + `"`)
	for _, a := range [][2]string{{"data-element", l.Element}, {"title", l.Title}, {"aria-label", l.Aria}, {"onclick", l.OnClick}} {
		if a[1] != "" {
			b.WriteString(" " + a[0] + `="` + html.EscapeString(a[1]) + `"`)
		}
	}
	if l.Blank {
		b.WriteString(` target="_blank" rel="noopener noreferrer"`)
	}
	return b.String()
}

// Inner is what stands inside the anchor.
func (l Link) Inner() string {
	if l.Image != "" {
		return `<img src="` + l.Image + `" alt="` + html.EscapeString(l.Alt) + `" width="120" height="40">` + l.Text
	}
	return l.Text
}

// Card is an item of a list: news, event, service, place.
type Card struct {
	Link
	Category string
	Date     string
	Summary  string
	Topic    Link
	Image    string
}

// Menu is one voice of the main menu.
type Menu struct {
	Link
	Sub []Link
}

// Block is one piece of an inner page.
type Block struct {
	Kind  string // p, h2, h3, ul, dl, table, cards
	Text  string
	Items []Link
	Cards []Card
	Rows  [][]string
}

// news is the comune's news list: traps stand among the noise, early enough to
// be on the home page.
func (c *comune) news() []story {
	c.newsOnce.Do(func() { c.newsItems = c.drawNews() })
	return c.newsItems
}

func (c *comune) drawNews() []story {
	r := dice(c.seed, c.istat, "news")
	plain := append([]story(nil), plainStories...)
	r.Shuffle(len(plain), func(i, j int) { plain[i], plain[j] = plain[j], plain[i] })
	traps := append([]story(nil), trapStories...)
	r.Shuffle(len(traps)-1, func(i, j int) { traps[i+1], traps[j+1] = traps[j+1], traps[i+1] })
	var out []story
	for i := range 14 {
		out = append(out, plain[i])
		if i < len(traps) {
			out = append(out, traps[i])
		}
	}
	for i := range out {
		out[i].Title, out[i].Text = c.fill(out[i].Title, i), c.fill(out[i].Text, i)
	}
	return out
}

// fill puts the comune's own words into a sentence.
func (c *comune) fill(s string, i int) string {
	if !strings.Contains(s, "{") {
		return s
	}
	r := dice(c.seed, c.istat, "fill", strconv.Itoa(i), s)
	return strings.NewReplacer(
		"{via}", pick(r, streets), "{data}", italianDate(c.day.AddDate(0, 0, r.IntN(40))),
		"{anno}", strconv.Itoa(c.day.Year()), "{santo}", pick(r, saints),
	).Replace(s)
}

func italianDate(t time.Time) string {
	return fmt.Sprintf("%d %s %d", t.Day(), months[t.Month()-1], t.Year())
}

func (c *comune) newsDate(i int) time.Time { return c.day.AddDate(0, 0, -2*i-1) }

// plainKeys are the pages that every site has once.
var plainKeys = []string{
	"home", "management", "bodies", "politicians", "staff", "offices", "documents", "news", "notices", "press", "services", "live", "places",
	"events", "topics", "albo", "privacy", "legal", "cookies", "faq", "report", "booking", "contacts", "sitemap", "pnrr", "toolbar", "online",
}

// keys lists every page of the site.
func (c *comune) keys() []string {
	out := append(c.plainKeys(), c.furtherKeys()...)
	for _, n := range []struct {
		key string
		n   int
	}{{"newsitem", len(c.news())}, {"service", len(services)}, {"topic", len(topics)}, {"event", len(events)}, {"place", len(places)}, {"office", len(offices)}} {
		for i := range n.n {
			out = append(out, n.key+"-"+strconv.Itoa(i))
		}
	}
	if c.hasAccessibilityPage() {
		out = append(out, "accessibility")
	}
	if c.t.payments == payIBAN || c.t.payments == payProse {
		out = append(out, "payments")
	}
	out = append(out, "at", "at-old")
	for i, s := range atTree {
		out = append(out, fmt.Sprintf("at-%d", i))
		for j := range s.Sub {
			out = append(out, fmt.Sprintf("at-%d-%d", i, j))
		}
	}
	return out
}

func (c *comune) hasAccessibilityPage() bool {
	return c.t.declaration == declOneHop || c.t.declaration == declInternalOnly
}

// number reads the n-th number of a key: newsitem-3, at-2-1.
func number(key string, n int) int {
	parts := strings.Split(key, "-")
	if n >= len(parts) {
		return -1
	}
	i, err := strconv.Atoi(parts[n])
	if err != nil {
		return -1
	}
	return i
}

// kind is the key without its numbers.
func kind(key string) string {
	k, _, _ := strings.Cut(key, "-")
	return k
}

var titles = map[string]string{
	"home": "Homepage", "management": "Amministrazione", "bodies": "Organi di governo", "politicians": "Politici", "staff": "Personale amministrativo",
	"offices": "Uffici", "documents": "Documenti e dati", "news": "Novità", "notices": "Avvisi", "press": "Comunicati", "services": "Servizi",
	"live": "Vivere il comune", "places": "Luoghi", "events": "Eventi", "topics": "Argomenti", "albo": "Albo pretorio", "privacy": "Informativa privacy",
	"legal": "Note legali", "cookies": "Informativa sui cookie", "faq": "Domande frequenti", "report": "Segnalazione disservizio",
	"booking": "Prenotazione appuntamento", "contacts": "Contatti", "sitemap": "Mappa del sito", "pnrr": "Attuazione misure PNRR",
	"toolbar": "Accessibilità: dimensione del testo", "online": "Servizi online", "accessibility": "Dichiarazione di accessibilità",
	"dpo": "Responsabile della protezione dei dati (RPD)", "opendata": "Dati aperti", "digital": "Transizione digitale",
	"payments": "Pagamenti", "at": "Amministrazione trasparente", "at-old": "Amministrazione trasparente (fino al 31.05.2021)",
}

// title is what a page is called.
func (c *comune) title(key string) string {
	if t, ok := titles[key]; ok {
		return t
	}
	i := number(key, 1)
	switch kind(key) {
	case "newsitem":
		return c.news()[i].Title
	case "service":
		return services[i].Title
	case "topic":
		return topics[i]
	case "event":
		return c.fill(events[i].Title, i)
	case "place":
		return places[i].Title
	case "office":
		return offices[i]
	case "at":
		if j := number(key, 2); j >= 0 {
			return atTree[i].Sub[j]
		}
		return atTree[i].Title
	}
	return key
}

// to is a link to a page of the site.
func (c *comune) to(key string) Link { return Link{Text: c.said(key), Href: c.href(key)} }

func (c *comune) toAs(key, text, element string) Link {
	if c.vendorFamily().plain {
		element = ""
	}
	return Link{Text: text, Href: c.href(key), Element: element}
}

// base is the scheme and host of the site, and its folder where it has one.
func (c *comune) base() string {
	if c.t.https == httpsAbsent {
		return "http://" + c.host
	}
	return "https://" + c.host + c.folder
}

// entrances are the links to Amministrazione Trasparente.
func (c *comune) entrances() []Link {
	l := c.to("at")
	switch c.t.transparency {
	case atTwo:
		return []Link{c.to("at-old"), l}
	case atOnclick:
		l.Href, l.OnClick = "", "apri('"+c.path("at")+"')"
		return []Link{l}
	case atVendor:
		l.Href, l.Blank = "https://"+c.portalHost+c.portalPath("at"), true
		return []Link{l}
	case atTopic:
		return nil
	}
	return []Link{l}
}

// declarations are the footer's links about accessibility.
func (c *comune) declarations() []Link {
	words, aims := c.said("declaration"), c.said("objectives")
	var out []Link
	marker := "accessibility-link"
	if f := c.vendorFamily(); f.plain || f.unmarkedDeclaration {
		marker = ""
	}
	l := Link{Text: words, Href: c.declHref, Element: marker, Blank: true}
	switch c.t.declaration {
	case declImage:
		l.Text, l.Image, l.Alt = "", c.asset("img/accessibilita.png"), "Dichiarazione di accessibilità"
		out = append(out, l)
	case declOneHop, declInternalOnly:
		out = append(out, c.toAs("accessibility", words, marker))
	case declPlaceholder:
		l.Blank = false
		out = append(out, l)
	case declGeneric:
		l.Text, l.Element = "Accessibilità", ""
		out = append(out, l)
	case declPDF:
		out = append(out, Link{Text: words + " (PDF)", Href: c.file("dichiarazione_accessibilita_2012.pdf")})
	case declObjectives, declNone:
	default:
		out = append(out, l)
	}
	if c.t.objectives == objFooter || c.t.objectives == objOld {
		out = append(out, Link{Text: fmt.Sprintf("%s %d", aims, c.objYear), Href: c.objHref, Blank: true})
	}
	if c.variant != Compliant {
		// The trap of a live template: the marker of the declaration on the feedback link.
		out = append(out, Link{Text: "Feedback sull'accessibilità", Href: c.href("contacts"), Element: marker})
	}
	return append(out, c.to("toolbar"))
}

// signIn is the entry to the citizens' area; false where there is none.
func (c *comune) signIn() (Link, bool) {
	l := Link{Text: "Accedi all'area personale", Element: "personal-area-login", Title: "Accedi all'area personale"}
	if f := c.vendorFamily(); f.plain {
		l = Link{Text: f.entrance}
	}
	switch {
	case c.t.login == loginNone:
		return Link{}, false
	case c.t.login == loginHash:
		l.Href = "#"
	case c.vendorFamily().twoHops:
		l.Href = c.href("online")
	default:
		l.Href = c.loginURL()
	}
	return l, true
}

// tills are the links to pay.
func (c *comune) tills() []Link {
	switch c.t.payments {
	case payTaxCode:
		return []Link{{Text: "Pagamenti online", Href: "https://pagopa.rete-inventata.test/portale/avvisi?iddominio=" + c.taxCode + "&lang=it", Blank: true}}
	case payVendor:
		return []Link{{Text: "Paga un avviso pagoPA", Href: "https://" + c.slug + ".comune.plugandpay.it/", Blank: true}}
	case payImage:
		return []Link{{Href: "https://" + c.slug + ".comune.plugandpay.it/Integrazioni/AvvisoPagamento", Image: c.asset("img/pagopa-black.svg"), Blank: true}}
	case payIBAN, payProse:
		return []Link{c.to("payments")}
	}
	return nil
}

// social are the profiles in the header.
func (c *comune) social() []Link {
	if c.t.noProfile {
		return []Link{{Text: "Facebook", Href: "https://www.facebook.com/RegioneReplica", Title: "La regione su Facebook", Blank: true}}
	}
	return []Link{
		{Text: "Facebook", Href: "https://www.facebook.com/comune." + c.slug, Blank: true},
		{Text: "YouTube", Href: "https://www.youtube.com/@comune" + c.slug, Blank: true},
		{Text: "Telegram", Href: "https://t.me/comune" + c.slug, Blank: true},
	}
}

// share are buttons that share the page: no profiles.
func (c *comune) share(key string) []Link {
	u := c.base() + c.path(key)
	return []Link{
		{Text: "Facebook", Href: "https://www.facebook.com/sharer/sharer.php?u=" + u, Blank: true},
		{Text: "X", Href: "https://twitter.com/intent/tweet?url=" + u, Blank: true},
		{Text: "LinkedIn", Href: "https://www.linkedin.com/shareArticle?mini=true&url=" + u, Blank: true},
		{Text: "WhatsApp", Href: "javascript: void(0)", OnClick: "condividi('whatsapp')"},
	}
}

// numberOf is a page's place among the keys: what a platform that numbers its
// pages puts into their addresses.
func (c *comune) numberOf(key string) int {
	c.keysOnce.Do(func() {
		c.keyNumber = map[string]int{}
		for i, k := range c.keys() {
			c.keyNumber[k] = i
		}
	})
	return c.keyNumber[key]
}
