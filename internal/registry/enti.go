package registry

// IPA's data set of bodies ("enti"): which of its rows are comuni, and what
// their cells mean.

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Why a row did not become a comune: the keys of Dump.Dropped.
const (
	DroppedRagged   = "ragged"       // another number of cells than the header
	DroppedBroken   = "broken"       // refused by the CSV grammar
	DroppedCategory = "category"     // not L6, and no kind of body that is kept beside the comuni
	DroppedOther    = "not_a_comune" // L6, but a consortium or the like
	DroppedIstat    = "bad_istat"    // L6 and a comune, without an ISTAT code of six digits
	DroppedSecond   = "second_row"   // another row holds the same ISTAT code with better right
)

// Body is a body that is kept beside the comuni: regions (L4), provinces (L5),
// metropolitan cities (L45), unions of comuni (L18).
type Body struct {
	IPA      string `json:"ipa"`
	Name     string `json:"name"` // as published
	Category string `json:"category"`
	Seat     string `json:"seat,omitzero"` // ISTAT code of the comune where it sits
	TaxCode  string `json:"tax_code,omitzero"`
	PEC      string `json:"pec,omitzero"`
	Site     Site   `json:"site"`
}

// Categories of the bodies that are kept beside the comuni.
const (
	CategoryComune   = "L6"
	CategoryRegion   = "L4"
	CategoryProvince = "L5"
	CategoryMetro    = "L45"
	CategoryUnion    = "L18"
)

// Dump is what one file of bodies says.
type Dump struct {
	Rows      int            // rows read, of every category
	Comuni    []Comune       // by ISTAT code, each code once
	Bodies    []Body         // by category, then IPA code
	Displaced []Comune       // comuni whose row carries an ISTAT code that is another comune's
	Quirks    map[Quirk]int  // of rows and addresses of Comuni
	Dropped   map[string]int // by reason
}

// Columns of enti, by name; their order has changed before and may again.
const (
	entiIPA = iota
	entiName
	entiTaxCode
	entiCategory
	entiNature
	entiLiquidation
	entiIstat
	entiCatasto
	entiSite
	entiUpdated
	entiProvince
	entiRegion
	entiFacebook // the first of the profiles on social networks
	entiLinkedin
	entiTwitter
	entiYoutube
	entiMail1 // followed by its type, then the next
)

func entiColumns() []column {
	columns := []column{
		entiIPA:         must("Codice_IPA"),
		entiName:        must("Denominazione_ente"),
		entiTaxCode:     must("Codice_fiscale_ente"),
		entiCategory:    must("Codice_Categoria"),
		entiNature:      may("Codice_natura"),
		entiLiquidation: may("Ente_in_liquidazione"),
		entiIstat:       must("Codice_comune_ISTAT"),
		entiCatasto:     may("Codice_catastale_comune"),
		entiSite:        must("Sito_istituzionale"),
		entiUpdated:     may("Data_aggiornamento"),
		entiProvince:    may("Provincia"),
		entiRegion:      may("Regione"),
		entiFacebook:    may("Url_facebook"),
		entiLinkedin:    may("Url_linkedin"),
		entiTwitter:     may("Url_twitter"),
		entiYoutube:     may("Url_youtube"),
	}
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		columns = append(columns, may("Mail"+n), may("Tipo_Mail"+n))
	}
	return columns
}

// ReadEnti reads IPA's data set of bodies: CSV with a header, with or without a
// byte order mark, plain or gzip, or a workbook. Columns go by name; a row of the wrong
// width is counted and skipped. Not kept: the names of persons. Errors:
// *MissingColumnsError where this is not the data set, *TooLargeError where a
// bound is passed, *DamagedError for a workbook that is not whole.
func ReadEnti(r io.Reader) (*Dump, error) {
	t, err := openTable(r, "enti", entiColumns())
	if err != nil {
		return nil, err
	}
	sorter := newSorter()
	for {
		err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading enti after row %d: %w", t.rows, err)
		}
		sorter.add(func(c int) string { return t.cell(c) })
	}
	d := sorter.dump()
	d.count(DroppedRagged, t.ragged)
	d.count(DroppedBroken, t.broken)
	return d, nil
}

func (d *Dump) count(reason string, n int) {
	if n > 0 {
		d.Dropped[reason] += n
	}
}

// sorter sorts rows of enti into comuni, other bodies and the rest.
type sorter struct {
	d       *Dump
	byIstat map[string]int // index in d.Comuni
}

func newSorter() *sorter {
	return &sorter{d: &Dump{Dropped: map[string]int{}}, byIstat: map[string]int{}}
}

// add takes one row, given as a reader of its cells.
func (s *sorter) add(cell func(int) string) {
	s.d.Rows++
	switch category := strings.ToUpper(cell(entiCategory)); category {
	case CategoryComune:
		s.addL6(cell)
	case CategoryRegion, CategoryProvince, CategoryMetro, CategoryUnion:
		s.d.Bodies = append(s.d.Bodies, Body{
			IPA: cell(entiIPA), Name: cell(entiName), Category: category, Seat: cell(entiIstat),
			TaxCode: cell(entiTaxCode), PEC: pec(cell), Site: RepairSite(cell(entiSite)),
		})
	default:
		s.d.Dropped[DroppedCategory]++
	}
}

// natureComune is IPA's code of legal nature for comuni; 122 true comuni of
// 2022 have none, and other bodies carry it.
const natureComune = "2430"

func (s *sorter) addL6(cell func(int) string) {
	name := cell(entiName)
	if !readsAsComune(name) && cell(entiNature) != natureComune {
		s.d.Dropped[DroppedOther]++
		return
	}
	istat, padded, ok := istatCode(cell(entiIstat))
	if !ok {
		s.d.Dropped[DroppedIstat]++
		return
	}
	c := comuneOf(cell, name, istat)
	if padded {
		c.Quirks = addQuirk(c.Quirks, QuirkIstatPadded)
	}
	i, taken := s.byIstat[c.Istat]
	if !taken {
		s.byIstat[c.Istat] = len(s.d.Comuni)
		s.d.Comuni = append(s.d.Comuni, c)
		return
	}
	s.d.Dropped[DroppedSecond]++
	if rank(c) > rank(s.d.Comuni[i]) {
		s.d.Comuni[i], c = c, s.d.Comuni[i]
	}
	if readsAsComune(c.Denomination) && foldKey(c.Name) != foldKey(s.d.Comuni[i].Name) {
		s.d.Displaced = append(s.d.Displaced, c)
	}
}

// maxProfile bounds the address of a profile, in bytes.
const maxProfile = 300

// profiles are the addresses on social networks that a row gives, with a scheme.
func profiles(cell func(int) string) []string {
	var out []string
	for c := entiFacebook; c <= entiYoutube; c++ {
		address := cell(c)
		host, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://"), "/")
		if !ok || rest == "" || !strings.Contains(host, ".") || len(address) > maxProfile || strings.ContainsAny(address, ` <>\`) {
			continue // a bare word, a mail address, the network's front door
		}
		out = append(out, "https://"+host+"/"+rest)
	}
	return out
}

// rank orders the rows of one ISTAT code: the name of a comune, the cadastral
// code in the IPA code, a tax code, a site.
func rank(c Comune) int {
	n := 0
	if !hasQuirk(c.Quirks, QuirkNotComuneName) {
		n += 8
	}
	if !hasQuirk(c.Quirks, QuirkOddIPACode) {
		n += 4
	}
	if c.TaxCode != "" {
		n += 2
	}
	if c.Site.URL != "" {
		n++
	}
	return n
}

func comuneOf(cell func(int) string, denomination, istat string) Comune {
	c := Comune{
		Istat: istat, IPA: cell(entiIPA), Denomination: denomination, Name: CleanName(denomination),
		Catasto: strings.ToUpper(cell(entiCatasto)), TaxCode: cell(entiTaxCode), PEC: pec(cell),
		Site: RepairSite(cell(entiSite)), Social: profiles(cell), Updated: cell(entiUpdated),
	}
	note := func(q Quirk, when bool) {
		if when {
			c.Quirks = addQuirk(c.Quirks, q)
		}
	}
	if seat := seats[FoldIPA(c.IPA)]; seat.published == istat && istat != "" {
		istat = seat.istat
		c.Istat, c.Catasto = seat.istat, seat.catasto
		note(QuirkSeatElsewhere, true)
	}
	if p, ok := provinceRowOf(istat); ok {
		c.Province, c.Region = p.code, p.region
	} else {
		c.Province, c.Region = cell(entiProvince), cell(entiRegion)
		note(QuirkNoProvince, c.Province == "")
	}
	note(QuirkNoTaxCode, c.TaxCode == "")
	note(QuirkNotComuneName, readsAsOther(denomination))
	note(QuirkLiquidation, strings.EqualFold(cell(entiLiquidation), "S"))
	note(QuirkOddIPACode, !strings.EqualFold(c.IPA, "c_"+c.Catasto))
	c.Doubtful = c.TaxCode == "" || hasQuirk(c.Quirks, QuirkNotComuneName)
	return c
}

// seats corrects rows whose ISTAT and cadastral codes are those of the town
// where the comune has its seat or once had it, by folded IPA code. Found in
// the dump of February 2022 by comparing names with ISTAT's list.
var seats = map[string]struct{ published, istat, catasto string }{
	"c_b364":  {"021073", "021014", "B364"}, // Caines, not Rifiano
	"c_d0869": {"078045", "078140", "I642"}, // Serra d'Aiello, not Cosenza
	"c_g166":  {"098031", "098043", "G166"}, // Ospedaletto Lodigiano, not Lodi
	"c_m163":  {"026086", "026094", "M163"}, // Zenson di Piave, not Treviso
}

// ipaOfSeat gives the IPA code of a comune whose row carries another's ISTAT code.
func ipaOfSeat(istat string) string {
	for code, s := range seats {
		if s.istat == istat {
			return code
		}
	}
	return ""
}

// pec gives the first certified address of a row.
func pec(cell func(int) string) string {
	for i := range 5 {
		if strings.EqualFold(cell(entiMail1+2*i+1), "pec") {
			return cell(entiMail1 + 2*i)
		}
	}
	return ""
}

// istatCode reads a comune's ISTAT code as text of six digits. Spreadsheets
// lose leading zeros: four and five digits are padded.
func istatCode(s string) (code string, padded, ok bool) {
	if len(s) < 4 || len(s) > 6 || strings.Trim(s, "0123456789") != "" {
		return "", false, false
	}
	code = strings.Repeat("0", 6-len(s)) + s
	return code, code != s, code != "000000"
}

func (s *sorter) dump() *Dump {
	markShared(s.d.Comuni)
	markRepeated(s.d.Comuni)
	slices.SortFunc(s.d.Comuni, byCode)
	slices.SortFunc(s.d.Displaced, byCode)
	slices.SortFunc(s.d.Bodies, func(a, b Body) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.IPA, b.IPA))
	})
	s.d.Quirks = map[Quirk]int{}
	for _, q := range CountQuirks(s.d.Comuni) {
		s.d.Quirks[q.Quirk] = q.Count
	}
	return s.d
}

func byCode(a, b Comune) int {
	return cmp.Or(cmp.Compare(a.Istat, b.Istat), cmp.Compare(a.IPA, b.IPA))
}

// markRepeated makes rows doubtful whose IPA code is that of another comune:
// files put together by others have them. The row with the best right keeps it.
func markRepeated(comuni []Comune) {
	best := map[string]int{}
	for i, c := range comuni {
		j, taken := best[FoldIPA(c.IPA)]
		if !taken || rank(c) > rank(comuni[j]) {
			best[FoldIPA(c.IPA)] = i
		}
	}
	for i := range comuni {
		if best[FoldIPA(comuni[i].IPA)] != i {
			comuni[i].Doubtful = true
			comuni[i].Quirks = addQuirk(comuni[i].Quirks, QuirkRepeatedIPA)
		}
	}
}

// markShared notes the addresses that several comuni have in common.
func markShared(comuni []Comune) {
	holders := map[string]int{}
	for _, c := range comuni {
		if c.Site.URL != "" {
			holders[c.Site.URL]++
		}
	}
	for i := range comuni {
		if holders[comuni[i].Site.URL] > 1 {
			comuni[i].Quirks = addQuirk(comuni[i].Quirks, QuirkSharedAddress)
		}
	}
}
