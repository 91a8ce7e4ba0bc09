// Package registry knows who the comuni are: IPA's and ISTAT's data, how they
// are broken, and how to find one comune by what a person types.
package registry

import "time"

// Comune is one municipality as the registries describe it. Strings are
// trimmed and free of control characters; codes are text, with leading zeros.
type Comune struct {
	Istat        string   `json:"istat"`            // six digits
	IPA          string   `json:"ipa"`              // as published; compare folded
	Name         string   `json:"name"`             // without "Comune di"
	Denomination string   `json:"denomination"`     // as published
	Aliases      []string `json:"aliases,omitzero"` // other names ISTAT knows, and its code where IPA has another
	Province     string   `json:"province"`         // two letters
	Region       string   `json:"region"`
	Catasto      string   `json:"catasto,omitzero"`
	TaxCode      string   `json:"tax_code,omitzero"`
	PEC          string   `json:"pec,omitzero"`
	Population   int      `json:"population,omitzero"` // 0: unknown
	Lat          float64  `json:"lat,omitzero"`        // WGS 84, degrees; 0 with Lng 0: unknown
	Lng          float64  `json:"lng,omitzero"`
	Site         Site     `json:"site"`
	RTD          Office   `json:"rtd"`
	Social       []string `json:"social,omitzero"`   // profiles on social networks that the body gave to IPA
	Updated      string   `json:"updated,omitzero"`  // IPA's Data_aggiornamento, as published
	Doubtful     bool     `json:"doubtful,omitzero"` // a row without a tax code: never the ground of a failure
	Quirks       []Quirk  `json:"quirks,omitzero"`   // what is odd about the row itself
}

// Site is the address of a comune's website as IPA has it and as it was repaired.
type Site struct {
	Raw      string  `json:"raw,omitzero"`      // as published
	URL      string  `json:"url,omitzero"`      // the address to visit; empty where there is none
	Explicit bool    `json:"explicit,omitzero"` // a port was given: try that port and scheme alone
	Quirks   []Quirk `json:"quirks,omitzero"`   // each repair made, and each oddity kept
}

// Missing tells whether IPA has no address at all.
func (s Site) Missing() bool { return s.URL == "" && hasQuirk(s.Quirks, QuirkBlank) }

// Bad tells whether IPA has something that is no address of a site.
func (s Site) Bad() bool { return s.URL == "" && !hasQuirk(s.Quirks, QuirkBlank) }

// Quirk names one way in which a registry row is broken or odd.
type Quirk string

// QuirkBlank marks an address field that is empty or a placeholder.
const QuirkBlank Quirk = "blank"

func hasQuirk(qs []Quirk, q Quirk) bool {
	for _, x := range qs {
		if x == q {
			return true
		}
	}
	return false
}

// Office is what IPA's data sets of RTDs and of offices say of one comune. The zero
// value means that they were not at hand, which is not the same as no row.
type Office struct {
	Known   bool        `json:"known,omitzero"`   // a row names somebody, or both were read, whole as far as this body goes
	AsOf    time.Time   `json:"as_of,omitzero"`   // when the older of them was read
	Unions  []string    `json:"unions,omitzero"`  // IPA codes of the unions the comune belongs to, where known
	Holders []RTDHolder `json:"holders,omitzero"` // rows with a person who is not a placeholder

	// UnionNames are those of Unions as IPA publishes them, by folded IPA code.
	UnionNames map[string]string `json:"union_names,omitzero"`
	// Named are the unions that the comune's site says it belongs to, of those
	// near by; see Office.Naming.
	Named []Union `json:"named,omitzero"`
	// Nearby are the unions of the region, among which one that a site names is
	// looked for. Too many to be kept with a comune.
	Nearby []Union `json:"-"`
}

// RTDHolder is one row of IPA's RTD data set.
type RTDHolder struct {
	IPA     string `json:"ipa"` // the body that lists it: the comune or its union
	Union   bool   `json:"union,omitzero"`
	Name    string `json:"name"` // as IPA publishes it
	Office  string `json:"office,omitzero"`
	UO      bool   `json:"uo,omitzero"` // a row of the data set of offices, which that of RTDs lacks
	Updated string `json:"updated,omitzero"`
}
