package nightly

// When the nights begin.

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Timetable says when nights begin: five fields of cron in one time zone.
type Timetable struct {
	spec *cron.SpecSchedule
}

// ParseTimetable reads five fields of cron, or a descriptor such as @daily, in
// that time zone. It refuses what names no time of day (@every), what never
// comes (31 February), and a zone of its own.
func ParseTimetable(line string, zone *time.Location) (Timetable, error) {
	if strings.Contains(line, "TZ=") { // cron v3.0.1 panics where nothing follows
		return Timetable{}, fmt.Errorf("timetable %q: the time zone is not part of it", line)
	}
	parsed, err := cron.ParseStandard(line)
	if err != nil {
		return Timetable{}, fmt.Errorf("timetable %q: %w", line, err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Timetable{}, fmt.Errorf("timetable %q: it names no time of day", line)
	}
	spec.Location = zone
	t := Timetable{spec: spec}
	if t.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return Timetable{}, fmt.Errorf("timetable %q: %w", line, errNever)
	}
	return t, nil
}

var errNever = errors.New("it never comes")

// Next is the first beginning after a moment.
func (t Timetable) Next(after time.Time) time.Time { return t.spec.Next(after.In(t.spec.Location)) }

// Last is the last beginning that is not after a moment; zero: none in the four
// years before it.
func (t Timetable) Last(at time.Time) time.Time {
	const years = 4 * 366 * 24 * time.Hour
	for back := time.Hour; back < 2*years; back *= 2 {
		next := t.Next(at.Add(-back))
		if next.IsZero() || next.After(at) {
			continue
		}
		last := next
		for ; !next.IsZero() && !next.After(at); next = t.Next(next) {
			last = next
		}
		return last
	}
	return time.Time{}
}

// SummerTime tells whether some night begins between 02:00 and 02:59, which in
// Italy does not exist on one night of the year and comes twice on another.
func (t Timetable) SummerTime() bool { return t.spec.Hour&(1<<2) != 0 }
