package crawler

// robots.txt as RFC 9309 has it, read by ourselves: colly's and temoto's
// readers match the product by prefix, refuse on a tie, and void a whole file
// for one bad line.

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	robotsMaxBytes    = 500 << 10 // RFC 9309 2.5: at least 500 KiB must be read; we read no more
	robotsMaxSitemaps = 50
	robotsMaxURL      = 2048
	robotsMaxDelay    = time.Hour // of a Crawl-delay as read; the pacer caps it much lower
)

// robotsPolicy is what an answer to the request for robots.txt means.
type robotsPolicy int

const (
	robotsRefuse   robotsPolicy = iota // for now: nothing may be fetched (RFC 9309 2.3.1.4, unreachable)
	robotsAllowAll                     // there are no rules (2.3.1.3, unavailable)
	robotsParse                        // the body has the rules (2.3.1.1)
)

// robotsFromStatus maps the outcome of fetching robots.txt to a policy. The
// status is the last one after at most five redirects, which the caller follows
// (2.3.1.2: where they do not end, there is no robots.txt; the caller passes
// the 3xx). An error is any that kept us from an answer, a time-out above all.
// 429 counts as 5xx although it is a 4xx: the server asks for less.
func robotsFromStatus(status int, err error) robotsPolicy {
	switch {
	case err != nil:
		return robotsRefuse
	case status >= 200 && status < 300:
		return robotsParse
	case status == 429:
		return robotsRefuse
	case status >= 300 && status < 500:
		return robotsAllowAll
	default:
		return robotsRefuse
	}
}

// robotsRules are the rules of one host for our product. The nil and the zero
// value allow everything.
type robotsRules struct {
	rules []robotsRule
	delay time.Duration
	maps  []string
}

// robotsGroup is a run of User-agent lines and the rules below them.
type robotsGroup struct {
	ours, anyone bool
	rules        []robotsRule
	delay        time.Duration
}

// parseRobots reads the first 500 KiB of a robots.txt for one product token
// ("vigile"). Groups that name the product, in any case, are merged; where none
// does, those of "*" are. Lines that make no sense are skipped, so any body at
// all can be given.
func parseRobots(body []byte, product string) *robotsRules {
	if len(body) > robotsMaxBytes {
		body = body[:robotsMaxBytes]
		// Half a line must not be read as a whole one.
		body = body[:bytes.LastIndexAny(body, "\r\n")+1]
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	reader := robotsReader{product: product}
	for line := range strings.FieldsFuncSeq(string(body), func(r rune) bool { return r == '\n' || r == '\r' }) {
		reader.line(line)
	}
	return reader.result()
}

type robotsReader struct {
	product string
	groups  []*robotsGroup
	open    bool // the last line that counted was a User-agent
	maps    []string
}

func (r *robotsReader) line(line string) {
	line, _, _ = strings.Cut(line, "#")
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		return
	}
	value = strings.Trim(value, " \t\v\f")
	switch strings.ToLower(strings.Trim(key, " \t\v\f")) {
	case "user-agent":
		r.agent(value)
	case "allow":
		r.rule(value, true)
	case "disallow":
		r.rule(value, false)
	case "crawl-delay":
		// Not of the RFC, so it must not end the list of agents (2.2.4).
		if g := r.group(); g != nil {
			g.delay = max(g.delay, robotsDelay(value))
		}
	case "sitemap":
		r.sitemap(value)
	}
}

func (r *robotsReader) group() *robotsGroup {
	if len(r.groups) == 0 {
		return nil
	}
	return r.groups[len(r.groups)-1]
}

func (r *robotsReader) agent(value string) {
	if !r.open {
		r.groups = append(r.groups, &robotsGroup{})
		r.open = true
	}
	token := robotsToken(value)
	g := r.group()
	g.ours = g.ours || strings.EqualFold(token, r.product)
	g.anyone = g.anyone || token == "*"
}

// robotsToken is the product of a User-agent line: some write a version behind
// it, though the RFC has none there.
func robotsToken(value string) string {
	if end := strings.IndexAny(value, "/ \t;,("); end >= 0 {
		value = value[:end]
	}
	return value
}

func (r *robotsReader) rule(value string, allow bool) {
	r.open = false
	g := r.group()
	if g == nil || !(g.ours || g.anyone) {
		return
	}
	if value == "" || (value[0] != '/' && value[0] != '*') {
		return // an empty pattern matches nothing (2.2.2)
	}
	g.rules = append(g.rules, newRobotsRule(value, allow))
}

func (r *robotsReader) sitemap(value string) {
	if len(r.maps) >= robotsMaxSitemaps || value == "" || len(value) > robotsMaxURL || slices.Contains(r.maps, value) {
		return
	}
	r.maps = append(r.maps, strings.Clone(value)) // not to keep the whole file
}

// result is nil where everything is allowed and there is nothing else to know.
func (r *robotsReader) result() *robotsRules {
	out := &robotsRules{maps: slices.Clip(r.maps)}
	named := slices.ContainsFunc(r.groups, func(g *robotsGroup) bool { return g.ours })
	for _, g := range r.groups {
		if g.ours || !named && g.anyone {
			out.rules = append(out.rules, g.rules...)
			out.delay = max(out.delay, g.delay)
		}
	}
	if out.rules = slices.Clip(out.rules); len(out.rules) == 0 && len(out.maps) == 0 && out.delay == 0 {
		return nil
	}
	return out
}

// robotsDelay reads seconds, with a fraction after a dot or a comma; 0 where it
// is no number.
func robotsDelay(value string) time.Duration {
	seconds, err := strconv.ParseFloat(strings.Replace(value, ",", ".", 1), 64)
	if err != nil || !(seconds > 0) { // NaN is not above 0 either
		return 0
	}
	if seconds >= robotsMaxDelay.Seconds() {
		return robotsMaxDelay
	}
	return time.Duration(seconds * float64(time.Second))
}

// allowed says whether a path with its query may be fetched: the longest
// pattern that matches decides, and of two as long the one that allows (2.2.2).
func (r *robotsRules) allowed(pathAndQuery string) bool {
	if r == nil || len(r.rules) == 0 {
		return true
	}
	path, _, _ := strings.Cut(pathAndQuery, "#")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if path == "/robots.txt" {
		return true
	}
	path = robotsNormal(path, false)
	longest, allow := -1, true
	for i := range r.rules {
		rule := &r.rules[i]
		n := len(rule.pattern.Value())
		if n < longest || n == longest && (allow || !rule.allow) {
			continue
		}
		if rule.matches(path) {
			longest, allow = n, rule.allow
		}
	}
	return allow
}

// crawlDelay is the largest Crawl-delay of our groups, at most an hour; 0 where
// there is none.
func (r *robotsRules) crawlDelay() time.Duration {
	if r == nil {
		return 0
	}
	return r.delay
}

// weight is about how many bytes the rules take.
func (r *robotsRules) weight() int {
	if r == nil {
		return 0
	}
	n := 64
	for _, rule := range r.rules {
		n += 16 + len(rule.pattern.Value()) // counted again for each host that has it, on the safe side
	}
	for _, m := range r.maps {
		n += 16 + len(m)
	}
	return n
}

// sitemaps are the values of the Sitemap lines as written, at most fifty of at
// most 2,048 bytes. They are outside strings: resolve and vet them.
func (r *robotsRules) sitemaps() []string {
	if r == nil {
		return nil
	}
	return r.maps
}
