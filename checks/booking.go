package checks

// The check booking: whether citizens can book an appointment with the comune's
// offices on the site (criterion C.SI.2.1 of the national model).

const bookingID = "booking"

func (b *builder) booking() Check {
	return Check{
		Meta: b.meta(bookingID), Interests: b.entryInterests(),
		Observe: entryObserver{check: bookingID, rules: b.rules(bookingID)}.observe,
		Judge:   judgeEntry(bookingID, false),
	}
}
