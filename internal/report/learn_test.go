package report

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// latestOf is an iterator over views.
func latestOf(list ...record.Latest) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// built is a comune whose platform is not recognised, with fingerprints as
// "kind value".
func built(n int, name string, prints ...string) record.Latest {
	f := finding.Finding{Check: "cms", Verdict: finding.Unknown, Reason: "unrecognised"}
	for _, p := range prints {
		kind, value, _ := strings.Cut(p, " ")
		f.Candidates = append(f.Candidates, finding.Fact{Check: "cms", Kind: "fingerprint", Place: kind, Value: value})
	}
	host := "https://www.comune." + strings.ToLower(strings.ReplaceAll(name, " ", "")) + ".zz.example/"
	return record.Latest{
		Comune:    registry.Comune{Istat: fmt.Sprintf("99%04d", n), IPA: fmt.Sprintf("c_z%03d", n), Name: name, Province: "ZZ", Site: registry.Site{URL: host}},
		Visit:     page.Visit{Reach: page.ReachOK, FinalURL: host + "it"},
		Standings: []record.Standing{{Finding: f}},
	}
}

func TestWhatDiffersBetweenTwoSitesOfOnePlatformIsLeftOut(t *testing.T) {
	cases := []struct {
		name string
		a, b string // "kind value" of Vallombra di Sopra and of Pietrafitta
		want string
	}{
		{"versions", "meta:generator Acme CMS 3.2.1", "meta:generator Acme CMS 3.2.2", "acme cms"},
		{"a version with a letter and a suffix", "meta:generator Acme v3.2-rc1", "meta:generator Acme v4", "acme"},
		{"capitals and spaces", "meta:generator  ACME   cms 1", "meta:generator Acme CMS 2", "acme cms"},
		{"a server's build", "header:server AcmeHTTP/2.1.0 (build 4411)", "header:server AcmeHTTP/2.2.0 (build 4502)", "acmehttp/* (build *)"},
		{"uuids", "asset_dir /tema-acme/5f0c2a34-9f7e-11ee-8c90-0242ac120002/", "asset_dir /tema-acme/98ed3ab5-a4e0-46ea-8841-a8d6b7d73aff/", "/tema-acme/*/"},
		{"hashes", "cookie ACMESESS9f8e7d6c5b4a", "cookie ACMESESS0a1b2c3d4e5f", "acmesess*"},
		{"a session of classic ASP", "cookie ASPSESSIONIDQQTBRCSA", "cookie ASPSESSIONIDCSARBTQQ", "aspsessionid"},
		{"the site's own host", "meta:generator Acme on www.comune.vallombradisopra.zz.example", "meta:generator Acme on www.comune.pietrafitta.zz.example", "acme on"},
		{"the comune's name", "asset_dir /portali/vallombra-di-sopra/", "asset_dir /portali/pietrafitta/", "/portali/*/"},
		{"the comune's codes", "asset_dir /enti/c_z001/", "asset_dir /enti/c_z002/", "/enti/*/"},
		{"the vendor's own address stays", "meta:generator Acme - www.acme.example 7", "meta:generator Acme - www.acme.example 8", "acme - www.acme.example"},
		{"a number within a name stays", "meta:generator Portale77", "meta:generator Portale77", "portale77"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Learn(latestOf(built(1, "Vallombra di Sopra", c.a), built(2, "Pietrafitta", c.b)))
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Fingerprints) != 1 || got.Fingerprints[0].Pattern != c.want || got.Fingerprints[0].Count != 2 {
				t.Errorf("got %+v, want one group %q", got.Fingerprints, c.want)
			}
		})
	}
}

func TestLearningListsTheMostFrequentFirstAndGenericOnesLast(t *testing.T) {
	known := built(8, "Notissimo", "meta:generator Drupal 10")
	known.Standings[0].Finding.Verdict, known.Standings[0].Finding.Value = finding.Info, "drupal"
	dark := built(9, "Spento", "meta:generator Acme 1")
	dark.Visit.Reach = page.ReachBlocked
	got, err := Learn(latestOf(
		built(1, "Uno", "meta:generator Acme 1", "header:server nginx/1.25", "meta:generator Acme 1.1", "meta:generator 7.4"),
		built(2, "Due", "header:server nginx/1.26", "cookie acmesid"),
		built(3, "Tre", "header:server nginx", "cookie acmesid", "meta:generator Acme 2"),
		built(4, "Quattro", "header:server nginx/1.2", "header:x-powered-by PHP/8.1", "cookie acmesid"),
		known, dark, record.Latest{Visit: page.Visit{Reach: page.ReachOK}},
	))
	if err != nil {
		t.Fatal(err)
	}
	if got.Comuni != 5 || got.Unrecognised != 4 {
		t.Errorf("%d of %d", got.Unrecognised, got.Comuni)
	}
	var lines []string
	for _, f := range got.Fingerprints {
		lines = append(lines, fmt.Sprintf("%d %s %s %t", f.Count, f.Kind, f.Pattern, f.Generic))
	}
	want := []string{"3 cookie acmesid false", "2 meta:generator acme false", "4 header:server nginx true", "1 header:x-powered-by php true"}
	if d := cmp.Diff(want, lines); d != "" {
		t.Error(d)
	}
	from := []LearntFrom{{"990001", "Uno", "ZZ", "https://www.comune.uno.zz.example/"}, {"990003", "Tre", "ZZ", "https://www.comune.tre.zz.example/"}}
	if d := cmp.Diff(from, got.Fingerprints[1].Comuni); d != "" {
		t.Error(d)
	}
	if got.Fingerprints[1].Example != "Acme 1" {
		t.Errorf("example %q", got.Fingerprints[1].Example)
	}
}

func TestLearningFromNobody(t *testing.T) {
	got, err := Learn(latestOf())
	if err != nil || got.Comuni != 0 || got.Fingerprints == nil {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Learn(func(yield func(record.Latest, error) bool) { yield(record.Latest{}, errors.New("cut off")) }); err == nil {
		t.Error("an error of the store is lost")
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{"Acme CMS 3.2.1", "\x1b[31mAcme", "*", "9f8e7d6c5b4a", strings.Repeat("a*", 500), "\xff\xfe", "v1.2.3-rc.4"} {
		f.Add("meta:generator", s)
	}
	f.Fuzz(func(t *testing.T, kind, value string) {
		p := pattern(kind, value, []string{"comune"})
		if utf8.RuneCountInString(p) > maxPattern+1 || page.Clean(p, 4*maxPattern) != p {
			t.Errorf("%q", p)
		}
	})
}
