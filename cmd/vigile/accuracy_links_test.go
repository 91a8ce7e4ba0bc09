package main

// The corpus of links: what each is read as, what each comune's come to, and
// what AgID's answers make of them.

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/need"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"

	"github.com/vigile-it/vigile/checks"
)

const (
	generated    = 60  // links of each kind the corpus has few of
	generatedNew = 400 // links of the new form
)

// links measures the corpus.
func (d *accuracyDoc) links(t *testing.T, b *bench) {
	byComune, order := corpusLinks(t)
	b = b.only(t, declaration)
	d.linkStrata(t, b, byComune, order)
	d.newForms(t, b)
	d.comuniOfCorpus(t, b, byComune, order)
}

func corpusLinks(t *testing.T) (map[string][]corpusLink, []string) {
	byComune := map[string][]corpusLink{}
	var order []string
	for _, r := range need.Table(t, "links", "links_dev.csv") {
		if byComune[r["istat"]] == nil {
			order = append(order, r["istat"])
		}
		byComune[r["istat"]] = append(byComune[r["istat"]], corpusLink{istat: r["istat"], href: r["href"], text: r["text"]})
	}
	return byComune, order
}

// read is one link standing alone.
func (b *bench) read(t testing.TB, l corpusLink) reading {
	c := b.comune(l.istat)
	home := homeOf(c, l)
	r := reading{corpusLink: l}
	k := checks.Case{Comune: c, Facts: b.observe(c, home), Visit: b.visit(home), Date: accuracyDay}
	r.kinds, r.ids = seen(k.Facts)
	f := b.check(t, declaration).Finding(k)
	r.verdict, r.reason = f.Verdict, f.Reason
	followed := b.followed(t, home)
	r.hop = len(followed) > 0
	r.home = r.hop && followed[0].URL == home.FinalURL
	if !r.hop || r.home || followed[0].URL == "" {
		return r
	}
	for _, linked := range [][]corpusLink{nil, {{href: "https://form.agid.gov.it/view/7f3c1a52-6e0d-11f0-9b44-3c5d1e7a9f20", text: "Consulta la dichiarazione"}}} {
		inner := pageOf(followed[0].URL, 1, linked...)
		after := checks.Case{Comune: c, Facts: b.observe(c, home, inner), Visit: b.visit(home, inner), Date: accuracyDay}
		r.after = append(r.after, said(b.check(t, declaration).Finding(after)))
	}
	return r
}

// followed are the links of a home page that the declaration's check would read.
func (b *bench) followed(t testing.TB, home *page.Page) []page.Link {
	var out []page.Link
	for _, i := range b.check(t, declaration).Interests {
		out = append(out, ranked(i, home)...)
	}
	return out
}

func said(f finding.Finding) string {
	return strings.TrimSpace(string(f.Verdict) + " " + string(f.Reason))
}

// seen are the kinds of fact of the declaration's check, and the publications
// taken for declarations.
func seen(facts []finding.Fact) (kinds, ids []string) {
	for _, f := range facts {
		if f.Check != declaration {
			continue
		}
		kinds = append(kinds, f.Kind)
		if f.Kind == "publication" || f.Kind == "other_asset" {
			ids = append(ids, f.Value)
		}
	}
	return kinds, ids
}

func (d *accuracyDoc) linkStrata(t *testing.T, b *bench, byComune map[string][]corpusLink, order []string) {
	rows := d.table("Links by kind", "kind", "must be read as", "real", "right", "generated", "right")
	for _, s := range strata() {
		var real, right, made, madeRight int
		for _, istat := range order {
			for _, l := range byComune[istat] {
				if !s.in(l) {
					continue
				}
				real++
				if why := s.wrong(b.read(t, l)); why != "" {
					t.Errorf("%s, %s: %q %q: %s", s.name, istat, l.href, l.text, why)
					continue
				}
				right++
			}
		}
		if s.make != nil && real < fewReal {
			r := rand.New(rand.NewPCG(7, uint64(len(s.name))))
			for made = range generated {
				l := s.make(r)
				l.istat = order[made%len(order)]
				if why := s.wrong(b.read(t, l)); why != "" {
					t.Errorf("%s, generated: %q %q: %s", s.name, l.href, l.text, why)
					continue
				}
				madeRight++
			}
			made = generated
		}
		rows.add(s.name, s.must, real, right, few(made), few(madeRight))
	}
}

func few(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// newForms measures the form of December 2025, of which no real one is in the
// corpus.
func (d *accuracyDoc) newForms(t *testing.T, b *bench) {
	r := rand.New(rand.NewPCG(20251223, 1))
	right := 0
	for range generatedNew {
		n := makeNewForm(r)
		c := registry.Comune{Istat: "990001", IPA: strings.ToLower(n.ipa), Name: "Prova", Site: registry.Site{URL: "https://www.comune.prova.zz.it/"}}
		a, ok := agid.ParseLink(n.href)
		if !ok || a.Kind != agid.KindNew || a.IPA != n.ipa || a.Slug != n.slug {
			t.Errorf("%q: read as %+v, want %s and %q", n.href, a, n.ipa, n.slug)
			continue
		}
		if again, ok := agid.ParseLink(a.URL); !ok || again.URL != a.URL || again.Slug != a.Slug {
			t.Errorf("%q: its canonical form %q reads as %+v", n.href, a.URL, again)
			continue
		}
		judged := func(c registry.Comune) string {
			home := homeOf(c, n.corpusLink)
			return said(b.check(t, declaration).Finding(checks.Case{Comune: c, Facts: b.observe(c, home), Visit: b.visit(home), Date: accuracyDay}))
		}
		other := c
		other.IPA = "c_zz99"
		if mine, theirs := judged(c), judged(other); mine != "pass" || theirs != "warn other_body" {
			t.Errorf("%q: %s for the body itself, %s for another", n.href, mine, theirs)
			continue
		}
		right++
	}
	d.line("Links of the new form `/<codice IPA>/<slug>/dichiarazione` (slugs with `/`, `%%2f`, accents, quotes; some wrapped): %d generated, %d read to the same code and slug, `pass` for the body itself and `other_body` for another.", generatedNew, right)
}

// comuniOfCorpus measures what each comune's links come to.
func (d *accuracyDoc) comuniOfCorpus(t *testing.T, b *bench, byComune map[string][]corpusLink, order []string) {
	facts, comuni := map[string][]finding.Fact{}, map[string]registry.Comune{}
	visits := map[string]page.Visit{}
	for _, istat := range order {
		c := b.comune(istat)
		pages := []*page.Page{homeOf(c, byComune[istat]...)}
		for _, l := range b.followed(t, pages[0]) { // the corpus does not hold what they lead to: pages without a link
			if l.URL != "" && l.URL != pages[0].FinalURL {
				pages = append(pages, pageOf(l.URL, 1))
			}
		}
		comuni[istat], facts[istat], visits[istat] = c, b.observe(c, pages...), b.visit(pages...)
	}
	judge := func(istat string, answers map[string]agid.Answer) finding.Finding {
		return b.check(t, declaration).Finding(checks.Case{Comune: comuni[istat], Facts: facts[istat], Visit: visits[istat], Answers: answers, Date: accuracyDay})
	}
	answers := corpusAnswers(t)

	rows := d.table("Comuni", "what", "n", "right")
	d.outcomes(t, b, rows, byComune, facts)

	var single, taken, aimed, aimedTaken, aimsOnly, aimsOnlyPassed int
	cycle := map[string]map[string]int{}
	unasked := map[string]map[string]int{}
	var judged, judgedRight, silentRed int
	for _, istat := range order {
		_, ids := seen(facts[istat])
		linked, withStatus := map[string]bool{}, map[string]agid.Answer{}
		onlyAims, anyAims := true, false
		for _, l := range byComune[istat] {
			id := idIn(l.href)
			if aims.MatchString(l.text) {
				aimed++
				anyAims = true
				if id != "" && slices.Contains(ids, id) && !otherWords(byComune[istat], id) {
					aimedTaken++
					t.Errorf("%s: objectives %s were taken", istat, id)
				}
				continue
			}
			if id != "" {
				onlyAims = false
				linked[id] = true
				if a, ok := answers[istat][address(id)]; ok && a.Compliance != "" {
					withStatus[id] = a
				}
			}
		}
		if anyAims && onlyAims {
			aimsOnly++
			if f := judge(istat, nil); f.Verdict == finding.Pass || f.Verdict == finding.Warn {
				aimsOnlyPassed++
				t.Errorf("%s: has objectives alone and is %s", istat, said(f))
			}
		}
		if len(withStatus) != 1 {
			continue
		}
		single++
		for id := range withStatus {
			if slices.Contains(ids, id) {
				taken++
			} else {
				t.Errorf("%s: %s was not taken", istat, id)
			}
		}
		silent := judge(istat, nil)
		if silent.Verdict == finding.Fail {
			silentRed++
			t.Errorf("%s: red without AgID's word: %s", istat, silent.Reason)
		}
		if len(linked) != 1 {
			continue
		}
		for id, a := range withStatus {
			state := "current"
			if a.LastModified.Before(time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)) {
				state = "stale"
			}
			f := judge(istat, answers[istat])
			count(cycle, state, said(f))
			count(unasked, state, said(silent))
			judged++
			want := map[string]string{"current": "pass", "stale": "fail stale"}[state]
			if forApp(byComune[istat], id) {
				want = "warn other_asset"
			}
			if said(f) == want {
				judgedRight++
			} else {
				t.Errorf("%s: %s is %s, want %s (AgID: %s)", istat, id, said(f), want, a.LastModified.Format(time.DateOnly))
			}
		}
	}
	rows.add("links name exactly one publication with a status: taken", single, taken)
	rows.add("of these, with that publication alone: judged by AgID's date and words as the calendar says", judged, judgedRight)
	rows.add("of these, never red where AgID is not asked", single, single-silentRed)
	rows.add("links whose words say objectives: not taken", aimed, aimed-aimedTaken)
	rows.add("comuni with objectives only: not passed", aimsOnly, aimsOnly-aimsOnlyPassed)
	d.shared(t, rows, byComune, order, facts)

	d.matrix("What the date inside the link says, and what AgID says", "AgID's last change", "with AgID's answer", "AgID not asked", cycle, unasked)
	d.line("Comuni with one publication, which has a status. The cycle judged is that of 23 September 2024: current is what changed from 1 January 2024 on. The date inside a link never makes anybody red; nor does it prove that a publication was reviewed, which is what AgID is asked for.")
}

func count(m map[string]map[string]int, a, b string) {
	if m[a] == nil {
		m[a] = map[string]int{}
	}
	m[a][b]++
}

func address(id string) string { return "https://form.agid.gov.it/view/" + id }

// otherWords tells whether the same publication is linked under other words too.
func otherWords(links []corpusLink, id string) bool {
	return slices.ContainsFunc(links, func(l corpusLink) bool { return idIn(l.href) == id && !aims.MatchString(l.text) })
}

var saysApp = regexp.MustCompile(`(?i)\bapp\b|android|\bios\b`)

// forApp tells whether a publication is linked in the words of an app alone.
func forApp(links []corpusLink, id string) bool {
	return !slices.ContainsFunc(links, func(l corpusLink) bool { return idIn(l.href) == id && !saysApp.MatchString(l.text) })
}

// corpusAnswers are AgID's answers of 2025, as far as the data has them. Without
// a status the literal null stands, and what it is is not known.
func corpusAnswers(t *testing.T) map[string]map[string]agid.Answer {
	out := map[string]map[string]agid.Answer{}
	for _, r := range need.Table(t, "links", "declarations_dev.csv") {
		changed, err := time.Parse(time.RFC3339, r["last_modified"])
		if err != nil {
			t.Fatalf("%s: %v", r["istat"], err)
		}
		a := agid.Answer{Asked: true, Outcome: agid.Found, LastModified: changed, Source: "view"}
		if r["compliance"] != "null" {
			a.Compliance, a.Form = agid.Compliance(r["compliance"]), agid.FormDeclaration
		}
		if out[r["istat"]] == nil {
			out[r["istat"]] = map[string]agid.Answer{}
		}
		out[r["istat"]][address(strings.ToLower(r["publication_id"]))] = a
	}
	return out
}

// outcomes holds our reading of each comune's links against what was observed of
// it.
func (d *accuracyDoc) outcomes(t *testing.T, b *bench, rows *accuracyTable, byComune map[string][]corpusLink, facts map[string][]finding.Fact) {
	n, right := map[string]int{}, map[string]int{}
	for _, r := range need.Table(t, "links", "outcomes_dev.csv") {
		istat, want := r["istat"], r["outcome"]
		if want == "irraggiungibile" || want == "non_osservato" {
			continue // nobody looked at its links
		}
		got := "nessun_link"
		if len(byComune[istat]) > 0 {
			got = "solo_altri_link"
		}
		for _, f := range facts[istat] {
			if _, ok := checks.PublicationOf(f); ok {
				got = "agid_view"
			}
		}
		n[want]++
		if got == want {
			right[want]++
		} else {
			t.Errorf("%s: read as %s, observed as %s", istat, got, want)
		}
	}
	for _, o := range []struct{ word, what string }{
		{"agid_view", "observed with a link to a publication"}, {"solo_altri_link", "observed with other links only"}, {"nessun_link", "observed without a link"},
	} {
		rows.add("outcome reproduced: "+o.what, n[o.word], right[o.word])
		delete(n, o.word)
	}
	for o := range n {
		t.Errorf("an outcome nobody knows: %s", o)
	}
}

// shared holds the flag of publications borne by several comuni against a plain
// count.
func (d *accuracyDoc) shared(t *testing.T, rows *accuracyTable, byComune map[string][]corpusLink, order []string, facts map[string][]finding.Fact) {
	bearers := map[string][]string{}
	var flags report.Bearers
	for _, istat := range order {
		flags.Add(report.Named{Istat: istat}, facts[istat]...)
		for _, l := range byComune[istat] {
			if id := idIn(l.href); id != "" && !slices.Contains(bearers[id], istat) {
				bearers[id] = append(bearers[id], istat)
			}
		}
	}
	flagged := map[string]bool{}
	for _, s := range flags.Shared() {
		for _, c := range s.Comuni {
			flagged[idIn(s.URL)+c.Istat] = true
		}
	}
	publications, borne, right := 0, 0, 0
	for id, of := range bearers {
		if len(of) < 2 {
			continue
		}
		publications++
		for _, istat := range of {
			borne++
			if flagged[id+istat] {
				right++
			} else {
				t.Errorf("%s bears the shared %s and is not flagged", istat, id)
			}
			delete(flagged, id+istat)
		}
	}
	if len(flagged) > 0 {
		t.Errorf("flagged and borne by one alone: %v", flagged)
	}
	rows.add(fmt.Sprintf("bearers of the %d publications that several comuni link: flagged", publications), borne, right)
}
