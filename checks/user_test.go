package checks

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/rules"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// worked are the examples of docs/OWN_CHECKS.md, as the files they stand for.
func worked(t testing.TB) fstest.MapFS {
	t.Helper()
	doc, err := os.ReadFile("../docs/OWN_CHECKS.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := fstest.MapFS{}
	for i, m := range yamlBlock.FindAllSubmatch(doc, -1) {
		name := []string{"wifi.yaml", "network.yaml", "cms.yaml"}[i]
		dir[name] = &fstest.MapFile{Data: m[1]}
	}
	if len(dir) != 3 {
		t.Fatalf("%d examples in the document", len(dir))
	}
	return dir
}

func TestTheWorkedExamplesOfOnesOwnChecksDoWhatTheySay(t *testing.T) {
	list, err := CatalogueWith(worked(t))
	if err != nil {
		t.Fatal(err)
	}
	const menu = `<!-- slot: menu --><li><a href="/servizi">Servizi</a></li><li><a href="/wifi">Rete Wi-Fi</a></li><!-- /slot -->`
	const wifi = `<!-- slot: main --><p>In piazza della Fonte il Wi-Fi gratuito copre anche i giardini. Chiedere a Aldina Cartesi.</p><!-- /slot -->`
	for _, c := range []struct {
		name   string
		check  string
		home   string // slots of the frame
		second string // of the page about the Wi-Fi; empty: it was not read
		server string
		want   string
	}{
		{"a page that says it is free", "free-wifi", menu, wifi, "", "pass"},
		{"a page that says nothing of the kind", "free-wifi", menu, menu, "", "warn rule_partial"},
		{"nothing on the home page", "free-wifi", "", "", "", "warn rule_not_found"},
		{"a server that says what it is", "delivery-network", "", "", "cloudflare", "info"},
		{"a server that does not", "delivery-network", "", "", "nginx", "unknown not_visible_on_site"},
		{"a mark of one's own for a built-in check", "cms", `<!-- slot: head --><script src="https://media.municipium-umbria.example/app.js"></script><!-- /slot -->`, "", "", "info municipium"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := fixture{}.page(framed(t, "national", []byte(c.home)))
			home.Header.Set("Server", c.server)
			pages := []*page.Page{home}
			if c.second != "" {
				second := fixture{"url": fixtureHome + "wifi", "for": "free-wifi/wifi-page"}
				pages = append(pages, second.page(framed(t, "national", []byte(c.second))))
			}
			comune := registry.Comune{Istat: "990001", Name: "Borgofinto"}
			notes := Notes{Comune: comune}
			for _, p := range pages {
				for _, check := range list {
					if check.Observe != nil {
						check.Observe(p, &notes)
					}
				}
			}
			k := Case{Comune: comune, Facts: notes.Facts(), Visit: wholeVisit(list, pages...), Date: fixture{}.day(t)}
			for _, check := range list {
				if check.Meta.ID != c.check {
					continue
				}
				f := check.Finding(k)
				if err := finding.Validate(f); err != nil {
					t.Error(err)
				}
				said := strings.TrimSpace(string(f.Verdict) + " " + string(f.Reason))
				if f.Check == "cms" {
					said += " " + f.Value
				}
				if said != c.want {
					t.Errorf("%s, want %s: %+v", said, c.want, f)
				}
				for _, e := range f.Evidence {
					if strings.Contains(e.Snippet, "Cartesi") {
						t.Errorf("a person's name stands in %q", e.Snippet)
					}
				}
			}
		})
	}
}

const goodRule = `
  - id: a-rule
    since: 2026-11-01
    where: text
    literal: [parola]
    value: seen
    examples: {match: [{text: "una parola"}], no_match: [{text: "altro"}]}
`

func TestABadFileOfOnesOwnIsRefusedWithItsLine(t *testing.T) {
	head := "check: {id: mine, nature: informazione, title: {it: Mia}}\n"
	rest := "rules:" + goodRule + "verdicts:\n  - {seen: [seen], verdict: info}\n"
	for _, c := range []struct{ name, file, text, want string }{
		{"nothing in it", "x.yaml", "", "x.yaml:1: the file holds no check"},
		{"not YAML", "x.yaml", "check: [", "x.yaml:1: did not find expected node content"},
		{"an unknown part", "x.yaml", head + "colour: red\n" + rest, `x.yaml:2: "colour" is none of check, interests, rules, verdicts`},
		{"an unknown key", "x.yaml", "check: {id: mine, natura: x}\n" + rest, "x.yaml:1: field natura not found in type checks.userMeta"},
		{"no rules", "x.yaml", head, "x.yaml:1: check, rules and verdicts are all needed"},
		{"an obligation", "x.yaml", "check: {id: mine, nature: obbligo, title: {it: Mia}, law: [{act: L}], must_read: [home]}\n" + rest, "x.yaml:1: a check of one's own is no obligation of law: its nature is bando, buona_pratica or informazione"},
		{"no title", "x.yaml", "check: {id: mine, nature: informazione}\n" + rest, "x.yaml:1: title in it and en is missing or not one of its words"},
		{"a built-in check's id", "x.yaml", "check: {id: spid, nature: informazione, title: {it: Mia}}\n" + rest, "x.yaml:1: spid is a built-in check"},
		{"a rule without its literal", "x.yaml", head + "rules:\n  - id: a-rule\n    since: 2026-11-01\n    where: text\nverdicts:\n  - {verdict: unknown}\n", `x.yaml:3: rule "a-rule": no literal: every rule needs one that is looked for first`},
		{"an example that does not match", "x.yaml", head + strings.Replace(rest, "una parola", "un detto", 1), `x.yaml:3: rule "a-rule": should match and does not: text "un detto"`},
		{"a verdict of law", "x.yaml", head + strings.Replace(rest, "verdict: info", "verdict: fail", 1), "x.yaml:9: row 1: the verdict is pass, warn, info or unknown"},
		{"absence with nothing to read", "x.yaml", head + rest + "  - {verdict: warn, reason: not_found}\n", "x.yaml:9: row 2: not_found rests on absence: must_read says which pages have to be read for it (home at least)"},
		{"a sign nobody gives", "x.yaml", head + strings.Replace(rest, "seen: [seen]", "seen: [other]", 1), `x.yaml:9: row 1: "other" is the value of no rule`},
		{"an interest nothing leads to", "x.yaml", head + "interests:\n  - {id: page, hops: 1}\n" + rest, "x.yaml:2: no rule has the value page, so nothing leads there"},
		{"an interest too far", "x.yaml", head + "interests:\n  - {id: page, hops: 7}\n" + rest, "x.yaml:2: hops of page must be 1 or 2"},
		{"must_read of nothing", "x.yaml", "check: {id: mine, nature: informazione, title: {it: Mia}, must_read: [elsewhere]}\n" + rest, `x.yaml:1: must_read names "elsewhere", which is no interest of this file, nor home`},
		{"a rule added to a built-in file under an id that is taken", "app-io.yaml", "rules:" + strings.Replace(goodRule, "a-rule", "app-io-name", 1), `app-io.yaml:2: rule "app-io-name": a built-in rule has this id`},
		{"rules added that do not read", "cms.yaml", "rules: 3\n", "cms.yaml:1: cannot unmarshal !!int `3` into []rules.ruleForm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := CatalogueWith(fstest.MapFS{c.file: &fstest.MapFile{Data: []byte(c.text)}})
			var fault *rules.Error
			if !errors.As(err, &fault) {
				t.Fatalf("error %v", err)
			}
			if d := cmp.Diff(c.want, fault.Error()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTwoFilesMayNotBeOneCheck(t *testing.T) {
	text := []byte("check: {id: mine, nature: informazione, title: {it: Mia}}\nrules:" + goodRule + "verdicts:\n  - {seen: [seen], verdict: info}\n")
	_, err := CatalogueWith(fstest.MapFS{"a.yaml": {Data: text}, "b.yaml": {Data: text}})
	if err == nil || !strings.Contains(err.Error(), "b.yaml:1: another file has the check mine too") {
		t.Errorf("error %v", err)
	}
}

func FuzzUserFile(f *testing.F) {
	for _, file := range worked(f) {
		f.Add(file.Data)
	}
	f.Add([]byte("check: {id: mine}\nrules: []\nverdicts: []"))
	f.Add([]byte("? [a]\n: b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parseUser("x.yaml", data)
		if err != nil {
			if err.Error() == "" {
				t.Error("a fault without a word")
			}
			return
		}
		if file.meta.Nature == finding.Obligation || len(file.rows) == 0 {
			t.Errorf("accepted: %+v", file)
		}
		b := builder{}
		c := b.own(file)
		if b.err == nil && c.Judge == nil {
			t.Error("no judge")
		}
	})
}
