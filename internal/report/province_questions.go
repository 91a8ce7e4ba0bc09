package report

// What the report of a province asks: the counts that officials made by hand,
// theme by theme, and every duty.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// homeLink are the reasons that say: no declaration is linked from the home
// page, wherever else there may be one.
var homeLink = []finding.Reason{"no_link", "not_linked_from_home", "no_agid_declaration", "placeholder"}

// declarationDoubt are the reasons that say: there is a link, and what it leads
// to needs a look.
var declarationDoubt = []finding.Reason{"stale", "stale_suspect", "due", "declaration_not_found", "other_asset", "other_body"}

// noRTD are the reasons that say: nobody could be identified.
var noRTD = []finding.Reason{"rtd_not_identifiable", "address_only"}

// identityMethods are the ways to sign in that count as SPID or CIE: a gateway
// shows its methods after a click.
var identityMethods = []string{"spid", "cie", "gateway"}

// themes counts every question.
func (c *counting) themes() []Theme {
	themes := []struct {
		id        string
		questions []question
	}{
		{"rtd", []question{
			byReason("rtd-missing", "rtd", noRTD...),
			{id: "rtd-source", check: "rtd", spread: true, of: rtdSource},
			byReason("rtd-names-differ", "rtd", "names_differ"),
		}},
		{"accessibility", []question{
			byReason("no-home-link", "accessibility-declaration", homeLink...),
			byReason("declaration-doubt", "accessibility-declaration", declarationDoubt...),
			byVerdict("declaration-well", "accessibility-declaration", finding.Pass),
			byVerdict("objectives-missing", "accessibility-objectives", finding.Fail, finding.Warn),
		}},
		{"sites", []question{
			{id: "no-site", check: "registry-site", of: withoutSite},
			{id: "unreachable", check: "", of: unreached},
			byValue("platform", platformCheck, "", false),
			{id: "supplier", check: platformCheck, spread: true, of: supplierOf},
			byValue("thematic-sites", "thematic-sites", ",", true),
		}},
		{"services", []question{
			byVerdict("spid", "spid", finding.Pass),
			byVerdict("cie", "cie", finding.Pass),
			{id: "spid-or-cie", check: "spid", of: spidOrCIE},
			byReason("credentials", "legacy-login", "legacy_credentials", "credentials_beside"),
			byValue("online-services", "online-services", ",", true),
			{id: "services-identity", check: "online-services", seen: true, spread: true, of: withIdentity},
		}},
		{"payments", []question{
			byVerdict("pagopa", "pagopa", finding.Pass),
			byVerdict("pagopa-missing", "pagopa", finding.Fail, finding.Warn),
			sight(byVerdict("app-io", "app-io", finding.Pass)),
			sight(byReason("app-io-mention", "app-io", "mentioned")),
		}},
		{"social", []question{
			byValue("social", "social", " ", false),
			byReason("social-none", "social", "none_seen"),
			byReason("social-ipa-only", "social", "ipa_only"),
		}},
		{"plan", []question{byValue("digital-plan", "digital-plan", "", true)}},
		{"duties", c.duties()},
	}
	out := make([]Theme, 0, len(themes))
	for _, t := range themes {
		theme := Theme{ID: t.id, Title: c.o.Text.Text("province_report.theme." + t.id), Counts: []Count{}}
		if note := "province_report.note." + t.id; c.o.Text.Has(note) {
			theme.Note = c.o.Text.Text(note)
		}
		for _, q := range t.questions {
			theme.Counts = append(theme.Counts, c.count(q))
		}
		out = append(out, theme)
	}
	return out
}

// duties asks of each obligation who does not meet it, or may not.
func (c *counting) duties() []question {
	var out []question
	for _, m := range c.o.Checks {
		if m.Nature != finding.Obligation {
			continue
		}
		out = append(out, question{id: "duty-" + m.ID, title: c.o.Text.Text("province_report.duty", "title", m.Title(c.o.Text.Lang())), check: m.ID, of: unmet(m.ID)})
	}
	slices.SortStableFunc(out, func(a, b question) int { return importance(c.metas[a.check]) - importance(c.metas[b.check]) })
	return out
}

// definite is the finding of a check where it says something.
func definite(l look, check string) (finding.Finding, bool) {
	f, ok := l.finding(check)
	return f, ok && f.Verdict.Definite()
}

// byReason counts the comuni whose finding has one of those reasons.
func byReason(id, check string, reasons ...finding.Reason) question {
	return question{id: id, check: check, of: func(c *counting, l look) ([]tag, bool) {
		f, known := definite(l, check)
		if !known || !slices.Contains(reasons, f.Reason) {
			return nil, known
		}
		return []tag{c.reason(f, l)}, true
	}}
}

// byVerdict counts the comuni with one of those verdicts, by reason.
func byVerdict(id, check string, verdicts ...finding.Verdict) question {
	return question{id: id, check: check, of: func(c *counting, l look) ([]tag, bool) {
		f, known := definite(l, check)
		if !known || !slices.Contains(verdicts, f.Verdict) {
			return nil, known
		}
		return []tag{c.reason(f, l)}, true
	}}
}

// unmet counts the comuni that do not meet a duty, or may not, by reason.
func unmet(check string) func(*counting, look) ([]tag, bool) {
	return func(c *counting, l look) ([]tag, bool) {
		f, known := definite(l, check)
		if !known || f.DutyMet() || f.Verdict != finding.Fail && f.Verdict != finding.Warn {
			return nil, known
		}
		return []tag{c.reason(f, l)}, true
	}
}

// byValue counts the comuni by what an information says, one value or several
// with a separator between. Where sites can only show that something is so,
// seen, those assessed are the sites that were read.
func byValue(id, check, separator string, seen bool) question {
	q := question{id: id, check: check, spread: true, of: func(c *counting, l look) ([]tag, bool) {
		f, known := definite(l, check)
		if !known || f.Value == "" || f.Value == "none" {
			return nil, known
		}
		values := []string{f.Value}
		if separator != "" {
			values = strings.Split(f.Value, separator)
		}
		var tags []tag
		for _, v := range values {
			if t := c.value(check, strings.TrimSpace(v)); t.code != "" && !slices.Contains(tags, t) {
				tags = append(tags, t)
			}
		}
		return tags, true
	}}
	if seen {
		return sight(q)
	}
	return q
}

// sight makes a question one that a site can only answer with yes: not seen on
// a site that was read is then an answer as well.
func sight(q question) question {
	of := q.of
	q.seen = true
	q.of = func(c *counting, l look) ([]tag, bool) {
		if tags, known := of(c, l); known {
			return tags, true
		}
		return nil, lookedFor(l, q.check)
	}
	return q
}

// lookedFor tells that a site was read and did not show what a check looks for.
func lookedFor(l look, check string) bool {
	f, ran := l.finding(check)
	return ran && l.Visit.Reach == page.ReachOK && (f.Verdict.Definite() || f.Reason == "not_visible_on_site")
}

// rtdSource is the source that proves the RTD.
func rtdSource(c *counting, l look) ([]tag, bool) {
	f, known := definite(l, "rtd")
	if !known || f.Value == "" || slices.Contains(noRTD, f.Reason) {
		return nil, known
	}
	return []tag{c.value("rtd", f.Value)}, true
}

// withoutSite counts the comuni that IPA has no usable address of.
func withoutSite(c *counting, l look) ([]tag, bool) {
	if !l.noSite() {
		return nil, true
	}
	return []tag{c.reached(l)}, true
}

// unreached counts the sites that could not be read, by what happened.
func unreached(c *counting, l look) ([]tag, bool) {
	if l.noSite() {
		return nil, false
	}
	if l.Visit.Reach == page.ReachOK {
		return nil, true
	}
	return []tag{c.reached(l)}, true
}

// supplierOf is who makes the platform of a site.
func supplierOf(c *counting, l look) ([]tag, bool) {
	f, known := definite(l, platformCheck)
	if !known || f.Value == "" {
		return nil, known
	}
	if s := c.metas[platformCheck].Values[f.Value].Supplier; s != "" {
		return []tag{{s, s}}, true
	}
	return []tag{{"none", c.o.Text.Text("province_report.no_supplier")}}, true
}

// spidOrCIE counts the comuni whose sign-in shows one of the two, by which.
func spidOrCIE(c *counting, l look) ([]tag, bool) {
	spid, knowsSPID := definite(l, "spid")
	cie, knowsCIE := definite(l, "cie")
	has := func(f finding.Finding, known bool) bool { return known && f.Verdict == finding.Pass }
	code := ""
	switch s, e := has(spid, knowsSPID), has(cie, knowsCIE); {
	case s && e:
		code = "both"
	case s:
		code = "spid"
	case e:
		code = "cie"
	default:
		return nil, knowsSPID && knowsCIE
	}
	return []tag{{code, c.o.Text.Text("province_report.identity." + code)}}, true
}

// withIdentity counts, by service, the entries whose sign-in shows SPID, CIE or
// a gateway.
func withIdentity(c *counting, l look) ([]tag, bool) {
	var tags []tag
	for _, e := range l.entries {
		if slices.ContainsFunc(e.Methods, func(m string) bool { return slices.Contains(identityMethods, m) }) {
			tags = append(tags, c.value("online-services", e.ID))
		}
	}
	return tags, len(tags) > 0 || lookedFor(l, "online-services")
}
