package registry

// Bringing the local copy up to date.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/vigile-it/vigile/internal/netguard"
)

// ShrunkenError says that a download was refused because it lost too much, or
// holds nothing.
type ShrunkenError struct {
	Source        Source
	Before, After int     // comuni, holders or offices; Before is 0 where there was no copy
	Max           float64 // the share that may be lost
}

func (e *ShrunkenError) Error() string {
	if e.After == 0 {
		return fmt.Sprintf("%s: the download is empty; the copy at hand stays", e.Source)
	}
	return fmt.Sprintf("%s: the download has %d where the copy has %d, more than %.0f%% less; the copy at hand stays", e.Source, e.After, e.Before, 100*e.Max)
}

// StatusError is an HTTP answer other than the file.
type StatusError struct {
	URL    string
	Status int
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answers %d %s", e.URL, e.Status, http.StatusText(e.Status))
}

// UpdateOptions say what to fetch, whence and whither.
type UpdateOptions struct {
	Dir       string           // of the copy; made where it is not there
	IPAURL    string           // CKAN base, as for NewIPA
	IstatURL  string           // of ISTAT's list; empty: left out
	Client    *http.Client     // its time-out bounds each file
	Sources   []Source         // none: all
	MaxShrink float64          // the share of a source that an update may lose, 0.05 for 5 %
	Now       func() time.Time // nil is time.Now
}

// Outcome is what became of one source.
type Outcome string

// Outcomes.
const (
	OutcomeUpdated   Outcome = "updated"
	OutcomeUnchanged Outcome = "unchanged" // the server said so, or the content is the same
	OutcomeFailed    Outcome = "failed"    // the copy at hand stays
)

// SourceReport is what an update did with one source.
type SourceReport struct {
	Source  Source
	Outcome Outcome
	Before  int // count of the copy before
	State   SourceState
	Err     error // where it failed
}

// Update fetches each source where it changed, checks it, and puts it in the
// place of the copy at one stroke; the copy before it is kept. A copy that is damaged
// is fetched anew, changed or not. A download that cannot be read, is empty or has lost more than MaxShrink is refused. The
// sources stand for themselves: the error joins those that failed, each of them
// *UnreachableError, *StatusError, *ShrunkenError, *MissingColumnsError,
// *TooLargeError or *DamagedError underneath, and the reports say what became of
// all.
func Update(ctx context.Context, o UpdateOptions) ([]SourceReport, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("registry update: %w", err)
	}
	u := &update{UpdateOptions: o, dir: folder(o.Dir), state: folder(o.Dir).state()}
	u.ckan = ckan{base: ckanBase(o.IPAURL), client: o.Client, pause: time.Second}
	if len(o.Sources) == 0 {
		u.Sources = Sources()
	}
	var reports []SourceReport
	var failures []error
	for _, s := range u.Sources {
		if err := ctx.Err(); err != nil {
			failures = append(failures, fmt.Errorf("registry update: %w", err))
			break
		}
		if s == SourceIstat && o.IstatURL == "" {
			continue
		}
		r := u.source(ctx, s)
		if r.Err != nil {
			failures = append(failures, r.Err)
		}
		reports = append(reports, r)
	}
	return reports, errors.Join(failures...)
}

type update struct {
	UpdateOptions
	dir   folder
	state map[Source]SourceState
	ckan  ckan
}

func (u *update) source(ctx context.Context, s Source) SourceReport {
	before := u.state[s]
	r := SourceReport{Source: s, Before: before.Count, State: before}
	after, changed, err := u.fetch(ctx, s, before)
	if err != nil {
		r.Outcome, r.Err = OutcomeFailed, fmt.Errorf("registry update, %s: %w", s, err)
		return r
	}
	u.state[s] = after
	if err := u.dir.saveState(u.state); err != nil {
		r.Outcome, r.Err = OutcomeFailed, err
		return r
	}
	r.State, r.Outcome = after, OutcomeUnchanged
	if changed {
		r.Outcome = OutcomeUpdated
	}
	return r
}

// fetch asks for a source and, where it brings something new and sound, makes it
// the copy. Where the first of its addresses has no such table, the next one is
// asked.
func (u *update) fetch(ctx context.Context, s Source, before SourceState) (after SourceState, changed bool, err error) {
	addresses, err := u.addresses(ctx, s)
	if err != nil {
		return before, false, &UnreachableError{What: "IPA (" + u.ckan.base + ")", Err: err}
	}
	if sum, err := u.dir.sum(s); err != nil || sum != before.SHA256 {
		// The copy is gone, or is not what came: whoever asks whether that has changed
		// is told that it has not, and keeps the damage.
		before = SourceState{Count: before.Count}
	}
	var failures []error
	for _, address := range addresses {
		after, changed, err = u.fetchFrom(ctx, s, address, before)
		if err == nil || !elsewhere(err) || ctx.Err() != nil {
			return after, changed, err
		}
		failures = append(failures, err)
	}
	return before, false, errors.Join(failures...)
}

// elsewhere tells whether the same table may be had at another address: where
// there is none here, or something else. Who asks us to wait is waited for.
func elsewhere(err error) bool {
	var status *StatusError
	var columns *MissingColumnsError
	switch {
	case errors.As(err, &status):
		return status.Status != http.StatusTooManyRequests
	case errors.As(err, &columns):
		return true
	}
	return false
}

func (u *update) fetchFrom(ctx context.Context, s Source, address string, before SourceState) (after SourceState, changed bool, err error) {
	resp, err := u.ask(ctx, address, before)
	if err != nil {
		return before, false, &UnreachableError{What: string(s) + " (" + address + ")", Err: err}
	}
	defer resp.Body.Close()
	now := u.Now().UTC().Truncate(time.Second)
	switch {
	case resp.StatusCode == http.StatusNotModified && before.SHA256 != "":
		before.Checked = now
		return before, false, nil
	case resp.StatusCode != http.StatusOK:
		return before, false, &StatusError{URL: address, Status: resp.StatusCode}
	}
	a, err := u.dir.receive(s, resp.Body)
	if err != nil {
		return before, false, fmt.Errorf("receiving %s: %w", address, err)
	}
	defer os.Remove(a.path) // gone already where it became the copy
	after = SourceState{
		URL: address, ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified"),
		SHA256: a.sha256, Bytes: a.bytes, Count: before.Count, Fetched: before.Fetched, Checked: now,
	}
	if a.sha256 == before.SHA256 {
		return after, false, nil
	}
	if after.Count, err = u.vet(s, a, before.Count); err != nil {
		return before, false, err
	}
	after.Fetched = now
	err = u.dir.replace(s, a)
	if err == nil && s == SourceOffices {
		err = u.extract()
	}
	return after, true, err
}

// extract makes the extract of the offices anew.
func (u *update) extract() error {
	offices, err := readFile(u.dir.path(SourceOffices), ReadOffices)
	if err != nil {
		return fmt.Errorf("extracting the offices: %w", err)
	}
	return u.dir.extract(offices)
}

// addresses are where a source may be had, the best first. IPA's data sets are
// dumped from the data store as CSV; where there is no dump, the file of the data
// set is taken, which of some is a workbook alone.
func (u *update) addresses(ctx context.Context, s Source) ([]string, error) {
	slug := map[Source]string{SourceEnti: slugEnti, SourceRTD: slugRTD, SourceOffices: slugOffices}[s]
	if slug == "" {
		return []string{u.IstatURL}, nil
	}
	inner, cancel := context.WithTimeout(ctx, lookupBudget)
	defer cancel()
	id, files, err := u.ckan.resources(inner, slug)
	if err != nil {
		return nil, err
	}
	return append([]string{u.ckan.base + "/datastore/dump/" + id + "?bom=True&format=csv"}, files...), nil
}

// ask makes the request a conditional one where there is a copy of that address.
func (u *update) ask(ctx context.Context, address string, before SourceState) (*http.Response, error) {
	req, err := http.NewRequestWithContext(netguard.WithBodyLimit(ctx, maxTableBytes+1), http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if before.URL == address {
		if before.ETag != "" {
			req.Header.Set("If-None-Match", before.ETag)
		}
		if before.LastModified != "" {
			req.Header.Set("If-Modified-Since", before.LastModified)
		}
	}
	return u.Client.Do(req)
}

// vet reads an arrival to its end and counts what must not shrink.
func (u *update) vet(s Source, a arrival, before int) (int, error) {
	f, err := os.Open(a.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	after, err := countOf(s, f)
	if err != nil {
		return 0, err
	}
	if after == 0 || float64(after) < float64(before)*(1-u.MaxShrink) {
		return 0, &ShrunkenError{Source: s, Before: before, After: after, Max: u.MaxShrink}
	}
	return after, nil
}

func countOf(s Source, r io.Reader) (int, error) {
	switch s {
	case SourceEnti:
		d, err := ReadEnti(r)
		if err != nil {
			return 0, err
		}
		return len(d.Comuni), nil
	case SourceRTD:
		rtds, err := ReadRTD(r)
		return rtds.Rows - rtds.Placeholders, err
	case SourceOffices:
		offices, err := ReadOffices(r)
		return offices.Rows, err
	case SourceIstat:
		list, err := ReadIstat(r)
		return len(list), err
	}
	return 0, fmt.Errorf("no source %q", s)
}
