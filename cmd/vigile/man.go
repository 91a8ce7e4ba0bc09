package main

// vigile man DIR, for packagers: a page of the manual for each command, out of
// the same texts as the help.

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:    "man DIR",
		Hidden: true,
		Args:   a.oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return a.cannotWrite(args[0], err)
			}
			return a.manPages(args[0], cmd.Root())
		},
	}
	a.describe(cmd, "man")
	return cmd
}

// manPages writes the page of a command and those of the commands under it.
func (a *app) manPages(dir string, cmd *cobra.Command) error {
	var page bytes.Buffer
	a.manPage(&page, cmd)
	name := filepath.Join(dir, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1")
	if err := os.WriteFile(name, page.Bytes(), 0o644); err != nil {
		return a.cannotWrite(name, err)
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			if err := a.manPages(dir, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) manPage(w io.Writer, cmd *cobra.Command) {
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	fmt.Fprintf(w, ".TH %s 1 \"\" \"vigile %s\" \"vigile\"\n", roff(strings.ToUpper(name)), roff(release()))
	heading := func(key string) { fmt.Fprintf(w, ".SH %s\n", roff(strings.ToUpper(a.text.Text(key)))) }
	heading("man.name")
	fmt.Fprintf(w, "%s \\- %s\n", roff(name), roff(cmd.Short))
	heading("help.usage")
	fmt.Fprintf(w, ".B %s\n", roff(a.useLine(cmd)))
	heading("man.description")
	fmt.Fprintln(w, roff(cmd.Long))
	if cmd.HasExample() {
		heading("help.examples")
		fmt.Fprintf(w, ".nf\n%s\n.fi\n", roff(cmd.Example))
	}
	a.manFlags(w, "help.flags", cmd.LocalNonPersistentFlags(), heading)
	common := cmd.InheritedFlags()
	if !cmd.HasParent() {
		common = cmd.PersistentFlags()
	}
	a.manFlags(w, "help.global_flags", common, heading)
	if !cmd.HasParent() {
		heading("man.codes")
		fmt.Fprintln(w, roff(a.text.Text("man.codes_text")))
	}
	var also []string
	if cmd.HasParent() {
		also = append(also, strings.ReplaceAll(cmd.Parent().CommandPath(), " ", "-"))
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			also = append(also, strings.ReplaceAll(sub.CommandPath(), " ", "-"))
		}
	}
	if len(also) > 0 {
		heading("man.also")
		fmt.Fprintf(w, ".BR %s (1)\n", strings.Join(escapedAll(also), " (1),\n.BR "))
	}
}

func (a *app) manFlags(w io.Writer, key string, flags *pflag.FlagSet, heading func(string)) {
	if !flags.HasAvailableFlags() {
		return
	}
	heading(key)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		short := ""
		if f.Shorthand != "" {
			short = "-" + f.Shorthand + ", "
		}
		fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace(short+"--"+f.Name+" "+value)), roff(text))
	})
}

func escapedAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = roff(n)
	}
	return out
}

// roff escapes what troff would act upon: backslashes, hyphens, and a dot or a
// quote at the beginning of a line.
func roff(s string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
