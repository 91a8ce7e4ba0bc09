package replica

// This file says what a site with a fault answers.

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

// faulty is the answer of a site that cannot be looked at; false where the
// site is well, or the fault lies below HTTP.
func (c *comune) faulty(q *http.Request) (response, bool) {
	isRobots := q.URL.Path == "/robots.txt"
	switch c.fault {
	case FaultExpired, FaultWrongName, FaultUntrusted, FaultOldProtocol, FaultHandshake:
		return redirect(301, "https://"+c.host+q.URL.RequestURI()), true
	case FaultServerError:
		return page(500, strings.ReplaceAll(serverErrorPage, "{host}", c.host)), !isRobots
	case FaultNotFound:
		return page(404, "<html><head><title>404 - File or directory not found.</title></head><body><h2>404</h2><p>La risorsa richiesta non esiste su questo server.</p></body></html>"), true
	case FaultChallenge:
		r := page(403, strings.ReplaceAll(challengePage, "{host}", c.host))
		r.header["Server"], r.header["CF-RAY"], r.header["cf-mitigated"] = "cloudflare", "8f00aa11bb22cc33-MXP", "challenge"
		return r, true
	case FaultCaptcha:
		return page(200, captchaPage), true
	case FaultRobotsError:
		return page(503, "servizio non disponibile"), isRobots
	case FaultRedirectLoop:
		if isRobots {
			return response{}, false
		}
		to := "/it"
		if q.URL.Path == "/it" {
			to = "/it/"
		}
		if q.URL.Path == "/it/" {
			to = "/"
		}
		return redirect(302, "https://"+c.host+to), true
	case FaultOffsite:
		return redirect(301, "https://www.offerte-inventate.test/?da="+c.host), !isRobots
	case FaultShell:
		return page(200, strings.ReplaceAll(shellPage, "{name}", c.name)), !isRobots
	case FaultShellWords:
		return page(200, strings.NewReplacer("{name}", c.name, "{declaration}", c.declHref).Replace(wordyShellPage)), !isRobots
	case FaultTooLarge:
		return page(200, hugePage(c.name)), !isRobots
	case FaultMaintenance:
		return page(200, strings.ReplaceAll(maintenancePage, "{name}", c.name)), !isRobots
	case FaultUnavailable:
		r := page(503, strings.ReplaceAll(maintenancePage, "{name}", c.name))
		r.header["Retry-After"] = "3600"
		return r, !isRobots
	case FaultParked:
		return page(200, strings.ReplaceAll(parkedPage, "{host}", c.domain)), !isRobots
	case FaultDefaultPage:
		return page(200, defaultPage), !isRobots
	case FaultRateLimited:
		r := page(429, "<html><head><title>429 Too Many Requests</title></head><body>Troppe richieste.</body></html>")
		r.header["Retry-After"] = "2"
		return r, true
	case FaultDrip:
		r := page(200, "<!DOCTYPE html><html><head><title>"+c.denomination+"</title></head><body>"+strings.Repeat("attendere ", 400)+"</body></html>")
		r.drip = true
		return r, !isRobots
	}
	return response{}, false
}

const serverErrorPage = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN"><html><head><title>500 Internal Server Error</title></head><body>
<h1>Internal Server Error</h1><p>Il server di {host} non ha potuto completare la richiesta.</p></body></html>`

const challengePage = `<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title><meta http-equiv="refresh" content="390"><meta name="robots" content="noindex,nofollow">
<style>body{font-family:system-ui;margin:8rem}</style></head><body><h1>{host}</h1><p>Verifica della sicurezza della connessione in corso.</p>
<noscript>Enable JavaScript and cookies to continue</noscript><script>(function(){window._cf_chl_opt={cvId:'3',cZone:'{host}',cType:'managed'};
var s=document.createElement('script');s.src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1?ray=8f00aa11bb22cc33';document.head.appendChild(s);}());</script></body></html>`

const captchaPage = `<html style="height:100%"><head><meta name="ROBOTS" content="NOINDEX, NOFOLLOW"><meta name="format-detection" content="telephone=no"></head>
<body style="margin:0;height:100%"><iframe id="main-iframe" src="/_Incapsula_Resource?SWUDNSAI=31&xinfo=9-1-0&incident_id=0-1&edet=15&cinfo=04" frameborder="0" width="100%" height="100%">Request unsuccessful. Incapsula incident ID: 0-1</iframe></body></html>`

const shellPage = `<!doctype html><html lang="it"><head><meta charset="utf-8"><title>Comune di {name}</title><base href="/"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" type="image/x-icon" href="favicon.ico"><link rel="stylesheet" href="styles.5f1c.css"></head><body><app-root></app-root>
<noscript>Per usare questo sito occorre abilitare JavaScript.</noscript><script src="runtime.9b1d.js" type="module"></script><script src="polyfills.77aa.js" type="module"></script><script src="main.c0de.js" type="module"></script></body></html>`

// wordyShellPage has the words, and even the address, in places that nobody who
// looks at the page can see.
const wordyShellPage = `<!doctype html><html lang="it"><head><meta charset="utf-8"><title>Comune di {name}</title><meta name="description" content="Amministrazione trasparente, pagoPA, SPID e CIE: i servizi del Comune di {name}">
<link rel="modulepreload" href="/assets/vendor-91c2.js"></head><body><div id="root"></div><noscript>Per consultare la dichiarazione di accessibilità e i servizi con SPID occorre abilitare JavaScript.</noscript>
<script id="__NEXT_DATA__" type="application/json">{"props":{"piede":[{"titolo":"Dichiarazione di accessibilità","url":"{declaration}"},{"titolo":"Amministrazione trasparente","url":"/trasparenza"}]},"page":"/","buildId":"c0ffee"}</script>
<script type="module" src="/assets/index-77d1.js"></script></body></html>`

const maintenancePage = `<!DOCTYPE html><html lang="it"><head><meta charset="utf-8"><title>Sito in manutenzione</title></head><body><h1>Sito in manutenzione</h1>
<p>Il portale del Comune di {name} è momentaneamente in manutenzione per un aggiornamento programmato. Torneremo online al più presto. Ci scusiamo per il disagio.</p></body></html>`

const parkedPage = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{host} - Questo dominio è in vendita</title></head><body><h1>{host}</h1>
<p>Il dominio è in vendita: questo dominio può essere tuo. The domain {host} is for sale.</p><a href="https://sedo.com/search/details/?domain={host}">Buy this domain</a>
<script src="https://img.sedoparking.com/js/jquery.js"></script><ul><li><a href="https://annunci.replica.test/?q=prestiti">Prestiti</a></li><li><a href="https://annunci.replica.test/?q=assicurazioni">Assicurazioni</a></li></ul></body></html>`

const defaultPage = `<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and working. Further configuration is required.</p></body></html>`

// hugePage is a home page of twelve megabytes.
func hugePage(name string) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Comune di %s</title></head><body>", name)
	row := "<tr><td>" + strings.Repeat("Delibera di Giunta, oggetto e allegati pubblicati in unica pagina. ", 16) + "</td></tr>\n"
	b.WriteString("<table>")
	for b.Len() < 12<<20 {
		b.WriteString(row)
	}
	b.WriteString("</table></body></html>")
	return b.String()
}

const gatewayPage = `<!DOCTYPE html><html lang="it"><head><meta charset="utf-8"><title>Sistema di autenticazione regionale</title></head><body><h1>Sistema di autenticazione regionale</h1>
<p>Scegliere come proseguire.</p><div id="metodi"></div><script src="/js/metodi.js"></script></body></html>`
