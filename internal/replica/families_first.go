package replica

// This file describes the five families of the main job.

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
)

func familyOf(id Family) *family {
	for _, f := range []*family{&municipium, &hgate, &comweb, &wordpress, &peopleweb, &opencity, &drupal, &plone, &joomla, &liferay, &magnolia, &myportal, &agendasmart, &shell} {
		if f.id == id {
			return f
		}
	}
	return &table
}

var municipium = family{
	id: Municipium, template: "municipium", server: "nginx", charset: "UTF-8", absolute: true, onSite: true, login: "/it/private",
	headers: map[string]string{"Cache-Control": "no-cache, private", "X-Frame-Options": "SAMEORIGIN"},
	assets:  func(c *comune) string { return "https://" + c.slug + "-api.municipiumapp.it/s3/3120/allegati/" },
	robots:  robots{lines: []rule{{false, "/admin"}, {false, "/it/print/"}, {false, "/*?page_token="}}},
	print:   "/it/print/pagina", gzip: true, entry: "/it",
	sections: map[string]string{
		"legal": "/it/legal_notices", "privacy": "/it/privacy", "cookies": "/it/cookie", "sitemap": "/it/sitemap", "toolbar": "/it/accessibility",
		"newsitem": "/it/news", "news": "/it/news", "service": "/it/services", "services": "/it/services", "office": "/it/organizational_unit",
		"offices": "/it/organizational_unit", "topic": "/it/topics", "topics": "/it/topics", "event": "/it/events", "events": "/it/events",
		"place": "/it/point_of_interests", "places": "/it/point_of_interests", "at": "/it/page/amministrazione-trasparente", "documents": "/it/documenti_pubblici",
		"management": "/it/administration", "live": "/it/live", "accessibility": "/it/page/dichiarazione-di-accessibilita", "faq": "/it/faq",
		"payments": "/it/page/pagamenti", "albo": "/it/page/albo-pretorio", "notices": "/it/news/category/avvisi", "press": "/it/news/category/comunicati",
		"at-old": "/it/page/amministrazione-trasparente-fino-al-31-05-2021", "online": "/it/page/servizi-online", "pnrr": "/it/page/attuazione-misure-pnrr",
	},
}

var hgate = family{
	id: HGATE, template: "hgate", server: "HGATE", charset: "UTF-8", absolute: true, rawAmp: true, onSite: true, login: "/EG0/EGHOMEPAGE.HBL?ss=1&F=H04&en=eg{n}",
	headers: map[string]string{"Connection": "keep-alive", "X-Content-Type-Options": "nosniff"},
	assets:  func(c *comune) string { return c.base() + "/assets/" },
	robots:  robots{lines: []rule{{false, "/wb/"}, {false, "/EG0/EGSTAMPA"}, {true, "/EG0/EGSCHTST"}}},
	print:   "/EG0/EGSTAMPA.HBL?en=eg1", validates: true,
	route: func(c *comune, key string) string {
		en := fmt.Sprintf("?en=eg%d", c.number)
		switch i, j := number(key, 1), number(key, 2); {
		case key == "at":
			return "/EG0/EGSCHTST52.HBL" + en
		case key == "at-old":
			return "/EG0/EGSCHTST51.HBL" + en
		case kind(key) == "at" && j >= 0:
			return fmt.Sprintf("/EG0/EGSCHTST%d.HBL%s&MESSA=PUBBLICA&SRL=%d", 54+i%12, en, 24+10*i+j)
		case kind(key) == "at":
			return fmt.Sprintf("/EG0/EGSCHTST53.HBL%s&MESSA=SEZIONE&SRL=%d", en, 24+i)
		case kind(key) == "newsitem":
			return fmt.Sprintf("/novita/avvisi/novita_%d.html", 2900-i)
		case kind(key) == "event":
			return fmt.Sprintf("/vivere/eventi/evento_%d.html", 400+i)
		}
		return ""
	},
	sections: map[string]string{
		"office": "/amministrazione/uffici", "offices": "/amministrazione/uffici", "bodies": "/amministrazione/organi_governo", "service": "/servizi",
		"services": "/servizi", "topic": "/argomenti", "place": "/vivere/luoghi", "places": "/vivere/luoghi", "events": "/vivere/eventi",
		"management": "/amministrazione", "live": "/vivere", "news": "/novita", "notices": "/novita/avvisi", "press": "/novita/comunicati",
	},
}

var comweb = family{
	id: ComWeb, template: "comweb", server: "Microsoft-IIS/10.0", charset: "utf-8", entry: "/it-it/home", twoHops: true, login: "/c{cat}/accesso",
	headers: map[string]string{"X-Powered-By": "ASP.NET", "X-AspNetMvc-Version": "5.2", "Set-Cookie": "ASP.NET_SessionId=hzq2tqkyj5w3; path=/; HttpOnly; SameSite=Lax"},
	assets:  func(c *comune) string { return "/it-it/" },
	robots:  robots{lines: []rule{{false, "/it-it/stampa/"}, {false, "/*/ricerca"}, {false, "/it-it/calendario?"}}},
	print:   "/it-it/stampa/pagina", gzip: true,
	prefix: "/it-it",
	tail: func(c *comune, key string) string {
		n := number(key, 1)
		if n < 0 {
			return ""
		}
		sum := md5.Sum([]byte(c.istat + key))
		return fmt.Sprintf("-%d-1-%s", 1200+n, hex.EncodeToString(sum[:]))
	},
	sections: map[string]string{
		"newsitem": "/avvisi", "service": "/servizi", "office": "/amministrazione/uffici", "offices": "/amministrazione/uffici", "topic": "/argomenti",
		"event": "/vivere-il-comune/eventi", "events": "/vivere-il-comune/eventi", "place": "/vivere-il-comune/luoghi", "places": "/vivere-il-comune/luoghi",
		"live": "/vivere-il-comune", "bodies": "/amministrazione/organi-di-governo", "politicians": "/amministrazione/politici", "sitemap": "/mappa-sito",
		"privacy": "/privacy", "online": "/servizi-online", "at": "/trasparenza", "at-old": "/amministrazione-trasparente-fino-al-31-05-2021",
	},
}

var wordpress = family{
	id: WordPress, template: "wordpress", server: "Apache", charset: "UTF-8", absolute: true, login: "/login",
	assets: func(c *comune) string {
		return c.base() + "/wp-content/themes/design-comuni-wordpress-theme/assets/"
	},
	robots: robots{lines: []rule{{false, "/wp-admin/"}, {true, "/wp-admin/admin-ajax.php"}, {false, "/?s="}, {false, "/stampa/"}}},
	print:  "/stampa/?id=7", gzip: true,
	tail: func(*comune, string) string { return "/" },
	sections: map[string]string{
		"newsitem": "/novita", "service": "/servizio", "office": "/unita_organizzativa", "topic": "/argomento", "event": "/evento", "place": "/luogo",
		"at": "/amm_trasp", "at-old": "/amministrazione-trasparente-fino-al-31-05-2021", "services": "/servizi", "news": "/novita", "topics": "/argomenti",
		"privacy": "/privacy-policy", "documents": "/documenti-e-dati", "offices": "/amministrazione/unita-organizzative", "management": "/amministrazione",
		"online": "/servizi-online",
	},
}

var table = family{
	id: Table, template: "table", server: "Microsoft-IIS/6.0", legacy: true, rawAmp: true, relative: true, plain: true, entrance: "Area riservata ai cittadini", login: "/accesso/entra.asp?ente={CAT}",
	headers: map[string]string{"X-Powered-By": "ASP.NET", "Set-Cookie": "ASPSESSIONIDQQTBRCSA=LKJHPOIUYTREWQ; path=/"},
	assets:  func(*comune) string { return "immagini/" },
	robots:  robots{lines: []rule{{false, "/stampa.asp"}, {false, "/cerca.asp"}, {false, "/calendario.asp"}}, delay: ""},
	print:   "/stampa.asp?id=1",
	route: func(c *comune, key string) string {
		return fmt.Sprintf("/pagina.asp?menu=%s&idPagina=%d", strings.ToUpper(kind(key)[:2]), 100+c.numberOf(key))
	},
}
