package replica

// This file says what is true of the duties and good practices of
// traits_further.go.

// furtherChecks are the identifiers it speaks of that need the pages.
var furtherChecks = []string{
	"albo-pretorio", "privacy", "dpo", "cookies", "open-data", "social", "online-services", "booking", "report-issue",
	"thematic-sites", "digital-plan", "licence", "design-model", "anpr", "eidas", "web-analytics",
}

func (c *comune) furtherTruths(add adder) {
	c.boardTruth(add)
	c.noticeTruths(add)
	c.entryTruths(add)
	c.publishingTruths(add)
	c.modelTruth(add)
	c.eidasTruth(add)
}

// mayBeOpen lets a red that needs Amministrazione Trasparente read be left open
// where a visitor may not get there.
func (c *comune) mayBeOpen() []string {
	return alsoIf(!c.readable() && c.t.transparency != atTopic || c.t.transparency == atVendor, "unknown")
}

// unscriptedTruths are what holds where the scripts that write header and footer
// answer errors: what is in the page itself may be seen, and nothing is absent.
func (c *comune) unscriptedTruths(add adder) {
	for _, id := range furtherChecks {
		add(id, "the scripts that write header and footer cannot be read", Expected{Verdict: Undecidable, Also: []string{"info"}})
	}
}

func (c *comune) boardTruth(add adder) {
	const id = "albo-pretorio"
	switch c.t.albo {
	case alboPage, alboSupplier:
		add(id, "the home page leads to the notice board", Expected{Verdict: "pass", Value: "home"})
	case alboInner:
		add(id, "the page of documents leads to the notice board", Expected{Verdict: "pass", Value: "inner_page"})
	case alboArchive:
		add(id, "the only notice board ended in 2019", Expected{Verdict: "warn", Also: append(c.mayBeOpen(), "fail"), Reason: "archive_only"})
	case alboNone:
		add(id, "other registers are called albo; a notice board there is none", Expected{Verdict: "fail", Also: c.mayBeOpen(), Reason: "not_found"})
	}
}

func (c *comune) noticeTruths(add adder) {
	switch c.t.privacy {
	case privacyPage:
		add("privacy", "the footer leads to the notice", Expected{Verdict: "pass"})
	case privacySupplier:
		add("privacy", "the footer leads to a notice on a supplier's host", Expected{Verdict: "pass"})
	case privacyHash:
		add("privacy", "the words are there, the address is #: a script may open it", Expected{Verdict: Undecidable, Also: []string{"fail"}})
	case privacyCookies:
		add("privacy", "only a notice on cookies", Expected{Verdict: "fail", Reason: "not_found"})
	}
	const id = "dpo"
	switch {
	case c.t.privacy != privacyPage:
		// Nothing else on these sites names the officer but the news.
		add(id, "the notice cannot be read", Expected{Verdict: Undecidable, Also: []string{"fail", "warn"}})
	case c.t.dpo == dpoInNotice:
		add(id, "the notice gives an address", Expected{Verdict: "pass"})
	case c.t.dpo == dpoOwnPage:
		add(id, "the notice leads to a page with an address", Expected{Verdict: "pass"})
	case c.t.dpo == dpoBare:
		add(id, "the notice says that there is one, and no more", Expected{Verdict: "warn", Also: append(c.mayBeOpen(), "fail"), Reason: "contact_missing"})
	case c.t.dpo == dpoSupplier:
		add(id, "the address is of the supplier's own officer; the news speak of the comune's", Expected{Verdict: "fail", Also: append(c.mayBeOpen(), "warn"), Reason: "not_found"})
	default:
		add(id, "the notice names none; the news speak of one", Expected{Verdict: "fail", Also: append(c.mayBeOpen(), "warn"), Reason: "not_found"})
	}
}

// entryTruths are of what citizens can do on the site.
func (c *comune) entryTruths(add adder) {
	if c.t.described {
		add("online-services", "services are described, none is seen to be entered", Expected{Verdict: Undecidable, Also: []string{"info"}})
	} else {
		add("online-services", "the page of services leads to those that are entered on the net", Expected{Verdict: "info", Value: c.onlineValue()})
	}
	switch c.t.booking {
	case bookingPage:
		add("booking", "the site leads to bookings", Expected{Verdict: "pass"})
	case bookingPhone:
		add("booking", "the words lead to a telephone number", Expected{Verdict: "warn", Reason: "contact_only"})
	case bookingCard:
		add("booking", "only the identity card has bookings", Expected{Verdict: "warn", Reason: "one_service_only"})
	case bookingNone:
		// A news item speaks of the identity card's.
		add("booking", "only meeting rooms can be booked", Expected{Verdict: "warn"})
	}
	switch c.t.report {
	case reportPage:
		add("report-issue", "the site leads to reports", Expected{Verdict: "pass"})
	case reportMail:
		add("report-issue", "the words lead to a mail address, which will do", Expected{Verdict: "pass"})
	case reportLamp:
		add("report-issue", "only street lamps can be reported", Expected{Verdict: "warn", Reason: "one_service_only"})
	case reportNone:
		add("report-issue", "only offences can be reported", Expected{Verdict: "warn", Reason: "no_entry_found"})
	}
}

// publishingTruths are of what the comune publishes and loads.
func (c *comune) publishingTruths(add adder) {
	switch c.t.cookies {
	case cookiesNone:
		add("cookies", "nothing of others is loaded", Expected{Verdict: "info", Reason: "none_seen"})
	case cookiesNational:
		add("cookies", "the national web analytics follow nobody", Expected{Verdict: "info", Reason: "none_seen"})
	case cookiesConsent:
		add("cookies", "a tool asks before the other service is loaded", Expected{Verdict: "info", Reason: "third_party_with_consent"})
	case cookiesTracker:
		if c.family == PeopleWeb || c.family == ComWeb {
			add("cookies", "this family brings a tool, or a bar, that asks", Expected{Verdict: "info", Reason: "third_party_with_consent"})
			break
		}
		add("cookies", "a service that follows visitors, and nothing that asks", Expected{Verdict: "warn", Reason: "third_party_before_consent"})
	}
	if c.t.cookies == cookiesNational {
		add("web-analytics", "the national web analytics", Expected{Verdict: "info", Value: "wai"})
	} else {
		add("web-analytics", "a site cannot show what its server counts", Expected{Verdict: Undecidable})
	}
	switch c.t.openData {
	case dataPage:
		add("open-data", "a page with files, metadata and an interface", Expected{Verdict: "pass", Value: "api"})
	case dataPortal:
		add("open-data", "the comune's page on the national portal", Expected{Verdict: "pass", Value: "published"})
	case dataEmpty:
		add("open-data", "a page on open data without any", Expected{Verdict: "warn", Reason: "catalogue_empty"})
	default:
		add("open-data", "a site cannot show that there are none", Expected{Verdict: Undecidable})
	}
	switch {
	case c.t.noProfile:
		add("social", "buttons that share, and the region's profile", Expected{Verdict: "info", Value: "none"})
	case c.family == Table:
		add("social", "this layout shows no profiles", Expected{Verdict: "info", Value: "none"})
	default:
		add("social", "profiles in header and footer", Expected{Verdict: "info", Value: "facebook telegram youtube"})
	}
	if c.t.othersToo {
		add("thematic-sites", "the sites linked are others'", Expected{Verdict: Undecidable})
	} else {
		add("thematic-sites", "a site for visitors under the place's name", Expected{Verdict: "info", Value: "tourism"})
	}
	switch c.t.plan {
	case planFile, planPage:
		add("digital-plan", "a plan of the comune's own", Expected{Verdict: "pass"})
	default:
		add("digital-plan", "the State's plan, or another plan", Expected{Verdict: Undecidable})
	}
	switch c.t.licence {
	case licenceOpen:
		add("licence", "the legal notes open the contents", Expected{Verdict: "pass", Value: "cc-by-4.0"})
	case licenceRestricted:
		add("licence", "the licence forbids commercial use", Expected{Verdict: "warn", Reason: "other_licence"})
	case licenceReserved:
		add("licence", "all rights are reserved", Expected{Verdict: "warn", Reason: "rights_reserved"})
	case licenceUnsaid:
		add("licence", "the legal notes name no licence", Expected{Verdict: "warn", Reason: "not_found"})
	}
	if c.t.noANPR {
		add("anpr", "the register is in the news alone", Expected{Verdict: "info", Value: "not_linked"})
	} else {
		add("anpr", "a link to the register", Expected{Verdict: "info", Value: "linked"})
	}
}

// modelTruth is of the national model: the families that have its markers, menu
// and toolkit; those that lack the toolkit; those older than it.
func (c *comune) modelTruth(add adder) {
	const id = "design-model"
	switch c.family {
	case Table, Joomla, Liferay:
		add(id, "older than the model: no markers but those of a widget", Expected{Verdict: "warn"})
	case Drupal, Plone, Magnolia, Shell:
		add(id, "the markers and the menu, without the toolkit", Expected{Verdict: "warn", Reason: "model_partial"})
	default:
		add(id, "markers, menu and toolkit", Expected{Verdict: "pass", Also: alsoIf(c.t.unmarked || c.variant != Compliant, "warn")})
	}
}

func (c *comune) domainTruth(add adder) {
	const id = "domain"
	switch {
	case c.folder != "":
		add(id, "a folder of a supplier's host, under .test", Expected{Verdict: "not_applicable", Also: []string{"warn"}})
	case c.t.domain == domainTest:
		add(id, "a name under .test, which no registry gives away", Expected{Verdict: "not_applicable", Also: []string{"warn"}})
	case c.t.domain == domainGov:
		add(id, "under the name kept for central bodies", Expected{Verdict: "warn", Reason: "gov_domain"})
	default:
		add(id, "the form kept for comuni", Expected{Verdict: "pass"})
	}
}

func (c *comune) eidasTruth(add adder) {
	switch c.t.login {
	case loginBoth:
		add("eidas", "the login shows eIDAS", Expected{Verdict: "pass"})
	case loginSPID, loginBeside, loginLegacy:
		add("eidas", "the login shows other methods", Expected{Verdict: "warn"})
	default:
		add("eidas", "the login's methods cannot be seen", Expected{Verdict: Undecidable})
	}
}
