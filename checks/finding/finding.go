// Package finding holds the shared words of judging: facts seen on pages, and
// the findings judged from them.
package finding

// Verdict is what was found. It never says whether the site could be looked at:
// that is page.Reach.
type Verdict string

// The verdicts.
const (
	Pass          Verdict = "pass"
	Warn          Verdict = "warn"
	Fail          Verdict = "fail"
	Info          Verdict = "info"
	NotApplicable Verdict = "not_applicable"
	Unknown       Verdict = "unknown"
)

// Verdicts lists every verdict, worst first.
func Verdicts() []Verdict { return []Verdict{Fail, Warn, Unknown, Info, NotApplicable, Pass} }

// Definite tells whether the verdict says something about the comune, so that a
// later Unknown must not erase it.
func (v Verdict) Definite() bool { return v != Unknown && v != "" }

// Nature is the ground a check stands on. Only an Obligation may fail.
type Nature string

// The natures, by the interface's Italian words.
const (
	Obligation   Nature = "obbligo"
	Grant        Nature = "bando"
	GoodPractice Nature = "buona_pratica"
	Information  Nature = "informazione"
)

// Confidence is how sure a finding is.
type Confidence string

// The confidences.
const (
	Low    Confidence = "low"
	Medium Confidence = "medium"
	High   Confidence = "high"
)

// Reason is a code of the closed list in reasons.yaml.
type Reason string

// Fact is one thing seen, with no judgement: where, what, by which rule. Its
// strings come from outside and are clean: NewFact strips control, escape and
// bidirectional characters and bounds them.
type Fact struct {
	Check   string `json:"check"`            // the check whose observer saw it
	Kind    string `json:"kind"`             // the check's own word for it
	Value   string `json:"value,omitzero"`   // what was seen, normalised
	URL     string `json:"url,omitzero"`     // the page
	Place   string `json:"place,omitzero"`   // where on the page
	Snippet string `json:"snippet,omitzero"` // at most MaxSnippet characters, as written
	Rule    string `json:"rule,omitzero"`    // the rule that saw it
	Target  string `json:"target,omitzero"`  // where a link leads
	Depth   int    `json:"depth,omitzero"`   // clicks from the home page
}

// FactStrings is how many strings a fact has.
const FactStrings = 8

// Strings are all strings of the fact, in the order in which they are stored.
func (f *Fact) Strings() [FactStrings]*string {
	return [FactStrings]*string{&f.Check, &f.Kind, &f.Value, &f.URL, &f.Place, &f.Snippet, &f.Rule, &f.Target}
}

// Finding is the judgement of one check on one comune.
type Finding struct {
	Check      string     `json:"check"`
	Nature     Nature     `json:"nature"`
	Verdict    Verdict    `json:"verdict"`
	Reason     Reason     `json:"reason,omitzero"`
	Value      string     `json:"value,omitzero"` // platform, source of proof, …: a code or a short outside string
	Confidence Confidence `json:"confidence,omitzero"`
	Evidence   []Fact     `json:"evidence,omitzero"`   // what proves it
	Candidates []Fact     `json:"candidates,omitzero"` // negative evidence: the nearest things seen
	Looked     []string   `json:"looked,omitzero"`     // final URLs of the pages the judgement rests on
	Version    int        `json:"version"`             // of the check's metadata and rules

	// Unconfirmed marks a red where the look before found none, until a second
	// look finds it too. It is no change yet.
	Unconfirmed bool `json:"unconfirmed,omitzero"`
}

// ReasonUnconfirmed stands for a red that is not sure enough to be told.
const ReasonUnconfirmed Reason = "unconfirmed"

// Told is the finding as it may be counted and told to those who do not see its
// evidence: a red of low confidence is Unknown.
func (f Finding) Told() Finding {
	if f.Verdict == Fail && f.Confidence == Low {
		f.Verdict, f.Reason, f.Confidence = Unknown, ReasonUnconfirmed, ""
	}
	return f
}
