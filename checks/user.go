package checks

// Users' own rules: files of a folder that add a check, or add to the rules of
// a built-in one, with no Go.
//
// A file named like a built-in rule file (cms.yaml, login.yaml, …) holds rules
// in the same format, which are added to it. Any other file is a check:
//
//	check:      what is said about it, as in the built-in metadata
//	interests:  links worth following: {id, hops, other_hosts}
//	rules:      rules in the usual format; the value is an interest's id, or a sign
//	verdicts:   rows tried in turn: {seen: [signs], verdict, reason}
//
// A rule whose value is an interest's id ranks links; any other value is a sign
// that counts as seen wherever the rule matches.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

// Bounds on users' files.
const (
	maxUserFiles     = 100
	maxUserFile      = 1 << 20
	maxUserInterests = 10
	maxUserHops      = 2
	maxUserRows      = 20
)

// The reasons a user's check may give.
var userReasons = map[string]finding.Reason{
	"not_found": "rule_not_found", // rests on absence: must_read holds
	"partial":   "rule_partial",
	"contrary":  "rule_contrary",
}

// userFile is what a user's file holds.
type userFile struct {
	name      string
	meta      Meta
	interests []userInterest
	rows      []userRow
	rules     []byte // the rules alone, on their lines
}

type userInterest struct {
	ID         string `yaml:"id"`
	Hops       int    `yaml:"hops"`
	OtherHosts bool   `yaml:"other_hosts"`
}

type userRow struct {
	Seen    []string        `yaml:"seen"`
	Verdict finding.Verdict `yaml:"verdict"`
	Reason  string          `yaml:"reason"`
}

// readUser reads the files of a folder: the checks, and by the name of the
// built-in file what adds to its rules. Faults are of type *rules.Error, joined.
func readUser(fsys fs.FS) (own []userFile, more map[string][]byte, err error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, nil, fmt.Errorf("listing users' rules: %w", err)
	}
	if len(names) > maxUserFiles {
		return nil, nil, &rules.Error{File: names[maxUserFiles], Why: fmt.Sprintf("there are more than %d files", maxUserFiles)}
	}
	more = map[string][]byte{}
	var faults []error
	for _, name := range names {
		data, err := readBounded(fsys, name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if _, err := fs.Stat(files, "rules/"+name); err == nil {
			more[strings.TrimSuffix(name, ".yaml")] = data
			_, err := tried(name, data)
			faults = append(faults, err)
			continue
		}
		f, err := parseUser(name, data)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if slices.ContainsFunc(own, func(o userFile) bool { return o.meta.ID == f.meta.ID }) {
			faults = append(faults, &rules.Error{File: name, Line: 1, Why: fmt.Sprintf("another file has the check %s too", f.meta.ID)})
			continue
		}
		own = append(own, f)
	}
	return own, more, errors.Join(faults...)
}

func readBounded(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxUserFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", name, err)
	case len(data) > maxUserFile:
		return nil, &rules.Error{File: name, Why: fmt.Sprintf("longer than %d bytes", maxUserFile)}
	}
	return data, nil
}

// tried parses rules and tries their examples, apart from everything else.
func tried(name string, data []byte) (*rules.Set, error) {
	set, err := rules.Parse(name, data)
	if err != nil {
		return nil, err
	}
	return set, set.CheckExamples()
}

// parseUser reads one check. Its faults name the file and the line.
func parseUser(name string, data []byte) (userFile, error) {
	f := userFile{name: path.Base(name)}
	parts, err := sections(f.name, data, "check", "interests", "rules", "verdicts")
	if err != nil {
		return f, err
	}
	var form struct {
		Check     *userMeta      `yaml:"check"`
		Interests []userInterest `yaml:"interests"`
		Verdicts  []userRow      `yaml:"verdicts"`
	}
	for _, key := range []string{"check", "interests", "verdicts"} {
		if err := decodeStrictly(parts[key].text, &form); err != nil {
			return f, yamlFault(f.name, err)
		}
	}
	if form.Check == nil || parts["rules"].text == nil || len(form.Verdicts) == 0 {
		return f, &rules.Error{File: f.name, Line: 1, Why: "check, rules and verdicts are all needed"}
	}
	f.meta, f.interests, f.rows, f.rules = form.Check.meta(), form.Interests, form.Verdicts, parts["rules"].text
	if err := f.meta.validate(); err != nil {
		return f, &rules.Error{File: f.name, Line: parts["check"].line, Why: err.Error()}
	}
	set, err := tried(f.name, f.rules)
	if err != nil {
		return f, err
	}
	if fault := f.validate(set); fault != nil {
		return f, &rules.Error{File: f.name, Line: parts[fault.section].line, Why: fault.why}
	}
	return f, nil
}

// section is one top-level key of a file with all other lines left out or blank,
// so that what is read from it says its true line.
type section struct {
	line int
	text []byte
}

func sections(name string, data []byte, allowed ...string) (map[string]section, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, yamlFault(name, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, &rules.Error{File: name, Line: 1, Why: "the file holds no check"}
	}
	keys := doc.Content[0].Content
	out := map[string]section{}
	lines := bytes.SplitAfter(data, []byte("\n"))
	for i := 0; i+1 < len(keys); i += 2 {
		key, from, to := keys[i].Value, keys[i].Line, len(lines)+1
		if len(allowed) > 0 && !slices.Contains(allowed, key) {
			return nil, &rules.Error{File: name, Line: from, Why: fmt.Sprintf("%.40q is none of %s", key, strings.Join(allowed, ", "))}
		}
		if i+2 < len(keys) {
			to = keys[i+2].Line
		}
		if to <= from || keys[i].Column != 1 {
			return nil, &rules.Error{File: name, Line: from, Why: "each part begins on a line of its own"}
		}
		text := bytes.Repeat([]byte("\n"), from-1)
		for _, l := range lines[from-1 : to-1] {
			text = append(text, l...)
		}
		out[key] = section{from, text}
	}
	return out, nil
}

func decodeStrictly(data []byte, v any) error {
	if len(data) == 0 {
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// yamlFault is what the YAML reader says, in our form of complaint.
func yamlFault(name string, err error) error {
	line, why := 0, err.Error()
	if i := strings.Index(why, "line "); i >= 0 {
		fmt.Sscanf(why[i:], "line %d:", &line)
		if _, rest, ok := strings.Cut(why[i:], ": "); ok {
			why = rest
		}
	}
	return &rules.Error{File: name, Line: line, Why: why}
}

// userMeta is the metadata of a user's check: the built-in form, of which only
// the name and the nature must be given, and in one language.
type userMeta struct {
	Meta `yaml:",inline"`
}

func (u userMeta) meta() Meta {
	m := u.Meta
	m.Version = max(m.Version, 1)
	if m.Severity == "" {
		m.Severity = SeverityLow
	}
	if m.Effort == "" {
		m.Effort = EffortHours
	}
	if len(m.Who) == 0 {
		m.Who = []string{WhoComune}
	}
	m.Titles = m.Titles.orOther()
	m.Whys, m.Remedies = m.Whys.or(m.Titles), m.Remedies.or(m.Titles)
	m.Deadline.Text = m.Deadline.Text.or(Text{IT: "Nessuna scadenza.", EN: "No deadline."})
	for i := range m.Law {
		m.Law[i].Text = m.Law[i].Text.or(m.Titles)
	}
	return m
}

// orOther fills a language that is missing with the other.
func (t Text) orOther() Text {
	if t.IT == "" {
		t.IT = t.EN
	}
	if t.EN == "" {
		t.EN = t.IT
	}
	return t
}

func (t Text) or(u Text) Text {
	if t == (Text{}) {
		return u
	}
	return t.orOther()
}

// userFault is what is wrong in a part of a user's file.
type userFault struct{ section, why string }

func (f userFile) validate(set *rules.Set) *userFault {
	if f.meta.Nature == finding.Obligation {
		return &userFault{"check", "a check of one's own is no obligation of law: its nature is bando, buona_pratica or informazione"}
	}
	if f.meta.JudgesVisit {
		return &userFault{"check", "judges_visit is for built-in checks"}
	}
	if len(f.interests) > maxUserInterests {
		return &userFault{"interests", fmt.Sprintf("more than %d", maxUserInterests)}
	}
	ids := map[string]bool{page.Home: true}
	for _, i := range f.interests {
		switch {
		case !metaID.MatchString(i.ID) || ids[i.ID]:
			return &userFault{"interests", fmt.Sprintf("the id %.40q is taken, or not of lower-case letters, digits and dashes", i.ID)}
		case i.Hops < 1 || i.Hops > maxUserHops:
			return &userFault{"interests", fmt.Sprintf("hops of %s must be 1 or %d", i.ID, maxUserHops)}
		case len(set.Valued(i.ID).Rules()) == 0:
			return &userFault{"interests", fmt.Sprintf("no rule has the value %s, so nothing leads there", i.ID)}
		}
		ids[i.ID] = true
	}
	for _, id := range f.meta.MustRead {
		if !ids[id] {
			return &userFault{"check", fmt.Sprintf("must_read names %.40q, which is no interest of this file, nor home", id)}
		}
	}
	return f.validateRows(f.signs(set))
}

// signs are the values of the rules that lead to no interest.
func (f userFile) signs(set *rules.Set) map[string]bool {
	signs := map[string]bool{}
	for _, r := range set.Rules() {
		if !slices.ContainsFunc(f.interests, func(i userInterest) bool { return i.ID == r.Value }) {
			signs[r.Value] = true
		}
	}
	return signs
}

func (f userFile) validateRows(signs map[string]bool) *userFault {
	if len(f.rows) > maxUserRows {
		return &userFault{"verdicts", fmt.Sprintf("more than %d rows", maxUserRows)}
	}
	for i, r := range f.rows {
		bad := func(why string) *userFault { return &userFault{"verdicts", fmt.Sprintf("row %d: %s", i+1, why)} }
		for _, s := range r.Seen {
			if !signs[s] {
				return bad(fmt.Sprintf("%.40q is the value of no rule", s))
			}
		}
		switch {
		case r.Verdict != finding.Pass && r.Verdict != finding.Warn && r.Verdict != finding.Info && r.Verdict != finding.Unknown:
			return bad("the verdict is pass, warn, info or unknown")
		case len(r.Seen) == 0 && r.Verdict == finding.Pass:
			return bad("a pass needs something seen")
		case r.Verdict == finding.Warn && userReasons[r.Reason] == "":
			return bad("a warn needs the reason not_found, partial or contrary")
		case r.Verdict != finding.Warn && r.Reason != "":
			return bad("only a warn has a reason")
		case len(r.Seen) == 0 && r.Verdict == finding.Warn && r.Reason != "not_found":
			return bad("where nothing was seen the reason is not_found")
		case r.Reason == "not_found" && len(f.meta.MustRead) == 0:
			return bad("not_found rests on absence: must_read says which pages have to be read for it (home at least)")
		}
	}
	return nil
}

// own makes the check of a user's file.
func (b *builder) own(f userFile) Check {
	set, err := b.lexicon.Parse("user/"+f.name, f.rules)
	if err != nil {
		b.keep(err)
		return Check{Meta: f.meta}
	}
	var interests []page.Interest
	for _, i := range f.interests {
		ways := set.Valued(i.ID)
		interest := page.Interest{ID: f.meta.ID + "/" + i.ID, MaxHops: i.Hops, CrossHost: i.OtherHosts, Match: func(l page.Link) int {
			if l.Depth >= i.Hops || documentFile(l.URL) {
				return 0
			}
			return rank(ways, l)
		}}
		if !i.OtherHosts {
			interest = within(interest, onSite)
		}
		interests = append(interests, interest)
	}
	meta := f.meta
	meta.MustRead = slices.Clone(meta.MustRead)
	for i, id := range meta.MustRead {
		if id != page.Home {
			meta.MustRead[i] = meta.ID + "/" + id
		}
	}
	seen := set.Valued(slices.Sorted(maps.Keys(f.signs(set)))...)
	words := f.words(set)
	return Check{
		Meta: meta, Interests: interests,
		Observe: func(p *page.Page, n *Notes) { observeSigns(meta.ID, seen, words, p, n) },
		Judge:   func(k Case) finding.Finding { return judgeRows(meta.ID, f.rows, k) },
	}
}

// words are those a snippet keeps: what the file itself says is nobody's name.
func (f userFile) words(set *rules.Set) map[string]bool {
	said := []string{f.meta.Titles.IT, f.meta.Titles.EN, f.meta.Whys.IT, f.meta.Whys.EN, f.meta.Remedies.IT, f.meta.Remedies.EN}
	for _, r := range set.Rules() {
		said = append(said, r.Literals...)
	}
	return wordSet(page.Fold(strings.Join(said, " ")))
}

// observeSigns notes what the rules of a user's check match.
func observeSigns(id string, set *rules.Set, words map[string]bool, p *page.Page, n *Notes) {
	public := n.keepWords(words)
	for _, h := range set.MatchIn(n.lookAt(p)) {
		f := finding.Fact{Check: id, Kind: h.Value, URL: maskAddress(p.FinalURL), Depth: p.Depth, Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID}
		if h.Link != nil {
			f.Place, f.Target, f.Snippet = string(h.Link.Place), maskAddress(h.Link.URL), h.Link.Label()
		}
		if f.Snippet, _ = maskPersons(f.Snippet, public...); strings.Trim(f.Snippet, masked+" ") == "" {
			f.Snippet = f.Rule
		}
		n.Add(f)
	}
}

// judgeRows gives the first row whose signs were all seen.
func judgeRows(id string, rows []userRow, k Case) finding.Finding {
	for _, r := range rows {
		var evidence []finding.Fact
		all := true
		for _, s := range r.Seen {
			facts := k.Of(id, s)
			all = all && len(facts) > 0
			evidence = append(evidence, first(facts, 2)...)
		}
		if !all {
			continue
		}
		f := finding.Finding{Verdict: r.Verdict, Reason: userReasons[r.Reason], Evidence: first(evidence, maxShown)}
		switch r.Verdict {
		case finding.Unknown:
			f.Reason = reasonNotVisible
		case finding.Info:
			f.Value = strings.Join(r.Seen, " ")
			f.Confidence = finding.Medium
		default:
			f.Confidence = finding.Medium
		}
		return f
	}
	return unknown(reasonNotVisible)
}
