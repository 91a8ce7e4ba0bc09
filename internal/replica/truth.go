package replica

// This file says what is true of each comune, from its traits and its fault
// alone. It is written after the interface's rules on verdicts, in strings, and
// never looks at a page.

import (
	"slices"
	"time"
)

// Undecidable is the verdict of a truth that no honest look can settle: any
// verdict but unknown would claim more than the site shows.
const Undecidable = "undecidable"

// Truth is what one check must say of one comune, after the first visit, with
// IPA's RTD data set at hand.
type Truth struct {
	Istat string
	Check string
	Expected
	Unasked *Expected // where AgID was not asked and that changes what can be known
	Why     string    // the ground, for the reader of a failing test
}

// Expected is a verdict and what else would be as right.
type Expected struct {
	Verdict string   // pass, warn, fail, info or Undecidable
	Also    []string // verdicts that are right as well
	Reason  string   // the reason code, where only one is right
	Value   string   // the value, where there is one (the platform's identifier, the source of the RTD)
}

// Accepts tells whether a verdict is right.
func (e Expected) Accepts(verdict string) bool {
	if e.Verdict == Undecidable && verdict == "unknown" {
		return true
	}
	return verdict == e.Verdict || slices.Contains(e.Also, verdict)
}

// Definite tells whether the check can and must come to a verdict.
func (e Expected) Definite() bool {
	return e.Verdict != Undecidable && !slices.Contains(e.Also, "unknown")
}

// Comune is one invented comune as others see it.
type Comune struct {
	Istat, IPA, Name, Province, TaxCode string
	Host                                string
	Population                          int
	Family                              Family
	Variant                             Variant
	Fault                               Fault
	Reach                               []string // what a visit must come to; one of them
	PEC                                 string   // that of IPA
	SignedInto                          []string // services entered where citizens sign in with SPID or CIE
}

// Comuni lists the comuni as they stand, in ISTAT order of the roster.
func (it *Italy) Comuni() []Comune {
	var out []Comune
	for _, c := range it.all() {
		x := Comune{
			Istat: c.istat, IPA: c.ipa, Name: c.name, Province: c.province.Code, TaxCode: c.taxCode, Host: c.host, Population: c.population,
			Family: c.family, Variant: c.variant, Fault: c.fault, Reach: c.fault.reach(), PEC: c.pec,
		}
		if c.t.signedIn && c.t.login == loginBoth {
			x.SignedInto = []string{"nursery"}
		}
		out = append(out, x)
	}
	return out
}

// Truths is what is true of every comune as it stands. A pair of comune and
// check that is not listed may be judged either way.
func (it *Italy) Truths() []Truth {
	var out []Truth
	for _, c := range it.all() {
		out = append(out, c.truths()...)
	}
	return out
}

// allChecks are the identifiers the truth speaks of.
var allChecks = []string{
	"accessibility-declaration", "accessibility-objectives", "rtd", "cms", "spid", "cie", "legacy-login", "pagopa", "app-io", "transparency",
}

func (c *comune) truths() []Truth {
	var out []Truth
	add := func(check, why string, e Expected) *Truth {
		out = append(out, Truth{Istat: c.istat, Check: check, Expected: e, Why: why})
		return &out[len(out)-1]
	}
	if c.fault != FaultNone {
		for _, id := range append(slices.Clone(allChecks), furtherChecks...) {
			add(id, "the site cannot be looked at: "+string(c.fault), Expected{Verdict: Undecidable})
		}
		c.faultTruths(add)
		return out
	}
	add("registry-site", "the address in IPA leads to the site", Expected{Verdict: "pass", Also: alsoIf(c.raw != rawBare && c.raw != rawHTTPS, "warn")})
	c.httpsTruth(add)
	c.domainTruth(add)
	c.cmsTruth(add)
	if c.t.scriptsGone {
		// Header and footer come from scripts that answer 500: whatever they
		// would have shown was not seen, so nothing is absent.
		for _, id := range allChecks {
			if id != "cms" && id != "pagopa" && id != "app-io" {
				add(id, "the scripts that write header and footer cannot be read", Expected{Verdict: Undecidable})
			}
		}
		c.unscriptedTruths(add)
		return out
	}
	c.declarationTruth(add)
	c.objectivesTruth(add)
	c.rtdTruth(add)
	c.loginTruths(add)
	c.paymentTruths(add)
	c.transparencyTruth(add)
	c.furtherTruths(add)
	return out
}

type adder func(check, why string, e Expected) *Truth

func alsoIf(cond bool, verdicts ...string) []string {
	if cond {
		return verdicts
	}
	return nil
}

// faultTruths are the two checks that judge the visit itself.
func (c *comune) faultTruths(add adder) {
	switch c.fault {
	case FaultNoSite:
		add("registry-site", "IPA has no address", Expected{Verdict: "fail", Reason: "no_url_in_registry"})
		add("https", "there is nothing to connect to", Expected{Verdict: Undecidable})
	case FaultBadURL:
		add("registry-site", "IPA has an e-mail address", Expected{Verdict: "fail", Reason: "bad_url"})
		add("https", "there is nothing to connect to", Expected{Verdict: Undecidable})
	case FaultNXDomain:
		add("registry-site", "one night without an answer from DNS proves nothing yet; the third does", Expected{Verdict: Undecidable, Also: []string{"warn"}})
		add("https", "nothing could be connected to", Expected{Verdict: Undecidable})
	case FaultServFail, FaultSilentDNS, FaultRefused, FaultReset, FaultConnTimeout:
		add("https", "nothing answered on either port", Expected{Verdict: Undecidable})
	case FaultExpired:
		add("https", "the certificate has expired", Expected{Verdict: "fail", Reason: "tls_expired"})
	case FaultWrongName:
		add("https", "the certificate is another host's", Expected{Verdict: "fail", Reason: "tls_wrong_name"})
	case FaultUntrusted:
		add("https", "the authority is unknown: a browser with another store might know it", Expected{Verdict: "warn", Reason: "tls_untrusted"})
	case FaultOldProtocol, FaultHandshake:
		add("https", "no handshake by today's protocols", Expected{Verdict: "warn", Reason: "tls_protocol"})
	}
}

func (c *comune) httpsTruth(add adder) {
	well := "good certificate, http leads to https"
	switch c.t.https {
	case httpsAbsent:
		add("https", "port 443 refuses while http answers", Expected{Verdict: "fail"})
	case httpsChainShort:
		add("https", "the server leaves its intermediate certificate out", Expected{Verdict: "warn"})
	case httpsAlone:
		well = "good certificate, nothing is served over http"
		fallthrough
	case httpsProper, httpsNoRedirect, httpsPagesLead:
		switch {
		case c.t.expiring && c.folder == "":
			add("https", "the certificate ends in five days", Expected{Verdict: "warn", Reason: "expires_soon"})
		case c.t.https == httpsNoRedirect:
			add("https", "https is well, http does not lead to it", Expected{Verdict: "warn", Reason: "no_redirect"})
		case !c.t.hsts:
			add("https", well+", and nothing keeps browsers there", Expected{Verdict: "pass", Reason: "no_hsts"})
		default:
			add("https", well, Expected{Verdict: "pass"})
		}
	}
}

func (c *comune) cmsTruth(add adder) {
	if c.family == Shell {
		add("cms", "an application of nobody's platform", Expected{Verdict: Undecidable, Also: []string{"info"}})
		return
	}
	if c.family == Table {
		add("cms", "no mark of a platform is on the pages", Expected{Verdict: Undecidable})
		return
	}
	if c.t.unmarked {
		add("cms", "the platform's definitive marks are gone; its routes may still tell, and nothing tells of another", Expected{Verdict: Undecidable, Also: []string{"info"}, Value: string(c.family)})
		return
	}
	add("cms", "the pages carry the platform's marks", Expected{Verdict: "info", Value: string(c.family)})
}

// grace is how long after 23 September a declaration that was not reviewed is
// due rather than missing.
const grace = 30 * 24 * time.Hour

func (c *comune) declarationTruth(add adder) {
	const id = "accessibility-declaration"
	late := alsoIf(c.day.Before(lastDeadline(c.day).Add(grace)), "warn")
	switch c.t.declaration {
	case declNew, declNewSlash, declWrapped, declImage, declOdd:
		add(id, "a link in the footer to a publication under the body's own IPA code", Expected{Verdict: "pass"})
	case declOldUpdated:
		t := add(id, "an old link that AgID resolves to a publication updated in this cycle", Expected{Verdict: "pass"})
		t.Unasked = &Expected{Verdict: "warn", Reason: "stale_suspect"}
	case declOldStale:
		t := add(id, "an old link made two cycles ago that AgID does not know", Expected{Verdict: "fail", Also: late, Reason: "stale"})
		t.Unasked = &Expected{Verdict: "warn", Reason: "stale_suspect"}
	case declNewStale:
		t := add(id, "AgID's own date is of two cycles ago", Expected{Verdict: "fail", Reason: "stale"})
		t.Unasked = &Expected{Verdict: "pass"}
	case declGone:
		t := add(id, "AgID does not know the publication; a second night decides", Expected{Verdict: "warn", Also: []string{"unknown"}, Reason: "declaration_not_found"})
		t.Unasked = &Expected{Verdict: "pass"}
	case declUnheard:
		t := add(id, "AgID has an error where it should say what the old link has become", Expected{Verdict: Undecidable, Also: []string{"warn"}})
		t.Unasked = &Expected{Verdict: "warn", Reason: "stale_suspect"}
	case declTemplate:
		t := add(id, "the publication is a stranger's, copied with the template", Expected{Verdict: "warn", Also: []string{"fail"}})
		t.Unasked = &Expected{Verdict: "warn"}
	case declOneHop:
		add(id, "the publication is linked one click from the home page", Expected{Verdict: "warn", Reason: "not_linked_from_home"})
	case declInternalOnly:
		add(id, "a page of the site speaks of a declaration and links none", Expected{Verdict: "fail"})
	case declPlaceholder:
		add(id, "the words are there, the address is #", Expected{Verdict: "fail"})
	case declOtherBody:
		add(id, "the publication is the union's", Expected{Verdict: "warn", Reason: "other_body"})
	case declOtherAsset:
		add(id, "the publication is about the app", Expected{Verdict: "warn", Reason: "other_asset"})
	default:
		add(id, "no link to a publication in a page read in full", Expected{Verdict: "fail"})
	}
}

// readable tells whether a visitor gets into Amministrazione Trasparente from
// the home page.
func (c *comune) readable() bool {
	switch c.t.transparency {
	case atLink, atTwo, atNoindex, atVendor:
		return true
	}
	return false
}

// atSupplier lets a truth that is read on a vendor's portal be left open as well:
// how many pages a visitor reads off the site is for the visitor to say.
func (c *comune) atSupplier(add adder) adder {
	if c.t.transparency != atVendor {
		return add
	}
	return func(check, why string, e Expected) *Truth {
		e.Also = append(e.Also, "unknown")
		return add(check, why, e)
	}
}

func (c *comune) objectivesTruth(add adder) {
	const id = "accessibility-objectives"
	add = c.atSupplier(add)
	reachable := c.readable()
	switch {
	case c.t.objectives == objFooter:
		add(id, "this year's objectives are linked in the footer", Expected{Verdict: "pass"})
	case c.t.objectives == objInAT && reachable:
		add(id, "this year's objectives are under Altri contenuti", Expected{Verdict: "pass"})
	case !reachable:
		add(id, "Altri contenuti cannot be read from the home page", Expected{Verdict: Undecidable, Also: alsoIf(c.t.objectives == objOld, "warn", "fail")})
	case c.t.objectives == objOld:
		add(id, "only the objectives of three years ago", Expected{Verdict: "fail", Also: []string{"warn"}})
	default:
		add(id, "no objectives in the footer nor under Altri contenuti", Expected{Verdict: "fail"})
	}
}

func (c *comune) rtdTruth(add adder) {
	add = c.atSupplier(add)
	reachable := c.readable()
	named := c.t.rtdSite == siteNotes || reachable && (c.t.rtdSite == siteOffices || c.t.rtdSite == siteCatalogue || c.t.rtdSite == siteFormer)
	switch {
	case c.t.rtdRow == rowNamed && c.t.rtdSite == siteFormer:
		add("rtd", "IPA names a person, the site another by a decree of 2018", Expected{Verdict: "pass", Value: "ipa"})
	case c.t.rtdRow == rowNamed:
		add("rtd", "IPA names a person", Expected{Verdict: "pass", Value: "ipa"})
	case c.t.rtdRow == rowUnion:
		add("rtd", "the union's row names a person; Articolazione degli uffici, or the unions file, says who is a member", Expected{Verdict: "pass", Also: alsoIf(!reachable, "unknown"), Value: "ipa_union"})
	case named:
		add("rtd", "the site names a person, IPA does not", Expected{Verdict: "warn", Also: []string{"pass"}, Value: "site"})
	case !reachable:
		add("rtd", "IPA names nobody and Organizzazione cannot be read", Expected{Verdict: Undecidable, Also: []string{"warn"}})
	case c.t.contact:
		t := add("rtd", "nobody is named; the declaration gives an address of whoever is responsible", Expected{Verdict: "warn", Reason: "address_only", Value: "declaration"})
		t.Unasked = &Expected{Verdict: "fail", Reason: "rtd_not_identifiable", Also: alsoIf(c.t.transparency == atVendor, "unknown")}
	default:
		add("rtd", "IPA names nobody, nor does Organizzazione", Expected{Verdict: "fail", Reason: "rtd_not_identifiable"})
	}
}

func (c *comune) loginTruths(add adder) {
	switch c.t.login {
	case loginBoth, loginBeside:
		add("spid", "the login shows SPID", Expected{Verdict: "pass"})
		add("cie", "the login shows CIE", Expected{Verdict: "pass"})
	case loginSPID:
		add("spid", "the login shows SPID", Expected{Verdict: "pass"})
		add("cie", "the login shows SPID and no CIE", Expected{Verdict: "warn"})
	case loginGateway:
		add("spid", "the login leads to a regional gateway", Expected{Verdict: "pass", Reason: "via_gateway"})
		add("cie", "the login leads to a regional gateway", Expected{Verdict: "pass", Reason: "via_gateway"})
	case loginLegacy:
		add("spid", "user name and password alone", Expected{Verdict: "fail", Reason: "credentials_only"})
		add("cie", "user name and password alone", Expected{Verdict: "fail", Reason: "credentials_only"})
	case loginShell, loginHash:
		for _, id := range []string{"spid", "cie", "legacy-login"} {
			add(id, "the login's methods cannot be seen without JavaScript", Expected{Verdict: Undecidable})
		}
	case loginNone:
		for _, id := range []string{"spid", "cie"} {
			add(id, "no entry was found on pages read in full; pages about SPID are none", Expected{Verdict: "warn", Also: []string{"unknown"}, Reason: ""})
		}
	}
	switch c.t.login {
	case loginBoth, loginSPID, loginGateway:
		add("legacy-login", "the login asks for no password", Expected{Verdict: "pass", Also: alsoIf(c.t.login == loginGateway, "unknown", "not_applicable")})
	case loginBeside:
		add("legacy-login", "user name and password beside SPID and CIE", Expected{Verdict: "warn", Reason: "credentials_beside"})
	case loginLegacy:
		add("legacy-login", "user name and password alone", Expected{Verdict: "fail", Reason: "legacy_credentials"})
	}
}

func (c *comune) paymentTruths(add adder) {
	switch c.t.payments {
	case payTaxCode, payVendor, payImage:
		add("pagopa", "a link to a payment host", Expected{Verdict: "pass"})
	case payIBAN:
		add("pagopa", "a payments page that offers bank and postal account alone", Expected{Verdict: "fail"})
	case payProse:
		add("pagopa", "prose about pagoPA and nowhere to pay", Expected{Verdict: "warn"})
	case payNone:
		add("pagopa", "only what every site says of payments", Expected{Verdict: "warn", Also: []string{"unknown"}})
	}
	switch c.t.appIO {
	case ioLink:
		add("app-io", "a link to app IO with the body's name", Expected{Verdict: "pass"})
	case ioMention:
		// OpenCity sets the sentence below cards of the site's own words, which may
		// be a grant's: whether it speaks of the comune is then anybody's guess.
		add("app-io", "a service says that it writes to app IO", Expected{Verdict: "warn", Also: alsoIf(c.family == OpenCity, "unknown")})
	case ioBanner:
		add("app-io", "only the banner of the grant", Expected{Verdict: Undecidable, Also: []string{"warn"}})
	}
}

func (c *comune) transparencyTruth(add adder) {
	switch c.t.transparency {
	case atTopic:
		add("transparency", "only the topic Trasparenza amministrativa", Expected{Verdict: "fail"})
	case atVendor:
		add("transparency", "the link leads to the vendor's portal", Expected{Verdict: "pass", Also: []string{"warn"}})
	case atOnclick:
		add("transparency", "the link works by its onclick", Expected{Verdict: "pass", Also: []string{"warn"}})
	case atNoindex, atClosed:
		add("transparency", "linked, and closed to search engines", Expected{Verdict: "warn", Reason: "indexing_blocked"})
	default:
		add("transparency", "a link on the home page", Expected{Verdict: "pass"})
	}
}
