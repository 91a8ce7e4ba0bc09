package crawler

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLocationsOfASitemap(t *testing.T) {
	plain := `<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="x">
		<url><loc> https://x.it/a&amp;b </loc><image:image><image:loc>https://x.it/i.png</image:loc></image:image></url><url><loc><![CDATA[https://x.it/c]]></loc></url></urlset>`
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte(plain))
	z.Close()
	urls := []string{"https://x.it/a&b", "https://x.it/c"}
	for _, tt := range []struct {
		name, body string
		want       []string
		index      bool
	}{
		{"plain", plain, urls, false},
		{"gzipped", zipped.String(), urls, false},
		{"an index", "<sitemapindex><sitemap><loc>https://x.it/s.xml</loc></sitemap></sitemapindex>", []string{"https://x.it/s.xml"}, true},
		{"broken off", "<urlset><url><loc>https://x.it/a</loc></url><url><lo", []string{"https://x.it/a"}, false},
		{"a page in its place", "<html><body><p>Pagina non trovata</p></body></html>", nil, false},
		{"nothing", "", nil, false},
		{"an address without end", "<urlset><url><loc>" + strings.Repeat("a", 100_000) + "</loc></url></urlset>", nil, false},
		{"entities that grow", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>`, []string{"&b;"}, false},
	} {
		var got []string
		_ = locations(strings.NewReader(tt.body), func(loc string, index bool) bool {
			got = append(got, strings.TrimSpace(loc))
			if index != tt.index {
				t.Errorf("%s: index %v", tt.name, index)
			}
			return true
		})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func FuzzSitemap(f *testing.F) {
	f.Add([]byte("<urlset><url><loc>https://x.it/a</loc></url></urlset>"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Add([]byte("<?xml version='1.0' encoding='utf-16'?><sitemapindex><sitemap><loc>x"))
	f.Fuzz(func(t *testing.T, body []byte) {
		n := 0
		_ = locations(bytes.NewReader(body), func(loc string, _ bool) bool {
			if n++; len(loc) > maxLoc {
				t.Errorf("an address of %d bytes", len(loc))
			}
			return n < 1000
		})
	})
}
