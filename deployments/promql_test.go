package deployments_test

// Just enough of PromQL to see which metrics and labels an expression names.
// Whether it is well formed is asked of promtool and Prometheus.

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type matcher struct{ label, op, value string }

type selector struct {
	metric   string
	matchers []matcher
}

// query is what an expression names.
type query struct {
	selectors []selector
	groupings []string // labels of by, without, on, ignoring, group_left, group_right
}

var (
	grouping  = []string{"by", "without", "on", "ignoring", "group_left", "group_right"}
	operators = []string{"and", "or", "unless", "bool", "offset", "inf", "nan", "start", "end", "atan2"}
	wholes    = []string{"sum", "min", "max", "avg", "count", "topk", "bottomk", "group", "stddev", "stdvar", "quantile", "count_values"}
)

// scanner goes through an expression.
type scanner struct {
	text string
	at   int
}

func parsePromQL(expr string) (query, error) {
	var q query
	s := &scanner{text: expr}
	for s.space(); s.at < len(s.text); s.space() {
		c := s.text[s.at]
		switch {
		case strings.IndexByte("\"'`", c) >= 0:
			if _, err := s.quoted(); err != nil {
				return q, err
			}
		case c >= '0' && c <= '9':
			s.while(func(c byte) bool { return isName(c) || c == '.' })
		case c == '{':
			return q, fmt.Errorf("a selector without a metric's name at %q", s.text[s.at:])
		case isName(c):
			if err := s.word(&q); err != nil {
				return q, err
			}
		default:
			s.at++
		}
	}
	return q, nil
}

// word reads a name and what belongs to it.
func (s *scanner) word(q *query) error {
	name := s.while(isName)
	s.space()
	next := byte(0)
	if s.at < len(s.text) {
		next = s.text[s.at]
	}
	switch {
	case slices.Contains(grouping, name):
		if next != '(' {
			return nil // group_left without labels
		}
		inside, after, ok := strings.Cut(s.text[s.at+1:], ")")
		if !ok {
			return fmt.Errorf("%s without an end", name)
		}
		s.at = len(s.text) - len(after)
		for label := range strings.SplitSeq(inside, ",") {
			if label = strings.TrimSpace(label); label != "" {
				q.groupings = append(q.groupings, label)
			}
		}
	case next == '(', slices.Contains(operators, strings.ToLower(name)), slices.Contains(wholes, name):
	default:
		sel := selector{metric: name}
		if next == '{' {
			s.at++
			var err error
			if sel.matchers, err = s.matchers(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		q.selectors = append(q.selectors, sel)
	}
	return nil
}

func (s *scanner) matchers() ([]matcher, error) {
	var out []matcher
	for {
		s.space()
		if s.at < len(s.text) && s.text[s.at] == '}' {
			s.at++
			return out, nil
		}
		m := matcher{label: s.while(isName)}
		s.space()
		m.op = s.while(func(c byte) bool { return strings.IndexByte("=!~", c) >= 0 })
		s.space()
		var err error
		if m.value, err = s.quoted(); err != nil {
			return nil, err
		}
		out = append(out, m)
		s.space()
		if s.at < len(s.text) && s.text[s.at] == ',' {
			s.at++
		}
	}
}

// quoted reads a string with its escapes left as they are.
func (s *scanner) quoted() (string, error) {
	if s.at >= len(s.text) || strings.IndexByte("\"'`", s.text[s.at]) < 0 {
		return "", fmt.Errorf("a string is missing at %q", s.text[s.at:])
	}
	quote, from := s.text[s.at], s.at+1
	for s.at = from; s.at < len(s.text); s.at++ {
		switch {
		case s.text[s.at] == '\\' && quote != '`':
			s.at++
		case s.text[s.at] == quote:
			s.at++
			return s.text[from : s.at-1], nil
		}
	}
	return "", fmt.Errorf("a string without an end: %q", s.text[from:])
}

func (s *scanner) space() {
	s.while(func(c byte) bool { return strings.IndexByte(" \t\r\n", c) >= 0 })
}

func (s *scanner) while(is func(byte) bool) string {
	from := s.at
	for s.at < len(s.text) && is(s.text[s.at]) {
		s.at++
	}
	return s.text[from:s.at]
}

func isName(c byte) bool {
	return c == '_' || c == ':' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func TestWhatAnExpressionNames(t *testing.T) {
	got, err := parsePromQL(`sum by (check, le) (rate(a_total{x="1|{}",y!~'z'}[5m] offset 1d)) / on () group_left b > bool 1e3 or time() - c`)
	if err != nil {
		t.Fatal(err)
	}
	want := query{
		selectors: []selector{{metric: "a_total", matchers: []matcher{{"x", "=", "1|{}"}, {"y", "!~", "z"}}}, {metric: "b"}, {metric: "c"}},
		groupings: []string{"check", "le"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(query{}, selector{}, matcher{})); diff != "" {
		t.Error(diff)
	}
}

func TestTheContractIsClosed(t *testing.T) {
	for expr, good := range map[string]bool{
		`sum(vigile_reach_comuni{reach=~"ok|blocked"})`:                 true,
		`sum(vigile_reach_comuni{reach=~"ok|blokced"})`:                 false,
		`sum(vigile_reach_comuni{check="rtd"})`:                         false,
		`sum by (check) (vigile_reach_comuni)`:                          false,
		`sum by (reach) (vigile_reach)`:                                 false,
		`max(vigile_store_bytes{job="vigile"})`:                         true,
		`vigile_crawl_fetch_seconds`:                                    false, // a histogram has no such sample
		`time()`:                                                        false,
		`{check="rtd"}`:                                                 false,
		`vigile_checks_comuni{verdict="red"}`:                           false,
		`up{job="node"}`:                                                false,
		`sum by (le) (rate(vigile_crawl_fetch_seconds_bucket[5m])) > 0`: true,
		`vigile_checks_comuni{verdict="fail`:                            false,
	} {
		if err := outsideContract(expr); (err == nil) != good {
			t.Errorf("%s: %v", expr, err)
		}
	}
}
