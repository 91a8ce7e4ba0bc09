package checks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// Bounds on a fixture: pages of comuni are large, and full of what looks like
// the thing looked for.
const (
	leastFixture = 15_000 // bytes of the first page, its frame included
	leastTraps   = 2      // of the check's own, on all pages of the fixture
)

// judgedElsewhere are the checks that judge the visit, the registry's row or an
// address, and no page: tables beside their tests take the place of fixtures.
var judgedElsewhere = []string{httpsID, registrySiteID, "domain"}

// outsidePages are reasons that no page gives but AgID's answer, what several
// nights remember or what IPA says: tables of their own hold them.
var outsidePages = map[string][]finding.Reason{
	declarationID: {"declaration_not_found", "stale"},
	objectivesID:  {"publication_not_found"},
	socialID:      {"ipa_only"},
}

func fixturesOf(t *testing.T, check string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", check, "*.html"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestEveryVerdictAndReasonOfACheckHasAFixture(t *testing.T) {
	reasons, err := finding.Reasons()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range catalogue(t) {
		id := c.Meta.ID
		if slices.Contains(judgedElsewhere, id) {
			continue
		}
		said := map[string]bool{}
		for _, path := range fixturesOf(t, id) {
			f, _ := readFixture(t, path)
			verdict, _, _ := strings.Cut(f["expect"], " ")
			said[verdict], said[f["expect"]] = true, true
		}
		if !said["unknown"] {
			t.Errorf("%s: no fixture leaves it unknown", id)
		}
		if !said["pass"] && !said["info"] {
			t.Errorf("%s: no fixture is well", id)
		}
		for _, r := range reasons {
			if !slices.Contains(r.Checks, id) || slices.Contains(outsidePages[id], r.Code) {
				continue
			}
			for _, v := range r.Verdicts {
				if v != finding.Info && !said[string(v)+" "+string(r.Code)] {
					t.Errorf("%s: no fixture of %s %s", id, v, r.Code)
				}
			}
		}
	}
}

// traps are what looks like the thing a check looks for and is not, one in a line,
// folded as page.Fold does.
func traps(t *testing.T, check string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", check, "traps.txt"))
	if err != nil {
		t.Error(err)
	}
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
}

func TestFixturesAreWholePagesWithTraps(t *testing.T) {
	for _, c := range catalogue(t) {
		id := c.Meta.ID
		if slices.Contains(judgedElsewhere, id) {
			continue
		}
		known := traps(t, id)
		for _, path := range fixturesOf(t, id) {
			f, body := readFixture(t, path)
			if f["small"] != "" {
				continue
			}
			if len(body) < leastFixture {
				t.Errorf("%s is of %d bytes", path, len(body))
			}
			all := page.Fold(string(body))
			for _, name := range strings.Fields(f["pages"]) {
				at := filepath.Join(filepath.Dir(path), "pages", name+".html")
				if _, err := os.Stat(at); err != nil {
					at = filepath.Join("testdata", "shared", "pages", name+".html")
				}
				_, more := readFixture(t, at)
				all += page.Fold(string(more))
			}
			met := slices.DeleteFunc(slices.Clone(known), func(trap string) bool { return !strings.Contains(all, trap) })
			if len(met) < leastTraps {
				t.Errorf("%s has %d traps: %v", path, len(met), met)
			}
		}
	}
}
