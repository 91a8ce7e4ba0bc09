package registry

// Asking IPA for one comune, where no copy of its data is at hand.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// UnreachableError says that a registry could not be asked: nothing is known of
// what it holds.
type UnreachableError struct {
	What string // which registry, with its address
	Err  error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s cannot be reached: %v", e.What, e.Err)
}

// Unwrap gives the cause: a network error, a deadline, or an *APIError.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Bounds of one look-up.
const (
	lookupBudget = 8 * time.Second // everything together
	resolveShare = 3 * time.Second // of it for asking which resource to ask
	pageRows     = 1000
	maxPages     = 5
	allRows      = 10_000 // more than there are comuni and their consortia
)

// IPA asks the open data of the Indice PA through CKAN. It is safe for use by
// several goroutines.
type IPA struct {
	ckan   ckan
	base   string
	now    func() time.Time
	budget time.Duration
}

// NewIPA asks the CKAN at base ("https://indicepa.gov.it/ipa-dati"; a trailing
// slash or "/api/3/action" is allowed). now is the clock; nil is time.Now.
func NewIPA(base string, client *http.Client, now func() time.Time) *IPA {
	if now == nil {
		now = time.Now
	}
	base = ckanBase(base)
	return &IPA{ckan: ckan{base: base, client: client, pause: 300 * time.Millisecond}, base: base, now: now, budget: lookupBudget}
}

func ckanBase(base string) string {
	base = strings.TrimRight(strings.TrimSpace(base), "/")
	return strings.TrimRight(strings.TrimSuffix(base, "/api/3/action"), "/")
}

// Lookup finds one comune by a name, an ISTAT, IPA or cadastral code, as
// Catalogue.Find does, and what IPA says of its RTD. It takes at most eight
// seconds. Errors: *UnreachableError, *NotFoundError, *AmbiguousError, or the
// context's. Where the RTD data set alone does not answer, or that of
// offices where the first has no row, RTD.Known is false and there is no error.
func (p *IPA) Lookup(ctx context.Context, query string) (Comune, error) {
	inner, cancel := context.WithTimeout(ctx, p.budget)
	defer cancel()
	c, err := p.lookup(inner, cutAt(visible(query), 200))
	if err != nil {
		return Comune{}, p.explain(ctx, err)
	}
	c.RTD = p.office(inner, c)
	return c, nil
}

// explain tells a registry out of reach from an answer, and from a caller who
// gave up.
func (p *IPA) explain(ctx context.Context, err error) error {
	var missing *NotFoundError
	var several *AmbiguousError
	switch {
	case errors.As(err, &missing), errors.As(err, &several):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("asking IPA: %w", ctx.Err())
	}
	return &UnreachableError{What: "IPA (" + p.base + ")", Err: err}
}

func (p *IPA) lookup(ctx context.Context, query string) (Comune, error) {
	resource, err := p.resource(ctx, slugEnti)
	if err != nil {
		return Comune{}, err
	}
	if found, err := p.byCode(ctx, resource, query); err != nil || len(found) > 0 {
		if err != nil {
			return Comune{}, err
		}
		return NewCatalogue(found).only(query)
	}
	return p.byName(ctx, resource, query)
}

// resource leaves most of the time to the question itself: where the catalogue
// of data sets is slow, the known id is asked.
func (p *IPA) resource(ctx context.Context, slug string) (string, error) {
	inner, cancel := context.WithTimeout(ctx, min(resolveShare, p.budget*3/8))
	defer cancel()
	id, err := p.ckan.resource(inner, slug)
	if err != nil && inner.Err() != nil && ctx.Err() == nil {
		return knownResources[slug], nil
	}
	return id, err
}

var (
	codeLike    = regexp.MustCompile(`^[A-Za-z0-9_]*[0-9_][A-Za-z0-9_]*$`)
	catastoLike = regexp.MustCompile(`^[A-Za-z][0-9]{3}$`)
)

// byCode asks by ISTAT, IPA or cadastral code. Filters are case-exact and the
// case of IPA's codes is not one, so each is tried.
func (p *IPA) byCode(ctx context.Context, resource, query string) ([]Comune, error) {
	if istat, _, ok := istatCode(query); ok {
		if code := ipaOfSeat(istat); code != "" {
			return p.byIPACode(ctx, resource, code)
		}
		found, err := p.filtered(ctx, resource, "Codice_comune_ISTAT", istat)
		if err == nil && len(found) == 0 {
			err = &NotFoundError{Query: query}
		}
		return found, err
	}
	if !codeLike.MatchString(query) {
		return nil, nil
	}
	found, err := p.byIPACode(ctx, resource, query)
	if err != nil || len(found) > 0 || !catastoLike.MatchString(query) {
		return found, err
	}
	if found, err = p.byIPACode(ctx, resource, "c_"+query); err != nil || len(found) > 0 {
		return found, err
	}
	return p.filtered(ctx, resource, "Codice_catastale_comune", strings.ToUpper(query))
}

func (p *IPA) byIPACode(ctx context.Context, resource, code string) ([]Comune, error) {
	for _, c := range casesOf(code) {
		if found, err := p.filtered(ctx, resource, "Codice_IPA", c); err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}

// casesOf gives a code as it stands, in small letters and in capitals.
func casesOf(code string) []string {
	out := []string{code}
	for _, c := range []string{strings.ToLower(code), strings.ToUpper(code)} {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func (p *IPA) filtered(ctx context.Context, resource, field, value string) ([]Comune, error) {
	got, err := p.ckan.search(ctx, resource, question{filters: map[string]any{field: value, "Codice_Categoria": CategoryComune}, limit: 100})
	if err != nil {
		return nil, err
	}
	return comuniOf(got.Records), nil
}

// byName asks by full text, as typed and folded, for the data store knows no
// accents. What has not that very name is looked for among the names of all
// comuni, which also brings what to suggest.
func (p *IPA) byName(ctx context.Context, resource, query string) (Comune, error) {
	bare := CleanName(query)
	if name, _, ok := splitProvince(bare); ok {
		bare = name
	}
	var records []cells
	typed, folded := searchWords(bare), strings.Join(plainWords(parted.Replace(bare)), " ")
	for i, q := range []string{typed, folded} {
		if q == "" || i > 0 && q == strings.ToLower(typed) {
			continue
		}
		got, err := p.fullText(ctx, resource, q)
		if err != nil {
			return Comune{}, err
		}
		records = append(records, got...)
	}
	hits := NewCatalogue(comuniOf(records))
	if found := hits.findName(query); len(found) > 0 {
		return hits.one(query, found)
	}
	all, err := p.ckan.search(ctx, resource, question{filters: onlyComuni(), fields: nameFields, limit: allRows})
	if err != nil {
		return hits.Find(query) // what was found before stands
	}
	c, err := NewCatalogue(comuniOf(all.Records)).Find(query)
	if err != nil {
		return Comune{}, err
	}
	found, err := p.filtered(ctx, resource, "Codice_IPA", c.IPA)
	if err != nil {
		return Comune{}, err
	}
	return NewCatalogue(found).only(query)
}

// nameFields are the columns that names are told by: all comuni are 2 MB so.
var nameFields = []string{"Codice_IPA", "Denominazione_ente", "Codice_fiscale_ente", "Codice_Categoria", "Codice_natura", "Codice_comune_ISTAT", "Codice_catastale_comune"}

func onlyComuni() map[string]any { return map[string]any{"Codice_Categoria": CategoryComune} }

// searchWords keeps letters, digits and spaces: the data store's full text has a
// grammar of its own.
func searchWords(s string) string {
	words := strings.NewReplacer("'", " ", "’", " ", "`", " ").Replace(s)
	return strings.Join(strings.FieldsFunc(words, func(c rune) bool { return !isNameRune(c) }), " ")
}

func isNameRune(c rune) bool {
	return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.Is(unicode.Mn, c)
}

func (p *IPA) fullText(ctx context.Context, resource, q string) ([]cells, error) {
	var records []cells
	for page := range maxPages {
		got, err := p.ckan.search(ctx, resource, question{q: q, filters: onlyComuni(), limit: pageRows, offset: page * pageRows})
		if err != nil {
			return nil, err
		}
		records = append(records, got.Records...)
		if len(got.Records) < pageRows || len(records) >= got.Total {
			break
		}
	}
	return records, nil
}

// comuniOf picks the comuni out of records as ReadEnti does out of rows.
func comuniOf(records []cells) []Comune {
	return dumpOf(records).Comuni
}

// dumpOf sorts records as ReadEnti sorts rows.
func dumpOf(records []cells) *Dump {
	columns := entiColumns()
	keys := make([]string, len(columns))
	for i, c := range columns {
		keys[i] = foldKey(c.titles[0])
	}
	s := newSorter()
	for _, r := range records {
		s.add(func(c int) string { return r[keys[c]] })
	}
	return s.dump()
}

// only gives the one comune that a code brought.
func (c *Catalogue) only(query string) (Comune, error) {
	switch len(c.comuni) {
	case 0:
		return Comune{}, &NotFoundError{Query: query}
	case 1:
		return c.comuni[0], nil
	}
	return Comune{}, &AmbiguousError{Query: query, Candidates: c.All()}
}

// office asks the RTD data set for one comune and, where it has no row, the data
// set of offices, then for the unions that may stand for it.
func (p *IPA) office(ctx context.Context, c Comune) Office {
	if c.IPA == "" {
		return Office{}
	}
	resource, err := p.resource(ctx, slugRTD)
	if err != nil {
		return Office{}
	}
	office := Office{Known: true, AsOf: p.now()}
	for _, code := range casesOf(c.IPA) {
		got, err := p.ckan.search(ctx, resource, question{filters: map[string]any{"Codice_IPA": code}, limit: 100})
		if err != nil {
			return Office{}
		}
		office.Holders = append(office.Holders, holdersOf(got.Records)...)
		if len(got.Records) > 0 {
			break
		}
	}
	if len(office.Holders) > 0 {
		return office
	}
	offices, err := p.resource(ctx, slugOffices)
	if err != nil {
		return Office{}
	}
	heads, err := p.heads(ctx, offices, casesOf(c.IPA))
	office.Holders, office.Known = heads.Holders[FoldIPA(c.IPA)], err == nil
	if len(office.Holders) == 0 {
		office.Nearby = p.unions(ctx, c, resource, offices)
	}
	return office
}

// heads asks the data set of offices for the heads of the offices for the digital
// transition of bodies, by their codes in each case; at most pageRows codes.
func (p *IPA) heads(ctx context.Context, resource string, codes []string) (Offices, error) {
	got, err := p.ckan.search(ctx, resource, question{q: "transizione", filters: map[string]any{"Codice_IPA": codes}, limit: pageRows})
	if err != nil {
		return Offices{}, err
	}
	out := Offices{Holders: map[string][]RTDHolder{}}
	for _, h := range holdersOf(got.Records) {
		if h.UO = true; transitionOffice(h.Office) {
			out.Holders[FoldIPA(h.IPA)] = append(out.Holders[FoldIPA(h.IPA)], h)
		}
	}
	return out, nil
}

// holdersOf picks the holders out of records as ReadRTD does out of rows.
func holdersOf(records []cells) []RTDHolder {
	var out []RTDHolder
	for _, r := range records {
		if h, ok := rtdHolder(func(c int) string { return r[foldKey(rtdColumns[c].titles[0])] }); ok {
			out = append(out, h)
		}
	}
	return out
}
