package client

// This file remembers how each endpoint behaves. Of the service's endpoints one
// moved in 2025 with all its addresses: an endpoint that is gone denies whatever
// it is asked, and must not be believed.

import (
	"encoding/json"
	"slices"
	"sync"
	"time"
)

const (
	// beliefLimit is how many publications in a row an endpoint may deny, or
	// answer unreadably, before it is doubted. Half of the real links of 2025 are
	// good, so chance does not get there.
	beliefLimit = 20
	provenFor   = 90 * 24 * time.Hour
	trustFile   = "endpoints.json"
)

// record is what is remembered of one endpoint, by its template.
type record struct {
	LastFound time.Time `json:"last_found,omitzero"`
	Denied    []string  `json:"denied,omitempty"` // fingerprints of publications denied since, in all runs
	garbled   int       // unreadable answers in a row, in this run
}

// trust remembers, on the shelf where there is one.
type trust struct {
	now     func() time.Time
	shelf   *shelf
	mu      sync.Mutex
	records map[string]*record
}

func loadTrust(s *shelf, now func() time.Time) *trust {
	t := &trust{now: now, shelf: s, records: map[string]*record{}}
	if b, err := s.read(trustFile); err == nil {
		var kept map[string]*record
		if json.Unmarshal(b, &kept) == nil {
			for k, r := range kept {
				if r != nil {
					t.records[k] = r
				}
			}
		}
	}
	return t
}

func (t *trust) of(e endpoint) *record {
	r, ok := t.records[e.template]
	if !ok {
		r = &record{}
		t.records[e.template] = r
	}
	return r
}

// found notes that an endpoint showed a publication.
func (t *trust) found(e endpoint) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, now := t.of(e), t.now().UTC()
	r.garbled = 0
	if len(r.Denied) > 0 || now.Sub(r.LastFound) > time.Hour {
		r.Denied, r.LastFound = nil, now
		t.keep()
	}
}

// denied notes that an endpoint denied one. The same one again says no more of
// the endpoint.
func (t *trust) denied(e endpoint, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, print := t.of(e), fingerprint(address)
	r.garbled = 0
	if len(r.Denied) <= beliefLimit && !slices.Contains(r.Denied, print) {
		r.Denied = append(r.Denied, print)
		t.keep()
	}
}

// garble notes that an endpoint's answer could not be read.
func (t *trust) garble(e endpoint) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(e).garbled++
}

func (t *trust) keep() {
	if b, err := json.Marshal(t.records); err == nil {
		t.shelf.write(trustFile, b)
	}
}

// doubted tells an endpoint that denies everything.
func (t *trust) doubted(e endpoint) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.of(e).Denied) > beliefLimit
}

// garbled tells an endpoint that answers nothing readable.
func (t *trust) garbled(e endpoint) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.of(e).garbled >= beliefLimit
}

// proven tells an endpoint that has shown publications not long ago.
func (t *trust) proven(e endpoint) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.of(e)
	return !r.LastFound.IsZero() && t.now().Sub(r.LastFound) < provenFor
}

func (t *trust) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.records {
		r.garbled = 0
	}
}
