package report

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

const nasty = `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{.}}`

func hostileAssessment() record.Assessment {
	fact := finding.Fact{Check: "rtd", Kind: nasty, Value: nasty, URL: "javascript:alert(3)//" + nasty, Place: nasty, Snippet: nasty, Target: nasty}
	return record.Assessment{
		Run: nasty, Started: time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC),
		Comune: registry.Comune{Istat: "990001", Name: nasty, Province: nasty, Region: nasty, Site: registry.Site{Raw: nasty, URL: "javascript:alert(4)"}},
		Visit:  page.Visit{Reach: page.ReachOK, FinalURL: "data:text/html," + nasty},
		Findings: []finding.Finding{
			{Check: "rtd", Nature: finding.Obligation, Verdict: finding.Fail, Reason: "rtd_not_identifiable", Evidence: []finding.Fact{fact}, Looked: []string{"javascript:alert(5)"}},
			{Check: "cms", Nature: finding.Information, Verdict: finding.Info, Value: nasty, Evidence: []finding.Fact{fact}},
			{Check: "https", Nature: finding.Obligation, Verdict: finding.Unknown, Reason: nasty},
			{Check: "https", Nature: finding.Obligation, Verdict: finding.Warn, Candidates: []finding.Fact{fact}, Looked: []string{nasty}},
		},
	}
}

func each(sheets ...Sheet) iter.Seq2[Sheet, error] {
	return func(yield func(Sheet, error) bool) {
		for _, s := range sheets {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func TestTheReportEscapesWhatItShows(t *testing.T) {
	o := SheetOptions{Text: italian(t)}
	sheet := NewSheet(hostileAssessment(), o)
	var out bytes.Buffer
	err := WriteHTML(&out, Summarise([]Sheet{sheet}), each(sheet), HTMLOptions{Title: nasty, Made: time.Unix(0, 0), Version: nasty, Text: italian(t)})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	allowed := " html head meta title style body a header h1 h2 h3 h4 p strong nav ul li main section div span dl dt dd table caption thead tbody tr th td article footer "
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if !strings.Contains(allowed, " "+n.Data+" ") {
			t.Errorf("an element %s", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" {
				t.Errorf("an attribute %s=%q", a.Key, a.Val)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("a link to %q", a.Val)
			}
		}
	}
}

func TestOneRequestMendsTheComuniOfOnePlatform(t *testing.T) {
	row := func(check string, v finding.Verdict, reason finding.Reason) Row {
		return Row{Check: check, Title: check, Verdict: v, Reason: reason}
	}
	sheet := func(istat string, reach page.Reach, rows ...Row) Sheet {
		return Sheet{Istat: istat, Comune: "C" + istat, Reach: reach, Findings: rows}
	}
	list, err := newWorklist(each(
		sheet("1", page.ReachOK, row("a", finding.Warn, "x")),
		sheet("2", page.ReachOK, row("b", finding.Fail, "y")),
		sheet("3", page.ReachOK, row("b", finding.Fail, "y"), row("a", finding.Pass, "")),
		sheet("4", page.ReachBlocked, row("b", finding.Unknown, "blocked")),
	), HTMLOptions{Text: italian(t)})
	if err != nil {
		t.Fatal(err)
	}
	jobs := list.sorted()
	if len(jobs) != 2 || jobs[0].Check != "b" || len(jobs[0].Comuni) != 2 || len(jobs[1].Comuni) != 1 {
		t.Errorf("jobs: %+v", jobs)
	}
	if len(list.dark) != 1 || list.dark[0].Comuni[0].Istat != "4" {
		t.Errorf("dark: %+v", list.dark)
	}
}

// Each number of the counts leads to as many comuni, and each of them to its finding.
func TestTheCountsOfTheReportLeadToTheirFindings(t *testing.T) {
	verdicts := []finding.Verdict{finding.Fail, finding.Pass, finding.Unknown, finding.Warn, finding.Info, finding.NotApplicable}
	var sheets []Sheet
	for i := range 9 {
		s := Sheet{Istat: "99000" + strconv.Itoa(i), Comune: "C" + strconv.Itoa(i), Reach: page.ReachOK}
		if i%4 == 3 {
			s.Reach = page.ReachBlocked
		}
		for j, check := range []string{"rtd", "https", "a b"} {
			if (i+j)%5 > 0 {
				s.Findings = append(s.Findings, Row{Check: check, Title: check, Nature: finding.Obligation, Verdict: verdicts[(i*j+i)%len(verdicts)]})
			}
		}
		sheets = append(sheets, s)
	}
	var out bytes.Buffer
	if err := WriteHTML(&out, Summarise(sheets), each(sheets...), HTMLOptions{Text: italian(t), Made: time.Unix(0, 0)}); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	followed := 0
	doc.Find("section[aria-labelledby=counts] td.n, header p").Each(func(_ int, cell *goquery.Selection) {
		bare := cell.Clone()
		bare.Find("a").Remove()
		if cell.Is("td") && strings.ContainsAny(bare.Text(), "123456789") {
			t.Errorf("%q leads nowhere", cell.Text())
		}
		cell.Find("a").Each(func(_ int, a *goquery.Selection) {
			to := strings.TrimPrefix(a.AttrOr("href", ""), "#")
			names := doc.Find(`[id="` + to + `"] a`)
			if to == "comuni" {
				names = doc.Find("article")
			}
			if followed++; strconv.Itoa(names.Length()) != a.Text() {
				t.Errorf("%s leads to %d comuni at %s", a.Text(), names.Length(), to)
			}
			names.Each(func(_ int, name *goquery.Selection) {
				if at := strings.TrimPrefix(name.AttrOr("href", ""), "#"); name.Is("a") && doc.Find(`article[id="`+at+`"], article [id="`+at+`"]`).Length() != 1 {
					t.Errorf("%s leads nowhere: %s", name.Text(), at)
				}
			})
		})
	})
	if followed < 15 {
		t.Errorf("only %d numbers were followed", followed)
	}
}

// What a finding says is said in words; a code is for programs.
func TestAValueIsToldInWords(t *testing.T) {
	text := italian(t)
	for _, c := range []struct {
		verdict       finding.Verdict
		check, value  string
		reason, words string
	}{
		{finding.Info, "online-services", "canteen,suap", "", "mensa scolastica, SUAP"},
		{finding.Info, "anpr", "linked", "", "collegamento visto"},
		{finding.Info, "social", "none", "none_seen", strings.TrimSuffix(text.Text("reason.none_seen"), ".")},
		{finding.Info, "own", "a value of its own", "", "a value of its own"},
		{finding.Info, "social", "facebook unheard", "", "facebook unheard"},
		{finding.Pass, "albo-pretorio", "inner_page", "", ""},
	} {
		f := finding.Finding{Check: c.check, Verdict: c.verdict, Value: c.value, Reason: finding.Reason(c.reason)}
		if got := toldValue(row(f, metaOf(catalogueMetas(t), c.check), page.ReachOK, "", SheetOptions{Text: text})); got != c.words {
			t.Errorf("%s, %s: %q, want %q", c.check, c.value, got, c.words)
		}
	}
}
