package web

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

var everyParam = append(countedParams(), paramProvince, paramRegion, paramCheck, paramVerdict, paramReach, paramName, paramPage, paramLimit, paramSince, paramFormat)

func TestAQueryIsReadWithinItsBounds(t *testing.T) {
	for raw, want := range map[string]query{
		"":                                  {},
		"provincia=pg&regione=&check=":      {province: "PG"},
		"q=+Sant%27Angelo+":                 {name: "Sant'Angelo"},
		"check=rtd&verdict=fail&reach=ok":   {check: "rtd", verdict: finding.Fail, reach: page.ReachOK},
		"page=3&limit=1000":                 {page: 3, limit: 1000},
		"since=2026-11-01":                  {since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)},
		"since=2026-11-01T10:00:00%2B01:00": {since: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)},
		"since=7d":                          {since: noon.AddDate(0, 0, -7)},
		"since=36h":                         {since: noon.Add(-36 * time.Hour)},
		"regione=Emilia-Romagna&format=csv": {region: "Emilia-Romagna", format: "csv"},
		"check=rtd&detto=fail&motivo=x":     {check: "rtd", counted: counted{told: "fail", reason: "x"}},
		"fornitore=_nessuno&mancanti=si":    {counted: counted{supplier: nobody, failing: true}},
		"unione=u-valle&visto=suap":         {counted: counted{union: "u-valle", seen: suapID}},
		"tema=https&senza_sito=si":          {counted: counted{theme: "https", siteless: true}},
		"check=rtd&conclusi=si":             {check: "rtd", counted: counted{concluded: true}},
	} {
		if got, err := parseQuery(raw, true, noon, everyParam...); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", raw, got, err, want)
		}
	}
}

func TestABadQueryNamesItsParameter(t *testing.T) {
	for raw, want := range map[string]queryError{
		"nothing=1":                     {"nothing", "not_known"},
		"q=a&q=b":                       {"q", "twice"},
		"q=" + strings.Repeat("a", 201): {"q", "bad_text"},
		"q=%00":                         {"q", "bad_text"},
		"q=%ff":                         {"q", "bad_text"},
		"q=%zz":                         {"", "malformed"},
		"a=b;c=d":                       {"", "malformed"},
		strings.Repeat("q", 2_049):      {"", "too_long"},
		"provincia=PGX":                 {"provincia", "bad_provincia"},
		"provincia=%C3%A8":              {"provincia", "bad_provincia"},
		"check=RTD":                     {"check", "bad_check"},
		"check=../x":                    {"check", "bad_check"},
		"verdict=red":                   {"verdict", "bad_verdict"},
		"reach=up":                      {"reach", "bad_reach"},
		"page=0":                        {"page", "bad_page"},
		"page=-1":                       {"page", "bad_page"},
		"page=10001":                    {"page", "bad_page"},
		"limit=1001":                    {"limit", "bad_limit"},
		"limit=1e9":                     {"limit", "bad_limit"},
		"since=-7d":                     {"since", "bad_since"},
		"since=0s":                      {"since", "bad_since"},
		"since=1900-01-01":              {"since", "bad_since"},
		"since=9999-01-01":              {"since", "bad_since"},
		"since=999999d":                 {"since", "bad_since"},
		"since=yesterday":               {"since", "bad_since"},
		"detto=red":                     {"detto", "bad_counted"},
		"conclusi=no":                   {"conclusi", "bad_counted"},
		"mancanti=1":                    {"mancanti", "bad_counted"},
		"senza_sito=x":                  {"senza_sito", "bad_counted"},
		"fornitore=Maggioli":            {"fornitore", "bad_counted"},
		"fornitore=_altri":              {"fornitore", "bad_counted"},
		"unione=../x":                   {"unione", "bad_counted"},
		"tema=meteo":                    {"tema", "bad_counted"},
		"visto=imu":                     {"visto", "bad_counted"},
		"non_visto=x":                   {"non_visto", "bad_counted"},
	} {
		_, err := parseQuery(raw, true, noon, everyParam...)
		var got *queryError
		if !errors.As(err, &got) || *got != want {
			t.Errorf("%.40s: %v, want %v", raw, err, want)
		}
	}
}

func TestAPageOverlooksWhatItDoesNotKnow(t *testing.T) {
	got, err := parseQuery("utm_source=x&utm_source=y&q=Livo", false, noon, paramName)
	if err != nil || got != (query{name: "Livo"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEveryComplaintHasItsWords(t *testing.T) {
	s := served(t, &memory{})
	for _, why := range []string{"too_long", "malformed", "not_known", "twice", "bad_text", "bad_counted"} {
		if key := "web.query." + why; !s.o.Messages.Has(key) {
			t.Errorf("no text under %s", key)
		}
	}
	for _, param := range []string{paramProvince, paramCheck, paramVerdict, paramReach, paramPage, paramLimit, paramSince, paramFormat} {
		if key := "web.query.bad_" + param; !s.o.Messages.Has(key) {
			t.Errorf("no text under %s", key)
		}
	}
}

func TestNamesAreSearchedFolded(t *testing.T) {
	for _, typed := range []string{"Sant'Àngelo Finto", "sant angelo", "SANT’ANGELO", "Comune di Sant'Angelo", "sant-angelo finto"} {
		if got := searchKey("Sant'Àngelo Finto"); !strings.Contains(got, sought(typed)) {
			t.Errorf("%q is sought as %q in %q", typed, sought(typed), got)
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"provincia=PG&regione=Umbria&check=rtd&verdict=fail&page=2", "q=Sant%27Angelo", "since=7d&limit=10", "since=2026-11-22T00:00:00Z",
		"%", "a=%ff", "q=%F0%9F%98%80", "since=1h1m1s", "since=-1ns", "page=99999999999999999999",
		"check=rtd&detto=_definito&motivo=no_link&unione=a-b", "fornitore=_ignoto&non_visto=suap&tema=rtd&conclusi=si&mancanti=si&senza_sito=si",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := parseQuery(raw, true, noon, everyParam...)
		if err != nil {
			var bad *queryError
			if !errors.As(err, &bad) || q != (query{}) {
				t.Fatalf("%v with %+v", err, q)
			}
			return
		}
		for _, text := range []string{q.province, q.region, q.check, q.name, q.format, q.counted.reason, q.counted.supplier, q.counted.union} {
			if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxValue || strings.ContainsFunc(text, unicode.IsControl) {
				t.Fatalf("%q got through", text)
			}
		}
		if q.page < 0 || q.page > maxPage || q.limit < 0 || q.limit > maxLimit || q.since.After(noon.AddDate(8000, 0, 0)) {
			t.Fatalf("%+v got through", q)
		}
		if q.verdict != "" && !slices.Contains(finding.Verdicts(), q.verdict) || q.reach != "" && !slices.Contains(page.Reaches(), q.reach) {
			t.Fatalf("%+v got through", q)
		}
		q.limit, q.since, q.format, q.page = 0, time.Time{}, "", 0
		again, err := parseQuery(q.encode().Encode(), true, noon, everyParam...)
		if err != nil || again != q {
			t.Fatalf("%+v is read again as %+v, %v", q, again, err)
		}
		if _, err := url.Parse(listLink(q)); err != nil {
			t.Fatal(err)
		}
	})
}
