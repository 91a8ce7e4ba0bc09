package report

// What is said of a publication that several comuni link, on the sheet of each
// and in the summary. It changes no verdict: a union may declare for its
// members, and whoever's publication it is has done nothing wrong.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/registry"
)

// maxSharedNamed bounds the other comuni that a note names.
const maxSharedNamed = 5

// Owner says whose a shared publication is, seen from one of its bearers.
type Owner string

// The owners.
const (
	OwnerSelf    Owner = "self"    // the comune's own
	OwnerBearer  Owner = "bearer"  // that of another comune that links it
	OwnerUnion   Owner = "union"   // that of a union the comune belongs to
	OwnerOther   Owner = "other"   // that of another body, which may be a union
	OwnerUnknown Owner = "unknown" // its address does not tell
)

// SharedNote is one shared publication in words. Its field names are part of the
// interface.
type SharedNote struct {
	URL    string       `json:"url"`
	Count  int          `json:"count"`           // comuni that link it
	Comuni []SharedWith `json:"comuni"`          // at most five; on a sheet the others
	Owner  Owner        `json:"owner,omitempty"` // on a sheet
	Text   string       `json:"text"`
}

// SharedWith is a comune that links a shared publication.
type SharedWith struct {
	Istat    string `json:"istat"`
	Comune   string `json:"comune"`
	Province string `json:"provincia"`
}

// SharedIndex finds the shared publications of a comune. The nil index has none.
type SharedIndex struct {
	all []Shared
	of  map[string][]int // by ISTAT code, indices into all
}

// NewSharedIndex is the index of what SharedPublications or Bearers.Shared list.
func NewSharedIndex(all []Shared) *SharedIndex {
	x := &SharedIndex{all: all, of: map[string][]int{}}
	for i, s := range all {
		for _, c := range s.Comuni {
			x.of[c.Istat] = append(x.of[c.Istat], i)
		}
	}
	return x
}

// Notes are what the sheet of a comune says.
func (x *SharedIndex) Notes(c registry.Comune, text messages.Catalogue) []SharedNote {
	if x == nil {
		return nil
	}
	var out []SharedNote
	for _, i := range x.of[c.Istat] {
		s := x.all[i]
		others := slices.DeleteFunc(slices.Clone(s.Comuni), func(n Named) bool { return n.Istat == c.Istat })
		note := sharedNote(s, others)
		owner, ipa, name := ownerOf(s, c)
		note.Owner = owner
		note.Text = text.Count("sheet.shared", len(others), "url", note.URL, "names", someNames(text, note.Comuni, len(others))) +
			" " + text.Text("sheet.shared_owner."+string(owner), "ipa", ipa, "owner", name)
		out = append(out, note)
	}
	return out
}

// Among are the publications with a bearer that is wanted, the most borne first.
func (x *SharedIndex) Among(wanted func(istat string) bool, text messages.Catalogue) []SharedNote {
	if x == nil {
		return nil
	}
	var out []SharedNote
	for _, s := range x.all {
		if slices.ContainsFunc(s.Comuni, func(n Named) bool { return wanted(n.Istat) }) {
			note := sharedNote(s, s.Comuni)
			note.Text = text.Count("summary.shared", len(s.Comuni), "url", note.URL, "names", someNames(text, note.Comuni, len(s.Comuni)))
			out = append(out, note)
		}
	}
	return out
}

func sharedNote(s Shared, named []Named) SharedNote {
	note := SharedNote{URL: address(s.URL), Count: len(s.Comuni), Comuni: []SharedWith{}}
	for _, n := range named[:min(len(named), maxSharedNamed)] {
		note.Comuni = append(note.Comuni, SharedWith{Istat: shown(n.Istat), Comune: shown(n.Name), Province: shown(n.Province)})
	}
	return note
}

func someNames(text messages.Catalogue, named []SharedWith, of int) string {
	var names []string
	for _, n := range named {
		name := n.Comune
		if n.Province != "" {
			name += " (" + n.Province + ")"
		}
		names = append(names, name)
	}
	out := strings.Join(names, ", ")
	if more := of - len(named); more > 0 {
		out += " " + text.Count("sheet.more", more)
	}
	return out
}

// ownerOf reads the IPA code in a publication's address, where it has one.
func ownerOf(s Shared, c registry.Comune) (owner Owner, ipa, name string) {
	link, ok := agid.ParseLink(s.URL)
	if !ok || link.IPA == "" {
		return OwnerUnknown, "", ""
	}
	is := func(code string) bool { return code != "" && strings.EqualFold(code, link.IPA) }
	ipa = shown(link.IPA)
	if is(c.IPA) {
		return OwnerSelf, ipa, ""
	}
	for _, n := range s.Comuni {
		if is(n.IPA) {
			return OwnerBearer, ipa, shown(n.Name)
		}
	}
	if slices.ContainsFunc(c.RTD.Unions, is) {
		return OwnerUnion, ipa, ""
	}
	return OwnerOther, ipa, ""
}
