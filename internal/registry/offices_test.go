package registry

// The data set of offices, on invented rows.

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestReadOffices(t *testing.T) {
	o, err := ReadOffices(strings.NewReader(newWorld().files[knownResources[slugOffices]]))
	if err != nil || o.Rows != 2 || o.Transition["c_z001"] != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	o, err = ReadOffices(strings.NewReader("Codice_IPA,Descrizione_uo,Nome_responsabile,Cognome_responsabile\n" +
		"c_z001,Ufficio per la transizione al Digitale,Ada,Finta\nc_z002,Ufficio transizione digitale,da_indicare,da_indicare\nc_z003,Ufficio tributi,Ugo,Finto\n"))
	if err != nil || len(o.Holders) != 1 || o.Transition["c_z002"] != 1 {
		t.Fatalf("%+v, %v", o, err)
	}
}

func TestTheHeadOfAnOfficeStandsWhereTheRTDsHaveNoRow(t *testing.T) {
	listed := RTDHolder{IPA: "c_z001", Name: "Ada Finta"}
	head := func(code string) RTDHolder {
		return RTDHolder{IPA: code, Name: "Ugo Finto", Office: "Ufficio transizione digitale", UO: true}
	}
	of := func(h RTDHolder) RTDHolder { h.Union = true; return h }
	alone := RTDs{Holders: map[string][]RTDHolder{"c_z001": {listed}}}
	r := alone.With(Offices{Holders: map[string][]RTDHolder{"c_z001": {head("C_Z001")}, "c_z002": {head("C_Z002")}, "uc_prova": {head("UC_PROVA")}}})
	for name, tt := range map[string]struct {
		ipa    string
		unions []string
		want   []RTDHolder
	}{
		"a row of the RTDs is enough":           {"C_Z001", nil, []RTDHolder{listed}},
		"the comune's own office":               {"c_z002", nil, []RTDHolder{head("C_Z002")}},
		"the office of the union it belongs to": {"c_z003", []string{"uc_prova"}, []RTDHolder{of(head("UC_PROVA"))}},
		"the comune's and its union's":          {"c_z002", []string{"uc_prova"}, []RTDHolder{head("C_Z002"), of(head("UC_PROVA"))}},
		"the union itself":                      {"uc_prova", nil, []RTDHolder{head("UC_PROVA")}},
		"no office":                             {"c_z003", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, r.Office(tt.ipa, tt.unions).Holders); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	comuni := []Comune{{Istat: "054901"}}
	r.AttachUnions(comuni, []Body{{IPA: "uc_prova", Name: "Unione Prova", Category: CategoryUnion, Seat: "054901"}})
	if near := comuni[0].RTD.Nearby; len(near) != 1 || len(near[0].Holders) != 1 || !near[0].Holders[0].Union {
		t.Errorf("the union near by: %+v", near)
	}
	if len(alone.Holders) != 1 {
		t.Errorf("the data set of RTDs was changed: %v", alone.Holders)
	}
}

func TestTheOfficesCountForUnionsAndTheirMembers(t *testing.T) {
	u := newUpdater(t)
	u.world.files[knownResources[slugRTD]] = rtdHeader + "1,C_Z002,1,AA,UTD,Ada,Finta,x@y.it,2026-01-01\n"
	u.world.files[knownResources[slugOffices]] = "Codice_IPA,Descrizione_uo,Nome_responsabile,Cognome_responsabile\n" +
		"C_Z003,Ufficio per la transizione al Digitale,Ugo,Finto\nuc_prova,Ufficio per la transizione al Digitale,Ugo,Finto\n"
	u.must()
	unions := filepath.Join(t.TempDir(), "unions.csv")
	if err := os.WriteFile(unions, []byte("unione,istat\nuc_prova,054901\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(u.o.Dir, Extra{UnionsFile: unions})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []RTDHolder{
		{IPA: "uc_prova", Union: true, UO: true, Name: "Ugo Finto", Office: "Ufficio per la transizione al Digitale"},
		{IPA: "C_Z002", Name: "Ada Finta", Office: "UTD", Updated: "2026-01-01"},
		{IPA: "C_Z003", UO: true, Name: "Ugo Finto", Office: "Ufficio per la transizione al Digitale"},
	} {
		if d := cmp.Diff([]RTDHolder{want}, s.Comuni[i].RTD.Holders); d != "" {
			t.Errorf("%s (-want +got):\n%s", s.Comuni[i].IPA, d)
		}
	}
	if o := s.Office("UC_PROVA"); len(o.Holders) != 1 {
		t.Errorf("the union: %+v", o)
	}
}

func TestAUnionThatIPADoesNotListSaysNothingByItsSilence(t *testing.T) {
	u := newUpdater(t)
	u.world.files[knownResources[slugRTD]] = rtdHeader + "1,C_Z002,1,AA,UTD,Ada,Finta,x@y.it,2026-01-01\n"
	u.must()
	for code, known := range map[string]bool{"uc_prova": true, "UC_PROVA": true, "uc_porva": false} {
		unions := filepath.Join(t.TempDir(), "unions.csv")
		if err := os.WriteFile(unions, []byte("unione,istat\n"+code+",054901\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Load(u.o.Dir, Extra{UnionsFile: unions})
		if err != nil {
			t.Fatal(err)
		}
		if o := s.Comuni[0].RTD; o.Known != known || len(o.Holders) > 0 {
			t.Errorf("a member of %s: %+v", code, o)
		}
		if o := s.Comuni[2].RTD; !o.Known {
			t.Errorf("a comune that is no member: %+v", o)
		}
	}
}

func TestTheExtractOfTheOfficesHoldsWhatTheyHold(t *testing.T) {
	o, err := ReadOffices(strings.NewReader("Codice_IPA,Descrizione_uo,Nome_responsabile,Cognome_responsabile\n" +
		"c_z001,Ufficio per la transizione al Digitale,Ada,Finta\nc_z002,\"Ufficio transizione digitale, rete\",*,*\nc_z003,Ufficio tributi\n"))
	if err != nil || len(o.Holders) != 2 || !o.Gaps.of("c_z003") {
		t.Fatalf("%+v, %v", o, err)
	}
	d := folder(t.TempDir())
	if err := d.extract(o); err != nil {
		t.Fatal(err)
	}
	again, err := readFile(d.extractPath(), readExtract)
	if diff := cmp.Diff(o, again, cmpopts.IgnoreFields(Offices{}, "Transition")); diff != "" || err != nil {
		t.Errorf("read again: %v (-want +got):\n%s", err, diff)
	}
}

func TestWithoutTheOfficesNobodyIsWithoutAnRTD(t *testing.T) {
	of := func(u *updater) (string, Office) { return folder(u.o.Dir).path(SourceOffices), u.load().Comuni[2].RTD }
	fresh := func(t *testing.T, sources ...Source) *updater {
		u := newUpdater(t)
		u.world.files[knownResources[slugOffices]] = "Codice_IPA,Descrizione_uo,Nome_responsabile,Cognome_responsabile\nC_Z003,Ufficio per la transizione al Digitale,Ugo,Finto\n"
		u.o.Sources = sources
		u.must()
		return u
	}
	t.Run("they were never fetched", func(t *testing.T) {
		u := fresh(t, SourceEnti, SourceRTD, SourceIstat)
		if s := u.load(); s.Comuni[1].RTD.Known || !s.Comuni[0].RTD.Known || s.Office("uc_z").Known {
			t.Errorf("%+v, and with a row of its own %+v", s.Comuni[1].RTD, s.Comuni[0].RTD)
		}
	})
	t.Run("their extract is damaged, and made again", func(t *testing.T) {
		u := fresh(t)
		for _, damage := range []func(string) error{os.Remove, func(name string) error { return os.Truncate(name, 40) }} {
			if err := damage(folder(u.o.Dir).extractPath()); err != nil {
				t.Fatal(err)
			}
			if _, o := of(u); len(o.Holders) != 1 || !o.Holders[0].UO {
				t.Errorf("%+v", o)
			}
			if _, err := readFile(folder(u.o.Dir).extractPath(), readExtract); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("they and their extract are damaged", func(t *testing.T) {
		u := fresh(t)
		whole, _ := of(u)
		for _, name := range []string{whole, folder(u.o.Dir).extractPath()} {
			if err := os.Truncate(name, 40); err != nil {
				t.Fatal(err)
			}
		}
		if _, o := of(u); o.Known {
			t.Errorf("%+v", o)
		}
		if s := u.load(); !slices.Equal(s.Damaged, []Source{SourceOffices}) {
			t.Errorf("damaged: %v", s.Damaged)
		}
	})
	t.Run("they are old", func(t *testing.T) {
		u := fresh(t)
		u.now = noon.AddDate(0, 1, 0)
		u.o.Sources = []Source{SourceEnti, SourceRTD, SourceIstat}
		u.must()
		if _, o := of(u); !o.AsOf.Equal(noon) {
			t.Errorf("their silence is as of %v", o.AsOf)
		}
	})
}
