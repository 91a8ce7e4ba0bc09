package config

// This file is the one table of keys: name, type, bounds and place in Config.

import (
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/robfig/cron/v3"
)

// raw is a value as written in a file or a variable.
type raw struct {
	text   string
	list   []string
	isList bool // a sequence of YAML; a variable is never one and is split at commas
	bool   bool // YAML would read it as true or false; always so from a variable
}

// problem is what a key has against a value.
type problem struct {
	kind    Kind
	want    Want
	options string
}

// key is one setting.
type key struct {
	name   string
	read   func(*Config, raw) *problem
	show   func(Config) string
	secret bool
}

func (k key) env() string {
	return "VIGILE_" + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

func (k key) hidden() key { k.secret = true; return k }

// schema lists every key in the order of the documented file.
func schema() []key {
	return []key{
		text("data_dir", func(c *Config) *string { return &c.DataDir }, required),
		choice("store.driver", func(c *Config) *string { return &c.Store.Driver }, "bolt", "postgres"),
		text("store.dsn", func(c *Config) *string { return &c.Store.DSN }, printable).hidden(),
		days("store.keep", func(c *Config) *time.Duration { return &c.Store.Keep }, 30, 36_500),
		text("registry.ipa_url", func(c *Config) *string { return &c.Registry.IPAURL }, webURL),
		text("registry.istat_url", func(c *Config) *string { return &c.Registry.IstatURL }, webURL),
		text("registry.population_file", func(c *Config) *string { return &c.Registry.PopulationFile }, printable),
		text("registry.unions_file", func(c *Config) *string { return &c.Registry.UnionsFile }, printable),
		text("registry.variations_file", func(c *Config) *string { return &c.Registry.VariationsFile }, printable),
		duration("registry.max_age", func(c *Config) *time.Duration { return &c.Registry.MaxAge }, time.Minute, 365*24*time.Hour),
		percent("registry.max_shrink", func(c *Config) *Percent { return &c.Registry.MaxShrink }),
		text("network.resolver", func(c *Config) *string { return &c.Network.Resolver }, hostPort),
		text("network.ca_file", func(c *Config) *string { return &c.Network.CAFile }, printable),
		text("network.proxy", func(c *Config) *string { return &c.Network.Proxy }, proxyURL).hidden(),
		boolean("network.allow_private_addresses", func(c *Config) *bool { return &c.Network.AllowPrivateAddresses }),
		ports("network.extra_ports", func(c *Config) *[]int { return &c.Network.ExtraPorts }),
		text("network.user_agent", func(c *Config) *string { return &c.Network.UserAgent }, required),
		text("network.contact", func(c *Config) *string { return &c.Network.Contact }, contact),
		integer("crawl.sites_in_flight", func(c *Config) *int { return &c.Crawl.SitesInFlight }, 1, 4096),
		duration("crawl.per_host_delay", func(c *Config) *time.Duration { return &c.Crawl.PerHostDelay }, 0, time.Minute),
		integer("crawl.per_address_in_flight", func(c *Config) *int { return &c.Crawl.PerAddressInFlight }, 1, 1000),
		integer("crawl.pages_per_site", func(c *Config) *int { return &c.Crawl.PagesPerSite }, 1, 500),
		duration("crawl.site_budget", func(c *Config) *time.Duration { return &c.Crawl.SiteBudget }, time.Second, time.Hour),
		size("crawl.page_limit", func(c *Config) *Size { return &c.Crawl.PageLimit }, 10_000, 100_000_000),
		boolean("crawl.obey_robots", func(c *Config) *bool { return &c.Crawl.ObeyRobots }),
		choice("crawl.render", func(c *Config) *string { return &c.Crawl.Render }, "off", "auto"),
		text("schedule.nightly", func(c *Config) *string { return &c.Schedule.Nightly }, cronLine),
		text("schedule.timezone", func(c *Config) *string { return &c.Schedule.Timezone }, timezone),
		duration("schedule.last_look", func(c *Config) *time.Duration { return &c.Schedule.LastLook }, 0, 6*time.Hour),
		text("web.listen", func(c *Config) *string { return &c.Web.Listen }, hostPort),
		text("web.metrics_listen", func(c *Config) *string { return &c.Web.MetricsListen }, hostPort),
		text("web.token", func(c *Config) *string { return &c.Web.Token }, printable).hidden(),
		text("agid.base_url", func(c *Config) *string { return &c.AgID.BaseURL }, webURL),
		boolean("agid.verify", func(c *Config) *bool { return &c.AgID.Verify }),
		words("checks.disabled", func(c *Config) *[]string { return &c.Checks.Disabled }),
		text("checks.rules_dir", func(c *Config) *string { return &c.Checks.RulesDir }, printable),
		choice("log.level", func(c *Config) *string { return &c.Log.Level }, "debug", "info", "warn", "error"),
		choice("log.format", func(c *Config) *string { return &c.Log.Format }, "text", "json"),
	}
}

// scalar makes a key of one value from a reader and a writer of it.
func scalar[T any](name string, at func(*Config) *T, read func(raw) (T, *problem), show func(T) string) key {
	return key{
		name: name,
		read: func(c *Config, r raw) *problem {
			if r.isList {
				return &problem{kind: NotValue}
			}
			v, p := read(r)
			if p == nil {
				*at(c) = v
			}
			return p
		},
		show: func(c Config) string { return show(*at(&c)) },
	}
}

func asIs(s string) string { return s }

func bad(w Want) *problem { return &problem{kind: BadValue, want: w} }

func outside(low, high string) *problem {
	return &problem{kind: OutOfBounds, options: low + " - " + high}
}

func text(name string, at func(*Config) *string, valid func(string) *problem) key {
	return scalar(name, at, func(r raw) (string, *problem) { return r.text, valid(r.text) }, asIs)
}

func choice(name string, at func(*Config) *string, options ...string) key {
	return text(name, at, func(s string) *problem {
		if slices.Contains(options, s) {
			return nil
		}
		return &problem{kind: BadValue, want: WantOneOf, options: strings.Join(options, ", ")}
	})
}

func boolean(name string, at func(*Config) *bool) key {
	return scalar(name, at, func(r raw) (bool, *problem) {
		if !r.bool || (r.text != "true" && r.text != "false") {
			return false, bad(WantBoolean)
		}
		return r.text == "true", nil
	}, strconv.FormatBool)
}

func integer(name string, at func(*Config) *int, low, high int) key {
	return scalar(name, at, func(r raw) (int, *problem) {
		n, err := strconv.Atoi(r.text)
		if err != nil {
			return 0, bad(WantInteger)
		}
		if n < low || n > high {
			return 0, outside(strconv.Itoa(low), strconv.Itoa(high))
		}
		return n, nil
	}, strconv.Itoa)
}

func duration(name string, at func(*Config) *time.Duration, low, high time.Duration) key {
	return scalar(name, at, func(r raw) (time.Duration, *problem) {
		d, err := time.ParseDuration(r.text)
		if err != nil {
			return 0, bad(WantDuration)
		}
		if d < low || d > high {
			return 0, outside(short(low), short(high))
		}
		return d, nil
	}, short)
}

// days is a duration in whole days, "400d", or 0 for one without end.
func days(name string, at func(*Config) *time.Duration, low, high int) key {
	const day = 24 * time.Hour
	show := func(d time.Duration) string {
		if d == 0 {
			return "0"
		}
		return strconv.Itoa(int(d/day)) + "d"
	}
	return scalar(name, at, func(r raw) (time.Duration, *problem) {
		if r.text == "0" {
			return 0, nil
		}
		count, inDays := strings.CutSuffix(r.text, "d")
		n, err := strconv.Atoi(count)
		if err != nil || !inDays {
			return 0, bad(WantDays)
		}
		if n < low || n > high {
			return 0, outside(strconv.Itoa(low)+"d", strconv.Itoa(high)+"d")
		}
		return time.Duration(n) * day, nil
	}, show)
}

func size(name string, at func(*Config) *Size, low, high Size) key {
	return scalar(name, at, func(r raw) (Size, *problem) {
		n, err := ParseSize(r.text)
		if err != nil {
			return 0, bad(WantSize)
		}
		if n < low || n > high {
			return 0, outside(low.String(), high.String())
		}
		return n, nil
	}, Size.String)
}

func percent(name string, at func(*Config) *Percent) key {
	return scalar(name, at, func(r raw) (Percent, *problem) {
		p, err := ParsePercent(r.text)
		if err != nil {
			return 0, bad(WantPercent)
		}
		if p > 100 {
			return 0, outside("0%", "100%")
		}
		return p, nil
	}, Percent.String)
}

func words(name string, at func(*Config) *[]string) key {
	return key{
		name: name,
		read: func(c *Config, r raw) *problem {
			*at(c) = r.items()
			return printable(strings.Join(*at(c), " "))
		},
		show: func(c Config) string { return "[" + strings.Join(*at(&c), ", ") + "]" },
	}
}

func ports(name string, at func(*Config) *[]int) key {
	return key{
		name: name,
		read: func(c *Config, r raw) *problem {
			var out []int
			for _, item := range r.items() {
				n, err := strconv.Atoi(item)
				if err != nil {
					return bad(WantInteger)
				}
				if n < 1 || n > 65535 {
					return outside("1", "65535")
				}
				out = append(out, n)
			}
			*at(c) = out
			return nil
		},
		show: func(c Config) string {
			var out []string
			for _, n := range *at(&c) {
				out = append(out, strconv.Itoa(n))
			}
			return "[" + strings.Join(out, ", ") + "]"
		},
	}
}

// items are the elements of a list, or of one text split at commas.
func (r raw) items() []string {
	if r.isList {
		return r.list
	}
	var out []string
	for part := range strings.SplitSeq(r.text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// short writes a duration without the zero units that Duration.String adds.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func printable(s string) *problem {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return bad(WantText)
	}
	return nil
}

func required(s string) *problem {
	if strings.TrimSpace(s) == "" {
		return bad(WantText)
	}
	return printable(s)
}

func webURL(s string) *problem { return urlOf(s, WantURL, "http", "https") }

func proxyURL(s string) *problem {
	if s == "" {
		return nil
	}
	return urlOf(s, WantProxy, "http", "https")
}

func urlOf(s string, want Want, schemes ...string) *problem {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme) {
		return bad(want)
	}
	return nil
}

// contact accepts what somebody who complains can use: a mail address or that of a
// page, with its scheme or without. Empty: nobody is named.
func contact(s string) *problem {
	if p := printable(s); p != nil || s == "" || webURL(s) == nil {
		return p
	}
	if _, err := mail.ParseAddress(strings.TrimPrefix(s, "mailto:")); err == nil {
		return nil
	}
	if strings.Contains(s, ".") && !strings.Contains(s, ":") && webURL("https://"+s) == nil {
		return nil
	}
	return bad(WantContact)
}

// hostPort accepts an empty value too: each key that uses it has a meaning for it.
func hostPort(s string) *problem {
	if s == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return bad(WantHostPort)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return bad(WantHostPort)
	}
	return printable(s)
}

func cronLine(s string) *problem {
	if _, err := cron.ParseStandard(s); err != nil || strings.HasPrefix(s, "TZ=") || strings.HasPrefix(s, "CRON_TZ=") {
		return bad(WantCron)
	}
	return nil
}

func timezone(s string) *problem {
	if s == "" || s == "Local" {
		return bad(WantTimezone)
	}
	if _, err := time.LoadLocation(s); err != nil {
		return bad(WantTimezone)
	}
	return nil
}
