package client

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/agid"
)

func waiting(clk *clock) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		if d > 0 {
			clk.mu.Lock()
			clk.waits = append(clk.waits, d)
			clk.at = clk.at.Add(d)
			clk.mu.Unlock()
		}
		return ctx.Err()
	}
}

func TestDeclaration(t *testing.T) {
	resolved := `{"idPubblicazione":"` + newID + `"}`
	found := func(source string) agid.Answer {
		return agid.Answer{
			Asked: true, Outcome: agid.Found, PublicationID: newID, LastModified: changed, Form: agid.FormDeclaration, IPA: "c_z901", Compliance: agid.Compliant, Source: source,
		}
	}
	undated := func(source string) agid.Answer {
		a := found(source)
		a.LastModified, a.Compliance = time.Time{}, ""
		return a
	}
	silent := func(why agid.Silence, source string) agid.Answer {
		return agid.Answer{Asked: true, Outcome: agid.Silent, Silence: why, Source: source}
	}
	absent := func(source string) agid.Answer {
		return agid.Answer{Asked: true, Outcome: agid.NotFound, Source: source}
	}
	for _, c := range []struct {
		name, link string
		says       map[string][]reply
		want       agid.Answer
		asked      []string
	}{
		{
			name: "an old link is resolved and today's publication read", link: "view/" + uuid,
			says: map[string][]reply{byOld + uuid: {ok(resolved)}, viewed + newID: {ok(shown)}},
			want: found("publication"), asked: []string{byOld + uuid, viewed + newID},
		},
		{
			name: "a resolver that tells the dates is not asked again", link: "view/" + uuid,
			says: map[string][]reply{byOld + uuid: {ok(shown)}},
			want: found("by-old-id"), asked: []string{byOld + uuid},
		},
		{
			name: "slashes of a resolved slug are sent as %2f", link: "view/" + uuid,
			says: map[string][]reply{
				byOld + uuid: {ok(`{"idPubblicazione":"c_z901/https://alfa/dichiarazione"}`)}, viewed + "c_z901/https:%2f%2falfa/dichiarazione": {ok(`{"dataInserimento":"2026-09-10T08:30:00.818Z"}`)},
			},
			want:  agid.Answer{Asked: true, Outcome: agid.Found, PublicationID: "c_z901/https://alfa/dichiarazione", Inserted: changed, Form: agid.FormDeclaration, IPA: "c_z901", Source: "publication"},
			asked: []string{byOld + uuid, viewed + "c_z901/https:%2f%2falfa/dichiarazione"},
		},
		{
			name: "where the new id cannot be viewed, the old one is, if it names the same", link: "view/" + uuid,
			says: map[string][]reply{byOld + uuid: {ok(resolved)}, viewed + uuid: {ok(shown)}},
			want: found("view"), asked: []string{byOld + uuid, viewed + newID, viewed + uuid},
		},
		{
			name: "the dates of what was once published prove nothing of what is today", link: "view/" + uuid,
			says: map[string][]reply{byOld + uuid: {ok(resolved)}, viewed + uuid: {ok(`{"idPubblicazione":"` + uuid + `","dataUltimaModifica":"2024-09-10T08:30:00Z"}`)}},
			want: undated("view"), asked: []string{byOld + uuid, viewed + newID, viewed + uuid},
		},
		{
			name: "resolved is found, whatever the views say", link: "view/" + uuid,
			says: map[string][]reply{byOld + uuid: {ok(resolved)}},
			want: undated("by-old-id"), asked: []string{byOld + uuid, viewed + newID, viewed + uuid},
		},
		{
			name: "resolved is found, though the view refuses", link: "view/" + uuid,
			says: map[string][]reply{byOld + uuid: {ok(resolved)}, viewed + newID: {{status: 503}}},
			want: undated("by-old-id"), asked: []string{byOld + uuid, viewed + newID, viewed + newID},
		},
		{
			name: "an id that is still a uuid is viewed", link: "view/" + uuid,
			says:  map[string][]reply{byOld + uuid: {ok(`{"idPubblicazione":"` + oldID(7) + `"}`)}, viewed + oldID(7): {ok(`{"idPubblicazione":"` + oldID(7) + `","dataUltimaModifica":"2026-09-10T08:30:00.818Z"}`)}},
			want:  agid.Answer{Asked: true, Outcome: agid.Found, PublicationID: oldID(7), LastModified: changed, Source: "view"},
			asked: []string{byOld + uuid, viewed + oldID(7)},
		},
		{
			name: "an old link that neither endpoint knows is not found", link: "view/" + uuid,
			want: absent("by-old-id"), asked: []string{byOld + uuid, viewed + uuid},
		},
		{
			name: "gone is not found", link: newID,
			says: map[string][]reply{viewed + newID: {{status: 410}}},
			want: absent("publication"), asked: []string{viewed + newID},
		},
		{
			name: "a resolver without an id has not found", link: "view/" + uuid,
			says: map[string][]reply{byOld + uuid: {ok(`{"idPubblicazione":null}`)}},
			want: absent("by-old-id"), asked: []string{byOld + uuid, viewed + uuid},
		},
		{
			name: "what the resolver lacks and the old view has is found", link: "view/" + uuid,
			says: map[string][]reply{viewed + uuid: {ok(shown)}},
			want: found("view"), asked: []string{byOld + uuid, viewed + uuid},
		},
		{
			name: "a denial does not stand while the old view is in trouble", link: "view/" + uuid,
			says: map[string][]reply{viewed + uuid: {{status: 500}}},
			want: silent(agid.Refused, "view"), asked: []string{byOld + uuid, viewed + uuid, viewed + uuid},
		},
		{
			name: "it stands where the old view is no more", link: "view/" + uuid,
			says: map[string][]reply{viewed + uuid: {ok("<!doctype html><app-root>")}},
			want: absent("by-old-id"), asked: []string{byOld + uuid, viewed + uuid},
		},
		{
			name: "where the resolver is no more the old view may still find", link: "view/" + uuid,
			says: map[string][]reply{byOld + uuid: {ok("<!doctype html>")}, viewed + uuid: {ok(shown)}},
			want: found("view"), asked: []string{byOld + uuid, viewed + uuid},
		},
		{
			name: "but not deny", link: "view/" + uuid,
			says: map[string][]reply{byOld + uuid: {ok("<!doctype html>")}},
			want: silent(agid.Unreadable, "by-old-id"), asked: []string{byOld + uuid, viewed + uuid},
		},
		{
			name: "a new link is viewed", link: newID,
			says: map[string][]reply{viewed + newID: {ok(shown)}},
			want: found("publication"), asked: []string{viewed + newID},
		},
		{
			name: "slashes of a new link's slug are sent as %2f", link: "c_z901/https://alfa/x/dichiarazione",
			want: absent("publication"), asked: []string{viewed + "c_z901/https:%2f%2falfa%2fx/dichiarazione"},
		},
		{
			name: "objectives at their new address are viewed", link: "c_z901/obiettivi-2026/obiettivi",
			says:  map[string][]reply{viewed + "c_z901/obiettivi-2026/obiettivi": {ok(`{"idPubblicazione":"c_z901/obiettivi-2026/obiettivi"}`)}},
			want:  agid.Answer{Asked: true, Outcome: agid.Found, PublicationID: "c_z901/obiettivi-2026/obiettivi", Form: agid.FormObjectives, IPA: "c_z901", Source: "publication"},
			asked: []string{viewed + "c_z901/obiettivi-2026/obiettivi"},
		},
		{
			name: "a generic page is not asked for", link: "home",
			want: agid.Answer{},
		},
		{
			name: "a link without a uuid is not asked for", link: "view/xxxxx",
			want: agid.Answer{},
		},
		{
			name: "one refusal is borne", link: newID,
			says: map[string][]reply{viewed + newID: {{status: 429}, ok(shown)}},
			want: found("publication"), asked: []string{viewed + newID, viewed + newID},
		},
		{
			name: "two are silence", link: newID,
			says: map[string][]reply{viewed + newID: {{status: 429}, {status: 502}, ok(shown)}},
			want: silent(agid.Refused, "publication"), asked: []string{viewed + newID, viewed + newID},
		},
		{
			name: "a firewall's refusal is silence", link: newID,
			says: map[string][]reply{viewed + newID: {{status: 403, body: shown}}},
			want: silent(agid.Refused, "publication"), asked: []string{viewed + newID, viewed + newID},
		},
		{
			name: "the page for people is silence", link: newID,
			says: map[string][]reply{viewed + newID: {ok(`<!doctype html><app-root></app-root><script src="/main.js"></script>`)}},
			want: silent(agid.Unreadable, "publication"), asked: []string{viewed + newID},
		},
		{
			name: "the page for people denies nothing under 404 either", link: newID,
			says: map[string][]reply{viewed + newID: {{status: 404, body: `<!doctype html><app-root></app-root><script src="/main.js"></script>`}}},
			want: silent(agid.Unreadable, "publication"), asked: []string{viewed + newID},
		},
		{
			name: "half an answer is silence", link: newID,
			says: map[string][]reply{viewed + newID: {{do: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				w.Write([]byte(shown)) //nolint:errcheck // the client sees it
			}}}},
			want: silent(agid.Unreachable, "publication"), asked: []string{viewed + newID},
		},
		{
			name: "an answer without end is silence", link: newID,
			says: map[string][]reply{viewed + newID: {ok(`{"idPubblicazione":"` + newID + `","form":"` + strings.Repeat("x", 2*agid.MaxAnswer) + `"}`)}},
			want: silent(agid.Unreadable, "publication"), asked: []string{viewed + newID},
		},
		{
			name: "a bad request is silence", link: newID,
			says: map[string][]reply{viewed + newID: {{status: 400, body: `{}`}}},
			want: silent(agid.Unreadable, "publication"), asked: []string{viewed + newID},
		},
		{
			name: "a connection that breaks is silence", link: newID,
			says: map[string][]reply{viewed + newID: {{do: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }}}},
			want: silent(agid.Unreachable, "publication"), asked: []string{viewed + newID},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.says)
			client, _ := asker(t, s, func(o *Options) { o.HTTP = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} })
			got := ask(t, client, c.link)
			if got.Asked != !got.FetchedAt.IsZero() {
				t.Errorf("asked %v at %s", got.Asked, got.FetchedAt)
			}
			got.FetchedAt = time.Time{}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.asked, s.paths()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNobodyListening(t *testing.T) {
	s := serve(t, nil)
	client, _ := asker(t, s, nil)
	s.Close()
	if a := ask(t, client, newID); a.Silence != agid.Unreachable {
		t.Errorf("%+v", a)
	}
}

func TestAServiceThatDoesNotAnswerInTime(t *testing.T) {
	s := serve(t, map[string][]reply{"*": {{do: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}}})
	client, _ := asker(t, s, func(o *Options) { o.Timeout = 10 * time.Millisecond })
	if a := ask(t, client, newID); a.Silence != agid.TimedOut {
		t.Errorf("%+v", a)
	}
	if n := len(s.paths()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestTheErrorIsTheContexts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, map[string][]reply{"*": {{do: func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }}}})
	client, _ := asker(t, s, func(o *Options) { o.MaxRefusals = 1 })
	if a, err := client.Declaration(ctx, link(t, "view/"+uuid), time.Time{}); !errors.Is(err, context.Canceled) || a != (agid.Answer{}) {
		t.Errorf("%+v, %v", a, err)
	}
	if client.Stopped() {
		t.Error("our own giving up was counted as a refusal")
	}
	if _, err := client.Declaration(ctx, link(t, newID), time.Time{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestQuestionsForOnePublicationAreAskedOnce(t *testing.T) {
	arrived := make(chan struct{})
	s := serve(t, map[string][]reply{viewed + newID: {{do: func(w http.ResponseWriter, _ *http.Request) {
		<-arrived
		w.Write([]byte(shown)) //nolint:errcheck // the client sees it
	}}}})
	client, _ := asker(t, s, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if a, err := client.Declaration(t.Context(), link(t, newID), time.Time{}); err != nil || a.Outcome != agid.Found {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
	close(arrived)
	all.Wait()
	if n := len(s.paths()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestWhoWaitsTakesOverFromWhoGaveUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{}, 2)
	s := serve(t, map[string][]reply{viewed + newID: {
		{do: func(_ http.ResponseWriter, r *http.Request) { asked <- struct{}{}; <-r.Context().Done() }},
		ok(shown),
	}})
	client, _ := asker(t, s, nil)
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := client.Declaration(ctx, link(t, newID), time.Time{}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	<-asked
	both.Go(func() {
		cancel()
		if a, err := client.Declaration(t.Context(), link(t, newID), time.Time{}); err != nil || a.Outcome != agid.Found {
			t.Errorf("%+v, %v", a, err)
		}
	})
	both.Wait()
}

func TestEndpointsCanBeMoved(t *testing.T) {
	s := serve(t, map[string][]reply{"/x/v2/c_z901/comune.alfa.it": {ok(shown)}})
	client, _ := asker(t, s, func(o *Options) {
		o.BaseURL += "/x/"
		o.Endpoints.Publication = "/v2/{ipa}/{slug}"
	})
	if a := ask(t, client, newID); a.Outcome != agid.Found {
		t.Errorf("%+v, asked %v", a, s.paths())
	}
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"no HTTP client":                   {},
		"a base that is no address":        {HTTP: http.DefaultClient, BaseURL: "form.agid.gov.it"},
		"a base of another scheme":         {HTTP: http.DefaultClient, BaseURL: "file:///x"},
		"an endpoint without placeholder":  {HTTP: http.DefaultClient, Endpoints: Endpoints{View: "/view"}},
		"an endpoint that is no path":      {HTTP: http.DefaultClient, Endpoints: Endpoints{ByOldID: "x/{uuid}"}},
		"an endpoint with another's place": {HTTP: http.DefaultClient, Endpoints: Endpoints{Publication: "/x/{uuid}"}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(o); err == nil {
				t.Error("accepted")
			}
		})
	}
	if _, err := New(Options{HTTP: http.DefaultClient}); err != nil {
		t.Error(err)
	}
}

func TestWeSayWhoAsks(t *testing.T) {
	var agent, accept string
	s := serve(t, map[string][]reply{"*": {{do: func(w http.ResponseWriter, r *http.Request) {
		agent, accept = r.UserAgent(), r.Header.Get("Accept")
		w.Write([]byte(shown)) //nolint:errcheck // the client sees it
	}}}})
	client, _ := asker(t, s, nil)
	ask(t, client, newID)
	if agent != "vigile/test (+https://example.org)" || accept != "application/json" {
		t.Errorf("%q, %q", agent, accept)
	}
}
