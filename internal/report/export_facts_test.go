package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

func visitsFor(err error, visits ...record.Assessment) iter.Seq2[record.Assessment, error] {
	return func(yield func(record.Assessment, error) bool) {
		for _, v := range visits {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			yield(record.Assessment{}, err)
		}
	}
}

func factVisit() record.Assessment {
	return record.Assessment{
		Run: "notte-1", Started: time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC),
		Comune: registry.Comune{Istat: "001001", IPA: "c_a001", Name: "Borgo Finto", Province: "NA", Region: "Campania", RTD: registry.Office{
			Unions: []string{"uc_1"}, Holders: []registry.RTDHolder{{IPA: "uc_1", Union: true, Name: "Ada Rossi"}, {IPA: "c_a001", Name: "Ugo Verdi"}},
			Named: []registry.Union{{IPA: "uc_2", Name: "Unione Finta", Holders: []registry.RTDHolder{{IPA: "uc_2", Union: true, Name: "Ivo Neri"}}}},
		}},
		Facts: []finding.Fact{
			{Check: "login", Kind: "spid", URL: "https://a.example/", Depth: 2, Place: "main", Snippet: "=cmd()", Rule: "r", Target: "https://b.example/"},
			{Check: "online-services", Kind: "online", Value: "tari", URL: "https://c.example/"},
		},
	}
}

func TestFactsAreWrittenARowEach(t *testing.T) {
	var out bytes.Buffer
	if n, err := ExportFacts(&out, visitsFor(nil, factVisit()), ExportOptions{Format: CSV}); err != nil || n != 7 {
		t.Fatalf("%d rows, %v", n, err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		FactColumns(),
		{"001001", "c_a001", "Borgo Finto", "NA", "Campania", "notte-1", "2026-11-22T01:30:00Z", "login", "spid", "", "https://a.example/", "2", "main", "'=cmd()", "https://b.example/", "r"},
		{"001001", "c_a001", "Borgo Finto", "NA", "Campania", "notte-1", "2026-11-22T01:30:00Z", "online-services", "online", "tari", "https://c.example/", "", "", "", "", ""},
	}
	for _, said := range [][]string{
		{"registry_union", "uc_2", "", "Unione Finta"},
		{"registry_rtd", "uc_2", "union", "Ivo Neri"},
		{"registry_union", "uc_1", "", ""},
		{"registry_rtd", "uc_1", "union", "Ada Rossi"},
		{"registry_rtd", "c_a001", "", "Ugo Verdi"},
	} {
		want = append(want, []string{"001001", "c_a001", "Borgo Finto", "NA", "Campania", "notte-1", "2026-11-22T01:30:00Z", "rtd", said[0], said[1], "", "", said[2], said[3], "", ""})
	}
	if !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("%q", rows)
	}
	out.Reset()
	if _, err := ExportFacts(&out, visitsFor(nil, factVisit()), ExportOptions{Format: JSON}); err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	if err := json.Unmarshal(out.Bytes(), &objects); err != nil || len(objects) != 7 || len(objects[0]) != len(FactColumns()) || objects[0]["depth"] != 2.0 || objects[1]["depth"] != nil {
		t.Errorf("%v, %v", objects, err)
	}
}

func TestOnlyTheFactsAskedForAreWritten(t *testing.T) {
	var out bytes.Buffer
	bears := func(name string) bool { return name == "login" }
	n, err := ExportFacts(&out, visitsFor(nil, factVisit()), ExportOptions{Format: JSONL, Bears: bears})
	if err != nil || n != 1 || !strings.Contains(out.String(), `"check":"login"`) {
		t.Errorf("%d rows, %v: %s", n, err, &out)
	}
}

func TestFactsHaveNoOtherForms(t *testing.T) {
	for _, f := range []ExportFormat{Parquet, "xlsx", ""} {
		if n, err := ExportFacts(io.Discard, visitsFor(nil, factVisit()), ExportOptions{Format: f}); err == nil || n != 0 {
			t.Errorf("%q: %d rows, %v", f, n, err)
		}
	}
	broken := errors.New("the store broke")
	if n, err := ExportFacts(io.Discard, visitsFor(broken, factVisit()), ExportOptions{Format: JSONL}); !errors.Is(err, broken) || n != 7 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// What joins a fact to its finding is called the same in both exports.
func TestFactsAndFindingsAreJoinedByTheSameColumns(t *testing.T) {
	for _, name := range strings.Split("istat,codice_ipa,comune,provincia,regione,run,checked_at,check,value", ",") {
		if !slices.Contains(Columns(), name) || !slices.Contains(FactColumns(), name) {
			t.Errorf("%s is not in both", name)
		}
	}
}
