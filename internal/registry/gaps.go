package registry

// Rows that cannot be read, and whom their silence must not be held against.

import (
	"fmt"
	"io"
	"maps"
	"strings"
)

// Gaps are the bodies of whom a data set may say more than could be read of it. The
// zero value is of none.
type Gaps struct {
	Rows    int             `json:"rows,omitzero"`    // that could not be read
	Bodies  map[string]bool `json:"bodies,omitzero"`  // whose they are, by folded IPA code
	Anybody bool            `json:"anybody,omitzero"` // some may be anybody's
}

// of tells whether a row that could not be read may be that body's.
func (g Gaps) of(ipa string) bool { return g.Anybody || g.Bodies[FoldIPA(ipa)] }

// with are the gaps of both.
func (g Gaps) with(o Gaps) Gaps {
	g.Rows, g.Anybody = g.Rows+o.Rows, g.Anybody || o.Anybody
	if len(o.Bodies) > 0 {
		both := maps.Clone(o.Bodies)
		maps.Copy(both, g.Bodies)
		g.Bodies = both
	}
	return g
}

// unlisted are the unions that comuni are said to belong to and IPA does not list: a
// code mistyped in the user's file is nobody's, and says nothing by its silence.
func unlisted(comuni []Comune, bodies []Body) (g Gaps) {
	listed := make(map[string]bool, len(bodies))
	for _, b := range bodies {
		listed[FoldIPA(b.IPA)] = true
	}
	for _, c := range comuni {
		for _, u := range c.RTD.Unions {
			if code := FoldIPA(u); !listed[code] {
				if g.Bodies == nil {
					g.Bodies = map[string]bool{}
				}
				g.Bodies[code] = true
			}
		}
	}
	return g
}

// readsAsBody tells IPA's codes of comuni and unions, folded, from the words, dates
// and tax codes that stand in their place in a row that lost a cell.
func readsAsBody(code string) bool {
	return validIPA.MatchString(code) && strings.ContainsAny(code, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(code, "0123456789_")
}

// note counts a row that could not be read. Where it goes over several lines, whole
// rows may be in it.
func (g *Gaps) note(code string, lines int) {
	g.Rows++
	code = FoldIPA(code)
	if !readsAsBody(code) {
		g.Anybody = true
		return
	}
	g.Anybody = g.Anybody || lines > 1
	if g.Bodies == nil {
		g.Bodies = map[string]bool{}
	}
	g.Bodies[code] = true
}

// eachOffice reads a data set of offices row by row, by the letter of the grammar:
// read leniently, a stray quote makes the rows after it a part of a cell, and whoever
// stands in them has nobody.
func eachOffice(r io.Reader, what string, columns []column, row func(cell func(int) string)) (Gaps, error) {
	t, err := openTable(r, what, columns)
	if err != nil {
		return Gaps{}, err
	}
	var gaps Gaps
	t.strict(func(record []string, lines int) {
		code := ""
		if i := t.at[rtdIPA]; i < len(record) {
			code = record[i]
		}
		gaps.note(code, lines)
	})
	err = t.each(func(cell func(int) string) error {
		row(cell)
		return nil
	})
	if err != nil {
		return Gaps{}, fmt.Errorf("reading %s after row %d: %w", what, t.rows, err)
	}
	return gaps, nil
}
