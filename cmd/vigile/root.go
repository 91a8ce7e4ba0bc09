package main

// This file holds the root command: common flags, help and usage in the user's
// language, and the errors of a command line that means nothing.

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newRoot(a *app) *cobra.Command {
	var asked bool // for the version
	root := &cobra.Command{
		Use:           "vigile",
		SilenceUsage:  true,
		SilenceErrors: true,

		SuggestionsMinimumDistance: 2,
		Args:                       a.knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asked {
				return a.printVersion()
			}
			return cmd.Help()
		},
	}
	a.describe(root, "root")
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(a.flagError)
	root.SetUsageFunc(func(cmd *cobra.Command) error { a.usage(cmd.OutOrStdout(), cmd); return nil })
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { a.help(cmd.OutOrStdout(), cmd) })

	f := root.PersistentFlags()
	f.StringVar(&a.flags.config, "config", "", a.flagText("config"))
	f.StringVar(&a.flags.format, "format", "", a.formatText(tableFormats...))
	f.StringVar(&a.flags.lang, "lang", "", a.flagText("lang"))
	f.BoolVarP(&a.flags.verbose, "verbose", "v", false, a.flagText("verbose"))
	f.BoolVarP(&a.flags.quiet, "quiet", "q", false, a.flagText("quiet"))
	f.BoolVar(&a.flags.noColor, "no-color", false, a.flagText("no_color"))
	f.BoolP("help", "h", false, a.flagText("help"))
	root.Flags().BoolVar(&asked, "version", false, a.flagText("version"))
	fixed(root, "lang", "it", "en")
	fixed(root, "format", tableFormats...)

	root.SetHelpCommand(newHelp(a, root))
	root.AddCommand(
		newCrawl(a), newServe(a), newRegistry(a), newHistory(a), newChanges(a), newNights(a), newReplay(a), newExport(a), newNotice(a), newImport(a), newReport(a), newIndex(a), newCompare(a), newQuestionnaire(a), newChecks(a), newDemo(a), newVersion(a), newConfig(a), newCompletion(a), newMan(a),
	)
	root.AddCommand(newStore(a))
	return root
}

// describe gives a command its texts from the catalogue.
func (a *app) describe(cmd *cobra.Command, key string) {
	cmd.Short, cmd.Long = a.text.Text("help."+key+".short"), a.text.Text("help."+key+".long")
}

// flagText is the explanation of a flag. What stands in it between back quotes
// is the name of the value, as pflag has it.
func (a *app) flagText(key string, args ...any) string {
	return a.text.Text("help.flag."+key, args...)
}

func (a *app) formatText(formats ...string) string {
	return a.flagText("format", "options", strings.Join(formats, ", "))
}

// fixed completes a flag from a closed list.
func fixed(cmd *cobra.Command, flag string, options ...string) {
	// The error is that the flag does not exist or has a completion already:
	// both would show in the first run of any command.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(options, cobra.ShellCompDirectiveNoFileComp))
}

func newHelp(a *app, root *cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: "help [" + a.text.Text("help.command_word") + "]",
		RunE: func(_ *cobra.Command, args []string) error {
			target, rest, err := root.Find(args)
			if err != nil || target == nil || (len(rest) > 0 && target == root) {
				return a.knownCommand(root, args)
			}
			return target.Help()
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, c := range root.Commands() {
				if c.IsAvailableCommand() {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	a.describe(cmd, "help")
	return cmd
}

// knownCommand refuses whatever the root command is given: it would be a command
// that does not exist.
func (a *app) knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := a.text.Text("error.command_hint")
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		hint = a.text.Text("error.command_nearest", "nearest", "vigile "+near[0])
	}
	return &failure{code: codeUsage, sentence: a.text.Text("error.command_unknown", "command", plain(args[0])), hint: hint}
}

// noArgs refuses arguments.
func (a *app) noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &failure{
		code:     codeUsage,
		sentence: a.text.Text("error.args_none", "command", cmd.CommandPath(), "arg", plain(args[0])),
		hint:     a.text.Text("error.flag_hint", "command", cmd.CommandPath()),
	}
}

// oneArg asks for one argument.
func (a *app) oneArg(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return &failure{
		code:     codeUsage,
		sentence: a.text.Text("error.args_one", "command", cmd.CommandPath()),
		hint:     a.text.Text("error.usage", "line", a.useLine(cmd)),
	}
}

// flagError says in the user's language what pflag says in English.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	f := &failure{code: codeUsage, hint: a.text.Text("error.flag_hint", "command", cmd.CommandPath())}
	var missing *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	var twice *twiceError
	switch {
	case errors.As(err, &missing):
		name := "--" + missing.GetSpecifiedName()
		if short := missing.GetSpecifiedShortnames(); short != "" {
			name = "-" + missing.GetSpecifiedName()
		}
		f.sentence = a.text.Text("error.flag_unknown", "flag", plain(name))
		if near := nearestWord(missing.GetSpecifiedName(), flagNames(cmd), alikeFlags); near != "" && missing.GetSpecifiedShortnames() == "" {
			f.hint = a.text.Text("error.flag_nearest", "nearest", "--"+near, "command", cmd.CommandPath())
		}
	case errors.As(err, &bare):
		f.sentence = a.text.Text("error.flag_value", "flag", "--"+bare.GetFlag().Name)
	case errors.As(err, &bad) && errors.As(err, &twice):
		f.sentence = a.text.Text("error.flag_twice", "value", plain(bad.GetValue()), "before", plain(twice.before), "flag", "--"+bad.GetFlag().Name)
		f.hint = a.text.Text("error.flag_twice_hint", "command", cmd.CommandPath())
	case errors.As(err, &bad):
		f.sentence = a.text.Text("error.flag_bad", "value", plain(bad.GetValue()), "flag", "--"+bad.GetFlag().Name)
	default:
		f.sentence = plain(err.Error())
	}
	return f
}

// alikeFlags is how much of two options must be the same for one to be meant.
const alikeFlags = 0.5

// flagNames are the options of a command, the common ones with them.
func flagNames(cmd *cobra.Command) []string {
	var out []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { out = append(out, f.Name) })
	return out
}

// oneOf refuses a value outside a closed list; empty is the default.
func (a *app) oneOf(flag, value string, options ...string) error {
	if value == "" || slices.Contains(options, value) {
		return nil
	}
	return &failure{
		code:     codeUsage,
		sentence: a.text.Text("error.flag_bad", "value", plain(value), "flag", flag),
		hint:     a.text.Text("error.flag_choice", "options", strings.Join(options, ", ")),
	}
}

func (a *app) help(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintf(w, "%s\n\n", strings.TrimRight(cmd.Long, "\n"))
	a.usage(w, cmd)
}

func (a *app) useLine(cmd *cobra.Command) string {
	line := cmd.CommandPath()
	word := a.text.Text("help.command_word")
	if cmd.HasParent() {
		word = "[" + word + "]" // alone, a command with others below it says something too
	}
	if _, args, ok := strings.Cut(cmd.Use, " "); ok {
		line += " " + args
	} else if cmd.HasAvailableSubCommands() {
		line += " " + word
	}
	return line + " " + a.text.Text("help.flags_word")
}

func (a *app) usage(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintf(w, "%s:\n  %s\n", a.text.Text("help.usage"), a.useLine(cmd))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s:\n", a.text.Text("help.commands"))
		shown := slices.DeleteFunc(slices.Clone(cmd.Commands()), func(c *cobra.Command) bool { return !c.IsAvailableCommand() })
		width := 0
		for _, c := range shown {
			width = max(width, len(c.Name()))
		}
		for _, c := range shown {
			fmt.Fprintf(w, "  %-*s  %s\n", width, c.Name(), c.Short)
		}
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, "\n%s:\n%s\n", a.text.Text("help.examples"), cmd.Example)
	}
	a.flagList(w, "help.flags", cmd.LocalNonPersistentFlags())
	common := cmd.InheritedFlags()
	if !cmd.HasParent() {
		common = cmd.PersistentFlags()
	}
	a.flagList(w, "help.global_flags", common)
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s\n", a.text.Text("help.more", "command", cmd.CommandPath()))
	}
}

func (a *app) flagList(w io.Writer, heading string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", a.text.Text(heading))
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		name := strings.TrimSpace("--" + f.Name + " " + value)
		short := "    "
		if f.Shorthand != "" {
			short = "-" + f.Shorthand + ", "
		}
		fmt.Fprintf(w, "  %s%-20s %s\n", short, name, text)
	})
}
