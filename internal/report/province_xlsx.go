package report

// The report of a province as a workbook: the numbers, the comuni behind them,
// the RTDs, what is to be done, good practice, the comuni.

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/vigile-it/vigile/internal/messages"
)

// WriteProvinceXLSX writes the report as a workbook of Office Open XML. No cell
// is a formula.
func WriteProvinceXLSX(w io.Writer, p Province, text messages.Catalogue) error {
	f := excelize.NewFile()
	defer f.Close()
	b := provinceBook{f: f, p: p, text: text}
	var err error
	if b.head, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err == nil {
		b.share, err = f.NewStyle(&excelize.Style{NumFmt: 10}) // 0.00%
	}
	for _, write := range []func() error{b.numbers, b.counted, b.rtd, b.work, b.practice, b.members} {
		if err != nil {
			break
		}
		err = write()
	}
	if err != nil {
		return fmt.Errorf("making the workbook: %w", err)
	}
	f.SetActiveSheet(0)
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return nil
}

// provinceBook is the workbook of a report being written.
type provinceBook struct {
	f     *excelize.File
	p     Province
	text  messages.Catalogue
	head  int // styles
	share int
	many  int // sheets so far
}

// col is a column of a sheet: the key of its title, and its width in characters.
type col struct {
	title string
	width float64
}

// sheet writes one sheet: lines above, the header held in place, rows.
func (b *provinceBook) sheet(key string, above []string, cols []col, rows [][]any) error {
	name := b.text.Text("province_report.sheet." + key)
	if b.many == 0 {
		if err := b.f.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else if _, err := b.f.NewSheet(name); err != nil {
		return err
	}
	b.many++
	s, err := b.f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	head := make([]any, len(cols))
	for i, c := range cols {
		head[i] = b.text.Text(c.title, "night", DayWords(b.text, b.p.Earlier))
		if err := s.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
	}
	top := fmt.Sprintf("A%d", len(above)+2)
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: len(above) + 1, TopLeftCell: top, ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, line := range above {
		if err := s.SetRow(fmt.Sprintf("A%d", i+1), []any{cleanCell(line)}); err != nil {
			return err
		}
	}
	if err := s.SetRow(fmt.Sprintf("A%d", len(above)+1), head, excelize.RowOpts{StyleID: b.head}); err != nil {
		return err
	}
	for i, row := range rows {
		for j, v := range row {
			if words, ok := v.(string); ok {
				row[j] = cleanCell(words)
			}
		}
		if err := s.SetRow(fmt.Sprintf("A%d", len(above)+2+i), row); err != nil {
			return err
		}
	}
	return s.Flush()
}

// ratio is a share as a number that a spreadsheet can work with; no cell of none.
func (b *provinceBook) ratio(n, all int) any {
	if all == 0 {
		return nil
	}
	return excelize.Cell{StyleID: b.share, Value: float64(n) / float64(all)}
}

func (b *provinceBook) numbers() error {
	p, t := b.p, b.text
	cols := []col{
		{"province_report.theme_col", 36},
		{"province_report.count_col", 56},
		{"province_report.comuni_col", 10},
		{"province_report.share_col", 10},
		{"province_report.assessed_col", 10},
		{"province_report.unreachable_col", 12},
		{"province_report.no_site_col", 12},
		{"province_report.open_col", 14},
		{"province_report.unsure_col", 14},
	}
	if p.Earlier != "" {
		cols = append(cols, col{"province_report.then_col", 24}, col{"province_report.diff_col", 12})
	}
	var rows [][]any
	for _, theme := range p.Themes {
		for _, c := range theme.Counts {
			row := []any{theme.Title, c.Title, c.Comuni, b.ratio(c.Comuni, c.Base.Assessed), c.Base.Assessed, c.Base.Unreachable, c.Base.NoSite, c.Base.Open, c.ToConfirm()}
			if c.Then != nil {
				row = append(row, c.Then.Comuni, c.Comuni-c.Then.Comuni)
			}
			rows = append(rows, row)
		}
	}
	above := []string{
		t.Text("province_report.title", "title", p.Title), t.Text("province_report.made", "when", t.Moment(p.Made), "version", p.Version) + " " + p.Stood.Words(t, p.Made.Location()),
		t.Text("province_report.base", "comuni", p.Base.Comuni, "assessed", p.Base.Assessed, "unreachable", p.Base.Unreachable, "no_site", p.Base.NoSite),
		t.Text("province_report.fair"),
	}
	return b.sheet("numbers", above, cols, rows)
}

// counted are the comuni behind every number, and those not assessed.
func (b *provinceBook) counted() error {
	var rows [][]any
	for _, theme := range b.p.Themes {
		for _, c := range theme.Counts {
			for _, part := range []struct {
				word   string
				groups []Group
			}{{b.text.Text("province_report.counted"), c.Groups}, {b.text.Text("province_report.unsure_one"), c.Unsure}, {b.text.Text("province_report.not_assessed"), c.Left}} {
				for _, g := range part.groups {
					for _, x := range g.Comuni {
						rows = append(rows, []any{c.Title, part.word, g.Text, x.Comune, x.Province, x.Istat, x.URL, c.Check, g.Code})
					}
				}
			}
		}
	}
	return b.sheet("counted", nil, []col{
		{"province_report.count_col", 48},
		{"province_report.counted_col", 16},
		{"province_report.reason_col", 48},
		{"summary.comune", 28},
		{"province_report.province_col", 10},
		{"province_report.istat_col", 10},
		{"province_report.url_col", 60},
		{"summary.check", 26},
		{"province_report.code_col", 24},
	}, rows)
}

func (b *provinceBook) rtd() error {
	var rows [][]any
	for _, r := range b.p.RTD {
		rows = append(rows, []any{r.Comune, r.Province, r.Istat, r.Text, r.SourceText, r.Words, r.URL})
	}
	return b.sheet("rtd", nil, []col{
		{"summary.comune", 28},
		{"province_report.province_col", 10},
		{"province_report.istat_col", 10},
		{"province_report.verdict_col", 48},
		{"province_report.source_col", 28},
		{"province_report.words_col", 60},
		{"province_report.url_col", 60},
	}, rows)
}

func (b *provinceBook) work() error {
	var rows [][]any
	for _, t := range b.p.Worklist {
		for _, x := range t.Comuni {
			rows = append(rows, []any{
				t.ID, b.text.Text("verdict." + string(t.Verdict)), t.Title, t.Text, t.Remedy, strings.Join(t.Who, ", "), t.Long, t.Supplier, t.Platform,
				x.Comune, x.Province, x.Istat, x.PEC, x.URL,
			})
		}
	}
	return b.sheet("work", nil, []col{
		{"province_report.request_col", 10},
		{"province_report.verdict_col", 16},
		{"summary.check", 40},
		{"province_report.reason_col", 48},
		{"province_report.what_col", 60},
		{"province_report.who_col", 28},
		{"province_report.effort_col", 18},
		{"province_report.supplier_col", 16},
		{"province_report.platform_col", 20},
		{"summary.comune", 28},
		{"province_report.province_col", 10},
		{"province_report.istat_col", 10},
		{"province_report.pec_col", 36},
		{"province_report.url_col", 60},
	}, rows)
}

func (b *provinceBook) practice() error {
	var rows [][]any
	for _, x := range b.p.Practice {
		for _, line := range x.Lines {
			for _, l := range line.Like {
				rows = append(rows, []any{x.Title, line.Comune, line.Province, line.Istat, l.Comune, l.Province, l.Istat, LikeWords(b.text, l), l.URL})
			}
		}
	}
	return b.sheet("practice", nil, []col{
		{"summary.check", 40},
		{"summary.comune", 28},
		{"province_report.province_col", 10},
		{"province_report.istat_col", 10},
		{"province_report.like_col", 28},
		{"province_report.province_col", 10},
		{"province_report.istat_col", 10},
		{"province_report.why_like_col", 48},
		{"province_report.url_col", 60},
	}, rows)
}

func (b *provinceBook) members() error {
	var rows [][]any
	for _, m := range b.p.Comuni {
		var inhabitants any
		if m.Population > 0 {
			inhabitants = m.Population
		}
		rows = append(rows, []any{m.Comune, m.Province, m.Istat, m.IPA, inhabitants, m.ReachText, m.Platform, m.Supplier, m.PEC, m.Site})
	}
	return b.sheet("members", nil, []col{
		{"summary.comune", 28},
		{"province_report.province_col", 10},
		{"province_report.istat_col", 10},
		{"province_report.ipa_col", 12},
		{"province_report.size_col", 12},
		{"summary.reach", 28},
		{"province_report.platform_col", 28},
		{"province_report.supplier_col", 18},
		{"province_report.pec_col", 36},
		{"sheet.site", 48},
	}, rows)
}
