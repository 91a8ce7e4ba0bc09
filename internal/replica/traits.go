package replica

// This file holds what is true of a comune: the traits from which its pages
// are written and from which, independently, the truth is derived.

// The kinds of declaration a site shows.
type declaration int

const (
	declNew          declaration = iota // new-form link under the body's own IPA code
	declNewSlash                        // the same with a slug that holds %2f
	declOldUpdated                      // old link of last year that AgID still resolves, updated in this cycle
	declOldStale                        // old link of two years ago that AgID no longer knows
	declWrapped                         // new-form link wrapped by a mail filter
	declImage                           // new-form link round an image; only its alt says so
	declOneHop                          // the AgID link stands on a page of the site, one click away
	declInternalOnly                    // a page of the site says "dichiarazione" and links no publication
	declPlaceholder                     // the words are there, the address is #
	declObjectives                      // only the objectives, which have the same kind of address
	declOtherBody                       // a publication of the union
	declOtherAsset                      // a publication of the app
	declGeneric                         // a link to AgID's own pages
	declPDF                             // a PDF of before 2020
	declGone                            // a new-form link that AgID answers 404 for
	declUnheard                         // an old link of last year that AgID answers 500 for
	declOdd                             // a new-form link with %20 and a bracket left at its end
	declEmptyView                       // the service's address without an id
	declTemplate                        // the publication of a stranger, copied with the template by several comuni
	declNewStale                        // a new-form link to a publication that was last reviewed two cycles ago
	declNone                            // nothing
)

// The kinds of accessibility objectives.
type objectives int

const (
	objFooter objectives = iota // this year's, in the footer
	objInAT                     // this year's, under Altri contenuti
	objOld                      // those of three years ago
	objNone
)

// The RTD in IPA's data set.
type rtdRow int

const (
	rowNamed       rtdRow = iota
	rowUnion              // the union's row names a person, the comune has none
	rowPlaceholder        // a row whose person is "da_indicare"
	rowNone
)

// The RTD on the site.
type rtdSite int

const (
	siteOffices   rtdSite = iota // Amministrazione Trasparente › Organizzazione › Articolazione degli uffici
	siteCatalogue                // › Altri contenuti › Accessibilità e catalogo dati
	siteNotes                    // the legal notes
	siteFormer                   // Articolazione degli uffici names somebody other than IPA
	siteVacant                   // the role is there, its holder "da nominare"
	siteNothing                  // traps alone: assessore, RPD, a job advert
)

// The citizens' login.
type login int

const (
	loginBoth    login = iota // SPID and CIE buttons, on another host
	loginSPID                 // SPID alone
	loginGateway              // a regional gateway that shows its methods after a click
	loginLegacy               // user name and password alone
	loginBeside               // user name and password beside SPID and CIE
	loginShell                // a page that JavaScript would fill
	loginHash                 // the entry's address is #
	loginNone                 // no entry
)

// Payments.
type payments int

const (
	payTaxCode payments = iota // a payment host with the body's own tax code in the address
	payVendor                  // a payment host known for it
	payImage                   // a payment host behind an image without text
	payIBAN                    // a payments page that offers IBAN and postal account only
	payProse                   // prose about pagoPA, nowhere to pay
	payNone                    // only the traps that every site has
)

// App IO.
type appIO int

const (
	ioLink    appIO = iota // a link to a service of this body
	ioMention              // a service page says "app IO"
	ioBanner               // only the PNRR banner
)

// Amministrazione Trasparente.
type transparency int

const (
	atLink    transparency = iota
	atTwo                  // the old one, with an end date, before the current one
	atOnclick              // an empty address and an onclick
	atVendor               // on a vendor's host
	atNoindex              // its pages ask search engines to stay away
	atClosed               // robots.txt closes it
	atTopic                // only the topic tag "Trasparenza amministrativa"
)

// How the site answers on https.
type httpsKind int

const (
	httpsProper     httpsKind = iota
	httpsNoRedirect           // https works, http does not lead to it
	httpsChainShort           // the intermediate certificate is left out; AIA names it
	httpsAbsent               // port 443 refuses, http answers
	httpsAlone                // nobody answers on port 80
	httpsPagesLead            // http gives its robots.txt itself, and leads to https from every page
)

// traits is all that is true of one comune.
type traits struct {
	declaration  declaration
	objectives   objectives
	rtdRow       rtdRow
	rtdSite      rtdSite
	login        login
	payments     payments
	appIO        appIO
	transparency transparency
	https        httpsKind
	scriptsGone  bool   // the scripts that write header and footer answer 500
	tongue       string // "de", "fr" or "sl": what the site's duties are called is in that language
	bilingual    bool   // in Italian beside it
	contact      bool   // the declaration gives an address of the person responsible (RTD), as the form of 2019-24 did
	unmarked     bool   // the pages lack every definitive mark of their platform
	further
}

// Variant says how a site stands towards its duties.
type Variant string

// The variants.
const (
	Compliant  Variant = "compliant"
	Lacking    Variant = "non-compliant"
	Misleading Variant = "misleading" // traps alone: words without the thing
)

// traitsOf is the starting point of each variant; the roster changes single
// traits so that every kind occurs somewhere.
func traitsOf(v Variant) traits {
	switch v {
	case Lacking:
		return traits{
			declaration: declNone, objectives: objNone, rtdRow: rowNone, rtdSite: siteNothing,
			login: loginLegacy, payments: payIBAN, appIO: ioBanner, transparency: atLink, further: furtherOf(v),
		}
	case Misleading:
		return traits{
			declaration: declGeneric, objectives: objOld, rtdRow: rowPlaceholder, rtdSite: siteNothing,
			login: loginNone, payments: payProse, appIO: ioBanner, transparency: atTopic, further: furtherOf(v),
		}
	default:
		return traits{}
	}
}

// Family is the platform a site is built in the manner of; the value is the
// platform's identifier, or "" where the pages show none.
type Family string

// The families.
const (
	Municipium  Family = "municipium"
	HGATE       Family = "hgate"
	ComWeb      Family = "comweb"
	WordPress   Family = "wordpress-design-comuni"
	Table       Family = "" // a layout of 2009 in tables: no platform shows
	PeopleWeb   Family = "peopleweb"
	OpenCity    Family = "opencity"
	Drupal      Family = "drupal"
	Plone       Family = "plone"
	Joomla      Family = "joomla"
	Liferay     Family = "liferay"
	Magnolia    Family = "magnolia"
	MyPortal    Family = "myportal"
	AgendaSmart Family = "agendasmart"
	Shell       Family = "shell" // an Angular application; its identifier is the truth's business
)
