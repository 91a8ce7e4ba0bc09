package report

// Letters that a person may send to a comune about what its site lacks. Nothing
// here sends anything. What is told is sure and recent; what could not be
// verified is said to be so, and no more.

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
)

// noticeAge is how old a verdict may be that is put into a letter.
const noticeAge = 14 * 24 * time.Hour

// Bounds on what a letter shows of one finding.
const (
	noticeFacts = 3
	noticePages = 5
)

// ErrNothingToTell says that there is nothing to write a letter about.
var ErrNothingToTell = errors.New("nothing to tell")

// NoticeOptions say how a letter is made. Text and Now are required.
type NoticeOptions struct {
	Checks []checks.Meta
	Text   messages.Catalogue
	Now    time.Time
	Zone   *time.Location // of the dates; nil: UTC
	Only   []string       // ids of checks; nil: all
}

// Notice is a letter to a comune. Its field names are part of the interface;
// strings from outside are clean.
type Notice struct {
	Istat      string       `json:"istat"`
	Comune     string       `json:"comune"`
	Province   string       `json:"provincia"`
	PEC        string       `json:"pec,omitzero"` // empty: not in IPA
	Site       string       `json:"site,omitzero"`
	Visited    time.Time    `json:"checked_at"` // UTC, the newest visit
	Items      []NoticeItem `json:"items"`
	Unverified []string     `json:"unverified,omitzero"` // titles of duties on which nothing is said

	o NoticeOptions
}

// NoticeItem is one thing to be mended.
type NoticeItem struct {
	Row
	Seen time.Time `json:"seen"`          // UTC, when it was found so
	Also []string  `json:"also,omitzero"` // titles of checks that fail for the same cause
}

// tellable is the finding of a standing as it may be put into a letter: a red
// only where it is confirmed, of medium or high confidence, and of these days.
func tellable(s record.Standing, now time.Time) finding.Finding {
	f := s.Finding.Told()
	sure := f.Confidence == finding.Medium || f.Confidence == finding.High
	old := s.Checked.IsZero() || now.Sub(s.Checked) > noticeAge
	if old || f.Verdict == finding.Fail && (f.Unconfirmed || !sure) {
		return finding.Finding{Check: f.Check, Nature: f.Nature, Verdict: finding.Unknown, Reason: finding.ReasonUnconfirmed}
	}
	return f
}

// NewNotice makes the letter for a comune from its present view, whole. It is
// ErrNothingToTell where no duty is found unmet.
func NewNotice(l record.Latest, o NoticeOptions) (Notice, error) {
	c := l.Comune
	n := Notice{
		Istat: shown(c.Istat), Comune: shown(c.Name), Province: shown(c.Province), PEC: shown(c.PEC), Site: address(cmp.Or(l.Visit.FinalURL, c.Site.URL)),
		Visited: l.Checked.UTC(), Items: []NoticeItem{}, o: o,
	}
	so := SheetOptions{Checks: o.Checks, Text: o.Text}
	platform := viewPlatform(l)
	weight := map[string]int{}
	for _, s := range l.Standings {
		f := tellable(s, o.Now)
		m := metaOf(o.Checks, f.Check)
		if len(o.Only) > 0 && !slices.Contains(o.Only, f.Check) || m.Nature != finding.Obligation {
			continue
		}
		weight[f.Check] = importance(m)
		switch f.Verdict {
		case finding.Fail:
			n.Items = append(n.Items, NoticeItem{Row: row(f, m, l.Visit.Reach, platform, so), Seen: s.Checked.UTC()})
		case finding.Unknown:
			n.Unverified = append(n.Unverified, m.Title(o.Text.Lang()))
		}
	}
	slices.SortStableFunc(n.Items, func(a, b NoticeItem) int {
		return cmp.Or(cmp.Compare(weight[a.Check], weight[b.Check]), cmp.Compare(a.Check, b.Check))
	})
	slices.Sort(n.Unverified)
	n.Items = oneSignIn(n.Items)
	if len(n.Items) == 0 {
		return n, ErrNothingToTell
	}
	return n, nil
}

// oneSignIn tells a sign-in with user name and password once: legacy-login, spid
// and cie fail together for it.
func oneSignIn(items []NoticeItem) []NoticeItem {
	i := slices.IndexFunc(items, func(it NoticeItem) bool { return it.Check == "legacy-login" })
	if i < 0 {
		return items
	}
	var also []string
	out := slices.DeleteFunc(slices.Clone(items), func(it NoticeItem) bool {
		same := (it.Check == "spid" || it.Check == "cie") && it.Reason == "credentials_only"
		if same {
			also = append(also, it.Title)
		}
		return same
	})
	i = slices.IndexFunc(out, func(it NoticeItem) bool { return it.Check == "legacy-login" })
	out[i].Also = also
	return out
}

// viewPlatform is the platform that a view's site was last found built with.
func viewPlatform(l record.Latest) string {
	s, _ := l.Standing(platformCheck)
	if s.LastDefinite.Verdict == finding.Info {
		return s.LastDefinite.Value
	}
	return ""
}
