package main

// Every number of the report in Markdown leads to what it counts.

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	// markdownNumber is a number that leads within the text.
	markdownNumber = regexp.MustCompile(`\[([\d.]+)\]\(#([^)]+)\)`)

	// ofLists are the sentences whose numbers have a list behind them.
	ofLists = regexp.MustCompile(`^(Contando anche gli esiti da confermare: |Prima \(.*\): |.* valutati \(.*|.* siti letti \(|.*Comuni: )`)

	// aCell is a cell of a table with a number and nothing else.
	aCell = regexp.MustCompile(`\| [1-9]\d* `)

	noneOf = regexp.MustCompile(`\b0\b`)

	anItem = regexp.MustCompile(`^( *)- `)
)

func (r reported) markdownLeads(t *testing.T) {
	second := firstDay.AddDate(0, 0, 2)
	lines := strings.Split(r.must(t, second, "report", "--provincia", "ZZ", "--compare", firstDay.Format(time.DateOnly), "--format", "markdown"), "\n")
	followed, theme := map[string]int{}, ""
	for _, line := range lines {
		if strings.HasPrefix(line, "## ") {
			theme = line
		}
		if strings.HasPrefix(theme, "## Gli RTD, Comune per Comune") {
			break // what follows counts by names alone
		}
		if bare := aDay.ReplaceAllString(aShare.ReplaceAllString(markdownNumber.ReplaceAllString(line, ""), ""), ""); ofLists.MatchString(line) || strings.HasPrefix(line, "|") {
			if aCell.MatchString(bare) || !strings.HasPrefix(line, "|") && aNumber.MatchString(noneOf.ReplaceAllString(bare, "")) {
				t.Errorf("a number leads nowhere in %q", line)
			}
		}
		for _, m := range markdownNumber.FindAllStringSubmatch(line, -1) {
			to := m[2]
			switch {
			case theme == "" && to == "n-unreachable":
				to = "" // all of them
			case strings.HasPrefix(line, "|") && strings.Count(to, "-counted") == 0 && anchored(lines, to+"-counted") >= 0:
				to += "-counted" // a row leads to the heading
			}
			n, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			if got := namesAt(t, lines, to, m[2]); got != n {
				t.Errorf("%d leads to %d names at %s in %q", n, got, m[2], line)
			}
			followed[strings.TrimLeft(to[strings.LastIndex(to, "-")+1:], "-")]++
		}
	}
	for part, least := range map[string]int{"counted": 50, "assessed": 50, "likely": 3, "then": 30, "unreachable": 50, "unsure": 2} {
		if followed[part] < least {
			t.Errorf("only %d numbers lead to those of %q", followed[part], part)
		}
	}
}

// anchored is the line of an anchor; -1: there is none.
func anchored(lines []string, id string) int {
	for i, line := range lines {
		if strings.Contains(line, fmt.Sprintf("<a id=%q></a>", id)) {
			return i
		}
	}
	return -1
}

// namesAt are how many comuni an item of a list and those within it name, each once;
// with no id, all below a heading.
func namesAt(t *testing.T, lines []string, id, heading string) int {
	t.Helper()
	at := anchored(lines, id)
	if id == "" {
		at = anchored(lines, heading) + 3
	}
	if at < 0 {
		t.Errorf("nothing is called %s", id)
		return 0
	}
	of := map[string]bool{}
	depth := -1
	for _, line := range lines[at:] {
		m := anItem.FindStringSubmatch(line)
		if id == "" && (strings.HasPrefix(line, "#") || strings.HasPrefix(line, "<a id")) || id != "" && (m == nil || len(m[1]) <= depth) {
			break
		}
		if m == nil {
			continue
		}
		if id != "" && depth < 0 {
			depth = len(m[1])
		}
		if _, names, there := strings.Cut(line, ": "); there {
			for _, name := range strings.Split(names, ", ") {
				of[name] = true
			}
		}
	}
	return len(of)
}
