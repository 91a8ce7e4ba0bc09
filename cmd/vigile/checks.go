package main

// vigile checks, vigile checks show ID. For checks learn see checks_learn.go.

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/report"
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
				text := a.checkText(c.Meta, nil)
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

	Reasons   []reasonText   `json:"reasons,omitzero"`   // those of its own; any check may also give a reach
	Platforms []platformText `json:"platforms,omitzero"` // how the remedy is done there
}

// reasonText is one reason a check may give.
type reasonText struct {
	Code     finding.Reason    `json:"reason"`
	Verdicts []finding.Verdict `json:"verdicts"`
	Text     string            `json:"text"`
	Remedy   string            `json:"remedy,omitzero"` // where it asks for something else
	DutyMet  bool              `json:"duty_met,omitzero"`
}

// platformText is how a remedy is done on one platform.
type platformText struct {
	Platform string `json:"platform"`
	Name     string `json:"name"`
	Text     string `json:"text"`
}

func (a *app) checkText(m checks.Meta, platforms map[string]checks.Value) checkText {
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
	for _, p := range slices.Sorted(maps.Keys(m.ByPlatform)) {
		out.Platforms = append(out.Platforms, platformText{p, cmp.Or(platforms[p].Name, p), m.ByPlatform[p].In(lang)})
	}
	reasons, _ := finding.Reasons() // the list is embedded, and a test reads it
	for _, r := range reasons {
		if !slices.Contains(r.Checks, m.ID) {
			continue
		}
		text := reasonText{Code: r.Code, Verdicts: r.Verdicts, DutyMet: r.DutyMet}
		text.Text = report.ReasonText(a.text, finding.Finding{Check: m.ID, Verdict: r.Verdicts[0], Reason: r.Code}, page.ReachOK)
		if own, ok := m.ByReason[string(r.Code)]; ok {
			text.Remedy = own.In(lang)
		}
		out.Reasons = append(out.Reasons, text)
	}
	return out
}

// platformsOf are the platforms the check cms knows.
func platformsOf(list []checks.Check) map[string]checks.Value {
	for _, c := range list {
		if c.Meta.ID == "cms" {
			return c.Meta.Values
		}
	}
	return nil
}

// sheetFormats are the values of --format for what is read as a text.
var sheetFormats = []string{"table", "json", "markdown"}

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
			format, err := a.format(sheetFormats...)
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
			text := a.checkText(list[i].Meta, platformsOf(list))
			return a.print(func(w io.Writer) error {
				switch format {
				case "json":
					return writeJSON(w, text)
				case "markdown":
					a.checkMarkdown(w, "#", text)
				default:
					a.checkTable(w, text)
				}
				return nil
			})
		},
	}
	a.describe(cmd, "checks_show")
	a.ownFormats(cmd, sheetFormats...)
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
	if len(c.Reasons) > 0 {
		fmt.Fprintf(w, "\n%s\n", s.paint(bold, a.text.Text("checks.reasons")))
		for _, r := range c.Reasons {
			fmt.Fprintf(w, "  %s (%s): %s\n", r.Code, a.verdictWords(r.Verdicts), r.Text)
			if r.Remedy != "" {
				fmt.Fprintf(w, "    %s: %s\n", a.text.Text("checks.remedy"), r.Remedy)
			}
		}
	}
	if len(c.Platforms) > 0 {
		fmt.Fprintf(w, "\n%s\n", s.paint(bold, a.text.Text("checks.platforms")))
		for _, p := range c.Platforms {
			fmt.Fprintf(w, "  %s: %s\n", p.Name, p.Text)
		}
	}
}

// verdictWords names verdicts.
func (a *app) verdictWords(vs []finding.Verdict) string {
	words := make([]string, len(vs))
	for i, v := range vs {
		words[i] = a.text.Text("verdict." + string(v))
	}
	return strings.Join(words, ", ")
}

func (a *app) checkMarkdown(w io.Writer, heading string, c checkText) {
	fmt.Fprintf(w, "%s %s\n\n", heading, report.MarkdownText(c.Title))
	for _, f := range a.checkFields(c) {
		fmt.Fprintf(w, "- **%s**: %s\n", a.text.Text(f[0]), report.MarkdownText(f[1]))
	}
	if len(c.Reasons) > 0 {
		fmt.Fprintf(w, "\n| %s | %s | | %s |\n|---|---|---|---|\n", a.text.Text("checks.reason"), a.text.Text("checks.verdicts"), a.text.Text("checks.remedy"))
		for _, r := range c.Reasons {
			fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", r.Code, a.verdictWords(r.Verdicts), report.MarkdownText(r.Text), report.MarkdownText(r.Remedy))
		}
	}
	if len(c.Platforms) > 0 {
		fmt.Fprintf(w, "\n%s\n\n", a.text.Text("checks.platforms"))
		for _, p := range c.Platforms {
			fmt.Fprintf(w, "- %s: %s\n", report.MarkdownText(p.Name), report.MarkdownText(p.Text))
		}
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

// completeChecks completes the flag --check. The catalogue is loaded when
// somebody asks for it: no other command should wait for it.
func completeChecks(cmd *cobra.Command) {
	_ = cmd.RegisterFlagCompletionFunc("check", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return checkIDs(), cobra.ShellCompDirectiveNoFileComp
	})
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
