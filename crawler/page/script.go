package page

// This file reads the scripts that write a page's header and footer: which to
// fetch, and what their strings say once they are put together.

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// maxScripts is how many scripts of one page are worth a request.
const maxScripts = 6

// ScriptsToRead lists the scripts of the page's own host that may write its
// header, footer or body, best first. A page that shows both a header and a
// footer of its own needs none.
func (p *Page) ScriptsToRead() []string {
	header, footer := p.shows()
	if header && footer {
		return nil
	}
	type candidate struct {
		url   string
		score int
	}
	var list []candidate
	for _, src := range p.candidates() {
		score := p.scriptScore(src)
		if score > 0 && !slices.ContainsFunc(list, func(c candidate) bool { return c.url == src }) {
			list = append(list, candidate{src, score})
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return b.score - a.score })
	var out []string
	for _, c := range list[:min(len(list), maxScripts)] {
		out = append(out, c.url)
	}
	return out
}

// candidates are the scripts of the page and what its inline code loads under
// a name that says header or footer: $("#x").load("footer.html").
func (p *Page) candidates() []string {
	if !strings.Contains(p.Inline, "load(") && !strings.Contains(p.Inline, "fetch(") && !strings.Contains(p.Inline, ".open(") {
		return p.Scripts
	}
	base, err := url.Parse(p.FinalURL)
	if err != nil {
		return p.Scripts
	}
	if b := p.base(); b != "" {
		if u, err := url.Parse(b); err == nil {
			base = u
		}
	}
	list := slices.Clone(p.Scripts)
	rest := p.Inline
	const longest = 200
	for len(list) < len(p.Scripts)+2*maxScripts {
		i := strings.IndexAny(rest, `"'`)
		if i < 0 {
			break
		}
		literal := rest[i+1 : min(len(rest), i+1+longest)]
		end := strings.IndexByte(literal, rest[i])
		rest = rest[i+1:]
		if end < 0 {
			continue
		}
		if literal = literal[:end]; !promising(literal) {
			continue
		}
		if src, ok := Canonical(base, literal); ok && document(src) {
			if head, foot, _ := scriptNames(src); head || foot {
				list = append(list, src)
			}
		}
	}
	return list
}

// promising is a cheap look at a literal before it is made an address.
func promising(literal string) bool {
	for _, w := range [...]string{"eader", "ooter", "estata", "ntestazione", "iede"} {
		if strings.Contains(literal, w) {
			return true
		}
	}
	return false
}

// document tells that an address ends in what a page or a script ends in.
func document(src string) bool {
	switch path.Ext(scriptName(src)) {
	case ".html", ".htm", ".js", ".inc", ".php", ".asp", ".aspx", ".jsp":
		return true
	}
	return false
}

// shows tells whether the page has a header and a footer of its own: links in
// them, or, for the header, more navigation than a breadcrumb is.
func (p *Page) shows() (header, footer bool) {
	const breadcrumb = 6
	navigation := 0
	for i := range p.Links {
		switch p.Links[i].Place {
		case PlaceHeader:
			header = true
		case PlaceNav:
			navigation++
		case PlaceFooter:
			footer = true
		}
	}
	return header || navigation >= breadcrumb, footer
}

// likelyScripts are those without which the page cannot be called read: their
// name says header or footer, and the page shows none; or menu, and it shows
// neither.
func (p *Page) likelyScripts() []string {
	header, footer := p.shows()
	var out []string
	for _, src := range p.candidates() {
		if p.scriptScore(src) == 0 || slices.Contains(out, src) {
			continue
		}
		head, foot, menu := scriptNames(src)
		if head && !header || foot && !footer || menu && !header && !footer {
			out = append(out, src)
		}
	}
	return out
}

// scriptNames says what the file name of a script promises.
func scriptNames(src string) (head, foot, menu bool) {
	name := scriptName(src)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	return has("header", "testata", "intestazione"), has("footer", "piede", "piedipagina"), has("menu", "navbar", "navigazione")
}

func scriptName(src string) string {
	u, err := url.Parse(src)
	if err != nil {
		return ""
	}
	return strings.ToLower(path.Base(u.Path))
}

// scriptScore ranks a script; 0: not worth reading.
func (p *Page) scriptScore(src string) int {
	u, err := url.Parse(src)
	if err != nil || u.Host == "" || !sameSite(u, p.FinalURL) {
		return 0
	}
	name := scriptName(src)
	if library(name) {
		return 0
	}
	head, foot, menu := scriptNames(src)
	switch {
	case head || foot:
		return 100
	case strings.HasSuffix(name, ".html") || strings.HasSuffix(name, ".htm"):
		return 90
	case menu:
		return 80
	}
	for _, w := range []string{"layout", "template", "include", "inclus", "testat", "pagina", "head", "foot", "nav"} {
		if strings.Contains(name, w) {
			return 60
		}
	}
	if strings.Contains(name, ".min.") || strings.Contains(name, "-min.") {
		return 0
	}
	return 10
}

// sameSite tells that an address stands on the page's host or its www twin.
func sameSite(u *url.URL, page string) bool {
	own, err := url.Parse(page)
	if err != nil {
		return false
	}
	bare := func(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") }
	return bare(u) == bare(own)
}

// library tells the names of well-known libraries, which write no page.
func library(name string) bool {
	for _, w := range []string{
		"jquery", "bootstrap", "popper", "analytics", "gtm", "gtag", "matomo", "piwik", "recaptcha", "captcha", "cookie", "iubenda",
		"slick", "splide", "swiper", "owl.carousel", "carousel", "fancybox", "lightbox", "modernizr", "polyfill", "leaflet", "moment",
		"lodash", "underscore", "angular", "react", "vue", "runtime", "vendor", "chunk", "wp-emoji", "wp-embed", "fontawesome",
		"font-awesome", "datatables", "select2", "validate", "isotope", "masonry", "photoswipe", "hammer", "gsap", "aos", "mootools",
		"prototype", "scriptaculous", "dojo", "sharethis", "addthis", "userway", "accessib", "readspeaker", "calendar", "imagemap",
		"smoothscroll", "html5shiv", "respond", "sprite", "player", "chart",
	} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// placeOfScript is where what a script writes is taken to stand, by its name.
func placeOfScript(src string) Place {
	switch head, foot, menu := scriptNames(src); {
	case foot:
		return PlaceFooter
	case head:
		return PlaceHeader
	case menu:
		return PlaceNav
	}
	return PlaceBody
}

// AddScript adds what a script would write into the page: its strings are
// unescaped, put together as the code puts them together, and read as HTML.
// A "script" that answers HTML is read as it is. Its links carry Script and a
// Place (its own landmarks, or what its name says), its text joins Text and
// Folded, and it is no longer in ScriptsUnread.
func (p *Page) AddScript(src string, body []byte) {
	text, _ := decode(body, "")
	p.write(src, placeOfScript(src), string(text))
	p.ScriptsUnread = slices.DeleteFunc(p.ScriptsUnread, func(s string) bool { return s == src })
	if len(p.ScriptsUnread) == 0 {
		p.ScriptsUnread = nil
	}
}

// write reads the markup in the strings of code into the index.
func (p *Page) write(src string, place Place, code string) {
	fragments := []string{code}
	if !strings.HasPrefix(strings.TrimLeft(code, " \t\r\n"), "<") {
		var whole bool
		if fragments, whole = scriptMarkup(code); !whole {
			p.Partial = true
		}
	}
	if len(fragments) == 0 {
		return
	}
	q := &Page{FinalURL: p.FinalURL, Depth: p.Depth}
	b := newBuilder(q, place)
	b.fragment, b.script, b.base = true, src, p.base()
	for _, f := range fragments {
		b.flat(f)
		for len(b.frames) > 1 {
			b.pop()
		}
		b.visible.pend('\n')
	}
	b.finish()
	p.merge(q)
}

// AddFrame adds a frame of a frameset to the page that a reader sees as one. Its
// links keep the frame as their Page. A frame that is not Whole makes the page
// Partial.
func (p *Page) AddFrame(q *Page) {
	p.merge(q)
	p.Partial = p.Partial || !q.Whole()
}

// base is where relative links of the page start from, if <base> says so.
func (p *Page) base() string {
	for _, h := range p.Heads {
		if h.Name == "base" {
			return h.Content
		}
	}
	return ""
}

// merge adds what a script wrote to the index, within the bounds of a page.
func (p *Page) merge(q *Page) {
	p.Partial = p.Partial || q.Partial
	p.Links = extend(p, p.Links, q.Links, MaxLinks)
	p.Headings = extend(p, p.Headings, q.Headings, maxHeadings)
	p.Forms = extend(p, p.Forms, q.Forms, maxForms)
	p.Images = extend(p, p.Images, q.Images, MaxAssets)
	p.Elements = extend(p, p.Elements, q.Elements, maxElements)
	p.Scripts = extend(p, p.Scripts, q.Scripts, MaxAssets)
	p.Styles = extend(p, p.Styles, q.Styles, MaxAssets)
	p.Frames = extend(p, p.Frames, q.Frames, MaxAssets)
	switch {
	case q.Text == "":
	case len(p.Text)+1+len(q.Text) > MaxText:
		p.Partial = true
	case p.Text == "":
		p.Text, p.Folded = q.Text, q.Folded
	default:
		p.Text, p.Folded = p.Text+"\n"+q.Text, p.Folded+"\n"+q.Folded
	}
}

// extend appends what fits; what does not makes the page Partial.
func extend[T any](p *Page, list, more []T, limit int) []T {
	if room := max(limit-len(list), 0); len(more) > room {
		p.Partial = true
		more = more[:room]
	}
	return append(list, more...)
}
