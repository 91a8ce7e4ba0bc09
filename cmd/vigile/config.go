package main

// vigile config check.

import (
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/config"
)

func newConfig(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "config",
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	a.describe(cmd, "config")
	cmd.AddCommand(newConfigCheck(a))
	return cmd
}

// setting is one line of config check in JSON.
type setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin string `json:"origin"` // default, file:line, or the variable
	Env    string `json:"env"`
}

func newConfigCheck(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "check",
		Args: a.noArgs,
		RunE: func(*cobra.Command, []string) error {
			format, err := a.format(tableFormats...)
			if err != nil {
				return err
			}
			cfg, err := a.settings()
			if err != nil {
				return err
			}
			if err := a.usable(cfg); err != nil {
				return err
			}
			if file := cfg.File(); file != "" {
				a.note(a.text.Text("config.ok_file", "file", plain(file)))
			} else {
				a.note(a.text.Text("config.ok_none"))
			}
			t := &table{head: []string{a.text.Text("config.key"), a.text.Text("config.value"), a.text.Text("config.origin")}}
			var all []setting
			for _, s := range cfg.Settings() {
				origin := a.origin(s.Origin)
				t.add(s.Key, plain(s.Value), origin)
				all = append(all, setting{Key: s.Key, Value: s.Value, Origin: origin, Env: s.Env})
			}
			return a.printTable(format, t, []string{"key", "value", "origin"}, all)
		},
	}
	a.describe(cmd, "config_check")
	return cmd
}

// usable tries what the commands would make of the settings, short of asking anybody.
func (a *app) usable(cfg config.Config) error {
	if _, err := a.catalogue(cfg); err != nil { // checks.disabled names checks that exist
		return err
	}
	if _, err := a.timetable(cfg); err != nil { // it comes at some time
		return err
	}
	if err := a.available(cfg); err != nil {
		return err
	}
	g, err := a.guard(cfg) // with the roots of network.ca_file
	if err != nil {
		return err
	}
	g.Close()
	if _, err := a.token(cfg); err != nil {
		return err
	}
	if _, err := a.variations(cfg); err != nil {
		return err
	}
	if _, err := extra(cfg).Read(); err != nil {
		return a.notRead(cfg, err)
	}
	if info, err := os.Stat(cfg.DataDir); err == nil && !info.IsDir() {
		return a.noStore(storePath(cfg), syscall.ENOTDIR)
	}
	return nil
}

func (a *app) origin(o config.Origin) string {
	switch {
	case o.Env != "":
		return o.Env
	case o.File != "":
		return a.text.Text("config.from_file", "file", plain(o.File), "line", o.Line)
	default:
		return a.text.Text("config.default")
	}
}
