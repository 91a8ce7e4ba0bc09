package checks

// The catalogue: one explicit, sorted list. Nothing registers itself.

import (
	"embed"
	"fmt"

	"github.com/vigile-it/vigile/internal/rules"
)

//go:embed *.yaml rules/*.yaml
var files embed.FS

// Catalogue loads every check, sorted by id: metadata and rules are embedded,
// and read and validated here. The error names the file and what is wrong in it.
func Catalogue() ([]Check, error) {
	b := builder{}
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
	}
	if b.err != nil {
		return nil, fmt.Errorf("loading the checks: %w", b.err)
	}
	return list, nil
}

// builder loads what checks are made of and keeps the first error.
type builder struct {
	words   *rules.Set    // rules/interests.yaml
	lexicon rules.Lexicon // of all rule files
	err     error
}

// meta loads the metadata of a check.
func (b *builder) meta(id string) Meta {
	m, err := loadMeta(files, id)
	b.keep(err)
	return m
}

// rules loads a rule file of the folder rules.
func (b *builder) rules(name string) *rules.Set {
	s, err := b.lexicon.Load(files, "rules/"+name+".yaml")
	b.keep(err)
	if s == nil {
		return &rules.Set{}
	}
	return s
}

func (b *builder) keep(err error) {
	if b.err == nil {
		b.err = err
	}
}
