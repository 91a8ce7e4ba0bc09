package checks

// The check report-issue: whether citizens can report to the comune what does
// not work (criterion C.SI.2.4 of the national model, by which a mail address
// will do).

const reportIssueID = "report-issue"

func (b *builder) reportIssue() Check {
	return Check{
		Meta: b.meta(reportIssueID), Interests: b.entryInterests(),
		Observe: entryObserver{check: reportIssueID, rules: b.rules(reportIssueID)}.observe,
		Judge:   judgeEntry(reportIssueID, true),
	}
}
