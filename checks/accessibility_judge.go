package checks

// The check accessibility-declaration: the judgement.

import (
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
)

// randomUUIDUntil is the last day on which AgID's platform gave publications
// random (version 4) identifiers; from mid 2024 they carry their date.
var randomUUIDUntil = time.Date(2024, time.July, 31, 0, 0, 0, 0, time.UTC)

// newFormSince is from when on AgID's addresses of the new form say by themselves
// that a publication is recent: the form began in the last days of 2025. They keep
// their address from year to year, so that they say so for its first cycle alone.
var newFormSince = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// standing is how good one linked publication is; lower is better.
type standing int

const (
	standsGood      standing = iota
	standsDue                // the yearly review has just fallen due
	standsSuspect            // old by its own address, and AgID did not say
	standsSilent             // only AgID could tell, and it did not answer or was not asked
	standsDoubtful           // of a body that may be this one: the registry's row is in doubt
	standsAsset              // of an app or another site
	standsOtherBody          // of another body
	standsMissing            // AgID does not have it
	standsStale              // AgID's own date is of a past cycle, or it does not have it and it is
	standsNot                // no declaration
)

// publication is one linked publication and how it stands.
type publication struct {
	fact       finding.Fact
	link       agid.Link
	said       agid.Answer // AgID's, where it was asked
	standing   standing
	confidence finding.Confidence
}

// judgeDeclaration takes the best publication the home page links. One that is
// only a click away counts where the home page has none, or none that AgID still
// stands by: the declaration is there, its link is not where it belongs.
func judgeDeclaration(k Case) finding.Finding {
	home, inner := k.publications()
	best, linked := bestOf(home)
	deeper, found := bestOf(inner)
	switch {
	case found && deeper.standing <= standsSilent && (!linked || best.standing >= standsMissing):
		f := finding.Finding{
			Verdict: finding.Warn, Reason: "not_linked_from_home", Value: deeper.fact.Value, Confidence: deeper.confidence, Evidence: deeper.evidence(),
		}
		for _, p := range home {
			f.Candidates = append(f.Candidates, p.evidence()...)
		}
		f.Candidates = first(append(f.Candidates, k.Of(declarationID, factFront, factOwnPage, factObjectives, factMention)...), maxShown)
		return f
	case linked:
		return declared(k, best, home)
	case found:
		return declared(k, deeper, inner)
	}
	return undeclared(k)
}

// publications are the linked publications, those of the home page apart.
func (k Case) publications() (home, inner []publication) {
	for _, f := range append(k.Of(declarationID, factPublication, factOtherAsset, factEither), k.redirected()...) {
		a, ok := agid.ParseLink(f.Target)
		if !ok || !a.Publication() || f.Kind == factEither && k.Answers[a.URL].Form != agid.FormDeclaration {
			continue
		}
		p := publication{fact: f, link: a, said: k.Answers[a.URL]}
		p.standing, p.confidence = k.stands(p)
		if f.Depth == 0 {
			home = append(home, p)
		} else {
			inner = append(inner, p)
		}
	}
	return home, inner
}

// redirected are the home page's links to an address of the site that sends its
// visitors on to a publication.
func (k Case) redirected() []finding.Fact {
	var out []finding.Fact
	for _, f := range k.Of(declarationID, factOwnPage) {
		for _, got := range k.Visit.Fetches {
			if a, ok := agid.ParseLink(got.Final); ok && a.Publication() && got.URL == f.Target && f.Depth == 0 {
				f.Kind, f.Target, f.Value = factPublication, a.URL, publicationID(a)
				out = append(out, finding.NewFact(f))
			}
		}
	}
	return out
}

func bestOf(ps []publication) (publication, bool) {
	best := publication{standing: standsNot}
	for _, p := range ps {
		if p.standing < best.standing {
			best = p
		}
	}
	return best, best.standing < standsNot
}

// stands judges one publication: by what AgID says of it, where it was asked
// and answered, else by its address alone. An endpoint that denies whatever it is
// asked says no more than one that was not.
func (k Case) stands(p publication) (standing, finding.Confidence) {
	switch said := p.said; {
	case !said.Asked:
		return k.standsByAddress(p)
	case said.Outcome == agid.Found:
		return k.standsByAnswer(p)
	case said.Outcome == agid.NotFound && said.Proven:
		if p.link.UUIDVersion == 1 && !p.link.Created.IsZero() && k.cycle().Freshness(p.link.Created) == agid.Stale {
			return standsStale, finding.High
		}
		return standsMissing, finding.Medium
	case said.Outcome == agid.Silent && said.Silence == agid.Doubted:
		standing, confidence := k.standsByAddress(p)
		if confidence == finding.High {
			confidence = finding.Medium
		}
		return standing, confidence
	}
	standing, confidence := k.standsByAddress(p)
	if standing <= standsDue {
		return standsSilent, finding.Low
	}
	return standing, confidence
}

func (k Case) cycle() agid.Cycle { return agid.Due(k.Date, agid.DeclarationRule()) }

// standsByAnswer judges a publication by what AgID has of it.
func (k Case) standsByAnswer(p publication) (standing, finding.Confidence) {
	said := p.said
	covers, known := said.Covers(hostOf(k.Comune.Site.URL), hostOf(k.Visit.Site), hostOf(k.Visit.FinalURL))
	switch {
	case said.Form == agid.FormObjectives:
		return standsNot, ""
	case said.IPA != "" && k.Comune.IPA != "" && !strings.EqualFold(said.IPA, k.Comune.IPA):
		return k.otherBody(finding.High)
	case said.Device == "mobile-app" || known && !covers || !known && p.fact.Kind == factOtherAsset:
		return standsAsset, finding.Medium
	case said.Changed().IsZero():
		return k.standsByAddress(p)
	}
	switch k.cycle().Freshness(said.Changed()) {
	case agid.Current:
		return standsGood, finding.High
	case agid.DueNow:
		return standsDue, finding.High
	}
	return standsStale, finding.High
}

// standsByAddress judges a publication by its address: whose it is, of what,
// and how old the address itself says it is.
func (k Case) standsByAddress(p publication) (standing, finding.Confidence) {
	switch a := p.link; {
	case a.Kind == agid.KindNew && k.Comune.IPA != "" && !a.SameBody(k.Comune.IPA):
		return k.otherBody(finding.Medium)
	case p.fact.Kind == factOtherAsset:
		return standsAsset, finding.Medium
	case a.Kind == agid.KindNew && k.cycle().Freshness(newFormSince) != agid.Current:
		return standsSilent, finding.Low
	case a.Kind == agid.KindNew && k.Comune.IPA == "":
		return standsGood, finding.Medium
	case a.Kind == agid.KindNew:
		return standsGood, finding.High
	}
	return k.age(p.link)
}

// otherBody is how a publication under another code than the comune's stands.
// A row of the registry that may be another body's says nothing of whose it is.
func (k Case) otherBody(sure finding.Confidence) (standing, finding.Confidence) {
	if k.Comune.Doubtful {
		return standsDoubtful, finding.Low
	}
	return standsOtherBody, sure
}

// age judges the old form by the date inside its identifier. An update may keep
// the identifier, so age alone never condemns.
func (k Case) age(a agid.Link) (standing, finding.Confidence) {
	made, confidence := a.Created, finding.High
	switch {
	case a.UUIDVersion == 4 || made.After(k.seenOn().AddDate(0, 0, 2)):
		made, confidence = randomUUIDUntil, finding.Medium
	case made.IsZero():
		return standsGood, finding.Low // an identifier that says nothing of its age
	}
	switch k.cycle().Freshness(made) {
	case agid.Current:
		return standsGood, confidence
	case agid.DueNow:
		return standsDue, finding.Medium
	}
	return standsSuspect, finding.Medium
}

// evidence is the link, and beside it what AgID has of it.
func (p publication) evidence() []finding.Fact {
	out := []finding.Fact{p.fact}
	if f, ok := answerFact(p.link, p.said); ok {
		out = append(out, f)
	}
	return out
}

// answerFact puts what AgID has of a publication beside the link to it, in the
// words of its own form.
func answerFact(a agid.Link, said agid.Answer) (finding.Fact, bool) {
	f := finding.Fact{Check: declarationID, Kind: factAnswer, URL: a.URL, Place: said.Source}
	var words []string
	add := func(name, value string) {
		if value != "" {
			words = append(words, name+" "+value)
		}
	}
	switch {
	case !said.Asked:
		return f, false
	case said.Outcome != agid.Found:
		f.Value = string(said.Outcome)
		add("AgID", strings.TrimSpace(string(said.Outcome)+" "+string(said.Silence)))
	default:
		add("dataUltimaModifica", dateOf(said.LastModified))
		add("dataInserimento", dateOf(said.Inserted))
		add("compliance-status", string(said.Compliance))
		add("website-url", said.WebsiteURL)
		add("ente", said.IPA)
		f.Value = dateOf(said.Changed())
	}
	f.Snippet = strings.Join(words, ", ")
	return finding.NewFact(f), f.Snippet != ""
}

func dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// declared is the finding on the best publication there is.
func declared(k Case, best publication, all []publication) finding.Finding {
	f := finding.Finding{Value: best.fact.Value, Confidence: best.confidence, Evidence: best.evidence()}
	for _, p := range all {
		if p.fact != best.fact && len(f.Candidates) < maxShown {
			f.Candidates = append(f.Candidates, p.fact)
		}
	}
	switch best.standing {
	case standsGood:
		f.Verdict = finding.Pass
	case standsDue:
		f.Verdict, f.Reason = finding.Warn, "due"
	case standsSuspect:
		f.Verdict, f.Reason = finding.Warn, "stale_suspect"
	case standsSilent:
		return unknown(reasonUpstream, append(f.Evidence, f.Candidates...)...)
	case standsDoubtful:
		return unknown("doubtful_row", append(f.Evidence, f.Candidates...)...)
	case standsStale:
		f.Verdict, f.Reason = finding.Fail, "stale"
	case standsMissing:
		f.Verdict, f.Reason = finding.Warn, "declaration_not_found"
		if k.stoodBefore(f.Reason) {
			f.Verdict = finding.Fail
		}
	case standsAsset:
		f.Verdict, f.Reason = finding.Warn, "other_asset"
	default:
		f.Verdict, f.Reason = finding.Warn, "other_body"
	}
	return f
}

// stoodBefore tells whether an earlier night found the same.
func (k Case) stoodBefore(r finding.Reason) bool {
	return k.Previous.LastDefinite.Reason == r && k.Previous.NightsStood > 0
}

// undeclared is the finding where no page read links a publication of the
// comune's own. The guard turns it into unknown while a page of must_read is
// unread.
func undeclared(k Case) finding.Finding {
	near := k.Of(declarationID, factPublication, factOwnPage, factElsewhere, factDocument, factFront, factPlaceholder, factScripted, factForeign, factObjectives, factEither, factWritten, factMention, factOtherAsset)
	if len(k.Of(declarationID, factScripted)) > 0 {
		return unknown(reasonJSOnly, near...)
	}
	if len(k.Of(declarationID, factElsewhere, factWritten)) > 0 || slices.ContainsFunc(k.Of(declarationID, factEither), k.undecided) {
		return unknown(reasonNotVisible, near...)
	}
	for _, f := range k.Of(declarationID, factOwnPage, factMention) {
		// A page that says accessibility and no more may lead there: addresses are shortened.
		if f.Kind == factMention && (documentFile(f.Target) || k.notThere(f.Target)) {
			continue
		}
		if f.Depth == 0 && f.Target != "" && f.Target[0] != '#' && !k.readWhole(f.Target) {
			return unknown(k.whyUnread(f.Target), near...)
		}
	}
	if vain := k.inVain(accessibilityPage); len(vain) > 0 {
		return unknown(k.whyInVain(vain[0]), near...)
	}
	f := finding.Finding{Verdict: finding.Fail, Reason: "no_link", Confidence: finding.High, Candidates: first(near, maxShown)}
	switch {
	case len(k.Of(declarationID, factOwnPage, factDocument, factFront)) > 0:
		f.Reason = "no_agid_declaration"
	case len(k.Of(declarationID, factPlaceholder)) > 0:
		f.Reason = "placeholder"
	}
	return f
}

// undecided tells a publication that its link calls a declaration and objectives
// both, where AgID did not say which of them it is.
func (k Case) undecided(f finding.Fact) bool { return k.Answers[f.Target].Outcome != agid.Found }

// notThere tells whether an address leads to nothing, or back to a page read before.
func (k Case) notThere(address string) bool {
	return slices.ContainsFunc(k.Visit.Fetches, func(f page.Fetch) bool {
		return f.Kind == page.FetchPage && sameDocument(address, f.URL) && (f.Repeat || gone(f))
	})
}

// readWhole tells whether a page was fetched to its end and fully indexed.
func (k Case) readWhole(address string) bool {
	for _, f := range k.Visit.Fetches {
		if f.Kind == page.FetchPage && f.Reach == page.ReachOK && !f.Truncated && !f.Partial && (f.URL == address || f.Final == address) {
			return true
		}
	}
	return false
}

// whyUnread is the reason a page that should have been read was not.
func (k Case) whyUnread(address string) finding.Reason {
	for _, f := range k.Visit.Fetches {
		if (f.URL == address || f.Final == address) && f.Reach != page.ReachOK && f.Reach != "" {
			return finding.Reason(f.Reach)
		}
	}
	return k.passedBy()
}
