package main

// vigile checks, vigile checks show ID. For checks learn see checks_learn.go.

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
)

func newChecks(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "checks",
		Args: a.noArgs,
		RunE: func(*cobra.Command, []string) error {
			format, err := a.format(tableFormats...)
			if err != nil {
				return err
			}
			list, err := a.configuredChecks()
			if err != nil {
				return err
			}
			t := &table{head: []string{a.text.Text("checks.id"), a.text.Text("checks.nature"), a.text.Text("checks.title")}}
			var all []checkText
			for _, c := range list {
				text := a.checkText(c.Meta)
				t.add(text.ID, a.text.Text("nature."+string(text.Nature)), text.Title)
				all = append(all, text)
			}
			return a.printTable(format, t, []string{"check", "nature", "title"}, all)
		},
	}
	a.describe(cmd, "checks")
	cmd.AddCommand(newChecksShow(a), newChecksLearn(a))
	return cmd
}

// checkText is a check as it is shown, in one language.
type checkText struct {
	ID       string          `json:"check"`
	Nature   finding.Nature  `json:"nature"`
	Title    string          `json:"title"`
	Why      string          `json:"why"`
	Laws     []string        `json:"laws,omitzero"`
	Deadline string          `json:"deadline,omitzero"`
	MustRead []string        `json:"must_read,omitzero"`
	Severity checks.Severity `json:"severity"`
	Effort   checks.Effort   `json:"effort"`
	Who      []string        `json:"who"`
	Remedy   string          `json:"remedy"`
	Version  int             `json:"rule_version"`
}

func (a *app) checkText(m checks.Meta) checkText {
	lang := a.text.Lang()
	out := checkText{
		ID: m.ID, Nature: m.Nature, Title: m.Title(lang), Why: m.Why(lang), Deadline: m.Deadline.Text.In(lang), MustRead: m.MustRead,
		Severity: m.Severity, Effort: m.Effort, Who: m.Who, Remedy: m.Remedy("", lang), Version: m.Version,
	}
	for _, l := range m.Law {
		source := l.Act
		if l.Article != "" {
			source += ", " + l.Article
		}
		out.Laws = append(out.Laws, source+": "+l.Text.In(lang))
	}
	return out
}

func newChecksShow(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "show ID",
		Args: a.oneArg,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return checkIDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			format, err := a.format("table", "json", "markdown")
			if err != nil {
				return err
			}
			list, err := a.configuredChecks()
			if err != nil {
				return err
			}
			i := slices.IndexFunc(list, func(c checks.Check) bool { return c.Meta.ID == args[0] })
			if i < 0 {
				return a.unknownCheck(args[0], idsOf(list))
			}
			text := a.checkText(list[i].Meta)
			return a.print(func(w io.Writer) error {
				switch format {
				case "json":
					return writeJSON(w, text)
				case "markdown":
					a.checkMarkdown(w, text)
				default:
					a.checkTable(w, text)
				}
				return nil
			})
		},
	}
	a.describe(cmd, "checks_show")
	return cmd
}

// checkFields are the labelled lines of one check.
func (a *app) checkFields(c checkText) [][2]string {
	who := make([]string, len(c.Who))
	for i, w := range c.Who {
		who[i] = a.text.Text("who." + w)
	}
	out := [][2]string{
		{"checks.id", c.ID},
		{"checks.nature", a.text.Text("nature." + string(c.Nature))},
		{"checks.why", c.Why},
	}
	for _, law := range c.Laws {
		out = append(out, [2]string{"checks.law", law})
	}
	out = append(out, [][2]string{
		{"checks.deadline", c.Deadline},
		{"checks.must_read", strings.Join(c.MustRead, ", ")},
		{"checks.remedy", c.Remedy},
		{"checks.who", strings.Join(who, ", ")},
		{"checks.severity", a.text.Text("severity." + string(c.Severity))},
		{"checks.effort", a.text.Text("effort." + string(c.Effort))},
		{"checks.version", strconv.Itoa(c.Version)},
	}...)
	return slices.DeleteFunc(out, func(f [2]string) bool { return f[1] == "" })
}

func (a *app) checkTable(w io.Writer, c checkText) {
	s := a.styleOf(a.stdout)
	fmt.Fprintf(w, "%s\n\n", s.paint(bold, c.Title))
	width := 0
	for _, f := range a.checkFields(c) {
		width = max(width, len([]rune(a.text.Text(f[0]))))
	}
	for _, f := range a.checkFields(c) {
		s.field(w, "", a.text.Text(f[0]), width, f[1])
	}
}

func (a *app) checkMarkdown(w io.Writer, c checkText) {
	fmt.Fprintf(w, "# %s\n\n", markdownText(c.Title))
	for _, f := range a.checkFields(c) {
		fmt.Fprintf(w, "- **%s**: %s\n", a.text.Text(f[0]), markdownText(f[1]))
	}
}

func idsOf(list []checks.Check) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c.Meta.ID
	}
	return out
}

// configuredChecks are all checks there are where the configuration says so.
func (a *app) configuredChecks() ([]checks.Check, error) {
	cfg, err := a.settings()
	if err != nil {
		return nil, err
	}
	return a.everyCheck(cfg)
}

// checkIDs are the ids for completion: none where the catalogue is broken, which
// every other command says aloud.
func checkIDs() []string {
	list, err := checks.Catalogue()
	if err != nil {
		return nil
	}
	return idsOf(list)
}
