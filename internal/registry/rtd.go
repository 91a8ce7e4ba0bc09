package registry

// IPA's data set of the RTDs (responsabili per la transizione al digitale).

import (
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	rtdIPA = iota
	rtdOffice
	rtdFirst
	rtdLast
	rtdUpdated
)

var rtdColumns = []column{
	rtdIPA:     must("Codice_IPA"),
	rtdOffice:  may("Descrizione_uo"),
	rtdFirst:   must("Nome_responsabile"),
	rtdLast:    must("Cognome_responsabile"),
	rtdUpdated: may("Data_aggiornamento"),
}

// RTDs are the holders by the folded IPA code of the body that lists them.
type RTDs struct {
	AsOf         time.Time // when the data set was read; set by who read it
	Holders      map[string][]RTDHolder
	Rows         int // rows read
	Placeholders int // rows whose person is a placeholder or missing, refused
	Gaps         Gaps
}

// FoldIPA is the form in which IPA codes are compared: the same body is
// published as c_i921 here and C_I921 there.
func FoldIPA(code string) string { return strings.ToLower(strings.TrimSpace(code)) }

// ReadRTD reads IPA's data set of RTDs in the forms of ReadEnti. Rows whose person
// is a placeholder ("da_indicare", "n.d.", "-") hold nobody and are counted apart;
// rows that cannot be read are its Gaps. Errors as ReadEnti.
func ReadRTD(r io.Reader) (RTDs, error) {
	out := RTDs{Holders: map[string][]RTDHolder{}}
	gaps, err := eachOffice(r, "RTD", rtdColumns, func(cell func(int) string) {
		out.Rows++
		if h, ok := rtdHolder(cell); ok {
			key := FoldIPA(h.IPA)
			out.Holders[key] = append(out.Holders[key], h)
		} else {
			out.Placeholders++
		}
	})
	if err != nil {
		return RTDs{}, err
	}
	out.Gaps = gaps
	return out, nil
}

func rtdHolder(cell func(int) string) (RTDHolder, bool) {
	first, last := person(cell(rtdFirst)), person(cell(rtdLast))
	h := RTDHolder{
		IPA: cell(rtdIPA), Name: strings.TrimSpace(first + " " + last),
		Office: cell(rtdOffice), Updated: cell(rtdUpdated),
	}
	// A surname blanked by whoever passed the data on still stands for a person.
	blanked := cell(rtdFirst) == "*" || cell(rtdLast) == "*"
	return h, h.IPA != "" && (h.Name != "" || blanked)
}

var nobody = map[string]bool{
	"": true, "daindicare": true, "dacompilare": true, "dadefinire": true, "danominare": true, "nonindicato": true, "nonassegnato": true,
	"nonnominato": true, "nonpresente": true, "nondisponibile": true, "nessuno": true, "vacante": true, "nd": true, "nc": true, "na": true,
	"null": true, "none": true, "x": true, "xx": true, "xxx": true, "responsabile": true, "rtd": true, "nome": true, "cognome": true,
}

// person gives a name, or nothing where what stands there is a placeholder.
func person(s string) string {
	if nobody[foldKey(s)] {
		return ""
	}
	return cutAt(s, 120)
}

// With are the holders with the heads of the offices for the digital transition, of
// bodies that the data set of RTDs has no row for.
func (r RTDs) With(o Offices) RTDs {
	both := make(map[string][]RTDHolder, len(r.Holders)+len(o.Holders))
	maps.Copy(both, o.Holders)
	maps.Copy(both, r.Holders)
	r.Holders, r.Gaps = both, r.Gaps.with(o.Gaps)
	return r
}

// Office is what the data set says of the comune with that IPA code and of the
// unions it belongs to. Where nobody has the role, and a row that could not be read may
// be theirs, nothing is known.
func (r RTDs) Office(ipa string, unions []string) Office {
	o := Office{AsOf: r.AsOf, Unions: unions}
	o.Holders = append(o.Holders, r.Holders[FoldIPA(ipa)]...)
	for _, u := range unions {
		for _, h := range r.Holders[FoldIPA(u)] {
			h.Union = true
			o.Holders = append(o.Holders, h)
		}
	}
	o.Known = len(o.Holders) > 0 || !r.Gaps.of(ipa) && !slices.ContainsFunc(unions, r.Gaps.of)
	return o
}

// Attach gives each comune its Office. Union membership that is already there
// is kept and used.
func (r RTDs) Attach(comuni []Comune) {
	for i := range comuni {
		comuni[i].RTD = r.Office(comuni[i].IPA, comuni[i].RTD.Unions)
	}
}
