package agid

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/vigile-it/vigile/internal/need"
)

var asked = time.Date(2026, time.November, 22, 3, 0, 0, 0, time.UTC)

func TestParseAnswer(t *testing.T) {
	newID := "c_z901/comune.alfa.it/dichiarazione"
	september := time.Date(2026, time.September, 10, 8, 30, 0, 818e6, time.UTC)
	for _, c := range []struct {
		name, body string
		want       Answer
	}{
		{"the resolver names today's publication", `{"id":"` + v1 + `","idPubblicazione":"` + newID + `"}`, Answer{Outcome: Found, PublicationID: newID, IPA: "c_z901", Form: FormDeclaration}},
		{"the resolver has no id", `{"idPubblicazione":null}`, Answer{Outcome: NotFound}},
		{"the resolver has an empty id", `{"idPubblicazione":""}`, Answer{Outcome: NotFound}},
		{"null is nothing found", `null`, Answer{Outcome: NotFound}},
		{"an empty object is nothing found", ` {} `, Answer{Outcome: NotFound}},
		{"a slug with slashes keeps them", `{"idPubblicazione":"c_z901/https://alfa/x/dichiarazione"}`, Answer{Outcome: Found, PublicationID: "c_z901/https://alfa/x/dichiarazione", IPA: "c_z901", Form: FormDeclaration}},
		{"an id that is a number is an id", `{"idPubblicazione":4711,"dataInserimento":"2026-09-10T08:30:00.818Z"}`, Answer{Outcome: Found, PublicationID: "4711", Inserted: september}},
		{"an id that climbs is none", `{"idPubblicazione":"a/../../b","dataInserimento":"2026-09-10T08:30:00.818Z"}`, Answer{Outcome: Found, Inserted: september}},
		{
			"the view tells all",
			`{"idPubblicazione":"` + v1 + `","dataUltimaModifica":"2026-09-10T08:30:00.818Z","dataInserimento":"2025-09-01","ente":{"codiceIpa":"c_z901","denominazione":"Comune di  Alfa"},
			"form":[{"titolo":"Dichiarazione di accessibilit&agrave;"}],"datiPubblicati":{"device-type":"website","website-url":"https://user:pw@WWW.Comune.Alfa.it/it?x=1#y","specs-version":"wcag-21",
			"compliance-status":"partially-compliant","website-cms":"other","website-cms-other":"nome &amp;amp;quot;eGov&amp;amp;quot; di rossi@example.org\u202e","manager-email":"qualcuno@comune.alfa.it"}}`,
			Answer{
				Outcome: Found, PublicationID: v1, LastModified: september, Inserted: time.Date(2025, time.September, 1, 0, 0, 0, 0, time.UTC), Title: "Dichiarazione di accessibilità",
				Form: FormDeclaration, IPA: "c_z901", Body: "Comune di Alfa", Device: "website", WebsiteURL: "https://www.comune.alfa.it/it", Compliance: PartiallyCompliant, WCAG: "wcag-21",
				CMS: "other", CMSOther: `nome "eGov" di`, ManagerEmail: true,
			},
		},
		{
			"objectives have a title and no status",
			`{"idPubblicazione":"` + v4 + `","form":{"titolo":"Obiettivi di accessibilità 2026"},"datiPubblicati":{"anno":2026}}`,
			Answer{Outcome: Found, PublicationID: v4, Title: "Obiettivi di accessibilità 2026", Form: FormObjectives},
		},
		{"objectives by their new address", `{"idPubblicazione":"c_z901/obiettivi-2026/obiettivi"}`, Answer{Outcome: Found, PublicationID: "c_z901/obiettivi-2026/obiettivi", IPA: "c_z901", Form: FormObjectives}},
		{"what people wrote into a form is no title", `{"idPubblicazione":"` + v4 + `","form":[{"nome":"Nome e cognome di chi scrive"}]}`, Answer{Outcome: Found, PublicationID: v4}},
		{
			"nulls, literal nulls, numbers and lists are borne",
			`{"idPubblicazione":"` + v4 + `","dataUltimaModifica":1788942600818,"dataInserimento":[2026,9,10,8,30],"ente":"Comune di Alfa","form":null,
			"datiPubblicati":{"device-type":["website"],"website-url":null,"specs-version":21,"compliance-status":"null","website-cms":true,"website-cms-other":9}}`,
			Answer{
				Outcome: Found, PublicationID: v4, LastModified: time.UnixMilli(1788942600818).UTC(), Inserted: time.Date(2026, time.September, 10, 8, 30, 0, 0, time.UTC),
				Body: "Comune di Alfa", Device: "website", WCAG: "21", CMS: "true", CMSOther: "9",
			},
		},
		{"a date of tomorrow's world is none", `{"idPubblicazione":"` + v4 + `","dataUltimaModifica":"2099-01-01T00:00:00Z"}`, Answer{Outcome: Found, PublicationID: v4}},
		{"a date before the service is none", `{"idPubblicazione":"` + v4 + `","dataUltimaModifica":0}`, Answer{Outcome: Found, PublicationID: v4}},
		{"a date without a zone", `{"idPubblicazione":"` + v4 + `","dataUltimaModifica":"2026-09-10T08:30:00.818"}`, Answer{Outcome: Found, PublicationID: v4, LastModified: september}},
		{"a date with a zone without colon", `{"idPubblicazione":"` + v4 + `","dataUltimaModifica":"2026-09-10T10:30:00.818+0200"}`, Answer{Outcome: Found, PublicationID: v4, LastModified: september}},
		{"a bare host is a site", `{"idPubblicazione":"` + v4 + `","datiPubblicati":{"website-url":"www.alfa.it e altri"}}`, Answer{Outcome: Found, PublicationID: v4, WebsiteURL: "https://www.alfa.it"}},
		{"a script is no site", `{"idPubblicazione":"` + v4 + `","datiPubblicati":{"website-url":"javascript://alfa.it/%0aalert(1)"}}`, Answer{Outcome: Found, PublicationID: v4}},
		{"prose is no status", `{"idPubblicazione":"` + v4 + `","datiPubblicati":{"compliance-status":"quasi","website-cms":"un CMS <b>"}}`, Answer{Outcome: Found, PublicationID: v4}},
		{"a byte order mark before it", "\xef\xbb\xbf" + `{"idPubblicazione":"` + v4 + `"}`, Answer{Outcome: Found, PublicationID: v4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Asked, c.want.FetchedAt = true, asked
			got, err := ParseAnswer([]byte(c.body), asked)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(got.CMSOther+got.Title+got.Body, "@") {
				t.Error("a mail address was kept")
			}
		})
	}
}

func TestParseAnswerRefusesWhatIsNoAnswer(t *testing.T) {
	for name, body := range map[string]string{
		"the page for people":      `<!doctype html><app-root></app-root>`,
		"nothing":                  ``,
		"half an answer":           `{"idPubblicazione":"x`,
		"an answer and more":       `{"idPubblicazione":null} {}`,
		"a list":                   `[]`,
		"a text":                   `"c_z901/x/dichiarazione"`,
		"an object of other words": `{"error":"not authorised","status":401}`,
		"an answer too long":       `{"idPubblicazione":"` + v4 + `","form":"` + strings.Repeat("x", MaxAnswer) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			if a, err := ParseAnswer([]byte(body), asked); !errors.Is(err, ErrUnreadable) {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
}

func TestAnAnswerIsStoredAndReadBack(t *testing.T) {
	a := Answer{
		Asked: true, Outcome: Found, PublicationID: "c_z901/a/b/dichiarazione", LastModified: asked, Form: FormDeclaration, Compliance: NonCompliant, CMSOther: `"x"`,
		FetchedAt: asked, Source: "view", ManagerEmail: true,
	}
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var back Answer
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, back); diff != "" {
		t.Error(diff)
	}
	if b, _ := json.Marshal(Answer{}); string(b) != `{"asked":false}` {
		t.Errorf("no answer is stored as %s", b)
	}
}

func TestTheLinkOfAnAnswer(t *testing.T) {
	for _, c := range []struct{ name, id, want string }{
		{"a new id", "c_z901/comune.alfa.it/dichiarazione", "https://form.agid.gov.it/c_z901/comune.alfa.it/dichiarazione"},
		{"slashes in the slug are escaped", "c_z901/https://alfa/dichiarazione", "https://form.agid.gov.it/c_z901/https:%2f%2falfa/dichiarazione"},
		{"and stay escaped where they were", "c_z901/https:%2f%2falfa/dichiarazione", "https://form.agid.gov.it/c_z901/https:%2f%2falfa/dichiarazione"},
		{"a question mark belongs to the slug", "c_z901/perché?/dichiarazione", "https://form.agid.gov.it/c_z901/perch%C3%A9%3F/dichiarazione"},
		{"an old id", v4, "https://form.agid.gov.it/view/" + v4},
		{"a number", "4711", ""},
		{"two parts", "c_z901/x", ""},
		{"none", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, ok := Answer{PublicationID: c.id}.Link()
			if ok != (c.want != "") || ok && l.URL != c.want {
				t.Errorf("%v %q, want %q", ok, l.URL, c.want)
			}
		})
	}
}

func TestADeclarationCoversItsSite(t *testing.T) {
	for _, c := range []struct {
		name, declared string
		hosts          []string
		covers, known  bool
	}{
		{"the same host", "https://www.comune.alfa.it/", []string{"comune.alfa.it"}, true, true},
		{"case and www aside", "https://comune.alfa.it/", []string{"WWW.Comune.Alfa.it."}, true, true},
		{"a subdomain of the site", "https://albo.comune.alfa.it/", []string{"comune.alfa.it"}, true, true},
		{"one of several hosts", "https://comunealfa.eu/", []string{"comune.alfa.it", "www.comunealfa.eu"}, true, true},
		{"another body's host that ends alike", "https://altrocomune.alfa.it/", []string{"comune.alfa.it"}, false, true},
		{"another site", "https://municipium.example/", []string{"comune.alfa.it"}, false, true},
		{"a declaration without a site", "", []string{"comune.alfa.it"}, false, false},
		{"a comune without a site", "https://comune.alfa.it/", []string{""}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if covers, known := (Answer{WebsiteURL: c.declared}).Covers(c.hosts...); covers != c.covers || known != c.known {
				t.Errorf("%v, %v", covers, known)
			}
		})
	}
}

func TestChanged(t *testing.T) {
	earlier := asked.AddDate(-1, 0, 0)
	if got := (Answer{LastModified: asked, Inserted: earlier}).Changed(); !got.Equal(asked) {
		t.Error(got)
	}
	if got := (Answer{Inserted: earlier}).Changed(); !got.Equal(earlier) {
		t.Error(got)
	}
}

// The service's real answers, as far as a census kept them: every date is read,
// every status is one of three or none, and no entity is left in free text.
func TestRealAnswers(t *testing.T) {
	statuses, other := map[Compliance]int{}, 0
	rows := need.Table(t, "links", "declarations_dev.csv")
	for _, row := range rows {
		body, err := json.Marshal(map[string]any{
			"idPubblicazione": row["publication_id"], "dataUltimaModifica": row["last_modified"],
			"datiPubblicati": map[string]any{
				"specs-version": row["wcag"], "compliance-status": row["compliance"], "website-cms": row["cms"], "website-cms-other": row["cms_other"],
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		a, err := ParseAnswer(body, asked)
		if err != nil {
			t.Fatalf("%v: %v", row, err)
		}
		statuses[a.Compliance]++
		if a.CMSOther != "" {
			other++
		}
		if got := a.LastModified.Format("2006-01-02T15:04:05.000Z"); got != row["last_modified"] {
			t.Errorf("%s read as %s", row["last_modified"], got)
		}
		if strings.Contains(a.CMSOther, "&amp;") || strings.Contains(a.CMSOther, "&quot;") || strings.Contains(a.CMSOther, "&#") {
			t.Errorf("%q became %q", row["cms_other"], a.CMSOther)
		}
		if (row["wcag"] == "null") != (a.WCAG == "") || (row["cms"] == "null") != (a.CMS == "") {
			t.Errorf("%v read as %q, %q", row, a.WCAG, a.CMS)
		}
		if l, ok := a.Link(); !ok || l.UUID != row["publication_id"] {
			t.Errorf("%s leads to %+v", row["publication_id"], l)
		}
	}
	t.Logf("%d answers: %v, %d with a CMS in words", len(rows), statuses, other)
	want := map[Compliance]int{PartiallyCompliant: 1560, Compliant: 1198, NonCompliant: 4, "": 192}
	if diff := cmp.Diff(want, statuses); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseAnswer(f *testing.F) {
	for _, s := range []string{
		`{"idPubblicazione":"c_z901/a/dichiarazione","dataUltimaModifica":[2026,1,2],"ente":{"codiceIpa":[1]},"form":[[{"titolo":"obiettivi"}]]}`,
		`{"datiPubblicati":{"website-url":"http://[::1]:x/","website-cms-other":"&amp;amp;#0;&lt;","compliance-status":{}}}`,
		`{"idPubblicazione":1e999,"dataInserimento":"02/01/2026"}`, `null`, `[`, "{\"idPubblicazione\":\"\xff/%2e%2e/x\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := ParseAnswer(body, asked)
		if err != nil {
			if a != (Answer{}) {
				t.Fatalf("refused with %+v", a)
			}
			return
		}
		if a.Outcome != Found && a.Outcome != NotFound || a.Outcome == NotFound && a != (Answer{Asked: true, Outcome: NotFound, FetchedAt: asked}) {
			t.Fatalf("%+v", a)
		}
		for _, s := range []string{a.PublicationID, a.Title, a.IPA, a.Body, a.Device, a.WebsiteURL, a.WCAG, a.CMS, a.CMSOther} {
			if !utf8.ValidString(s) || utf8.RuneCountInString(s) > 3*maxURL || strings.ContainsAny(s, "\x00\n\r\t\x1b\u202e") {
				t.Fatalf("%q", s)
			}
		}
		if a.LastModified.After(asked.AddDate(0, 0, 3)) || strings.Contains(a.CMSOther, "@") {
			t.Fatalf("%+v", a)
		}
		a.Link()
		a.Covers("comune.alfa.it")
		stored, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back Answer
		if err := json.NewDecoder(bytes.NewReader(stored)).Decode(&back); err != nil || back != a {
			t.Fatalf("%+v came back as %+v (%v)", a, back, err)
		}
	})
}
