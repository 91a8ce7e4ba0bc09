// Package config reads vigile's settings: built-in defaults, then one strict
// YAML file, then environment variables, each overriding what stands before it.
// Only cmd reads it and turns it into the options of the other packages.
package config

import (
	"strings"
	"time"
)

// Config is every setting, typed and within its bounds. The keys, their defaults
// and their bounds are in schema.go, and nowhere else.
type Config struct {
	DataDir  string // folder of the store, the registry's copy and the evidence
	Store    Store
	Registry Registry
	Network  Network
	Crawl    Crawl
	Schedule Schedule
	Web      Web
	AgID     AgID
	Checks   Checks
	Log      Log

	file     string
	origins  map[string]Origin
	warnings []Warning
}

// Store says where results are kept.
type Store struct {
	Driver string // bolt or postgres
	DSN    string // of postgres; a secret

	// Keep is how long the history of a comune is kept; 0: for ever. The present
	// view is never forgotten.
	Keep time.Duration
}

// Registry says where the public registers are read from.
type Registry struct {
	IPAURL         string // CKAN base of IPA
	IstatURL       string
	PopulationFile string // CSV by header: istat or codice_istat, popolazione[, lat, lng]
	UnionsFile     string // CSV, header unione,istat
	VariationsFile string // CSV: ISTAT's administrative variations, besides those the program knows
	MaxAge         time.Duration
	MaxShrink      Percent // an update that loses more is refused
}

// Network says how the world is reached.
type Network struct {
	Resolver              string // host:port of a DNS server; empty: the system's
	CAFile                string // PEM with extra trusted roots
	Proxy                 string
	AllowPrivateAddresses bool
	ExtraPorts            []int
	UserAgent             string // <version> and <contact> are filled in by Agent
	Contact               string
}

// Agent is the User-Agent with the version and the contact put in. Without a
// contact the bracket that would hold it is left out.
func (n Network) Agent(version string) string {
	s := n.UserAgent
	if n.Contact == "" {
		s = strings.ReplaceAll(s, " (+<contact>)", "")
	}
	return strings.NewReplacer("<version>", version, "<contact>", n.Contact).Replace(s)
}

// Crawl bounds the looking.
type Crawl struct {
	SitesInFlight      int
	PerHostDelay       time.Duration
	PerAddressInFlight int
	PagesPerSite       int
	SiteBudget         time.Duration
	PageLimit          Size
	ObeyRobots         bool
	Render             string // off or auto
}

// Schedule says when the night begins.
type Schedule struct {
	Nightly  string        // five fields of cron
	Timezone string        // IANA name
	LastLook time.Duration // from the end of a night's other work to the last look at sites that did not answer; 0: none
}

// Web says where the pages are served.
type Web struct {
	Listen        string
	MetricsListen string
	Token         string // a secret
}

// AgID says where declarations of accessibility are looked up.
type AgID struct {
	BaseURL string
	Verify  bool
}

// Checks narrows and widens the catalogue.
type Checks struct {
	Disabled []string // ids; cmd verifies them against the catalogue
	RulesDir string
}

// Log says what goes to stderr and how.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // text or json
}

// Default is the configuration with no file and no environment.
func Default() Config {
	return Config{
		DataDir: "./data",
		Store:   Store{Driver: "bolt", Keep: 1100 * 24 * time.Hour},
		Registry: Registry{
			IPAURL:    "https://indicepa.gov.it/ipa-dati",
			IstatURL:  "https://www.istat.it/storage/codici-unita-amministrative/Elenco-comuni-italiani.csv",
			MaxAge:    24 * time.Hour,
			MaxShrink: 5,
		},
		Network: Network{UserAgent: "vigile/<version> (+<contact>)"},
		Crawl: Crawl{
			SitesInFlight: 256, PerHostDelay: time.Second, PerAddressInFlight: 4, PagesPerSite: 25,
			SiteBudget: 3 * time.Minute, PageLimit: 5_000_000, ObeyRobots: true, Render: "off",
		},
		Schedule: Schedule{Nightly: "30 1 * * *", Timezone: "Europe/Rome", LastLook: time.Hour},
		Web:      Web{Listen: "127.0.0.1:8080"},
		AgID:     AgID{BaseURL: "https://form.agid.gov.it", Verify: true},
		Log:      Log{Level: "info", Format: "text"},
	}
}

// File is the configuration file that was read, or "" where there was none.
func (c Config) File() string { return c.file }

// Warnings are things worth saying that do not stop the program.
func (c Config) Warnings() []Warning { return c.warnings }

// Setting is the effective value of one key and where it comes from.
type Setting struct {
	Key    string // as in the file: network.resolver
	Env    string // VIGILE_NETWORK_RESOLVER
	Value  string // as it would be written in the file; secrets are masked
	Origin Origin
}

// Settings lists every key in the order of the documented file.
func (c Config) Settings() []Setting {
	var out []Setting
	for _, k := range schema() {
		v := k.show(c)
		if k.secret && v != "" {
			v = "***"
		}
		out = append(out, Setting{Key: k.name, Env: k.env(), Value: v, Origin: c.origins[k.name]})
	}
	return out
}

// Origin says where a value comes from. The zero value is the built-in default.
type Origin struct {
	File string // the file, where it comes from one
	Line int
	Env  string // the variable, where it comes from one
}
