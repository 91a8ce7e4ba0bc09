package registry

// IPA's data set of offices, of which one is the office for the digital transition.

import (
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// Offices is what IPA's data set of offices says of the one that the law asks
// for: the office for the digital transition (CAD art. 17).
type Offices struct {
	Rows       int
	Transition map[string]int         // offices of that name by folded IPA code of the body
	Holders    map[string][]RTDHolder // those of them with a person who is not a placeholder
	Gaps       Gaps
}

// officeColumns are those of the RTDs' data set that the offices' has too.
var officeColumns = []column{
	rtdIPA: must("Codice_IPA"), rtdOffice: must("Descrizione_uo"), rtdFirst: may("Nome_responsabile"), rtdLast: may("Cognome_responsabile"), rtdUpdated: may("Data_aggiornamento"),
}

// ReadOffices reads IPA's data set of offices. Rows that cannot be read are its Gaps.
// Errors as ReadEnti.
func ReadOffices(r io.Reader) (Offices, error) {
	out := Offices{Transition: map[string]int{}, Holders: map[string][]RTDHolder{}}
	gaps, err := eachOffice(r, "offices", officeColumns, func(cell func(int) string) {
		out.Rows++
		if !transitionOffice(cell(rtdOffice)) {
			return
		}
		code := FoldIPA(cell(rtdIPA))
		out.Transition[code]++
		if h, ok := rtdHolder(cell); ok {
			h.UO = true
			out.Holders[code] = append(out.Holders[code], h)
		}
	})
	if err != nil {
		return Offices{}, err
	}
	out.Gaps = gaps
	return out, nil
}

func transitionOffice(name string) bool {
	key := foldKey(name)
	return strings.Contains(key, "transizione") && strings.Contains(key, "digital")
}

// write gives the offices with a holder as a file that ReadOffices reads.
func (o Offices) write(w io.Writer) error {
	out := csv.NewWriter(w)
	row := make([]string, len(officeColumns))
	for i, c := range officeColumns {
		row[i] = c.titles[0]
	}
	err := out.Write(row)
	for _, code := range slices.Sorted(maps.Keys(o.Holders)) {
		for _, h := range o.Holders[code] {
			row[rtdIPA], row[rtdOffice], row[rtdFirst], row[rtdLast], row[rtdUpdated] = h.IPA, h.Office, h.Name, "", h.Updated
			err = errors.Join(err, out.Write(row))
		}
	}
	out.Flush()
	return errors.Join(err, out.Error())
}
