package checks

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/registry"
)

// A smallSite is a site of a few pages for tables whose cases differ by a link or
// a line: whole pages with a menu, everything about them as it should be read.
type smallSite struct {
	home   string // what the home page has besides its menu
	pages  []smallPage
	comune func(*registry.Comune)
	said   map[string]agid.Answer // by AgID, of a publication
}

// smallPage is a page of the site that was read.
type smallPage struct {
	path, interests string
	depth           int
	title, body     string
}

const smallMenu = `<header><a href="/">Comune di Borgofinto</a></header>
<nav><ul><li><a href="/amministrazione/">Amministrazione</a></li><li><a href="/novita/">Novità</a></li><li><a href="/servizi/">Servizi</a></li><li><a href="/vivere/">Vivere Borgofinto</a></li>
<li><a href="/sindaco/">Il sindaco</a></li><li><a href="/giunta/">La giunta</a></li><li><a href="/orari/">Orari degli uffici</a></li><li><a href="/turismo/">Turismo</a></li></ul></nav>
<p>Il Comune di Borgofinto informa i cittadini: orari degli uffici, notizie, eventi, bandi e avvisi. Piazza della Fonte 1, 06000 Borgofinto (PG).</p>`

func (s smallSite) read() []*page.Page {
	parse := func(address, title, body string, depth int, interests ...string) *page.Page {
		html := `<!DOCTYPE html><html lang="it"><head><title>` + title + `</title></head><body>` + smallMenu + `<main>` + body + `</main></body></html>`
		return page.Parse(page.Raw{URL: address, FinalURL: address, Status: 200, Header: http.Header{}, Body: []byte(html), For: interests, Depth: depth})
	}
	pages := []*page.Page{parse(fixtureHome, "Comune di Borgofinto", s.home, 0, page.Home)}
	pages = append(pages, parse(fixtureHome+"servizi/", "Servizi", `<h1>Servizi</h1>`, 1, servicesPage))
	for _, p := range s.pages {
		pages = append(pages, parse(fixtureHome+p.path, p.title, `<h1>`+p.title+`</h1>`+p.body, max(p.depth, 1), strings.Fields(p.interests)...))
	}
	return pages
}

// judged is the finding of a check on the site, read whole.
func (s smallSite) judged(t *testing.T, check string) finding.Finding {
	t.Helper()
	day := fixture{}.day(t)
	comune := fixture{}.comune(day)
	comune.Site.URL = fixtureHome
	if s.comune != nil {
		s.comune(&comune)
	}
	pages := s.read()
	list := catalogue(t)
	k := Case{Facts: observed(t, comune, pages...), Visit: wholeVisit(list, pages...), Answers: s.said, Date: day}
	k.Comune = WithUnions(comune, k.Facts)
	judgedWell(t, list, k)
	return checkOf(t, check).Finding(k)
}
