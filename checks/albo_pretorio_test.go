package checks

import "testing"

// The board goes by many names; one that may be its own leaves the question open.
func TestALinkThatMayBeTheBoardMakesNobodyRed(t *testing.T) {
	const pass, open, red = "pass", "unknown not_visible_on_site", "fail not_found"
	for name, tc := range map[string]struct{ home, want string }{
		"a picture without words":           {`<a href="https://albo.fornitore.example/borgofinto"><img src="/img/albo_pretorio.gif"></a>`, pass},
		"a picture of another register":     {`<a href="/registri"><img src="/img/albo-fornitori.gif"></a>`, red},
		"German, in the other word":         {`<a href="/x">Digitale Anschlagtafel</a>`, pass},
		"German, what stands on it":         {`<a href="/x">Amtliche Kundmachungen</a>`, open},
		"Slovene, in the other word":        {`<a href="/x">Spletna oglasna tabla</a>`, pass},
		"French, what stands on it":         {`<a href="/x">Publications légales</a>`, open},
		"Ladin":                             {`<a href="/x">Tofla di avisc</a>`, open},
		"what is published there":           {`<a href="/x">Pubblicazioni all'albo</a>`, open},
		"mistyped":                          {`<a href="/x">Albo pretoreo on-line</a>`, open},
		"that of the union":                 {`<a href="/x">Albo dell'Unione dei Comuni</a>`, open},
		"beside another register":           {`<a href="/x">Albo pretorio e albo associazioni</a>`, open},
		"kept among the news":               {`<a href="/novita/albo-pretorio">Albo pretorio</a>`, open},
		"news of it":                        {`<a href="/novita/12">Albo pretorio: che cosa cambia</a>`, red},
		"another register":                  {`<a href="/x">Albo delle associazioni</a>`, red},
		"a register nobody has heard of":    {`<a href="/x">Albo compostatori</a>`, red},
		"how to be put in another register": {`<a href="/x">Iscrizione all'albo degli scrutatori</a>`, red},
		"a board of something else":         {`<a href="/x">Bacheca del volontariato</a>`, red},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdictOf(smallSite{home: tc.home}.judged(t, alboID)); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}
