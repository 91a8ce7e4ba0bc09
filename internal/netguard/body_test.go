package netguard

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

func packed(t testing.TB, encoding string, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zlib":
		w = zlib.NewWriter(&out)
	case "flate":
		w, _ = flate.NewWriter(&out, flate.BestSpeed)
	case "br":
		w = brotli.NewWriter(&out)
	case "zstd":
		w, _ = zstd.NewWriter(&out)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bothWays runs a test of bodies that are read as they come, and of those that are
// taken off their connection first.
func bothWays(t *testing.T, test func(t *testing.T, read func(io.ReadCloser) ([]byte, error))) {
	t.Run("as it comes", func(t *testing.T) { test(t, func(body io.ReadCloser) ([]byte, error) { return io.ReadAll(body) }) })
	t.Run("drawn", func(t *testing.T) {
		test(t, func(body io.ReadCloser) ([]byte, error) {
			Draw(body, new(bytes.Buffer))
			return io.ReadAll(body)
		})
	})
}

const pageText = "<!doctype html><title>Comune di Prova</title><p>Amministrazione trasparente"

func TestBodiesAreDecoded(t *testing.T) { bothWays(t, bodiesAreDecoded) }

func bodiesAreDecoded(t *testing.T, read func(io.ReadCloser) ([]byte, error)) {
	page := []byte(pageText)
	zip := packed(t, "gzip", page)
	tests := map[string]struct {
		label string
		sent  []byte
		want  string
	}{
		"plain":                                {"", page, pageText},
		"identity":                             {"identity", page, pageText},
		"gzip":                                 {"gzip", zip, pageText},
		"gzip under its old name":              {"X-GZIP", zip, pageText},
		"gzip in two members":                  {"gzip", append(bytes.Clone(zip), zip...), pageText + pageText},
		"gzip with bytes behind it":            {"gzip", append(bytes.Clone(zip), "garbage behind it"...), pageText},
		"gzip twice":                           {"gzip, gzip", packed(t, "gzip", zip), pageText},
		"deflate in its wrapper":               {"deflate", packed(t, "zlib", page), pageText},
		"deflate without it":                   {"deflate", packed(t, "flate", page), pageText},
		"brotli":                               {"br", packed(t, "br", page), pageText},
		"brotli with bytes behind it":          {"br", append(packed(t, "br", page), "garbage behind it"...), pageText},
		"brotli in gzip":                       {"br, gzip", packed(t, "gzip", packed(t, "br", page)), pageText},
		"brotli of nothing":                    {"br", packed(t, "br", nil), ""},
		"a page that is only labelled brotli":  {"br", append([]byte(" \n"), page...), " \n" + pageText},
		"zstd":                                 {"zstd", packed(t, "zstd", page), pageText},
		"zstd in gzip":                         {"zstd, gzip", packed(t, "gzip", packed(t, "zstd", page)), pageText},
		"a page that is only labelled gzip":    {"gzip", page, pageText},
		"a page that is only labelled zstd":    {"zstd", page, pageText},
		"a page that is only labelled deflate": {"deflate", page, pageText},
		"nothing, labelled gzip":               {"gzip", nil, ""},
		"one byte, labelled gzip":              {"gzip", []byte("x"), "x"},
		"a charset in place of an encoding":    {"UTF-8", page, pageText},
		"an archive that is no encoding":       {"", zip, string(zip)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g, address := local(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if tt.label != "" {
					w.Header().Set("Content-Encoding", tt.label)
				}
				w.Write(tt.sent)
			})
			resp, err := get(t.Context(), t, g, address)
			if err != nil {
				t.Fatal(err)
			}
			got, err := read(resp.Body)
			if err != nil || string(got) != tt.want {
				t.Errorf("%q, %v", got, err)
			}
			report, _ := ReportOf(resp)
			if report.Size != int64(len(tt.want)) || report.Wire > int64(len(tt.sent)) || Truncated(resp) {
				t.Errorf("%+v", report)
			}
		})
	}
}

func TestBodiesThatCannotBeDecoded(t *testing.T) { bothWays(t, bodiesThatCannotBeDecoded) }

func bodiesThatCannotBeDecoded(t *testing.T, read func(io.ReadCloser) ([]byte, error)) {
	zip := packed(t, "gzip", bytes.Repeat([]byte(pageText), 100))
	broken := bytes.Clone(zip)
	broken[len(broken)-6] ^= 0xff // the checksum
	brotlied := packed(t, "br", bytes.Repeat([]byte(pageText), 100))
	tests := map[string]struct {
		label string
		sent  []byte
		early bool // said before the body is read
	}{
		"an encoding we did not ask for":     {"compress", []byte{1, 2, 3}, true},
		"three layers":                       {"gzip, gzip, gzip", zip, true},
		"bytes that are no brotli":           {"br", []byte{0xff, 0xff, 0xff, 0xff, 1, 2, 3}, false},
		"a brotli stream that is cut":        {"br", brotlied[:len(brotlied)/2], false},
		"brotli with a window beyond 16 MiB": {"br", append([]byte{0x11, 0x1e}, brotlied[1:]...), false},
		"a stream that is cut":               {"gzip", zip[:len(zip)/2], false},
		"a wrong checksum":                   {"gzip", broken, false},
		"a header alone":                     {"gzip", zip[:10], false},
		"half a header":                      {"gzip", zip[:5], false},
		"a broken zstd frame":                {"zstd", []byte{0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g, address := local(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", tt.label)
				w.Write(tt.sent)
			})
			resp, err := get(t.Context(), t, g, address)
			if (err != nil) != tt.early {
				t.Fatalf("%v", err)
			}
			if err == nil {
				_, err = read(resp.Body)
			}
			var wrong *DecodeError
			if !errors.As(err, &wrong) {
				t.Errorf("%v is no DecodeError", err)
			}
		})
	}
}

func TestAConnectionThatBreaksIsNoDecodingError(t *testing.T) { bothWays(t, aConnectionThatBreaks) }

func aConnectionThatBreaks(t *testing.T, read func(io.ReadCloser) ([]byte, error)) {
	zip := packed(t, "gzip", bytes.Repeat([]byte(pageText), 100))
	address := answering(t, func(c net.Conn) {
		c.Read(make([]byte, 4096))
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5000\r\n\r\n")
		c.Write(zip[:len(zip)/2])
		c.Close()
	})
	g := newGuard(t, Options{AllowPrivate: true, ExtraPorts: []int{portOf(t, address)}})
	resp, err := get(t.Context(), t, g, "http://"+address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = read(resp.Body)
	var wrong *DecodeError
	if !errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &wrong) {
		t.Errorf("%v, want an unexpected end", err)
	}
}

func TestBodiesAreCutAtTheLimit(t *testing.T) { bothWays(t, bodiesAreCut) }

func bodiesAreCut(t *testing.T, read func(io.ReadCloser) ([]byte, error)) {
	const limit = 1000
	for name, tt := range map[string]struct {
		size int
		want bool
	}{"below": {limit - 1, false}, "at": {limit, false}, "above": {limit + 1, true}, "far above": {50 * limit, true}} {
		for _, label := range []string{"", "gzip", "deflate", "br", "zstd"} {
			t.Run(name+" "+label, func(t *testing.T) {
				body := bytes.Repeat([]byte("x"), tt.size)
				g, address := local(t, func(w http.ResponseWriter, _ *http.Request) {
					if label != "" {
						w.Header().Set("Content-Encoding", label)
						w.Write(packed(t, map[string]string{"deflate": "zlib"}[label]+strings.ReplaceAll(label, "deflate", ""), body))
						return
					}
					w.Write(body)
				})
				resp, err := get(WithBodyLimit(t.Context(), limit), t, g, address)
				if err != nil {
					t.Fatal(err)
				}
				got, err := read(resp.Body)
				if err != nil || len(got) != min(tt.size, limit) || Truncated(resp) != tt.want {
					t.Errorf("%d bytes, truncated %v, %v", len(got), Truncated(resp), err)
				}
			})
		}
	}
	t.Run("through a client with a time-out", func(t *testing.T) {
		g, address := local(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 50*limit)) })
		req, err := http.NewRequestWithContext(WithBodyLimit(t.Context(), limit), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := g.Client(time.Minute).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if got, err := read(resp.Body); len(got) != limit || err != nil || !Truncated(resp) {
			t.Errorf("%d bytes, truncated %v, %v", len(got), Truncated(resp), err)
		}
	})
}

func TestABodyThatIsDrawnNeedsNoConnection(t *testing.T) {
	for label, want := range map[string]bool{"": false, "gzip": true} {
		g, address := local(t, func(w http.ResponseWriter, _ *http.Request) {
			sent := []byte(pageText)
			if label != "" {
				w.Header().Set("Content-Encoding", label)
				sent = packed(t, label, sent)
			}
			w.Write(sent)
		})
		ctx, leave := context.WithCancel(t.Context())
		resp, err := get(ctx, t, g, address)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var room bytes.Buffer
		if got := Draw(resp.Body, &room); got != want {
			t.Errorf("%q: drawn %v", label, got)
		}
		leave()
		g.Close()
		got, err := io.ReadAll(resp.Body)
		if want && (err != nil || string(got) != pageText) {
			t.Errorf("%q: %q, %v", label, got, err)
		}
		if want && Draw(resp.Body, &room) {
			t.Error("drawn twice")
		}
	}
}

func TestABombCostsNoMoreThanTheLimit(t *testing.T) {
	const limit = 1 << 20
	zeros := make([]byte, 16<<20)
	for name, sent := range map[string][]byte{
		"gzip": packed(t, "gzip", zeros), "zstd": packed(t, "zstd", zeros), "deflate": packed(t, "zlib", zeros),
		"gzip, gzip": packed(t, "gzip", packed(t, "gzip", zeros)),
		"br":         packed(t, "br", zeros), "br, gzip": packed(t, "gzip", packed(t, "br", zeros)), "br, br": packed(t, "br", packed(t, "br", zeros)),
	} {
		if len(sent) > 1<<18 {
			t.Fatalf("%s: a bomb of %d bytes is none", name, len(sent))
		}
		g, address := local(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", name)
			w.Write(sent)
		})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		resp, err := get(WithBodyLimit(t.Context(), limit), t, g, address)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		runtime.ReadMemStats(&after)
		if n != limit || err != nil || !Truncated(resp) {
			t.Errorf("%s: %d bytes, truncated %v, %v", name, n, Truncated(resp), err)
		}
		if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 12 {
			t.Errorf("%s: %d MB were allocated", name, grown)
		}
	}
}

func TestLargeBrotliWindowsAreFewAtOnce(t *testing.T) {
	var bomb bytes.Buffer
	w := brotli.NewWriterOptions(&bomb, brotli.WriterOptions{Quality: 5, LGWin: 24})
	if _, err := w.Write(make([]byte, 16<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil || bomb.Len() > 100 {
		t.Fatalf("a bomb of %d bytes, %v", bomb.Len(), err)
	}
	g, address := local(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		w.Write(bomb.Bytes())
	})
	open := func() (*http.Response, error) {
		resp, err := get(WithBodyLimit(t.Context(), 1<<20), t, g, address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = resp.Body.Read(make([]byte, 1))
		return resp, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var bodies []io.Closer
	for range maxWideBrotli {
		resp, err := open()
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, resp.Body)
	}
	var wrong *DecodeError
	for range 20 {
		if _, err := open(); !errors.As(err, &wrong) {
			t.Fatalf("one too many: %v", err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > maxWideBrotli*17 {
		t.Errorf("%d MB were allocated", grown)
	}
	for _, b := range bodies {
		b.Close()
	}
	resp, err := open()
	if err != nil {
		t.Fatalf("after the others ended: %v", err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); n != 1<<20-1 || err != nil || !Truncated(resp) {
		t.Errorf("%d bytes, truncated %v, %v", n, Truncated(resp), err)
	}
}

func TestPaddingThatDecodesToNothingEnds(t *testing.T) {
	empty := packed(t, "gzip", nil)
	sent := 0
	g, address := local(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		for r.Context().Err() == nil && sent < 1<<28 {
			n, err := w.Write(bytes.Repeat(empty, 1000))
			if err != nil {
				return
			}
			sent += n
		}
	})
	resp, err := get(WithBodyLimit(t.Context(), 1000), t, g, address)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(resp.Body); len(got) != 0 || err != nil || !Truncated(resp) {
		t.Errorf("%d bytes, truncated %v, %v", len(got), Truncated(resp), err)
	}
}

func TestASlowBodyEndsWithTheContext(t *testing.T) {
	started := make(chan struct{})
	g, address := local(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "x")
		w.(http.Flusher).Flush()
		close(started)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	resp, err := get(ctx, t, g, address)
	if err != nil {
		t.Fatal(err)
	}
	<-started
	time.AfterFunc(10*time.Millisecond, cancel)
	if got, err := io.ReadAll(resp.Body); string(got) != "x" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAHeaderWithoutEndIsRefused(t *testing.T) {
	address := answering(t, func(c net.Conn) {
		defer c.Close()
		c.Read(make([]byte, 4096))
		io.WriteString(c, "HTTP/1.1 200 OK\r\n")
		for range 1 << 14 {
			if _, err := io.WriteString(c, "Set-Cookie: a="+strings.Repeat("b", 100)+"\r\n"); err != nil {
				return
			}
		}
	})
	g := newGuard(t, Options{AllowPrivate: true, ExtraPorts: []int{portOf(t, address)}})
	if _, err := get(t.Context(), t, g, "http://"+address); err == nil || !strings.Contains(err.Error(), "header") {
		t.Errorf("%v", err)
	}
}

func TestResponsesWithoutABodyStayEmpty(t *testing.T) {
	g, address := local(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		if r.URL.Path == "/304" {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	for _, path := range []string{"/", "/304"} {
		resp, err := get(t.Context(), t, g, address+path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); len(got) != 0 || err != nil {
			t.Errorf("%s: %q, %v", path, got, err)
		}
		resp.Body.Close()
		if _, err := resp.Body.Read(make([]byte, 1)); err == nil {
			t.Error("a closed body can be read")
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, encoding := range []string{"gzip", "zlib", "flate", "br", "zstd"} {
		f.Add(strings.NewReplacer("zlib", "deflate", "flate", "deflate").Replace(encoding), packed(f, encoding, []byte(pageText)))
	}
	f.Add("gzip, deflate", []byte{0x1f, 0x8b, 8, 0})
	f.Add("br;q=1,,identity", []byte("<"))
	g, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(g.Close)
	const limit = 4096
	f.Fuzz(func(t *testing.T, label string, sent []byte) {
		resp := &http.Response{Header: http.Header{"Content-Encoding": {label}}, Body: io.NopCloser(bytes.NewReader(sent))}
		var report Report
		if g.decode(resp, limit, &report) != nil {
			return
		}
		got, err := io.ReadAll(resp.Body)
		if len(got) > limit || report.Size != int64(len(got)) || report.Truncated && err != nil {
			t.Errorf("%d bytes, %+v, %v", len(got), report, err)
		}
		resp.Body.Close()
	})
}
