package checks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

// mayFail are the obligations of the interface: the only checks that may fail.
var mayFail = []string{
	"accessibility-declaration", "accessibility-objectives", "albo-pretorio", "cie", "dpo", "https", "legacy-login",
	"pagopa", "privacy", "registry-site", "rtd", "spid", "transparency",
}

// loaded loads the catalogue once for all tests, which do not change it.
var loaded = sync.OnceValues(Catalogue)

func catalogue(t testing.TB) []Check {
	t.Helper()
	list, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func checkOf(t testing.TB, id string) Check {
	t.Helper()
	for _, c := range catalogue(t) {
		if c.Meta.ID == id {
			return c
		}
	}
	t.Fatalf("no check %s", id)
	return Check{}
}

func TestTheCatalogueIsSortedAndOnlyTheInterfacesObligationsMayFail(t *testing.T) {
	list := catalogue(t)
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.Meta.ID
		if (c.Meta.Nature == finding.Obligation) != slices.Contains(mayFail, c.Meta.ID) {
			t.Errorf("%s is %s", c.Meta.ID, c.Meta.Nature)
		}
		if c.Judge == nil {
			t.Errorf("%s has no judge", c.Meta.ID)
		}
		for _, lang := range []string{"it", "en"} {
			if c.Meta.Title(lang) == "" || c.Meta.Why(lang) == "" || c.Meta.Remedy("", lang) == "" {
				t.Errorf("%s says too little in %s", c.Meta.ID, lang)
			}
		}
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("not sorted, or one twice: %v", ids)
	}
}

func TestWhatMustBeReadIsAnInterestOfTheCheck(t *testing.T) {
	for _, c := range catalogue(t) {
		for _, id := range c.Meta.MustRead {
			if id != page.Home && !slices.ContainsFunc(c.Interests, func(i page.Interest) bool { return i.ID == id }) {
				t.Errorf("%s must read %s and has no interest in it", c.Meta.ID, id)
			}
		}
	}
}

func TestARemedyOfAReasonIsForAListedReason(t *testing.T) {
	for _, c := range catalogue(t) {
		for r := range c.Meta.ByReason {
			if _, ok := finding.ReasonOf(c.Meta.ID, finding.Reason(r)); !ok {
				t.Errorf("%s has a remedy for %s, which is no reason of it", c.Meta.ID, r)
			}
		}
	}
}

func TestARemedyOnAPlatformIsForAPlatformThatIsRecognised(t *testing.T) {
	platforms := checkOf(t, cmsID).Meta.Values
	for _, c := range catalogue(t) {
		for p := range c.Meta.ByPlatform {
			if _, ok := platforms[p]; !ok {
				t.Errorf("%s has a remedy on %s, which cms.yaml does not know", c.Meta.ID, p)
			}
			if on := c.Meta.RemedyOn(p, "", "it"); on == c.Meta.RemedyOn("none", "", "it") {
				t.Errorf("%s says nothing of %s", c.Meta.ID, p)
			}
		}
	}
}

func TestEveryReasonListedForACheckThatExistsIsGivenByItsCode(t *testing.T) {
	source := sources(t)
	reasons, err := finding.Reasons()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range catalogue(t) {
		known[c.Meta.ID] = true
	}
	for _, r := range reasons {
		for _, id := range r.Checks {
			if known[id] && !strings.Contains(source, `"`+string(r.Code)+`"`) && !slices.Contains(page.Reaches(), page.Reach(r.Code)) {
				t.Errorf("reason %s of %s is given nowhere", r.Code, id)
			}
		}
	}
}

func TestEveryValueOfTheRulesOfCMSIsDescribed(t *testing.T) {
	m := checkOf(t, cmsID).Meta
	b := builder{}
	for _, r := range b.rules("cms").Rules() {
		if _, ok := m.Values[r.Value]; !ok {
			t.Errorf("%s names %s, which cms.yaml does not describe", r.ID, r.Value)
		}
	}
}

func TestTheExamplesOfEveryRuleHold(t *testing.T) {
	names, err := fs.Glob(files, "rules/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no rule files: %v", err)
	}
	for _, c := range catalogue(t) {
		_, text, err := loadMeta(files, c.Meta.ID)
		if err != nil {
			t.Error(err)
		}
		if text == nil {
			continue
		}
		if _, err := tried(c.Meta.ID+".yaml", text); err != nil {
			t.Error(err)
		}
	}
	for _, name := range names {
		s, err := rules.Load(files, name)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := s.CheckExamples(); err != nil {
			t.Error(err)
		}
	}
}

func TestMetadataIsRefusedWithTheReason(t *testing.T) {
	good, err := files.ReadFile("rtd.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ old, new, want string }{
		"an unknown key":            {"severity:", "severita:", "severita"},
		"no English title":          {"en: Head of the digital transition (RTD)", "en: ''", "title"},
		"a nature of its own":       {"nature: obbligo", "nature: dovere", "nature"},
		"an obligation without law": {"law:", "law: []\nvalues: {}\nx:", "x"},
		"no version":                {"version: 5", "version: 0", "version"},
		"nobody to act":             {"who: [comune, ipa]", "who: []", "who"},
		"a bad deadline":            {`since: "2016-09-14"`, `since: "14/9/2016"`, "since"},
		"nothing must be read":      {"must_read: [home, transparency, at-organisation]", "must_read: []", "must_read"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parseMeta([]byte(strings.Replace(string(good), tc.old, tc.new, 1))); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %v, want %q in it", err, tc.want)
			}
		})
	}
}

// sources is the text of this package's files, tests apart.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	fset := token.NewFileSet()
	for name, text := range goFiles(t) {
		if _, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
		all.WriteString(text)
	}
	return all.String()
}

func TestNobodyHereAsksTheClock(t *testing.T) {
	fset := token.NewFileSet()
	for name, text := range goFiles(t) {
		file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "After", "Tick", "NewTimer", "LoadLocation"}, sel.Sel.Name) {
				t.Errorf("%s: time.%s", fset.Position(n.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}
