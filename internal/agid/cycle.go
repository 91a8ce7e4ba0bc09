package agid

// This file holds the yearly rule of the declaration as data: review by 23
// September (L. 4/2004 art. 3-quater; AgID guidelines on accessibility).

import "time"

// Date is a day of every year.
type Date struct {
	Month time.Month
	Day   int
}

// In is that day of a year, at its start in a place.
func (d Date) In(year int, loc *time.Location) time.Time {
	return time.Date(year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// Rule is a yearly duty.
type Rule struct {
	Deadline  Date // the day by which it is due, itself included
	From      Date // of the deadline's year: what was changed on or after it serves that deadline
	GraceDays int  // days after the deadline during which what is missing is only due
}

// DeclarationRule is the rule of the declaration of accessibility: due on 23
// September. AgID keeps for a year what is dated from 1 January of it on, so
// that counts, and a month passes before it is called stale.
func DeclarationRule() Rule {
	return Rule{Deadline: Date{time.September, 23}, From: Date{time.January, 1}, GraceDays: 30}
}

// ObjectivesRule is the rule of the yearly objectives: due on 31 March (DL
// 179/2012 art. 9 c. 7).
func ObjectivesRule() Rule {
	return Rule{Deadline: Date{time.March, 31}, From: Date{time.January, 1}, GraceDays: 30}
}

// Cycle is the cycle a day falls in.
type Cycle struct {
	Deadline  time.Time // the last deadline on or before the day
	From      time.Time // what was changed on or after it serves that deadline
	GraceEnds time.Time // the instant from which what is older is stale and no longer due
	Last      time.Time // From of the cycle before
	Next      time.Time // the deadline after this
	Day       time.Time // the day asked for
}

// Due is the cycle of a day under a rule, in the day's own location: give it the
// day in Rome.
func Due(day time.Time, rule Rule) Cycle {
	loc := day.Location()
	year := day.Year()
	if day.Before(rule.Deadline.In(year, loc)) {
		year--
	}
	deadline := rule.Deadline.In(year, loc)
	return Cycle{
		Deadline: deadline, From: rule.From.In(year, loc), GraceEnds: deadline.AddDate(0, 0, rule.GraceDays),
		Last: rule.From.In(year-1, loc), Next: rule.Deadline.In(year+1, loc), Day: day,
	}
}

// Freshness says how a last change stands to a cycle.
type Freshness string

// The states.
const (
	Current Freshness = "current"
	DueNow  Freshness = "due"   // served the cycle before, and the days of grace are not over
	Stale   Freshness = "stale" // older
)

// Freshness judges the instant something was last changed; that of a zero time
// is Stale, so ask only where a time is known.
func (c Cycle) Freshness(changed time.Time) Freshness {
	switch {
	case !changed.Before(c.From):
		return Current
	case c.Day.Before(c.GraceEnds) && !changed.Before(c.Last):
		return DueNow
	}
	return Stale
}
