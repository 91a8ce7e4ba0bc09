package main

// This file holds the output formats that commands share.

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// tableFormats are the values of --format for commands that print results.
var tableFormats = []string{"table", "json", "csv", "markdown"}

// format is the value of --format, checked against what the command offers; the
// first is the default.
func (a *app) format(offered ...string) (string, error) {
	if err := a.oneOf("--format", a.flags.format, offered...); err != nil {
		return "", err
	}
	if a.flags.format == "" {
		return offered[0], nil
	}
	return a.flags.format, nil
}

// formatOf is format where the file that is written to may say it by its name.
func (a *app) formatOf(file string, offered ...string) (string, error) {
	said := strings.TrimPrefix(strings.ToLower(filepath.Ext(file)), ".")
	switch said {
	case "md":
		said = "markdown"
	case "htm":
		said = formatHTML
	}
	if a.flags.format == "" && slices.Contains(offered, said) {
		return said, nil
	}
	return a.format(offered...)
}

// ownFormats hides the common flag of that name: other formats, other help.
func (a *app) ownFormats(cmd *cobra.Command, offered ...string) {
	cmd.Flags().StringVar(&a.flags.format, "format", "", a.formatText(offered...))
	fixed(cmd, "format", offered...)
}

// print writes to stdout through a buffer, and says so where that fails: a full
// disk behind a redirection must not look like success.
func (a *app) print(write func(io.Writer) error) error {
	b := bufio.NewWriter(a.stdout)
	err := write(b)
	if flushed := b.Flush(); err == nil && flushed != nil {
		err = a.cannotWrite("stdout", flushed)
	}
	return err
}

func (a *app) cannotWrite(file string, err error) error {
	detail := a.cause(err)
	if errors.Is(err, fs.ErrNotExist) { // the file would be made
		detail = a.text.Text("error.detail.no_folder")
	}
	return &failure{
		code: codeInternal, sentence: a.text.Text("error.output", "file", plain(file), "detail", detail),
		hint: a.text.Text("error.output_hint"), err: err,
	}
}

// printTable writes a table in one of the tableFormats. The json is v; csv has
// the keys of columns as its header.
func (a *app) printTable(format string, t *table, columns []string, v any) error {
	return a.print(func(w io.Writer) error {
		switch format {
		case "json":
			return writeJSON(w, v)
		case "csv":
			if t.plain != nil {
				return writeCSV(w, columns, t.plain)
			}
			return writeCSV(w, columns, t.rows)
		case "markdown":
			escapeTable(t).markdown(w)
			return nil
		default:
			t.write(w, a.styleOf(a.stdout))
			return nil
		}
	})
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func writeCSV(w io.Writer, header []string, rows [][]string) error {
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = harmless(cell)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// harmless keeps a spreadsheet from reading a cell as a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// stamp is a time as other programs read it, as in the JSON.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
