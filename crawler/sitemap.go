package crawler

// Sitemaps: asked only when something is wanted that no page names, streamed,
// and used to rank candidates by their address; never to enumerate a site.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/net/html/charset"

	"github.com/vigile-it/vigile/crawler/page"
)

// Bounds on what is read of a site's sitemaps.
const (
	maxSitemaps     = 4          // files of one visit, index files included
	sitemapLimit    = 10_000_000 // bytes of one file after decompression (sitemaps.org allows 50 MB)
	maxSitemapURLs  = 50_000     // of one file (sitemaps.org)
	maxSitemapLinks = 100        // candidates taken from all of them
	maxLoc          = page.MaxHref
)

// askSitemaps looks into the site's sitemaps, once a visit, for addresses that
// serve what is wanted and nowhere linked. It tells whether it found any.
func (s *session) askSitemaps(ctx context.Context) bool {
	wanted := s.frontier.unserved(s.wanted)
	if s.sitemaps || len(wanted) == 0 || s.exhausted() != "" {
		return false
	}
	s.sitemaps = true
	queue := s.sitemapAddresses(ctx)
	s.trace.Asked, s.trace.Sitemaps = true, slices.Clone(queue)
	var found []page.Link
	for n := 0; n < len(queue) && n < maxSitemaps && ctx.Err() == nil; n++ {
		var inside []string
		s.readSitemap(ctx, queue[n], func(loc string, index bool) bool {
			l, ok := s.sitemapLink(loc, queue[n])
			switch {
			case !ok:
			case index:
				if len(inside) < maxSitemaps && !slices.Contains(queue, l.URL) {
					inside = append(inside, l.URL)
				}
			case s.frontier.serves(l, wanted):
				found = append(found, l)
			}
			return len(found) < maxSitemapLinks
		})
		queue = append(queue, inside...)
	}
	before := len(s.frontier.order)
	s.frontier.add(found, 0)
	return len(s.frontier.order) > before
}

// sitemapAddresses are the sitemaps that robots.txt names on the site, else the
// one by convention.
func (s *session) sitemapAddresses(ctx context.Context) []string {
	home, err := url.Parse(s.visit.FinalURL)
	if err != nil {
		return nil
	}
	var named []string
	if s.crawler.obeyRobots {
		if known, err := s.policy(ctx, home, &transfer{}); err == nil {
			for _, raw := range known.rules.sitemaps() {
				if address, ok := page.Canonical(home, raw); ok && s.isOwn(address) && !slices.Contains(named, address) {
					named = append(named, address)
				}
			}
		}
	}
	if len(named) > 0 {
		return named[:min(len(named), maxSitemaps)]
	}
	address := url.URL{Scheme: home.Scheme, Host: home.Host, Path: "/sitemap.xml"}
	if !s.isOwn(address.String()) { // a tenant of a shared host: the file is the host's
		return nil
	}
	return []string{address.String()}
}

func (s *session) isOwn(address string) bool {
	u, err := url.Parse(address)
	return err == nil && s.scope.contains(u)
}

// sitemapLink is an entry as a link without a label.
func (s *session) sitemapLink(loc, from string) (page.Link, bool) {
	address, ok := page.Canonical(nil, strings.TrimSpace(loc))
	if !ok || !s.isOwn(address) {
		return page.Link{}, false
	}
	return page.Link{Href: address, URL: address, Place: page.PlaceBody, Page: from}, true
}

// serves tells whether a link serves one of the interests.
func (f *frontier) serves(l page.Link, wanted []page.Interest) bool {
	return slices.ContainsFunc(wanted, func(i page.Interest) bool {
		n, known := f.index[i.ID]
		return known && f.match(n, &l) > 0
	})
}

// readSitemap streams one file and calls visit for each address in it, until
// that answers false.
func (s *session) readSitemap(ctx context.Context, address string, visit func(loc string, index bool) bool) {
	all := true
	got := s.ahead.sitemapAt(address)
	read := func(r io.Reader) error {
		return locations(r, func(loc string, index bool) bool {
			all = visit(loc, index)
			return all
		})
	}
	if got != nil {
		got.Detail = detail(read(bytes.NewReader(got.body)))
		s.visit.Fetches = append(s.visit.Fetches, got.Fetch)
	} else {
		got = s.fetchSitemap(ctx, address, page.Source{}, read)
	}
	s.markSitemap(got, all)
}

// sitemap is one file that was asked for.
type sitemap struct {
	page.Fetch
	source page.Source // of one that was read to its end, redirects apart
	body   []byte      // where it is at hand
}

// fetchSitemap asks for a sitemap and has it read, unless it is still the known
// one. It books the request.
func (s *session) fetchSitemap(ctx context.Context, address string, known page.Source, read func(io.Reader) error) *sitemap {
	got := &sitemap{Fetch: page.Fetch{URL: address, Kind: page.FetchSitemap}}
	t := &transfer{kind: page.FetchSitemap, limit: sitemapLimit, known: known, vet: func(to *url.URL) error {
		if !s.scope.contains(to) {
			return &refusal{reach: page.ReachOffsite, why: "the redirect leaves the site"}
		}
		return nil
	}}
	began := s.crawler.now()
	defer func() {
		s.waited += t.waited
		s.bytes += t.report.Size
		got.Took, got.Waited = max(0, s.crawler.now().Sub(began)-t.waited-t.robots), t.waited
		got.Size, got.Truncated = int(t.report.Size), t.report.Truncated
		s.crawler.metrics.bytes.Add(float64(t.report.Size))
		s.visit.Fetches = append(s.visit.Fetches, got.Fetch)
	}()
	req, err := http.NewRequestWithContext(withTransfer(ctx, t), http.MethodGet, address, nil)
	if err != nil {
		got.Reach, got.Detail = page.ReachOurFault, detail(err)
		return got
	}
	req.Header = http.Header{"User-Agent": {s.crawler.userAgent}, "Accept": {"application/xml,text/xml;q=0.9,*/*;q=0.5"}}
	resp, err := (&http.Client{Transport: gate{s}, CheckRedirect: redirected}).Do(req)
	if err != nil {
		got.Reach, got.Detail = reachOfError(err, t.touched.Load()), detail(err)
		return got
	}
	defer resp.Body.Close()
	got.Status, got.Reach = resp.StatusCode, reachOfStatus(resp.StatusCode, false)
	switch {
	case got.Status == http.StatusNotModified && len(known.Conditions()) > 0 && len(t.hops) == 0:
		got.Reach, got.Unchanged = page.ReachOK, true
	case got.Reach == page.ReachOK:
		sum := page.NewSum(resp.Header.Get(contentType))
		body := io.TeeReader(resp.Body, sum)
		got.Detail = detail(read(body))
		if _, err := io.Copy(io.Discard, body); err == nil && t.cut == nil && !t.report.Truncated && len(t.hops) == 0 {
			got.source = page.SourceBy(address, resp.Header, sum)
		}
	}
	return got
}

// markSitemap notes a sitemap as a step of the trace; all: it was read to its end.
func (s *session) markSitemap(got *sitemap, all bool) {
	switch {
	case got.Reach == page.ReachOK && all && got.source.Sum != "", gone(got.Status):
		s.trace.Steps = append(s.trace.Steps, page.Step{Kind: page.FetchSitemap, URL: got.URL, Reach: got.Reach, Status: got.Status, Source: got.source})
	default:
		s.lost = true
	}
}

// locations reads the addresses of a sitemap or a sitemap index, gzipped or
// not. What is broken ends the reading; what came before it counts.
func locations(r io.Reader, visit func(loc string, index bool) bool) error {
	plain, err := inflated(r)
	if err != nil {
		return err
	}
	d := xml.NewDecoder(io.LimitReader(plain, sitemapLimit))
	d.Strict = false
	d.CharsetReader = charset.NewReaderLabel
	for range maxSitemapURLs {
		loc, index, err := nextLocation(d)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if !visit(loc, index) {
			break
		}
	}
	return nil
}

// inflated undoes a gzip that is part of the file and not of the transfer.
func inflated(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if magic, err := b.Peek(2); err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return b, nil // what is too short for a header is too short for an address
	}
	return gzip.NewReader(b)
}

// nextLocation is the text of the next <loc>, and whether it names another
// sitemap.
func nextLocation(d *xml.Decoder) (loc string, index bool, err error) {
	inside, parent := false, ""
	var text []byte
	for {
		token, err := d.RawToken()
		if err != nil {
			return "", false, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if name := strings.ToLower(token.Name.Local); name == "loc" && token.Name.Space == "" {
				inside = true
			} else {
				parent = name
			}
		case xml.CharData:
			if inside && len(text) <= maxLoc {
				text = append(text, token[:min(len(token), maxLoc+1)]...)
			}
		case xml.EndElement:
			if inside && len(text) <= maxLoc {
				return string(text), parent == "sitemap", nil
			}
			inside, text = false, nil
		}
	}
}
