package agid

// This file holds what the declaration service says of one publication, as it
// is kept.

import (
	"net/url"
	"strings"
	"time"
)

// Outcome says how the question for a publication ended.
type Outcome string

// The outcomes. Silence is ignorance, never a finding.
const (
	Found    Outcome = "found"
	NotFound Outcome = "not_found" // the service has no such publication
	Silent   Outcome = "silent"    // the service did not answer, or not in words we know
)

// Silence says why an answer is silent.
type Silence string

// The silences.
const (
	Refused     Silence = "refused" // 429, 403, 5xx
	TimedOut    Silence = "timed_out"
	Unreachable Silence = "unreachable" // no connection
	Unreadable  Silence = "unreadable"  // not the JSON expected, or too much of it
	Held        Silence = "held"        // not asked: Retry-After lies too far ahead
	Stopped     Silence = "stopped"     // not asked: too many refusals in a row
	Doubted     Silence = "doubted"     // the endpoint denies, or garbles, whatever it is asked
)

// Form says what was published.
type Form string

// The forms. Empty where the answer does not tell.
const (
	FormDeclaration Form = "declaration"
	FormObjectives  Form = "objectives" // of 31 March
)

// Compliance is the status a body declares. Each is a lawful declaration.
type Compliance string

// The statuses.
const (
	Compliant          Compliance = "compliant"
	PartiallyCompliant Compliance = "partially-compliant"
	NonCompliant       Compliance = "non-compliant"
)

// Answer is what the declaration service says of one publication, in the words
// of its own form. All fields but the first four are the declaring body's own
// statements: bounded and cleaned, not verified. No person is kept: of the
// address of whoever is responsible only that there is one.
type Answer struct {
	Asked   bool    `json:"asked"` // false: the link names no publication, and Outcome is empty
	Outcome Outcome `json:"outcome,omitempty"`
	Silence Silence `json:"silence,omitempty"` // only where Silent
	// Proven: the endpoints that deny the publication have shown others before.
	// Without it a NotFound may as well be an endpoint that has moved.
	Proven bool `json:"proven,omitempty"`

	PublicationID string     `json:"publication_id,omitempty"` // <ipa>/<slug>/dichiarazione, before December 2025 a uuid
	LastModified  time.Time  `json:"last_modified,omitzero"`   // UTC; zero where it is not said
	Inserted      time.Time  `json:"inserted,omitzero"`        // UTC; first publication
	Title         string     `json:"title,omitempty"`          // of the form
	Form          Form       `json:"form,omitempty"`
	IPA           string     `json:"ipa,omitempty"`  // code of the declaring body, as written
	Body          string     `json:"body,omitempty"` // its name
	Device        string     `json:"device,omitempty"`
	WebsiteURL    string     `json:"website_url,omitempty"` // http or https, without query, fragment and credentials
	Compliance    Compliance `json:"compliance,omitempty"`
	WCAG          string     `json:"wcag,omitempty"` // wcag-20, wcag-21, wcag-22
	CMS           string     `json:"cms,omitempty"`  // none, drupal, wordpress, joomla, plone, liferay, other
	CMSOther      string     `json:"cms_other,omitempty"`
	ManagerEmail  bool       `json:"manager_email,omitempty"` // the form of 2019-24 gives an address of the person responsible (RTD)

	FetchedAt time.Time `json:"fetched_at,omitzero"` // UTC; when the service was asked
	Source    string    `json:"source,omitempty"`    // name of the endpoint that answered last
}

// Changed is the instant that the yearly cycle is judged by: the last change,
// else the first publication; zero where neither is known.
func (a Answer) Changed() time.Time {
	if !a.LastModified.IsZero() {
		return a.LastModified
	}
	return a.Inserted
}

// Link is the address of today's publication; false where the id is of another
// form. An old link and its answer's Link name the same publication.
func (a Answer) Link() (Link, bool) {
	if a.PublicationID == "" {
		return Link{}, false
	}
	address := "https://" + Host + "/view/" + url.PathEscape(a.PublicationID)
	if ipa, rest, ok := strings.Cut(a.PublicationID, "/"); ok {
		end := strings.LastIndexByte(rest, '/')
		if end < 0 {
			return Link{}, false
		}
		address = "https://" + Host + "/" + url.PathEscape(ipa) + "/" + url.PathEscape(rest[:end]) + "/" + url.PathEscape(rest[end+1:])
	}
	l, ok := ParseLink(address)
	return l, ok && (l.Publication() || l.Kind == KindObjectives)
}

// WebsiteHost is the host the declaration is about, lower case and without
// "www."; empty where none is given.
func (a Answer) WebsiteHost() string {
	u, err := url.Parse(a.WebsiteURL)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// Covers tells whether the declaration's site is one of hosts, or one is a
// subdomain of it, or it of one. known is false where either side names none.
func (a Answer) Covers(hosts ...string) (covers, known bool) {
	declared := a.WebsiteHost()
	if declared == "" {
		return false, false
	}
	for _, h := range hosts {
		h = strings.TrimPrefix(strings.ToLower(strings.Trim(h, ". ")), "www.")
		if h == "" {
			continue
		}
		known = true
		if h == declared || strings.HasSuffix(h, "."+declared) || strings.HasSuffix(declared, "."+h) {
			return true, true
		}
	}
	return false, known
}
