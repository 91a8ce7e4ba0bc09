package crawler

// Hostile input over the wire: each kind with its reach, bounded in what is
// read and kept.

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/andybalholm/brotli"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/netguard"
)

// bomb is a small body that unpacks to 64 MB.
func bomb(encoding string, pack func(io.Writer) io.WriteCloser) http.HandlerFunc {
	var packed bytes.Buffer
	z := pack(&packed)
	zeros := make([]byte, 1<<20)
	for range 64 {
		z.Write(zeros)
	}
	z.Close()
	return openTo(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		rw.Header().Set("Content-Encoding", encoding)
		rw.Write(packed.Bytes())
	})
}

func gzipped(w io.Writer) io.WriteCloser  { return must(gzip.NewWriterLevel(w, gzip.BestSpeed)) }
func brotlied(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 1) }
func gzippedTwice(w io.Writer) io.WriteCloser {
	outer := must(gzip.NewWriterLevel(w, gzip.BestSpeed))
	return nested{must(gzip.NewWriterLevel(outer, gzip.BestSpeed)), outer}
}

func must(z *gzip.Writer, _ error) *gzip.Writer { return z } // the level is a good one

type nested struct {
	io.WriteCloser
	outer io.Closer
}

func (n nested) Close() error { n.WriteCloser.Close(); return n.outer.Close() }

// endless writes the same bytes until the client has had enough.
func endless(head, again string) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		w.host(site, &host{listener: raw(t, func(c net.Conn) {
			c.Read(make([]byte, 4096))
			io.WriteString(c, head)
			chunk := []byte(strings.Repeat(again, 1+8192/len(again)))
			for {
				if _, err := c.Write(chunk); err != nil {
					return
				}
			}
		})})
	}
}

// says is a listener that says the same to everybody, but 404 to the first,
// who asks for robots.txt.
func says(answer string) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		w.host(site, &host{listener: raw(t, func(c net.Conn) {
			buf := make([]byte, 4096)
			n, _ := c.Read(buf)
			if bytes.HasPrefix(buf[:n], []byte("GET /robots.txt")) {
				io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
				return
			}
			io.WriteString(c, answer)
		})})
	}
}

func TestHostileInputIsBoundedAndTold(t *testing.T) {
	served := func(h http.HandlerFunc) func(*testing.T, *world) {
		return func(_ *testing.T, w *world) { w.put(site, h) }
	}
	body := func(contentType, body string) func(*testing.T, *world) {
		return served(openTo(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", contentType)
			io.WriteString(rw, body)
		}))
	}
	const html, ok = "text/html; charset=utf-8", page.ReachOK
	plainHTTP := "http://" + site + ":8080/"
	for _, tt := range []struct {
		name string
		want page.Reach
		url  string // empty: root
		put  func(*testing.T, *world)
		time time.Duration
		home page.Reading // empty: read
	}{
		{name: "a gzip bomb", want: page.ReachTooLarge, put: served(bomb("gzip", gzipped))},
		{name: "a gzip bomb in a gzip", want: page.ReachTooLarge, put: served(bomb("gzip, gzip", gzippedTwice))},
		{name: "a brotli bomb", want: page.ReachTooLarge, put: served(bomb("br", brotlied))},
		{name: "60 MB of page", want: page.ReachTooLarge, put: served(openTo(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			chunk := []byte(strings.Repeat("<p>Delibera</p>\n", 1<<12))
			for range 60 << 20 / len(chunk) {
				if _, err := rw.Write(chunk); err != nil {
					return
				}
			}
		}))},
		{name: "a body without end", want: page.ReachTooLarge, url: plainHTTP, put: endless("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "<p>ancora</p>")},
		{name: "one byte at a time", want: page.ReachTooSlow, time: timeOut, put: served(trickle)},
		{name: "a header without end", want: page.ReachTooLarge, url: plainHTTP, put: endless("HTTP/1.1 200 OK\r\n", "X-Ancora: bbbbbbbbbbbb\r\n")},
		{name: "a header line without end", want: page.ReachTooLarge, url: plainHTTP, put: endless("HTTP/1.1 200 OK\r\nX-Ancora: ", "b")},
		{name: "a status line without end", want: page.ReachTooLarge, url: plainHTTP, put: endless("HTTP/1.1 200 ", "O")},
		{name: "a hundred thousand nested tags", want: ok, home: page.Unread, put: body(html, content(strings.Repeat("<b>", 100_000)))},
		{name: "fifty thousand links", want: ok, home: page.Unread, put: body(html, content(strings.Repeat(`<a href="/x?n=1">Servizi</a>`, 50_000)))},
		{name: "attributes without end", want: ok, put: body(html, content("<a "+strings.Repeat("x=y ", 100_000)+">"))},
		{name: "NUL bytes and escapes", want: ok, put: body(html, content("\x00\x00<a href=\"/\x00a\">\x1b[31mServizi\x00</a>"))},
		{name: "invalid UTF-8", want: ok, put: body(html, content("\xff\xfe\xc3\x28\xf0\x9f\x92"))},
		{name: "invalid UTF-16", want: ok, put: body("text/html", "\xff\xfe"+wide(content(""))+"\x00\xd8\x00\xdc\x00\xd8x")},
		{name: "UTF-16 by its label alone, which lies", want: ok, put: body("text/html; charset=utf-16", content(""))},
		{name: "a charset that does not exist", want: ok, put: body("text/html; charset=klingon", content(""))},
		{name: "two labels that contradict each other", want: ok, put: body("text/html; charset=iso-8859-1; charset=utf-8", content("<meta charset=shift_jis>"))},
		{name: "duplicate headers", want: ok, put: served(openTo(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header()["Content-Type"] = []string{"text/html", "application/pdf", "text/html; charset=utf-16"}
			rw.Header()["Location"] = []string{"/a", "/b"}
			rw.Header()["Retry-After"] = []string{"1", "99999999999999999999"}
			io.WriteString(rw, content(""))
		}))},
		{name: "two lengths", want: page.ReachConnReset, url: plainHTTP, put: says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")},
		{name: "no HTTP at all", want: page.ReachConnReset, url: plainHTTP, put: says("220 posta.example.it ESMTP\r\n")},
		{name: "cookies by the thousand", want: ok, put: served(openTo(func(rw http.ResponseWriter, r *http.Request) {
			for i := range 4000 {
				rw.Header().Add("Set-Cookie", fmt.Sprintf("c%d=x; Path=/", i))
			}
			rw.Header().Set("Content-Type", html)
			io.WriteString(rw, content(""))
		}))},
		{name: "a meta refresh to itself", want: ok, put: body(html, content(`<meta http-equiv=refresh content="0;url=/">`))},
		{name: "a frameset of itself", want: page.ReachEmptyOrJSOnly, put: body(html, `<frameset><frame src="/"><frame src="/?a"><frame src="/?b"></frameset>`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.put(t, w)
			watch := &watcher{wants: []page.Interest{about("servizi")}}
			url := tt.url
			if url == "" {
				url = root
			}
			measured := watchMemory()
			v, err := w.crawler(func(o *Options) { o.SiteBudget = or(tt.time, 20*time.Second) }).Visit(t.Context(), Target{URL: url}, watch)
			grown := measured()
			t.Logf("%-16s %2d requests, %9d bytes, RssAnon grew by %3d MB at most (the server's share included), %s",
				v.Reach, len(v.Fetches), bytesRead(v), grown>>20, v.Took.Round(time.Millisecond))
			if err != nil || v.Reach != tt.want {
				t.Errorf("%v, reach %s (%s), want %s; attempts %v", err, v.Reach, v.Detail, tt.want, attempted(v))
			}
			want := tt.home
			if want == "" {
				want = page.Read
			}
			if got := reading(v, page.Home); v.Reach == ok && got != want {
				t.Errorf("the home page is %s, want %s", got, want)
			}
			if len(v.Fetches) > 60 || bytesRead(v) > bytesPerLimit*defaultPageLimit {
				t.Errorf("%d requests, %d bytes", len(v.Fetches), bytesRead(v))
			}
			for _, p := range watch.pages {
				if !utf8.ValidString(p.Text) || strings.ContainsAny(p.Text, "\x00\x1b") {
					t.Error("what was shown is no clean text")
				}
			}
		})
	}
}

// wide is a text in UTF-16, little end first.
func wide(s string) string {
	var out strings.Builder
	for _, r := range s {
		out.WriteByte(byte(r))
		out.WriteByte(byte(r >> 8))
	}
	return out.String()
}

func bytesRead(v page.Visit) (n int) {
	for _, f := range v.Fetches {
		n += f.Size
	}
	return n
}

func TestRedirectsLeadNowhereInside(t *testing.T) {
	for _, to := range []string{
		"file:///etc/passwd", "data:text/html,<h1>Comune</h1>", "gopher://example.it/", "javascript:alert(1)", "ftp://example.it/",
		"http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://0.0.0.0/", "http://10.0.0.1/", "http://192.168.1.1/admin",
		"http://169.254.7.7/", "http://[fe80::1]/", "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/",
		"http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
		"http://interno.example.it/", "http://www.example.it:22/", "http://user:pass@127.0.0.1/",
	} {
		t.Run(to, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *netguard.Options) { o.AllowPrivate = false })
			outside := []string{"151.101.1.1"}
			w.at(w.put(site, redirectTo(to)), outside...)
			w.at(w.put("interno.example.it", pages(home(""))), "10.0.0.1")
			w.at(w.put("localhost", pages(home(""))), "127.0.0.1")
			v := w.visit(root, &watcher{})
			if v.Reach != page.ReachOffsite {
				t.Errorf("reach %s (%s)", v.Reach, v.Detail)
			}
			for _, asked := range w.ledger.asked {
				if !strings.HasPrefix(asked, site) && !strings.HasPrefix(asked, bare) {
					t.Errorf("asked for %s", asked)
				}
			}
		})
	}
}

// watchMemory samples the anonymous memory of the process until the function it
// returns is called, which gives the growth at its peak; 0 where the system
// does not tell.
func watchMemory() (stop func() (peak int64)) {
	debug.FreeOSMemory()
	before, most := rssAnon(), int64(0)
	done := make(chan struct{})
	var sampling sync.WaitGroup
	sampling.Go(func() {
		for {
			most = max(most, rssAnon()-before)
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	return func() int64 {
		close(done)
		sampling.Wait()
		return most
	}
}

// rssAnon is RssAnon of /proc/self/status in bytes.
func rssAnon() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kB int64
	if _, rest, ok := strings.Cut(string(status), "RssAnon:"); ok {
		fmt.Sscan(rest, &kB)
	}
	return kB << 10
}
