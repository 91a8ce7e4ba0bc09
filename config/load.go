package config

// This file reads the file and the environment into a Config.

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/robfig/cron/v3"
	"go.yaml.in/yaml/v3"
)

// maxFile bounds a configuration file, in bytes.
const maxFile = 1 << 20

// Load reads the configuration. The file is path; else the one that
// VIGILE_CONFIG names in env; else ./vigile.yaml or /etc/vigile/vigile.yaml,
// whichever is there first; else none, and everything has its default. Then each
// VIGILE_ variable of env (as os.Environ gives it) that is not empty overrides
// its key. Every failure is an *Error.
func Load(path string, env []string) (Config, error) {
	return load(path, env, "vigile.yaml", "/etc/vigile/vigile.yaml")
}

func load(path string, env []string, places ...string) (Config, error) {
	vars := variables(env)
	cfg := Default()
	cfg.origins = map[string]Origin{}
	if path == "" {
		path = vars["VIGILE_CONFIG"]
	}
	if path == "" {
		path = firstThere(places)
	}
	if path != "" {
		data, err := readFile(path)
		if err != nil {
			return Config{}, err
		}
		if err := cfg.parse(path, data); err != nil {
			return Config{}, err
		}
		cfg.file = path
	}
	if err := cfg.override(vars); err != nil {
		return Config{}, err
	}
	if err := cfg.agree(); err != nil {
		return Config{}, err
	}
	cfg.warnings = warnings(cfg, vars)
	return cfg, nil
}

// Parse reads the text of a configuration file; name stands in the errors.
func Parse(name string, data []byte) (Config, error) {
	cfg := Default()
	cfg.file, cfg.origins = name, map[string]Origin{}
	if err := cfg.parse(name, data); err != nil {
		return Config{}, err
	}
	if err := cfg.agree(); err != nil {
		return Config{}, err
	}
	cfg.warnings = warnings(cfg, nil)
	return cfg, nil
}

func variables(env []string) map[string]string {
	out := map[string]string{}
	for _, line := range env {
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, "VIGILE_") && value != "" {
			out[name] = value
		}
	}
	return out
}

// firstThere is the first place where something stands, readable or not: a file
// that cannot be read must be an error, not a silent fall to the next.
func firstThere(places []string) string {
	for _, p := range places {
		if _, err := os.Stat(p); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return p
		}
	}
	return ""
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Kind: Unreadable, Origin: Origin{File: path}, Err: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, &Error{Kind: Unreadable, Origin: Origin{File: path}, Err: err}
	}
	return data, nil
}

func (c *Config) parse(file string, data []byte) error {
	at := func(line int) Origin { return Origin{File: file, Line: line} }
	if len(data) > maxFile {
		return &Error{Kind: TooLarge, Origin: at(0), Options: "1 MB"}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil // an empty file, or one of comments
	} else if err != nil {
		return &Error{Kind: Syntax, Origin: at(syntaxLine(err)), Err: err}
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		return &Error{Kind: Documents, Origin: at(second.Line)}
	} else if !errors.Is(err, io.EOF) {
		return &Error{Kind: Syntax, Origin: at(0), Err: err}
	}
	return c.section(file, "", doc.Content[0], schema())
}

// section reads one mapping; prefix is "" at the top and "crawl." inside crawl.
func (c *Config) section(file, prefix string, node *yaml.Node, keys []key) error {
	at := Origin{File: file, Line: node.Line}
	if node.Kind == yaml.ScalarNode && node.Tag == "!!null" {
		return nil // "crawl:" with everything below it commented out
	}
	if node.Kind != yaml.MappingNode {
		return &Error{Kind: NotSection, Origin: at, Key: strings.TrimSuffix(prefix, ".")}
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		label, value := node.Content[i], node.Content[i+1]
		name := prefix + label.Value
		at.Line = label.Line
		if seen[name] {
			return &Error{Kind: DuplicateKey, Origin: at, Key: clip(name)}
		}
		seen[name] = true
		if err := c.entry(at, name, value, keys); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) entry(at Origin, name string, value *yaml.Node, keys []key) error {
	if isSection(name, keys) {
		return c.section(at.File, name+".", value, keys)
	}
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return &Error{Kind: UnknownKey, Origin: at, Key: clip(name), Nearest: nearest(name, names(keys))}
	}
	r, ok := rawOf(value)
	if !ok {
		return &Error{Kind: NotValue, Origin: at, Key: name}
	}
	return c.set(at, keys[i], r)
}

func (c *Config) set(at Origin, k key, r raw) error {
	if p := k.read(c, r); p != nil {
		e := &Error{Kind: p.kind, Origin: at, Key: k.name, Want: p.want, Options: p.options}
		if !k.secret {
			e.Value = clip(r.shown())
		}
		return e
	}
	c.origins[k.name] = at
	return nil
}

func (r raw) shown() string {
	if r.isList {
		return strings.Join(r.list, ", ")
	}
	return r.text
}

func isSection(name string, keys []key) bool {
	return slices.ContainsFunc(keys, func(k key) bool { return strings.HasPrefix(k.name, name+".") })
}

// rawOf is the value of a scalar or of a list of scalars. Aliases and nested
// shapes have no meaning in this file.
func rawOf(n *yaml.Node) (raw, bool) {
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return raw{}, true
		}
		return raw{text: n.Value, bool: n.Tag == "!!bool"}, true
	case yaml.SequenceNode:
		r := raw{isList: true}
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				return raw{}, false
			}
			r.list = append(r.list, item.Value)
		}
		return r, true
	default:
		return raw{}, false
	}
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// syntaxLine is the line that the YAML reader complains of; 0: it does not say. Of the
// first line it says nothing.
func syntaxLine(err error) int {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	for _, unplaced := range []string{"anchor", "control characters", "UTF-8"} {
		if strings.Contains(err.Error(), unplaced) {
			return 0
		}
	}
	return 1
}

func (c *Config) override(vars map[string]string) error {
	for _, k := range schema() {
		value, ok := vars[k.env()]
		if !ok {
			continue
		}
		if err := c.set(Origin{Env: k.env()}, k, raw{text: value, bool: true}); err != nil {
			return err
		}
	}
	return nil
}

// agree holds what ties keys to each other.
func (c *Config) agree() error {
	if c.Store.Driver == "postgres" && c.Store.DSN == "" {
		return &Error{Kind: Needs, Origin: c.origins["store.driver"], Key: "store.driver", Value: "postgres", Options: "store.dsn"}
	}
	return nil
}

func warnings(c Config, vars map[string]string) []Warning {
	var out []Warning
	if s, err := cron.ParseStandard(c.Schedule.Nightly); err == nil {
		if spec, ok := s.(*cron.SpecSchedule); ok && spec.Hour&(1<<2) != 0 {
			out = append(out, Warning{Kind: SummerTime, Key: "schedule.nightly"})
		}
	}
	if c.Network.Contact != "" && !strings.Contains(c.Network.UserAgent, "<contact>") {
		out = append(out, Warning{Kind: ContactUnused, Key: "network.user_agent"})
	}
	return append(out, strayVariables(vars)...)
}

// strayVariables warns of a variable that is nearly a known one. A variable that
// resembles none is let be: Kubernetes makes up VIGILE_SERVICE_HOST and the like
// for a service called vigile.
func strayVariables(vars map[string]string) []Warning {
	known := []string{"VIGILE_CONFIG"}
	for _, k := range schema() {
		known = append(known, k.env())
	}
	var out []Warning
	for name := range vars {
		if slices.Contains(known, name) {
			continue
		}
		if near := nearest(name, known); near != "" {
			out = append(out, Warning{Kind: UnknownEnv, Key: name, Nearest: near})
		}
	}
	slices.SortFunc(out, func(a, b Warning) int { return strings.Compare(a.Key, b.Key) })
	return out
}

func names(keys []key) []string {
	var out []string
	for _, k := range keys {
		out = append(out, k.name)
		if section, _, ok := strings.Cut(k.name, "."); ok && !slices.Contains(out, section) {
			out = append(out, section)
		}
	}
	return out
}

// clip bounds what an error repeats of the file, and makes it printable.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}
