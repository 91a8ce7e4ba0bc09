package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ordering is a server that takes orders, and those it took.
func ordering(t *testing.T, now *time.Time, err error) (http.Handler, *[]string) {
	t.Helper()
	var taken []string
	s := served(t, umbria(), func(o *Options) {
		o.Token = "a long secret"
		o.Now = func() time.Time { return *now }
		o.Crawl = func(_ context.Context, comune string) (Ordered, error) {
			taken = append(taken, comune)
			return Ordered{Istat: "990001", Comune: "Finto Spoleto", Province: "PG"}, err
		}
	})
	return s.Handler(), &taken
}

const (
	rightToken = "Bearer a long secret"
	asJSON     = "application/json"
)

func TestAVisitIsAskedForWithTheTokenAlone(t *testing.T) {
	for name, c := range map[string]struct {
		method, body, token, kind, query string
		err                              error
		want                             int
	}{
		"with the token":                {http.MethodPost, `{"comune":" Spoleto "}`, rightToken, asJSON, "", nil, 202},
		"with a charset":                {http.MethodPost, `{"comune":"Spoleto"}`, rightToken, asJSON + "; charset=utf-8", "", nil, 202},
		"the scheme in small letters":   {http.MethodPost, `{"comune":"Spoleto"}`, "bearer a long secret", asJSON, "", nil, 202},
		"without a token":               {http.MethodPost, `{"comune":"Spoleto"}`, "", asJSON, "", nil, 401},
		"with another token":            {http.MethodPost, `{"comune":"Spoleto"}`, "Bearer a long secreT", asJSON, "", nil, 401},
		"with the beginning of it":      {http.MethodPost, `{"comune":"Spoleto"}`, "Bearer a long", asJSON, "", nil, 401},
		"with another scheme":           {http.MethodPost, `{"comune":"Spoleto"}`, "Basic a long secret", asJSON, "", nil, 401},
		"the token in the query":        {http.MethodPost, `{"comune":"Spoleto"}`, "", asJSON, "?token=a+long+secret", nil, 401},
		"as a form":                     {http.MethodPost, `comune=Spoleto`, rightToken, "application/x-www-form-urlencoded", "", nil, 415},
		"of nobody":                     {http.MethodPost, `{"comune":" "}`, rightToken, asJSON, "", nil, 400},
		"with more than one":            {http.MethodPost, `{"comune":"A"}{"comune":"B"}`, rightToken, asJSON, "", nil, 400},
		"with something else":           {http.MethodPost, `{"comune":"A","tutti":true}`, rightToken, asJSON, "", nil, 400},
		"too long":                      {http.MethodPost, `{"comune":"` + strings.Repeat("a", maxOrder) + `"}`, rightToken, asJSON, "", nil, 400},
		"a control character":           {http.MethodPost, `{"comune":"a\u0007b"}`, rightToken, asJSON, "", nil, 400},
		"with a query":                  {http.MethodPost, `{"comune":"A"}`, rightToken, asJSON, "?comune=B", nil, 400},
		"a comune that does not exist":  {http.MethodPost, `{"comune":"A"}`, rightToken, asJSON, "", ErrUnknown, 404},
		"where many wait":               {http.MethodPost, `{"comune":"A"}`, rightToken, asJSON, "", ErrBusy, 503},
		"where the service is broken":   {http.MethodPost, `{"comune":"A"}`, rightToken, asJSON, "", errors.New("open /secret"), 500},
		"with GET":                      {http.MethodGet, "", rightToken, asJSON, "", nil, 405},
		"with PUT":                      {http.MethodPut, `{"comune":"A"}`, rightToken, asJSON, "", nil, 405},
		"the answer names no character": {http.MethodPost, `{"comune":"<script>"}`, rightToken, asJSON, "", ErrUnknown, 404},
	} {
		t.Run(name, func(t *testing.T) {
			now := noon
			h, taken := ordering(t, &now, c.err)
			w := send(h, c.method, pathCrawl+c.query, c.body, "Authorization", c.token, "Content-Type", c.kind)
			if w.Code != c.want || strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), "<script") {
				t.Fatalf("%d, want %d: %s", w.Code, c.want, w.Body)
			}
			if w.Code != 202 {
				if c.err == nil && len(*taken) > 0 {
					t.Errorf("%v was ordered all the same", *taken)
				}
				return
			}
			var got Ordered
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || (*taken)[0] != "Spoleto" {
				t.Errorf("%v, %v", *taken, err)
			}
			if want := "/api/v1/comuni/990001"; got.Result != want || w.Header().Get("Location") != want {
				t.Errorf("%+v, %v", got, w.Header())
			}
		})
	}
}

func TestVisitsAreNotAskedForTooOften(t *testing.T) {
	now := noon
	h, taken := ordering(t, &now, nil)
	post := func() int {
		w := send(h, http.MethodPost, pathCrawl, `{"comune":"Spoleto"}`, "Authorization", rightToken, "Content-Type", asJSON)
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
			t.Error("it does not say when to come back")
		}
		return w.Code
	}
	for range crawlBurst {
		if code := post(); code != 202 {
			t.Fatal(code)
		}
	}
	if code := post(); code != 429 || len(*taken) != crawlBurst {
		t.Errorf("one more: %d, %d taken", code, len(*taken))
	}
	now = now.Add(crawlEvery)
	if first, second := post(), post(); first != 202 || second != 429 {
		t.Errorf("after a while: %d, %d", first, second)
	}
	now = now.Add(-time.Hour) // a clock set back closes the door to nobody
	if code := post(); code != 202 {
		t.Error(code)
	}
}

func TestWithoutATokenThereIsNothingToPostTo(t *testing.T) {
	crawl := func(context.Context, string) (Ordered, error) {
		t.Error("somebody got in")
		return Ordered{}, nil
	}
	for name, change := range map[string]func(*Options){
		"no token": func(o *Options) { o.Crawl = crawl }, "nobody who crawls": func(o *Options) { o.Token = "x" },
	} {
		h := served(t, umbria(), change).Handler()
		if w := send(h, http.MethodPost, pathCrawl, `{"comune":"A"}`, "Authorization", "Bearer x", "Content-Type", asJSON); w.Code != 405 {
			t.Errorf("%s: %d", name, w.Code)
		}
		if strings.Contains(body(t, h, pathOpenAPI), "crawl\"") {
			t.Errorf("%s: it is described all the same", name)
		}
	}
	now := noon
	h, _ := ordering(t, &now, nil)
	if doc := described(t, h); in(doc, "paths", pathCrawl, "post", "responses", "202") == nil {
		t.Error("it is not described")
	}
	for _, target := range []string{"/", "/comuni", "/api/v1/comuni", "/metrics", "/feed/check/rtd.atom"} {
		if w := send(h, http.MethodPost, target, "", "Authorization", rightToken); w.Code != 405 {
			t.Errorf("POST %s: %d", target, w.Code)
		}
	}
}
