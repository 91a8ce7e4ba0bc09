package page

import "time"

// Reach says whether a site could be looked at. There is one per visit; the
// closed list is the interface's.
type Reach string

// The ways a site can be.
const (
	ReachOK            Reach = "ok"
	ReachNoURL         Reach = "no_url_in_registry" // the registry has no address
	ReachBadURL        Reach = "bad_url"            // what the registry has is no address
	ReachNXDomain      Reach = "dns_nxdomain"       // the name does not exist
	ReachServFail      Reach = "dns_servfail"       // its name servers answer with an error
	ReachDNSTimeout    Reach = "dns_timeout"        // its name servers do not answer
	ReachConnRefused   Reach = "conn_refused"
	ReachConnTimeout   Reach = "conn_timeout"
	ReachConnReset     Reach = "conn_reset"
	ReachTLSExpired    Reach = "tls_expired"
	ReachTLSWrongName  Reach = "tls_wrong_name"
	ReachTLSUntrusted  Reach = "tls_untrusted"
	ReachTLSProtocol   Reach = "tls_protocol" // old protocol, broken handshake
	ReachHTTP4xx       Reach = "http_4xx"
	ReachHTTP5xx       Reach = "http_5xx"
	ReachRateLimited   Reach = "rate_limited"  // 429
	ReachBlocked       Reach = "blocked"       // WAF, captcha, 403 on the home page
	ReachRobotsDenied  Reach = "robots_denied" // robots.txt asks us not to look
	ReachRedirectLoop  Reach = "redirect_loop" // or too many hops
	ReachOffsite       Reach = "redirected_offsite"
	ReachParked        Reach = "parked"           // domain seller, hosting placeholder
	ReachMaintenance   Reach = "maintenance"      // a notice in place of the site
	ReachEmptyOrJSOnly Reach = "empty_or_js_only" // a shell that JavaScript would fill
	ReachTooLarge      Reach = "too_large"        // the home page exceeds the limit
	ReachTooSlow       Reach = "too_slow"         // the budget ran out before the home page was read
	ReachOurFault      Reach = "our_fault"        // our network, our error, or one we cannot name
)

// Reaches lists every Reach, in the order of the interface.
func Reaches() []Reach {
	return []Reach{
		ReachOK, ReachNoURL, ReachBadURL, ReachNXDomain, ReachServFail, ReachDNSTimeout, ReachConnRefused,
		ReachConnTimeout, ReachConnReset, ReachTLSExpired, ReachTLSWrongName, ReachTLSUntrusted, ReachTLSProtocol,
		ReachHTTP4xx, ReachHTTP5xx, ReachRateLimited, ReachBlocked, ReachRobotsDenied, ReachRedirectLoop, ReachOffsite,
		ReachParked, ReachMaintenance, ReachEmptyOrJSOnly, ReachTooLarge, ReachTooSlow, ReachOurFault,
	}
}

// Interest ranks links: which to follow, how far, and whether off the site's
// own hosts. An Interest is a value; its ID is what must_read names.
type Interest struct {
	ID        string
	Match     func(Link) (priority int) // 0: not wanted; higher first
	MaxHops   int                       // clicks from the home page at the most; 0 means 1
	CrossHost bool                      // may lead off the site's own hosts
	OffSite   int                       // pages read off them at the most; 0: as many as CrossHost allows
	Wait      int                       // what waits less is read first, whatever the priorities
}

// Hop is one step on the way to a page.
type Hop struct {
	URL    string `json:"url"`             // the address that sent us on
	Status int    `json:"status,omitzero"` // HTTP status; 0 where it was no redirect of HTTP
	Kind   string `json:"kind"`            // http, meta, script, frame
	To     string `json:"to"`              // where it sent us
}

// TLS is what a handshake showed.
type TLS struct {
	Version      string    `json:"version,omitzero"` // "TLS 1.3"
	NotBefore    time.Time `json:"not_before,omitzero"`
	NotAfter     time.Time `json:"not_after,omitzero"`
	Names        []string  `json:"names,omitzero"`         // subject alternative names, at most 20
	ChainFetched bool      `json:"chain_fetched,omitzero"` // an intermediate the server left out was fetched by AIA
}

// Attempt is one try at the entrance: which address, and what came of it.
type Attempt struct {
	URL     string `json:"url"`
	Final   string `json:"final,omitzero"` // where its redirects ended
	Reach   Reach  `json:"reach"`
	Status  int    `json:"status,omitzero"`
	Address string `json:"address,omitzero"` // IP address spoken to
	Detail  string `json:"detail,omitzero"`  // the error in the library's words, for --explain; never a label
	TLS     *TLS   `json:"tls,omitzero"`
}

// Fetch is one request of the visit as its log: what it cost the site and us.
type Fetch struct {
	URL       string        `json:"url"`
	Final     string        `json:"final,omitzero"`
	Kind      string        `json:"kind"` // page, script, robots, sitemap
	For       []string      `json:"for,omitzero"`
	Reach     Reach         `json:"reach"` // ok, or why this page could not be read
	Status    int           `json:"status,omitzero"`
	Size      int           `json:"size,omitzero"`
	Took      time.Duration `json:"took"`            // from request to last byte
	Waited    time.Duration `json:"waited,omitzero"` // politeness before it
	Truncated bool          `json:"truncated,omitzero"`
	Partial   bool          `json:"partial,omitzero"`
	Repeat    bool          `json:"repeat,omitzero"`     // redirected to a page read before, which was not read again; or asked a second time for the same page
	Unchanged bool          `json:"unchanged,omitzero"`  // the server said so (304) or sent the same bytes: the kept index was observed
	RobotsTag string        `json:"robots_tag,omitzero"` // X-Robots-Tag of the answer: a fact, no order to us, who keep no index
	Detail    string        `json:"detail,omitzero"`
}

// Reading says how far an Interest was satisfied: the word must_read turns on.
type Reading string

// The readings of an interest.
const (
	Read   Reading = "read"   // a page it ranked was fetched whole
	Absent Reading = "absent" // no link on the pages read matches it, and all those pages were whole
	Unread Reading = "unread" // a candidate exists that was not read whole, or a page that could name one was not whole
)

// Inquiry is what became of one Interest.
type Inquiry struct {
	ID         string   `json:"id"`
	Reading    Reading  `json:"reading"`
	Pages      []string `json:"pages,omitzero"`      // final URLs of pages it ranked that were fetched whole
	Candidates []string `json:"candidates,omitzero"` // URLs it ranked that were not read, best first, at most 10
	Why        Reach    `json:"why,omitzero"`        // for unread: why the best candidate could not be read, where it was tried
}

// Visit is one look at one site: how it went, without a word on compliance.
type Visit struct {
	Site      string        `json:"site,omitzero"`      // the address asked for
	FinalURL  string        `json:"final_url,omitzero"` // the home page that answered
	Reach     Reach         `json:"reach"`
	Detail    string        `json:"detail,omitzero"` // one line for the operator
	Started   time.Time     `json:"started"`
	Took      time.Duration `json:"took"`
	Attempts  []Attempt     `json:"attempts,omitzero"` // at the entrance, in order
	Hops      []Hop         `json:"hops,omitzero"`     // from the address that answered to the home page
	Moved     bool          `json:"moved,omitzero"`    // the home page stands under another registrable domain
	Fetches   []Fetch       `json:"fetches,omitzero"`  // every request, in order, but those of Plain
	Plain     Plain         `json:"plain,omitzero"`    // what plain http does; kept from an earlier visit unless asked again
	Inquiries []Inquiry     `json:"inquiries,omitzero"`
	Settled   bool          `json:"settled,omitzero"`   // the watcher had seen enough
	Exhausted string        `json:"exhausted,omitzero"` // the budget that ended the visit: pages, time, bytes; empty: none

	Hurried bool `json:"-"` // an answer was not waited for as long as usual: the visit says nothing until another one with patience
}

// Inquiry is the state of the interest of that id; an interest the visit never
// heard of is Unread.
func (v *Visit) Inquiry(id string) Inquiry {
	for _, q := range v.Inquiries {
		if q.ID == id {
			return q
		}
	}
	return Inquiry{ID: id, Reading: Unread}
}

// PagesRead counts the HTML documents that were read.
func (v *Visit) PagesRead() int {
	n := 0
	for _, f := range v.Fetches {
		if f.Kind == FetchPage && f.Reach == ReachOK && !f.Repeat {
			n++
		}
	}
	return n
}

// The kinds of Fetch.
const (
	FetchPage    = "page"
	FetchScript  = "script"
	FetchRobots  = "robots"
	FetchSitemap = "sitemap"
)
