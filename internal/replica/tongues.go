package replica

// This file holds what links and duties are called where Italian is not the
// only language: German and Ladin valleys, Valle d'Aosta, the Slovene border.

import "fmt"

// spoken are the words of each tongue, by page key; "plan", "declaration" and
// "objectives" are no pages. Italian is in titles.
var spoken = map[string]map[string]string{
	"": {"booking": "Prenotazione appuntamento", "report": "Segnalazione disservizio", "plan": "Piano triennale per l'informatica", "declaration": "Dichiarazione di accessibilità", "objectives": "Obiettivi di accessibilità"},
	"de": {
		"management": "Verwaltung", "news": "Neuigkeiten", "services": "Dienste", "live": "Leben in der Gemeinde", "documents": "Dokumente und Daten",
		"albo": "Digitale Amtstafel", "privacy": "Datenschutzerklärung", "legal": "Rechtliche Hinweise", "booking": "Termin vereinbaren",
		"report": "Störungen melden", "contacts": "Kontakte", "at": "Transparente Verwaltung", "opendata": "Offene Daten", "dpo": "Datenschutzbeauftragter",
		"digital": "Digitalisierung", "plan": "Dreijahresplan für die Informatik", "declaration": "Erklärung zur Barrierefreiheit", "objectives": "Ziele der Barrierefreiheit",
	},
	"fr": {
		"management": "Administration", "news": "Nouveautés", "services": "Services", "live": "Vivre la commune", "documents": "Documents et données",
		"albo": "Tableau d'affichage", "privacy": "Protection des données personnelles", "legal": "Mentions légales", "booking": "Prendre rendez-vous",
		"report": "Signaler un dysfonctionnement", "contacts": "Contacts", "at": "Administration transparente", "opendata": "Données ouvertes",
		"dpo": "Délégué à la protection des données", "digital": "Transition numérique", "plan": "Plan triennal pour l'informatique",
		"declaration": "Déclaration d'accessibilité", "objectives": "Objectifs d'accessibilité",
	},
	"sl": {
		"management": "Uprava", "news": "Novice", "services": "Storitve", "live": "Življenje v občini", "documents": "Dokumenti in podatki",
		"albo": "Spletna oglasna deska", "privacy": "Varstvo osebnih podatkov", "legal": "Pravna obvestila", "booking": "Rezervacija termina",
		"report": "Prijava napake", "contacts": "Stiki", "at": "Transparentna uprava", "opendata": "Odprti podatki",
		"dpo": "Pooblaščena oseba za varstvo podatkov", "digital": "Digitalni prehod", "plan": "Načrt digitalizacije",
		"declaration": "Izjava o dostopnosti", "objectives": "Cilji dostopnosti",
	},
}

// said is what a page or a thing is called on this site: in its own tongue, and
// in Italian beside it where the site is in both.
func (c *comune) said(key string) string {
	italian, ok := spoken[""][key]
	if !ok {
		italian = c.title(key)
	}
	own, ok := spoken[c.t.tongue][key]
	switch {
	case !ok || c.t.tongue == "":
		return italian
	case c.t.bilingual:
		return fmt.Sprintf(`<span lang=%q>%s</span> <span lang="it">%s</span>`, c.t.tongue, own, italian)
	}
	return own
}

// lang is the language the pages say they are in.
func (c *comune) lang() string {
	if c.t.tongue == "" || c.t.bilingual {
		return "it"
	}
	return c.t.tongue
}

// controllerSentence says whose the notice is.
func (c *comune) controllerSentence() string {
	italian := "Titolare del trattamento è il " + c.denomination + ", " + c.street + ", che tratta i dati per i propri compiti istituzionali (artt. 13 e 14 del Regolamento UE 2016/679)."
	if c.t.bilingual {
		return italian
	}
	switch c.t.tongue {
	case "de":
		return "Verantwortlicher für die Verarbeitung der Daten ist die Gemeinde " + c.name + ", " + c.street + "."
	case "fr":
		return "Le responsable du traitement est la Commune de " + c.name + ", " + c.street + "."
	case "sl":
		return "Upravljavec osebnih podatkov je Občina " + c.name + ", " + c.street + "."
	}
	return italian
}

// officerSentence says how to reach the data protection officer.
func (c *comune) officerSentence() string {
	mail := "rpd@" + c.domain
	switch {
	case c.t.bilingual:
	case c.t.tongue == "de":
		return "Der Datenschutzbeauftragte der Gemeinde ist " + c.dpo + ", E-Mail " + mail + "."
	case c.t.tongue == "fr":
		return "Le délégué à la protection des données est " + c.dpo + ", courriel " + mail + "."
	case c.t.tongue == "sl":
		return "Pooblaščena oseba za varstvo podatkov je " + c.dpo + ", e-pošta " + mail + "."
	}
	return "Il responsabile della protezione dei dati è " + c.dpo + ", e-mail " + mail + "."
}

// licenceSentence opens the contents.
func (c *comune) licenceSentence() string {
	switch {
	case c.t.bilingual:
	case c.t.tongue == "de":
		return "Die Inhalte dieses Portals stehen, wo nichts anderes gesagt ist, unter der Lizenz Creative Commons Namensnennung 4.0."
	case c.t.tongue == "fr":
		return "Sauf mention contraire, les contenus de ce portail sont sous licence Creative Commons Attribution 4.0."
	case c.t.tongue == "sl":
		return "Vsebine tega portala so objavljene pod licenco Creative Commons Priznanje avtorstva 4.0."
	}
	return "Salvo diversa indicazione i testi e i dati del portale si possono riusare con licenza CC-BY 4.0."
}
