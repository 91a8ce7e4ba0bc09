package web

// What a request may ask: each parameter of a closed list, once, bounded and
// checked before anything is done with it.

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// Bounds on what a request may ask.
const (
	maxQuery = 2_048 // bytes of a query string
	maxValue = 200   // characters of one value
	maxPage  = 10_000
	maxLimit = 1_000
	maxSince = 10 * 366 * 24 * time.Hour
)

// The parameters.
const (
	paramProvince = "provincia"
	paramRegion   = "regione"
	paramCheck    = "check"
	paramVerdict  = "verdict"
	paramReach    = "reach"
	paramName     = "q"
	paramPage     = "page"
	paramLimit    = "limit"
	paramSince    = "since"
	paramFormat   = "format"
	paramWall     = "schermo"
)

// query is what a request asks. The zero value of a field asks for nothing.
type query struct {
	province string // two letters, upper case
	region   string // as it was typed
	check    string // an id
	verdict  finding.Verdict
	reach    page.Reach
	name     string
	page     int // from 1; 0: not given
	limit    int
	since    time.Time
	format   string
	wall     int // minutes; 0: not given
	counted  counted
}

// queryError is a query that cannot be answered.
type queryError struct {
	param string // empty: the query string as a whole
	why   string // a code with a text under web.query
}

func (e *queryError) Error() string { return "query: " + e.param + ": " + e.why }

// parseQuery reads a query string. Of parameters that are not allowed a strict
// reading complains; another passes over them. An empty value is none. Moments
// that are said as an age are counted from now.
func parseQuery(raw string, strict bool, now time.Time, allowed ...string) (query, error) {
	var q query
	if len(raw) > maxQuery {
		return q, &queryError{why: "too_long"}
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, &queryError{why: "malformed"}
	}
	for name, vs := range values {
		if !slices.Contains(allowed, name) {
			if strict {
				return query{}, &queryError{param: page.Clean(name, maxLabel), why: "not_known"}
			}
			continue
		}
		if len(vs) > 1 {
			return query{}, &queryError{param: name, why: "twice"}
		}
		if vs[0] = strings.TrimSpace(vs[0]); vs[0] == "" {
			continue
		}
		if err := q.set(name, vs[0], now); err != nil {
			return query{}, err
		}
	}
	return q, nil
}

func (q *query) set(name, v string, now time.Time) error {
	if !utf8.ValidString(v) || utf8.RuneCountInString(v) > maxValue || strings.ContainsFunc(v, unicode.IsControl) {
		return &queryError{param: name, why: "bad_text"}
	}
	ok := true
	switch name {
	case paramProvince:
		q.province, ok = strings.ToUpper(v), letters(v) && len(v) == 2
	case paramRegion:
		q.region = v
	case paramCheck:
		q.check, ok = v, checkID(v)
	case paramVerdict:
		q.verdict, ok = finding.Verdict(v), slices.Contains(verdicts, finding.Verdict(v))
	case paramReach:
		q.reach, ok = page.Reach(v), slices.Contains(reaches, page.Reach(v))
	case paramName:
		q.name = v
	case paramPage:
		q.page, ok = number(v, maxPage)
	case paramLimit:
		q.limit, ok = number(v, maxLimit)
	case paramSince:
		q.since, ok = moment(v, now)
	case paramFormat:
		q.format = v
	case paramWall:
		q.wall, ok = number(v, maxWall)
	default:
		if !q.counted.set(name, v) {
			return &queryError{param: name, why: "bad_counted"}
		}
	}
	if !ok {
		return &queryError{param: name, why: "bad_" + name}
	}
	return nil
}

// encode is the query string of what is asked, without the page.
func (q query) encode() url.Values {
	out := url.Values{}
	for name, v := range map[string]string{
		paramProvince: q.province, paramRegion: q.region, paramCheck: q.check, paramVerdict: string(q.verdict),
		paramReach: string(q.reach), paramName: q.name,
	} {
		if v != "" {
			out.Set(name, v)
		}
	}
	q.counted.encode(out)
	return out
}

func letters(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
}

// checkID tells whether s has the form of a check's id.
func checkID(s string) bool {
	return len(s) <= maxLabel && s[0] >= 'a' && s[0] <= 'z' &&
		!strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
}

// istatCode tells whether s has the form of a comune's ISTAT code.
func istatCode(s string) bool {
	return len(s) == 6 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func number(s string, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1 && n <= most
}

// moment is a date, a time as RFC 3339 has it, or an age: 7d, 36h.
func moment(s string, now time.Time) (time.Time, bool) {
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), t.Year() >= 2000 && t.Year() < 2200
		}
	}
	age, err := age(s)
	if err != nil || age <= 0 || age > maxSince {
		return time.Time{}, false
	}
	return now.Add(-age).UTC(), true
}

func age(s string) (time.Duration, error) {
	days, ok := strings.CutSuffix(s, "d")
	if !ok {
		return time.ParseDuration(s)
	}
	n, ok := number(days, int(maxSince/(24*time.Hour)))
	if !ok {
		return 0, errors.New("no number of days")
	}
	return time.Duration(n) * 24 * time.Hour, nil
}
