package main

// What the pages of suppliers, unions, regions and provinces tell, counted anew over
// the export.

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/vigile-it/vigile/checks"
)

// fault is a duty that is not met for one reason.
type fault struct{ check, reason string }

// group is what the export says of some comuni together.
type group struct {
	comuni   map[string]bool
	failing  map[string]int // duties not met, by comune
	assessed map[string]int // by check
	faults   map[fault]int
}

func newGroup() *group {
	return &group{comuni: map[string]bool{}, failing: map[string]int{}, assessed: map[string]int{}, faults: map[fault]int{}}
}

func (g *group) add(row exportedRow) {
	g.comuni[row["istat"]] = true
	if row.definite() {
		g.assessed[row["check"]]++
	}
	if row["nature"] == "obbligo" && row["verdict"] == "fail" && !row.doubtful() {
		g.failing[row["istat"]]++
		g.faults[fault{row["check"], row["reason"]}]++
	}
}

// shared are the faults of at least two comuni, each with how many have it and how
// many were assessed, by check and reason; only those of some checks, if any are named.
func (g *group) shared(checks map[string]bool) map[string][2]string {
	out := map[string][2]string{}
	for f, n := range g.faults {
		if n > 1 && (checks == nil || checks[f.check]) {
			out[f.check+"-"+strings.ReplaceAll(f.reason, "_", "-")] = [2]string{strconv.Itoa(n), strconv.Itoa(g.assessed[f.check])}
		}
	}
	return out
}

// faultsOn are the faults that a page tells.
func faultsOn(d *goquery.Document) map[string][2]string {
	out := map[string][2]string{}
	d.Find("#faults-caption ~ tbody tr").Each(func(_ int, tr *goquery.Selection) {
		n := tr.Find("td.number")
		out[strings.TrimPrefix(tr.Find("th a").AttrOr("href", ""), "#")] = [2]string{n.Eq(0).Text(), n.Eq(1).Text()}
	})
	return out
}

// samePages counts what the pages of suppliers and unions tell.
func (w *walk) samePages(t *testing.T, rows, facts []exportedRow) {
	t.Helper()
	by, cms := makers(t), map[string]string{}
	for _, row := range rows {
		if row["check"] == "cms" && row["verdict"] == "info" {
			cms[row["istat"]] = row["value"]
		}
	}
	suppliers := map[string]*group{}
	without, unsorted := map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		value, known := cms[row["istat"]]
		switch name := by[value]; {
		case name != "":
			if suppliers[name] == nil {
				suppliers[name] = newGroup()
			}
			suppliers[name].add(row)
		case known && isPlatform(by, value):
			without[row["istat"]] = true
		default:
			unsorted[row["istat"]] = true
		}
	}
	w.sameSuppliers(t, suppliers, len(without), len(unsorted))
	w.sameUnions(t, rows, facts, suppliers)
	w.samePlaces(t, rows)
}

// place is what the export says of the comuni of a region or a province.
type place struct {
	comuni, read, siteless, failing, seen, unseen map[string]bool
	duties                                        map[string]map[string]int    // by check, how many of each verdict
	unmet                                         map[string]map[string]string // by check, the provinces of those that fail
	passed                                        map[string]map[string]bool   // by comune, the checks in order
}

func newPlace(rows []exportedRow, column, name string) place {
	of := func() map[string]bool { return map[string]bool{} }
	p := place{of(), of(), of(), of(), of(), of(), map[string]map[string]int{}, map[string]map[string]string{}, map[string]map[string]bool{}}
	for _, row := range rows {
		if row[column] == name {
			p.add(row)
		}
	}
	return p
}

func (p place) add(row exportedRow) {
	istat, check, verdict := row["istat"], row["check"], row["verdict"]
	if row.doubtful() {
		verdict = "unknown"
	}
	p.comuni[istat] = true
	switch {
	case row.siteless():
		p.siteless[istat] = true
	case row["reach"] == "ok":
		p.read[istat] = true
	}
	if p.passed[istat] == nil {
		p.passed[istat] = map[string]bool{}
	}
	p.passed[istat][check] = verdict == "pass"
	if check == "online-services" {
		switch {
		case slices.Contains(strings.Split(row["value"], ","), "suap"):
			p.seen[istat] = true
		case row["reach"] == "ok":
			p.unseen[istat] = true
		}
	}
	if row["nature"] != "obbligo" {
		return
	}
	if p.duties[check] == nil {
		p.duties[check], p.unmet[check] = map[string]int{}, map[string]string{}
	}
	p.duties[check][verdict]++
	p.duties[check]["all"]++
	if row.definite() {
		p.duties[check]["assessed"]++
	}
	if verdict == "fail" {
		p.unmet[check][istat] = row["provincia"]
		if row["reach"] == "ok" {
			p.failing[istat] = true
		}
	}
}

// row is a place in a table of places.
func (p place) row() []string {
	var out []string
	for _, of := range []map[string]bool{p.comuni, p.read, p.siteless, p.failing} {
		out = append(out, strconv.Itoa(len(of)))
	}
	return out
}

// ofThemes are the checks that are all in order where a comune is counted for a theme.
func ofThemes() map[string][]string {
	return map[string][]string{
		"accessibility": {"accessibility-declaration", "accessibility-objectives"}, "rtd": {"rtd"}, "identity": {"spid", "cie", "legacy-login"},
		"payments": {"pagopa"}, "app-io": {"app-io"}, "transparency": {"transparency", "albo-pretorio"}, "privacy": {"privacy", "dpo"}, "https": {"https"},
	}
}

// samePlaces counts the pages of the regions and of the province.
func (w *walk) samePlaces(t *testing.T, rows []exportedRow) {
	t.Helper()
	regions := map[string]bool{}
	for _, row := range rows {
		regions[row["regione"]] = true
	}
	w.samePlaceRows(t, "/regioni", rows, "regione", len(regions))
	w.page(t, "/regioni").Find("#places-caption ~ tbody th a").Each(func(_ int, a *goquery.Selection) {
		path := a.AttrOr("href", "")
		w.sameTerritory(t, path, "regione="+url.QueryEscape(a.Text()), newPlace(rows, "regione", a.Text()))
		w.samePlaceRows(t, path, rows, "provincia", 1)
	})
	w.sameTerritory(t, "/province/ZZ", "provincia=ZZ", newPlace(rows, "provincia", "ZZ"))
}

func (w *walk) samePlaceRows(t *testing.T, path string, rows []exportedRow, column string, most int) {
	t.Helper()
	told := w.page(t, path).Find("#places-caption ~ tbody tr")
	if told.Length() != most {
		t.Errorf("%s: %d places, over the export %d", path, told.Length(), most)
	}
	told.Each(func(_ int, tr *goquery.Selection) {
		name := tr.Find("th").Text()
		if got, want := wordsOf(tr.Find("td.number"))[:4], newPlace(rows, column, name).row(); !slices.Equal(got, want) || want[0] == "0" {
			t.Errorf("%s: %s %q, over the export %q", path, name, got, want)
		}
	})
}

func wordsOf(of *goquery.Selection) []string {
	return of.Map(func(_ int, one *goquery.Selection) string { return one.Text() })
}

// comuniOf are the comuni that links lead to.
func comuniOf(links *goquery.Selection) []string {
	out := links.Map(func(_ int, a *goquery.Selection) string {
		istat, _, _ := strings.Cut(strings.TrimPrefix(a.AttrOr("href", ""), "/comuni/"), "#")
		return istat
	})
	slices.Sort(out)
	return out
}

// sameTerritory counts what the page of a place tells: the sites read, the duties by
// verdict and who fails, the themes, and where the desk for businesses was seen.
func (w *walk) sameTerritory(t *testing.T, path, asked string, p place) {
	t.Helper()
	d := w.page(t, path)
	for more, n := range map[string]int{
		"": len(p.comuni), "reach=ok": len(p.read), "senza_sito=si": len(p.siteless), "visto=suap": len(p.seen), "non_visto=suap&reach=ok": len(p.unseen),
	} {
		parameters, err := url.ParseQuery(asked + "&" + more)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Find("main p a[href='/comuni?" + parameters.Encode() + "']").Text(); got != strconv.Itoa(n) {
			t.Errorf("%s: %s: %q, over the export %d", path, more, got, n)
		}
	}
	ofProvince := strings.HasPrefix(path, "/province/")
	if got := comuniOf(d.Find("section[aria-labelledby=suap] details a")); ofProvince && !slices.Equal(got, slices.Sorted(maps.Keys(p.unseen))) {
		t.Errorf("%s: the desk for businesses was not seen at %v, over the export %v", path, got, p.unseen)
	}
	rows := d.Find("#missing-caption ~ tbody tr")
	if rows.Length() != len(p.duties) || rows.Length() < 10 {
		t.Errorf("%s: %d duties are told, %d are in the export", path, rows.Length(), len(p.duties))
	}
	rows.Each(func(_ int, tr *goquery.Selection) {
		check := strings.TrimPrefix(tr.Find("th a").AttrOr("href", ""), "/checks#")
		n := p.duties[check]
		want := []string{strconv.Itoa(n["fail"]), strconv.Itoa(n["warn"]), strconv.Itoa(n["unknown"]), strconv.Itoa(n["pass"]), strconv.Itoa(n["assessed"]) + " su " + strconv.Itoa(n["all"])}
		if got := wordsOf(tr.Find("td.number")); !slices.Equal(got, want) {
			t.Errorf("%s: %s: %q, over the export %q", path, check, got, want)
		}
		list := d.Find("#missing-" + check).Next().Find("a")
		got, want := wordsOf(list), []string(nil)
		if ofProvince {
			got, want = comuniOf(list), slices.Sorted(maps.Keys(p.unmet[check]))
		} else if byProvince := counted(p.unmet[check]); len(byProvince) > 0 {
			want = []string{"ZZ", strconv.Itoa(byProvince["ZZ"])}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s is not met by %v, over the export %v", path, check, got, want)
		}
	})
	themes := d.Find("#models-caption ~ tbody tr")
	if themes.Length() != len(ofThemes()) {
		t.Errorf("%s: %d themes", path, themes.Length())
	}
	themes.Each(func(_ int, tr *goquery.Selection) {
		to, err := url.Parse(tr.Find("td.number a").AttrOr("href", ""))
		if err != nil {
			t.Fatal(err)
		}
		checks, n := ofThemes()[to.Query().Get("tema")], 0
		for _, passed := range p.passed {
			if !slices.ContainsFunc(checks, func(check string) bool { return !passed[check] }) {
				n++
			}
		}
		if got := tr.Find("td.number").Text(); len(checks) > 0 && got != strconv.Itoa(n) || len(checks) == 0 && got != "0" {
			t.Errorf("%s: %s is in order at %s, over the export at %d", path, tr.Find("th").Text(), got, n)
		}
	})
}

// counted are how many comuni are of each province.
func counted(provinces map[string]string) map[string]int {
	out := map[string]int{}
	for _, province := range provinces {
		out[province]++
	}
	return out
}

// unionsOver are the unions by code, with what the export says of their members, and
// the heads of each comune: what the registry said at the last visit of each.
func unionsOver(rows, facts []exportedRow) (unions map[string]*group, heads map[string][]string) {
	last, at := map[string]string{}, map[string]string{}
	for _, row := range rows {
		if istat := row["istat"]; row["checked_at"] >= at[istat] {
			last[istat], at[istat] = row["run"], row["checked_at"]
		}
	}
	unions, heads = map[string]*group{}, map[string][]string{}
	members := map[string]map[string]bool{}
	for _, f := range facts {
		istat, code := f["istat"], strings.ReplaceAll(strings.ToLower(f["value"]), "_", "-")
		if f["run"] != last[istat] {
			continue
		}
		if name := f["snippet"]; f["kind"] == "registry_rtd" && !slices.Contains(heads[istat], name) {
			heads[istat] = append(heads[istat], name)
		}
		if f["kind"] == "registry_union" || f["kind"] == "registry_rtd" && f["place"] == "union" {
			if members[code] == nil {
				members[code] = map[string]bool{}
			}
			members[code][istat] = true
		}
	}
	for code, of := range members {
		unions[code] = newGroup()
		for _, row := range rows {
			if of[row["istat"]] {
				unions[code].add(row)
			}
		}
	}
	return unions, heads
}

// headsOf counts the comuni of a province that share an RTD.
func headsOf(rows []exportedRow, heads map[string][]string, among func(istat string) bool) map[string]string {
	provinces, counts, out := map[string]string{}, map[string]int{}, map[string]string{}
	for _, row := range rows {
		provinces[row["istat"]] = row["provincia"]
	}
	for istat, names := range heads {
		for _, name := range names {
			if among(istat) {
				counts[name+" "+provinces[istat]]++
			}
		}
	}
	for key, n := range counts {
		if n > 1 {
			out[key] = strconv.Itoa(n)
		}
	}
	return out
}

// headsOn are the shared RTDs that a page tells.
func headsOn(d *goquery.Document) map[string]string {
	out := map[string]string{}
	d.Find("#heads-caption ~ tbody tr").Each(func(_ int, tr *goquery.Selection) {
		out[tr.Find("th").Text()+" "+tr.Find("td").First().Text()] = tr.Find("td.number").Text()
	})
	return out
}

// sameUnions counts every number of the page of unions and of that of each.
func (w *walk) sameUnions(t *testing.T, rows, facts []exportedRow, suppliers map[string]*group) {
	t.Helper()
	unions, heads := unionsOver(rows, facts)
	d, shared := w.page(t, "/unioni"), 0
	told := d.Find("#unions-caption ~ tbody tr")
	if told.Length() != len(unions) || len(unions) == 0 {
		t.Errorf("%d unions, %d over the export", told.Length(), len(unions))
	}
	told.Each(func(_ int, row *goquery.Selection) {
		code := strings.TrimPrefix(row.Find("th a").AttrOr("href", ""), "/unioni/")
		union := unions[code]
		if union == nil {
			t.Errorf("%s has no member over the export", code)
			return
		}
		n, want := row.Find("td.number"), union.shared(nil)
		if n.Eq(0).Text() != strconv.Itoa(len(union.comuni)) || n.Eq(1).Text() != strconv.Itoa(len(want)) {
			t.Errorf("%s has %s members and %s failures, over the export %d and %d", code, n.Eq(0).Text(), n.Eq(1).Text(), len(union.comuni), len(want))
		}
		page := w.page(t, "/unioni/"+code)
		if got := faultsOn(page); !maps.Equal(got, want) {
			t.Errorf("%s shares %v, over the export %v", code, got, want)
		}
		theirs := headsOf(rows, heads, func(istat string) bool { return union.comuni[istat] })
		if got := headsOn(page); !maps.Equal(got, theirs) {
			t.Errorf("%s: %v head several, over the export %v", code, got, theirs)
		}
		shared += len(want) * len(theirs)
		w.sameMembers(t, row, page, union, suppliers)
	})
	alone := headsOf(rows, heads, func(istat string) bool {
		for _, union := range unions {
			if union.comuni[istat] {
				return false
			}
		}
		return true
	})
	if got := headsOn(d); !maps.Equal(got, alone) {
		t.Errorf("%v head several beside the unions, over the export %v", got, alone)
	}
	if shared == 0 {
		t.Error("no union shares failures and an RTD")
	}
}

// sameMembers counts the suppliers of a union's members and the duties that each
// does not meet.
func (w *walk) sameMembers(t *testing.T, row *goquery.Selection, page *goquery.Document, union *group, suppliers map[string]*group) {
	t.Helper()
	shares, theirs, most := map[string]string{}, map[string]string{}, 0
	page.Find("section[aria-labelledby=suppliers] li").Each(func(_ int, li *goquery.Selection) {
		shares[li.Find("a").First().Text()] = li.Find("a").Last().Text()
	})
	for name, g := range suppliers {
		n := 0
		for istat := range g.comuni {
			if union.comuni[istat] {
				n++
			}
		}
		if most = max(most, n); n > 0 {
			theirs[name] = strconv.Itoa(n)
		}
	}
	if !maps.Equal(shares, theirs) {
		t.Errorf("the suppliers of the union: %v, over the export %v", shares, theirs)
	}
	if got := row.Find("td").Eq(2).Find("a").Text(); most > 1 && got != strconv.Itoa(most) {
		t.Errorf("most members have a supplier of %q, over the export of %d", got, most)
	}
	page.Find("#members-caption ~ tbody tr").Each(func(_ int, tr *goquery.Selection) {
		istat := strings.TrimPrefix(tr.Find("th a").AttrOr("href", ""), "/comuni/")
		if got, want := tr.Find("td.number").Text(), strconv.Itoa(union.failing[istat]); got != want {
			t.Errorf("%s: %s duties to mend, over the export %s", istat, got, want)
		}
	})
}

// isPlatform tells whether the catalogue has a platform, of whomever.
func isPlatform(makers map[string]string, value string) bool {
	_, ok := makers[value]
	return ok
}

func (w *walk) sameSuppliers(t *testing.T, suppliers map[string]*group, without, unsorted int) {
	t.Helper()
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]bool{}
	for _, c := range list {
		theirs[c.Meta.ID] = slices.Contains(c.Meta.Who, "supplier")
	}
	d := w.page(t, "/fornitori")
	rows := d.Find("#suppliers-caption ~ tbody tr")
	if rows.Length() != len(suppliers) || len(suppliers) < 3 {
		t.Errorf("%d suppliers, %d over the export", rows.Length(), len(suppliers))
	}
	told := 0
	rows.Each(func(_ int, tr *goquery.Selection) {
		name, n := tr.Find("th").Text(), tr.Find("td.number")
		g := suppliers[name]
		if g == nil {
			t.Errorf("%s has no comune over the export", name)
			return
		}
		if n.Eq(0).Text() != strconv.Itoa(len(g.comuni)) || n.Eq(1).Text() != strconv.Itoa(len(g.failing)) {
			t.Errorf("%s: %s comuni, %s with something to mend; over the export %d, %d", name, n.Eq(0).Text(), n.Eq(1).Text(), len(g.comuni), len(g.failing))
		}
		page, want := w.page(t, tr.Find("th a").AttrOr("href", "")), g.shared(theirs)
		facts := page.Find("dl.facts dd a")
		if facts.Eq(0).Text() != strconv.Itoa(len(g.comuni)) || len(g.failing) > 0 && facts.Eq(1).Text() != strconv.Itoa(len(g.failing)) {
			t.Errorf("%s: its page says %q", name, facts.Text())
		}
		if got := faultsOn(page); !maps.Equal(got, want) {
			t.Errorf("%s: %v shared, over the export %v", name, got, want)
		}
		worst := tr.Find("td").Last().Find("a")
		if most := mostOf(want); worst.Length() > 0 != (most > 0) || most > 0 && worst.Eq(0).Text() != strconv.Itoa(most) {
			t.Errorf("%s: the worst is of %q, over the export of %d", name, worst.Eq(0).Text(), most)
		}
		told += len(want)
	})
	if told < 3 {
		t.Errorf("only %d failures are shared", told)
	}
	for asked, n := range map[string]int{"_nessuno": without, "_ignoto": unsorted} {
		link := d.Find("main > p a[href='/comuni?fornitore=" + asked + "']")
		if got := cmp.Or(link.Text(), "0"); got != strconv.Itoa(n) {
			t.Errorf("%s: %s, over the export %d", asked, got, n)
		}
	}
}

// mostOf is how many comuni have the fault that most have.
func mostOf(faults map[string][2]string) int {
	most := 0
	for _, f := range faults {
		n, _ := strconv.Atoi(f[0])
		most = max(most, n)
	}
	return most
}
