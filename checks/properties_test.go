package checks

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/rules"
)

// aFact draws a fact an observer could have noted, or a hostile store could hold.
func aFact(t *rapid.T) finding.Fact {
	kinds := []string{
		factPublication, factOtherAsset, factForeign, factObjectives, factFront, factOwnPage, factElsewhere, factDocument, factPlaceholder,
		factScripted, factMention, factNamed, factRole, factOffice, factLabel, factPlatform, factHint, factRaw, factThin,
		factVacant, factUnion, factATLink, factATArchive, factATDoubtful, factATHidden, factATNear, factATSections, factATNoIndex, factATRead,
		factAlboLink, factAlboArchive, factAlboPerhaps, factAlboUnlinked, factPrivacyNotice, factDPOContact, factDPORole, factDPODocument, factDPOSupplier,
		factTracker, factConsent, factDataPortal, factDataFile, factDataLabel, factDataRead, factProfile, factLicence, factLicenceReserved,
		factAimAgID, factAimDocument, factAimStated, factAimPage, factAimAway, factAimScripted, factAimNews, factAimOutline, factAimPart,
		factOffer, factContact, factBehind, factOneOnly, factUnlike, factOnline, factDescribed, factThematic, factNotTheirs, factPlan, factNational,
		factPlanOther, factMarkers, factMissing, factMenu, factToolkit, factSheet, factHSTS,
	}
	return finding.NewFact(finding.Fact{
		Check: rapid.SampledFrom([]string{declarationID, rtdID, cmsID, transparencyID, objectivesID, alboID, privacyID, dpoID, cookiesID, openDataID, socialID, licenceID, pageFacts, bookingID, reportIssueID, onlineID, thematicID, digitalPlanID, designID, httpsID}).Draw(t, "check"),
		Kind:  rapid.SampledFrom(kinds).Draw(t, "kind"),
		Value: rapid.SampledFrom([]string{"wordpress", "hgate", "2026", "2019", "x", "", byMail, byMarker, noHSTS, "12/14", "4"}).Draw(t, "value"),
		URL:   fixtureHome, Snippet: "x" + rapid.String().Draw(t, "snippet"),
		Target: rapid.SampledFrom([]string{
			"", "#", "https://form.agid.gov.it/view/98ed3ab5-a4e0-46ea-8841-a8d6b7d73aff", "https://form.agid.gov.it/c_x999/sito/dichiarazione",
			"https://form.agid.gov.it/altri/sito/dichiarazione", "https://form.agid.gov.it/view/ffffffff-ffff-1fff-bfff-ffffffffffff", fixtureHome + "accessibilita",
		}).Draw(t, "target"),
		Depth: rapid.IntRange(0, 2).Draw(t, "depth"),
	})
}

func aCase(t *rapid.T, reach page.Reach) Case {
	var k Case
	k.Comune = registry.Comune{IPA: rapid.SampledFrom([]string{"c_x999", "C_X999", ""}).Draw(t, "ipa"), Name: "Borgofinto", Site: registry.Site{Raw: "www", URL: fixtureHome}}
	k.Comune.RTD.Known = rapid.Bool().Draw(t, "known")
	k.Date = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 1500).Draw(t, "day"))
	if rapid.Bool().Draw(t, "fresh") {
		k.Comune.RTD.AsOf = k.Date
	}
	k.Facts = rapid.SliceOfN(rapid.Custom(aFact), 0, 6).Draw(t, "facts")
	k.Visit = page.Visit{Reach: reach, FinalURL: fixtureHome, Exhausted: rapid.SampledFrom([]string{"", "time", "pages", "bytes"}).Draw(t, "exhausted")}
	for _, id := range []string{page.Home, accessibilityPage, transparencyPage, organisationPage, rtdPage, legalNotes, documentsPage, privacyPage, dpoPage, openDataPage, servicesPage} {
		k.Visit.Inquiries = append(k.Visit.Inquiries, page.Inquiry{
			ID:      id,
			Reading: rapid.SampledFrom([]page.Reading{page.Read, page.Absent, page.Unread}).Draw(t, "reading "+id),
			Why:     rapid.SampledFrom([]page.Reach{"", page.ReachHTTP4xx, page.ReachTooSlow}).Draw(t, "why "+id),
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "attempts") {
		k.Visit.Attempts = append(k.Visit.Attempts, page.Attempt{
			URL:   rapid.SampledFrom([]string{"https://www.comune.borgofinto.pg.it/", "http://www.comune.borgofinto.pg.it/"}).Draw(t, "url"),
			Reach: rapid.SampledFrom(page.Reaches()).Draw(t, "attempt"),
		})
	}
	return k
}

func TestWhereTheSiteWasNotReachedOnlyTheJudgesOfTheVisitAreDefinite(t *testing.T) {
	list := catalogue(t)
	rapid.Check(t, func(rt *rapid.T) {
		k := aCase(rt, rapid.SampledFrom(page.Reaches()[1:]).Draw(rt, "reach"))
		for _, c := range list {
			f := c.Finding(k)
			if f.Verdict.Definite() && c.Meta.ID != httpsID && c.Meta.ID != registrySiteID {
				rt.Fatalf("%s is %s with reach %s", c.Meta.ID, f.Verdict, k.Visit.Reach)
			}
			if err := finding.Validate(f); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

func TestNothingIsRedOrAbsentWhileAPageItMustReadIsUnread(t *testing.T) {
	list := catalogue(t)
	rapid.Check(t, func(rt *rapid.T) {
		k := aCase(rt, page.ReachOK)
		for _, c := range list {
			f := c.Finding(k)
			if err := finding.Validate(f); err != nil {
				rt.Fatal(err)
			}
			if f.Verdict == finding.Fail && !slices.Contains(mayFail, c.Meta.ID) {
				rt.Fatalf("%s fails", c.Meta.ID)
			}
			spec, _ := finding.ReasonOf(c.Meta.ID, f.Reason)
			if c.Meta.JudgesVisit || f.Verdict != finding.Fail && !spec.Absence {
				continue
			}
			for _, id := range c.Meta.MustRead {
				if k.Visit.Inquiry(id).Reading == page.Unread {
					rt.Fatalf("%s is %s %s with %s unread", c.Meta.ID, f.Verdict, f.Reason, id)
				}
			}
		}
	})
}

// TestLessOfAPageIsNeverWorse cuts every fixture at any byte and marks it
// truncated: what was not read may leave a question open, never turn red.
func TestLessOfAPageIsNeverWorse(t *testing.T) {
	list := catalogue(t)
	paths, err := filepath.Glob("testdata/*/*.html")
	paths = slices.DeleteFunc(paths, func(p string) bool { return filepath.Base(filepath.Dir(p)) == "frames" })
	if err != nil || len(paths) == 0 {
		t.Fatal("no fixtures", err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		f, body := readFixture(t, rapid.SampledFrom(paths).Draw(rt, "page"))
		cutAt := rapid.IntRange(0, len(body)).Draw(rt, "cut")
		p := page.Parse(page.Raw{URL: fixtureHome, FinalURL: fixtureHome, Status: 200, Body: body[:cutAt], Truncated: true, For: []string{page.Home}})
		day := f.day(t)
		comune := f.comune(day)
		k := Case{Comune: comune, Facts: observed(t, comune, p), Visit: wholeVisit(list, p), Date: day}
		for _, c := range list {
			if got := c.Finding(k); got.Verdict == finding.Fail && !c.Meta.JudgesVisit {
				rt.Fatalf("%s fails (%s) on a page cut at %d", c.Meta.ID, got.Reason, cutAt)
			}
		}
	})
}

// TestAnotherDayMovesDeadlinesAlone judges every fixture as of two years later: what
// has no deadline comes out as it did, however old what the visit saw is by then.
func TestAnotherDayMovesDeadlinesAlone(t *testing.T) {
	list := catalogue(t)
	yearly := []string{declarationID, objectivesID}
	paths, err := filepath.Glob("testdata/*/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if filepath.Base(filepath.Dir(path)) == "frames" {
			continue
		}
		f, body := readFixture(t, path)
		pages := f.gather(t, filepath.Dir(path), body)
		day := f.day(t)
		k := Case{Facts: observed(t, f.comune(day), pages...), Visit: wholeVisit(list, pages...), Answers: f.answers()}
		k.Comune, k.Visit.Started = WithUnions(f.comune(day), k.Facts), day
		k.Visit.Attempts = []page.Attempt{{URL: fixtureHome, Reach: page.ReachOK, TLS: &page.TLS{NotBefore: day.AddDate(0, -2, 0), NotAfter: day.AddDate(0, 1, 0)}}}
		later := k
		k.Date, later.Date = day, day.AddDate(2, 0, 0)
		for _, c := range list {
			was, is := verdictOf(c.Finding(k)), verdictOf(c.Finding(later))
			if was != is && !slices.Contains(yearly, c.Meta.ID) {
				t.Errorf("%s: %s is %s, two years later %s", path, c.Meta.ID, was, is)
			}
		}
	}
}

// TestWithoutItsDefinitiveMarkersAPlatformIsUnknownNeverAnother takes the
// markers of one definitive rule after the other out of each fixture.
func TestWithoutItsDefinitiveMarkersAPlatformIsUnknownNeverAnother(t *testing.T) {
	cms := checkOf(t, cmsID)
	b := builder{}
	set := b.rules("cms")
	paths, _ := filepath.Glob("testdata/cms/*.html")
	removed := 0
	for _, path := range paths {
		f, body := readFixture(t, path)
		before := f.page(body)
		k := Case{Facts: observed(t, registry.Comune{}, before), Visit: wholeVisit(catalogue(t), before), Date: f.day(t)}
		named := cms.Finding(k)
		if named.Verdict != finding.Info {
			continue
		}
		var left []finding.Fact
		for _, fact := range k.Facts {
			if fact.Check != cmsID || fact.Kind != factPlatform || set.Rule(fact.Rule).Strength != rules.Definitive || !sameFamily(cms.Meta, fact.Value, named.Value) {
				left = append(left, fact)
			} else {
				removed++
			}
		}
		k.Facts = left
		if got := cms.Finding(k); got.Verdict != finding.Unknown {
			t.Errorf("%s: without the markers of %s it is %s %s", filepath.Base(path), named.Value, got.Verdict, got.Value)
		}
	}
	if removed < 10 {
		t.Errorf("only %d markers were there to remove", removed)
	}
}

func sameFamily(m Meta, a, b string) bool { return a == b || m.Values[b].Refines == a }

func TestAHostilePageLeavesNoTraceInFactsAndNoPanic(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		bits := rapid.SliceOfN(rapid.SampledFrom([]string{
			"<a href='", "'>", "</a>", "Dichiarazione di accessibilità\x1b[31m", "\u202Eobiettivi\u202C", "https://form.agid.gov.it/view/", "98ed3ab5-a4e0-46ea-8841-a8d6b7d73aff",
			"Responsabile della transizione digitale Mario\x00Rossi", "<meta name=generator content='ComWeb\x1b]0;x\a'>", "<title>", "</title>", "<script>", "</script>", "{{", "\n", "javascript:",
			"<footer>", "</footer>", "\xff\xfe", "RTD digitale", "<form action=/EG0/EGX.HBL>", "onclick='form.agid.gov.it'",
		}), 0, 40).Draw(rt, "bits")
		p := page.Parse(page.Raw{URL: fixtureHome, FinalURL: fixtureHome, Status: 200, Body: []byte(strings.Join(bits, ""))})
		for _, f := range observed(t, registry.Comune{Name: "Borgofinto"}, p) {
			if !f.Clean() {
				rt.Fatalf("not clean: %+v", f)
			}
			if f.Check == rtdID && strings.Contains(f.Snippet, "Rossi") {
				rt.Fatalf("a name: %+v", f)
			}
		}
	})
}

// bigPage is the largest fixture there is, several times over.
func bigPage(tb testing.TB, size int) []byte {
	tb.Helper()
	_, body := readFixture(tb, "testdata/accessibility-declaration/objectives-alone.html")
	inner := string(body)
	start, end := strings.Index(inner, "<section>"), strings.LastIndex(inner, "</section>")
	middle := inner[start : end+len("</section>")]
	return []byte(inner[:start] + strings.Repeat(middle, max(1, size/len(middle))) + inner[end+len("</section>"):])
}

func BenchmarkParseOnePage(b *testing.B) {
	for name, size := range map[string]int{"340kB": 340_000, "2MB": 2_000_000} {
		body := bigPage(b, size)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				page.Parse(page.Raw{URL: fixtureHome, FinalURL: fixtureHome, Status: 200, Body: body})
			}
		})
	}
}

func BenchmarkObserveAllChecksOnOnePage(b *testing.B) {
	list := catalogue(b)
	for name, size := range map[string]int{"340kB": 340_000, "2MB": 2_000_000} {
		p := page.Parse(page.Raw{URL: fixtureHome, FinalURL: fixtureHome, Status: 200, Body: bigPage(b, size)})
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n := &Notes{Comune: registry.Comune{Name: "Borgofinto"}}
				for _, c := range list {
					if c.Observe != nil {
						c.Observe(p, n)
					}
				}
			}
		})
	}
}
