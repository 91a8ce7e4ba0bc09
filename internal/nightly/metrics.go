package nightly

// The nights as plain numbers.

import (
	"slices"
	"time"

	"github.com/vigile-it/vigile/internal/record"
)

// Metrics are the numbers of the last night, for vigile_run_*.
type Metrics struct {
	LastSuccess time.Time     // when a night last ended that measured something; zero: never
	Duration    time.Duration // of that night, from its start to its end
	Night       string        // the newest night, whether it has ended or not; what follows is its own
	Expected    int           // comuni
	Done        int           // comuni; of a night that was cut off 0, for it was not counted
	Failed      int           // comuni that were expected and are not done although it has ended, or broke so far
}

// MetricsOf are the numbers of stored runs, newest first as a Keeper gives them,
// and of the run that is under way. Requests do not count. The zero Snapshot is
// none under way.
func MetricsOf(runs []record.Run, now Snapshot) Metrics {
	nights := slices.DeleteFunc(slices.Clone(runs), func(r record.Run) bool { return r.Kind != record.Night })
	var m Metrics
	for _, r := range nights {
		if !r.Ended.IsZero() && r.Done > 0 && r.Ended.After(m.LastSuccess) {
			m.LastSuccess, m.Duration = r.Ended, r.Ended.Sub(r.Started)
		}
	}
	if len(nights) > 0 {
		r := nights[0]
		m.Night, m.Expected, m.Done = r.Night, r.Expected, r.Done
		if !r.Ended.IsZero() {
			m.Failed = r.Expected - r.Done
		}
	}
	if r := now.Run; r.Kind == record.Night && r.Night >= m.Night && !ended(nights, r.ID) {
		m.Night, m.Expected, m.Done, m.Failed = r.Night, r.Expected, now.Done, now.Failed
	}
	return m
}

func ended(runs []record.Run, id string) bool {
	return slices.ContainsFunc(runs, func(r record.Run) bool { return r.ID == id && !r.Ended.IsZero() })
}
