package replica

// This file holds the traits behind the duties and good practices that are not
// in traits.go, and how they are spread over the roster and over generated
// comuni. The first of each kind is that of a comune in order.

// The notice board of acts.
type albo int

const (
	alboPage     albo = iota // a page of the site
	alboSupplier             // on a supplier's host
	alboInner                // linked from the page of documents alone
	alboArchive              // only one that ended years ago
	alboNone                 // other registers are called albo as well
)

// The notice on personal data.
type privacy int

const (
	privacyPage     privacy = iota
	privacySupplier         // written by a supplier's service, on its host
	privacyHash             // the words are there, the address is #
	privacyCookies          // only the notice on cookies
)

// The data protection officer.
type dpo int

const (
	dpoInNotice dpo = iota // named with an address in the notice
	dpoOwnPage             // the notice leads to a page with the address
	dpoBare                // the notice says that there is one, and no more
	dpoSupplier            // the notice gives the address of the supplier's officer
	dpoNone
)

// What the pages load from others.
type cookies int

const (
	cookiesNone     cookies = iota
	cookiesNational         // the national web analytics, which follow nobody
	cookiesConsent          // a service that follows visitors, behind a tool that asks first
	cookiesTracker          // the same, and nothing that asks
)

// Open data.
type openData int

const (
	dataPage   openData = iota // a page with files, metadata and an interface for programs
	dataPortal                 // the comune's page on the national portal
	dataNone                   // only what Amministrazione Trasparente must hold
	dataEmpty                  // a page that explains what open data are
)

// Reports of what does not work.
type report int

const (
	reportPage report = iota
	reportMail        // the words lead to a mail address
	reportLamp        // of street lamps alone
	reportNone        // only that of offences, which is another duty
)

// Appointments.
type booking int

const (
	bookingPage  booking = iota
	bookingPhone         // the words lead to a telephone number
	bookingCard          // of the identity card alone
	bookingNone          // only of meeting rooms
)

// The licence of the contents.
type licence int

const (
	licenceOpen       licence = iota // CC-BY 4.0
	licenceRestricted                // CC-BY-NC 4.0
	licenceReserved                  // all rights reserved
	licenceUnsaid
)

// A plan for the digital transition.
type digitalPlan int

const (
	planFile     digitalPlan = iota // a document linked on the home page
	planPage                        // a page of the site with the document
	planNational                    // the State's
	planNone                        // only that against corruption
)

// The name of the site.
type domain int

const (
	domainTest     domain = iota // under .test, where the replica lives: not the form kept for comuni
	domainProvince               // comune.<name>.<province>.it
	domainGemeinde               // gemeinde.<name>.bz.it
	domainObcina                 // obcina.<name>.go.it
	domainGov                    // comune.<name>.gov.it
)

// further is what else is true of one comune.
type further struct {
	albo      albo
	privacy   privacy
	dpo       dpo
	cookies   cookies
	openData  openData
	booking   booking
	report    report
	licence   licence
	plan      digitalPlan
	domain    domain
	noProfile bool // on no social network: buttons that share, and the region's profile
	described bool // services are described, none is entered on the net
	signedIn  bool // one more service is entered where citizens sign in
	noANPR    bool // the national register of residents is in the news alone
	othersToo bool // the thematic sites are others' alone
	expiring  bool // the certificate ends in five days
	hsts      bool // the server tells browsers to come back over https alone
}

// furtherOf is the starting point of each variant.
func furtherOf(v Variant) further {
	switch v {
	case Lacking:
		return further{
			albo: alboNone, dpo: dpoNone, cookies: cookiesTracker, openData: dataNone, booking: bookingPhone, report: reportNone,
			licence: licenceReserved, plan: planNone, noProfile: true, described: true, noANPR: true, othersToo: true,
		}
	case Misleading:
		return further{
			albo: alboArchive, privacy: privacyCookies, cookies: cookiesNational, openData: dataEmpty, booking: bookingCard, report: reportLamp,
			licence: licenceRestricted, plan: planNational, noProfile: true, described: true, noANPR: true, othersToo: true,
		}
	}
	return further{}
}

// spread varies the traits of the i-th comune of the roster within its variant,
// so that every kind occurs.
func (f *further) spread(i int, v Variant) {
	switch v {
	case Compliant:
		f.albo = []albo{alboPage, alboSupplier, alboInner}[i%3]
		f.dpo = []dpo{dpoInNotice, dpoOwnPage}[i/2%2]
		f.cookies = []cookies{cookiesNone, cookiesNational, cookiesConsent}[i/3%3]
		f.openData = []openData{dataPage, dataPortal}[i%2]
		f.report = []report{reportPage, reportMail}[i/4%2]
		f.plan = []digitalPlan{planFile, planPage}[i/5%2]
		f.hsts, f.expiring = i%2 == 0, i%17 == 9
		// What is one click further away is so one at a time.
		switch {
		case f.albo == alboInner:
			f.dpo, f.openData, f.plan = dpoInNotice, dataPortal, planFile
		case f.dpo == dpoOwnPage:
			f.plan = planFile
		case f.plan == planPage:
			f.openData = dataPortal
		}
	case Lacking:
		f.dpo = []dpo{dpoNone, dpoBare, dpoSupplier}[i%3]
		f.licence = []licence{licenceReserved, licenceUnsaid}[i/2%2]
		f.booking = []booking{bookingPhone, bookingNone}[i/3%2]
		f.albo = []albo{alboNone, alboNone, alboArchive}[i/2%3]
	default:
		f.privacy = []privacy{privacyCookies, privacyHash, privacySupplier}[i%3]
		f.albo = []albo{alboArchive, alboNone}[i/2%2]
	}
}

// draw does the same by chance.
func (f *further) draw(intN func(int) int, v Variant) {
	f.spread(intN(1_000_000), v)
	if v == Lacking && intN(2) == 0 {
		f.privacy = []privacy{privacyCookies, privacySupplier}[intN(2)]
	}
	if v == Compliant && intN(4) == 0 {
		f.domain = domainProvince
	}
}
