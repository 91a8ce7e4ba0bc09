package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

var update = flag.Bool("update", false, "write the golden files of the export anew")

func views(ls ...record.Latest) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		for _, l := range ls {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// exported are two comuni: one read on two nights, with hostile strings, and
// one that IPA has no usable address of.
func exported() []record.Latest {
	rome := time.FixedZone("CET", 3600)
	at := time.Date(2026, 11, 22, 1, 30, 5, 99, rome)
	spello := record.Assessment{
		Run: "notte-2026-11-22", Started: at,
		Comune: registry.Comune{
			Istat: "000102", IPA: "c_z102", Name: "Borgo d'Été; Alto", Province: "NA", Region: "Valle d'Aosta/Vallée d'Aoste", Population: 812,
			PEC: "=HYPERLINK(\"http://x.example\")", Site: registry.Site{Raw: "www.borgo.example", URL: "https://www.borgo.example/"},
		},
		Visit: page.Visit{Reach: page.ReachOK, FinalURL: "https://www.borgo.example/it?a=1&b=<2>"},
		Findings: []finding.Finding{
			{
				Check: "cms", Nature: finding.Information, Verdict: finding.Info, Value: "wordpress", Confidence: finding.High, Version: 3,
				Evidence: []finding.Fact{{URL: "https://www.borgo.example/", Snippet: "Genera\x1b[31mtore: \"WordPress\", 6.4\nseconda riga"}, {Snippet: "never shown"}},
			},
			{
				Check: "privacy", Nature: finding.Obligation, Verdict: finding.Fail, Reason: "not_found", Confidence: finding.Medium, Version: 1,
				Candidates: []finding.Fact{{URL: "https://www.borgo.example/note", Value: "-2+3 note legali"}}, Looked: []string{"https://www.borgo.example/"},
			},
			{
				Check: "transparency", Nature: finding.Obligation, Verdict: finding.Fail, Reason: "no_link", Version: 2,
				Looked: []string{"https://www.borgo.example/"},
			},
		},
	}
	first, _ := record.Latest{}.Take(spello, "2026-11-22")
	next := spello
	next.Run, next.Started = "richiesta-7", at.Add(9*time.Hour)
	next.Findings = []finding.Finding{{Check: "privacy", Nature: finding.Obligation, Verdict: finding.Unknown, Reason: "js_only", Version: 1}}
	both, _ := first.Take(next, "2026-11-22")
	nowhere, _ := record.Latest{}.Take(record.Assessment{
		Run: "notte-2026-11-22", Started: at,
		Comune: registry.Comune{Istat: "990002", IPA: "c_z999", Name: "Vuoto", Province: "PG", Region: "Umbria", Site: registry.Site{Raw: "@nessuno"}},
		Visit:  page.Visit{Reach: page.ReachBadURL, Site: "@nessuno"},
		Findings: []finding.Finding{{
			Check: "registry-site", Nature: finding.Obligation, Verdict: finding.Fail, Reason: "bad_url", Confidence: finding.High, Version: 1,
		}},
	}, "2026-11-22")
	return []record.Latest{both, nowhere}
}

func export(t testing.TB, o ExportOptions, ls ...record.Latest) []byte {
	t.Helper()
	var b bytes.Buffer
	rows, err := Export(&b, views(ls...), o)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, l := range ls {
		want += len(l.Standings)
	}
	if rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
	return b.Bytes()
}

func TestExportIsAsItsGoldenFile(t *testing.T) {
	for name, o := range map[string]ExportOptions{
		"export.csv": {Format: CSV}, "export_excel.csv": {Format: CSV, Excel: true}, "export.jsonl": {Format: JSONL}, "export.json": {Format: JSON},
	} {
		t.Run(name, func(t *testing.T) {
			got := export(t, o, exported()...)
			golden := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestExportHasTheColumnsOfTheInterface(t *testing.T) {
	const want = "istat,codice_ipa,comune,provincia,regione,popolazione,pec,site,final_url,run,checked_at,reach,check,nature,verdict,reason,value," +
		"confidence,evidence_url,evidence,first_seen,last_changed,last_definite,last_definite_at,rule_version"
	if got := strings.Join(Columns(), ","); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	header, _, _ := strings.Cut(string(export(t, ExportOptions{Format: CSV})), "\n")
	if header != want {
		t.Errorf("header %s", header)
	}
}

func TestExportOfBriefViewsIsTheSame(t *testing.T) {
	var brief []record.Latest
	for _, l := range exported() {
		brief = append(brief, l.Brief())
	}
	for _, f := range ExportFormats() {
		if d := cmp.Diff(string(export(t, ExportOptions{Format: f}, exported()...)), string(export(t, ExportOptions{Format: f}, brief...))); d != "" {
			t.Errorf("%s:\n%s", f, d)
		}
	}
}

func TestExportFormsSayTheSame(t *testing.T) {
	var array, lines []map[string]any
	if err := json.Unmarshal(export(t, ExportOptions{Format: JSON}, exported()...), &array); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(export(t, ExportOptions{Format: JSONL}, exported()...)))
	for {
		var line map[string]any
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if d := cmp.Diff(array, lines); d != "" || len(lines) != 4 {
		t.Errorf("%d lines:\n%s", len(lines), d)
	}
	for _, line := range lines {
		if len(line) != len(Columns()) {
			t.Errorf("%d keys in %v", len(line), line)
		}
	}
}

func TestAnEmptyExportIsValid(t *testing.T) {
	for f, want := range map[ExportFormat]string{CSV: strings.Join(Columns(), ",") + "\n", JSONL: "", JSON: "[]\n"} {
		if got := string(export(t, ExportOptions{Format: f})); got != want {
			t.Errorf("%s: %q, want %q", f, got, want)
		}
	}
}

func TestExportStopsAtTheFirstError(t *testing.T) {
	broken := errors.New("the store broke")
	seq := func(yield func(record.Latest, error) bool) {
		_ = yield(exported()[1], nil) && yield(record.Latest{}, broken)
	}
	var b bytes.Buffer
	rows, err := Export(&b, seq, ExportOptions{Format: JSON})
	if rows != 1 || !errors.Is(err, broken) {
		t.Errorf("%d rows, %v", rows, err)
	}
	if json.Valid(b.Bytes()) {
		t.Error("a part of an export passes for a whole one")
	}
	if _, err := Export(full{}, views(exported()...), ExportOptions{Format: CSV}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a full disk: %v", err)
	}
	if _, err := Export(&b, views(), ExportOptions{Format: "xls"}); err == nil || !strings.Contains(err.Error(), "csv") {
		t.Errorf("no such format: %v", err)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestACellIsNoFormula(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1":              "'=1+1",
		"+39 075 1":         "'+39 075 1",
		"-1":                "'-1",
		"@SUM(A1)":          "'@SUM(A1)",
		"\t=1":              "'=1",
		"\r\n=cmd|' /C x'!": "'=cmd|' /C x'!",
		"'=1":               "'=1",
		" - a":              "'- a",
		"a=1":               "a=1",
		"\u200b=1":          "'=1",
		"":                  "",
	} {
		if got := csvCell(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "a,b;c", "=1", "\"", "\r\n", "\"\"\n", "è\u202e", "\xff\xfe", "\\.", " x ", "'", "\ufeff=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l := exported()[1]
		l.Comune.Name, l.Standings[0].Finding.Value = s, s
		for _, excel := range []bool{false, true} {
			text := export(t, ExportOptions{Format: CSV, Excel: excel}, l)
			r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte(byteOrderMark))))
			if excel {
				r.Comma = ';'
			}
			records, err := r.ReadAll()
			if err != nil || len(records) != 2 {
				t.Fatalf("%d records, %v", len(records), err)
			}
			clean := cleanCell(s)
			for _, i := range []int{2, 16} {
				got := records[1][i]
				if got != clean && got != "'"+clean {
					t.Fatalf("column %d: %q came back as %q", i, s, got)
				}
				if got != "" && strings.ContainsAny(got[:1], "=+-@\t\r") || !utf8.ValidString(got) {
					t.Fatalf("column %d: %q could run", i, got)
				}
			}
		}
	})
}
