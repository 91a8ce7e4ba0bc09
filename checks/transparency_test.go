package checks

import "testing"

// The section has one name in the law and many on sites. A name that may be its
// own leaves the question open; what is known to be something else does not.
func TestALinkThatMayBeAmministrazioneTrasparenteMakesNobodyRed(t *testing.T) {
	const open, red = "unknown not_visible_on_site", "fail no_link"
	for name, tc := range map[string]struct{ home, want string }{
		"the topic's name on a supplier's address of the section": {`<a href="https://borgofinto.trasparenza-valutazione-merito.it/web/trasparenza/trasparenza">Trasparenza amministrativa</a>`, open},
		"the topic's name on the section's own address":           {`<a href="/amministrazione-trasparente/">Trasparenza amministrativa</a>`, open},
		"the topic":                           {`<a href="/argomenti/trasparenza-amministrativa">Trasparenza amministrativa</a>`, red},
		"the topic, its address says nothing": {`<a href="/t/12">Trasparenza amministrativa</a>`, red},
		"a picture without words":             {`<a href="/trasparenza.aspx"><img src="/img/banner-trasparenza.jpg"></a>`, open},
		"a picture of something else":         {`<a href="/tariffe"><img src="/img/trasparenza-rifiuti.jpg" alt=""></a>`, red},
		"with the prevention of corruption":   {`<a href="/t">Trasparenza e anticorruzione</a>`, open},
		"called after the comune":             {`<a href="/t">Comune trasparente</a>`, open},
		"with its decree":                     {`<a href="/t">Trasparenza - D.Lgs. 33/2013</a>`, open},
		"abbreviated":                         {`<a href="/t">Amm. Trasp.</a>`, open},
		"German in one word":                  {`<a href="/t">Verwaltungstransparenz</a>`, open},
		"French":                              {`<a href="/t">Transparence administrative</a>`, open},
		"Slovene":                             {`<a href="/t">Transparentnost uprave</a>`, open},
		"the topic in German":                 {`<a href="/t">Transparenz der Verwaltung</a>`, red},
		"the ministry's tool of old":          {`<a href="/t">Bussola della trasparenza</a>`, red},
		"of prices":                           {`<a href="/t">Trasparenza dei prezzi</a>`, red},
		"of waste":                            {`<a href="/t">Trasparenza rifiuti</a>`, red},
		"a headline":                          {`<a href="/t">Il Comune premiato per la trasparenza del proprio bilancio sociale</a>`, red},
		"a news item":                         {`<a href="/novita/12">Giornata della trasparenza</a>`, red},
		"a line of its own that is no link":   {`<p>Amministrazione trasparente</p>`, "unknown js_only"},
		"in running text":                     {`<p>Aggiornata la sezione Amministrazione trasparente del sito.</p>`, red},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdictOf(smallSite{home: tc.home}.judged(t, transparencyID)); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}
