package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

const (
	sharedUUID  = "https://form.agid.gov.it/view/98ed3ab5-a4e0-46ea-8841-a8d6b7d73aff"
	sharedUnion = "https://form.agid.gov.it/uc_z9/unione/dichiarazione"
	sharedOwn   = "https://form.agid.gov.it/c_z001/sito/dichiarazione"
)

// bearing is a view of a comune whose site links those publications.
func bearing(istat, ipa, name string, targets ...string) record.Latest {
	f := finding.Finding{Check: "accessibility-declaration", Verdict: finding.Pass, Nature: finding.Obligation}
	for _, target := range targets {
		f.Candidates = append(f.Candidates, finding.Fact{Check: f.Check, Kind: "publication", URL: "https://www.comune.example/", Target: target})
	}
	return record.Latest{
		Comune: registry.Comune{Istat: istat, IPA: ipa, Name: name, Province: "ZZ"}, Visit: page.Visit{Reach: page.ReachOK},
		Standings: []record.Standing{{Finding: f, LastDefinite: f}},
	}
}

func sharingViews() []record.Latest {
	member := bearing("990002", "c_z002", "Beta", sharedOwn, sharedUnion)
	member.Comune.RTD.Unions = []string{"UC_Z9"}
	return []record.Latest{
		bearing("990001", "C_Z001", "Alfa", sharedOwn), member, bearing("990003", "c_z003", "Gamma", sharedUnion, sharedUUID),
		bearing("990004", "c_z004", "Delta<script>\x1b[31m", sharedUUID), bearing("990005", "c_z005", "Sola", "https://form.agid.gov.it/c_z005/sito/dichiarazione"),
	}
}

func indexOf(t *testing.T, list []record.Latest) *SharedIndex {
	t.Helper()
	shared, err := SharedPublications(latestOf(list...))
	if err != nil {
		t.Fatal(err)
	}
	return NewSharedIndex(shared)
}

func TestASharedPublicationIsSaidOfEveryBearerAndFairly(t *testing.T) {
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	list := sharingViews()
	index := indexOf(t, list)
	got := map[string][]string{}
	for _, l := range list {
		sheet := PresentSheet(l, SheetOptions{Text: text, Shared: index})
		for _, n := range sheet.Shared {
			got[l.Comune.Istat] = append(got[l.Comune.Istat], string(n.Owner)+" "+n.URL)
			if n.Count != 2 || len(n.Comuni) != 1 || n.Comuni[0].Istat == l.Comune.Istat || strings.ContainsAny(n.Text, "\x1b") {
				t.Errorf("%s: %+v", l.Comune.Istat, n)
			}
		}
		if sheet.Findings[0].Verdict != finding.Pass || sheet.Findings[0].Reason != "" {
			t.Errorf("%s: the verdict has changed", l.Comune.Istat)
		}
	}
	want := map[string][]string{
		"990001": {"self " + sharedOwn},
		"990002": {"bearer " + sharedOwn, "union " + sharedUnion},
		"990003": {"unknown " + sharedUUID, "other " + sharedUnion},
		"990004": {"unknown " + sharedUUID},
	}
	for _, notes := range []map[string][]string{got, want} {
		for _, n := range notes {
			if len(n) == 2 && n[0] > n[1] {
				n[0], n[1] = n[1], n[0]
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	member := index.Notes(list[1].Comune, text)
	for _, n := range member {
		if n.Owner == OwnerUnion && !strings.Contains(n.Text, "nulla da fare") {
			t.Errorf("of a union's own member it is said: %s", n.Text)
		}
	}
	var none *SharedIndex
	if none.Notes(list[0].Comune, text) != nil || none.Among(func(string) bool { return true }, text) != nil {
		t.Error("no index has something to say")
	}
}

func TestTheSummaryNamesWhatItsComuniShare(t *testing.T) {
	text, err := messages.For("en")
	if err != nil {
		t.Fatal(err)
	}
	index := indexOf(t, sharingViews())
	if got := index.Among(func(istat string) bool { return istat == "990005" }, text); got != nil {
		t.Errorf("of a comune that shares nothing: %+v", got)
	}
	got := index.Among(func(istat string) bool { return istat == "990001" }, text)
	if len(got) != 1 || got[0].URL != sharedOwn || !strings.Contains(got[0].Text, "2 comuni: Alfa (ZZ), Beta (ZZ)") {
		t.Errorf("%+v", got)
	}
	var many []record.Latest
	for i := range 9 {
		many = append(many, bearing("99000"+string(rune('1'+i)), "", "Comune "+string(rune('A'+i)), sharedUUID))
	}
	got = indexOf(t, many).Among(func(string) bool { return true }, text)
	if len(got) != 1 || got[0].Count != 9 || len(got[0].Comuni) != maxSharedNamed {
		t.Errorf("%+v", got)
	}
}

func TestTheReportShowsSharedPublications(t *testing.T) {
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	list := sharingViews()
	index := indexOf(t, list)
	var sheets []Sheet
	for _, l := range list {
		sheets = append(sheets, PresentSheet(l, SheetOptions{Text: text, Shared: index}))
	}
	sum := Summarise(sheets)
	sum.Shared = index.Among(func(string) bool { return true }, text)
	var b bytes.Buffer
	if err := WriteHTML(&b, sum, each(sheets...), HTMLOptions{Title: "prova", Made: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Text: text}); err != nil {
		t.Fatal(err)
	}
	title := text.Text("sheet.shared_title")
	if n := strings.Count(b.String(), title); n != 1+4 {
		t.Errorf("%q stands %d times, want one for all and one for each of four comuni", title, n)
	}
	if strings.Contains(b.String(), "<script") {
		t.Error("a name is not escaped")
	}
}
