package replica

// Tests of the traits that are spread over the roster.

import (
	"fmt"
	"slices"
	"testing"
)

func TestEveryKindOfTraitIsSomewhereInTheRoster(t *testing.T) {
	it, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range it.all() {
		if c.fault != FaultNone || c.t.scriptsGone {
			continue
		}
		f := c.t.further
		for name, n := range map[string]int{
			"albo": int(f.albo), "privacy": int(f.privacy), "dpo": int(f.dpo), "cookies": int(f.cookies), "openData": int(f.openData), "booking": int(f.booking),
			"report": int(f.report), "licence": int(f.licence), "plan": int(f.plan), "domain": int(f.domain),
		} {
			seen[fmt.Sprint(name, n)] = true
		}
		seen[fmt.Sprint("expiring", f.expiring)], seen[fmt.Sprint("hsts", f.hsts)] = true, true
		seen[fmt.Sprint("tongue", c.t.tongue, c.t.bilingual)] = true
	}
	for name, kinds := range map[string]int{
		"albo": int(alboNone), "privacy": int(privacyCookies), "dpo": int(dpoNone), "cookies": int(cookiesTracker), "openData": int(dataEmpty),
		"booking": int(bookingNone), "report": int(reportNone), "licence": int(licenceUnsaid), "plan": int(planNone), "domain": int(domainGov),
	} {
		for n := range kinds + 1 {
			if !seen[fmt.Sprint(name, n)] {
				t.Errorf("no comune of the roster has %s %d", name, n)
			}
		}
	}
	for _, name := range []string{"expiringtrue", "expiringfalse", "hststrue", "hstsfalse", "tonguedefalse", "tonguedetrue", "tonguefrfalse", "tongueslfalse"} {
		if !seen[name] {
			t.Errorf("no comune of the roster has %s", name)
		}
	}
}

func TestEveryTruthIsOfOneVerdictACheckAndComune(t *testing.T) {
	it, err := New(Options{Seed: 11, Scale: 300})
	if err != nil {
		t.Fatal(err)
	}
	small, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	verdicts := []string{"pass", "warn", "fail", "info", "not_applicable", Undecidable}
	for _, of := range []*Italy{it, small} {
		seen := map[string]bool{}
		for _, x := range of.Truths() {
			key := x.Istat + " " + x.Check
			if seen[key] {
				t.Errorf("%s has two truths", key)
			}
			seen[key] = true
			if !slices.Contains(verdicts, x.Verdict) || x.Why == "" {
				t.Errorf("%s: %+v", key, x)
			}
		}
	}
}
