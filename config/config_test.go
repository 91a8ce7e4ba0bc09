package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestDefaultsAreTheDocumentedOnes(t *testing.T) {
	cfg, err := load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range cfg.Settings() {
		if s.Origin != (Origin{}) {
			t.Errorf("%s comes from %+v, not from the defaults", s.Key, s.Origin)
		}
		got[s.Key] = s.Value
	}
	want := map[string]string{
		"data_dir": "./data", "store.driver": "bolt", "store.dsn": "", "store.keep": "1100d",
		"registry.ipa_url":         "https://indicepa.gov.it/ipa-dati",
		"registry.istat_url":       "https://www.istat.it/storage/codici-unita-amministrative/Elenco-comuni-italiani.csv",
		"registry.population_file": "", "registry.unions_file": "", "registry.variations_file": "", "registry.max_age": "24h", "registry.max_shrink": "5%",
		"network.resolver": "", "network.ca_file": "", "network.proxy": "", "network.allow_private_addresses": "false",
		"network.extra_ports": "[]", "network.user_agent": "vigile/<version> (+<contact>)", "network.contact": "",
		"crawl.sites_in_flight": "256", "crawl.per_host_delay": "1s", "crawl.per_address_in_flight": "4",
		"crawl.pages_per_site": "25", "crawl.site_budget": "3m", "crawl.page_limit": "5MB", "crawl.obey_robots": "true",
		"crawl.render": "off", "schedule.nightly": "30 1 * * *", "schedule.timezone": "Europe/Rome", "schedule.last_look": "1h",
		"web.listen": "127.0.0.1:8080", "web.metrics_listen": "", "web.token": "",
		"agid.base_url": "https://form.agid.gov.it", "agid.verify": "true",
		"checks.disabled": "[]", "checks.rules_dir": "", "log.level": "info", "log.format": "text",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestDefaultsPassTheirOwnValidation(t *testing.T) {
	for _, k := range schema() {
		value := strings.Trim(k.show(Default()), "[]")
		var c Config
		if p := k.read(&c, raw{text: value, bool: true}); p != nil {
			t.Errorf("the default of %s, %q, is refused: %+v", k.name, value, *p)
		}
		if got := strings.Trim(k.show(c), "[]"); got != value {
			t.Errorf("%s is written %q and read back as %q", k.name, value, got)
		}
	}
}

func TestEveryKeyOfTheFileIsRead(t *testing.T) {
	cfg, err := Load(filepath.Join("testdata", "full.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		DataDir: "/srv/vigile",
		Store:   Store{Driver: "postgres", DSN: "postgres://vigile:letmein@db/vigile", Keep: 400 * 24 * time.Hour},
		Registry: Registry{
			IPAURL: "https://ipa.example/ipa-dati", IstatURL: "https://istat.example/comuni.csv",
			PopulationFile: "population.csv", UnionsFile: "unions.csv", VariationsFile: "variations.csv", MaxAge: 12 * time.Hour, MaxShrink: 2.5,
		},
		Network: Network{
			Resolver: "127.0.0.1:5353", CAFile: "roots.pem", Proxy: "http://proxy.example:3128", AllowPrivateAddresses: true,
			ExtraPorts: []int{8081, 9443}, UserAgent: "guardia/<version> (<contact>)", Contact: "mailto:ced@provincia.example",
		},
		Crawl: Crawl{
			SitesInFlight: 64, PerHostDelay: 1500 * time.Millisecond, PerAddressInFlight: 2, PagesPerSite: 40,
			SiteBudget: 90 * time.Second, PageLimit: 2 << 20, ObeyRobots: false, Render: "auto",
		},
		Schedule: Schedule{Nightly: "15 4 * * 1-5", Timezone: "Europe/Vienna", LastLook: 30 * time.Minute},
		Web:      Web{Listen: "127.0.0.1:9090", MetricsListen: ":9091", Token: "letmein"},
		AgID:     AgID{BaseURL: "https://form.example"},
		Checks:   Checks{Disabled: []string{"cookies", "social"}, RulesDir: "./rules"},
		Log:      Log{Level: "debug", Format: "json"},
	}
	if d := cmp.Diff(want, cfg, cmpopts.IgnoreUnexported(Config{})); d != "" {
		t.Error(d)
	}
	for _, s := range cfg.Settings() {
		if s.Origin.File == "" || s.Origin.Line == 0 {
			t.Errorf("%s has no file and line: %+v", s.Key, s.Origin)
		}
		if strings.Contains(s.Value, "letmein") || strings.Contains(s.Value, "3128") {
			t.Errorf("%s shows a secret: %s", s.Key, s.Value)
		}
	}
}

// Each bad file is one way to be wrong, and the error says where and how.
func TestBadFiles(t *testing.T) {
	cases := map[string]Error{
		"syntax":                 {Kind: Syntax, Origin: Origin{Line: 3}},
		"documents":              {Kind: Documents, Origin: Origin{Line: 2}},
		"not_section":            {Kind: NotSection, Origin: Origin{Line: 1}, Key: "crawl"},
		"not_section_top":        {Kind: NotSection, Origin: Origin{Line: 1}},
		"not_value":              {Kind: NotValue, Origin: Origin{Line: 1}, Key: "data_dir"},
		"not_value_list":         {Kind: NotValue, Origin: Origin{Line: 2}, Key: "network.extra_ports"},
		"unknown_key":            {Kind: UnknownKey, Origin: Origin{Line: 3}, Key: "network.resolvr", Nearest: "network.resolver"},
		"unknown_key_top":        {Kind: UnknownKey, Origin: Origin{Line: 1}, Key: "pages_per_site", Nearest: "crawl.pages_per_site"},
		"unknown_section":        {Kind: UnknownKey, Origin: Origin{Line: 1}, Key: "crawler", Nearest: "crawl"},
		"duplicate_key":          {Kind: DuplicateKey, Origin: Origin{Line: 3}, Key: "crawl.pages_per_site"},
		"bad_duration":           {Kind: BadValue, Origin: Origin{Line: 2}, Key: "crawl.per_host_delay", Value: "1 second", Want: WantDuration},
		"bad_days":               {Kind: BadValue, Origin: Origin{Line: 1}, Key: "store.keep", Value: "400", Want: WantDays},
		"out_of_bounds_days":     {Kind: OutOfBounds, Origin: Origin{Line: 1}, Key: "store.keep", Value: "7d", Options: "30d - 36500d"},
		"bad_size":               {Kind: BadValue, Origin: Origin{Line: 1}, Key: "crawl.page_limit", Value: "5 megabytes", Want: WantSize},
		"bad_percent":            {Kind: BadValue, Origin: Origin{Line: 1}, Key: "registry.max_shrink", Value: "5", Want: WantPercent},
		"bad_integer":            {Kind: BadValue, Origin: Origin{Line: 2}, Key: "crawl.pages_per_site", Value: "many", Want: WantInteger},
		"bad_boolean":            {Kind: BadValue, Origin: Origin{Line: 2}, Key: "crawl.obey_robots", Value: "yes", Want: WantBoolean},
		"bad_url":                {Kind: BadValue, Origin: Origin{Line: 2}, Key: "registry.ipa_url", Value: "indicepa.gov.it/ipa-dati", Want: WantURL},
		"bad_proxy":              {Kind: BadValue, Origin: Origin{Line: 2}, Key: "network.proxy", Want: WantProxy},
		"bad_host_port":          {Kind: BadValue, Origin: Origin{Line: 2}, Key: "network.resolver", Value: "192.0.2.53", Want: WantHostPort},
		"bad_port":               {Kind: BadValue, Origin: Origin{Line: 2}, Key: "network.extra_ports", Value: "8081, http", Want: WantInteger},
		"bad_cron":               {Kind: BadValue, Origin: Origin{Line: 1}, Key: "schedule.nightly", Value: "at dawn", Want: WantCron},
		"bad_timezone":           {Kind: BadValue, Origin: Origin{Line: 1}, Key: "schedule.timezone", Value: "Europe/Roma", Want: WantTimezone},
		"bad_text":               {Kind: BadValue, Origin: Origin{Line: 2}, Key: "network.contact", Value: "webmaster X-Evil: 1", Want: WantText},
		"bad_contact":            {Kind: BadValue, Origin: Origin{Line: 1}, Key: "network.contact", Value: "xx", Want: WantContact},
		"bad_choice":             {Kind: BadValue, Origin: Origin{Line: 1}, Key: "store.driver", Value: "sqlite", Want: WantOneOf, Options: "bolt, postgres"},
		"out_of_bounds_integer":  {Kind: OutOfBounds, Origin: Origin{Line: 2}, Key: "crawl.pages_per_site", Value: "0", Options: "1 - 500"},
		"out_of_bounds_duration": {Kind: OutOfBounds, Origin: Origin{Line: 1}, Key: "crawl.site_budget", Value: "10h", Options: "1s - 1h"},
		"out_of_bounds_size":     {Kind: OutOfBounds, Origin: Origin{Line: 1}, Key: "crawl.page_limit", Value: "1GB", Options: "10kB - 100MB"},
		"out_of_bounds_percent":  {Kind: OutOfBounds, Origin: Origin{Line: 1}, Key: "registry.max_shrink", Value: "101%", Options: "0% - 100%"},
		"out_of_bounds_port":     {Kind: OutOfBounds, Origin: Origin{Line: 1}, Key: "network.extra_ports", Value: "70000", Options: "1 - 65535"},
		"needs":                  {Kind: Needs, Origin: Origin{Line: 2}, Key: "store.driver", Value: "postgres", Options: "store.dsn"},
	}
	files, err := filepath.Glob(filepath.Join("testdata", "bad", "*.yaml"))
	if err != nil || len(files) != len(cases) {
		t.Fatalf("%d bad files and %d cases (%v)", len(files), len(cases), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			want := cases[name]
			want.Origin.File = file
			_, err := Load(file, nil)
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if d := cmp.Diff(want, *got, cmpopts.IgnoreFields(Error{}, "Err")); d != "" {
				t.Error(d)
			}
			if strings.Contains(got.Error(), "letmein") {
				t.Error("the error repeats a secret")
			}
		})
	}
}

func TestTheFileIsSoughtInOrder(t *testing.T) {
	dir := t.TempDir()
	file := func(name, dataDir string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte("data_dir: "+dataDir+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	flag, env, here, etc := file("flag.yaml", "flag"), file("env.yaml", "env"), file("here.yaml", "here"), file("etc.yaml", "etc")
	none := filepath.Join(dir, "none.yaml")
	cases := []struct {
		name   string
		path   string
		env    []string
		places []string
		want   string
	}{
		{"the flag wins over everything", flag, []string{"VIGILE_CONFIG=" + env}, []string{here, etc}, "flag"},
		{"then the variable", "", []string{"VIGILE_CONFIG=" + env}, []string{here, etc}, "env"},
		{"then the folder one stands in", "", nil, []string{here, etc}, "here"},
		{"then the system's", "", nil, []string{none, etc}, "etc"},
		{"then nothing but defaults", "", nil, []string{none, none}, "./data"},
		{"a variable for the key wins over any file", flag, []string{"VIGILE_DATA_DIR=variable"}, nil, "variable"},
		{"an empty variable is no variable", flag, []string{"VIGILE_DATA_DIR="}, nil, "flag"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := load(c.path, c.env, c.places...)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.DataDir != c.want {
				t.Errorf("data_dir is %q, want %q", cfg.DataDir, c.want)
			}
		})
	}
	for name, path := range map[string]string{"a named file that is not there": none, "a folder in place of a file": dir} {
		var e *Error
		if _, err := load(path, nil); !errors.As(err, &e) || e.Kind != Unreadable {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestVariables(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range schema() {
		if seen[k.env()] {
			t.Errorf("two keys share %s", k.env())
		}
		seen[k.env()] = true
	}
	cfg, err := load("", []string{
		"PATH=/bin", "VIGILE_NETWORK_RESOLVER=127.0.0.1:53", "VIGILE_NETWORK_EXTRA_PORTS=8081, 9443", "VIGILE_CHECKS_DISABLED=cookies",
		"VIGILE_CRAWL_OBEY_ROBOTS=false", "VIGILE_SERVICE_HOST=10.0.0.1", "VIGILE_REQUIRE=data", "VIGILE_NETWORK_RESOLVR=x",
	})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Network.Resolver != "127.0.0.1:53" || !cmp.Equal(cfg.Network.ExtraPorts, []int{8081, 9443}) ||
		!cmp.Equal(cfg.Checks.Disabled, []string{"cookies"}) || cfg.Crawl.ObeyRobots {
		t.Errorf("the variables were not read: %+v", cfg)
	}
	want := []Warning{{Kind: UnknownEnv, Key: "VIGILE_NETWORK_RESOLVR", Nearest: "VIGILE_NETWORK_RESOLVER"}}
	if d := cmp.Diff(want, cfg.Warnings()); d != "" {
		t.Error(d)
	}
	var e *Error
	if _, err := load("", []string{"VIGILE_CRAWL_PAGES_PER_SITE=lots"}); !errors.As(err, &e) || e.Where() != "VIGILE_CRAWL_PAGES_PER_SITE" {
		t.Errorf("a bad variable: %v", err)
	}
}

func TestWarnings(t *testing.T) {
	cases := map[string]struct {
		text string
		want []Warning
	}{
		"the default schedule is quiet":         {"", nil},
		"half past two does not always exist":   {`schedule: {nightly: "30 2 * * *"}`, []Warning{{Kind: SummerTime, Key: "schedule.nightly"}}},
		"every hour includes the doubled one":   {`schedule: {nightly: "0 * * * *"}`, []Warning{{Kind: SummerTime, Key: "schedule.nightly"}}},
		"an agent that has no room for contact": {"network: {user_agent: guardia, contact: a@b.example}", []Warning{{Kind: ContactUnused, Key: "network.user_agent"}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg, err := Parse("test.yaml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, cfg.Warnings()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAgent(t *testing.T) {
	n := Default().Network
	if got := n.Agent("1.2"); got != "vigile/1.2" {
		t.Errorf("without a contact: %q", got)
	}
	n.Contact = "https://ced.example"
	if got := n.Agent("1.2"); got != "vigile/1.2 (+https://ced.example)" {
		t.Errorf("with one: %q", got)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]Size{
		"512": 512, "5MB": 5_000_000, "5 mb": 5_000_000, "64KiB": 65536, "1.5MB": 1_500_000, "10B": 10, "1GiB": 1 << 30,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%q is %d (%v), want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1", "1.5", "1e3", "0x10", "9999999999GB", "5 MB extra", "NaN", "Inf"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q is accepted as %d", text, got)
		}
	}
	for text, want := range map[string]Percent{"5%": 5, "2.5 %": 2.5, "0%": 0} {
		if got, err := ParsePercent(text); err != nil || got != want {
			t.Errorf("%q is %v (%v), want %v", text, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, filepath.Join("testdata", "full.yaml")) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("? {a: b}\n: c\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := Parse("fuzz.yaml", data)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Error() == "" {
				t.Fatalf("an error of no type: %v", err)
			}
			return
		}
		for _, s := range cfg.Settings() {
			if strings.ContainsAny(s.Value, "\n\r\x1b") {
				t.Errorf("%s shows control characters: %q", s.Key, s.Value)
			}
		}
	})
}
