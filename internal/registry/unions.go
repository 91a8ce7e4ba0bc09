package registry

// Unions of comuni, one of which may head the digital transition for its
// members (CAD art. 17 c. 1-septies), and how a site speaks of one.

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Union is a union of comuni with those whom IPA lists as its RTD.
type Union struct {
	IPA     string      `json:"ipa"`
	Name    string      `json:"name"`             // as published
	Host    string      `json:"host,omitzero"`    // of its own site, lower case, without "www."
	Holders []RTDHolder `json:"holders,omitzero"` // none: it has no row with a person
	Unread  bool        `json:"unread,omitzero"`  // none, but a row that could not be read may be its own
}

// unionOf gives a body as a union. A site below a path is a vendor's or
// another body's, so that its host tells nothing.
func (r RTDs) unionOf(b Body) Union {
	u := Union{IPA: b.IPA, Name: b.Name}
	if at, err := url.Parse(b.Site.URL); err == nil && strings.Trim(at.Path, "/") == "" {
		u.Host = bareHost(at)
	}
	for _, h := range r.Holders[FoldIPA(b.IPA)] {
		h.Union = true
		u.Holders = append(u.Holders, h)
	}
	u.Unread = len(u.Holders) == 0 && r.Gaps.of(b.IPA)
	return u
}

func bareHost(u *url.URL) string {
	return strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), "www.")
}

// AttachUnions gives each comune the unions of its region, and the names of those it
// is known to belong to. A union whose region is not known may be anybody's.
func (r RTDs) AttachUnions(comuni []Comune, bodies []Body) {
	seats := map[string]string{}
	for _, c := range comuni {
		seats[c.Istat] = c.Region
	}
	byRegion, names := map[string][]Union{}, map[string]string{}
	for _, b := range bodies {
		if b.Category == CategoryUnion {
			names[FoldIPA(b.IPA)] = b.Name
			region := regionOf(b.Seat, seats[b.Seat])
			byRegion[region] = append(byRegion[region], r.unionOf(b))
		}
	}
	everywhere := byRegion[""]
	for region := range byRegion {
		if region != "" {
			byRegion[region] = slices.Concat(byRegion[region], everywhere)
		}
	}
	for i := range comuni {
		near, ok := byRegion[regionOf(comuni[i].Istat, comuni[i].Region)]
		if !ok {
			near = everywhere
		}
		comuni[i].RTD.Nearby = near
		comuni[i].RTD.UnionNames = nil
		for _, code := range comuni[i].RTD.Unions {
			if name := names[FoldIPA(code)]; name != "" {
				if comuni[i].RTD.UnionNames == nil {
					comuni[i].RTD.UnionNames = map[string]string{}
				}
				comuni[i].RTD.UnionNames[FoldIPA(code)] = name
			}
		}
	}
}

// regionOf is the region of an ISTAT code, by the table of provinces, else as
// another list has it.
func regionOf(istat, listed string) string {
	if p, ok := provinceRowOf(istat); ok {
		return p.region
	}
	return listed
}

// unions asks IPA for the unions of a comune's region with their RTDs, or the heads of
// their offices; none where it does not answer. Only unions that were asked about are
// given.
func (p *IPA) unions(ctx context.Context, c Comune, rtds, offices string) []Union {
	resource, err := p.resource(ctx, slugEnti)
	if err != nil {
		return nil
	}
	got, err := p.ckan.search(ctx, resource, question{filters: map[string]any{"Codice_Categoria": CategoryUnion}, fields: unionFields, limit: pageRows})
	if err != nil {
		return nil
	}
	region := regionOf(c.Istat, c.Region)
	bodies := slices.DeleteFunc(dumpOf(got.Records).Bodies, func(b Body) bool {
		there := regionOf(b.Seat, "")
		return there != region && there != "" && region != ""
	})
	const chunk, most = 40, 120
	var out []Union
	for some := range slices.Chunk(bodies[:min(len(bodies), most)], chunk) {
		var codes []string
		for _, b := range some {
			codes = append(codes, casesOf(b.IPA)...)
		}
		rows, err := p.ckan.search(ctx, rtds, question{filters: map[string]any{"Codice_IPA": codes}, limit: pageRows})
		if err != nil {
			return out
		}
		found := RTDs{Holders: map[string][]RTDHolder{}}
		for _, h := range holdersOf(rows.Records) {
			found.Holders[FoldIPA(h.IPA)] = append(found.Holders[FoldIPA(h.IPA)], h)
		}
		heads, err := p.heads(ctx, offices, codes)
		heads.Gaps.Anybody = err != nil
		found = found.With(heads)
		for _, b := range some {
			out = append(out, found.unionOf(b))
		}
	}
	return out
}

// unionFields are the columns that a union is told by.
var unionFields = []string{"Codice_IPA", "Denominazione_ente", "Codice_fiscale_ente", "Codice_Categoria", "Codice_comune_ISTAT", "Sito_istituzionale"}

// Belonging is the office of a comune that belongs to the unions with those codes: whom
// IPA lists for one of them that is near by has the role for the comune too. Where one
// of them was not asked about, or not read, and nobody has the role, nothing is known.
func (o Office) Belonging(codes []string) Office {
	o.Unions, o.Holders = slices.Clone(codes), slices.Clone(o.Holders)
	asked := true
	for _, code := range codes {
		i := slices.IndexFunc(o.Nearby, func(u Union) bool { return FoldIPA(u.IPA) == FoldIPA(code) })
		if i < 0 {
			asked = false
			continue
		}
		asked = asked && !o.Nearby[i].Unread
		o.Holders = append(o.Holders, o.Nearby[i].Holders...)
		if o.UnionNames == nil {
			o.UnionNames = map[string]string{}
		}
		o.UnionNames[FoldIPA(code)] = o.Nearby[i].Name
	}
	o.Known = o.Known && (asked || len(o.Holders) > 0)
	return o
}

// Naming is the office with those of the unions near by that have one of the
// codes, and without the rest: what is kept of a comune.
func (o Office) Naming(codes []string) Office {
	known := slices.Concat(o.Nearby, o.Named)
	o.Nearby, o.Named = nil, nil
	for _, code := range codes {
		same := func(u Union) bool { return FoldIPA(u.IPA) == FoldIPA(code) }
		if i := slices.IndexFunc(known, same); i >= 0 && !slices.ContainsFunc(o.Named, same) {
			o.Named = append(o.Named, known[i])
		}
	}
	return o
}

// UnionCalled gives the union that words begin with, "Unione dei Comuni della
// Val Fonte, con sede in …": the name whole, so that a longer one which is not
// in the registry is not taken for it. None where two unions answer to it.
func (o Office) UnionCalled(words string) (Union, bool) {
	said := nameTokens(cutAt(words, 200))
	var best []Union
	length := 0
	for _, u := range slices.Concat(o.Nearby, o.Named) {
		core := coreOf(u.Name)
		if len(core) < length || len(core) == 0 || !beginsWith(said, core) {
			continue
		}
		if len(core) > length {
			best, length = nil, len(core)
		}
		if !slices.ContainsFunc(best, func(b Union) bool { return FoldIPA(b.IPA) == FoldIPA(u.IPA) }) {
			best = append(best, u)
		}
	}
	if len(best) != 1 {
		return Union{}, false
	}
	return best[0], true
}

// UnionAt gives the union whose own site an address is on, or whose IPA code
// stands in an address of IPA's. None where two unions have that host.
func (o Office) UnionAt(address string) (Union, bool) {
	at, err := url.Parse(address)
	if err != nil || at.Host == "" {
		return Union{}, false
	}
	host := bareHost(at)
	parts := strings.Split(strings.ToLower(at.Path), "/")
	atIPA := host == "indicepa.gov.it"
	var found []Union
	for _, u := range slices.Concat(o.Nearby, o.Named) {
		here := u.Host != "" && (host == u.Host || strings.HasSuffix(host, "."+u.Host)) || atIPA && slices.Contains(parts, FoldIPA(u.IPA))
		if here && !slices.ContainsFunc(found, func(f Union) bool { return FoldIPA(f.IPA) == FoldIPA(u.IPA) }) {
			found = append(found, u)
		}
	}
	if len(found) != 1 {
		return Union{}, false
	}
	return found[0], true
}

// token is a word of a name as it stands in running text.
type token struct {
	word    string // folded
	capital bool   // begins with a capital
	parted  bool   // a mark that ends names stands before it
}

// nameTokens parts words at white space, apostrophes and marks.
func nameTokens(s string) []token {
	var out []token
	from, parted := -1, false
	end := func(to int) {
		if from < 0 {
			return
		}
		first, _ := utf8.DecodeRuneInString(s[from:to])
		if w := foldKey(s[from:to]); w != "" {
			out = append(out, token{word: w, capital: unicode.IsUpper(first), parted: parted})
			parted = false
		}
		from = -1
	}
	for i, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.Mn, r):
			if from < 0 {
				from = i
			}
			continue
		case strings.ContainsRune(",;:.()[]–—|\n", r):
			end(i)
			parted = true
			continue
		}
		end(i)
	}
	end(len(s))
	return out
}

// unionWords are the words that any union may have in its name.
var unionWords = map[string]bool{
	"unione": true, "unioni": true, "comuni": true, "comune": true, "montana": true, "montano": true, "territoriale": true, "lombarda": true, "intercomunale": true,
	"collinare": true, "comunita": true, "d": true, "l": true, "dell": true, "dall": true, "all": true, "nell": true, "union": true, "unite": true, "communes": true, "des": true,
}

func inAnyName(word string) bool { return unionWords[word] || smallWords[word] }

// coreOf are the words of a union's name that no other union need have.
func coreOf(name string) []string {
	name, _, _ = strings.Cut(name, "(")
	var out []string
	for _, t := range nameTokens(name) {
		if !inAnyName(t.word) {
			out = append(out, t.word)
		}
	}
	return out
}

// beginsWith tells whether the words say the name and no more of a name.
func beginsWith(said []token, core []string) bool {
	i := 0
	for i < len(said) && inAnyName(said[i].word) {
		i++
	}
	for n, want := range core {
		for n > 0 && i < len(said) && smallWords[said[i].word] {
			i++
		}
		if i == len(said) || said[i].word != want || said[i].parted && n > 0 {
			return false
		}
		i++
	}
	for i < len(said) && !said[i].parted && inAnyName(said[i].word) {
		if said[i].word == "comune" {
			return true // "… e il Comune di": of something else
		}
		i++
	}
	return i == len(said) || said[i].parted || !said[i].capital
}
