package checks

import "testing"

// The notice goes by many names; one that may be its own leaves the question open
// until the page behind it was read.
func TestALinkThatMayBeTheNoticeMakesNobodyRed(t *testing.T) {
	const pass, open, red = "pass", "unknown not_visible_on_site", "fail not_found"
	for name, tc := range map[string]struct{ home, want string }{
		"after the regulation":            {`<a href="/x">GDPR</a>`, pass},
		"the notice after the regulation": {`<a href="/x">Informativa GDPR</a>`, pass},
		"by number":                       {`<a href="/x">Informativa ai sensi dell'art. 13 del Reg. UE 2016/679</a>`, pass},
		"by the article alone":            {`<a href="/x">Informativa ex art. 13</a>`, open},
		"more notices than one":           {`<a href="/x">Informative</a>`, open},
		"tutela":                          {`<a href="/x">Tutela dei dati</a>`, pass},
		"a picture without words":         {`<a href="/p"><img src="/img/privacy.png"></a>`, pass},
		"the authority's picture":         {`<a href="/p"><img src="/img/garante-privacy.png"></a>`, red},
		"French":                          {`<a href="/x">Vie privée</a>`, pass},
		"French, in more words":           {`<a href="/x">Protection de la vie privée</a>`, pass},
		"German initials":                 {`<a href="/x">DSGVO</a>`, pass},
		"Slovene":                         {`<a href="/x">Varovanje osebnih podatkov</a>`, pass},
		"Ladin":                           {`<a href="/x">Stravardament di dac</a>`, pass},
		"with the officer":                {`<a href="/x">Privacy e Responsabile protezione dati</a>`, open},
		"with the cameras":                {`<a href="/x">Privacy e videosorveglianza</a>`, open},
		"under an office":                 {`<a href="/ufficio-relazioni/privacy">Privacy</a>`, open},
		"within the legal notes":          {`<a href="/note-legali/#privacy">Informazioni legali</a>`, open},
		"a notice on something else":      {`<a href="/x">Informativa TARI</a>`, red},
		"a course":                        {`<a href="/x">Corso di privacy</a>`, red},
		"the officer alone":               {`<a href="/x">Responsabile della protezione dei dati</a>`, red},
		"news":                            {`<a href="/novita/4">Privacy, nuove regole</a>`, red},
		"cookies":                         {`<a href="/x">Cookie policy</a>`, red},
	} {
		t.Run(name, func(t *testing.T) {
			// A footer is where pages keep what is no headline.
			site := smallSite{home: `</main><footer>` + tc.home + `</footer><main>`}
			if got := verdictOf(site.judged(t, privacyID)); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
	t.Run("under an office, and read", func(t *testing.T) {
		site := smallSite{home: `<a href="/ufficio-relazioni/privacy">Privacy</a>`, pages: []smallPage{{
			path: "ufficio-relazioni/privacy", interests: privacyPage, title: "Privacy", body: `<p>Il titolare del trattamento è il Comune di Borgofinto.</p><p>Diritti dell'interessato: accesso, rettifica.</p>`,
		}}}
		if got := verdictOf(site.judged(t, privacyID)); got != pass {
			t.Errorf("%s, want %s", got, pass)
		}
	})
}
