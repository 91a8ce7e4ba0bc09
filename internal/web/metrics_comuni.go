package web

// /metrics/comuni: every comune as series of its own.
//
// Cardinality, for N comuni and K checks of which O are obligations: at most
// N × O of vigile_comune_compliant (each comune and check has one reason at a
// time), N of vigile_comune_reachable, N of vigile_comune_info and N × K of
// vigile_comune_finding_since_timestamp_seconds. For 7,900 comuni, 28 checks and
// 13 obligations at most 339,700 series. Over time a comune and check may have
// as many series of vigile_comune_compliant as it has reasons, which are a
// closed list. Names, provinces and regions are the registry's; no other string
// from outside is a label.

import (
	"fmt"
	"net/http"

	"github.com/vigile-it/vigile/crawler/page"
)

// selection is what of a snapshot is written.
type selection struct {
	places  []bool // by index; nil: all
	check   uint16
	checked bool // that check alone
}

func (s *Server) metricsComuni(w http.ResponseWriter, r *http.Request) {
	q, err := parseQuery(r.URL.RawQuery, true, s.o.Now(), paramProvince, paramRegion, paramCheck)
	if err == nil {
		err = s.known(q)
	}
	if err != nil {
		s.plainError(w, r, err)
		return
	}
	snap, err := s.counts.get(r.Context(), s.o.Status().patience(0))
	if err != nil {
		s.plainError(w, r, fmt.Errorf("serving the metrics: %w", err))
		return
	}
	sel := selection{places: snap.placesOf(q.province, q.region), checked: q.check != ""}
	sel.check = s.about.index[q.check]
	s.expose(w, r, func(e *exposition) { snap.writeComuni(e, sel) })
}

// writeComuni writes each family for all comuni before the next, as the format
// asks.
func (s *snapshot) writeComuni(e *exposition, sel selection) {
	checks := make([]string, len(s.about.metas)) // as they follow other labels
	for i, m := range s.about.metas {
		checks[i] = "," + string(appendLabel(nil, "check", m.ID))
	}
	var labels []byte
	e.family("vigile_comune_compliant", "Of obligations: 1 where the duty is met, 0 where it is not; absent where the last fortnight could not tell.")
	for c := range s.chosen(e, sel) {
		labels = s.appendComune(labels[:0], c)
		own := len(labels)
		for x := range s.entries(c) {
			if x.compliant == notSaid || !sel.wants(x.check) || !s.recent(x.definiteAt) {
				continue
			}
			labels = append(labels[:own], checks[x.check]...)
			labels = appendLabel(labels, "reason", string(s.reasons[x.definite]))
			e.sample(labels, truth(x.compliant == met))
		}
	}
	e.family("vigile_comune_reachable", "1 where the last visit could read the site, 0 where it could not; absent where the fault was ours, or a fortnight has passed.")
	ours := indexOf(reaches, page.ReachOurFault, page.ReachOurFault)
	for c := range s.chosen(e, sel) {
		if c.reach != ours && s.recent(c.checked) {
			labels = s.appendComune(labels[:0], c)
			e.sample(labels, truth(reaches[c.reach] == page.ReachOK))
		}
	}
	e.family("vigile_comune_info", "The platform of the site, its supplier and the size of the comune, as labels; the first two are empty where not recognised. The value is 1.")
	for c := range s.chosen(e, sel) {
		labels = s.appendComune(labels[:0], c)
		labels = appendLabel(appendLabel(appendLabel(labels, "cms", c.cms), "supplier", c.supplier), "size_class", c.size)
		e.sample(labels, 1)
	}
	e.family("vigile_comune_finding_since_timestamp_seconds", "Since when the definite finding of a check has been what it is, in Unix seconds; absent after a fortnight without a definite finding.")
	for c := range s.chosen(e, sel) {
		labels = appendLabel(labels[:0], "istat", c.istat)
		own := len(labels)
		for x := range s.entries(c) {
			if x.since != 0 && sel.wants(x.check) && s.recent(x.definiteAt) {
				labels = append(labels[:own], checks[x.check]...)
				e.sample(labels, float64(x.since))
			}
		}
	}
}

// chosen goes through the comuni selected, as long as they can be written.
func (s *snapshot) chosen(e *exposition, sel selection) func(yield func(*comune) bool) {
	return func(yield func(*comune) bool) {
		for i := range s.comuni {
			c := &s.comuni[i]
			if sel.places != nil && !sel.places[c.place] {
				continue
			}
			if e.err != nil || !yield(c) {
				return
			}
		}
	}
}

func (s selection) wants(check uint16) bool { return !s.checked || s.check == check }

func (s *snapshot) appendComune(b []byte, c *comune) []byte {
	p := s.places[c.place]
	b = appendLabel(appendLabel(b, "istat", c.istat), "comune", c.name)
	return appendLabel(appendLabel(b, paramProvince, p.province), paramRegion, p.region)
}
