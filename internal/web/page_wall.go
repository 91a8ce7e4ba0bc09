package web

// The wall screen: a page of regions or of a province that somebody has asked to
// be laid out for one screen and to come anew by itself. No page does so unasked,
// and this one says how often, of when its numbers are, and how to make it stop
// (WCAG 2.2, 2.2.1 and 2.2.2).

import (
	"net/http"
	"strconv"
	"time"
)

// Bounds on the screen: it has no one to scroll it.
const (
	maxWall    = 60 // minutes between two
	usualWall  = 5
	wallNames  = 2 // comuni with one fault
	wallModels = 2
	wallNews   = 5
)

// wallView is how often a page comes anew, and what leads to it and away from it.
type wallView struct {
	Minutes int    // 0: the page stays as it is
	Path    string // of the page, without a query
	Usual   int    // minutes that an ordinary page offers
	Others  []int  // minutes that could be chosen instead
	Taken   string // when the numbers were counted
	Stamp   string
}

// wallOf reads what a request asks of the wall screen, and has the page come anew
// where it asks for that: also a page that tells of an error, which passes.
func (s *Server) wallOf(w http.ResponseWriter, r *http.Request) (wallView, error) {
	q, err := parseQuery(r.URL.RawQuery, false, s.o.Now(), paramWall)
	if err != nil {
		return wallView{}, err
	}
	v := wallView{Minutes: q.wall, Path: r.URL.EscapedPath(), Usual: usualWall}
	if v.Minutes == 0 {
		return v, nil
	}
	w.Header().Set("Refresh", strconv.Itoa(60*v.Minutes))
	for _, n := range []int{1, usualWall, 15, maxWall} {
		if n != v.Minutes {
			v.Others = append(v.Others, n)
		}
	}
	return v, nil
}

// wallSnapshot is what is counted, and how it is to be shown.
func (s *Server) wallSnapshot(w http.ResponseWriter, r *http.Request) (*snapshot, wallView, error) {
	v, err := s.wallOf(w, r)
	if err != nil {
		return nil, v, err
	}
	snap, err := s.snapshotFor(r.Context())
	if err != nil {
		return nil, v, err
	}
	v.Taken, v.Stamp = s.moment(snap.taken), snap.taken.UTC().Format(time.RFC3339)
	return snap, v, nil
}

// bounds are how much a territory's page lists.
type bounds struct{ names, models, news int }

func (v wallView) bounds() bounds {
	if v.Minutes > 0 {
		return bounds{wallNames, wallModels, wallNews}
	}
	return bounds{maxNames, maxModels, maxNews}
}

// template is the name of the page that shows a territory.
func (v wallView) template() string {
	if v.Minutes > 0 {
		return "screen"
	}
	return "territory"
}
