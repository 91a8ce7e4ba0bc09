package main

// --night: what every report says of a past night is what it said on that day.

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// whileTelling are the commands that may be asked about a past night.
func whileTelling() []string {
	return []string{
		"report --provincia ZZ --format json", "index --format json", "index --format csv", "index --provincia ZZ --format json",
		"compare --comune 990007 --comune 990024 --format json", "questionnaire --comune 990007 --format json", "questionnaire --comune 990024 --format json",
		"export --format csv", "export --format jsonl", "export --facts --format csv",
		"index --as-of 2026-12-24 --format json", "compare --comune 990007 --as-of 2026-12-24 --format json", "export --as-of 2026-12-24 --format csv",
	}
}

// tellEach asks each of them.
func (r reported) tellEach(t *testing.T, at time.Time, args ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, command := range whileTelling() {
		out[command] = r.must(t, at, slices.Concat(strings.Fields(command), args)...)
	}
	return out
}

// ofWhen are the lines that say when a report was made and of when it is.
var ofWhen = regexp.MustCompile(`(?m)^ *"(made|night|newest)": .*\n`)

func (n nights) pastIsToldAsItWas(t *testing.T) {
	night := []string{"--night", firstDay.Format(time.DateOnly)}
	then, now := n.tellEach(t, secondDay, night...), n.tellEach(t, secondDay)
	for command, told := range n.told {
		strip := func(s string) string { return ofWhen.ReplaceAllString(s, "") }
		if got := strip(then[command]); got != strip(told) {
			t.Errorf("vigile %s: the night tells\n%.3000s\non its day it was\n%.3000s", command, got, strip(told))
		}
		if strip(then[command]) == strip(now[command]) {
			t.Errorf("vigile %s: nothing has changed since", command)
		}
	}
	const says = "Dice come stavano le cose in una notte passata: 22 novembre 2026."
	for _, command := range []string{
		"compare --comune 990007 --format markdown", "compare --comune 990007 --format html", "questionnaire --comune 990007 --format markdown",
		"questionnaire --comune 990007 --format html", "index", "index --format html", "index --format markdown",
	} {
		got := n.must(t, secondDay, slices.Concat(strings.Fields(command), night)...)
		if got = strings.Join(strings.Fields(got), " "); !strings.Contains(got, says) || strings.Contains(got, "Quella notte") {
			t.Errorf("vigile %s does not say of when it is", command)
		}
	}
	quiet := "Quella notte non ci sono state visite: la più recente fino ad allora è del 22 novembre 2026."
	if got := n.must(t, secondDay, "report", "--provincia", "ZZ", "--night", "2026-11-24", "--format", "markdown"); !strings.Contains(got, quiet) {
		t.Errorf("a night without visits is told as if there were some:\n%.600s", got)
	}
	moved := []string{"index", "--since", firstDay.Format(time.DateOnly), "--format", "json"}
	tonight := n.must(t, secondDay, moved...)
	later := n.must(t, secondDay.AddDate(0, 0, 1), append(moved, "--night", secondDay.Format(time.DateOnly))...)
	if ofWhen.ReplaceAllString(tonight, "") != ofWhen.ReplaceAllString(later, "") || !strings.Contains(later, `"movement"`) {
		t.Error("a movement up to a past night is not what it was on that night")
	}
	n.nightsRefused(t)
}

// nightsRefused asks for nights that there are not.
func (n nights) nightsRefused(t *testing.T) {
	for _, command := range []string{"report --provincia ZZ", "index", "compare --comune 990007", "questionnaire --comune 990007", "export"} {
		for night, says := range map[string]string{
			"2026-11-01": "Nessun risultato per la notte richiesta: 1 novembre 2026", "2026-12-01": "deve ancora venire: 1 dicembre 2026", "ieri": "«ieri» non va bene per --night",
		} {
			code, stdout, stderr := n.ask(t, secondDay, append(strings.Fields(command), "--night", night)...)
			if code != codeUsage || stdout != "" || !strings.Contains(stderr, says) {
				t.Errorf("vigile %s --night %s: exit code %d, %q", command, night, code, stderr)
			}
		}
	}
	code, _, stderr := n.ask(t, secondDay, "index", "--night", "2026-11-22", "--since", "2026-11-22")
	if code != codeUsage || !strings.Contains(stderr, "non comincia prima") {
		t.Errorf("a movement since the same night: exit code %d, %q", code, stderr)
	}
}
