package checks

import "testing"

func TestTheOfficerIsKnownByEveryNameANoticeHas(t *testing.T) {
	const pass, open, warn, red = "pass", "unknown not_visible_on_site", "warn contact_missing", "fail not_found"
	for name, tc := range map[string]struct{ notice, want string }{
		"in a sentence":                          {`<p>Il DPO del Comune è raggiungibile all'indirizzo studio@example.it</p>`, pass},
		"as a heading":                           {`<h2>DPO</h2><p>Studio Fittizio, studio@example.it</p>`, pass},
		"as a heading with both initials":        {`<h3>Contatti RPD/DPO</h3><p>studio@example.it</p>`, pass},
		"before a dash":                          {`<p>DPO - studio@example.it</p>`, pass},
		"by telephone":                           {`<p>Il RPD nominato risponde al tel. 075 111111</p>`, pass},
		"abbreviated":                            {`<p>Resp. protezione dati: studio@example.it</p>`, pass},
		"of protection and security":             {`<p>Responsabile per la protezione e la sicurezza dei dati personali: studio@example.it</p>`, pass},
		"of processing and protection":           {`<p>Responsabile del trattamento e della protezione dei dati: studio@example.it</p>`, pass},
		"German, in three words":                 {`<p>Beauftragter für den Datenschutz: studio@example.it</p>`, pass},
		"German, as responsible":                 {`<p>Verantwortlicher für den Datenschutz (DSB/DPO): studio@example.it</p>`, pass},
		"Slovene":                                {`<p>Pooblaščenec za varstvo osebnih podatkov: studio@example.it</p>`, pass},
		"initials without a contact":             {`<p>Il Comune ha nominato il proprio DPO.</p>`, warn},
		"a call for one":                         {`<p>Selezione per l'incarico di DPO, domande a personale@example.it</p>`, red},
		"the officer for the digital transition": {`<p>RTD: studio@example.it</p>`, red},
		"the whole notice in a file":             {`<p><a href="/doc/a.pdf">Scarica l'informativa completa</a></p>`, open},
		"the decree in a file":                   {`<p><a href="/doc/d.pdf">Decreto di nomina</a></p>`, open},
		"a notice for each service, none read":   {`<p><a href="/privacy/tributi">Informativa per i tributi</a></p>`, open},
		"a form in a file":                       {`<p><a href="/doc/m.pdf">Modulo per l'esercizio dei diritti</a></p>`, red},
		"a notice on cookies":                    {`<p><a href="/cookie">Informativa sui cookie</a></p>`, red},
		"the notice itself in the path":          {`<p><a href="/privacy">Informativa</a></p>`, red},
		"nobody":                                 {``, red},
	} {
		t.Run(name, func(t *testing.T) {
			site := smallSite{home: `<a href="/privacy">Privacy</a>`, pages: []smallPage{{
				path: "privacy", interests: privacyPage, title: "Informativa", body: `<p>Il titolare del trattamento è il Comune di Borgofinto. Regolamento (UE) 2016/679.</p>` + tc.notice,
			}}}
			if got := verdictOf(site.judged(t, dpoID)); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
	t.Run("a news item of the home page", func(t *testing.T) {
		site := smallSite{home: `<p>Il Comune ha un nuovo DPO.</p><p>Informazioni: urp@comune.borgofinto.pg.it</p>`}
		if got := verdictOf(site.judged(t, dpoID)); got != open {
			t.Errorf("%s, want %s", got, open)
		}
	})
}
