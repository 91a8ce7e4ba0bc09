package registry

// Comuni that got another code, and comuni that ended in another: what keeps a
// history in one piece when a province changes or neighbours merge.

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// known are the variations since the IPA dump of February 2022: each of its
// codes that ISTAT's list of 2026 has no longer. Earlier ones concern no history
// that vigile can have. A date that is not certain to the day is a year.
//
//go:embed variations.csv
var known []byte

// VariationKind says what became of a code, in ISTAT's letters.
type VariationKind string

// The kinds that end a code.
const (
	VariationMoved VariationKind = "AP" // the same comune under another code, because its province changed
	VariationEnded VariationKind = "ES" // the comune ended, merged or taken in by another
)

// Variation is a code that ended, and the one that goes on.
type Variation struct {
	From  string        `json:"from"` // six digits
	Name  string        `json:"name"` // of the comune under From
	To    string        `json:"to"`
	Heir  string        `json:"heir"`           // name of the comune under To
	Kind  VariationKind `json:"kind"`           //
	Since string        `json:"since,omitzero"` // 2006-01-02, or a year; empty: not known
	Law   string        `json:"law,omitzero"`
}

// Variations answer whose history a code goes on with. The zero value knows of
// none. It is read-only once made and safe for use by several goroutines.
type Variations struct {
	all  []Variation
	from map[string][]int // by the code that ended
	to   map[string][]int
}

// KnownVariations are those the program brings along.
func KnownVariations() (Variations, error) {
	all, err := ReadVariations(bytes.NewReader(known))
	if err != nil {
		return Variations{}, fmt.Errorf("the variations of the program: %w", err)
	}
	return NewVariations(all), nil
}

// NewVariations indexes variations; one told twice, in whatever words, counts
// once, as it was told first.
func NewVariations(lists ...[]Variation) Variations {
	v := Variations{from: map[string][]int{}, to: map[string][]int{}}
	for _, list := range lists {
		for _, x := range list {
			if x.From == x.To || slices.ContainsFunc(v.from[x.From], func(i int) bool { return v.all[i].To == x.To && year(v.all[i]) == year(x) }) {
				continue
			}
			v.from[x.From] = append(v.from[x.From], len(v.all))
			v.to[x.To] = append(v.to[x.To], len(v.all))
			v.all = append(v.all, x)
		}
	}
	return v
}

func year(v Variation) string { return v.Since[:min(4, len(v.Since))] }

// All gives every variation, in the order they were given; the slice is the
// caller's own.
func (v Variations) All() []Variation { return slices.Clone(v.all) }

// Former is the code that the same comune bore before, empty where it bore none.
func (v Variations) Former(istat string) string {
	former := Variation{}
	for _, i := range v.to[istat] {
		if x := v.all[i]; x.Kind == VariationMoved && x.Since >= former.Since {
			former = x
		}
	}
	return former.From
}

// Heir is the code of the comune that an ended one is part of now, empty where
// it has not ended. A code that was given out again has not, nor one whose line
// comes back upon itself, as undated rows may say: nothing then tells which code is
// the present one, and a comune must not be hidden behind itself.
func (v Variations) Heir(istat string) string {
	x, ok := v.last(istat)
	if !ok {
		return ""
	}
	seen := map[string]bool{istat: true}
	for next, more := x, true; more; next, more = v.last(next.To) {
		if seen[next.To] {
			return ""
		}
		seen[next.To], x = true, next
	}
	return x.To
}

// last is the variation that ended a code, unless it began again later.
func (v Variations) last(istat string) (out Variation, ok bool) {
	for _, i := range v.from[istat] {
		if x := v.all[i]; !ok || x.Since > out.Since {
			out, ok = x, true
		}
	}
	for _, i := range v.to[istat] {
		if ok && v.all[i].Since > out.Since {
			return Variation{}, false
		}
	}
	return out, ok
}

// Predecessors are the comuni that ended in that one, and those that had ended in
// them; codes that the comune itself bore before are not among them, but what
// ended in those is. By date, then by name.
func (v Variations) Predecessors(istat string) []Variation {
	var out []Variation
	seen := map[string]bool{istat: true}
	for open := []string{istat}; len(open) > 0; open = open[1:] {
		for _, i := range v.to[open[0]] {
			x := v.all[i]
			if seen[x.From] {
				continue
			}
			seen[x.From] = true
			open = append(open, x.From)
			if x.Kind == VariationEnded {
				out = append(out, x)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Variation) int {
		return strings.Compare(a.Since+"\x00"+foldKey(a.Name), b.Since+"\x00"+foldKey(b.Name))
	})
	return out
}

// Ended are the variations of comuni that ended or moved and that a query names:
// by code, or by a name, whole, accents and case aside.
func (v Variations) Ended(query string) []Variation {
	query = cutAt(visible(query), 200)
	code, _, isCode := istatCode(query)
	key := foldKey(CleanName(query))
	var out []Variation
	for _, x := range v.all {
		if isCode && x.From == code || !isCode && key != "" && foldKey(x.Name) == key {
			out = append(out, x)
		}
	}
	return out
}

const (
	variationFrom = iota
	variationName
	variationTo
	variationHeir
	variationKind
	variationSince
	variationLaw
)

var variationColumns = []column{
	variationFrom:  must("da", "Codice Comune formato alfanumerico", "Codice Istat del Comune", "Codice Comune"),
	variationName:  must("nome", "Denominazione Comune"),
	variationTo:    must("a", "Codice del Comune associato alla variazione…", "Codice Istat del Comune associato alla variazione…"),
	variationHeir:  must("nuovo_nome", "Denominazione Comune associata alla variazione…", "Denominazione Comune associato alla variazione…"),
	variationKind:  must("tipo", "Tipo variazione"),
	variationSince: must("dal", "Data decorrenza validità amministrativa…"),
	variationLaw:   may("norma", "Provvedimento e Documento"),
}

// The days that a number in a workbook may stand for: those of this century and the
// last decades of the one before.
const (
	firstSerial = 30_000 // 1982
	lastSerial  = 73_000 // 2099
)

// serialEpoch is the day 0 of workbooks.
var serialEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// ReadVariations reads ISTAT's table of administrative variations since 1991, as
// CSV, or one with the columns da, nome, a, nuovo_nome, tipo, dal, norma. Rows of
// other kinds (territory ceded, names changed, comuni founded) end no code and are
// skipped, as are those without two codes. A variation without a date is one of which
// the date is not known; one with a date that cannot be read is a *CellError. Other
// errors as ReadEnti.
func ReadVariations(r io.Reader) ([]Variation, error) {
	var out []Variation
	err := eachRow(r, "variations", variationColumns, func(cell func(int) string) error {
		from, _, ok := istatCode(cell(variationFrom))
		to, _, known := istatCode(cell(variationTo))
		kind := VariationKind(strings.ToUpper(cell(variationKind)))
		if !ok || !known || from == to || (kind != VariationMoved && kind != VariationEnded) {
			return nil
		}
		since, ok := variationDate(cell(variationSince))
		if !ok {
			return badCell(variationColumns[variationSince].titles[0], cell(variationSince))
		}
		out = append(out, Variation{
			From: from, Name: CleanName(cell(variationName)), To: to, Heir: CleanName(cell(variationHeir)),
			Kind: kind, Since: since, Law: cell(variationLaw),
		})
		return nil
	})
	return out, err
}

// variationDate reads 22/01/2024, 2024-01-22, either with a time of day, a year, or
// the number of a day as a workbook keeps it; nothing is no date.
func variationDate(s string) (date string, ok bool) {
	if s == "" {
		return "", true
	}
	day, _, _ := strings.Cut(strings.Replace(s, "T", " ", 1), " ")
	for _, layout := range []string{time.DateOnly, "02/01/2006", "2/1/2006"} {
		if t, err := time.Parse(layout, day); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	if _, err := time.Parse("2006", s); err == nil {
		return s, true
	}
	if n, err := strconv.Atoi(s); err == nil && n > firstSerial && n < lastSerial {
		return serialEpoch.AddDate(0, 0, n).Format(time.DateOnly), true
	}
	return "", false
}
