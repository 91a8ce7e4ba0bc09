package page

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// generated is a page like those of the national model, of about size bytes.
func generated(size int) string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="it"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Comune di Montefiorito</title>
<link rel="stylesheet" href="/bootstrap-italia/css/bootstrap-italia.min.css"><script src="/bootstrap-italia/js/bootstrap-italia.bundle.min.js"></script></head>
<body class="page-home"><header class="it-header-wrapper" id="header"><nav aria-label="Principale"><ul class="navbar-nav">`)
	for i := range 12 {
		fmt.Fprintf(&b, `<li class="nav-item"><a class="nav-link" href="/menu/voce-%d" data-element="custom-submenu"><span>Voce %d del menù</span></a></li>`, i, i)
	}
	b.WriteString(`</ul></nav></header><main id="main-container"><h1>Comune di Montefiorito</h1>`)
	for i := 0; b.Len() < size-3000; i++ {
		fmt.Fprintf(&b, `
            <div class="col-12 col-sm-6 col-lg-4">
                <div class="card-wrapper card-space shadow-sm rounded">
                    <div class="card card-bg">
                        <div class="card-body">
                            <div class="category-top"><svg class="icon icon-sm" aria-hidden="true"><use href="/svg/sprites.svg#it-calendar"></use></svg><span class="data">%d novembre</span></div>
                            <h3 class="card-title h5"><a href="/novita/avviso-%d" class="text-decoration-none">Avviso pubblico n. %d per l&rsquo;assegnazione di un contributo</a></h3>
                            <p class="card-text">Il Comune informa che &egrave; aperto il bando; le domande vanno presentate entro la fine del mese all'ufficio protocollo.</p>
                            <a class="read-more" href="/novita/avviso-%d?utm_source=home" aria-label="Leggi di pi&ugrave; su avviso %d"><span class="text">Leggi di pi&ugrave;</span></a>
                        </div>
                    </div>
                </div>
            </div>`, i%30+1, i, i, i, i)
	}
	b.WriteString(`</main><footer class="it-footer" id="footer"><ul class="footer-list">`)
	for i := range 20 {
		fmt.Fprintf(&b, `<li><a href="/pagina-%d" title="Vai alla pagina %d">Pagina %d</a></li>`, i, i, i)
	}
	b.WriteString(`<li><a href="https://form.agid.gov.it/c_z901/comune.montefiorito.pg.it/dichiarazione" data-element="accessibility-link">Dichiarazione di accessibilità</a></li></ul></footer></body></html>`)
	return b.String()
}

const benchSize = 70_000

func BenchmarkParse(b *testing.B) {
	body := []byte(generated(benchSize))
	header := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		p := Parse(Raw{URL: "https://www.comune.montefiorito.pg.it/", Status: 200, Header: header, Body: body})
		if len(p.Links) < 50 {
			b.Fatal(len(p.Links))
		}
	}
}

// BenchmarkFloor is what the parsed tree alone costs.
func BenchmarkFloor(b *testing.B) {
	body := []byte(generated(benchSize))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		root, err := html.Parse(strings.NewReader(string(body)))
		if err != nil {
			b.Fatal(err)
		}
		goquery.NewDocumentFromNode(root)
	}
}

func BenchmarkFold(b *testing.B) {
	text := strings.Repeat("Dichiarazione di accessibilità del Comune di Montefiorito – l’ufficio è aperto. ", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Fold(text)
	}
}

func BenchmarkAddScript(b *testing.B) {
	var code strings.Builder
	for i := range 300 {
		fmt.Fprintf(&code, "    h += \"<li class=\\\"nav-item\\\"><a href=\\\"/pagina-%d\\\">Pagina %d<\\/a><\\/li>\";\n", i, i)
	}
	b.SetBytes(int64(code.Len()))
	for b.Loop() {
		p := &Page{FinalURL: "https://www.comune.montefiorito.pg.it/"}
		p.AddScript("https://www.comune.montefiorito.pg.it/header.html", []byte(code.String()))
		if len(p.Links) != 300 {
			b.Fatal(len(p.Links))
		}
	}
}
