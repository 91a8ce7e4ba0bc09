package rules

// Links asked about one by one, as a crawler does for each interest it has.

import (
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

// MatchLink finds the rules that match one link, by the places a link has. Sets
// of one lexicon that are asked about the same link one after the other read it
// once.
func (s *Set) MatchLink(l page.Link) []Hit {
	if len(s.rules) == 0 {
		return nil
	}
	s.lex.ready()
	t, _ := s.lex.tasters.Get().(*taster)
	if t == nil {
		t = &taster{lex: s.lex, tastes: make([]taste, len(s.lex.scanners))}
	}
	defer s.lex.tasters.Put(t)
	t.take(&l)
	var hits []Hit
	var link *page.Link
	for _, r := range s.rules {
		p, value, ok := t.match(r)
		if !ok {
			continue
		}
		if link == nil {
			own := l
			link = &own
		}
		hits = append(hits, linkHit(r, value, p.place, link))
	}
	return hits
}

// taster is one link prepared for matching. It is kept for the next question,
// which is mostly about the same link.
type taster struct {
	lex    *Lexicon
	link   page.Link
	round  uint32
	tastes []taste // by place of the lexicon
}

// taste is one place of the link, searched.
type taste struct {
	round uint32 // of the link it belongs to
	text  string
	any   bool     // some literal stands in it
	marks []uint32 // by literal: the round in which it stood in the text
}

// take turns to a link.
func (t *taster) take(l *page.Link) {
	if t.round > 0 && sameStrings(&t.link, l) {
		return
	}
	t.link = *l
	t.round++
}

// sameStrings tells links apart by what rules can see of them.
func sameStrings(a, b *page.Link) bool {
	return a.Href == b.Href && a.URL == b.URL && a.Folded == b.Folded && a.Text == b.Text && a.Class == b.Class && a.OnClick == b.OnClick &&
		a.Image == b.Image && a.Element == b.Element && a.Alt == b.Alt && a.Title == b.Title && a.AriaLabel == b.AriaLabel
}

// at is one place of the link, searched.
func (t *taster) at(p *part, exact bool) *taste {
	v := &t.tastes[p.id]
	if v.round == t.round {
		return v
	}
	sc := t.lex.scanners[p.id]
	if v.marks == nil {
		v.marks = make([]uint32, len(sc.lits))
	}
	v.round, v.any, v.text = t.round, false, linkFold(&t.link, p.name, exact)
	sc.scan(v.text, func(lit int32, _ int) { v.any, v.marks[lit] = true, t.round })
	return v
}

// match tries one rule on the link.
func (t *taster) match(r *Rule) (*part, string, bool) {
	for i := range r.parts {
		p := &r.parts[i]
		if !p.link {
			continue
		}
		v := t.at(p, r.Exact)
		if !v.any {
			continue
		}
		for k, id := range p.lits {
			if v.marks[id] != t.round {
				continue
			}
			if f, ok := r.firstOf(p.place, v.text, r.folded[p.folding()].literals[k]); ok && !r.excludedLink(&t.link) {
				return p, f.value, true
			}
		}
	}
	return nil, "", false
}

// firstOf is the first accepted hit of one literal in a string.
func (r *Rule) firstOf(at place, text, lit string) (found, bool) {
	for from := 0; ; {
		i := strings.Index(text[from:], lit)
		if i < 0 {
			return found{}, false
		}
		if f, ok := r.accept(at, text, from+i, from+i+len(lit)); ok {
			return f, true
		}
		from += i + len(lit)
	}
}
