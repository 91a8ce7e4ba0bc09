package replica

// This file tests AgID's service and the links to it.

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestAgIDKnowsWhatTheSitesLink(t *testing.T) {
	r := start(t, Options{Seed: 3})
	c := visitor(t, r)
	byKind := map[declaration]*comune{}
	for _, x := range r.italy.all() {
		if x.fault == FaultNone {
			byKind[x.t.declaration] = x
		}
	}
	const byOld = "/api/v1/agid-form/dichiarazione-accessibilita/dichiarazione-by-old-id/"
	resp, body, err := get(t, c, r.AgIDURL()+byOld+byKind[declOldUpdated].declared.UUID)
	if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), byKind[declOldUpdated].declared.ID) {
		t.Errorf("an old link that AgID resolves: %v %s", err, body)
	}
	if resp, _, err := get(t, c, r.AgIDURL()+byOld+byKind[declOldStale].declared.UUID); err != nil || resp.StatusCode != 404 {
		t.Errorf("an old link that AgID does not know: %v %v", resp, err)
	}
	if resp, _, err := get(t, c, r.AgIDURL()+byOld+byKind[declUnheard].declared.UUID); err != nil || resp.StatusCode != 500 {
		t.Errorf("an old link that AgID has trouble with: %v %v", resp, err)
	}
	if resp, _, err := get(t, c, r.AgIDURL()+"/api/v1/submission/view/"+byKind[declGone].declared.ID); err != nil || resp.StatusCode != 404 {
		t.Errorf("a publication that is gone: %v %v", resp, err)
	}
	slashed := byKind[declNewSlash].declared.ID
	for _, id := range []string{slashed, strings.ReplaceAll(slashed, "/", "%2f"), strings.ReplaceAll(slashed, "%2f", "%2F"), url.PathEscape(slashed)} {
		if resp, body, err := get(t, c, r.AgIDURL()+"/api/v1/submission/view/"+id); err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), "datiPubblicati") {
			t.Errorf("%s: %v %s", id, err, body)
		}
	}
	for mood, want := range map[AgIDMood]int{AgIDLimited: 429, AgIDBroken: 500, AgIDWell: 200} {
		r.SetAgID(mood)
		if resp, _, err := get(t, c, r.AgIDURL()+"/api/v1/submission/view/"+slashed); err != nil || resp.StatusCode != want {
			t.Errorf("mood %d: %v %v", mood, resp, err)
		}
	}
	if got := r.Ledger().Hosts[agidHost].Requests; got != 11 {
		t.Errorf("AgID counted %d requests", got)
	}
}

func TestGeneratedIdsAreVersionOneOfTheirDay(t *testing.T) {
	day := time.Date(2025, 9, 16, 10, 0, 0, 0, time.UTC)
	id := uuidV1(day, 0xdeadbeefcafe0123)
	if len(id) != 36 || id[14] != '1' || !strings.ContainsRune("89ab", rune(id[19])) {
		t.Fatal(id)
	}
	ticks, err := strconv.ParseUint(id[15:18]+id[9:13]+id[0:8], 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	if got := time.Unix(0, (int64(ticks)-0x01b21dd213814000)*100).UTC(); !got.Equal(day) {
		t.Errorf("%s is of %s, want %s", id, got, day)
	}
}
