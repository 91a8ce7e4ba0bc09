package web

// What the tests stand on: a store in memory and invented comuni.

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/PuerkitoBio/goquery"
	"go.uber.org/goleak"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the moment at which the tests take place.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// memory is a store in memory.
type memory struct {
	views   []record.Latest // by ISTAT code
	history map[string][]record.Assessment
	changes []record.Change
	runs    []record.Run
	err     error         // of every method
	broken  error         // of an iterator, after what there is
	gate    chan struct{} // nil, or what Latest waits for
	scans   atomic.Int32  // calls of Latest
}

func (m *memory) Latest(ctx context.Context, q report.Query) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		m.scans.Add(1)
		if m.gate != nil {
			select {
			case <-m.gate:
			case <-ctx.Done():
				yield(record.Latest{}, ctx.Err())
				return
			}
		}
		if m.err != nil {
			yield(record.Latest{}, m.err)
			return
		}
		for _, l := range m.views {
			if !q.MatchComune(l.Comune.Istat, l.Comune.Province, l.Comune.Region) {
				continue
			}
			if q.Brief {
				l = l.Brief()
			}
			if !yield(q.Narrow(l), nil) {
				return
			}
		}
		if m.broken != nil {
			yield(record.Latest{}, m.broken)
		}
	}
}

func (m *memory) History(_ context.Context, istat string, limit int) ([]record.Assessment, error) {
	all := m.history[istat]
	if limit > 0 {
		all = all[:min(limit, len(all))]
	}
	return all, m.err
}

func (m *memory) Changes(_ context.Context, from, to time.Time, q report.Query) iter.Seq2[record.Change, error] {
	return func(yield func(record.Change, error) bool) {
		if m.err != nil {
			yield(record.Change{}, m.err)
			return
		}
		for _, c := range m.changes {
			if !c.At.Before(from) && (to.IsZero() || c.At.Before(to)) && q.MatchComune(c.Istat, c.Province, c.Region) && q.MatchCheck(c.Check) && !yield(c, nil) {
				return
			}
		}
	}
}

func (m *memory) Runs(_ context.Context, kind record.RunKind, limit int) ([]record.Run, error) {
	runs := slices.DeleteFunc(slices.Clone(m.runs), func(r record.Run) bool { return kind != "" && kind != r.Kind })
	return runs[:min(limit, len(runs))], m.err
}

// see keeps assessments, oldest first, as a store would.
func (m *memory) see(as ...record.Assessment) {
	if m.history == nil {
		m.history = map[string][]record.Assessment{}
	}
	for _, a := range as {
		istat := a.Comune.Istat
		i, known := slices.BinarySearchFunc(m.views, istat, func(l record.Latest, istat string) int { return cmp.Compare(l.Comune.Istat, istat) })
		if !known {
			m.views = slices.Insert(m.views, i, record.Latest{})
		}
		l, changes := m.views[i].Take(a, record.NightOf(a.Started, time.UTC))
		m.views[i] = l
		m.changes = append(m.changes, changes...)
		m.history[istat] = append([]record.Assessment{a}, m.history[istat]...)
	}
}

// comuneOf is an invented comune.
func comuneOf(istat, name, province, region string) registry.Comune {
	return registry.Comune{
		Istat: istat, IPA: "c_" + istat, Name: name, Province: province, Region: region, Population: 3_000,
		PEC: "protocollo@pec." + istat + ".example", Site: registry.Site{Raw: istat + ".example", URL: "https://" + istat + ".example/"},
	}
}

// looked is a look at a comune whose site was reached.
func looked(c registry.Comune, at time.Time, fs ...finding.Finding) record.Assessment {
	slices.SortFunc(fs, func(a, b finding.Finding) int { return cmp.Compare(a.Check, b.Check) })
	return record.Assessment{
		Run: "r" + at.Format("20060102"), Started: at, Comune: c, Findings: fs,
		Visit: page.Visit{Site: c.Site.URL, FinalURL: c.Site.URL, Reach: page.ReachOK, Started: at, Took: 3 * time.Second},
	}
}

func reaching(a record.Assessment, r page.Reach) record.Assessment {
	a.Visit.Reach = r
	return a
}

func found(check string, v finding.Verdict, reason finding.Reason, c finding.Confidence) finding.Finding {
	return finding.Finding{Check: check, Nature: finding.Obligation, Verdict: v, Reason: reason, Confidence: c, Version: 1}
}

// metaOf is what an invented check says about itself.
func metaOf(id string, nature finding.Nature) report.Meta {
	m := report.Meta{ID: id, Nature: nature, Version: 1, Severity: "high", Effort: "hours", Who: []string{"comune"}}
	m.Titles.IT, m.Titles.EN = "Verifica "+id, "Check "+id
	m.Whys.IT, m.Whys.EN = "Perché "+id, "Why "+id
	m.Remedies.IT, m.Remedies.EN = "Rimediare a "+id, "Mend "+id
	m.Deadline.Text.IT, m.Deadline.Text.EN = "Sempre.", "Always."
	if nature == finding.Obligation {
		law := grow(&m.Law)
		law.Act, law.Article, law.Text.IT, law.Text.EN = "L. 1/2000", "art. 2", "Chiede.", "Asks."
	}
	return m
}

// grow adds an item to a slice whose type has no name here.
func grow[T any](items *[]T) *T {
	var zero T
	*items = append(*items, zero)
	return &(*items)[len(*items)-1]
}

// valueIn is the zero value of a map's values, whose type has no name here.
func valueIn[V any](map[string]V) (zero V) { return zero }

// mapOf is a map of the type of another.
func mapOf[V any](_ map[string]V, key1 string, v1 V, key2 string, v2 V) map[string]V {
	return map[string]V{key1: v1, key2: v2}
}

// sampleMetas are the checks of the tests.
func sampleMetas() []report.Meta {
	cms := metaOf("cms", finding.Information)
	municipium, wordpress := valueIn(cms.Values), valueIn(cms.Values)
	municipium.Name, municipium.Supplier, wordpress.Name = "Municipium", "Maggioli", "WordPress"
	cms.Values = mapOf(cms.Values, "municipium", municipium, "wordpress", wordpress)
	return []report.Meta{
		metaOf("rtd", finding.Obligation), metaOf("accessibility-declaration", finding.Obligation), cms,
		metaOf("https", finding.Obligation), metaOf("social", finding.Information),
	}
}

// served is a server over a store, by what options it is given.
func served(t testing.TB, m *memory, change ...func(*Options)) *Server {
	t.Helper()
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Store: m, Messages: text, Checks: sampleMetas(), Now: func() time.Time { return noon }, Version: "1.2.3",
		Status: func() Status { return Status{ScheduleEnabled: true, StoreBytes: 4096} },
	}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ask is the answer to a GET.
func ask(t testing.TB, h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// body is the body of an answer that must be 200.
func body(t testing.TB, h http.Handler, target string, header ...string) string {
	t.Helper()
	w := ask(t, h, target, header...)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d: %s", target, w.Code, w.Body)
	}
	return w.Body.String()
}

// document is a page that must be 200.
func document(t testing.TB, h http.Handler, target string) *goquery.Document {
	t.Helper()
	return parsed(t, body(t, h, target))
}

func parsed(t testing.TB, html string) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// umbria is a store with a few comuni, runs and changes.
func umbria() *memory {
	m := &memory{}
	night := func(n int) time.Time { return noon.Add(-11*time.Hour - time.Duration(n)*24*time.Hour) }
	spoleto := comuneOf("990001", "Finto Spoleto", "PG", "Umbria")
	livo, livo2 := comuneOf("990002", "Livo", "TN", "Trentino-Alto Adige"), comuneOf("990003", "Livo", "CO", "Lombardia")
	santangelo := comuneOf("990004", "Sant'Àngelo Finto", "PG", "Umbria")
	empty := comuneOf("990005", "Senza Sito", "TR", "Umbria")
	empty.Site = registry.Site{}
	noLink := found("accessibility-declaration", finding.Fail, "no_link", finding.High)
	noLink.Looked = []string{"https://990001.example/", "javascript:alert(1)"}
	noLink.Candidates = []finding.Fact{{Check: "accessibility-declaration", Kind: "near", URL: "https://990001.example/a", Snippet: "Accessibilità", Target: "https://990001.example/b", Place: "footer"}}
	proof := found("https", finding.Pass, "", finding.High)
	proof.Evidence = []finding.Fact{{Check: "https", Kind: "seen", URL: "https://990001.example/", Snippet: "certificato valido"}}
	platform := finding.Finding{Check: "cms", Nature: finding.Information, Verdict: finding.Info, Value: "municipium", Version: 1}
	m.see(
		looked(spoleto, night(2), found("accessibility-declaration", finding.Pass, "", finding.High), proof, platform),
		looked(spoleto, night(0), noLink, proof, platform, found("rtd", finding.Unknown, "upstream", "")),
		looked(livo, night(0), found("accessibility-declaration", finding.Warn, "due", finding.Medium), proof),
		looked(livo2, night(0), found("accessibility-declaration", finding.Pass, "", finding.High)),
		looked(santangelo, night(0), found("rtd", finding.Fail, "rtd_not_identifiable", finding.Low)),
		reaching(looked(empty, night(0), found("accessibility-declaration", finding.Unknown, "no_url_in_registry", "")), page.ReachNoURL),
	)
	m.runs = []record.Run{
		{ID: "r-extra", Kind: record.Request, Started: noon.Add(-time.Hour), Ended: noon.Add(-59 * time.Minute), Expected: 1, Done: 1},
		{ID: "n-last", Kind: record.Night, Night: "2026-11-22", Started: night(0), Ended: night(0).Add(90 * time.Minute), Expected: 5, Done: 5},
	}
	return m
}

// country is n comuni with each of the ids, for measuring.
func country(n int, ids []string) *memory {
	m := &memory{}
	provinces := registry.Provinces()
	for i := range n {
		p := provinces[i%len(provinces)]
		c := comuneOf(fmt.Sprintf("%06d", 100_000+i), fmt.Sprintf("Borgo Finto %d", i), p.Code, p.Region)
		var fs []finding.Finding
		for k, id := range ids {
			fs = append(fs, varied(i*7+k*3, id))
		}
		l, _ := record.Latest{}.Take(looked(c, noon.Add(-time.Duration(i)*time.Second), fs...), "2026-11-22")
		m.views = append(m.views, l)
	}
	return m
}

// varied is one of the findings that a check may give.
func varied(i int, check string) finding.Finding {
	unknown := []finding.Reason{"js_only", "blocked", "conn_timeout", "upstream", "not_visible_on_site", "http_5xx", "dns_nxdomain"}
	switch i % 10 {
	case 0:
		return found(check, finding.Fail, "no_link", finding.High)
	case 1:
		return found(check, finding.Warn, "due", finding.Medium)
	case 2, 3:
		return found(check, finding.Unknown, unknown[i/10%len(unknown)], "")
	case 4:
		return found(check, finding.NotApplicable, "", "")
	}
	return found(check, finding.Pass, "", finding.High)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
