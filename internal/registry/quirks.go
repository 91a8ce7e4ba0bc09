package registry

// The names of everything that is broken or odd in a registry row, and their
// counting.

import (
	"cmp"
	"maps"
	"slices"
)

// Quirks of the address field. Those marked "kept" change nothing: they tell
// what the address is. The others name a repair, or why there is no address.
const (
	QuirkNoScheme     Quirk = "no_scheme"     // the scheme was missing: https is assumed
	QuirkBrokenScheme Quirk = "broken_scheme" // "http//:", "htt:/", "www.http://", a scheme of no web page
	QuirkBrokenWWW    Quirk = "broken_www"    // "ww.", "www://", "wwwcomune."
	QuirkEmail        Quirk = "email"         // an e-mail address: no site
	QuirkTwoAddresses Quirk = "two_addresses" // several addresses in one field: the first is taken
	QuirkComma        Quirk = "comma"         // commas where dots belong
	QuirkSpaces       Quirk = "spaces"        // white space or words inside the field
	QuirkDoubleDots   Quirk = "double_dots"
	QuirkLeadingDot   Quirk = "leading_dot"
	QuirkTrailingDot  Quirk = "trailing_dot"
	QuirkCapitals     Quirk = "capitals"
	QuirkBackslash    Quirk = "backslash"
	QuirkPunctuation  Quirk = "punctuation"  // brackets, quotes, a comma or a colon round the address
	QuirkNoTLD        Quirk = "no_tld"       // "www.comune.x.bg" for ".bg.it": ".it" was forgotten
	QuirkGovIT        Quirk = "gov_it"       // kept: comuni are no longer entitled to .gov.it
	QuirkIPAddress    Quirk = "ip_address"   // kept
	QuirkGenericPath  Quirk = "generic_path" // "/it", "/home", "/index.php" dropped
	QuirkPath         Quirk = "path"         // kept: a path that leads somewhere
	QuirkTenantPath   Quirk = "tenant_path"  // kept: the path that tells the comuni of a shared host apart
	QuirkSharedHost   Quirk = "shared_host"  // kept: a vendor's host that serves several comuni
	QuirkSocial       Quirk = "social"       // kept: a page on a social network
	QuirkFreeHost     Quirk = "free_host"    // kept: a free hosting service
	QuirkPort         Quirk = "port"         // kept: a port is given
	QuirkBadPort      Quirk = "bad_port"     // dropped: no such port
	QuirkUserinfo     Quirk = "userinfo"     // dropped: a name or password before the host
	QuirkFragment     Quirk = "fragment"     // dropped
	QuirkBadPath      Quirk = "bad_path"     // dropped: a path no URL can have
	QuirkIDN          Quirk = "idn"          // letters outside ASCII: written as punycode
	QuirkControl      Quirk = "control"      // control or invisible characters removed
	QuirkBadHost      Quirk = "bad_host"     // no host a name server could know: no site
	QuirkTooLong      Quirk = "too_long"     // longer than 2,048 bytes: no site
)

// Quirks of the row itself.
const (
	QuirkNoTaxCode     Quirk = "no_tax_code"       // makes the row doubtful
	QuirkNotComuneName Quirk = "not_comune_name"   // classified as a comune, named as something else: doubtful
	QuirkLiquidation   Quirk = "in_liquidation"    // no ground to drop a comune
	QuirkIstatPadded   Quirk = "istat_padded"      // leading zeros were lost
	QuirkOddIPACode    Quirk = "odd_ipa_code"      // not c_ and the cadastral code
	QuirkRepeatedIPA   Quirk = "repeated_ipa_code" // the IPA code of another row with better right to it: doubtful
	QuirkNoProvince    Quirk = "unknown_province"  // the ISTAT prefix is in no table
	QuirkSharedAddress Quirk = "shared_address"    // the same address for several comuni
	QuirkSeatElsewhere Quirk = "seat_elsewhere"    // the ISTAT code was that of the seat, in another comune
	QuirkNotInIPA      Quirk = "not_in_ipa"        // ISTAT lists it, IPA has no row: doubtful
)

// QuirkCount is how many comuni have a quirk.
type QuirkCount struct {
	Quirk Quirk
	Count int
}

// CountQuirks counts the quirks of rows and addresses together, the most
// frequent first, equal counts by name.
func CountQuirks(comuni []Comune) []QuirkCount {
	counts := map[Quirk]int{}
	for _, c := range comuni {
		for _, q := range c.Quirks {
			counts[q]++
		}
		for _, q := range c.Site.Quirks {
			counts[q]++
		}
	}
	out := make([]QuirkCount, 0, len(counts))
	for _, q := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, QuirkCount{Quirk: q, Count: counts[q]})
	}
	slices.SortStableFunc(out, func(a, b QuirkCount) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

func addQuirk(qs []Quirk, q Quirk) []Quirk {
	if hasQuirk(qs, q) {
		return qs
	}
	return append(qs, q)
}
