package replica

// This file turns a page into bytes. The templates are text templates, because
// they must be able to be as untidy as the vendors' own pages: bare ampersands,
// backslashes, unclosed lists, text that no template engine would let out. All
// that they are given is the replica's own and holds no markup characters.

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"golang.org/x/text/encoding/charmap"
)

//go:embed templates/*.tmpl
var templateFiles embed.FS

var templates = sync.OnceValues(func() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"upper": strings.ToUpper, "n": func(n int) []struct{} { return make([]struct{}, n) }, "icon": icon,
		"single": func(s string) string { return strings.ReplaceAll(s, `'`, `\'`) },
		"quote":  func(s string) string { return strings.ReplaceAll(s, `"`, `\"`) },
		"first":  func(n int, cards []Card) []Card { return cards[:min(n, len(cards))] },
		"links":  func(n int, ls []Link) []Link { return ls[:min(n, len(ls))] },
		"after":  func(n int, cards []Card) []Card { return cards[min(n, len(cards)):] },
	}).ParseFS(templateFiles, "templates/*.tmpl")
})

// View is what a template sees.
type View struct {
	Key, Name, Title                        string
	Host, Base, Slug, IPA, Istat, Catasto   string
	TaxCode, PEC, Mail, Phone, Street, CAP  string
	Province, ProvinceName, Region, Mayor   string
	Year, Number                            int
	Crumbs                                  []Link
	Blocks                                  []Block
	Menu                                    []Menu
	Topics, Quick, Legal, Social, Share     []Link
	Tills, Sites                            []Link
	News, Events, Services                  []Card
	Login                                   Link
	HasLogin                                bool
	Marked, AppIO, Shared                   bool
	AppLink                                 Link
	Print, Path                             string
	Asset                                   string
	CSS, Lang                               string
	Scripts                                 []string // of others
	File                                    string
	Methods                                 methods
	Home, NewsLink, Contacts, Booking, Faq  Link
	ReportLink, ServicesLink, Live, Manager Link
}

// view gathers what the page shows.
func (c *comune) view(key string) *View {
	f := c.vendorFamily()
	title := c.said(key)
	if c.t.bilingual {
		title = c.title(key) // no markup in a title
	}
	v := &View{
		Key: key, Name: c.name, Title: title, Host: c.host, Base: c.base(), Slug: c.slug, IPA: c.ipa, Istat: c.istat, Catasto: c.catasto,
		TaxCode: c.taxCode, PEC: c.pec, Mail: c.mail, Phone: c.phone, Street: c.street, CAP: c.cap, Province: c.province.Code,
		ProvinceName: c.province.Name, Region: c.province.Region, Mayor: c.mayor.String(), Year: c.day.Year(), Number: c.number,
		Topics: offLinks(c, "topic", 8), Social: c.social(), Share: c.share(key), Tills: c.tills(), Marked: !c.t.unmarked,
		Print: c.base() + f.print, Path: c.path(key), Asset: f.assets(c), CSS: c.css(),
		Home: c.toAs("home", "Home", ""), NewsLink: c.to("news"), Contacts: c.to("contacts"), Booking: c.appointments(),
		Faq: c.toAs("faq", "Leggi le FAQ", "faq"), ReportLink: c.reports(), Scripts: c.scripts(), Lang: c.lang(),
		ServicesLink: c.toAs("services", c.said("services"), "all-services"), Live: c.toAs("live", c.said("live"), "live"), Manager: c.toAs("management", c.said("management"), "management"),
		AppIO: c.t.appIO == ioMention, Shared: c.folder != "", File: c.file(""),
	}
	v.Login, v.HasLogin = c.signIn()
	if c.t.appIO == ioLink {
		v.AppLink = Link{Text: "I servizi del " + c.denomination + " su app IO", Href: "https://io.italia.it/", Blank: true}
	}
	v.Menu = c.menu()
	v.Quick = append(c.entrances(), c.boards()...)
	v.Quick = append(v.Quick, c.to("pnrr"), Link{Text: "Trasparenza rifiuti", Href: "https://www.trasparenzatari.it/", Blank: true}, v.Booking, v.ReportLink)
	v.Quick = append(append(v.Quick, c.tills()...), c.pointers()...)
	v.Legal = append(append(c.entrances(), c.notices()...), c.toAs("legal", c.said("legal"), "legal-notes"))
	v.Legal = append(v.Legal, c.declarations()...)
	v.Sites = []Link{
		{Text: "Museo diffuso della valle", Href: "https://www.museodiffuso-replica.test/", Blank: true},
		{Text: "Biblioteche in rete", Href: "https://biblioteche-replica.test/", Blank: true},
	}
	if !c.t.othersToo {
		v.Sites = append(v.Sites, Link{Text: "Visit " + c.name, Href: "https://www.visit" + c.slug + ".test/", Blank: true})
	}
	if key == "home" {
		v.News, v.Events, v.Services = c.newsCards(), c.eventCards(), c.serviceCards(8)
		return v
	}
	v.Crumbs = []Link{v.Home}
	if p, ok := parents[kind(key)]; ok {
		v.Crumbs = append(v.Crumbs, c.to(p))
	}
	v.Blocks = c.blocks(key)
	return v
}

var parents = map[string]string{
	"newsitem": "news", "notices": "news", "press": "news", "service": "services", "topic": "topics", "event": "events", "place": "places",
	"office": "offices", "offices": "management", "bodies": "management", "politicians": "management", "staff": "management", "documents": "management",
	"places": "live", "events": "live",
}

// menu is the mega menu of the national model.
func (c *comune) menu() []Menu {
	return []Menu{
		{c.toAs("management", c.said("management"), "management"), []Link{c.to("bodies"), c.to("politicians"), c.to("staff"), c.to("offices"), c.to("documents")}},
		{c.toAs("news", c.said("news"), "news"), []Link{c.toAs("news", "Notizie", ""), c.to("press"), c.to("notices")}},
		{c.toAs("services", c.said("services"), "all-services"), offLinks(c, "service", 12)},
		{c.toAs("live", c.said("live"), "live"), []Link{c.to("places"), c.to("events")}},
	}
}

// css is the inline style every such site carries: the rules that a site
// builder writes for its palette. A vendor has so many palettes, not one for
// each comune.
func (c *comune) css() string {
	return palettes()[dice(c.seed, c.istat, "palette").IntN(paletteCount)]
}

const paletteCount = 24

var palettes = sync.OnceValue(func() [paletteCount]string {
	var out [paletteCount]string
	for i := range out {
		out[i] = palette(i * 360 / paletteCount)
	}
	return out
})

func palette(hue int) string {
	var b strings.Builder
	fmt.Fprintf(&b, ":root{--tinta:%d;--primario:hsl(%d,62%%,28%%);--primario-chiaro:hsl(%d,62%%,92%%)}\n", hue, hue, hue)
	for i, sel := range cssSelectors {
		for j, state := range []string{"", ":hover", ":focus", ":active"} {
			fmt.Fprintf(&b, "%s%s{color:hsl(%d,%d%%,%d%%);background-color:hsla(%d,48%%,%d%%,.%d);border-bottom:%dpx solid hsl(%d,30%%,60%%)}\n",
				sel, state, (hue+i*7)%360, 40+j*9, 22+i%9, (hue+180)%360, 88+j, 3+j*2, 1+j%3, (hue+i)%360)
		}
	}
	for _, width := range []int{576, 992} {
		fmt.Fprintf(&b, "@media (min-width:%dpx){\n", width)
		for i, sel := range cssSelectors {
			fmt.Fprintf(&b, "%s{padding:%dpx %dpx;margin-bottom:%.2frem;max-width:calc(100%% - %dpx);letter-spacing:.0%dem}\n", sel, 4+i%7, 8+i%11, float64(width)/800+float64(i)/40, 16+i, i%9)
			fmt.Fprintf(&b, "%s>.contenuto,%s>.intestazione{display:grid;grid-template-columns:repeat(%d,minmax(0,1fr));gap:%dpx}\n", sel, sel, 1+i%4, 8+i%5)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

var cssSelectors = []string{
	".testata-istituzionale", ".testata .marchio a", ".navigazione-principale>li>a", ".megamenu .colonna li a", ".scheda-notizia .titolo", ".scheda-notizia .categoria",
	".riquadro-evidenza", ".riquadro-evidenza .pulsante", ".calendario-eventi .giorno", ".argomento-in-evidenza a", ".elenco-servizi .voce", ".elenco-servizi .voce a",
	".valutazione-pagina label", ".valutazione-pagina .stella", ".piede .colonna a", ".piede .recapiti", ".piede .seguici a", ".barra-cookie .pulsante",
	".percorso li a", ".indice-pagina a", ".allegati li a", ".tabella-dati th", ".tabella-dati td", ".paginazione .pagina", ".ricerca-estesa .filtro",
	".siti-tematici .tessera", ".galleria .didascalia", ".contatti-rapidi a", ".avviso-urgente", ".avviso-urgente a",
}

// icon is an inline drawing, as pages carry by the dozen.
func icon(name string) string {
	return `<svg class="icon icon-sm" aria-hidden="true" focusable="false" viewBox="0 0 24 24"><path d="M4 4h16v2H4zm0 7h16v2H4zm0 7h10v2H4z"></path><title>` + name + `</title></svg>`
}

// write renders a template and encodes it as the family's servers do.
func (f *family) write(name string, data any) ([]byte, error) {
	t, err := templates()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(96 << 10)
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return nil, err
	}
	out := b.Bytes()
	if f.rawAmp {
		out = bytes.ReplaceAll(out, []byte("&amp;"), []byte("&"))
	}
	if f.legacy {
		return charmap.Windows1252.NewEncoder().Bytes(out)
	}
	return out, nil
}

// html is the page of that key.
func (c *comune) html(key string) ([]byte, error) {
	f := c.vendorFamily()
	name := f.template + "-inner"
	if key == "home" {
		name = f.template + "-home"
	}
	return f.write(name, c.view(key))
}
