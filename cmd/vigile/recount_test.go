package main

// Counts made anew over the export, each in a way of its own: the groups of the
// report's counts, those they leave out, what the facts alone tell, the classes of
// the index, and the pages of suppliers and unions.

import (
	"cmp"
	"encoding/csv"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/report"
)

// exportedRow is one row of the export by column.
type exportedRow map[string]string

// exported are the rows of an export.
func (r reported) exported(t *testing.T, at time.Time, args ...string) []exportedRow {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(r.must(t, at, append([]string{"export", "--format", "csv"}, args...)...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]exportedRow, len(lines)-1)
	for i, line := range lines[1:] {
		out[i] = exportedRow{}
		for j, name := range lines[0] {
			out[i][name] = line[j]
		}
	}
	return out
}

// siteless, doubtful and definite tell what a row says of its comune.
func (row exportedRow) siteless() bool {
	return row["reach"] == "no_url_in_registry" || row["reach"] == "bad_url"
}

func (row exportedRow) doubtful() bool {
	return row["verdict"] == "fail" && row["confidence"] == "low"
}
func (row exportedRow) definite() bool { return row["verdict"] != "unknown" && !row.doubtful() }

// makers are who makes each platform, as the catalogue of checks says.
func makers(t *testing.T) map[string]string {
	t.Helper()
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range list {
		if c.Meta.ID == "cms" {
			for value, v := range c.Meta.Values {
				out[value] = v.Supplier
			}
		}
	}
	return out
}

// groupsIn are the groups that a row counted under an id falls in.
func groupsIn(id string, row exportedRow, makers map[string]string) []string {
	switch id {
	case "supplier":
		return []string{cmp.Or(makers[row["value"]], "none")}
	case "platform", "rtd-source", "digital-plan":
		return []string{row["value"]}
	case "social":
		return strings.Fields(row["value"])
	case "online-services", "thematic-sites":
		var out []string
		for _, v := range strings.Split(row["value"], ",") {
			out = append(out, strings.TrimSpace(v))
		}
		return out
	}
	return []string{cmp.Or(row["reason"], row["verdict"])}
}

// sameGroups counts every group of the counts that ask one check, those that are to
// be confirmed, and those left out, by why.
func sameGroups(t *testing.T, counts map[string]report.Count, queries map[string]rowQuery, rows []exportedRow) {
	t.Helper()
	by, held := makers(t), 0
	for id, q := range queries {
		c := counts[id]
		groups, unsure := map[string][]string{}, map[string]bool{}
		base, likely := report.Base{}, 0
		for _, row := range rows {
			if row["check"] != q.check {
				continue
			}
			base.Comuni++
			seen := q.seen && row["reach"] == "ok" && row["reason"] == "not_visible_on_site"
			switch {
			case row.definite() || seen:
				base.Assessed++
			case row.siteless():
				base.NoSite++
			case row["reach"] != "ok":
				base.Unreachable++
			default:
				base.Open++
			}
			if row.doubtful() {
				likely++
			}
			switch {
			case !q.counts(row):
			case row.doubtful():
				unsure[row["istat"]] = true
			case row.definite():
				for _, g := range groupsIn(id, row, by) {
					groups[g] = append(groups[g], row["istat"])
				}
			}
		}
		got := map[string][]string{}
		for _, g := range c.Groups {
			got[g.Code] = who([]report.Group{g})
			held++
		}
		for _, istats := range groups {
			slices.Sort(istats)
		}
		if !maps.EqualFunc(got, groups, slices.Equal) {
			t.Errorf("%s: %v in the report, %v over the export", id, got, groups)
		}
		if c.Base != base || c.ToConfirm() != len(unsure) {
			t.Errorf("%s: %+v and %d to be confirmed in the report, %+v and %d over the export", id, c.Base, c.ToConfirm(), base, len(unsure))
		}
		if likely > 0 && (c.Likely == nil || *c.Likely != report.Likely{Comuni: c.Comuni + len(unsure), Assessed: base.Assessed + likely}) {
			t.Errorf("%s: %+v with those to be confirmed, %d more of %d more over the export", id, c.Likely, len(unsure), likely)
		}
	}
	if held < 60 {
		t.Errorf("only %d groups were counted", held)
	}
}

// sameIdentity counts by which services SPID or CIE was seen: those whose entry
// leads to a host on which a sign-in shows one of them, or a gateway to them.
func sameIdentity(t *testing.T, c report.Count, rows, facts []exportedRow) {
	t.Helper()
	host := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			return ""
		}
		return u.Hostname()
	}
	strong := map[string]bool{} // hosts, of a visit
	for _, f := range facts {
		if f["check"] == "login" && f["depth"] != "" && slices.Contains([]string{"spid", "cie", "gateway"}, f["kind"]) {
			strong[f["istat"]+" "+f["run"]+" "+host(f["url"])] = true
		}
	}
	want, assessed, entered := map[string][]string{}, 0, map[string]bool{}
	for _, row := range rows {
		if row["check"] != "online-services" || row["reach"] != "ok" && !row.definite() {
			continue
		}
		if row.definite() || row["reason"] == "not_visible_on_site" {
			assessed++
		}
		for _, f := range facts {
			entry := f["check"] == "online-services" && f["kind"] == "online" && f["istat"] == row["istat"] && f["run"] == row["run"]
			if !entry || !row.definite() || slices.Contains(want[f["value"]], f["istat"]) || !strong[f["istat"]+" "+f["run"]+" "+host(f["target"])] {
				continue
			}
			want[f["value"]] = append(want[f["value"]], f["istat"])
			entered[f["istat"]] = true
		}
	}
	got := map[string][]string{}
	for _, g := range c.Groups {
		got[g.Code] = who([]report.Group{g})
	}
	for _, istats := range want {
		slices.Sort(istats)
	}
	if !maps.EqualFunc(got, want, slices.Equal) || c.Comuni != len(entered) || c.Base.Assessed != assessed {
		t.Errorf("%d of %d, %v in the report; %d of %d, %v over the facts", c.Comuni, c.Base.Assessed, got, len(entered), assessed, want)
	}
}

// sameSuppliers finds the comuni of each supplier by their platform.
func sameSuppliers(t *testing.T, p report.Province, rows []exportedRow) {
	t.Helper()
	by, want := makers(t), map[string][]string{}
	for _, row := range rows {
		if s := by[row["value"]]; row["check"] == "cms" && row["verdict"] == "info" && s != "" {
			want[s] = append(want[s], row["istat"])
		}
	}
	got := map[string][]string{}
	for _, s := range p.Suppliers {
		for _, c := range s.Comuni {
			got[s.Name] = append(got[s.Name], c.Istat)
		}
		slices.Sort(got[s.Name])
	}
	for _, istats := range want {
		slices.Sort(istats)
	}
	if !maps.EqualFunc(got, want, slices.Equal) || len(got) == 0 {
		t.Errorf("%v in the report, %v over the export", got, want)
	}
}

// classOver is the class of three scores, by the words that are printed with it.
func classOver(scores []float64) string {
	slices.Sort(scores)
	switch lowest, middle, highest := scores[0], scores[1], scores[2]; {
	case lowest >= 40 && highest >= 70, lowest < 40 && middle >= 70:
		return "spinta"
	case middle < 40:
		return "blocchi-di-partenza"
	}
	return "stacco"
}

// sameClasses counts the bands and the classes of an index by the points over the
// export.
func sameClasses(t *testing.T, x report.Index, rows map[string]map[string]map[string]string) {
	t.Helper()
	of := map[string]int{"services": 20, "pa": 5, "openness": 3}
	classes, bands, partly, none := map[string]int{}, map[string]int{}, 0, 0
	for _, checks := range rows {
		points := pointsOf(checks)
		var low, high, here []float64
		share := 0.0
		for id, n := range of {
			sum, measured := 0.0, float64(len(points[id]))
			for _, v := range points[id] {
				sum += v
			}
			low, high = append(low, oneDecimal(sum/float64(n))), append(high, oneDecimal((sum+100*(float64(n)-measured))/float64(n)))
			share += 100 * measured / float64(n) / 3
			band := ""
			if measured > 0 {
				score := oneDecimal(sum / measured)
				here = append(here, score)
				band = "low"
				if score >= 40 {
					band = "sufficient"
				}
				if score >= 70 {
					band = "high"
				}
			}
			bands[id+" "+band]++
		}
		class := classOver(low)
		if class != classOver(high) {
			class = ""
		}
		if len(here) == 3 {
			class = classOver(here)
		}
		classes[class]++
		switch {
		case len(here) == 0:
			none++
		case len(here) < 3 || share < 60:
			partly++
		}
	}
	for _, c := range x.Classes {
		if c.Comuni != classes[string(c.Class)] {
			t.Errorf("%d of the class %q, over the export %d", c.Comuni, c.Class, classes[string(c.Class)])
		}
	}
	got := map[string]int{}
	for _, l := range x.Comuni {
		for _, p := range l.Parts {
			got[p.ID+" "+string(p.Band)]++
		}
	}
	if !maps.Equal(got, bands) {
		t.Errorf("the bands %v, over the export %v", got, bands)
	}
	if x.Base.Partial != partly || x.Base.None != none || len(classes) < 3 {
		t.Errorf("%+v, over the export %d partly and %d not at all; %v", x.Base, partly, none, classes)
	}
}

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
	w.sameDuties(t, rows)
}

// sameDuties counts what the page of the province tells: the sites read, the duties by
// verdict, and where the desk for businesses was seen.
func (w *walk) sameDuties(t *testing.T, rows []exportedRow) {
	t.Helper()
	comuni, read, siteless, seen, unseen := map[string]bool{}, map[string]bool{}, map[string]bool{}, 0, 0
	duties := map[string]map[string]int{}
	for _, row := range rows {
		if row["provincia"] != "ZZ" {
			continue
		}
		comuni[row["istat"]] = true
		read[row["istat"]] = row["reach"] == "ok"
		siteless[row["istat"]] = row.siteless()
		offers := slices.Contains(strings.Split(row["value"], ","), "suap")
		switch {
		case row["check"] != "online-services":
		case offers:
			seen++
		case row["reach"] == "ok":
			unseen++
		}
		if row["nature"] != "obbligo" {
			continue
		}
		if duties[row["check"]] == nil {
			duties[row["check"]] = map[string]int{}
		}
		verdict := row["verdict"]
		if row.doubtful() {
			verdict = "unknown"
		}
		duties[row["check"]][verdict]++
		duties[row["check"]]["all"]++
		if row.definite() {
			duties[row["check"]]["assessed"]++
		}
	}
	of := func(marked map[string]bool) int {
		n := 0
		for _, is := range marked {
			if is {
				n++
			}
		}
		return n
	}
	d := w.page(t, "/province/ZZ")
	for parameters, n := range map[string]int{
		"provincia=ZZ": len(comuni), "provincia=ZZ&reach=ok": of(read), "provincia=ZZ&senza_sito=si": of(siteless),
		"provincia=ZZ&visto=suap": seen, "non_visto=suap&provincia=ZZ&reach=ok": unseen,
	} {
		if got := d.Find("main p a[href='/comuni?" + parameters + "']").Text(); got != strconv.Itoa(n) {
			t.Errorf("%s: %q, over the export %d", parameters, got, n)
		}
	}
	told := map[string]bool{}
	d.Find("#missing-caption ~ tbody tr").Each(func(_ int, tr *goquery.Selection) {
		check := strings.TrimPrefix(tr.Find("th a").AttrOr("href", ""), "/checks#")
		told[check] = true
		n := duties[check]
		got := tr.Find("td.number").Map(func(_ int, td *goquery.Selection) string { return td.Text() })
		want := []string{strconv.Itoa(n["fail"]), strconv.Itoa(n["warn"]), strconv.Itoa(n["unknown"]), strconv.Itoa(n["pass"]), strconv.Itoa(n["assessed"]) + " su " + strconv.Itoa(n["all"])}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, over the export %q", check, got, want)
		}
	})
	if len(told) != len(duties) || len(told) < 10 {
		t.Errorf("%d duties are told, %d are in the export", len(told), len(duties))
	}
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
