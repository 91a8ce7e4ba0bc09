package main

// Invented links, for the kinds of which the corpus has few. Same seed, same
// links.

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
)

func one(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

// inventedID is a version 1 or version 4 uuid.
func inventedID(r *rand.Rand) string {
	s := fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64())
	return s[:8] + "-" + s[8:12] + "-" + one(r, "11ef", "11f0", "4"+s[13:16]) + "-" + one(r, "8", "9", "a", "b") + s[17:20] + "-" + s[20:]
}

// publicationLink is the plain address of an invented publication, with its id.
func publicationLink(r *rand.Rand) (href, id string) {
	id = inventedID(r)
	return address(id), id
}

func saysSo(r *rand.Rand) string {
	return one(r, "Dichiarazione di accessibilità", "Dichiarazione di Accessibilità", "DICHIARAZIONE DI ACCESSIBILITA'", "Dichiarazione accessibilità", "Dichiarazione sull’accessibilità del sito", "  Dichiarazione\n   di accessibilità ", "Accessibilità", "Dichiarazione di accessibilità (AgID)")
}

func makeWrapped(r *rand.Rand) corpusLink {
	href, id := publicationLink(r)
	return corpusLink{href: wrapped(r, href), text: saysSo(r), id: id}
}

// wrapped is an address inside another.
func wrapped(r *rand.Rand, inner string) string {
	escaped := url.QueryEscape(inner)
	switch r.IntN(7) {
	case 0:
		return "https://urldefense.com/v3/__" + inner + "__;!!" + base64.RawURLEncoding.EncodeToString([]byte(inventedID(r)))[:12] + "!x$"
	case 1:
		return "https://urldefense.proofpoint.com/v2/url?u=" + strings.NewReplacer("%", "-", "_", "-5F", "/", "_", "-", "-2D").Replace(strings.ReplaceAll(inner, ":", "%3A")) + "&d=DwMFaQ"
	case 2:
		return "https://eur01.safelinks.protection.outlook.com/?url=" + escaped + "&data=05%7C02&reserved=0"
	case 3:
		return "../../servizi/Menu/menu_redirect.aspx?url=" + strings.NewReplacer("%3A", "%3a", "%2F", "%2f").Replace(escaped) + "&ID=12&TipoElemento=categoria"
	case 4:
		return "/redirect.php?target=" + escaped
	case 5:
		return "https://www.google.com/url?q=" + escaped + "&sa=D&source=docs"
	}
	return "https://www.comune.esempio.it/link?id=7&url=" + url.QueryEscape(escaped)
}

func makeEnd(ends ...string) func(*rand.Rand) corpusLink {
	return func(r *rand.Rand) corpusLink {
		href, id := publicationLink(r)
		return corpusLink{href: one(r, "", " ", "\n") + href + one(r, ends...), text: saysSo(r), id: id}
	}
}

func makeOdd(r *rand.Rand) corpusLink {
	href, id := publicationLink(r)
	switch r.IntN(7) {
	case 0:
		href = "http" + strings.TrimPrefix(href, "https")
	case 1:
		href += one(r, "?lang=it", "?utm_source=sito&utm_medium=footer")
	case 2:
		href += one(r, "#", "#contenuto")
	case 3:
		href = strings.ToUpper(href)
	case 4:
		href = strings.TrimPrefix(href, "https:")
	case 5:
		href = strings.Replace(href, "form.agid.gov.it", "form.agid.gov.it:443", 1)
	case 6:
		href = strings.Replace(href, "https://", one(r, "https:/", "https:///", "http://https://"), 1)
	}
	return corpusLink{href: href, text: saysSo(r), id: id}
}

func makeFront(paths ...string) func(*rand.Rand) corpusLink {
	return func(r *rand.Rand) corpusLink {
		return corpusLink{href: one(r, "https://", "http://", "//") + "form.agid.gov.it" + one(r, paths...), text: one(r, "Dichiarazione di accessibilità", "Dichiarazione accessibilità")}
	}
}

func makeGeneric(r *rand.Rand) corpusLink {
	return corpusLink{
		href: one(r, "https://www.agid.gov.it", "http://www.agid.gov.it/", "https://www.agid.gov.it/it/design-servizi/accessibilita/dichiarazione-accessibilita", "https://www.agid.gov.it/it/ambiti-intervento/accessibilita-usabilita",
			"https://accessibilita.agid.gov.it/", "https://www.agid.gov.it/sites/default/files/linee_guida.pdf", "https://form.agid.gov.it/form/procedura-attuazione/new", "https://docs.italia.it/AgID/documenti-in-consultazione/lg-accessibilita"),
		text: one(r, "Dichiarazione di accessibilità", "Linee guida di accessibilità", "AgID"),
	}
}

func makeObjectives(r *rand.Rand) corpusLink {
	href, _ := publicationLink(r)
	return corpusLink{
		href: href + one(r, "", "/", "%20"),
		text: one(r, "Obiettivi di accessibilità", "OBIETTIVI DI ACCESSIBILITA'", "Obbiettivi di accessibilità", "Obiettivi accessibilità", "Obiettivi annuali di accessibilità", "Obiettivi Agid", "Accessibilità: obiettivi", "Ziele der Barrierefreiheit", "Objectifs d’accessibilité", "Cilji dostopnosti") +
			one(r, "", " 2024", " 2025", " - AgID", " – anno 2026", "\n"),
	}
}

func ownWords(r *rand.Rand) string {
	return one(r, "Dichiarazione di accessibilità", "DICHIARAZIONE DI ACCESSIBILITÀ", "Dichiarazione accessibilità", "Dichiarazione sull'accessibilità", "Dichiarazione di accessibilita’ del sito")
}

func makeOwn(r *rand.Rand) corpusLink {
	return corpusLink{
		href: one(r, "/accessibilita", "/it-it/accessibilita", "/dichiarazione-di-accessibilita/", "Menu.aspx?IDDettaglioPagina=", "/zf/index.php/servizi-aggiuntivi/index/index/idtesto/", "index.php?id=", "/action%3As_italia%3Aobblighi.accessibilita", "/page/dichiarazione", "/it/page/accessibilita-") + fmt.Sprint(r.IntN(9000)),
		text: ownWords(r),
	}
}

func makeDocument(r *rand.Rand) corpusLink {
	return corpusLink{href: one(r, "/allegati/", "https://www.comune.esempio.it/media/", "files/") + fmt.Sprint("dichiarazione-", r.IntN(99), one(r, ".pdf", ".PDF", ".docx", ".pdf?v=2", ".odt")), text: ownWords(r)}
}

func makeNowhere(r *rand.Rand) corpusLink {
	return corpusLink{href: one(r, "#", "", " ", "#!", "#0", "javascript:void(0)", "javascript:;", "{{url}}", "${link}"), text: ownWords(r)}
}

func makeScripted(r *rand.Rand) corpusLink {
	return corpusLink{href: one(r, "javascript:apri('dichiarazione')", "javascript:__doPostBack('ctl00$footer','12')", "javascript:openPage(7);"), text: ownWords(r)}
}

func makeTotal(r *rand.Rand) corpusLink {
	return corpusLink{
		href: one(r, "/amministrazione-trasparente", "https://trasparenza.esempio.it/ente", "/at/index.php"),
		text: one(r, "Amministrazione trasparente. ", "", "Trasparenza: ") + one(r, "La trasparenza intesa come accessibilità totale", "accessibilità totale delle informazioni", "ACCESSIBILITÀ TOTALE dei dati e dei documenti") + one(r, "", " detenuti dal comune"),
	}
}

func makeToolbar(r *rand.Rand) corpusLink {
	return corpusLink{href: one(r, "javascript:void(0);", "#", "javascript:void(0)"), text: one(r, "Open toolbar ", "Apri la toolbar: ") + one(r, "Strumenti di accessibilità", "Accessibility Tools", "Tool di accessibilità", "Menù accessibilità")}
}

func makeFeedback(r *rand.Rand) corpusLink {
	return corpusLink{
		href: one(r, "/feedback-accessibilita", "https://moduli.esempio.it/f/7", "mailto:urp@comune.esempio.it", "/contatti?modulo=feedback"),
		text: one(r, "Feedback accessibilità", "Feedback sull'accessibilità", "Meccanismo di feedback", "Invia un feedback sull’accessibilità del sito", "Modulo feedback accessibilità"),
	}
}

// newForm is an invented link of the form in use since December 2025.
type newForm struct {
	corpusLink
	ipa, slug string
}

func makeNewForm(r *rand.Rand) newForm {
	letters := []rune("abcdefghilmnopqrstuvz")
	word := func() string {
		var b strings.Builder
		for range 3 + r.IntN(9) {
			b.WriteRune(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	n := newForm{ipa: one(r, "c_"+word()[:1]+fmt.Sprint(100+r.IntN(899)), "C_"+strings.ToUpper(word()[:1])+fmt.Sprint(100+r.IntN(899)), strings.ToUpper(inventedID(r)[:8]), word()[:1]+fmt.Sprint(100+r.IntN(899)))}
	raw := "" // the slug as it stands in the address
	place := word()
	switch r.IntN(8) {
	case 0:
		n.slug = "www.comune." + place + ".pg.it"
	case 1:
		n.slug = "comune_di_" + place
	case 2:
		n.slug = "https://www_comune_" + place + "_bz_it"
		raw = strings.ReplaceAll(n.slug, "/", one(r, "%2f", "%2F", "/"))
	case 3:
		n.slug = place + "/" + word()
		raw = place + one(r, "/", "%2f", "%2F") + n.slug[len(place)+1:]
	case 4:
		n.slug = "città_di_" + place + "-forlì"
		raw = one(r, n.slug, url.PathEscape(n.slug))
	case 5:
		n.slug = "comune_dell'" + place
		raw = one(r, n.slug, strings.ReplaceAll(n.slug, "'", "%27"))
	case 6:
		n.slug = "“sito” del comune di " + place
		raw = url.PathEscape(n.slug)
	case 7:
		n.slug = `"` + place + `" & ` + word()
		raw = url.PathEscape(n.slug)
	}
	if raw == "" {
		raw = n.slug
	}
	address := one(r, "https://", "https://", "http://", "HTTPS://") + one(r, "form.agid.gov.it", "form.agid.gov.it", "Form.AgID.gov.it") + "/" + n.ipa + "/" + raw + "/" + one(r, "dichiarazione", "dichiarazione", "Dichiarazione")
	switch r.IntN(8) {
	case 0:
		address += one(r, "/", "%20", ")", "%20)", "?lang=it", "#stato", " ")
	case 1:
		address = wrapped(r, address)
	}
	n.href, n.text = address, saysSo(r)
	return n
}
