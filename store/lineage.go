package store

// Whose history a code goes on with.

import "slices"

// A Lineage knows of comuni that were given another code, and of comuni that
// ended in another. A store that is opened with one keeps a comune's history in
// one piece: History goes on with what was kept under the codes it bore before,
// its first assessment under a new code is judged against the view it had under
// the old one, Changes of a comune are those of all its codes, and Latest, where
// it is asked for no code, leaves out who ended in a comune that has a view.
// History and Latest of the code of one that ended are as they were.
type Lineage interface {
	// Former is the code that the same comune bore before, empty where it bore
	// none.
	Former(istat string) string
	// Heir is the code of the comune that an ended one is part of now, empty where
	// it has not ended.
	Heir(istat string) string
}

// maxCodes is how many codes one comune may have borne: Sardinia's have had four.
const maxCodes = 16

// Codes are the codes of a comune, the present one first.
func Codes(l Lineage, istat string) []string {
	codes := []string{istat}
	if l == nil {
		return codes
	}
	for len(codes) < maxCodes {
		former := l.Former(codes[len(codes)-1])
		if former == "" || slices.Contains(codes, former) {
			break
		}
		codes = append(codes, former)
	}
	return codes
}

// WithFormer is the query for all codes of the comuni it asks for.
func (q Query) WithFormer(l Lineage) Query {
	if l == nil || q.Istat == nil {
		return q
	}
	var all []string
	for _, istat := range q.Istat {
		all = append(all, Codes(l, istat)...)
	}
	q.Istat = all
	return q
}
