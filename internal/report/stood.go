package report

import (
	"strings"
	"time"

	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
)

// Stood says of when a report is. Its field names in JSON are part of the interface.
type Stood struct {
	Night  string    `json:"night,omitzero"`  // the night it tells of, 2006-01-02; empty: how things stand
	AsOf   string    `json:"as_of,omitzero"`  // the day on which deadlines were judged, where it was given
	Newest time.Time `json:"newest,omitzero"` // the last visit it rests on
}

// take remembers when a comune was visited, if nobody was later.
func (s *Stood) take(l record.Latest) {
	if l.Checked.After(s.Newest) {
		s.Newest = l.Checked
	}
}

// Words say of when a report is: a past night, where there was none the visits
// before it, and the day of the deadlines. Times are shown in that zone.
func (s Stood) Words(text messages.Catalogue, zone *time.Location) string {
	var said []string
	switch {
	case s.Night != "":
		said = append(said, text.Text("stood.night", "night", DayWords(text, s.Night)))
		if last := record.NightOf(s.Newest, zone); !s.Newest.IsZero() && last != s.Night {
			said = append(said, text.Text("stood.no_visit", "day", DayWords(text, last)))
		}
	case !s.Newest.IsZero():
		said = append(said, text.Text("stood.now", "when", text.Moment(s.Newest.In(zone))))
	}
	if s.AsOf != "" {
		said = append(said, text.Text("stood.as_of", "day", DayWords(text, s.AsOf)))
	}
	return strings.Join(said, " ")
}
