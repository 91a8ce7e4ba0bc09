package report

// Facts that programs wrote for programs, in the words of a reader.

import (
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/messages"
)

// OurWords tells whether a told fact is in our words: it is no quotation.
func OurWords(f finding.Fact) bool { return f.Check == "https" && f.Kind == "attempt" }

// told cleans facts, puts those into words that are none, and tells once what is the
// same link on page after page.
func told(c messages.Catalogue, fs []finding.Fact) []finding.Fact {
	out := onceEach(facts(fs))
	for i, f := range out {
		if OurWords(f) {
			out[i].Snippet = attemptWords(c, f)
		}
	}
	return out
}

// onceEach leaves out what leads to the same address by the same words as a fact
// before it, wherever it stands.
func onceEach(fs []finding.Fact) []finding.Fact {
	type link struct{ check, kind, value, snippet, target string }
	seen := map[link]bool{}
	return slices.DeleteFunc(fs, func(f finding.Fact) bool {
		of := link{f.Check, f.Kind, f.Value, f.Snippet, f.Target}
		again := f.Target != "" && seen[of]
		seen[of] = true
		return again
	})
}

// attemptWords tells a try at the entrance. Its snippet is the reach, the TLS
// version, notAfter=DATE and names=LIST, each where it is known.
func attemptWords(c messages.Catalogue, f finding.Fact) string {
	parts := []string{c.Text("attempt.plain")}
	switch {
	case f.Value != "ok" && c.Has("reach."+f.Value+".word"):
		parts[0] = c.Text("reach." + f.Value + ".word")
	case strings.HasPrefix(f.URL, "https://"):
		parts[0] = c.Text("attempt.secure")
	}
	words := strings.Fields(f.Snippet)
	for i, w := range words {
		if w == "TLS" && i+1 < len(words) {
			parts = append(parts, "TLS "+words[i+1])
		}
		if date, ok := strings.CutPrefix(w, "notAfter="); ok {
			if day, err := time.Parse(time.DateOnly, date); err == nil {
				key := "attempt.until"
				if strings.HasPrefix(f.Value, "tls_") {
					key = "attempt.dated" // the certificate has been named already
				}
				parts = append(parts, c.Text(key, "date", c.Date(day)))
			}
		}
		if names, ok := strings.CutPrefix(w, "names="); ok {
			parts = append(parts, c.Text("attempt.names", "names", strings.ReplaceAll(names, ",", ", ")))
		}
	}
	return strings.Join(parts, ", ")
}
