package rules

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
)

const good = `rules:
  - id: first
    since: 2020-01-01
    where: link_text
    literal: dichiarazione
    regexp: 'dichiarazione (di|sull)[ '']?\s*accessibil'
    value: declaration
    strength: strong
    not: [feedback]
    examples:
      match: [{link_text: "Dichiarazione di accessibilità"}]
      no_match: [{link_text: "Dichiarazione di nascita"}, {link_text: "Dichiarazione di accessibilità: feedback"}]
`

func load(t testing.TB, yaml string) (*Set, error) {
	t.Helper()
	return Load(fstest.MapFS{"words.yaml": {Data: []byte(yaml)}}, "words.yaml")
}

func mustLoad(t testing.TB, yaml string) *Set {
	t.Helper()
	s, err := load(t, yaml)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAGoodFileLoadsAndItsExamplesHold(t *testing.T) {
	s := mustLoad(t, good)
	if err := s.CheckExamples(); err != nil {
		t.Error(err)
	}
	r := s.Rule("first")
	if r == nil || r.Line != 2 || r.File != "words.yaml" || r.Value != "declaration" {
		t.Errorf("rule = %+v", r)
	}
	if s.Rule("second") != nil {
		t.Error("a rule that is not there was found")
	}
}

func TestLoadSaysFileLineRuleAndWhat(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, tc := range map[string]struct{ yaml, want string }{
		"an unknown key":               {edit("value:", "valeu:"), "words.yaml:7: field valeu not found"},
		"no literal":                   {edit("    literal: dichiarazione\n", ""), `words.yaml:2: rule "first": no literal`},
		"a literal of one letter":      {edit("literal: dichiarazione", "literal: d"), "shorter than 2 letters"},
		"an unknown place":             {edit("where: link_text", "where: sky"), `words.yaml:2: rule "first": where "sky" is no place`},
		"a meta without a name":        {edit("where: link_text", "where: meta"), `where "meta" is no place`},
		"a date that is none":          {edit("2020-01-01", "soon"), "since must be a date"},
		"until before since":           {edit("    where", "    until: 2019-01-01\n    where"), "until is before since"},
		"a bad expression":             {edit("(di|sull)", "(di"), "missing closing )"},
		"a backreference":              {edit("(di|sull)", `(di)\1`), "invalid escape sequence"},
		"an unknown strength":          {edit("strength: strong", "strength: huge"), "is none of definitive"},
		"an unknown case":              {edit("strength: strong", "case: upper"), "neither fold nor exact"},
		"an id with capitals":          {edit("id: first", "id: First"), "lower-case"},
		"no examples":                  {good[:strings.Index(good, "    examples")], "examples need"},
		"an example in a double place": {edit("{link_text: \"Dichiarazione di nascita\"}", "{link: x}"), "no single place"},
		"the same id twice":            {good + strings.TrimPrefix(good, "rules:\n"), `words.yaml:13: rule "first": the id is used twice`},
		"an empty file":                {"", "words.yaml: holds no rules"},
		"two documents":                {good + "---\nrules: []\n", "more than one document"},
		"a window too wide":            {edit("strength: strong", "window: 9000"), "window must be"},
		"a group without expression":   {edit("    regexp: 'dichiarazione (di|sull)[ '']?\\s*accessibil'\n    value: declaration", "    value: $1"), "refers to a group"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, tc.yaml)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %v\nwant it to contain %q", err, tc.want)
			}
		})
	}
}

func TestAnExampleThatDoesNotHoldIsNamed(t *testing.T) {
	s := mustLoad(t, strings.Replace(good, "Dichiarazione di nascita", "Dichiarazione di accessibilità 2025", 1))
	want := `words.yaml:2: rule "first": matches and should not: link_text "Dichiarazione di accessibilità 2025"`
	if err := s.CheckExamples(); err == nil || err.Error() != want {
		t.Errorf("error = %v", err)
	}
}

func rule(where, literal, more string) string {
	return fmt.Sprintf(`rules:
  - {id: r, since: 2020-01-01, where: %s, literal: %s, value: v, %sexamples: {match: [{title: x}], no_match: [{title: y}]}}
`, where, literal, more)
}

func TestMatchLooksInThePlaceAndNowhereElse(t *testing.T) {
	p := &page.Page{
		FinalURL: "https://www.comune.borgofinto.pg.it/IT/home",
		Header:   http.Header{"Server": {"HGATE"}, "Set-Cookie": {"eZSESSID=1; path=/", "lang=it"}},
		Title:    "Comune di Borgofinto – Città d'arte",
		Text:     "Benvenuti\nL’ufficio è aperto",
		Folded:   page.Fold("Benvenuti\nL’ufficio è aperto"),
		Links: []page.Link{
			{Href: "/x", Text: "Novità"},
			{Href: "servizi/../Login.aspx", URL: "https://www.comune.borgofinto.pg.it/Login.aspx", Text: "Accedi", Class: "ico-PagoPa", Image: "/img/pagoPA-nero.svg", OnClick: "vai('PAG11')", Element: "personal-area-login"},
		},
		Headings: []page.Heading{{Level: 2, Text: "Servizi in evidenza"}},
		Metas:    []page.Meta{{Name: "generator", Content: "Fabbrica 3.1"}},
		Scripts:  []string{"https://cdn.fabbrica.example/a.js"},
		Styles:   []string{"/stile.css"},
		Images:   []page.Image{{Src: "/img/logo.png", Alt: "Stemma"}},
		Heads:    []page.Meta{{Name: "https://api.w.org/", Content: "https://x/wp-json/"}},
		Frames:   []string{"https://mappe.example/f"},
		Elements: []page.Element{{Name: "feedback"}},
		BodyAttr: "home page-template",
		Inline:   "var Ente = 'c099001';",
		Comments: "Generato da Fabbrica",
		Forms:    []page.Form{{Action: "/cerca", Text: "cerca nel sito", Inputs: []page.Input{{Type: "password", Name: "pwd", Label: "Password"}}}},
	}
	for i := range p.Links {
		p.Links[i].Folded = page.Fold(p.Links[i].Text)
	}
	for name, tc := range map[string]struct {
		where, literal, more string
		want                 []string // place of each hit
	}{
		"text, whatever the apostrophe":   {"text", `"L'UFFICIO È"`, "", []string{"text"}},
		"not in the title":                {"title", "ufficio", "", nil},
		"title":                           {"title", `"citta d'arte"`, "", []string{"title"}},
		"a link's label":                  {"link_text", "novita", "", []string{"link_text"}},
		"a link's written address":        {"href", "servizi/../login", "", []string{"href"}},
		"a link's resolved address":       {"href", "borgofinto.pg.it/login", "", []string{"href"}},
		"link means label or address":     {"link", "[accedi, login]", "", []string{"link_text"}},
		"an exclusion stands anywhere":    {"link_text", "accedi", "not: [login.aspx], ", nil},
		"an icon's class":                 {"link_class", "pagopa", "", []string{"link_class"}},
		"an icon's file":                  {"link_image", "pagopa", "", []string{"link_image"}},
		"onclick":                         {"onclick", "pag11", "", []string{"onclick"}},
		"a link's marker":                 {"link_element", "personal-area-login", "", []string{"link_element"}},
		"script":                          {"script", "fabbrica.example", "", []string{"script"}},
		"asset spans four places":         {"asset", "[fabbrica.example, stile.css, logo.png, api.w.org]", "", []string{"script", "style", "image", "head"}},
		"image alt":                       {"image_alt", "stemma", "", []string{"image_alt"}},
		"frame":                           {"frame", "mappe", "", []string{"frame"}},
		"meta by name":                    {`"meta:generator"`, "fabbrica", "", []string{"meta:generator"}},
		"another meta":                    {`"meta:author"`, "fabbrica", "", nil},
		"header by name, in any case":     {`"header:SERVER"`, "hgate", "", []string{"header:server"}},
		"cookie names only":               {"cookie", "ezsessid", "", []string{"cookie"}},
		"cookie values never":             {"cookie", "path", "", nil},
		"marker":                          {"element", "feedback", "", []string{"element"}},
		"body":                            {"body", "page-template", "", []string{"body"}},
		"inline script":                   {"inline", "var ente", "", []string{"inline"}},
		"exact case refuses another case": {"inline", "var ente", "case: exact, ", nil},
		"exact case takes its own":        {"inline", "var Ente", "case: exact, ", []string{"inline"}},
		"comment":                         {"comment", "fabbrica", "", []string{"comment"}},
		"form":                            {"form", "cerca nel", "", []string{"form"}},
		"action":                          {"action", "/cerca", "", []string{"action"}},
		"input":                           {"input", "password pwd", "", []string{"input"}},
		"heading":                         {"heading", "evidenza", "", []string{"heading"}},
		"own address":                     {"url", "/it/home", "", []string{"url"}},
		"several places":                  {"[title, heading]", "[servizi, arte]", "", []string{"title", "heading"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustLoad(t, rule(tc.where, tc.literal, tc.more))
			var got []string
			for _, h := range s.Match(p) {
				got = append(got, h.Place)
				if h.Snippet == "" {
					t.Errorf("no snippet in %+v", h)
				}
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTheExpressionSeesOnlyAWindow(t *testing.T) {
	s := mustLoad(t, `rules:
  - {id: r, since: 2020-01-01, where: text, literal: spid, regexp: 'entra con (spid|cie)', value: "$1", not: [notizia], window: 30, examples: {match: [{text: entra con spid}], no_match: [{text: spid}]}}
`)
	page1 := func(text string) *page.Page { return &page.Page{Text: text, Folded: page.Fold(text)} }
	far := strings.Repeat("x ", 40)
	for name, tc := range map[string]struct {
		text string
		want int
	}{
		"near":                  {"Entra con SPID adesso", 1},
		"the exclusion is near": {"Notizia: entra con SPID", 0},
		"the exclusion is far":  {"Notizia " + far + "entra con SPID", 1},
		"the second occurrence may be the good one": {"SPID " + far + "entra con SPID", 1},
		"at most three in running text":             {strings.Repeat("Entra con SPID. "+far, 10), 3},
		"a window cut inside a letter":              {strings.Repeat("ŝ", 20) + "entra con SPID" + strings.Repeat("漢", 30), 1},
	} {
		t.Run(name, func(t *testing.T) {
			hits := s.Match(page1(tc.text))
			if len(hits) != tc.want {
				t.Fatalf("%d hits, want %d", len(hits), tc.want)
			}
			for _, h := range hits {
				if h.Value != "spid" || !strings.Contains(h.Snippet, "ntra con SPID") {
					t.Errorf("hit %+v", h)
				}
			}
		})
	}
}

func TestALinkIsMatchedAloneAsOnItsPage(t *testing.T) {
	s := mustLoad(t, good)
	for text, want := range map[string]int{
		"DICHIARAZIONE  DI ACCESSIBILITA'": 0, // two blanks: the index folds white space
		"DICHIARAZIONE DI ACCESSIBILITÀ":   1,
		"Feedback":                         0,
		"":                                 0,
	} {
		l := page.Link{Text: text, Folded: page.Fold(text)}
		p := &page.Page{Links: []page.Link{{}, l, {Text: "altro", Folded: "altro"}}}
		alone, onPage := s.MatchLink(l), s.Match(p)
		if len(alone) != want || len(onPage) != want {
			t.Errorf("%q: %d alone, %d on its page, want %d", text, len(alone), len(onPage), want)
		}
		if want == 1 && onPage[0].Link != &p.Links[1] {
			t.Errorf("%q: the hit names another link", text)
		}
	}
}

func TestAPieceOfTextIsMatchedAlone(t *testing.T) {
	set := mustLoad(t, `rules:
  - id: vacant
    since: 2020-01-01
    where: text
    literal: [vacante, da nominare]
    regexp: '\b(vacante|da nominare)\b'
    not: [ricoperto]
    examples: {match: [{text: è vacante}], no_match: [{text: ricoperto}]}
`)
	piece := page.Fold("RTD: è vacante, da nominare")
	hits := set.MatchText(piece)
	if len(hits) != 1 || piece[hits[0].Start:hits[0].End] != "vacante" {
		t.Errorf("hits %+v", hits)
	}
	if hits := set.MatchText("non vacante ma ricoperto"); len(hits) != 0 {
		t.Errorf("an exclusion did not hold: %+v", hits)
	}
}
