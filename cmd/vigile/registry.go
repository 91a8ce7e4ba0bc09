package main

// vigile registry: the local copy of IPA and ISTAT. The copy itself is read and
// fetched in registry_copy.go.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/registry"
)

func newRegistry(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "registry",
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	a.describe(cmd, "registry")
	cmd.AddCommand(newRegistryUpdate(a), newRegistryList(a), newRegistryShow(a))
	return cmd
}

func newRegistryUpdate(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "update",
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.registryUpdate(cmd.Context()) },
	}
	a.describe(cmd, "registry_update")
	return cmd
}

// updated is what became of one source, in JSON.
type updated struct {
	Source  registry.Source      `json:"source"`
	Outcome registry.Outcome     `json:"outcome"`
	Before  int                  `json:"before"`
	State   registry.SourceState `json:"state"`
	Error   string               `json:"error,omitzero"`
}

func (a *app) registryUpdate(ctx context.Context) error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	g, err := a.guard(cfg)
	if err != nil {
		return err
	}
	defer g.Close()
	reports, err := a.updateCopy(ctx, cfg, g)
	if stopped := ctx.Err(); stopped != nil {
		return stopped
	}
	if len(reports) == 0 {
		return a.cannotKeep(cfg, err)
	}
	t := &table{head: []string{
		a.text.Text("registry.what"), a.text.Text("registry.outcome_head"), a.text.Text("registry.rows"), a.text.Text("registry.current"),
	}, right: map[int]bool{2: true}}
	all := []updated{}
	var failed []string
	for _, r := range reports {
		u := updated{Source: r.Source, Outcome: r.Outcome, Before: r.Before, State: r.State}
		if r.Err != nil {
			u.Error = a.explain(r.Err).sentence
			failed = append(failed, u.Error)
		}
		all = append(all, u)
		current := a.text.Text("registry.never")
		if !r.State.Checked.IsZero() {
			current = a.text.Moment(r.State.Checked.In(rome()))
		}
		t.add(a.text.Text("registry.source."+string(r.Source)), a.text.Text("registry.outcome."+string(r.Outcome)), a.text.Number(r.State.Count), current)
		t.addPlain(string(r.Source), string(r.Outcome), strconv.Itoa(r.State.Count), stamp(r.State.Checked))
	}
	if err := a.printTable(format, t, []string{"source", "outcome", "rows", "checked"}, all); err != nil {
		return err
	}
	if len(failed) == 0 {
		return nil
	}
	f := a.explain(err)
	return &failure{code: codeNothing, sentence: a.text.Count("error.update", len(failed)), lines: failed, hint: f.hint, err: err}
}

// cannotKeep says that the folder of the copy cannot be used.
func (a *app) cannotKeep(cfg config.Config, err error) error {
	return &failure{
		code: codeUsage, sentence: a.text.Text("error.store", "path", plain(registryDir(cfg)), "detail", a.cause(err)),
		hint: a.text.Text("error.store_hint"), err: err,
	}
}

// listFlags are those of registry list alone.
type listFlags struct {
	provinces []string
	regions   []string
	quirk     string
	quirks    bool
	registry  string
}

func newRegistryList(a *app) *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:  "list",
		Args: a.noArgs,
		Example: `  vigile registry list --provincia PG
  vigile registry list --quirks
  vigile registry list --quirk email --format csv`,
		RunE: func(*cobra.Command, []string) error { return a.registryList(f) },
	}
	a.describe(cmd, "registry_list")
	flags := cmd.Flags()
	flags.StringArrayVar(&f.provinces, "provincia", nil, a.flagText("provincia"))
	flags.StringArrayVar(&f.regions, "regione", nil, a.flagText("regione"))
	flags.StringVar(&f.quirk, "quirk", "", a.flagText("quirk"))
	flags.BoolVar(&f.quirks, "quirks", false, a.flagText("quirks"))
	flags.StringVar(&f.registry, "registry", "", a.flagText("registry"))
	fixed(cmd, "provincia", provinceCodes()...)
	fixed(cmd, "regione", registry.Regions()...)
	return cmd
}

func (a *app) registryList(f listFlags) error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	c, err := a.catalogueAtHand(cfg, f.registry)
	if err != nil {
		return err
	}
	comuni := c.All()
	if len(f.provinces)+len(f.regions) > 0 {
		if comuni, err = a.places(c, crawlFlags{provinces: f.provinces, regions: f.regions}, false); err != nil {
			return err
		}
	}
	if f.quirks {
		return a.printQuirks(format, comuni)
	}
	if f.quirk != "" {
		comuni = slices.DeleteFunc(comuni, func(x registry.Comune) bool { return !slices.Contains(quirksOf(x), registry.Quirk(f.quirk)) })
	}
	t := &table{head: []string{
		"ISTAT", "IPA", a.text.Text("summary.comune"), a.text.Text("registry.province"), a.text.Text("sheet.site"), a.text.Text("registry.oddities"),
	}}
	for _, x := range comuni {
		var odd []string
		for _, q := range quirksOf(x) {
			odd = append(odd, string(q))
		}
		t.add(x.Istat, plain(x.IPA), plain(x.Name), plain(x.Province), plain(x.Site.URL), strings.Join(odd, " "))
	}
	if err := a.printTable(format, t, []string{"istat", "codice_ipa", "comune", "provincia", "site", "quirks"}, comuni); err != nil {
		return err
	}
	a.note(a.text.Count("summary.comuni", len(comuni)))
	return nil
}

// quirksOf are the quirks of a row and of its address.
func quirksOf(c registry.Comune) []registry.Quirk { return slices.Concat(c.Quirks, c.Site.Quirks) }

// quirkCount is a quirk in JSON.
type quirkCount struct {
	Quirk registry.Quirk `json:"quirk"`
	Count int            `json:"count"`
	Means string         `json:"means"`
}

func (a *app) printQuirks(format string, comuni []registry.Comune) error {
	t := &table{head: []string{a.text.Text("registry.oddity"), a.text.Text("registry.comuni"), a.text.Text("registry.means")}, right: map[int]bool{1: true}}
	all := []quirkCount{}
	for _, q := range registry.CountQuirks(comuni) {
		all = append(all, quirkCount{q.Quirk, q.Count, a.quirkText(q.Quirk)})
		t.add(string(q.Quirk), a.text.Number(q.Count), a.quirkText(q.Quirk))
		t.addPlain(string(q.Quirk), strconv.Itoa(q.Count), a.quirkText(q.Quirk))
	}
	return a.printTable(format, t, []string{"quirk", "count", "means"}, all)
}

func (a *app) quirkText(q registry.Quirk) string {
	if key := "registry.quirk." + string(q); a.text.Has(key) {
		return a.text.Text(key)
	}
	return string(q)
}

// catalogueAtHand is the comuni of a file or of the local copy.
func (a *app) catalogueAtHand(cfg config.Config, file string) (*registry.Catalogue, error) {
	if file != "" {
		return a.registryFile(file)
	}
	s, err := a.copyAtHand(cfg)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, &failure{
			code: codeUsage, sentence: a.text.Text("error.no_copy", "path", plain(registryDir(cfg))), hint: a.text.Text("error.no_copy_hint"),
		}
	}
	a.noteDamaged(s)
	return s.Catalogue(), nil
}

func newRegistryShow(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "show " + a.text.Text("help.comune_word"),
		Args:    a.oneArg,
		Example: "  vigile registry show Spoleto",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.registryShow(cmd.Context(), args[0], file) },
	}
	a.describe(cmd, "registry_show")
	a.ownFormats(cmd, fileFormats...)
	cmd.Flags().StringVar(&file, "registry", "", a.flagText("registry"))
	return cmd
}

func (a *app) registryShow(ctx context.Context, query, file string) error {
	format, err := a.format(fileFormats...)
	if err != nil {
		return err
	}
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	c, err := a.lookUp(ctx, cfg, query, file)
	if err != nil {
		return err
	}
	return a.print(func(w io.Writer) error {
		if format == "json" {
			return writeJSON(w, c)
		}
		a.printComune(w, a.styleOf(a.stdout), c)
		return nil
	})
}

// lookUp finds one comune in a file, in the local copy, or asking IPA.
func (a *app) lookUp(ctx context.Context, cfg config.Config, query, file string) (registry.Comune, error) {
	if file != "" {
		c, err := a.registryFile(file)
		if err != nil {
			return registry.Comune{}, err
		}
		return c.Find(query)
	}
	kept, err := a.copyAtHand(cfg)
	if err != nil {
		return registry.Comune{}, err
	}
	if kept != nil {
		return kept.Catalogue().Find(query)
	}
	g, err := a.guard(cfg)
	if err != nil {
		return registry.Comune{}, err
	}
	defer g.Close()
	find, err := a.askIPA(ctx, cfg, g, nil)
	if err != nil {
		return registry.Comune{}, err
	}
	return find(query)
}

func (a *app) printComune(w io.Writer, s style, c registry.Comune) {
	fmt.Fprintln(w, s.paint(bold, a.text.Text("sheet.comune", "name", plain(c.Name))))
	keys := []string{
		"registry.province", "registry.population", "registry.tax_code", "registry.row_updated", "registry.raw", "sheet.site", "registry.rtd", "registry.unions", "registry.oddities",
	}
	width := a.labels(keys...)
	field := func(key, text string) {
		if text != "" {
			s.field(w, "", a.text.Text(key), width, text)
		}
	}
	s.field(w, "", "ISTAT", width, c.Istat)
	s.field(w, "", "IPA", width, plain(c.IPA))
	field("registry.province", strings.Trim(plain(c.Province)+", "+plain(c.Region), ", "))
	if c.Population > 0 {
		field("registry.population", a.text.Number(c.Population))
	}
	s.field(w, "", "PEC", width, plain(c.PEC))
	field("registry.tax_code", plain(c.TaxCode))
	field("registry.row_updated", plain(c.Updated))
	field("registry.raw", plain(c.Site.Raw))
	site := plain(c.Site.URL)
	if site == "" {
		site = a.text.Text("registry.no_site")
	}
	field("sheet.site", site)
	label := a.text.Text("registry.oddities")
	for _, q := range quirksOf(c) {
		s.field(w, "", label, width, a.quirkText(q)+" ("+string(q)+")")
		label = ""
	}
	a.printRTD(w, s, width, c.RTD)
}

func (a *app) printRTD(w io.Writer, s style, width int, o registry.Office) {
	label := a.text.Text("registry.rtd")
	switch {
	case !o.Known:
		s.field(w, "", label, width, a.text.Text("registry.rtd_unknown"))
	case len(o.Holders) == 0:
		s.field(w, "", label, width, a.text.Text("registry.rtd_none"))
	}
	for _, h := range o.Holders {
		parts := []string{plain(h.Name)}
		for _, x := range []string{h.Office, h.IPA, h.Updated} {
			if x != "" {
				parts = append(parts, plain(x))
			}
		}
		if h.Union {
			parts = append(parts, a.text.Text("registry.rtd_union"))
		}
		s.field(w, "", label, width, strings.Join(parts, ", "))
		label = ""
	}
	if len(o.Unions) > 0 {
		s.field(w, "", a.text.Text("registry.unions"), width, strings.Join(o.Unions, ", "))
	}
}

// explainUpdate finds the words for what can go wrong with a download.
func (a *app) explainUpdate(err error) *failure {
	var shrunken *registry.ShrunkenError
	var status *registry.StatusError
	var columns *registry.MissingColumnsError
	var large *registry.TooLargeError
	var hurt *registry.DamagedError
	switch {
	case errors.As(err, &shrunken) && shrunken.After == 0:
		return &failure{
			code: codeNothing, sentence: a.text.Text("error.update_empty", "source", a.text.Text("registry.source."+string(shrunken.Source))),
			hint: a.text.Text("error.update_hint"), err: err,
		}
	case errors.As(err, &shrunken):
		return &failure{
			code: codeNothing, sentence: a.text.Text("error.update_shrunken", "source", a.text.Text("registry.source."+string(shrunken.Source)),
				"before", a.text.Number(shrunken.Before), "after", a.text.Number(shrunken.After)),
			hint: a.text.Text("error.update_shrunken_hint"), err: err,
		}
	case errors.As(err, &status):
		return &failure{
			code: codeNothing, sentence: a.text.Text("error.update_status", "url", plain(status.URL), "status", status.Status),
			hint: a.text.Text("error.update_hint"), err: err,
		}
	case errors.As(err, &columns), errors.As(err, &large), errors.As(err, &hurt):
		return &failure{
			code: codeNothing, sentence: a.text.Text("error.update_format", "detail", plain(err.Error())), hint: a.text.Text("error.update_hint"), err: err,
		}
	}
	return nil
}
