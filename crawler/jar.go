package crawler

// Cookies: kept within one visit, and few.

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"golang.org/x/net/publicsuffix"
)

// Bounds on what a visit keeps; the rest is dropped.
const (
	maxCookies     = 60
	maxCookieBytes = 4096 // of one
)

// jar is a cookie jar of one visit that a site cannot fill without end.
type jar struct {
	http.CookieJar
	kept int
}

func newJar() *jar {
	inner, _ := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // never fails
	return &jar{CookieJar: inner}
}

// SetCookies keeps the first cookies a visit is given, as long as they are small.
func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	var keep []*http.Cookie
	for _, c := range cookies {
		if j.kept < maxCookies && len(c.Name)+len(c.Value) <= maxCookieBytes {
			j.kept++
			keep = append(keep, c)
		}
	}
	j.CookieJar.SetCookies(u, keep)
}
