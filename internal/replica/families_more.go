package replica

// This file describes ten families more.

import (
	"fmt"
	"strings"
)

var peopleweb = family{
	id: PeopleWeb, template: "peopleweb", server: "Microsoft-IIS/10.0", charset: "utf-8", relative: true, unmarkedDeclaration: true,
	login:   "/servizi/filodiretto2/Login.Aspx?CE={cat}&ACCESSO=C",
	headers: map[string]string{"X-Powered-By": "ASP.NET", "X-AspNet-Version": "4.0.30319", "Set-Cookie": "ASP.NET_SessionId=m3k0vbd2x1; path=/; secure; HttpOnly; SameSite=Lax"},
	assets:  func(*comune) string { return `assets\` },
	robots:  robots{lines: []rule{{false, "/Stampa"}, {false, "/Ricerca"}, {false, "/admin/"}}},
	print:   "/Stampa?ID=1",
	route: func(c *comune, key string) string {
		n := c.numberOf(key)
		switch kind(key) {
		case "topic":
			return fmt.Sprintf("/Dettaglioargomenti?IDCategoria=%d", 11+n)
		case "newsitem":
			return fmt.Sprintf("/Dettaglionews?IDNews=%d", 5200+n)
		case "service":
			return fmt.Sprintf("/Dettaglioservizi?IDServizio=%d", n)
		case "office":
			return fmt.Sprintf("/Dettagliouffici?IDUfficio=%d", n)
		case "sitemap":
			return "/Mappasito"
		case "online":
			return "/areaRiservata"
		case "management", "news", "services", "live":
			return fmt.Sprintf("/Menu?IDVoceMenu=%d", n)
		}
		return fmt.Sprintf("/Paginedelcomune?ID=%d", 20+n)
	},
}

var opencity = family{
	id: OpenCity, template: "opencity", server: "nginx", charset: "utf-8", onSite: true, login: "/accedi",
	headers: map[string]string{"X-Powered-By": "eZ Publish", "Set-Cookie": "eZSESSID=9c1b7e; path=/; secure; HttpOnly", "Vary": "Accept-Encoding"},
	assets: func(*comune) string {
		return "https://static.opencityitalia.it/extension/openpa_bootstrapitalia/design/"
	},
	robots: robots{lines: []rule{{false, "/content/search"}, {false, "/layout/set/"}, {false, "/user/"}, {false, "/*/(offset)/"}}},
	print:  "/layout/set/print/pagina", gzip: true,
	sections: map[string]string{
		"newsitem": "/Novita/Notizie", "notices": "/Novita/Avvisi", "press": "/Novita/Comunicati", "news": "/Novita", "service": "/Servizi", "services": "/Servizi",
		"office": "/Amministrazione/Uffici", "offices": "/Amministrazione/Uffici", "management": "/Amministrazione", "topic": "/Argomenti", "topics": "/Argomenti",
		"event": "/Vivere-il-comune/Eventi", "events": "/Vivere-il-comune/Eventi", "place": "/Vivere-il-comune/Luoghi", "places": "/Vivere-il-comune/Luoghi",
		"live": "/Vivere-il-comune", "at": "/Amministrazione-Trasparente", "privacy": "/Privacy", "legal": "/Note-legali", "faq": "/faq",
	},
}

var drupal = family{
	id: Drupal, template: "drupal", server: "Apache/2.4.62 (Debian)", charset: "UTF-8", login: "/action:{cat}:area.personale",
	headers: map[string]string{"X-Drupal-Dynamic-Cache": "MISS", "X-Drupal-Cache": "HIT", "X-Generator": "Drupal 10 (https://www.drupal.org)", "Content-language": "it"},
	assets:  func(*comune) string { return "/themes/custom/comune_theme/" },
	robots:  robots{lines: []rule{{false, "/core/"}, {true, "/core/*.css$"}, {false, "/admin/"}, {false, "/user/login"}, {false, "/search/"}, {false, "/print/"}}},
	print:   "/print/view/pdf", gzip: true,
	route: func(c *comune, key string) string {
		switch kind(key) {
		case "newsitem", "event", "place":
			return fmt.Sprintf("/node/%d", 800+c.numberOf(key))
		}
		return ""
	},
	sections: map[string]string{"service": "/servizi", "office": "/amministrazione/aree/uffici", "topic": "/argomenti", "at": "/amministrazione-trasparente"},
}

var plone = family{
	id: Plone, template: "plone", server: "nginx/1.25.3", charset: "utf-8", absolute: true, login: "/login-cittadino",
	headers: map[string]string{"X-Powered-By": "Volto", "Via": "1.1 varnish"},
	assets:  func(c *comune) string { return c.base() + "/++resource++design.plone.theme/" },
	robots:  robots{lines: []rule{{false, "/*/@@search"}, {false, "/*/sendto_form$"}, {false, "/*/folder_contents"}, {false, "/stampa/"}}},
	print:   "/stampa/@@print", gzip: true,
	sections: map[string]string{
		"newsitem": "/novita/notizie", "service": "/servizi", "office": "/amministrazione/uffici", "offices": "/amministrazione/uffici", "topic": "/argomenti",
		"event": "/vivere-il-comune/eventi", "place": "/vivere-il-comune/luoghi", "live": "/vivere-il-comune", "at": "/amministrazione-trasparente",
	},
}

var joomla = family{
	id: Joomla, template: "joomla", server: "Apache", charset: "utf-8", plain: true, entrance: "Servizi online", login: "/index.php?option=com_accesso&Itemid=101",
	headers: map[string]string{"X-Powered-By": "PHP/7.4.33", "Set-Cookie": "b4f1c2d3e4=0h7k; path=/; HttpOnly", "P3P": `CP="NOI ADM DEV PSAi COM NAV OUR OTRo STP IND DEM"`},
	assets:  func(*comune) string { return "/templates/comune_j3/" },
	robots:  robots{lines: []rule{{false, "/administrator/"}, {false, "/bin/"}, {false, "/cache/"}, {false, "/component/mailto/"}, {false, "/*&tmpl=component"}}},
	print:   "/index.php?option=com_content&view=article&id=1&tmpl=component&print=1",
	route: func(c *comune, key string) string {
		n := c.numberOf(key)
		switch kind(key) {
		case "newsitem":
			return fmt.Sprintf("/index.php/notizie/%d-%s", 300+n, slug(c.title(key), "-"))
		case "at":
			return fmt.Sprintf("/index.php?option=com_content&view=category&id=%d&Itemid=240", 60+n)
		}
		return fmt.Sprintf("/index.php?option=com_content&view=article&id=%d&Itemid=%d", 40+n, 101+n%40)
	},
}

var liferay = family{
	id: Liferay, template: "liferay", server: "Apache-Coyote/1.1", charset: "UTF-8", plain: true, entrance: "Sportello telematico", entry: "/web/guest/home",
	login:   "/web/guest/accesso?p_p_id=58&p_p_lifecycle=0&p_p_state=maximized",
	headers: map[string]string{"Liferay-Portal": "Liferay Community Edition Portal 7.4.3 CE GA3", "Set-Cookie": "JSESSIONID=AF31; Path=/; Secure; HttpOnly"},
	assets:  func(*comune) string { return "/o/comune-theme/" },
	robots:  robots{lines: []rule{{false, "/c/"}, {false, "/group/"}, {false, "/*p_p_state=pop_up"}}},
	print:   "/web/guest/home?p_p_id=101&p_p_state=pop_up",
	route: func(c *comune, key string) string {
		if kind(key) == "newsitem" {
			return fmt.Sprintf("/web/guest/novita?p_p_id=com_liferay_asset_publisher_web_portlet_AssetPublisherPortlet&assetEntryId=%d", 90100+c.numberOf(key))
		}
		return ""
	},
	sections: map[string]string{
		"service": "/web/guest/servizi", "office": "/web/guest/uffici", "topic": "/web/guest/argomenti", "event": "/web/guest/eventi", "place": "/web/guest/luoghi",
		"at": "/web/guest/trasparenza",
	},
}

var magnolia = family{
	id: Magnolia, template: "magnolia", server: "Apache", charset: "UTF-8", entry: "/home.html", twoHops: true, login: "/portale/accesso",
	headers: map[string]string{"X-Magnolia-Registration": "Registered", "Cache-Control": "max-age=600, public"},
	assets:  func(*comune) string { return "/.resources/comuni/webresources/" },
	robots:  robots{lines: []rule{{false, "/.magnolia/"}, {false, "/home/stampa"}, {true, "/.resources/"}}},
	print:   "/home/stampa.html", validates: true,
	sections: map[string]string{
		"newsitem": "/home/novita/notizie", "service": "/home/servizi/scheda", "office": "/home/amministrazione/uffici", "topic": "/home/argomenti",
		"event": "/home/vivere/eventi", "place": "/home/vivere/luoghi", "at": "/home/amministrazione-trasparente",
	},
	tail: func(*comune, string) string { return ".html" },
}

var myportal = family{
	id: MyPortal, template: "myportal", server: "nginx", charset: "utf-8", entry: "/myportal/{IPA}/home", login: "/myportal/accesso?ente={CAT}",
	headers: map[string]string{"X-Frame-Options": "SAMEORIGIN"},
	assets:  func(c *comune) string { return "/myportal/" + strings.ToUpper(c.ipa) + "/assets/" },
	robots:  robots{lines: []rule{{false, "/myportal/*/stampa"}, {false, "/myportal/*/ricerca"}}},
	print:   "/myportal/x/stampa", gzip: true,
	prefix: "/myportal/{IPA}",
	sections: map[string]string{
		"newsitem": "/novita/dettaglio", "service": "/servizi/dettaglio", "office": "/uffici/dettaglio", "topic": "/argomenti", "event": "/eventi/dettaglio",
		"place": "/luoghi/dettaglio", "at": "/trasparenza",
	},
}

var agendasmart = family{
	id: AgendaSmart, template: "agendasmart", server: "nginx", charset: "UTF-8", login: "/login",
	headers: map[string]string{"Cache-Control": "no-cache, private", "Set-Cookie": "laravel_session=eyJpdiI6; expires=Fri, 01 Jan 2027 00:00:00 GMT; path=/; secure; httponly; samesite=lax"},
	assets:  func(*comune) string { return "/bi-theme/" },
	robots:  robots{lines: []rule{{false, "/stampa"}, {false, "/agenda-smart/slot"}}},
	print:   "/stampa/pagina",
	sections: map[string]string{
		"newsitem": "/notizie", "service": "/servizi", "office": "/uffici", "topic": "/argomenti", "event": "/eventi", "place": "/luoghi", "booking": "/agenda-smart",
		"at": "/trasparenza",
	},
}

// shell is an application that JavaScript fills. Its compliant variant is
// rendered on the server as well, so that it can be read; the others are empty.
var shell = family{
	id: Shell, template: "shell", server: "nginx", charset: "utf-8", login: "/accesso", entry: "",
	assets: func(*comune) string { return "/assets/" },
	robots: robots{lines: []rule{{false, "/stampa"}}},
	print:  "/stampa/pagina",
	sections: map[string]string{
		"newsitem": "/it/notizie", "service": "/it/servizi", "office": "/it/uffici", "topic": "/it/argomenti", "event": "/it/eventi", "place": "/it/luoghi", "at": "/it/trasparenza",
	},
}
