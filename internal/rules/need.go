package rules

// What a regular expression cannot match without: strings looked for before it
// runs, which costs a hundredth of running it.

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// need is a condition every match of an expression fulfils: one of the strings
// is there, or all (any) of the parts hold. The zero value is no condition.
type need struct {
	literal string
	all     []need // not with any
	any     []need
}

// minNeed is the length from which looking for a string tells something.
const minNeed = 2

// needOf reads the condition from an expression's source, which has been
// compiled before.
func needOf(expression string) need {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return need{}
	}
	return needs(re)
}

func needs(re *syntax.Regexp) need {
	switch re.Op {
	case syntax.OpLiteral:
		// U+FFFD is also what the engine sees in place of broken bytes.
		if s := string(re.Rune); re.Flags&syntax.FoldCase == 0 && len(s) >= minNeed && !strings.ContainsRune(s, utf8.RuneError) {
			return need{literal: s}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needs(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needs(re.Sub[0])
		}
	case syntax.OpConcat:
		var n need
		for _, sub := range re.Sub {
			if c := needs(sub); !c.none() {
				n.all = append(n.all, c)
			}
		}
		if len(n.all) == 1 {
			return n.all[0]
		}
		return n
	case syntax.OpAlternate:
		var n need
		for _, sub := range re.Sub {
			c := needs(sub)
			if c.none() {
				return need{} // one way in asks for nothing
			}
			n.any = append(n.any, c)
		}
		return n
	}
	return need{}
}

func (n *need) none() bool { return n.literal == "" && n.all == nil && n.any == nil }

// met tells whether the text can match.
func (n *need) met(text string) bool {
	if n.literal != "" {
		return strings.Contains(text, n.literal)
	}
	for i := range n.all {
		if !n.all[i].met(text) {
			return false
		}
	}
	for i := range n.any {
		if n.any[i].met(text) {
			return true
		}
	}
	return len(n.any) == 0
}
