package registry

// IPA's data set of offices, of which one is the office for the digital transition.

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Offices is what IPA's data set of offices says of the one that the law asks
// for: the office for the digital transition (CAD art. 17).
type Offices struct {
	Rows       int                    `json:"rows"`
	Transition map[string]int         `json:"-"`       // offices of that name by folded IPA code of the body
	Holders    map[string][]RTDHolder `json:"holders"` // those of them with a person who is not a placeholder
	Gaps       Gaps                   `json:"gaps"`
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

// extractPath is the part of the offices that is read at every start: the whole
// has 60 MB.
func (d folder) extractPath() string {
	return filepath.Join(string(d), "offices.transition.json.gz")
}

// extract writes that part anew.
func (d folder) extract(o Offices) error {
	f, err := os.CreateTemp(string(d), ".offices-*")
	if err != nil {
		return fmt.Errorf("extracting the offices: %w", err)
	}
	defer os.Remove(f.Name())
	z := gzip.NewWriter(f) // so that a part of it is not taken for the whole
	err = json.NewEncoder(z).Encode(o)
	if err := errors.Join(err, z.Close(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("extracting the offices: %w", err)
	}
	if err := os.Rename(f.Name(), d.extractPath()); err != nil {
		return fmt.Errorf("extracting the offices: %w", err)
	}
	return nil
}

// readExtract reads what extract wrote, to its end.
func readExtract(r io.Reader) (o Offices, err error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return Offices{}, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxTableBytes))
	if err != nil {
		return Offices{}, err
	}
	return o, json.Unmarshal(text, &o)
}

// offices reads the offices of a copy: the extract, or where that is missing or
// damaged the whole, of which it is made again. False: there are none to be read.
func (d folder) offices(s *Snapshot) (Offices, bool) {
	if o, err := readFile(d.extractPath(), readExtract); err == nil {
		return o, true
	}
	o, ok := readFurther(d, s, SourceOffices, ReadOffices)
	if ok && !slices.Contains(s.Stale, SourceOffices) {
		_ = d.extract(o) // where nothing can be written the whole is read at every start
	}
	return o, ok
}
