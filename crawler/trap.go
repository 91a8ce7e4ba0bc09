package crawler

// Addresses that are never fetched: documents, actions, the start of an
// authentication, and the endless ones (calendars, facets, growing paths).

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// Why an address is not fetched.
const (
	trapNone     = ""
	trapDocument = "a document, no page"
	trapAction   = "an action, not a page"
	trapSignOn   = "starts an authentication"
	trapCalendar = "a calendar"
	trapFacet    = "a facet of a list"
	trapGrowing  = "an ever-growing path"
	trapBroken   = "no address"
)

// Bounds beyond which an address is taken for generated.
const (
	maxSegments = 14
	maxRepeats  = 3 // times one segment may occur
	maxURL      = 1500
	maxParams   = 16
)

// documents are the extensions of what is no HTML page.
var documents = setOf(`7z aac asc atom avi bin bmp bz2 css csv dbf dmg doc docm docx dwf dwg dxf eml eot epub exe flac gif gpx gz
	ico ics iso jpeg jpg js json jsonld kml kmz m4a m4v mjs mov mp3 mp4 mpeg mpg msi odg odp ods odt ogg ogv otf p7m p7s pdf png
	ppsx ppt pptm pptx ps rar rdf rss rtf shp svg swf tar tgz tif tiff tsd ttf txt vcf vcs wav webm webp wma wmv woff woff2
	wsdl xls xlsb xlsm xlsx xml xsd zip`)

// actions are words of an address that does something when it is opened.
var actions = setOf(`logout logoff signout signoff disconnetti esci delete destroy remove elimina rimuovi cancella unsubscribe
	disiscriviti confirm conferma addtocart checkout`)

// signOn are parameters that carry or start a request for authentication
// (SAML 2.0 bindings §3.4; OpenID Connect Core §3.1.2.1; Shibboleth's entityID).
var signOn = setOf(`samlrequest samlresponse samlart entityid providerid idp_entity_id wtrealm code_challenge`)

// facets are parameters that only sort, filter, page or print what another
// address shows.
var facets = setOf(`sort sortby sort_by orderby order_by order dir filter_order filter_order_dir limitstart offset print stampa
	share replytocom tmpl format output paged tribe-bar-date eventdisplay ical outlook-ical utf8`)

var (
	word     = regexp.MustCompile(`[a-z0-9]+`)
	dayMonth = regexp.MustCompile(`(?:19|20)\d\d[-/](?:0?[1-9]|1[0-2])(?:[-/]\d{1,2})?`)
	calendar = regexp.MustCompile(`(?i)calendar|eventi|events|agenda(?:[/?]|$)|[?&](?:month|mese|year|anno|day|giorno|date|data)=`)
	facetKey = regexp.MustCompile(`(?i)^(?:f|filter|filters|facet)(?:\[|%5b|\.)`)
)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// trap says why an address must not be fetched, or trapNone.
func trap(u *url.URL) string {
	switch {
	case documents[strings.TrimPrefix(strings.ToLower(path.Ext(u.Path)), ".")]:
		return trapDocument
	case startsSignOn(u):
		return trapSignOn
	case acts(u):
		return trapAction
	case grows(u):
		return trapGrowing
	case facet(u):
		return trapFacet
	case calendar.MatchString(u.Path+"?"+u.RawQuery) && dayMonth.MatchString(u.Path+"?"+u.RawQuery):
		return trapCalendar
	}
	return trapNone
}

// refusedOnTheWay says why a redirect must not be followed: the site itself
// chose that address, so only what would do harm is refused.
func refusedOnTheWay(u *url.URL) string {
	switch {
	case startsSignOn(u):
		return trapSignOn
	case acts(u):
		return trapAction
	}
	return trapNone
}

func startsSignOn(u *url.URL) bool {
	query := u.Query()
	for key := range query {
		if signOn[strings.ToLower(key)] {
			return true
		}
	}
	return query.Has("response_type") && query.Has("client_id")
}

func acts(u *url.URL) bool {
	last := strings.ToLower(path.Base(u.Path))
	for _, w := range word.FindAllString(last+" "+strings.ToLower(u.RawQuery), -1) {
		if actions[w] {
			return true
		}
	}
	return false
}

func grows(u *url.URL) bool {
	if len(u.String()) > maxURL || strings.Count(u.RawQuery, "=") > maxParams {
		return true
	}
	segments := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(segments) > maxSegments {
		return true
	}
	times := map[string]int{}
	for _, s := range segments {
		if times[s]++; s != "" && times[s] >= maxRepeats {
			return true
		}
	}
	return false
}

func facet(u *url.URL) bool {
	for key := range u.Query() {
		if facets[strings.ToLower(key)] || facetKey.MatchString(key) {
			return true
		}
	}
	return false
}
