package crawler

import (
	"net/url"
	"strings"
	"testing"
)

func address(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAddressesThatAreNeverFetched(t *testing.T) {
	for raw, want := range map[string]string{
		"https://x.it/":                                  trapNone,
		"https://x.it/it/servizi":                        trapNone,
		"https://x.it/EG0/EGSCHTST28.HBL?en=eg123":       trapNone,
		"https://x.it/Dettaglioargomenti?IDCategoria=8":  trapNone,
		"https://x.it/c_d150/visitcremona.com/pagina":    trapNone,
		"https://x.it/index.php?option=com_content&id=3": trapNone,
		"https://x.it/servizi/cancellazione-anagrafica":  trapNone,
		"https://x.it/eventi/sagra-della-castagna":       trapNone,
		"https://x.it/web/guest/trasparenza?p_p_id=a&p_p_lifecycle=0&p_p_state=normal&p_p_mode=view": trapNone,

		"https://x.it/informativa.PDF":                                 trapDocument,
		"https://x.it/foto.jpeg?w=300":                                 trapDocument,
		"https://x.it/feed.xml":                                        trapDocument,
		"https://x.it/user/logout":                                     trapAction,
		"https://x.it/wp-login.php?action=logout&_wpnonce=1":           trapAction,
		"https://x.it/newsletter/unsubscribe?u=1":                      trapAction,
		"https://x.it/node/3/delete":                                   trapAction,
		"https://idp.it/sso?SAMLRequest=fZ":                            trapSignOn,
		"https://idp.it/auth?client_id=a&response_type=code&scope=x":   trapSignOn,
		"https://x.it/Shibboleth.sso/Login?entityID=https%3A%2F%2Fidp": trapSignOn,
		"https://x.it/calendario/2031-02-11":                           trapCalendar,
		"https://x.it/eventi?month=2027-03":                            trapCalendar,
		"https://x.it/notizie?f%5B0%5D=tema%3A3":                       trapFacet,
		"https://x.it/lista?orderby=titolo":                            trapFacet,
		"https://x.it/a/b/a/b/a/b":                                     trapGrowing,
		"https://x.it/" + strings.Repeat("a/b", 10):                    trapGrowing,
		"https://x.it/?q=" + strings.Repeat("a", maxURL):               trapGrowing,
	} {
		if got := trap(address(t, raw)); got != want {
			t.Errorf("%.80s: %q, want %q", raw, got, want)
		}
	}
}

func TestTheSiteIsItsHostsAndItsTenantsPath(t *testing.T) {
	for _, tt := range []struct {
		name, site string
		own, not   []string
	}{
		{
			name: "a comune's own host", site: "https://www.comune.prova.pg.it/",
			own: []string{"https://comune.prova.pg.it/a", "http://WWW.comune.prova.pg.it./b", "https://servizi.comune.prova.pg.it/", "https://www.comune.prova.pg.it:8443/x"},
			not: []string{"https://www.comune.altra.pg.it/", "https://comune.prova.pg.it.example.com/", "https://pg.it/", "https://xcomune.prova.pg.it/"},
		},
		{
			name: "a comune whose host is a registrable domain of itself", site: "https://www.comune.milano.it/wps/portal/ist",
			own: []string{"https://www.comune.milano.it/servizi", "https://servizi.comune.milano.it/"},
			not: []string{"https://www.atm.milano.it/", "https://milano.it/"},
		},
		{
			name: "a tenant of a vendor", site: "https://www.halley.example.com/c058023/hh/index.php",
			own: []string{"https://www.halley.example.com/c058023/", "https://halley.example.com/c058023", "https://www.halley.example.com/c058023/zf/index.php/x"},
			not: []string{"https://www.halley.example.com/", "https://www.halley.example.com/c0580231/", "https://x.halley.example.com/c058023/"},
		},
		{
			name: "a path that is no tenant's", site: "https://www.comune.prova.pg.it/hh/index.php",
			own: []string{"https://www.comune.prova.pg.it/zf/x"},
		},
	} {
		s := &scope{}
		s.add(address(t, tt.site))
		for _, raw := range tt.own {
			if !s.contains(address(t, raw)) {
				t.Errorf("%s: %s should be its own", tt.name, raw)
			}
		}
		for _, raw := range tt.not {
			if s.contains(address(t, raw)) {
				t.Errorf("%s: %s should not be its own", tt.name, raw)
			}
		}
	}
}
