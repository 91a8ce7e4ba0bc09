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
	} {
		if got := addressHolds(tt.href, tt.no); got != tt.want {
			t.Errorf("addressHolds(%q, %q) = %v", tt.href, tt.no, got)
		}
	}
}
