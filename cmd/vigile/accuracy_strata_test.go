package main

// The kinds of link of the corpus, told apart by plain rules of their own so
// that they cannot agree with the checks by construction, and what each must be
// read as. Where the corpus has few of a kind, more are generated.

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
)

// fewReal is how many real links of a kind are few.
const fewReal = 30

// reading is what the checks made of one link standing alone on a home page.
type reading struct {
	corpusLink
	kinds   []string // of the facts of accessibility-declaration
	ids     []string // publications taken for declarations
	hop     bool     // the link would be followed
	home    bool     // it leads to the home page itself, which was read
	verdict finding.Verdict
	reason  finding.Reason
	after   []string // verdict and reason once its page was read: without, then with AgID's link on it
}

// stratum is one kind of link.
type stratum struct {
	name, must string
	in         func(corpusLink) bool
	make       func(*rand.Rand) corpusLink
	wrong      func(reading) string // empty: right
}

var (
	rawID      = regexp.MustCompile(`(?i)form\.agid\.gov\.it/+view/+([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})`)
	exactLink  = regexp.MustCompile(`^https://form\.agid\.gov\.it/view/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	aims       = regexp.MustCompile(`(?i)obb?iettiv`)
	aimsAbroad = regexp.MustCompile(`(?i)ziele der barriere|objectifs d|cilji dostopn`)
	declares   = regexp.MustCompile(`(?i)d?ichi?a?razion|\bdic\. `)
	accessible = regexp.MustCompile(`(?i)accessib`)
	document   = regexp.MustCompile(`(?i)\.(pdf|p7m|docx?|odt|rtf|xlsx?|ods|zip)$`)
)

// unescaped is an address with its percent escapes undone.
func unescaped(s string) string {
	for range 3 {
		plain, err := url.PathUnescape(s)
		if err != nil {
			break
		}
		s = plain
	}
	return s
}

// idIn is the publication that an address names somewhere, or "".
func idIn(href string) string {
	m := rawID.FindStringSubmatch(unescaped(href))
	if m == nil {
		return ""
	}
	return strings.ToLower(m[1])
}

func names(l corpusLink) bool { return idIn(l.href) != "" && !aims.MatchString(l.text) }

// own tells a link that says declaration and leads away from AgID.
func own(l corpusLink) bool {
	return declares.MatchString(l.text) && accessible.MatchString(l.text) && !aims.MatchString(l.text) &&
		!strings.Contains(strings.ToLower(unescaped(l.href)), "agid.gov.it") && !strings.Contains(strings.ToLower(l.text), "totale")
}

func scheme(href string) string {
	s := strings.ToLower(strings.TrimSpace(href))
	switch {
	case s == "" || s[0] == '#':
		return "nowhere"
	case strings.HasPrefix(s, "javascript:"):
		return "script"
	case document.MatchString(strings.SplitN(s, "?", 2)[0]):
		return "document"
	}
	return "page"
}

func strata() []stratum {
	agids := func(l corpusLink, paths ...string) bool {
		rest, ok := strings.CutPrefix(strings.TrimSpace(strings.ToLower(l.href)), "https://form.agid.gov.it")
		for _, p := range paths {
			if ok && (rest == p || strings.HasSuffix(p, "…") && strings.HasPrefix(rest, strings.TrimSuffix(p, "…"))) {
				return idIn(l.href) == ""
			}
		}
		return false
	}
	text := func(l corpusLink, word string) bool { return strings.Contains(strings.ToLower(l.text), word) }
	return []stratum{
		{"the plain address of a publication", "declaration", func(l corpusLink) bool { return exactLink.MatchString(l.href) && names(l) }, nil, wrongUnlessTaken},
		{"wrapped by a mail filter or a redirect page", "declaration", func(l corpusLink) bool {
			return names(l) && !strings.HasPrefix(strings.TrimSpace(strings.ToLower(l.href)), "http://form.") && !strings.HasPrefix(strings.TrimSpace(strings.ToLower(l.href)), "https://form.")
		}, makeWrapped, wrongUnlessTaken},
		{"`%20` or a space at an end", "declaration", func(l corpusLink) bool {
			return names(l) && (strings.TrimSpace(l.href) != l.href || strings.HasSuffix(l.href, "%20"))
		}, makeEnd("%20", " ", "%20%20", "\u00a0", "\n"), wrongUnlessTaken},
		{"trailing `)`", "declaration", func(l corpusLink) bool { return names(l) && strings.HasSuffix(l.href, ")") }, makeEnd(")", "/)", ").", "%20)"), wrongUnlessTaken},
		{"trailing `/`", "declaration", func(l corpusLink) bool { return names(l) && strings.HasSuffix(l.href, "/") }, makeEnd("/", "//"), wrongUnlessTaken},
		{"http, query, fragment, capitals", "declaration", func(l corpusLink) bool {
			return names(l) && (strings.HasPrefix(l.href, "http://form.") || strings.HasPrefix(l.href, "https://form.") && strings.ContainsAny(l.href, "?#"))
		}, makeOdd, wrongUnlessTaken},
		{"`/view/` without an id", "AgID's front door", func(l corpusLink) bool { return agids(l, "/view", "/view/") }, makeFront("/view", "/view/", "/VIEW/", "/view/ "), wrongUnlessFront},
		{"`/view/#`", "AgID's front door", func(l corpusLink) bool { return agids(l, "/view/#") }, makeFront("/view/#", "/view#", "/view/#top"), wrongUnlessFront},
		{"`/view/` with no real id", "AgID's front door", func(l corpusLink) bool { return agids(l, "/view/x…", "/view/0…") }, makeFront("/view/xxxxx/", "/view/xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "/view/0a1b2c3d-4e5f", "/view/id"), wrongUnlessFront},
		{"`/home` and the bare host", "AgID's front door", func(l corpusLink) bool { return agids(l, "/home", "/", "") }, makeFront("/home", "/", "", "/home#", "/login", "/#/home"), wrongUnlessFront},
		{"other pages of AgID's", "no declaration", func(l corpusLink) bool {
			u := strings.ToLower(unescaped(l.href))
			return strings.Contains(u, "agid.gov.it") && !strings.Contains(u, "form.agid.gov.it")
		}, makeGeneric, wrongIfTaken},
		{"the words say objectives", "never a declaration", func(l corpusLink) bool { return aims.MatchString(l.text) || aimsAbroad.MatchString(l.text) }, makeObjectives, wrongIfTaken},
		{"says declaration, leads to a page of a site", "a hop, never passed by its text", func(l corpusLink) bool { return own(l) && scheme(l.href) == "page" }, makeOwn, wrongUnlessHop},
		{"says declaration, leads to a document", "never passed", func(l corpusLink) bool { return own(l) && scheme(l.href) == "document" }, makeDocument, wrongIfPassed},
		{"says declaration, leads nowhere (`#`, empty)", "never passed, no hop", func(l corpusLink) bool { return own(l) && scheme(l.href) == "nowhere" }, makeNowhere, wrongIfPassedOrHop},
		{"says declaration, leads where a script decides", "unknown, or red where the script does nothing", func(l corpusLink) bool { return own(l) && scheme(l.href) == "script" }, makeScripted, wrongIfPassed},
		{"\"accessibilità totale\"", "ignored", func(l corpusLink) bool { return text(l, "totale") && idIn(l.href) == "" }, makeTotal, wrongUnlessIgnored},
		{"accessibility toolbars", "ignored", func(l corpusLink) bool { return text(l, "toolbar") || text(l, "barra degli strumenti") }, makeToolbar, wrongUnlessIgnored},
		{"feedback forms", "no declaration", func(l corpusLink) bool {
			return text(l, "feedback") && !declares.MatchString(l.text) && idIn(l.href) == ""
		}, makeFeedback, wrongIfClaimed},
		{"any `javascript:`, `#` or empty address", "no declaration", func(l corpusLink) bool { return scheme(l.href) == "script" || scheme(l.href) == "nowhere" }, nil, wrongIfTaken},
	}
}

func wrongUnlessTaken(r reading) string {
	want := r.id
	if want == "" {
		want = idIn(r.href)
	}
	if len(r.ids) != 1 || r.ids[0] != want {
		return fmt.Sprintf("took %v", r.ids)
	}
	if r.verdict == finding.Fail {
		return "red: " + string(r.reason)
	}
	return ""
}

func wrongIfTaken(r reading) string {
	if len(r.ids) > 0 || r.verdict == finding.Pass {
		return fmt.Sprintf("took %v, %s", r.ids, r.verdict)
	}
	return ""
}

func wrongUnlessFront(r reading) string {
	if why := wrongIfTaken(r); why != "" || len(r.kinds) == 0 || r.kinds[0] == "agid_front" {
		return why
	}
	return fmt.Sprintf("read as %v", r.kinds)
}

func wrongIfPassed(r reading) string {
	if why := wrongIfTaken(r); why != "" {
		return why
	}
	if r.verdict == finding.Warn {
		return "warned only: " + string(r.reason)
	}
	return ""
}

func wrongIfPassedOrHop(r reading) string {
	if r.hop {
		return "a hop asked for"
	}
	return wrongIfPassed(r)
}

func wrongUnlessHop(r reading) string {
	switch {
	case !r.hop:
		return fmt.Sprintf("no hop asked for, read as %v, %s %s", r.kinds, r.verdict, r.reason)
	case r.verdict != finding.Unknown && !r.home:
		return fmt.Sprintf("%s %s before its page was read", r.verdict, r.reason)
	case len(r.after) == 2 && (!strings.HasPrefix(r.after[0], "fail") && !strings.HasPrefix(r.after[0], "unknown") || r.after[1] != "warn not_linked_from_home"):
		return fmt.Sprintf("after its page was read: %v", r.after)
	}
	return ""
}

func wrongUnlessIgnored(r reading) string {
	if r.hop || len(r.kinds) > 0 {
		return fmt.Sprintf("read as %v, hop %t", r.kinds, r.hop)
	}
	return ""
}

func wrongIfClaimed(r reading) string {
	for _, k := range r.kinds {
		if k != "accessibility_page" {
			return "read as " + k
		}
	}
	return wrongIfTaken(r)
}
