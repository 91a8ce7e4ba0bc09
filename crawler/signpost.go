package crawler

// Pages that only send on: meta refresh, a plain assignment to location, and a
// frameset with a single frame, which is how registrars forward a name.

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

// Bounds within which a page is taken for a signpost: one with more on it is a
// page that also has a script.
const (
	signpostText    = 400
	signpostLinks   = 5
	signpostScript  = 2_000
	signpostSeconds = 10
)

var (
	refresh  = regexp.MustCompile(`(?i)^\s*(\d+)(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?(.+)$`)
	location = regexp.MustCompile(`(?:^|[^\w.])(?:(?:window|document|self|top|parent)\s*\.\s*)?location(?:\s*\.\s*href)?\s*=\s*(?:"([^"\n]+)"|'([^'\n]+)')`)
	replace  = regexp.MustCompile(`(?:^|[^\w.])(?:(?:window|document|self|top|parent)\s*\.\s*)?location\s*\.\s*(?:replace|assign)\s*\(\s*(?:"([^"\n]+)"|'([^'\n]+)')\s*\)`)
)

// signpost is where a page without content sends its visitors, and by which
// kind of hop; nil where it does not.
func signpost(p *page.Page) (*url.URL, string) {
	if p == nil || p.Status >= 300 || p.Partial || len(p.Text) > signpostText || len(p.Links) > signpostLinks {
		return nil, ""
	}
	if to := resolve(p, refreshTarget(p.MetaContent("refresh"))); to != nil {
		return to, hopMeta
	}
	if frames := framesOf(p); len(frames) == 1 {
		return frames[0], hopFrame
	}
	if len(p.Inline) > signpostScript {
		return nil, ""
	}
	for _, form := range []*regexp.Regexp{location, replace} {
		if m := form.FindStringSubmatch(p.Inline); m != nil {
			if to := resolve(p, m[1]+m[2]); to != nil {
				return to, hopScript
			}
		}
	}
	return nil, ""
}

func refreshTarget(content string) string {
	m := refresh.FindStringSubmatch(content)
	if m == nil {
		return ""
	}
	if seconds, err := strconv.Atoi(m[1]); err != nil || seconds > signpostSeconds {
		return ""
	}
	return strings.Trim(strings.TrimSpace(m[2]), `"'`)
}

func resolve(p *page.Page, href string) *url.URL {
	base, err := url.Parse(p.FinalURL)
	if err != nil || href == "" {
		return nil
	}
	canonical, ok := page.Canonical(base, href)
	if !ok || canonical == p.FinalURL {
		return nil
	}
	to, err := url.Parse(canonical)
	if err != nil {
		return nil
	}
	return to
}
