package registry

// The genuine dumps, where they stand beside the project.

import (
	"compress/gzip"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/need"
)

func readDump(t testing.TB, name string) *Dump {
	t.Helper()
	f, err := os.Open(need.Data(t, "ipa", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := ReadEnti(f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

type istatRow struct{ istat, name, province, region, catasto string }

func istatRows(t testing.TB) []istatRow {
	t.Helper()
	var out []istatRow
	for _, r := range need.Table(t, "ipa", "comuni_2026.csv") {
		out = append(out, istatRow{r["codice_istat"], r["nome"], r["sigla_provincia"], r["regione"], r["codice_catastale"]})
	}
	return out
}

func logCounts(t *testing.T, d *Dump) {
	t.Helper()
	t.Logf("%d rows, %d comuni, %d other bodies kept, %d displaced", d.Rows, len(d.Comuni), len(d.Bodies), len(d.Displaced))
	for _, q := range CountQuirks(d.Comuni) {
		t.Logf("%6d  %s", q.Count, q.Quirk)
	}
	for _, reason := range []string{DroppedCategory, DroppedOther, DroppedSecond, DroppedIstat, DroppedRagged, DroppedBroken} {
		t.Logf("%6d  dropped: %s", d.Dropped[reason], reason)
	}
}

func TestRealDumpOf2022(t *testing.T) {
	d := readDump(t, "enti_2022-02.csv.gz")
	logCounts(t, d)
	if d.Rows != 22843 {
		t.Errorf("%d rows, want 22,843", d.Rows)
	}
	// 7,782 rows of nature 2430 and 122 that read as a comune; Monteciccardo, by then part of
	// Pesaro, stands under Pesaro's code.
	if len(d.Comuni) != 7903 {
		t.Errorf("%d comuni, want 7,903", len(d.Comuni))
	}
	want := map[string]int{DroppedOther: 143, DroppedSecond: 1, DroppedCategory: d.Rows - 8047 - len(d.Bodies)}
	if diff := cmp.Diff(want, d.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	catalogue := NewCatalogue(d.Comuni)
	if got, _ := catalogue.ByIstat("058091"); got.Name != "Roma" || got.IPA != "c_h501" {
		t.Errorf("058091 is %s %s", got.IPA, got.Name)
	}
	for code, name := range map[string]string{"021014": "Caines", "021073": "Rifiano", "098031": "Lodi", "041044": "Pesaro", "026086": "Treviso"} {
		if got, _ := catalogue.ByIstat(code); got.Name != name {
			t.Errorf("%s is %q, want %s", code, got.Name, name)
		}
	}
	rows := istatRows(t)
	found := 0
	current := map[string]bool{}
	for _, r := range rows {
		current[r.istat] = true
		if _, ok := catalogue.ByIstat(r.istat); ok {
			found++
		}
	}
	var gone []string
	for _, c := range d.Comuni {
		if !current[c.Istat] {
			gone = append(gone, c.Name)
		}
	}
	t.Logf("of ISTAT's %d comuni of 2026, %d are found; gone since: %s", len(rows), found, strings.Join(gone, ", "))
	if len(gone) != 16 || found != 7903-16 {
		t.Errorf("%d found, %d gone, want 7,887 and 16", found, len(gone))
	}
}

func TestRealDumpOf2026(t *testing.T) {
	d := readDump(t, "enti_comuni_2026-08.csv.gz")
	logCounts(t, d)
	if d.Rows != 7888 {
		t.Errorf("%d rows, want 7,888", d.Rows)
	}
	empty := 0
	for _, c := range d.Comuni {
		if c.Site.Missing() {
			empty++
		}
	}
	if empty != 21 {
		t.Errorf("%d without an address, want 21", empty)
	}
	rome, _ := NewCatalogue(d.Comuni).ByIstat("058091")
	if !rome.Doubtful {
		t.Errorf("Rome's stray row is not doubtful: %+v", rome)
	}
}

func TestRealNames(t *testing.T) {
	d := readDump(t, "enti_2022-02.csv.gz")
	catalogue := NewCatalogue(d.Comuni)
	unfound, wrong := 0, 0
	for _, r := range istatRows(t) {
		c, ok := catalogue.ByIstat(r.istat)
		if !ok {
			continue
		}
		got, err := catalogue.Find(r.name + " (" + r.province + ")")
		if err != nil {
			unfound++
			t.Logf("%s (%s), %q in IPA: %v", r.name, r.istat, c.Denomination, err)
		} else if got.Istat != r.istat {
			wrong++
			t.Errorf("%s (%s) finds %s", r.name, r.province, got.Istat)
		}
	}
	// Twelve were renamed between the dump and ISTAT's list.
	if unfound > 12 || wrong > 0 {
		t.Errorf("%d of ISTAT's names find nothing, %d find another comune", unfound, wrong)
	}
}

func TestRealNamesBorneTwice(t *testing.T) {
	byKey := map[string][]string{}
	for _, r := range istatRows(t) {
		byKey[spacedKey(r.name)] = append(byKey[spacedKey(r.name)], r.name)
	}
	var twice []string
	for key, names := range byKey {
		if len(names) > 1 {
			twice = append(twice, key)
		}
	}
	slices.Sort(twice)
	if diff := cmp.Diff([]string{"castro", "livo", "paterno", "peglio", "samone", "san teodoro"}, twice); diff != "" {
		t.Errorf("names borne twice (-want +got):\n%s", diff)
	}
}

func TestRealProvinces(t *testing.T) {
	names := map[string]istatRow{}
	for _, r := range istatRows(t) {
		names[r.istat] = r
		row, ok := provinceRowOf(r.istat)
		p := row.province()
		region, _, _ := strings.Cut(r.region, "/")
		if !ok || p.Code != r.province || p.Region != region {
			t.Errorf("%s %s: got %s, %s; want %s, %s", r.istat, r.name, p.Code, p.Region, r.province, region)
		}
		if found, ok := FindRegion(r.region); !ok || found != region {
			t.Errorf("region %q found as %q", r.region, found)
		}
	}
	for _, p := range Provinces() {
		for _, istat := range p.Capitals {
			if c := names[istat]; c.province != p.Code || len(p.Capitals) == 1 && !strings.Contains(p.Name, c.name) && p.Code != "VB" && p.Code != "SU" && p.Code != "RC" {
				t.Errorf("chief town of %s is %s %s (%s)", p.Name, istat, c.name, c.province)
			}
		}
	}
}

func BenchmarkReadEnti(b *testing.B) {
	data, err := os.ReadFile(need.Data(b, "ipa", "enti_2022-02.csv.gz"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadEnti(strings.NewReader(string(data))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	catalogue := NewCatalogue(readDump(b, "enti_2022-02.csv.gz").Comuni)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = catalogue.Find("Spoletto")
	}
}

// copyOf makes a local copy of a dump and of ISTAT's list of 2026.
func copyOf(t testing.TB, dump string) string {
	t.Helper()
	dir := t.TempDir()
	put := func(s Source, r io.Reader) {
		a, err := folder(dir).receive(s, r)
		if err != nil {
			t.Fatal(err)
		}
		if err := folder(dir).replace(s, a); err != nil {
			t.Fatal(err)
		}
	}
	packed, err := os.Open(need.Data(t, "ipa", dump))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	plainText, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	put(SourceEnti, plainText)
	var list strings.Builder
	list.WriteString("Codice Comune formato alfanumerico;Denominazione in italiano;Denominazione Regione;Sigla automobilistica;Codice Catastale del comune\n")
	for _, r := range istatRows(t) {
		list.WriteString(strings.Join([]string{r.istat, r.name, r.region, r.province, r.catasto}, ";") + "\n")
	}
	put(SourceIstat, strings.NewReader(list.String()))
	return dir
}

func TestRealSnapshot(t *testing.T) {
	for dump, want := range map[string]struct{ ceased, absent int }{
		// Of the sixteen codes that are gone, two comuni changed province and one its code.
		"enti_2022-02.csv.gz":        {13, 6},
		"enti_comuni_2026-08.csv.gz": {0, 8},
	} {
		t.Run(dump, func(t *testing.T) {
			s, err := Load(copyOf(t, dump), Extra{PopulationFile: need.Data(t, "ipa", "comuni_2026.csv")})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("by code %d, by cadastral code %d, by name %d, ceased %d, absent %v", s.Join.ByCode, s.Join.ByCatasto, s.Join.ByName, len(s.Join.Ceased), s.Join.Absent)
			populated := 0
			for _, c := range s.Comuni {
				if c.Population > 0 {
					populated++
				}
			}
			if len(s.Comuni) != 7896 || populated != 7896 || len(s.Join.Ceased) != want.ceased || len(s.Join.Absent) != want.absent {
				t.Errorf("%d comuni, %d with population, %d ceased, %d absent", len(s.Comuni), populated, len(s.Join.Ceased), len(s.Join.Absent))
			}
			catalogue := s.Catalogue()
			for _, r := range istatRows(t) {
				if got, err := catalogue.Find(r.istat); err != nil || got.Name != r.name {
					t.Errorf("%s: got %s, %v", r.istat, got.Name, err)
				}
				if got, err := catalogue.Find(r.name + " (" + r.province + ")"); err != nil || got.Istat != r.istat && !slices.Contains(got.Aliases, r.istat) {
					t.Errorf("%s (%s): got %s, %v", r.name, r.province, got.Istat, err)
				}
			}
			if n := len(catalogue.Capitals()); n != 109 {
				t.Errorf("%d chief towns", n)
			}
			if n := len(catalogue.ByProvince("Perugia")); n != 59 {
				t.Errorf("%d comuni in PG", n)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	dir := copyOf(b, "enti_2022-02.csv.gz")
	b.ReportAllocs()
	for b.Loop() {
		s, err := Load(dir, Extra{})
		if err != nil {
			b.Fatal(err)
		}
		s.Catalogue()
	}
}
