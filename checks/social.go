package checks

// The check social: which social networks the comune is on. A profile counts
// where the page itself shows it as the site's own, or its name is the comune's;
// buttons that share a page and profiles of others do not.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const socialID = "social"

// Kinds of fact of this check. The Value is the network.
const (
	factProfile      = "profile"
	factProfileOther = "other" // of another body or a supplier, or shown as part of something else
)

func (b *builder) social() Check {
	set := b.rules("social")
	return Check{Meta: b.meta(socialID), Observe: socialObserver{set.Valued(socialNetworks...), set.Valued("foreign")}.observe, Judge: judgeSocial}
}

// socialNetworks are the networks, as the rules call them.
var socialNetworks = []string{"facebook", "instagram", "linkedin", "telegram", "tiktok", "twitter", "whatsapp", "youtube"}

type socialObserver struct {
	profiles *rules.Set
	foreign  *rules.Set // profiles that are known to be another's
}

func (o socialObserver) observe(p *page.Page, n *Notes) {
	if p.Depth > 0 {
		return // every page repeats them
	}
	w := plainWriter{check: socialID, n: n, p: p}
	noted := map[string]string{} // by address: what it was noted as; the header, the menu and the footer repeat it
	name := squashed(n.Comune.Name)
	for _, h := range o.profiles.MatchIn(n.lookAt(p)) {
		l := h.Link
		if l.URL == "" || noted[l.URL] == factProfile || noted[l.URL] != "" && l.Place == page.PlaceMain {
			continue
		}
		own := name != "" && strings.Contains(squashed(pathOf(l.URL)), name)
		kind := factProfile
		if !own && (l.Place == page.PlaceMain || len(o.foreign.MatchLink(*l)) > 0) {
			kind = factProfileOther
		}
		if noted[l.URL] == kind {
			continue
		}
		noted[l.URL] = kind
		w.add(finding.Fact{Kind: kind, Value: h.Value, Place: string(l.Place), Snippet: h.Value, Rule: h.Rule.ID, Target: l.URL})
	}
}

// squashed is a text folded to its letters and digits alone.
func squashed(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, page.Fold(s))
}

func judgeSocial(k Case) finding.Finding {
	profiles, others := k.Of(socialID, factProfile), k.Of(socialID, factProfileOther)
	f := finding.Finding{Verdict: finding.Info, Confidence: finding.High, Evidence: first(profiles, maxShown), Candidates: first(others, maxShown)}
	if len(profiles) == 0 {
		if why, unread := k.unread(page.Home); unread {
			return unknown(why, others...)
		}
		f.Reason, f.Value, f.Confidence = "none_seen", "none", finding.Medium
		if registered := k.registeredProfiles(); len(registered) > 0 {
			f.Reason, profiles = "ipa_only", registered
			f.Evidence = registered
		}
	}
	if names := networksOf(profiles); names != "" {
		f.Value = names
	}
	return f
}

func networksOf(profiles []finding.Fact) string {
	var names []string
	for _, p := range profiles {
		names = append(names, p.Value)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

// registeredProfiles are the profiles that the comune gave to IPA.
func (k Case) registeredProfiles() []finding.Fact {
	var out []finding.Fact
	for _, address := range k.Comune.Social {
		host := hostOf(address)
		i := slices.IndexFunc(socialNetworks, func(network string) bool { return strings.Contains(host, network+".") })
		name := ""
		switch {
		case i >= 0:
			name = socialNetworks[i]
		case host == "x.com":
			name = "twitter"
		default:
			continue
		}
		out = append(out, finding.NewFact(finding.Fact{Check: socialID, Kind: factProfile, Value: name, URL: address, Place: "IPA", Snippet: name, Target: address}))
	}
	return out
}
