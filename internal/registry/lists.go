package registry

// ISTAT's list of comuni, and the files a user may add: population and unions.

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// IstatComune is one row of ISTAT's list.
type IstatComune struct {
	Istat    string // six digits
	Name     string // Italian
	Other    string // second language, empty for most
	Province string // two letters
	Region   string // Italian, without the second language
	Catasto  string
	Capital  bool // chief town of its province
}

const (
	istatCodeColumn = iota
	istatName
	istatOther
	istatProvince
	istatRegion
	istatCatasto
	istatCapital
)

var istatColumns = []column{
	istatCodeColumn: must("Codice Comune formato alfanumerico", "Codice Comune…"),
	istatName:       must("Denominazione in italiano", "Denominazione (Italiana e straniera)"),
	istatOther:      may("Denominazione altra lingua"),
	istatProvince:   must("Sigla automobilistica"),
	istatRegion:     must("Denominazione Regione"),
	istatCatasto:    may("Codice Catastale del comune…"),
	istatCapital:    may("Flag Comune capoluogo…"),
}

// ReadIstat reads ISTAT's list of comuni: CSV with semicolons, Latin-1 or
// UTF-8, line breaks in its header, columns by the beginning of their titles.
// Rows without a code of six digits are skipped. Errors as ReadEnti.
func ReadIstat(r io.Reader) ([]IstatComune, error) {
	var out []IstatComune
	regions := map[string]string{} // as published to as used
	err := eachRow(r, "ISTAT's list", istatColumns, func(cell func(int) string) error {
		code, _, ok := istatCode(cell(istatCodeColumn))
		if !ok || cell(istatName) == "" {
			return nil
		}
		c := IstatComune{
			Istat: code, Name: cell(istatName), Other: cell(istatOther), Province: strings.ToUpper(cell(istatProvince)),
			Region: cell(istatRegion), Catasto: strings.ToUpper(cell(istatCatasto)), Capital: cell(istatCapital) == "1",
		}
		region, seen := regions[c.Region]
		if !seen {
			if region, seen = FindRegion(c.Region); !seen {
				region = c.Region
			}
			regions[c.Region] = region
		}
		c.Region = region
		out = append(out, c)
		return nil
	})
	return out, err
}

// eachRow reads a whole file row by row, to the first row that is refused.
func eachRow(r io.Reader, what string, columns []column, row func(cell func(int) string) error) error {
	t, err := openTable(r, what, columns)
	if err != nil {
		return err
	}
	var cell *CellError
	err = t.each(row)
	switch {
	case errors.As(err, &cell):
		cell.Row = t.line()
		return fmt.Errorf("reading %s: %w", what, err)
	case err != nil:
		return fmt.Errorf("reading %s after row %d: %w", what, t.rows, err)
	}
	return nil
}

// Place is what the population file says of a comune.
type Place struct {
	Population int
	Lat, Lng   float64 // WGS 84, degrees; both 0: unknown
}

// ReadPopulation reads a CSV with the columns istat (or codice_istat),
// popolazione and, where they are there, lat and lng. No number, a placeholder and 0
// are an unknown number; inhabitants that are something else are a *CellError, for
// half of a number would put the comune into another size class. Coordinates that are
// none or out of range count as unknown. Other errors as ReadEnti.
func ReadPopulation(r io.Reader) (map[string]Place, error) {
	out := map[string]Place{}
	columns := []column{must("istat", "codice_istat"), must("popolazione"), may("lat"), may("lng", "lon")}
	err := eachRow(r, "population", columns, func(cell func(int) string) error {
		code, _, ok := istatCode(cell(0))
		if !ok {
			return nil
		}
		p := Place{Lat: degrees(cell(2), 90), Lng: degrees(cell(3), 180)}
		if !nobody[foldKey(cell(1))] {
			if p.Population, ok = inhabitants(cell(1)); !ok {
				return badCell("popolazione", cell(1))
			}
		}
		out[code] = p
		return nil
	})
	return out, err
}

// inhabitantsForm is a number as people and programs write it: 12345, 12.345,
// 12 345, 12'345, and the 12345.0 of a spreadsheet that took it for a measure. A dot
// parts thousands where three digits follow, else it parts what is no inhabitant.
var inhabitantsForm = regexp.MustCompile(`^(\d+|\d{1,3}(?:[. '’]\d{3})+)(?:[.,]0{1,2})?$`)

// inhabitants reads a number of inhabitants.
func inhabitants(s string) (n int, ok bool) {
	m := inhabitantsForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(strings.NewReplacer(".", "", " ", "", "'", "", "’", "").Replace(m[1]))
	return n, err == nil && n < maxPopulation
}

func degrees(s string, most float64) float64 {
	f, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || !(f >= -most && f <= most) { // also refuses NaN
		return 0
	}
	return f
}

// ReadUnions reads a CSV with the columns unione (the union's IPA code) and
// istat (a member): the unions by the ISTAT code of their members, in the
// file's order. Errors as ReadEnti.
func ReadUnions(r io.Reader) (map[string][]string, error) {
	out := map[string][]string{}
	err := eachRow(r, "unions", []column{must("unione"), must("istat", "codice_istat")}, func(cell func(int) string) error {
		if code, _, ok := istatCode(cell(1)); ok && cell(0) != "" {
			out[code] = append(out[code], cell(0))
		}
		return nil
	})
	return out, err
}
