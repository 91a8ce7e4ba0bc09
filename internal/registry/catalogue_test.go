package registry

// Look-up by what a person types, on invented comuni and a few true names.

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func small() *Catalogue {
	c := func(istat, ipa, catasto, province, region, denomination string, aliases ...string) Comune {
		return Comune{
			Istat: istat, IPA: ipa, Catasto: catasto, Province: province, Region: region,
			Denomination: denomination, Name: CleanName(denomination), Aliases: aliases,
		}
	}
	return NewCatalogue([]Comune{
		c("054051", "c_i921", "I921", "PG", "Umbria", "Comune di Spoleto"),
		c("054011", "C_C527", "C527", "PG", "Umbria", "Comune di Cerreto di Spoleto"),
		c("013130", "c_e623", "E623", "CO", "Lombardia", "Comune di Livo"),
		c("022106", "c_e624", "E624", "TN", "Trentino-Alto Adige", "Comune di Livo"),
		c("076059", "c_g364", "G364", "PZ", "Basilicata", "Comune di Paterno"),
		c("087033", "c_g371", "G371", "CT", "Sicilia", "Comune di Paterno'"),
		c("018009", "A690_bpe", "A690", "PV", "Lombardia", "Comune di Bascape'"),
		c("001001", "C_A074", "A074", "TO", "Piemonte", "Comune di Agliè"),
		c("022250", "APSPV1", "M390", "TN", "Trentino-Alto Adige", "San Giovanni di Fassa-Sen Jan"),
		c("021008", "c_a952", "A952", "BZ", "Trentino-Alto Adige", "Comune di Bolzano", "Bolzano/Bozen", "Bozen"),
		c("058091", "c_h501", "H501", "RM", "Lazio", "ROMA CAPITALE"),
		c("054013", "c_c745", "C745", "PG", "Umbria", "Comune di Citta' di Castello"),
		c("035033", "c_h223", "H223", "RE", "Emilia-Romagna", "Comune di Reggio nell'Emilia"),
		c("022247", "c_m361", "M361", "TN", "Trentino-Alto Adige", "Comune di Tre Ville"),
		c("006175", "c_l403", "L403", "AL", "Piemonte", "Comune di Treville"),
		c("003032", "c_b473", "B473", "NO", "Piemonte", "Comune di Cameri"),
		c("043007", "c_b474", "B474", "MC", "Marche", "Comune di Camerino"),
		c("078157", "c_m403", "M403", "CS", "Calabria", "Comune di Corigliano-Rossano"),
		c("024087", "c_h556", "H556", "VI", "Veneto", "Comune di Rossano Veneto"),
		c("075097", "c_m263", "M263", "LE", "Puglia", "Comune di Porto Cesareo"),
		c("990001", "c_z901", "Z901", "ZZ", "Inventata", "Comune di Livo"),
		c("103055", "c_h203", "H203", "VB", "Piemonte", "Comune di Re"),
	})
}

func TestFind(t *testing.T) {
	tests := []struct{ name, query, istat string }{
		{"an exact name wins over a longer one", "Spoleto", "054051"},
		{"the longer one by its whole name", "cerreto di spoleto", "054011"},
		{"with Comune di", "Comune di Spoleto", "054051"},
		{"with Città di", "Città di Spoleto", "054051"},
		{"whose name begins with Città di", "città di castello", "054013"},
		{"white space and control characters", "  spo\x00leto\t", "054051"},
		{"an apostrophe for an accent", "Bascape'", "018009"},
		{"an accent for an apostrophe", "Bascapè", "018009"},
		{"no accent at all", "aglie", "001001"},
		{"an apostrophe for a published accent", "AGLIE'", "001001"},
		{"a typographic apostrophe", "Agliè’", "001001"},
		{"a name borne twice, in brackets", "Livo (TN)", "022106"},
		{"a name borne twice, bare", "livo co", "013130"},
		{"a name borne twice, after a comma", "Livo, TN", "022106"},
		{"a name borne twice, in a province of no table", "Livo (zz)", "990001"},
		{"a name borne twice, province spelt out", "Livo (Trento)", "022106"},
		{"an accent tells the two apart", "Paternò", "087033"},
		{"so does its apostrophe", "Paterno'", "087033"},
		{"the province tells them apart", "Paterno (PZ)", "076059"},
		{"the first half of a bilingual name", "San Giovanni di Fassa", "022250"},
		{"the second half", "Sen Jan", "022250"},
		{"the second language", "Bozen", "021008"},
		{"Rome", "roma", "058091"},
		{"Rome as published", "Roma Capitale", "058091"},
		{"small words left out", "Reggio Emilia", "035033"},
		{"words run together are not words apart", "Tre Ville", "022247"},
		{"nor the other way", "Treville", "006175"},
		{"a province is not the end of a name", "Cameri (NO)", "003032"},
		{"nor bare", "Cameri NO", "003032"},
		{"a name of two letters", "Re", "103055"},
		{"a word of one name alone", "Cesareo", "075097"},
		{"ISTAT code", "054051", "054051"},
		{"ISTAT code without its zeros", "1001", "001001"},
		{"IPA code", "c_i921", "054051"},
		{"IPA code in capitals", "C_I921", "054051"},
		{"IPA code in small letters", "c_c527", "054011"},
		{"cadastral code", "i921", "054051"},
	}
	catalogue := small()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := catalogue.Find(tt.query)
			if err != nil || got.Istat != tt.istat {
				t.Errorf("%q: got %s %s, %v; want %s", tt.query, got.Istat, got.Name, err, tt.istat)
			}
		})
	}
}

func codes(comuni []Comune) []string {
	var out []string
	for _, c := range comuni {
		out = append(out, c.Istat)
	}
	return out
}

func TestFindListsCandidates(t *testing.T) {
	for query, want := range map[string][]string{
		"Livo":    {"013130", "022106", "990001"},
		"paterno": {"087033", "076059"},
		"Rossano": {"078157", "024087"},
	} {
		_, err := small().Find(query)
		var several *AmbiguousError
		if !errors.As(err, &several) || several.Query != query {
			t.Errorf("%q: %v", query, err)
			continue
		}
		if diff := cmp.Diff(want, codes(several.Candidates)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

func TestFindSuggestsTheNearest(t *testing.T) {
	for query, want := range map[string][]string{
		"Spoletto":   {"054051"},
		"Sploeto":    {"054051"},
		"Camerinoo":  {"043007", "003032"},
		"Livo (RM)":  {"013130", "022106", "990001"},
		"zzzzzzz":    nil,
		"999999":     nil,
		"":           nil,
		"\x1b[31m":   nil,
		"Bolzanno":   {"021008"},
		"Spol":       {"054051"},
		"c_zzzzzzzz": nil,
	} {
		_, err := small().Find(query)
		var missing *NotFoundError
		if !errors.As(err, &missing) {
			t.Errorf("%q: %v", query, err)
			continue
		}
		if diff := cmp.Diff(want, codes(missing.Nearest)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

func TestFindFindsEveryComuneByItsOwnName(t *testing.T) {
	catalogue := small()
	for _, c := range catalogue.All() {
		got, err := catalogue.Find(c.Denomination + " (" + c.Province + ")")
		if err != nil || got.Istat != c.Istat {
			t.Errorf("%s: got %s, %v", c.Denomination, got.Istat, err)
		}
	}
}

func TestFindNeverPanics(t *testing.T) {
	catalogue := small()
	rapid.Check(t, func(t *rapid.T) {
		query := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Zàèò' (),/-]{0,30}`)).Draw(t, "query")
		c, err := catalogue.Find(query)
		var missing *NotFoundError
		var several *AmbiguousError
		switch {
		case err == nil && c.Istat == "":
			t.Fatalf("%q found nothing without an error", query)
		case err != nil && !errors.As(err, &missing) && !errors.As(err, &several):
			t.Fatalf("%q: %v", query, err)
		case errors.As(err, &missing) && len(missing.Nearest) > 5:
			t.Fatalf("%q: %d suggestions", query, len(missing.Nearest))
		case errors.As(err, &several) && len(several.Candidates) < 2:
			t.Fatalf("%q: %d candidates", query, len(several.Candidates))
		}
	})
}

func TestByProvinceAndRegion(t *testing.T) {
	catalogue := small()
	for query, want := range map[string]int{"pg": 3, "Perugia": 3, "Reggio Emilia": 1, "zz": 1, "XX": 0, "": 0} {
		if got := catalogue.ByProvince(query); len(got) != want {
			t.Errorf("province %q: %v", query, codes(got))
		}
	}
	for query, want := range map[string]int{"umbria": 3, "Trentino-Alto Adige/Südtirol": 4, "trentino alto adige": 4, "Südtirol": 4, "": 0, "Atlantide": 0} {
		if got := catalogue.ByRegion(query); len(got) != want {
			t.Errorf("region %q: %v", query, codes(got))
		}
	}
	if diff := cmp.Diff([]string{"021008", "035033", "058091"}, codes(catalogue.Capitals())); diff != "" {
		t.Errorf("chief towns (-want +got):\n%s", diff)
	}
}

func TestSlipsBetween(t *testing.T) {
	for _, tt := range []struct {
		a, b  string
		limit int
		want  int
	}{
		{"spoleto", "spoleto", 2, 0},
		{"spoletto", "spoleto", 2, 1},
		{"sploeto", "spoleto", 2, 1},
		{"roma", "rma", 2, 1},
		{"roma", "milano", 2, 3},
		{"", "ab", 2, 2},
		{"abc", "", 2, 3},
	} {
		if got := slipsBetween(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("%q %q: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestProvinces(t *testing.T) {
	letters, prefixes := map[string]bool{}, map[string]bool{}
	for _, p := range Provinces() {
		if letters[p.Code] || len(p.Code) != 2 || p.Name == "" || p.Region == "" || len(p.Prefixes) == 0 {
			t.Errorf("%+v", p)
		}
		letters[p.Code] = true
		for _, prefix := range p.Prefixes {
			if prefixes[prefix] || len(prefix) != 3 {
				t.Errorf("prefix %s of %s", prefix, p.Code)
			}
			prefixes[prefix] = true
		}
		for _, capital := range p.Capitals {
			if of, _ := provinceRowOf(capital); of.code != p.Code {
				t.Errorf("chief town %s of %s is in %s", capital, p.Code, of.code)
			}
		}
	}
	if len(letters) != 111 || len(Regions()) != 20 {
		t.Errorf("%d provinces, %d regions", len(letters), len(Regions()))
	}
	for istat, want := range map[string]string{"054051": "PG", "258": "RM", "258091": "RM", "111009": "SU", "106001": "VS", "112001": "SS", "312": "SS"} {
		if p, ok := provinceRowOf(istat); !ok || p.code != want {
			t.Errorf("%s: %s, want %s", istat, p.code, want)
		}
	}
	for _, istat := range []string{"", "990001", "05", "5405100"} {
		if p, ok := provinceRowOf(istat); ok {
			t.Errorf("%q is in %s", istat, p.code)
		}
	}
}
