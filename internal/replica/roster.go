package replica

// This file says which comuni there are.

import (
	"fmt"
)

// plan is what is decided about a comune before its details are drawn.
type plan struct {
	number   int // from 1 within its province
	province int // index into provinces
	name     string
	family   Family
	variant  Variant
	fault    Fault
	t        traits
	raw      rawSite
	tenant   bool // its site is a folder of a host that it shares with others
}

// rawSite is how IPA writes the address of the site.
type rawSite int

const (
	rawBare     rawSite = iota // www.comune.x.zz.test, as nine in ten are
	rawHTTPS                   // https://…
	rawHTTP                    // http://…/
	rawCapitals                // all capitals
	rawBroken                  // http//: for the scheme
	rawPath                    // with a generic path
	rawNoWWW                   // without www., although the site redirects there
)

// Province is one invented province. The prefixes of its ISTAT codes and its
// two letters belong to no real one.
type Province struct {
	Code   string // two letters
	Name   string
	Region string
	Prefix string // the first three digits of its comuni's ISTAT codes
}

// Provinces lists the invented provinces, 990 to 999.
func Provinces() []Province {
	return []Province{
		{"ZZ", "Replica di Levante", "Replica", "990"},
		{"ZY", "Replica di Ponente", "Replica", "991"},
		{"ZX", "Oltrarno Immaginario", "Replica", "992"},
		{"ZW", "Basse Finte", "Replica", "993"},
		{"ZV", "Marca Presunta", "Replica", "994"},
		{"ZU", "Terre Supposte", "Replica", "995"},
		{"ZT", "Alte Ipotesi", "Replica", "996"},
		{"ZS", "Riviera Apparente", "Replica", "997"},
		{"ZQ", "Val di Nulla", "Replica", "998"},
		{"ZP", "Costa Verosimile", "Replica", "999"},
	}
}

// mended is the plan of the same comune with everything put right.
func (p plan) mended() plan {
	name := p.t.domain
	p.variant, p.fault, p.t, p.raw = Compliant, FaultNone, traitsOf(Compliant), rawBare
	p.t.domain = name
	return p
}

// cast is the roster being written.
type cast struct {
	plans []plan
	next  [2]int
	names []string
}

func (k *cast) add(f Family, v Variant, changes ...func(*plan)) {
	p := plan{family: f, variant: v, t: traitsOf(v)}
	p.t.spread(len(k.plans), v)
	for _, ch := range changes {
		ch(&p)
	}
	if p.name == "" {
		p.name, k.names = k.names[0], k.names[1:]
	}
	k.next[p.province]++
	p.number = k.next[p.province]
	k.plans = append(k.plans, p)
}

func (k *cast) fault(f Family, fault Fault) {
	k.add(f, Compliant, func(p *plan) { p.fault = fault })
}

func with(change func(*traits)) func(*plan) { return func(p *plan) { change(&p.t) } }

func listed(r rawSite) func(*plan) { return func(p *plan) { p.raw = r } }

// roster is the small Italy of the demo and of the end-to-end tests: every
// family in its variants, every fault, every kind of trait at least once.
func roster(slow bool) []plan {
	k := &cast{names: append([]string(nil), rosterNames...)}
	firstFamilies(k)
	for _, f := range []struct {
		family Family
		fault  Fault
	}{
		{WordPress, FaultNoSite},
		{Table, FaultBadURL},
		{ComWeb, FaultNXDomain},
		{Table, FaultRefused},
		{WordPress, FaultExpired},
		{Municipium, FaultWrongName},
		{WordPress, FaultServerError},
		{WordPress, FaultChallenge},
		{Table, FaultRobots},
		{ComWeb, FaultRedirectLoop},
		{WordPress, FaultShell},
		{Table, FaultTooLarge},
		{WordPress, FaultMaintenance},
		{Table, FaultParked},
		{WordPress, FaultRateLimited},
	} {
		k.fault(f.family, f.fault)
	}
	for _, f := range []struct {
		family Family
		fault  Fault
	}{
		{Table, FaultServFail},
		{Table, FaultReset},
		{WordPress, FaultUntrusted},
		{Table, FaultOldProtocol},
		{WordPress, FaultHandshake},
		{ComWeb, FaultNotFound},
		{WordPress, FaultCaptcha},
		{Table, FaultRobotsError},
		{Table, FaultOffsite},
		{WordPress, FaultUnavailable},
		{Table, FaultDefaultPage},
	} {
		k.fault(f.family, f.fault)
	}
	moreFamilies(k)
	oddities(k)
	k.add(Table, Compliant, func(p *plan) { p.tenant = true })
	k.add(Table, Lacking, func(p *plan) { p.tenant, p.t.login = true, loginNone })
	if slow {
		for _, f := range []Fault{FaultSilentDNS, FaultConnTimeout, FaultDrip} {
			k.fault(Table, f)
		}
	}
	return k.plans
}

// firstFamilies adds the five vendor families of the main job.
func firstFamilies(k *cast) {
	k.add(Municipium, Compliant)
	k.add(HGATE, Compliant, with(func(t *traits) { t.transparency = atOnclick; t.payments = payImage; t.rtdSite = siteNotes }))
	k.add(ComWeb, Compliant, with(func(t *traits) {
		t.declaration = declOldUpdated
		t.transparency = atTwo
		t.payments = payVendor
		t.https = httpsPagesLead
	}), listed(rawHTTPS))
	k.add(WordPress, Compliant, with(func(t *traits) { t.declaration = declWrapped; t.rtdSite = siteCatalogue }), listed(rawNoWWW))
	k.add(Table, Compliant, with(func(t *traits) {
		t.declaration = declImage
		t.login = loginGateway
		t.objectives = objInAT
		t.appIO = ioMention
	}), listed(rawHTTP))

	k.add(Municipium, Lacking, with(func(t *traits) { t.objectives = objOld; t.login = loginBeside }), listed(rawCapitals))
	k.add(HGATE, Lacking)
	k.add(ComWeb, Lacking, with(func(t *traits) { t.declaration = declInternalOnly; t.payments = payNone }))
	k.add(WordPress, Lacking, with(func(t *traits) { t.declaration = declPlaceholder; t.rtdRow = rowPlaceholder }))
	k.add(Table, Lacking, with(func(t *traits) { t.declaration = declPDF; t.https = httpsAbsent }))

	k.add(Municipium, Misleading, with(func(t *traits) { t.declaration = declObjectives; t.objectives = objFooter; t.transparency = atVendor }))
	k.add(HGATE, Misleading, with(func(t *traits) { t.scriptsGone = true }))
	k.add(ComWeb, Misleading, with(func(t *traits) { t.declaration = declOneHop; t.rtdRow = rowUnion }), listed(rawPath))
	k.add(WordPress, Misleading, with(func(t *traits) { t.declaration = declOtherBody; t.login = loginShell }), listed(rawBroken))
	k.add(Table, Misleading)

	k.add(WordPress, Compliant, with(func(t *traits) { t.https = httpsChainShort; t.login = loginSPID }))
	k.add(WordPress, Compliant, with(func(t *traits) { t.declaration = declOldStale; t.rtdRow = rowNone }))
	k.add(ComWeb, Compliant, with(func(t *traits) { t.unmarked = true; t.login = loginHash }))
	k.add(Municipium, Compliant, with(func(t *traits) { t.declaration = declOtherAsset; t.https = httpsNoRedirect }))
	// A name borne twice, in two provinces, as six real ones are.
	k.add(WordPress, Compliant, func(p *plan) { p.province, p.name, p.t.declaration = 1, "Montelume", declNewSlash })
}

// moreFamilies adds ten vendor families, three variants each.
func moreFamilies(k *cast) {
	k.add(PeopleWeb, Compliant, with(func(t *traits) { t.rtdSite = siteNotes; t.payments = payVendor }))
	k.add(PeopleWeb, Lacking, with(func(t *traits) { t.declaration = declOldStale }))
	k.add(PeopleWeb, Misleading, with(func(t *traits) { t.transparency = atLink }))

	k.add(OpenCity, Compliant)
	k.add(OpenCity, Lacking, with(func(t *traits) { t.rtdRow = rowNamed; t.objectives = objInAT }))
	k.add(OpenCity, Misleading, with(func(t *traits) { t.declaration = declNone; t.login = loginHash }))

	k.add(Drupal, Compliant, with(func(t *traits) { t.declaration = declOldUpdated; t.rtdSite = siteCatalogue; t.https = httpsAlone }))
	k.add(Drupal, Lacking, with(func(t *traits) { t.login = loginBeside }))
	k.add(Drupal, Misleading, with(func(t *traits) { t.declaration = declObjectives; t.objectives = objFooter; t.transparency = atTwo }))

	k.add(Plone, Compliant, with(func(t *traits) { t.login = loginGateway }))
	k.add(Plone, Lacking, with(func(t *traits) { t.declaration = declInternalOnly; t.payments = payNone }))
	k.add(Plone, Misleading, with(func(t *traits) { t.appIO = ioMention }))

	k.add(Joomla, Compliant, with(func(t *traits) { t.declaration = declOneHop; t.objectives = objInAT }))
	k.add(Joomla, Lacking, with(func(t *traits) { t.declaration = declPDF; t.https = httpsAbsent }))
	k.add(Joomla, Misleading, with(func(t *traits) { t.transparency = atLink; t.login = loginShell }))

	k.add(Liferay, Compliant, with(func(t *traits) { t.declaration = declImage; t.payments = payImage }))
	k.add(Liferay, Lacking, with(func(t *traits) { t.declaration = declPlaceholder }))
	k.add(Liferay, Misleading, with(func(t *traits) { t.declaration = declOtherBody; t.rtdRow = rowUnion; t.transparency = atLink }))

	k.add(Magnolia, Compliant, with(func(t *traits) { t.transparency = atVendor; t.rtdSite = siteNothing }))
	k.add(Magnolia, Lacking)
	k.add(Magnolia, Misleading, with(func(t *traits) { t.declaration = declOtherAsset; t.transparency = atLink }))

	k.add(MyPortal, Compliant, with(func(t *traits) { t.login = loginGateway; t.declaration = declNewSlash }))
	k.add(MyPortal, Lacking, with(func(t *traits) { t.rtdRow = rowPlaceholder }))
	k.add(MyPortal, Misleading)

	k.add(AgendaSmart, Compliant, with(func(t *traits) { t.declaration = declWrapped }))
	k.add(AgendaSmart, Lacking, with(func(t *traits) { t.login = loginBoth; t.payments = payTaxCode }))
	k.add(AgendaSmart, Misleading, with(func(t *traits) { t.transparency = atLink; t.rtdRow = rowNone }))

	k.add(WordPress, Compliant, with(func(t *traits) { t.declaration = declGone }))
	k.add(Municipium, Compliant, with(func(t *traits) { t.declaration, t.expiring = declUnheard, true }))

	k.add(Shell, Compliant)
	k.fault(Shell, FaultShell)
	k.fault(Shell, FaultShellWords)
}

// oddities adds what a few sites in a thousand do.
func oddities(k *cast) {
	k.add(OpenCity, Compliant, func(p *plan) {
		p.name, p.t.tongue, p.t.domain = "Sankt Diodat-San Diodato al Passo", "de", domainGemeinde
	})
	k.add(Plone, Compliant, func(p *plan) { p.name, p.t.tongue = "Vaudrame-Valdrama", "fr" })
	k.add(WordPress, Compliant, with(func(t *traits) { t.declaration = declOdd; t.transparency = atNoindex; t.rtdSite = siteNothing }))
	k.add(ComWeb, Lacking, with(func(t *traits) { t.declaration = declEmptyView; t.rtdRow = rowNone; t.rtdSite = siteVacant }))
	k.add(PeopleWeb, Misleading, with(func(t *traits) { t.declaration = declTemplate; t.rtdSite = siteVacant }))
	k.add(PeopleWeb, Misleading, with(func(t *traits) { t.declaration = declTemplate; t.transparency = atLink }))
	k.add(Drupal, Compliant, with(func(t *traits) { t.rtdSite = siteFormer; t.transparency = atTwo; t.signedIn = true }))
	k.add(WordPress, Compliant, with(func(t *traits) { t.transparency = atClosed; t.objectives = objFooter; t.rtdSite = siteNotes }))
	k.add(OpenCity, Compliant, with(func(t *traits) { t.declaration = declNewStale }))
	k.add(WordPress, Compliant, with(func(t *traits) { t.declaration = declNewStale }))
	k.add(WordPress, Lacking, with(func(t *traits) { t.declaration, t.contact = declNewStale, true }))
	k.add(Drupal, Lacking, with(func(t *traits) { t.rtdRow = rowUnion; t.domain = domainGov; t.cookies = cookiesConsent }))
	k.add(WordPress, Compliant, func(p *plan) {
		p.name, p.t.tongue, p.t.domain = "Podlipje-Sottotiglio", "sl", domainObcina
		p.t.albo, p.t.dpo, p.t.openData, p.t.plan = alboPage, dpoOwnPage, dataPage, planFile
	})
	k.add(Municipium, Compliant, func(p *plan) {
		p.name, p.t.tongue, p.t.bilingual, p.t.domain = "Hinterwald-Selva di Dentro", "de", true, domainGemeinde
	})
	k.add(Drupal, Lacking, func(p *plan) {
		p.name, p.t.tongue, p.t.bilingual, p.t.domain, p.t.privacy = "Nussdorf-Noceto Alpino", "de", true, domainProvince, privacyCookies
	})
}

// share is the weight of a vendor family among generated comuni, after the
// census of August 2026.
type share struct {
	family    Family
	weight    int
	addresses int // how many addresses its customers share; 0: one each
}

func shares() []share {
	return []share{
		{PeopleWeb, 1120, 3},
		{Municipium, 1010, 3},
		{HGATE, 956, 2},
		{WordPress, 1440, 0},
		{ComWeb, 503, 2},
		{Table, 760, 0},
		{AgendaSmart, 377, 1},
		{OpenCity, 363, 2},
		{Magnolia, 171, 1},
		{Drupal, 154, 0},
		{Joomla, 150, 0},
		{MyPortal, 85, 1},
		{Liferay, 60, 1},
		{Plone, 60, 0},
		{Shell, 40, 1},
	}
}

// scaled makes n comuni in the vendors' shares, six in ten compliant, one in
// twelve with a fault, with traits drawn one by one so that combinations that
// the roster has not occur too.
func scaled(seed uint64, n int, slow bool) []plan {
	r := dice(seed, "scale")
	total := 0
	for _, s := range shares() {
		total += s.weight
	}
	faults := scaledFaults(slow)
	plans := make([]plan, n)
	for i := range plans {
		p := plan{province: i / 999, number: i%999 + 1, name: scaledName(i), variant: Compliant}
		w := r.IntN(total)
		for _, s := range shares() {
			if w -= s.weight; w < 0 {
				p.family = s.family
				break
			}
		}
		switch d := r.IntN(100); {
		case d >= 85:
			p.variant = Misleading
		case d >= 60:
			p.variant = Lacking
		}
		p.t = traitsOf(p.variant)
		drawTraits(r.IntN, p.variant, &p.t)
		further := dice(seed, "further", p.istat()) // of its own, so that what is drawn after it stays
		p.t.draw(further.IntN, p.variant)
		p.t.https = []httpsKind{httpsNoRedirect, httpsPagesLead, httpsProper, httpsProper, httpsProper, httpsProper}[further.IntN(6)]
		p.t.unmarked = r.IntN(33) == 0
		if r.IntN(100) < 8 {
			p.fault = pick(r, faults)
		}
		if r.IntN(100) >= 92 {
			p.raw = rawSite(1 + r.IntN(6))
		}
		plans[i] = p
	}
	return plans
}

func scaledFaults(slow bool) []Fault {
	// The dead are dead by DNS above all, as they were in 2022.
	fs := []Fault{
		FaultNXDomain, FaultNXDomain, FaultNXDomain, FaultNXDomain, FaultNXDomain, FaultNXDomain, FaultServFail, FaultNoSite, FaultBadURL,
		FaultRefused, FaultReset, FaultExpired, FaultWrongName, FaultUntrusted, FaultServerError, FaultNotFound, FaultChallenge,
		FaultCaptcha, FaultRobots, FaultRedirectLoop, FaultShell, FaultMaintenance, FaultUnavailable, FaultParked, FaultRateLimited,
	}
	if slow {
		fs = append(fs, FaultSilentDNS, FaultConnTimeout)
	}
	return fs
}

// drawTraits changes the traits of a generated comune within its variant.
func drawTraits(intN func(int) int, v Variant, t *traits) {
	switch v {
	case Compliant:
		t.declaration = []declaration{declNew, declNew, declNew, declNewSlash, declOldUpdated, declOldUpdated, declWrapped, declImage, declOdd}[intN(9)]
		t.objectives = []objectives{objFooter, objInAT}[intN(2)]
		t.rtdSite = []rtdSite{siteOffices, siteCatalogue, siteNotes, siteFormer, siteNothing}[intN(5)]
		t.login = []login{loginBoth, loginBoth, loginGateway}[intN(3)]
		t.payments = payments(intN(3))
		t.appIO = appIO(intN(2))
		t.transparency = []transparency{atLink, atLink, atTwo}[intN(3)]
	case Lacking:
		t.declaration = []declaration{declNone, declNone, declOldStale, declInternalOnly, declPlaceholder, declPDF, declEmptyView}[intN(7)]
		t.rtdRow = []rtdRow{rowNamed, rowNone, rowPlaceholder}[intN(3)]
		t.rtdSite = []rtdSite{siteNothing, siteNothing, siteVacant}[intN(3)]
		t.login = []login{loginLegacy, loginBeside, loginBoth}[intN(3)]
		t.payments = []payments{payIBAN, payTaxCode}[intN(2)]
	default:
		t.declaration = []declaration{declGeneric, declObjectives, declOtherBody, declOtherAsset, declOneHop, declTemplate}[intN(6)]
		t.login = []login{loginNone, loginShell, loginHash}[intN(3)]
		t.transparency = []transparency{atTopic, atLink}[intN(2)]
	}
}

// istat is the comune's code.
func (p plan) istat() string { return fmt.Sprintf("%s%03d", Provinces()[p.province].Prefix, p.number) }
