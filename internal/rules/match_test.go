package rules

// Tests of what excludes a link.

import "testing"

func TestAnExclusionWithinAWordOfAHostIsNone(t *testing.T) {
	for _, tt := range []struct {
		href, no string
		want     bool
	}{
		{"https://www.comune.benevento.it/dati-aperti", "evento", false},
		{"https://www.comune.benevento.it/evento/dati-aperti", "evento", true},
		{"https://www.comunequarrata.it", "rata", false},
		{"https://www.comunequarrata.it?rata=2", "rata", true},
		{"https://evento.borgofinto.example/", "evento", true},
		{"https://gestione-evento.borgofinto.example/", "evento", true},
		{"/servizi/tari/seconda-rata", "rata", true},
		{"mailto:evento@borgofinto.example", "evento", true},
		{"https://borgofinto.example/", "://", true},
		{"https://borgofinto.example/", ".example", true},
		{"", "evento", false},
		{"https://portale.example/pagopa/flaibano", "iban", false},
		{"https://portale.example/www.comune.tribano.pd.it/", "iban", false},
		{"https://portale.example/flaibano/iban", "iban", true},
		{"/pagamenti/codiceiban", "iban", true},
		{"/ibancomunale", "iban", true},
		{"/amministrazionetrasparente/pagamenti", "trasparen", true},
		{"/vai?returnurl=https://altro.example/", "url=http", true},
	} {
		if got := addressHolds(tt.href, tt.no); got != tt.want {
			t.Errorf("addressHolds(%q, %q) = %v", tt.href, tt.no, got)
		}
	}
}

func TestAnExclusionInTheMidstOfAWordOfALabelIsNone(t *testing.T) {
	for _, tt := range []struct {
		label, no string
		want      bool
	}{
		{"paga con pagopa - comune di flaibano", "iban", false},
		{"paga con pagopa: iban di flaibano", "iban", true},
		{"pnrr - risorse sovracomunali", "iso", false},
		{"regolamenti", "regolament", true},
		{"indipendenti", "dipendent", true},
		{"iban", "iban", true},
		{"", "iban", false},
	} {
		if got := holds(tt.label, tt.no); got != tt.want {
			t.Errorf("holds(%q, %q) = %v", tt.label, tt.no, got)
		}
	}
}

func TestANameThatHoldsAnExclusionIsMatchedAllTheSame(t *testing.T) {
	set := mustLoad(t, `rules:
  - id: paying
    since: 2016-01-01
    where: [link_text, href]
    literal: [pagopa]
    value: paying
    not: [iban]
    examples:
      match: [{link_text: "pagoPA Flaibano"}, {href: "https://portale.example/pagopa/flaibano"}]
      no_match: [{link_text: "pagoPA e IBAN"}, {href: /pagopa/iban}]
`)
	if err := set.CheckExamples(); err != nil {
		t.Error(err)
	}
}
