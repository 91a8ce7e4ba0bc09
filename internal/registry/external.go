package registry

// What others say of comuni, brought in by hand as CSV: candidatures for PNRR
// grants, inhabitants, coordinates, answers given to the Corte dei Conti. None of
// it is measured; it stands beside what is.

import (
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ExternalKind is a kind of file that can be imported.
type ExternalKind string

// The kinds.
const (
	ExternalPNRR        ExternalKind = "pnrr"            // candidatures of padigitale2026
	ExternalPopulation  ExternalKind = "population"      // inhabitants
	ExternalCoordinates ExternalKind = "coordinates"     // WGS 84
	ExternalCourt       ExternalKind = "corte-dei-conti" // answers of bodies to the Corte dei Conti
)

// ExternalKinds lists the kinds.
func ExternalKinds() []ExternalKind {
	return []ExternalKind{ExternalPNRR, ExternalPopulation, ExternalCoordinates, ExternalCourt}
}

// Why a row was not taken: the keys of ExternalData.Dropped. DroppedRagged and
// DroppedBroken are others.
const (
	DroppedNoCode = "no_code"   // neither an IPA code nor an ISTAT code of six digits
	DroppedEmpty  = "empty"     // what it is to say is missing
	DroppedValue  = "bad_value" // a number that is none or out of range
	DroppedTwice  = "twice"     // said before in the same file
)

// Bounds of what is kept of one file. All candidatures of one PNRR measure are
// some 15,000 rows.
const (
	maxExternalRows = 200_000
	maxExternalText = 500 // bytes of a question, an answer or a notice
	maxPopulation   = 10_000_000
)

// Topics of a PNRR candidature, told by its notice.
const (
	TopicAppIO    = "app-io"
	TopicPagoPA   = "pagopa"
	TopicIdentity = "spid-cie"
	TopicSite     = "site" // 1.4.1, the website and its services
)

// States of a candidature as padigitale2026 publishes them. Others are kept as
// they are written.
const (
	CandidatureGranted   = "A" // financed, the work still to be done or checked
	CandidatureRenounced = "R"
	CandidatureCompleted = "E" // paid out after the project was vouched for
)

// ExternalRow is one thing said of one body. Which fields are filled depends on
// the kind.
type ExternalRow struct {
	IPA   string `json:"ipa,omitzero"`   // folded
	Istat string `json:"istat,omitzero"` // six digits; only where the row is of the comune itself

	Measure string `json:"measure,omitzero"` // pnrr: "1.4.3"
	Topic   string `json:"topic,omitzero"`   // pnrr: one of the Topics, or empty
	Notice  string `json:"notice,omitzero"`  // pnrr: the call, as published
	State   string `json:"state,omitzero"`   // pnrr: upper case
	Day     string `json:"day,omitzero"`     // pnrr: of the state, 2006-01-02

	Population int     `json:"population,omitzero"`
	Lat        float64 `json:"lat,omitzero"` // WGS 84, degrees
	Lng        float64 `json:"lng,omitzero"`

	Question string `json:"question,omitzero"` // corte-dei-conti
	Answer   string `json:"answer,omitzero"`
}

// ExternalData is what one file says.
type ExternalData struct {
	Kind    ExternalKind
	Read    int           // rows read
	Rows    []ExternalRow // those taken, in the file's order
	Dropped map[string]int
}

// Bodies is how many bodies the rows are of.
func (d ExternalData) Bodies() int {
	seen := map[string]bool{}
	for _, r := range d.Rows {
		seen[r.key()] = true
	}
	return len(seen)
}

// key tells bodies apart.
func (r ExternalRow) key() string {
	if r.IPA != "" {
		return r.IPA
	}
	return r.Istat
}

// Columns that several kinds have.
const (
	externalIPA = iota
	externalIstat
	externalFirst // of the kind's own
)

var externalCodes = []column{
	externalIPA:   may("codice_ipa", "cod_amm", "ipa"),
	externalIstat: may("istat", "codice_istat", "cod_comune", "codice_comune_istat", "pro_com_t"),
}

// externalReader makes rows of one kind.
type externalReader struct {
	once    bool     // one row a body: a second would contradict the first
	columns []column // after externalCodes
	row     func(r *ExternalRow, cell func(int) string) (dropped string)
}

func readerOf(kind ExternalKind) (externalReader, bool) {
	own := func(cell func(int) string) func(int) string {
		return func(i int) string { return cell(externalFirst + i) }
	}
	switch kind {
	case ExternalPNRR:
		return externalReader{
			columns: []column{must("avviso"), must("stato_candidatura"), may("data_stato_candidatura"), may("tipologia_ente"), may("misura")},
			row:     func(r *ExternalRow, cell func(int) string) string { return readCandidature(r, own(cell)) },
		}, true
	case ExternalPopulation:
		return externalReader{
			once:    true,
			columns: []column{must("popolazione", "popolazione_residente", "population", "abitanti")},
			row:     func(r *ExternalRow, cell func(int) string) string { return readInhabitants(r, own(cell)) },
		}, true
	case ExternalCoordinates:
		return externalReader{
			once:    true,
			columns: []column{must("lat", "latitudine", "latitude"), must("lng", "lon", "long", "longitudine", "longitude")},
			row:     func(r *ExternalRow, cell func(int) string) string { return readPoint(r, own(cell)) },
		}, true
	case ExternalCourt:
		return externalReader{
			columns: []column{must("domanda", "question", "quesito"), must("risposta", "answer")},
			row:     func(r *ExternalRow, cell func(int) string) string { return readAnswer(r, own(cell)) },
		}, true
	}
	return externalReader{}, false
}

// ReadExternal reads a file of a kind: CSV with commas, semicolons or tabs, in UTF-8
// with or without a byte order mark, in UTF-16 with one or in windows-1252, also
// compressed with gzip, or a workbook. Columns are found by name; codice_ipa or istat
// must be there. Rows without a code, that say nothing, or that say again what can be
// said once of a body, are counted and left out. Errors as ReadEnti.
func ReadExternal(kind ExternalKind, r io.Reader) (ExternalData, error) {
	d := ExternalData{Kind: kind, Dropped: map[string]int{}}
	reader, ok := readerOf(kind)
	if !ok {
		return d, fmt.Errorf("no kind of import is called %q", kind)
	}
	t, err := openTable(r, string(kind), slices.Concat(externalCodes, reader.columns))
	if err != nil {
		return d, err
	}
	if t.at[externalIPA] < 0 && t.at[externalIstat] < 0 {
		return d, &MissingColumnsError{What: string(kind), Missing: []string{"codice_ipa / istat"}}
	}
	seen, told := map[ExternalRow]bool{}, map[string]bool{}
	for {
		err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return d, fmt.Errorf("reading %s after row %d: %w", kind, t.rows, err)
		}
		if len(d.Rows) == maxExternalRows {
			return d, &TooLargeError{What: "rows", Limit: maxExternalRows}
		}
		row, dropped := externalRow(t.cell, reader)
		if dropped == "" && (seen[row] || reader.once && told[row.key()]) {
			dropped = DroppedTwice
		}
		if dropped != "" {
			d.Dropped[dropped]++
			continue
		}
		seen[row], told[row.key()] = true, true
		d.Rows = append(d.Rows, row)
	}
	d.Read = t.rows + t.ragged + t.broken
	for reason, n := range map[string]int{DroppedRagged: t.ragged, DroppedBroken: t.broken} {
		if n > 0 {
			d.Dropped[reason] = n
		}
	}
	return d, nil
}

func externalRow(cell func(int) string, reader externalReader) (row ExternalRow, dropped string) {
	if code := FoldIPA(cell(externalIPA)); validIPA.MatchString(code) {
		row.IPA = code
	}
	row.Istat, _, _ = istatCode(cell(externalIstat))
	if row.Istat == "000000" {
		row.Istat = ""
	}
	dropped = reader.row(&row, cell)
	if row.IPA == "" && row.Istat == "" {
		dropped = DroppedNoCode
	}
	return row, dropped
}

var validIPA = regexp.MustCompile(`^[a-z0-9_.\-]{1,32}$`)

var measureIn = regexp.MustCompile(`\b\d\.\d(?:\.\d)?\b`)

func readCandidature(r *ExternalRow, cell func(int) string) string {
	const notice, state, day, sort, measure = 0, 1, 2, 3, 4
	r.Notice, r.State = cutAt(cell(notice), maxExternalText), strings.ToUpper(cutAt(cell(state), 40))
	if r.Notice == "" || r.State == "" {
		return DroppedEmpty
	}
	r.Measure = measureIn.FindString(r.Notice)
	if r.Measure == "" {
		r.Measure = measureIn.FindString(cell(measure))
	}
	r.Topic = topicOf(r.Measure, r.Notice)
	r.Day = dayOf(cell(day))
	// The ISTAT code is that of the comune where a body sits: a school's row says
	// nothing of its comune.
	if r.IPA != "" && foldKey(cell(sort)) != foldKey("comune") {
		r.Istat = ""
	}
	return ""
}

// topicOf tells what a candidature is about: notice 1.4.3 is either for pagoPA or
// for app IO, 1.4.4 either for SPID and CIE or for ANPR.
func topicOf(measure, notice string) string {
	key := foldKey(notice)
	switch measure {
	case "1.4.1":
		return TopicSite
	case "1.4.3":
		switch pago, io := strings.Contains(key, "pagopa"), strings.Contains(key, "appio"); {
		case pago && !io:
			return TopicPagoPA
		case io && !pago:
			return TopicAppIO
		}
	case "1.4.4":
		if strings.Contains(key, "spid") || strings.Contains(key, "cie") && !strings.Contains(key, "anpr") {
			return TopicIdentity
		}
	}
	return ""
}

// dayOf reads the day of a date or of a moment; "" where it is none.
func dayOf(s string) string {
	for _, form := range []string{time.DateOnly, "02/01/2006"} {
		if len(s) < len(form) {
			continue
		}
		if t, err := time.Parse(form, s[:len(form)]); err == nil && t.Year() >= 2000 && t.Year() < 2100 {
			return t.Format(time.DateOnly)
		}
	}
	return ""
}

func readInhabitants(r *ExternalRow, cell func(int) string) string {
	if cell(0) == "" {
		return DroppedEmpty
	}
	n, ok := inhabitants(cell(0))
	if !ok || n == 0 {
		return DroppedValue
	}
	r.Population = n
	return ""
}

func readPoint(r *ExternalRow, cell func(int) string) string {
	if cell(0) == "" || cell(1) == "" {
		return DroppedEmpty
	}
	r.Lat, r.Lng = degrees(cell(0), 90), degrees(cell(1), 180)
	if r.Lat == 0 || r.Lng == 0 || math.IsInf(r.Lat, 0) { // nowhere in Italy
		return DroppedValue
	}
	return ""
}

func readAnswer(r *ExternalRow, cell func(int) string) string {
	r.Question, r.Answer = cutAt(cell(0), maxExternalText), cutAt(cell(1), maxExternalText)
	if r.Question == "" || r.Answer == "" {
		return DroppedEmpty
	}
	return ""
}
