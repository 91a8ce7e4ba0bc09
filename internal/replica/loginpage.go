package replica

// This file writes the citizens' login and the gateways it leads to.

import "strings"

// methods says what a login page offers.
type methods struct {
	SPID, CIE, EIDAS, Password bool
	Gateway                    string // address of a regional gateway
	Providers                  []provider
}

// provider is an identity provider of SPID, as the official button lists it.
type provider struct{ ID, Name string }

var providers = []provider{
	{"arubaid", "Aruba ID"},
	{"infocertid", "InfoCert ID"},
	{"lepidaid", "Lepida ID"},
	{"namirialid", "Namirial ID"},
	{"posteid", "Poste ID"},
	{"sielteid", "Sielte ID"},
	{"spiditalia", "SPIDItalia"},
	{"timid", "TIM ID"},
}

// gateway is a regional identity gateway: it shows its methods after a click.
type gateway struct{ host, path string }

var gateways = []gateway{
	{"cohesion2.regione.marche.it", "/SPManager/WAYF.aspx?auth={ipa}"},
	{"federa.lepida.it", "/gw/SSOProxy/SAML2?ente={ipa}"},
	{"login.regione.umbria.it", "/gw/wayf?ente={ipa}"},
	{"myid.regione.veneto.it", "/gw/idp/login?ente={ipa}"},
}

func (c *comune) methods() methods {
	m := methods{Providers: providers}
	switch c.t.login {
	case loginBoth:
		m.SPID, m.CIE, m.EIDAS = true, true, true
	case loginSPID:
		m.SPID = true
	case loginBeside:
		m.SPID, m.CIE, m.Password = true, true, true
	case loginLegacy:
		m.Password = true
	case loginGateway:
		g := gateways[c.number%len(gateways)]
		m.Gateway = "https://" + g.host + strings.ReplaceAll(g.path, "{ipa}", c.ipa)
	}
	return m
}

// loginPage is the login page's bytes. It is UTF-8 whatever the site is: the
// service comes from another maker.
func (c *comune) loginPage() ([]byte, error) {
	modern := &municipium
	if c.t.login == loginShell {
		return modern.write("login-shell", c.view("online"))
	}
	v := c.view("online")
	v.Methods = c.methods()
	return modern.write("login", v)
}
