// Package rules is the format of a dated rule file: patterns that change with
// the world (vendors, gateways, link forms, words in four languages) kept as
// data, each with examples that must and must not match.
//
// Every rule has literals that are looked for first; its regular expression
// runs only on a window round a literal's hit. The literals of all sets that
// share a Lexicon are found in one reading of each place of a page, so that a
// further rule costs next to nothing where its words are not.
package rules

import (
	"regexp"
	"slices"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
)

// Strength says how far a hit may be trusted. What each word entitles to is the
// reader's business.
type Strength string

// The strengths a rule may have.
const (
	Definitive Strength = "definitive" // names one vendor and no other
	Heuristic  Strength = "heuristic"  // usual for one vendor, possible for others
	Strong     Strength = "strong"
	Medium     Strength = "medium"
	Weak       Strength = "weak"
)

// Rule is one pattern. Rules are immutable once loaded.
type Rule struct {
	ID       string
	Since    time.Time // the day from which the pattern was seen in the world
	Until    time.Time // the last such day; zero: still in use. Old sites live on, so it is matched all the same
	Where    []string  // places, as PlaceNames lists them
	Literals []string  // any of them, as written in the file
	Exact    bool      // case matters
	Regexp   *regexp.Regexp
	Window   int // bytes each side of the literal that the regular expression and Not see
	Value    string
	Strength Strength
	Not      []string
	File     string
	Line     int

	places   []place
	parts    []part   // the single places, numbered by the lexicon
	folded   [2]forms // by kind of folding: text, address
	need     need     // of the regular expression
	examples examples
}

// forms are a rule's literals as they are searched for in one kind of place.
type forms struct {
	literals []string
	not      []string
}

// Set is the rules of one file, in its order. A Set is safe for concurrent use.
type Set struct {
	rules []*Rule
	lex   *Lexicon
}

// Rules lists the rules in the order of the file.
func (s *Set) Rules() []*Rule { return s.rules }

// Rule is the rule of that id, or nil.
func (s *Set) Rule(id string) *Rule {
	for _, r := range s.rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Valued is the rules of the set that carry one of the values.
func (s *Set) Valued(values ...string) *Set {
	out := &Set{lex: s.lex}
	for _, r := range s.rules {
		if slices.Contains(values, r.Value) {
			out.rules = append(out.rules, r)
		}
	}
	return out
}

// Hit is one place of a page where a rule matched.
type Hit struct {
	Rule    *Rule
	Value   string     // the rule's value; "$1" in it stands for the regular expression's group
	Place   string     // the rule's place that matched: link_text, script, meta:generator, …
	Link    *page.Link // for the places of a link; it points into the page
	Snippet string     // what matched with its surroundings, at most 200 characters
	Start   int        // for the place text: the match is [Start,End) of the page's Folded
	End     int
}

// Bounds on the hits one rule may have on one page, so that a hostile page
// cannot make them grow.
const (
	maxItemHits = 200 // in links, assets and the like
	maxTextHits = 3   // in running text
	maxTries    = 500 // literal hits looked at in one place
	snippetSize = 200
)
