package checks

// The catalogue: one explicit, sorted list. Nothing registers itself.

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/internal/rules"
)

//go:embed *.yaml rules/*.yaml
var files embed.FS

// Catalogue loads every check, sorted by id: metadata and rules are embedded,
// and read and validated here. The error names the file and what is wrong in it.
func Catalogue() ([]Check, error) { return CatalogueWith(nil) }

// CatalogueWith is the catalogue with the rules of a folder of the user's own:
// further checks, and rules added to those of the built-in ones. Faults in them
// are of type *rules.Error, joined; they name file and line.
func CatalogueWith(user fs.FS) ([]Check, error) {
	b := builder{}
	var own []userFile
	if user != nil {
		if own, b.more, b.err = readUser(user); b.err != nil {
			return nil, b.err
		}
	}
	list := []Check{
		b.accessibilityDeclaration(),
		b.accessibilityObjectives(),
		b.alboPretorio(),
		b.anpr(),
		b.appIO(),
		b.booking(),
		b.cie(),
		b.cms(),
		b.cookies(),
		b.designModel(),
		b.digitalPlan(),
		b.domain(),
		b.dpo(),
		b.eidas(),
		b.https(),
		b.legacyLogin(),
		b.licence(),
		b.onlineServices(),
		b.openData(),
		b.pagopa(),
		b.privacy(),
		b.registrySite(),
		b.reportIssue(),
		b.rtd(),
		b.social(),
		b.spid(),
		b.thematicSites(),
		b.transparency(),
		b.webAnalytics(),
	}
	for _, f := range own {
		if slices.ContainsFunc(list, func(c Check) bool { return c.Meta.ID == f.meta.ID }) {
			b.keep(&rules.Error{File: f.name, Line: 1, Why: fmt.Sprintf("%s is a built-in check", f.meta.ID)})
		}
		list = append(list, b.own(f))
	}
	slices.SortStableFunc(list, func(x, y Check) int { return strings.Compare(x.Meta.ID, y.Meta.ID) })
	if b.err != nil {
		return nil, fmt.Errorf("loading the checks: %w", b.err)
	}
	return list, nil
}

// builder loads what checks are made of and keeps the first error.
type builder struct {
	words   *rules.Set        // rules/interests.yaml
	lexicon rules.Lexicon     // of all rule files
	more    map[string][]byte // a user's rules, by the name of the built-in file they add to
	err     error
}

// meta loads the metadata of a check.
func (b *builder) meta(id string) Meta {
	m, _, err := loadMeta(files, id)
	b.keep(err)
	return m
}

// ownRules loads the rules that stand in a check's metadata file.
func (b *builder) ownRules(id string) *rules.Set {
	_, text, err := loadMeta(files, id)
	b.keep(err)
	s, err := b.lexicon.Parse(id+".yaml", text)
	b.keep(err)
	if s == nil {
		return &rules.Set{}
	}
	return s
}

// rules loads a rule file of the folder rules.
func (b *builder) rules(name string) *rules.Set {
	s, err := b.lexicon.Load(files, "rules/"+name+".yaml")
	b.keep(err)
	if s == nil {
		return &rules.Set{}
	}
	b.extend(s, name)
	return s
}

// extend adds the user's rules to a built-in set, once.
func (b *builder) extend(s *rules.Set, name string) {
	data, ok := b.more[name]
	if !ok {
		return
	}
	delete(b.more, name)
	more, err := rules.Parse(name+".yaml", data)
	b.keep(err)
	if err == nil {
		b.keep(s.Extend(more))
	}
}

func (b *builder) keep(err error) {
	if b.err == nil {
		b.err = err
	}
}
