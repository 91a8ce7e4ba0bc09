package finding

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTheListOfReasonsIsSound(t *testing.T) {
	list, err := Reasons()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 25 {
		t.Errorf("only %d reasons", len(list))
	}
}

func TestABadListOfReasonsIsRefused(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"an unknown key":       {"reasons: [{code: x, checks: [rtd], verdicts: [warn], met: true}]", "field met not found"},
		"a code in capitals":   {"reasons: [{code: X, checks: [rtd], verdicts: [warn]}]", "is no code"},
		"no check":             {"reasons: [{code: x, verdicts: [warn]}]", "names no check"},
		"an unknown verdict":   {"reasons: [{code: x, checks: [rtd], verdicts: [red]}]", `"red" is no verdict`},
		"twice for one check":  {"reasons: [{code: x, checks: [rtd], verdicts: [warn]}, {code: x, checks: [rtd], verdicts: [fail]}]", "listed twice"},
		"met and failing both": {"reasons: [{code: x, checks: [rtd], verdicts: [fail], duty_met: true}]", "cannot fail"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parseReasons([]byte(tc.yaml)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestACheckMayGiveAReasonAMeaningOfItsOwn(t *testing.T) {
	if s, ok := ReasonOf("https", "tls_expired"); !ok || s.Verdicts[0] != Fail {
		t.Errorf("https: %+v, %v", s, ok)
	}
	if s, ok := ReasonOf("rtd", "tls_expired"); !ok || s.Verdicts[0] != Unknown {
		t.Errorf("rtd: %+v, %v", s, ok)
	}
	if _, ok := ReasonOf("rtd", "no_link"); ok {
		t.Error("rtd was given another check's reason")
	}
}

func TestValidateHoldsTheInterfacesRules(t *testing.T) {
	seen := []Fact{NewFact(Fact{Check: "rtd", URL: "https://a.example/", Snippet: "words"})}
	good := Finding{Check: "rtd", Nature: Obligation, Verdict: Fail, Reason: "rtd_not_identifiable", Looked: []string{"https://a.example/"}}
	with := func(edit func(*Finding)) Finding { f := good; edit(&f); return f }
	for name, tc := range map[string]struct {
		f    Finding
		want string
	}{
		"a good fail":                       {good, ""},
		"a fail of no obligation":           {with(func(f *Finding) { f.Nature = Grant }), "without being an obligation"},
		"a fail without a reason":           {with(func(f *Finding) { f.Reason = "" }), "without a reason"},
		"a reason of another check":         {with(func(f *Finding) { f.Reason = "stale_suspect" }), "not listed"},
		"a reason beside the wrong verdict": {with(func(f *Finding) { f.Verdict = Warn }), "may not stand beside"},
		"a fail that looked at nothing":     {with(func(f *Finding) { f.Looked = nil }), "what was looked at"},
		"a pass that proves nothing":        {with(func(f *Finding) { f.Verdict, f.Reason = Pass, "" }), "that prove it"},
		"a good pass":                       {with(func(f *Finding) { f.Verdict, f.Reason, f.Evidence = Pass, "", seen }), ""},
		"an unknown without a reason":       {with(func(f *Finding) { f.Verdict, f.Reason = Unknown, "" }), "without a reason"},
		"an unknown with the reach":         {with(func(f *Finding) { f.Verdict, f.Reason = Unknown, "blocked" }), ""},
		"a verdict of its own":              {with(func(f *Finding) { f.Verdict = "red" }), "no verdict"},
		"evidence with a terminal escape":   {with(func(f *Finding) { f.Evidence = []Fact{{Snippet: "a\x1b[31mb"}} }), "not cleaned"},
		"no check":                          {with(func(f *Finding) { f.Check = "" }), "no check"},
		"a not applicable needs no reason":  {with(func(f *Finding) { f.Verdict, f.Reason = NotApplicable, "" }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := Validate(tc.f)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error = %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestDutyMetIsPassOrAMarkedWarning(t *testing.T) {
	for _, tc := range []struct {
		f    Finding
		want bool
	}{
		{Finding{Check: "https", Verdict: Pass}, true},
		{Finding{Check: "https", Verdict: Warn, Reason: "incomplete_chain"}, true},
		{Finding{Check: "https", Verdict: Warn, Reason: "tls_untrusted"}, false},
		{Finding{Check: "https", Verdict: Fail, Reason: "tls_expired"}, false},
		{Finding{Check: "https", Verdict: Unknown, Reason: "blocked"}, false},
	} {
		if got := tc.f.DutyMet(); got != tc.want {
			t.Errorf("%+v: %v", tc.f, got)
		}
	}
}

func TestStringsFromOutsideAreStripped(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[31mred\x1b[0m":      "ared",
		"a\x1b]0;title\ab":         "ab",
		"uno\u202Edue\u2066tre":    "unoduetre",
		"zero\u200bwidth\ufeff":    "zerowidth",
		"\x00nul\x07":              "nul",
		"  due\r\n\t righe\u00a0":  "due righe",
		"bad\xffbyte":              "badbyte",
		"città":                    "città",
		strings.Repeat("à", 300):   strings.Repeat("à", MaxSnippet),
		strings.Repeat("ab ", 100): strings.TrimSpace(strings.Repeat("ab ", 67))[:200],
	} {
		if got := NewFact(Fact{Snippet: in}).Snippet; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestWhateverComesInAFactIsCleanAndBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-z]|\x1b\[?|\x1b\]|\x{202e}|\s|[0-9;m]){0,300}`)).Draw(t, "s")
		f := NewFact(Fact{Check: s, Kind: s, Value: s, URL: s, Place: s, Snippet: s, Rule: s, Target: s})
		for _, got := range []string{f.Check, f.Kind, f.Value, f.URL, f.Place, f.Snippet, f.Rule, f.Target} {
			if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Fatalf("%q became %q", s, got)
			}
		}
		if utf8.RuneCountInString(f.Snippet) > MaxSnippet {
			t.Fatal("the snippet is too long")
		}
		if !f.Clean() {
			t.Fatal("cleaning twice is not cleaning once")
		}
	})
}
