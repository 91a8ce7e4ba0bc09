package report

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

func TestAPublicationOfSeveralComuniIsFlaggedOnEveryBearer(t *testing.T) {
	const template, own = "https://form.agid.gov.it/view/98ed3ab5-a4e0-46ea-8841-a8d6b7d73aff", "https://form.agid.gov.it/c_x001/sito/dichiarazione"
	link := func(target string) finding.Fact {
		return finding.Fact{Check: "accessibility-declaration", Kind: "publication", URL: "https://www.comune.example/", Target: target}
	}
	bearer := func(istat string, evidence, candidates []finding.Fact) record.Latest {
		return record.Latest{
			Comune:    registry.Comune{Istat: istat, Name: "Comune " + istat, Province: "ZZ"},
			Standings: []record.Standing{{Finding: finding.Finding{Check: "accessibility-declaration", Evidence: evidence, Candidates: candidates}}},
		}
	}
	views := []record.Latest{
		bearer("990003", []finding.Fact{link("http://form.agid.gov.it/view/98ED3AB5-a4e0-46ea-8841-a8d6b7d73aff/")}, nil),
		bearer("990001", []finding.Fact{link(own)}, []finding.Fact{link(template), link(template)}),
		bearer("990002", []finding.Fact{link("https://form.agid.gov.it/C_X001/sito/dichiarazione")}, nil),
		bearer("990004", []finding.Fact{link("https://form.agid.gov.it/view/"), {Check: "cms", Target: template}}, nil),
		bearer("990005", []finding.Fact{link(template)}, nil),
	}
	each := func(yield func(record.Latest, error) bool) {
		for _, v := range views {
			if !yield(v, nil) {
				return
			}
		}
	}
	shared, err := SharedPublications(each)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, s := range shared {
		for _, c := range s.Comuni {
			got[s.URL] = append(got[s.URL], c.Istat)
		}
	}
	want := map[string][]string{template: {"990001", "990003", "990005"}, own: {"990001", "990002"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(shared) == 2 && shared[0].URL != template {
		t.Error("the most borne does not come first")
	}
	if _, err := SharedPublications(func(yield func(record.Latest, error) bool) { yield(record.Latest{}, errors.New("cut off")) }); err == nil {
		t.Error("an error of the store is lost")
	}
}
