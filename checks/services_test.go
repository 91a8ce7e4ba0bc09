package checks

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/need"
	"github.com/vigile-it/vigile/internal/registry"
)

// seenOnRealPages are the findings that real pages give by themselves, looked at
// by eye; what is not here is unknown, and no other is right.
var seenOnRealPages = map[string]map[string]string{
	"airasca/peopleweb_airasca_home.html":                      {bookingID: "pass", reportIssueID: "pass", onlineID: "info certificates,imu", designID: "pass"},
	"airasca/peopleweb_airasca_uffici.html":                    {bookingID: "pass", reportIssueID: "pass", designID: "pass"},
	"alpignano/comweb_home_alpignano.html":                     {bookingID: "pass", reportIssueID: "pass", onlineID: "info building,fines,imu", designID: "pass"},
	"alpignano/comweb_servizi_alpignano.html":                  {bookingID: "pass", reportIssueID: "pass", designID: "pass"},
	"alpignano/comweb_uffici_alpignano.html":                   {bookingID: "pass", reportIssueID: "pass", designID: "pass"},
	"fiumicino/fiumicino_bando_singolo.html":                   {bookingID: "pass", reportIssueID: "pass", designID: "pass"},
	"delebio/delebio_home_head.html":                           {onlineID: "info suap"},
	"_template-design-comuni/sito-homepage.ref.html":           {designID: "pass"},
	"_template-design-comuni/sito-domande-frequenti.ref.html":  {designID: "pass"},
	"_template-design-comuni/accesso-servizio.html":            {designID: "warn model_partial"},
	"_template-design-comuni/segnalazione-area-personale.html": {designID: "pass"},
}

func TestRealPagesShowWhatTheyOfferAndNothingElse(t *testing.T) {
	dir := need.Data(t, "pages")
	list := catalogue(t)
	for _, row := range need.Table(t, "pages", "manifest.csv") {
		body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(row["file"])))
		if err != nil {
			t.Fatal(err)
		}
		address := strings.Fields(row["url"] + " https://www.comune.senzanome.it/")[0]
		p := page.Parse(page.Raw{URL: address, FinalURL: address, Status: 200, Body: body, Header: http.Header{}, For: []string{page.Home}})
		place, _, _ := strings.Cut(row["file"], "/")
		c := registry.Comune{Name: strings.ToUpper(place[:1]) + place[1:]}
		k := Case{Comune: c, Facts: observed(t, c, p), Visit: wholeVisit(list, p), Date: corpusDay}
		got := map[string]string{}
		for _, id := range []string{bookingID, reportIssueID, onlineID, thematicID, digitalPlanID, designID} {
			f := checkOf(t, id).Finding(k)
			if f.Verdict == finding.Unknown {
				continue
			}
			got[id] = verdictOf(f)
			if f.Verdict == finding.Info {
				got[id] += " " + f.Value
			}
		}
		want := seenOnRealPages[row["file"]]
		if want == nil {
			want = map[string]string{}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", row["file"], d)
		}
	}
}

func TestADomainIsJudgedByItsStructure(t *testing.T) {
	for _, tc := range []struct{ url, name, want string }{
		{"https://www.comune.borgofinto.pg.it/", "Borgofinto", "pass"},
		{"https://comune.borgofinto.it/", "Borgofinto", "pass"},
		{"https://www.comune.borgofinto.perugia.it/home", "Borgofinto", "pass"},
		{"https://www.comune.borgofinto.umbria.it/", "Borgofinto", "pass"},
		{"https://www.gemeinde.hinterberg.bz.it/de", "Montedietro", "pass"},
		{"https://portale.comune.borgofinto.pg.it/", "Borgofinto", "pass"},
		{"https://www.comunediborgofinto.it/", "Borgofinto", "warn domain_unusual"},
		{"https://www.borgofinto.eu/it/home", "Borgofinto", "warn domain_unusual"},
		{"https://www.comune.borgofinto.vendor.it/", "Borgofinto", "warn domain_unusual"},
		{"https://www.comune.borgofinto.pg.com/", "Borgofinto", "warn domain_unusual"},
		{"https://comune.it/", "Borgofinto", "warn domain_unusual"},
		{"https://www.comune.borgofinto.gov.it/", "Borgofinto", "warn gov_domain"},
		{"https://www.comune.gov.it/", "Borgofinto", "warn gov_domain"},
		{"https://www.portali-comuni.com/c000000", "Borgofinto", "warn shared_host"},
		{"https://www.portali-comuni.com/", "Borgofinto", "warn domain_unusual"},
		{"https://www.comune.borgofinto.pg.test/", "Borgofinto", "not_applicable"},
		{"", "Borgofinto", "unknown not_visible_on_site"},
	} {
		t.Run(tc.url, func(t *testing.T) {
			k := Case{Comune: registry.Comune{Name: tc.name}, Visit: page.Visit{Reach: page.ReachOK, FinalURL: tc.url}}
			if got := verdictOf(checkOf(t, domainID).Finding(k)); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			judgedWell(t, catalogue(t), k)
		})
	}
}

func TestASiteIsTheirsByItsNameAlone(t *testing.T) {
	const home = "comune.borgofinto.pg.it"
	for host, want := range map[string]bool{
		"turismo.comune.borgofinto.pg.it": true,
		"museo.borgofinto.pg.it":          true,
		"visitborgofinto.it":              true,
		"visit-borgofinto.com":            true,
		"borgofinto-turismo.it":           true,
		"borgofinto.bibliorete.it":        false, // a vendor's
		"comunediborgofinto.portale.it":   false,
		"sanborgofinto.it":                false, // another place
		"visitumbria.it":                  false,
		"regione.umbria.it":               false,
		"borgofinto":                      false,
		"":                                false,
	} {
		if got := ownSite(host, home, placeNames("Borgofinto", home)); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
	if got := placeNames("Re", "comune.re.vb.it"); len(got) != 0 {
		t.Errorf("a name as short as that is found anywhere: %v", got)
	}
}

func TestAServiceIsKnownWithTheWaysToSignInThere(t *testing.T) {
	entry := func(id, target string) finding.Fact {
		return finding.Fact{Check: onlineID, Kind: factOnline, Value: id, Target: target}
	}
	facts := []finding.Fact{
		entry("tari", "https://servizi.borgofinto.example/tari"), entry("suap", "https://suap.example/"), entry("tari", "https://other.example/"),
		{Check: onlineID, Kind: factDescribed, Value: "imu", Target: fixtureHome + "imu"},
		{Check: loginFacts, Kind: factSPID, URL: "https://servizi.borgofinto.example/login", Depth: 1},
		{Check: loginFacts, Kind: factCIE, URL: "https://servizi.borgofinto.example/login", Depth: 1},
		{Check: loginFacts, Kind: factEntry, URL: "https://servizi.borgofinto.example/login", Depth: 1},
		{Check: loginFacts, Kind: factSPID, URL: fixtureHome, Depth: 1},
	}
	var got []string
	for _, s := range OnlineServices(facts) {
		got = append(got, s.ID+" "+s.URL+" "+strings.Join(s.Methods, "+"))
	}
	want := []string{"suap https://suap.example/ ", "tari https://servizi.borgofinto.example/tari cie+spid"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s := MainServices(); len(s) != 20 || !slices.IsSorted(s) || !slices.Contains(s, "suap") {
		t.Errorf("the main services are %v", s)
	}
	if v := strings.Join(MainServices(), ","); len(v) > finding.MaxValue {
		t.Errorf("all of them are %d bytes", len(v))
	}
}

func TestTheRulesOfServicesNameServices(t *testing.T) {
	b := builder{}
	named := map[string]bool{}
	for _, r := range b.rules(onlineID).Rules() {
		named[r.Value] = true
		if r.Value != valuePortal && r.Value != valueOnline && !slices.Contains(MainServices(), r.Value) {
			t.Errorf("%s is of %s, which is no service", r.ID, r.Value)
		}
	}
	for _, id := range MainServices() {
		if !named[id] {
			t.Errorf("no rule names %s", id)
		}
	}
}

func TestToolkitVersionsAreThoseOfTheToolkit(t *testing.T) {
	for text, want := range map[string]string{
		"https://cdn.jsdelivr.net/npm/bootstrap-italia@2.8.2/dist/css/x.css": "2.8.2",
		"/lib/bootstrap-italia/1.6/css/bootstrap-italia.min.css":             "1.6",
		"window.bootstrap_italia_version = '2.10.0'":                         "2.10.0",
		"/themes/design-comuni/bootstrap-italia.min.css?ver=6.7":             "",
		"/bootstrap-italia/css/bi-verde-standard.css?639063401651135790":     "",
		"/assets/bootstrap-4.3.1.css":                                        "",
	} {
		if got := toolkitVersion(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
