package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/report"
)

func TestEveryRequestThatIsExplainedSaysWhatCameOfIt(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		a := &app{text: text}
		for name, tt := range map[string]struct {
			fetch page.Fetch
			want  []string
		}{
			"a page":                      {page.Fetch{Reach: page.ReachOK, Status: 200}, []string{"200"}},
			"a page that was read before": {page.Fetch{Reach: page.ReachOK, Repeat: true}, []string{text.Text("explain.repeat")}},
			"the home page once more":     {page.Fetch{Reach: page.ReachHTTP4xx, Repeat: true}, []string{text.Text("reach.http_4xx.word"), text.Text("explain.repeat")}},
			"no answer":                   {page.Fetch{Reach: page.ReachConnTimeout}, []string{text.Text("reach.conn_timeout.word")}},
			"a page cut off":              {page.Fetch{Reach: page.ReachOK, Status: 200, Truncated: true, Partial: true}, []string{"200", text.Text("explain.truncated"), text.Text("explain.partial")}},
		} {
			if got := a.fetchStatus(tt.fetch); got != strings.Join(tt.want, ", ") || got == "" {
				t.Errorf("%s, %s: %q, want %q", lang, name, got, tt.want)
			}
		}
		var out bytes.Buffer
		a.printRequests(&out, style{}, report.Looking{Fetches: []page.Fetch{{URL: "https://a.it/x", Kind: page.FetchPage, Reach: page.ReachOK, Repeat: true}}})
		if !strings.Contains(out.String(), text.Text("explain.repeat")) {
			t.Errorf("%s: the table does not say it:\n%s", lang, out.String())
		}
	}
}
