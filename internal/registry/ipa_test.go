package registry

// The look-up at IPA, against a CKAN of the test's own on loopback.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeCKAN answers as CKAN does: exact filters, full text over every field.
type fakeCKAN struct {
	mu      sync.Mutex
	asked   []string // action, then resource and question
	records map[string][]map[string]any
	answer  func(w http.ResponseWriter, r *http.Request, action string) bool // true: answered
}

const (
	fakeEnti = "11111111-aaaa-bbbb-cccc-000000000001"
	fakeRTD  = "11111111-aaaa-bbbb-cccc-000000000002"
	fakeUO   = "11111111-aaaa-bbbb-cccc-000000000003"
)

func (f *fakeCKAN) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action := strings.TrimPrefix(r.URL.Path, "/ipa-dati/api/3/action/")
	q := r.URL.Query()
	f.mu.Lock()
	f.asked = append(f.asked, fmt.Sprintf("%s %s%s %s%s", action, q.Get("id"), q.Get("resource_id"), q.Get("q"), q.Get("filters")))
	f.mu.Unlock()
	if f.answer != nil && f.answer(w, r, action) {
		return
	}
	switch action {
	case "package_show":
		resources := map[string]any{
			slugEnti: []any{map[string]any{"id": "dead", "datastore_active": false}, map[string]any{"id": fakeEnti, "datastore_active": true}},
			slugRTD:  []any{map[string]any{"id": fakeRTD, "datastore_active": true}},

			slugOffices: []any{map[string]any{"id": fakeUO, "datastore_active": true}},
		}
		write(w, map[string]any{"success": true, "result": map[string]any{"resources": resources[q.Get("id")]}})
	case "datastore_search":
		records, known := f.records[q.Get("resource_id")]
		if !known {
			w.WriteHeader(http.StatusNotFound)
			write(w, map[string]any{"success": false, "error": map[string]any{"__type": "Not Found Error", "message": "Not found"}})
			return
		}
		hits := search(records, q.Get("q"), q.Get("filters"), q.Get("fields"))
		write(w, map[string]any{"success": true, "result": map[string]any{"total": len(hits), "records": hits}})
	default:
		http.NotFound(w, r)
	}
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func search(records []map[string]any, q, filters, fields string) []map[string]any {
	want := map[string]any{}
	_ = json.Unmarshal([]byte(filters), &want)
	hits := []map[string]any{}
	for _, r := range records {
		ok := true
		var text strings.Builder
		for _, v := range r {
			fmt.Fprintf(&text, " %v", v)
		}
		for field, value := range want {
			list, several := value.([]any)
			if !several {
				list = []any{value}
			}
			ok = ok && slices.ContainsFunc(list, func(v any) bool { return fmt.Sprint(r[field]) == v })
		}
		lower := strings.NewReplacer("'", " ", ".", " ").Replace(strings.ToLower(text.String())) + " "
		for _, word := range strings.Fields(strings.ToLower(q)) {
			ok = ok && strings.Contains(lower, " "+word+" ")
		}
		if ok {
			hits = append(hits, project(r, fields))
		}
	}
	return hits
}

// project keeps the columns asked for.
func project(r map[string]any, fields string) map[string]any {
	if fields == "" {
		return r
	}
	out := map[string]any{}
	for f := range strings.SplitSeq(fields, ",") {
		out[f] = r[f]
	}
	return out
}

func record(ipa, name, istat, catasto string, more map[string]any) map[string]any {
	r := map[string]any{
		"_id": 7, "Codice_IPA": ipa, "Denominazione_ente": name, "Codice_fiscale_ente": 12345678901, "Codice_Categoria": "L6", "Codice_natura": "2430",
		"Codice_comune_ISTAT": istat, "Codice_catastale_comune": catasto, "Sito_istituzionale": nil, "Indirizzo": "Via Roma",
		"Mail1": "prova@pec.example", "Tipo_Mail1": "Pec", "Data_aggiornamento": "2026-01-02",
	}
	for k, v := range more {
		r[k] = v
	}
	return r
}

func italia() *fakeCKAN {
	return &fakeCKAN{records: map[string][]map[string]any{
		fakeEnti: {
			record("c_z921", "Comune di Provafinta", "054951", "Z921", map[string]any{"Sito_istituzionale": "www.comune.provafinta.pg.it"}),
			record("C_Z527", "Comune di Cerreto di Provafinta", "054911", "Z527", nil),
			record("c_z001", "Comune di Altrove", "054912", "Z001", map[string]any{"Indirizzo": "Via Provafinta"}),
			record("cons_z", "Consorzio Acque di Provafinta", "054951", "Z921", map[string]any{"Codice_natura": "2740"}),
			record("c_z623", "Comune di Gemella", "013930", "Z623", nil),
			record("c_z624", "Comune di Gemella", "022906", "Z624", nil),
			record("C_Z074", "Comune di Finte'", "001901", "Z074", nil),
			record("c_z075", "Comune di Fintè Superiore", "001902", "Z075", nil),
			record("3BZP4ZAX", "Comune di Nuovafusione", "005922", "Z434", map[string]any{"Codice_fiscale_ente": nil}),
		},
		fakeRTD: {
			{"Codice_IPA": "C_Z921", "Descrizione_uo": "Ufficio per la transizione al Digitale", "Nome_responsabile": "Ada", "Cognome_responsabile": "Finta", "Data_aggiornamento": "2026-02-03"},
			{"Codice_IPA": "C_Z527", "Nome_responsabile": "da_indicare", "Cognome_responsabile": "da_indicare"},
		},
		fakeUO: {},
	}}
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func asking(t *testing.T, f *fakeCKAN) *IPA {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	p := NewIPA(server.URL+"/ipa-dati/", server.Client(), func() time.Time { return noon })
	p.ckan.pause = time.Millisecond
	return p
}

func TestLookup(t *testing.T) {
	tests := []struct{ name, query, istat string }{
		{"an exact name wins over longer ones and addresses", "Provafinta", "054951"},
		{"folded, with Comune di", "comune di PROVAFINTA", "054951"},
		{"a longer name", "Cerreto di Provafinta", "054911"},
		{"a name borne twice with its province", "Gemella (TN)", "022906"},
		{"an accent published as an apostrophe", "Fintè", "001901"},
		{"no accent typed", "finte", "001901"},
		{"no accent typed where one is published", "finte superiore", "001902"},
		{"ISTAT code", "054951", "054951"},
		{"IPA code as published", "C_Z527", "054911"},
		{"IPA code in the other case", "c_z527", "054911"},
		{"opaque IPA code in small letters", "3bzp4zax", "005922"},
		{"cadastral code", "z921", "054951"},
		{"cadastral code of another IPA code", "Z434", "005922"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := asking(t, italia()).Lookup(t.Context(), tt.query)
			if err != nil || got.Istat != tt.istat {
				t.Errorf("%q: got %s %s, %v", tt.query, got.Istat, got.Name, err)
			}
		})
	}
}

func TestLookupReadsTheRow(t *testing.T) {
	got, err := asking(t, italia()).Lookup(t.Context(), "Provafinta")
	if err != nil {
		t.Fatal(err)
	}
	want := Comune{
		Istat: "054951", IPA: "c_z921", Name: "Provafinta", Denomination: "Comune di Provafinta", Province: "PG", Region: "Umbria",
		Catasto: "Z921", TaxCode: "12345678901", PEC: "prova@pec.example", Updated: "2026-01-02",
		Site: Site{Raw: "www.comune.provafinta.pg.it", URL: "https://www.comune.provafinta.pg.it/", Quirks: []Quirk{QuirkNoScheme}},
		RTD: Office{Known: true, AsOf: noon, Holders: []RTDHolder{
			{IPA: "C_Z921", Name: "Ada Finta", Office: "Ufficio per la transizione al Digitale", Updated: "2026-02-03"},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLookupOfTheRTD(t *testing.T) {
	t.Run("a placeholder is nobody, and known", func(t *testing.T) {
		got, err := asking(t, italia()).Lookup(t.Context(), "C_Z527")
		if err != nil || !got.RTD.Known || len(got.RTD.Holders) != 0 {
			t.Errorf("%+v, %v", got.RTD, err)
		}
	})
	t.Run("no row is known", func(t *testing.T) {
		got, err := asking(t, italia()).Lookup(t.Context(), "Altrove")
		if err != nil || !got.RTD.Known || len(got.RTD.Holders) != 0 {
			t.Errorf("%+v, %v", got.RTD, err)
		}
	})
	t.Run("the unions of the region are asked about where the comune has no row", func(t *testing.T) {
		f := italia()
		union := func(code, name, seat, site string) map[string]any {
			return record(code, name, seat, "", map[string]any{"Codice_Categoria": CategoryUnion, "Sito_istituzionale": site})
		}
		f.records[fakeEnti] = append(f.records[fakeEnti],
			union("UC_PROVA", "Unione dei Comuni della Val Prova", "054911", "www.unionevalprova.pg.it"), union("uc_muta", "Unione Muta", "055911", ""), union("uc_lontana", "Unione Lontana", "013930", ""))
		f.records[fakeRTD] = append(f.records[fakeRTD], map[string]any{"Codice_IPA": "uc_prova", "Nome_responsabile": "Ugo", "Cognome_responsabile": "Finto"})
		got, err := asking(t, f).Lookup(t.Context(), "Altrove")
		want := []Union{
			{IPA: "UC_PROVA", Name: "Unione dei Comuni della Val Prova", Host: "unionevalprova.pg.it", Holders: []RTDHolder{{IPA: "uc_prova", Union: true, Name: "Ugo Finto"}}},
			{IPA: "uc_muta", Name: "Unione Muta"},
		}
		if diff := cmp.Diff(want, got.RTD.Nearby); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if got, _ := asking(t, f).Lookup(t.Context(), "Provafinta"); got.RTD.Nearby != nil {
			t.Errorf("asked where the comune has a row: %+v", got.RTD)
		}
	})
	t.Run("the heads of offices are asked about where there is no row, the comune's and its unions'", func(t *testing.T) {
		f := italia()
		head := func(code string) map[string]any {
			return map[string]any{"Codice_IPA": code, "Descrizione_uo": "Ufficio per la Transizione al Digitale", "Nome_responsabile": "Ugo", "Cognome_responsabile": "Finto"}
		}
		f.records[fakeEnti] = append(f.records[fakeEnti], record("uc_prova", "Unione Prova", "054911", "", map[string]any{"Codice_Categoria": CategoryUnion}))
		f.records[fakeUO] = []map[string]any{head("C_Z527"), head("UC_PROVA")}
		own, err := asking(t, f).Lookup(t.Context(), "C_Z527")
		if err != nil || len(own.RTD.Holders) != 1 || !own.RTD.Holders[0].UO {
			t.Errorf("%+v, %v", own.RTD, err)
		}
		without, err := asking(t, f).Lookup(t.Context(), "Altrove")
		if err != nil || !without.RTD.Known || len(without.RTD.Nearby) != 1 || len(without.RTD.Nearby[0].Holders) != 1 {
			t.Errorf("%+v, %v", without.RTD, err)
		}
	})
	t.Run("where the data set of offices does not answer nobody is without", func(t *testing.T) {
		f := italia()
		f.records[fakeEnti] = append(f.records[fakeEnti], record("uc_prova", "Unione Prova", "054911", "", map[string]any{"Codice_Categoria": CategoryUnion}))
		delete(f.records, fakeUO)
		got, err := asking(t, f).Lookup(t.Context(), "Altrove")
		if err != nil || got.RTD.Known || len(got.RTD.Nearby) != 1 || !got.RTD.Nearby[0].Unread {
			t.Errorf("%+v, %v", got.RTD, err)
		}
		if got, err = asking(t, f).Lookup(t.Context(), "Provafinta"); err != nil || !got.RTD.Known {
			t.Errorf("it has a row of its own: %+v, %v", got.RTD, err)
		}
	})
	t.Run("a failure of that data set alone is no error and not known", func(t *testing.T) {
		f := italia()
		f.answer = func(w http.ResponseWriter, r *http.Request, _ string) bool {
			if r.URL.Query().Get("resource_id") != fakeRTD {
				return false
			}
			w.WriteHeader(http.StatusBadGateway)
			return true
		}
		got, err := asking(t, f).Lookup(t.Context(), "Provafinta")
		if err != nil || got.Istat != "054951" || got.RTD.Known {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestLookupSuggestsAndLists(t *testing.T) {
	p := asking(t, italia())
	var missing *NotFoundError
	if _, err := p.Lookup(t.Context(), "Provafnta"); !errors.As(err, &missing) || len(missing.Nearest) != 1 || missing.Nearest[0].Istat != "054951" {
		t.Errorf("a slip: %v", err)
	}
	if _, err := p.Lookup(t.Context(), "Zzzzzz"); !errors.As(err, &missing) || len(missing.Nearest) != 0 {
		t.Errorf("nothing near: %v", err)
	}
	if _, err := p.Lookup(t.Context(), "999999"); !errors.As(err, &missing) {
		t.Errorf("no such code: %v", err)
	}
	if _, err := p.Lookup(t.Context(), "(:*&|!)"); !errors.As(err, &missing) {
		t.Errorf("signs alone: %v", err)
	}
	var several *AmbiguousError
	if _, err := p.Lookup(t.Context(), "Gemella"); !errors.As(err, &several) || len(several.Candidates) != 2 || several.Candidates[0].Province != "CO" {
		t.Errorf("borne twice: %v", err)
	}
}

func TestLookupFallsBackToTheKnownResources(t *testing.T) {
	for name, answer := range map[string]string{
		"success false":    `{"success": false, "error": {"__type": "Authorization Error", "message": "no"}}`,
		"no active one":    `{"success": true, "result": {"resources": [{"id": "x", "datastore_active": false}]}}`,
		"a hostile id":     `{"success": true, "result": {"resources": [{"id": "../../etc", "datastore_active": true}]}}`,
		"garbage":          `<html>manutenzione</html>`,
		"resources null":   `{"success": true, "result": {"resources": null}}`,
		"another datatype": `{"success": true, "result": []}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := italia()
			f.records[knownResources[slugEnti]], f.records[knownResources[slugRTD]] = f.records[fakeEnti], f.records[fakeRTD]
			f.answer = func(w http.ResponseWriter, _ *http.Request, action string) bool {
				if action == "package_show" {
					fmt.Fprint(w, answer)
				}
				return action == "package_show"
			}
			got, err := asking(t, f).Lookup(t.Context(), "Provafinta")
			if err != nil || got.Istat != "054951" || !got.RTD.Known {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestLookupOutOfReach(t *testing.T) {
	respond := func(body string, status int) func(http.ResponseWriter, *http.Request, string) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ string) bool {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return true
		}
	}
	tests := []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request, string) bool
		cause  any
	}{
		{"garbage", respond("<html>Accedi alla rete</html>", 200), new(*APIError)},
		{"an error page", respond("oops", 503), new(*APIError)},
		{"a refusal", respond(`{"success": false, "error": "quota"}`, 429), new(*APIError)},
		{"an endless body", func(w http.ResponseWriter, _ *http.Request, _ string) bool {
			fmt.Fprint(w, `{"success": true, "result": {"records": [`)
			block := strings.Repeat(`{"a": "b"},`, 1000)
			for range 4000 {
				if _, err := fmt.Fprint(w, block); err != nil {
					break
				}
			}
			return true
		}, new(*APIError)},
		{"a cut connection", func(http.ResponseWriter, *http.Request, string) bool { panic(http.ErrAbortHandler) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := italia()
			f.answer = tt.answer
			_, err := asking(t, f).Lookup(t.Context(), "Provafinta")
			var out *UnreachableError
			if !errors.As(err, &out) || !strings.Contains(out.What, "127.0.0.1") {
				t.Fatalf("got %v", err)
			}
			if api, ok := tt.cause.(**APIError); ok && !errors.As(err, api) {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		server := httptest.NewServer(italia())
		base := server.URL
		server.Close()
		_, err := NewIPA(base, &http.Client{}, nil).Lookup(t.Context(), "Provafinta")
		var out *UnreachableError
		if !errors.As(err, &out) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLookupGivesUp(t *testing.T) {
	hang := func(stop <-chan struct{}) func(http.ResponseWriter, *http.Request, string) bool {
		return func(_ http.ResponseWriter, r *http.Request, _ string) bool {
			select {
			case <-r.Context().Done():
			case <-stop:
			}
			return true
		}
	}
	t.Run("on a server that never answers", func(t *testing.T) {
		stop := make(chan struct{})
		f := italia()
		f.answer = hang(stop)
		p := asking(t, f)
		t.Cleanup(func() { close(stop) })
		p.budget = 50 * time.Millisecond
		_, err := p.Lookup(t.Context(), "Provafinta")
		var out *UnreachableError
		if !errors.As(err, &out) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("when told to, without blaming the registry", func(t *testing.T) {
		stop := make(chan struct{})
		f := italia()
		f.answer = hang(stop)
		p := asking(t, f)
		t.Cleanup(func() { close(stop) })
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := p.Lookup(ctx, "Provafinta")
		var out *UnreachableError
		if errors.As(err, &out) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("not because the list of data sets alone is slow", func(t *testing.T) {
		stop := make(chan struct{})
		f := italia()
		f.records[knownResources[slugEnti]] = f.records[fakeEnti]
		waiting := hang(stop)
		f.answer = func(w http.ResponseWriter, r *http.Request, action string) bool {
			return action == "package_show" && waiting(w, r, action)
		}
		p := asking(t, f)
		t.Cleanup(func() { close(stop) })
		p.budget = time.Second
		got, err := p.Lookup(t.Context(), "Provafinta")
		if err != nil || got.Istat != "054951" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestLookupAsksOnceMore(t *testing.T) {
	f := italia()
	failed := false
	f.answer = func(w http.ResponseWriter, _ *http.Request, action string) bool {
		if action != "datastore_search" || failed {
			return false
		}
		failed = true
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	if got, err := asking(t, f).Lookup(t.Context(), "Provafinta"); err != nil || got.Istat != "054951" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestLookupNeverSendsAQueryOfTheUsers(t *testing.T) {
	f := italia()
	_, _ = asking(t, f).Lookup(t.Context(), `Prova" ':* | ! (finta)`)
	for _, asked := range f.asked {
		if strings.HasPrefix(asked, "datastore_search "+fakeEnti) && strings.ContainsAny(strings.SplitN(asked, "{", 2)[0], `"'|!()`) {
			t.Errorf("asked %q", asked)
		}
	}
}

func TestCKANBase(t *testing.T) {
	for _, base := range []string{"https://x.example/ipa-dati", "https://x.example/ipa-dati/", "https://x.example/ipa-dati/api/3/action/", " https://x.example/ipa-dati//"} {
		if got := ckanBase(base); got != "https://x.example/ipa-dati" {
			t.Errorf("%q: %q", base, got)
		}
	}
}
