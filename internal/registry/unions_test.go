package registry

// Unions of comuni, on invented names.

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func unionsAtHand() Office {
	return Office{Nearby: []Union{
		{IPA: "uc_valfonte", Name: "UNIONE DEI COMUNI DELLA VAL FONTE", Host: "unionevalfonte.pg.it"},
		{IPA: "UC_ALTA", Name: "Unione Montana Val Fonte Alta (UMVFA)", Host: "unioni.finte.it"},
		{IPA: "uc_rubico", Name: "Unione Rubico e Mare", Host: "unioni.finte.it"},
		{IPA: "uc_twin1", Name: "Unione dei Comuni Terre Gemelle"},
		{IPA: "uc_twin2", Name: "Unione Montana delle Terre Gemelle"},
		{IPA: "uc_olio", Name: "Unione di comuni dell'Alto Olio"},
		{IPA: "uc_empty", Name: "Unione dei Comuni"},
	}}
}

func TestAUnionIsToldByItsWholeName(t *testing.T) {
	o := unionsAtHand()
	for words, want := range map[string]string{
		"Unione dei Comuni della Val Fonte.":                            "uc_valfonte",
		"unione di comuni Val Fonte, con sede in Borgofinto":            "uc_valfonte",
		"UNIONE DEI COMUNI VAL FONTE":                                   "uc_valfonte",
		"Unione dei Comuni “Val Fonte”":                                 "uc_valfonte",
		"Unione dei Comuni Val Fonte ha nominato il responsabile":       "uc_valfonte",
		"Unione Val Fonte e il Comune di Borgofinto":                    "uc_valfonte",
		"Unione dei Comuni Val Fonte Alta":                              "UC_ALTA",
		"Unione Rubico e Mare":                                          "uc_rubico",
		"Unione dei Comuni Rubico-Mare":                                 "uc_rubico",
		"Unione di Comuni dell’Alto Olio":                               "uc_olio",
		"Unione dei Comuni Val Fonte Bassa":                             "", // another, that is not in the registry
		"Unione dei Comuni Val Fonte di Sotto":                          "",
		"Unione dei Comuni Val Fontecchio":                              "",
		"Unione dei Comuni Val, Fonte":                                  "",
		"Unione dei Comuni Terre Gemelle":                               "", // two answer to it
		"Unione dei Comuni":                                             "",
		"Unione europea":                                                "",
		"":                                                              "",
		strings.Repeat("Unione ", 500) + "Val Fonte":                    "",
		"Il comune, che confina con la Val Fonte, è in un'altra Unione": "",
	} {
		if got, _ := o.UnionCalled(words); got.IPA != want {
			t.Errorf("%.60q: %q, want %q", words, got.IPA, want)
		}
	}
}

func TestAUnionIsToldByItsHost(t *testing.T) {
	o := unionsAtHand()
	for address, want := range map[string]string{
		"https://www.unionevalfonte.pg.it/":                      "uc_valfonte",
		"http://servizi.unionevalfonte.pg.it/rtd?x=1":            "uc_valfonte",
		"https://unionevalfonte.pg.it.example.org/":              "",
		"https://unioni.finte.it/":                               "", // of two
		"https://indicepa.gov.it/ipa-portale/ente/UC_VALFONTE/":  "uc_valfonte",
		"https://altro.example.org/uc_valfonte":                  "",
		"/unione":                                                "",
		"::":                                                     "",
		"https://www.comune.borgofinto.pg.it/unione-val-fonte":   "",
		"https://altrosito.it/?u=https://www.unionevalfonte.it/": "",
	} {
		if got, _ := o.UnionAt(address); got.IPA != want {
			t.Errorf("%s: %q, want %q", address, got.IPA, want)
		}
	}
}

func TestNamingKeepsOnlyWhatTheSiteNamed(t *testing.T) {
	o := unionsAtHand().Naming([]string{"UC_VALFONTE", "uc_valfonte", "uc_nowhere"})
	if o.Nearby != nil || len(o.Named) != 1 || o.Named[0].IPA != "uc_valfonte" {
		t.Errorf("%+v", o)
	}
	if again := o.Naming([]string{"uc_valfonte"}); cmp.Diff(o, again) != "" {
		t.Errorf("what was kept is lost when judged again: %+v", again)
	}
	if none := o.Naming(nil); none.Named != nil {
		t.Errorf("%+v", none)
	}
}

func TestWhoeverHasTheRoleForAUnionHasItForItsMembers(t *testing.T) {
	own, theirs := RTDHolder{IPA: "c_z001", Name: "Ada Finta"}, RTDHolder{IPA: "uc_uno", Union: true, Name: "Ugo Finto"}
	near := []Union{{IPA: "uc_uno", Name: "Unione Uno", Holders: []RTDHolder{theirs}}, {IPA: "uc_due", Name: "Unione Due"}, {IPA: "uc_quattro", Unread: true}}
	for _, tt := range []struct {
		name    string
		given   Office
		codes   []string
		holders []RTDHolder
		known   bool
	}{
		{"a union that lists one", Office{Known: true, Nearby: near}, []string{"UC_UNO"}, []RTDHolder{theirs}, true},
		{"a union that lists none", Office{Known: true, Nearby: near}, []string{"uc_due"}, nil, true},
		{"a union nobody was asked about", Office{Known: true, Nearby: near}, []string{"uc_due", "uc_tre"}, nil, false},
		{"a union whose row could not be read", Office{Known: true, Nearby: near}, []string{"uc_quattro"}, nil, false},
		{"the comune's own row is enough", Office{Known: true, Holders: []RTDHolder{own}}, []string{"uc_tre"}, []RTDHolder{own}, true},
		{"the data set was not read", Office{Nearby: near}, []string{"uc_due"}, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.given.Belonging(tt.codes)
			if d := cmp.Diff(tt.holders, got.Holders); d != "" || got.Known != tt.known {
				t.Errorf("known %v, holders (-want +got):\n%s", got.Known, d)
			}
			if d := cmp.Diff(tt.codes, got.Unions); d != "" {
				t.Errorf("unions (-want +got):\n%s", d)
			}
		})
	}
}

func TestWhatAUserAddsIsFoundUnderEitherCode(t *testing.T) {
	// IPA still has the code of Sardinia's former province; ISTAT's list has the new one.
	const ipas, istats = "090001", "113001"
	comuni, _ := joinIstat([]Comune{{Istat: ipas, IPA: "c_z001", Name: "Prova", Catasto: "Z001"}}, nil, []IstatComune{{Istat: istats, Name: "Prova", Catasto: "Z001"}})
	for name, code := range map[string]string{"IPA's": ipas, "ISTAT's": istats} {
		t.Run(name, func(t *testing.T) {
			said := Additions{places: map[string]Place{code: {Population: 7}}, unions: map[string][]string{code: {"uc_prova"}}}
			got := slices.Clone(comuni)
			said.Complete(got)
			if c := got[0]; c.Population != 7 || !slices.Equal(c.RTD.Unions, []string{"uc_prova"}) {
				t.Errorf("%d inhabitants, unions %v", c.Population, c.RTD.Unions)
			}
		})
	}
}

func TestUnionsAreAttachedByRegion(t *testing.T) {
	r := readRTD(t, "1,UC_PROVA,1,BB,UTD,Ugo,Finto,x@y.it,2026-01-02\n2,uc_muta,1,BB,UTD,da_indicare,da_indicare,,\n")
	comuni := []Comune{{Istat: "054901"}, {Istat: "055902"}, {Istat: "013930"}, {Istat: "990001", Region: "Finta"}}
	r.AttachUnions(comuni, []Body{
		{IPA: "uc_prova", Name: "Unione Prova", Category: CategoryUnion, Seat: "054901", Site: Site{URL: "https://www.Unione.pg.it/"}},
		{IPA: "uc_muta", Name: "Unione Muta", Category: CategoryUnion, Seat: "055902", Site: Site{URL: "https://vendor.example.org/muta"}},
		{IPA: "uc_senza", Name: "Unione Senza Sede", Category: CategoryUnion},
		{IPA: "p_pg", Name: "Provincia", Category: CategoryProvince, Seat: "054901"},
	})
	umbria := []Union{
		{IPA: "uc_prova", Name: "Unione Prova", Host: "unione.pg.it", Holders: []RTDHolder{{IPA: "UC_PROVA", Union: true, Name: "Ugo Finto", Office: "UTD", Updated: "2026-01-02"}}},
		{IPA: "uc_muta", Name: "Unione Muta"},
		{IPA: "uc_senza", Name: "Unione Senza Sede"},
	}
	want := [][]Union{umbria, umbria, umbria[2:], umbria[2:]}
	for i, c := range comuni {
		if diff := cmp.Diff(want[i], c.RTD.Nearby); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.Istat, diff)
		}
	}
}

func FuzzUnionCalled(f *testing.F) {
	f.Add("Unione dei Comuni della Val Fonte", "https://www.unionevalfonte.pg.it/")
	f.Add("\xff'’((", "http://[::1]%zz")
	o := unionsAtHand()
	f.Fuzz(func(_ *testing.T, words, address string) {
		o.UnionCalled(words)
		o.UnionAt(address)
	})
}
