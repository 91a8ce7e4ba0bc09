package registry

// Keeping a local copy, against a server of the test's own on loopback.

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const istatHeader = "Codice Regione;\"Codice dell'Unit\xe0 territoriale sovracomunale \n(valida a fini statistici)\";Codice Comune formato alfanumerico;" +
	"Denominazione (Italiana e straniera);Denominazione in italiano;Denominazione altra lingua;Denominazione Regione;" +
	"\"Flag Comune capoluogo di provincia/citt\xe0 metropolitana/libero consorzio\";Sigla automobilistica;Codice Comune formato numerico;Codice Catastale del comune\r\n"

// world is a server of all sources; the test changes what it gives.
type world struct {
	files  map[string]string // by the last part of the path
	offers []map[string]any  // resources of every data set, as package_show tells them
	status int
	tags   bool
	asked  []string // If-None-Match of each dump, in order
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	name := filepath.Base(r.URL.Path)
	if strings.HasSuffix(r.URL.Path, "/package_show") {
		write(rw, map[string]any{"success": true, "result": map[string]any{"resources": w.offers}})
		return
	}
	body, known := w.files[name]
	tag := fmt.Sprintf("%q", fmt.Sprint(len(body)))
	w.asked = append(w.asked, r.Header.Get("If-None-Match"))
	switch {
	case w.status != 0:
		rw.WriteHeader(w.status)
	case !known:
		http.NotFound(rw, r)
	case w.tags && r.Header.Get("If-None-Match") == tag:
		rw.WriteHeader(http.StatusNotModified)
	default:
		if w.tags {
			rw.Header().Set("ETag", tag)
		}
		if strings.HasSuffix(body, "CUT") {
			rw.Header().Set("Content-Length", fmt.Sprint(len(body)+100))
		}
		fmt.Fprint(rw, body)
	}
}

func manyComuni(n int) string {
	var bodies []body
	for i := range n {
		bodies = append(bodies, comune(i+1, fmt.Sprintf("Prova%c%c", 'a'+i/26, 'a'+i%26)))
	}
	return entiFile(append(bodies, body{ipa: "uc_prova", name: "Unione di Prova", tax: "1", category: "L18", istat: "054901"})...)
}

func istatList(n int) string {
	var b strings.Builder
	b.WriteString(istatHeader)
	for i := range n {
		fmt.Fprintf(&b, "10;054;%06d;x;Prov\xe0%c%c;;Umbria;0;PG;%d;Z%03d\r\n", 54901+i, 'a'+i/26, 'a'+i%26, 54901+i, i+1)
	}
	return b.String()
}

func newWorld() *world {
	return &world{tags: true, files: map[string]string{
		knownResources[slugEnti]:    manyComuni(40),
		knownResources[slugRTD]:     rtdHeader + "1,C_Z001,1,AA,UTD,Ada,Finta,x@y.it,2026-01-01\n2,uc_prova,1,BB,UTD,Ugo,Finto,x@y.it,2026-01-02\n",
		knownResources[slugOffices]: "Codice_IPA,Descrizione_uo\nc_z001,Ufficio per la transizione al Digitale\nc_z001,Anagrafe\n",
		"elenco.csv":                istatList(40),
	}}
}

type updater struct {
	t     *testing.T
	world *world
	o     UpdateOptions
	now   time.Time
}

func newUpdater(t *testing.T) *updater {
	u := &updater{t: t, world: newWorld(), now: noon}
	server := httptest.NewServer(u.world)
	t.Cleanup(server.Close)
	u.o = UpdateOptions{
		Dir: filepath.Join(t.TempDir(), "registry"), IPAURL: server.URL + "/ipa-dati", IstatURL: server.URL + "/elenco.csv",
		Client: server.Client(), MaxShrink: 0.05, Now: func() time.Time { return u.now },
	}
	return u
}

func (u *updater) update() (map[Source]SourceReport, error) {
	u.t.Helper()
	reports, err := Update(u.t.Context(), u.o)
	out := map[Source]SourceReport{}
	for _, r := range reports {
		out[r.Source] = r
	}
	left, _ := filepath.Glob(filepath.Join(u.o.Dir, ".*"))
	if len(left) > 0 {
		u.t.Errorf("left behind: %v", left)
	}
	return out, err
}

func (u *updater) must() map[Source]SourceReport {
	u.t.Helper()
	reports, err := u.update()
	if err != nil {
		u.t.Fatal(err)
	}
	return reports
}

func (u *updater) load() *Snapshot {
	u.t.Helper()
	s, err := Load(u.o.Dir, Extra{})
	if err != nil {
		u.t.Fatal(err)
	}
	return s
}

func TestUpdateFetchesAllAndThenNothing(t *testing.T) {
	u := newUpdater(t)
	for s, r := range u.must() {
		if r.Outcome != OutcomeUpdated || r.State.Fetched != noon || r.State.Checked != noon || r.State.Count == 0 {
			t.Errorf("%s: %+v", s, r)
		}
	}
	u.now = noon.Add(24 * time.Hour)
	u.world.asked = nil
	for s, r := range u.must() {
		if r.Outcome != OutcomeUnchanged || r.State.Fetched != noon || r.State.Checked != u.now {
			t.Errorf("%s again: %+v", s, r)
		}
	}
	if len(u.world.asked) != 4 || slices.Contains(u.world.asked, "") {
		t.Errorf("requests without a condition: %q", u.world.asked)
	}
	if s := u.load(); s.Age(u.now.Add(time.Hour)) != time.Hour {
		t.Errorf("age %v", s.Age(u.now))
	}
}

func TestUpdateKnowsTheSameContentWithoutATag(t *testing.T) {
	u := newUpdater(t)
	u.world.tags = false
	u.must()
	for s, r := range u.must() {
		if r.Outcome != OutcomeUnchanged {
			t.Errorf("%s: %+v", s, r)
		}
	}
}

func TestUpdateRefuses(t *testing.T) {
	enti := knownResources[slugEnti]
	tests := []struct {
		name   string
		change func(*world)
		kind   any
	}{
		{"a shrunken download", func(w *world) { w.files[enti] = manyComuni(37) }, new(*ShrunkenError)},
		{"an empty one", func(w *world) { w.files[enti] = entiHeader }, new(*ShrunkenError)},
		{"nothing at all", func(w *world) { w.files[enti] = "" }, new(*MissingColumnsError)},
		{"a page in its place", func(w *world) { w.files[enti] = "<html>manutenzione</html>" }, new(*MissingColumnsError)},
		{"a cut one", func(w *world) { w.files[enti] = manyComuni(60) + "CUT" }, nil},
		{"an error", func(w *world) { w.status = 500 }, new(*StatusError)},
		{"a redirect to nowhere", func(w *world) { delete(w.files, enti) }, new(*StatusError)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := newUpdater(t)
			u.o.Sources = []Source{SourceEnti}
			u.must()
			tt.change(u.world)
			u.now = noon.Add(24 * time.Hour)
			reports, err := u.update()
			if err == nil || reports[SourceEnti].Outcome != OutcomeFailed || reports[SourceEnti].State.Checked != noon {
				t.Fatalf("got %+v, %v", reports, err)
			}
			switch kind := tt.kind.(type) {
			case **ShrunkenError:
				if !errors.As(err, kind) || (*kind).Before != 40 {
					t.Errorf("got %v", err)
				}
			case **MissingColumnsError:
				if !errors.As(err, kind) {
					t.Errorf("got %v", err)
				}
			case **StatusError:
				if !errors.As(err, kind) {
					t.Errorf("got %v", err)
				}
			}
			if s := u.load(); len(s.Comuni) != 40 || s.AsOf != noon {
				t.Errorf("the copy has %d comuni as of %v", len(s.Comuni), s.AsOf)
			}
		})
	}
}

func TestUpdateAllowsALittleLoss(t *testing.T) {
	u := newUpdater(t)
	u.o.Sources = []Source{SourceEnti}
	u.must()
	u.world.files[knownResources[slugEnti]] = manyComuni(38)
	if r := u.must()[SourceEnti]; r.Outcome != OutcomeUpdated || r.Before != 40 || r.State.Count != 38 {
		t.Errorf("got %+v", r)
	}
	if s := u.load(); len(s.Comuni) != 38 {
		t.Errorf("%d comuni", len(s.Comuni))
	}
	before, err := readFile(folder(u.o.Dir).previous(SourceEnti), ReadEnti)
	if err != nil || len(before.Comuni) != 40 {
		t.Errorf("the copy before: %v, %v", before, err)
	}
}

func TestUpdateOfOneSourceStandsForItself(t *testing.T) {
	u := newUpdater(t)
	delete(u.world.files, knownResources[slugRTD])
	reports, err := u.update()
	var status *StatusError
	if !errors.As(err, &status) || status.Status != 404 {
		t.Errorf("got %v", err)
	}
	if reports[SourceRTD].Outcome != OutcomeFailed || reports[SourceEnti].Outcome != OutcomeUpdated || reports[SourceOffices].Outcome != OutcomeUpdated {
		t.Errorf("got %+v", reports)
	}
	if s := u.load(); len(s.Comuni) != 40 || s.Comuni[0].RTD.Known {
		t.Errorf("%d comuni, RTD known %v", len(s.Comuni), s.Comuni[0].RTD.Known)
	}
}

func TestUpdateOutOfReach(t *testing.T) {
	u := newUpdater(t)
	u.o.IPAURL, u.o.IstatURL, u.o.Client = "http://127.0.0.1:1/ipa-dati", "http://127.0.0.1:1/x", &http.Client{}
	reports, err := u.update()
	var out *UnreachableError
	if !errors.As(err, &out) || len(reports) != 4 {
		t.Errorf("got %+v, %v", reports, err)
	}
	if _, err := Load(u.o.Dir, Extra{}); !errors.Is(err, ErrNoCopy) {
		t.Errorf("Load: %v", err)
	}
}

func TestLoadWithoutACopy(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none"), Extra{}); !errors.Is(err, ErrNoCopy) {
		t.Errorf("got %v", err)
	}
}

func TestLoadFallsBackToTheCopyBefore(t *testing.T) {
	u := newUpdater(t)
	u.must()
	u.world.files[knownResources[slugEnti]] = manyComuni(41)
	u.must()
	if err := os.WriteFile(folder(u.o.Dir).path(SourceEnti), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := u.load()
	if diff := cmp.Diff([]Source{SourceEnti}, s.Stale); diff != "" || !s.AsOf.IsZero() || s.Age(u.now) < 1000*time.Hour {
		t.Errorf("as of %v (-want +got):\n%s", s.AsOf, diff)
	}
}

func TestADamagedCopyIsFetchedAnewThoughNothingChanged(t *testing.T) {
	for _, source := range Sources() {
		for name, tags := range map[string]bool{"where the server tells that it has not": true, "where it sends the file again": false} {
			t.Run(string(source)+" "+name, func(t *testing.T) {
				u := newUpdater(t)
				u.world.tags = tags
				u.must()
				if err := os.Truncate(folder(u.o.Dir).path(source), 40); err != nil {
					t.Fatal(err)
				}
				if r := u.must()[source]; r.Outcome != OutcomeUpdated || r.State.Count == 0 {
					t.Errorf("%+v", r)
				}
				s := u.load()
				if len(s.Stale)+len(s.Damaged) > 0 || !s.Join.Used || !s.Comuni[0].RTD.Known {
					t.Errorf("stale %v, damaged %v, join %+v", s.Stale, s.Damaged, s.Join)
				}
				if _, err := os.Stat(folder(u.o.Dir).previous(source)); err == nil {
					t.Error("what is damaged is kept as the copy before")
				}
			})
		}
	}
}

func TestLoadGoesWithoutWhatIsDamagedAndNotNeeded(t *testing.T) {
	damage := func(t *testing.T, sources ...Source) string {
		u := newUpdater(t)
		u.must()
		for _, s := range sources {
			if err := os.Truncate(folder(u.o.Dir).path(s), 40); err != nil {
				t.Fatal(err)
			}
		}
		return u.o.Dir
	}
	s, err := Load(damage(t, SourceIstat, SourceRTD), Extra{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Damaged, []Source{SourceIstat, SourceRTD}) || s.Join.Used || len(s.Comuni) != 40 || s.Comuni[0].RTD.Known {
		t.Errorf("damaged %v, join %+v, %d comuni, RTD %+v", s.Damaged, s.Join, len(s.Comuni), s.Comuni[0].RTD)
	}
	if _, err := Load(damage(t, SourceEnti), Extra{}); err == nil || errors.Is(err, ErrNoCopy) {
		t.Errorf("IPA's bodies are damaged: %v", err)
	}
}

func TestLoadWithoutItsStateIsAsOldAsCanBe(t *testing.T) {
	u := newUpdater(t)
	u.must()
	for _, state := range []string{"", "{", "null", `{"enti": 7}`} {
		if err := os.WriteFile(filepath.Join(u.o.Dir, stateFile), []byte(state), 0o600); err != nil {
			t.Fatal(err)
		}
		if s := u.load(); len(s.Comuni) != 40 || s.Age(u.now) < 1000*time.Hour {
			t.Errorf("%q: %d comuni, age %v", state, len(s.Comuni), s.Age(u.now))
		}
	}
	if r := u.must()[SourceEnti]; r.Outcome != OutcomeUpdated {
		t.Errorf("after it: %+v", r)
	}
}

func TestLoadJoinsEverything(t *testing.T) {
	u := newUpdater(t)
	u.must()
	population := filepath.Join(t.TempDir(), "pop.csv")
	unions := filepath.Join(t.TempDir(), "unions.csv")
	for name, text := range map[string]string{
		population: "codice_istat,popolazione,lat,lng\n54901,1.234,42.5,12.25\n054902,n.d.,,\n054903,7,95,NaN\n",
		unions:     "unione;istat\nUC_PROVA;054902\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Load(u.o.Dir, Extra{PopulationFile: population, UnionsFile: unions})
	if err != nil {
		t.Fatal(err)
	}
	first, second, third := s.Comuni[0], s.Comuni[1], s.Comuni[2]
	if first.Name != "Provàaa" || first.Population != 1234 || first.Lat != 42.5 || first.Lng != 12.25 {
		t.Errorf("first: %+v", first)
	}
	if diff := cmp.Diff([]RTDHolder{{IPA: "C_Z001", Name: "Ada Finta", Office: "UTD", Updated: "2026-01-01"}}, first.RTD.Holders); diff != "" || first.RTD.AsOf != noon {
		t.Errorf("RTD of the first (-want +got):\n%s", diff)
	}
	if len(second.RTD.Holders) != 1 || !second.RTD.Holders[0].Union || second.Population != 0 {
		t.Errorf("second: %+v", second)
	}
	if !third.RTD.Known || len(third.RTD.Holders) != 0 || third.Population != 7 || third.Lat != 0 || third.Lng != 0 {
		t.Errorf("third: %+v", third)
	}
	if len(s.Bodies) != 1 || s.Bodies[0].IPA != "uc_prova" {
		t.Errorf("bodies: %+v", s.Bodies)
	}
	if c, err := s.Catalogue().Find("provaab"); err != nil || c.Istat != "054902" {
		t.Errorf("find: %+v, %v", c, err)
	}
	if _, err := Load(u.o.Dir, Extra{UnionsFile: population}); err == nil {
		t.Error("a file of the wrong kind is taken")
	}
}

func TestInhabitantsAsPeopleWriteThem(t *testing.T) {
	read := func(cell string) (Place, error) {
		got, err := ReadPopulation(strings.NewReader("istat;popolazione\n054901;" + cell + "\n"))
		return got["054901"], err
	}
	for cell, want := range map[string]int{
		"1234": 1234, "1.234": 1234, "2.748.109": 2748109, "12 345": 12345, "12'345": 12345, "30": 30,
		"1234.0": 1234, "1234,00": 1234, "1.234,0": 1234, "123.0": 123, "1.000": 1000, "": 0, "-": 0, "n.d.": 0, "0": 0,
	} {
		got, err := read(cell)
		if err != nil || got.Population != want {
			t.Errorf("%q: %d, want %d, %v", cell, got.Population, want, err)
		}
	}
	for _, cell := range []string{"molti", "-3", "1234.5", "1.23", "12.3456", "1.2.3", "1e3", "12.345.678" /* more than any comune has */, "99999999999999999999", "=1+1"} {
		got, err := read(cell)
		var bad *CellError
		if !errors.As(err, &bad) || bad.Row != 2 || bad.Column != "popolazione" || bad.Value != cell {
			t.Errorf("%q: %+v, %v", cell, got, err)
		}
	}
}

func TestACopyCompletesAComuneThatWasLookedUpAlone(t *testing.T) {
	s := &Snapshot{Comuni: []Comune{
		{Istat: "990001", IPA: "c_z001", Population: 1},
		{Istat: "990002", IPA: "C_Z002", Name: "Prima", Province: "ZZ", Region: "Replica", Population: 1234, Lat: 42.5, Lng: 12.5, Aliases: []string{"Altro nome"}, RTD: Office{Unions: []string{"uc_zz1"}}},
	}}
	for name, c := range map[string]struct{ given, want Comune }{
		"what is missing is filled in": {
			Comune{Istat: "990002", IPA: "c_z002", Name: "Nuova"},
			Comune{Istat: "990002", IPA: "c_z002", Name: "Nuova", Province: "ZZ", Region: "Replica", Population: 1234, Lat: 42.5, Lng: 12.5, Aliases: []string{"Altro nome"}},
		},
		"what was looked up stays": {
			Comune{Istat: "990002", IPA: "c_z002", Province: "YY", Population: 99, Lat: 1},
			Comune{Istat: "990002", IPA: "c_z002", Province: "YY", Region: "Replica", Population: 99, Lat: 1, Aliases: []string{"Altro nome"}},
		},
		"a comune the copy does not know stays as it is": {Comune{Istat: "990009", IPA: "c_z009"}, Comune{Istat: "990009", IPA: "c_z009"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.given
			s.Complete(&got)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestJoinIstat(t *testing.T) {
	row := func(istat, name, catasto string) Comune {
		return Comune{Istat: istat, Name: name, Province: "PG", Catasto: catasto, IPA: "c_" + strings.ToLower(catasto)}
	}
	list := []IstatComune{
		{Istat: "054901", Name: "Unò", Province: "PG", Region: "Umbria", Catasto: "Z001"},
		{Istat: "112002", Name: "Due", Province: "SS", Region: "Sardegna", Catasto: "Z002"},
		{Istat: "054903", Name: "Tre", Other: "Drei", Province: "PG", Region: "Umbria", Catasto: "Z003"},
		{Istat: "054904", Name: "Quattro", Province: "PG", Region: "Umbria", Catasto: "Z004"},
		{Istat: "054905", Name: "Assente", Province: "PG", Region: "Umbria", Catasto: "Z005"},
	}
	comuni := []Comune{row("054901", "Uno'", "Z001"), row("090002", "Due", "Z002"), row("054963", "Tre", "Z963"), row("054999", "Cessato", "Z999")}
	displaced := []Comune{row("054901", "Quattro", "Z001"), row("054901", "Cessato pure", "Z001")}
	got, j := joinIstat(comuni, displaced, list)
	var lines []string
	for _, c := range got {
		lines = append(lines, fmt.Sprintf("%s %s %s %v", c.Istat, c.Name, c.Province, c.Quirks))
	}
	want := []string{
		"054901 Unò PG []", "054904 Quattro PG [seat_elsewhere]", "054905 Assente PG [not_in_ipa]", "054963 Tre PG []", "090002 Due SS []",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !j.Used || j.ByCode != 1 || j.ByCatasto != 1 || j.ByName != 2 || len(j.Ceased) != 1 || len(j.Absent) != 1 {
		t.Errorf("join %+v", j)
	}
	missing := got[2]
	if !missing.Doubtful || !missing.Site.Missing() {
		t.Errorf("a comune without a row: %+v", missing)
	}
	if _, j := joinIstat(comuni, nil, list[4:]); j.Used {
		t.Error("a list that knows none of them was used")
	}
}

func TestReadIstatReadsItsOddHeader(t *testing.T) {
	list, err := ReadIstat(strings.NewReader(istatHeader +
		"04;021;021908;x;Bolzafinta;Bozenfinta;Trentino-Alto Adige/S\xfcdtirol;1;BZ;21908;z908\r\n" +
		"20;111;111901;x;Fint\xf2;;Sardegna;0;SU;111901;Z111\r\n;;;;;;;;;;\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []IstatComune{
		{Istat: "021908", Name: "Bolzafinta", Other: "Bozenfinta", Province: "BZ", Region: "Trentino-Alto Adige", Catasto: "Z908", Capital: true},
		{Istat: "111901", Name: "Fintò", Province: "SU", Region: "Sardegna", Catasto: "Z111"},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
