package client

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/agid"
)

func TestAnswersAreKept(t *testing.T) {
	old := strings.Replace(shown, "2026-09", "2025-09", 1)
	objectives := func(year string) string {
		return `{"idPubblicazione":"c_z901/x/obiettivi-accessibilita","dataUltimaModifica":"` + year + `-03-10T08:30:00Z"}`
	}
	for _, c := range []struct {
		name    string
		says    []reply
		wait    time.Duration
		asked   int // after two questions
		outcome agid.Outcome
		proven  bool // the endpoint has shown others before
	}{
		{"a good one is kept for four days", []reply{ok(shown)}, goodDays*24*time.Hour - time.Minute, 1, agid.Found, false},
		{"and for no more than seven", []reply{ok(shown)}, goodMost, 2, agid.Found, false},
		{"one that is not of this cycle is kept for half a day", []reply{ok(old)}, otherwise - time.Minute, 1, agid.Found, false},
		{"and no longer: it may be renewed by now", []reply{ok(old), ok(shown)}, otherwise, 2, agid.Found, false},
		{"so are objectives of another year", []reply{ok(objectives("2025")), ok(shown)}, otherwise, 2, agid.Found, false},
		{"but not those of this", []reply{ok(objectives("2026"))}, otherwise, 1, agid.Found, false},
		{"found without a date is asked again after half a day", []reply{ok(`{"idPubblicazione":"` + newID + `"}`)}, otherwise, 2, agid.Found, false},
		{"not found is kept for half a day", []reply{{status: 404}}, otherwise - time.Minute, 1, agid.NotFound, true},
		{"and no longer", []reply{{status: 404}, ok(shown)}, otherwise, 2, agid.Found, true},
		{"nor where the endpoint has shown nothing yet", []reply{{status: 404}, ok(shown)}, time.Second, 2, agid.Found, false},
		{"silence is not kept", []reply{ok("?"), ok(shown)}, time.Second, 2, agid.Found, false},
		{"a clock set back makes nothing last for ever", []reply{{status: 404}, ok(shown)}, -48 * time.Hour, 2, agid.Found, true},
	} {
		for _, dir := range []string{"", t.TempDir()} {
			t.Run(fmt.Sprintf("%s, on disk %v", c.name, dir != ""), func(t *testing.T) {
				s := serve(t, map[string][]reply{viewed + newID: append([]reply(nil), c.says...)})
				client, clk := asker(t, s, func(o *Options) { o.CacheDir = dir })
				if c.proven {
					client.trust.found(client.published)
				}
				first := ask(t, client, newID)
				clk.pass(c.wait)
				if dir != "" {
					again, later := asker(t, s, func(o *Options) { o.CacheDir = dir })
					later.at = clk.now()
					client = again
				}
				second := ask(t, client, newID)
				if n := len(s.paths()); n != c.asked || second.Outcome != c.outcome {
					t.Errorf("asked %d times, %+v", n, second)
				}
				if c.asked == 1 && first != second {
					t.Errorf("%+v came back as %+v", first, second)
				}
			})
		}
	}
}

func TestGoodAnswersDoNotComeDueTogether(t *testing.T) {
	due := map[time.Duration]int{}
	for n := range 1_000 {
		due[goodFor(old(n))]++
	}
	if len(due) != goodMore {
		t.Errorf("%v", due)
	}
	for d, n := range due {
		if d < goodDays*24*time.Hour || d > goodMost || n > 300 {
			t.Errorf("%d after %s", n, d)
		}
	}
}

func TestWhoWantsTheLatestIsGivenIt(t *testing.T) {
	renewed := strings.Replace(shown, "2026-09", "2026-11", 1)
	for _, c := range []struct {
		name  string
		says  reply
		since time.Duration // after the first answer
		asked int
		want  string
	}{
		{"what was kept before is asked for again", ok(renewed), time.Minute, 2, "2026-11"},
		{"what was kept since will do", ok(renewed), 0, 1, "2026-09"},
		{"where the service is silent what was kept will do", ok("?"), time.Minute, 2, "2026-09"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, map[string][]reply{viewed + newID: {ok(shown), c.says}})
			client, clk := asker(t, s, nil)
			l, since := link(t, newID), clk.now().Add(c.since)
			ask(t, client, newID)
			clk.pass(time.Hour)
			if _, known := client.Known(l, since); known != (c.asked == 1) {
				t.Errorf("known: %v", known)
			}
			got, err := client.Declaration(t.Context(), l, since)
			if err != nil || got.Changed().Format("2006-01") != c.want || len(s.paths()) != c.asked {
				t.Errorf("asked %d times, %+v, %v", len(s.paths()), got, err)
			}
		})
	}
}

func TestResolvedButUnreadForTroubleIsAskedAgain(t *testing.T) {
	s := serve(t, map[string][]reply{byOld + uuid: {ok(`{"idPubblicazione":"` + newID + `"}`)}, viewed + newID: {{status: 503}, {status: 503}, ok(shown)}})
	client, _ := asker(t, s, nil)
	if a := ask(t, client, "view/"+uuid); a.Outcome != agid.Found || !a.Changed().IsZero() {
		t.Errorf("%+v", a)
	}
	if a := ask(t, client, "view/"+uuid); !a.Changed().Equal(changed) {
		t.Errorf("%+v", a)
	}
}

func TestWhatIsKeptIsForUsAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "agid")
	s := serve(t, map[string][]reply{viewed + newID: {ok(shown)}})
	client, _ := asker(t, s, func(o *Options) { o.CacheDir = dir })
	ask(t, client, newID)
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %s", path, info.Mode())
		}
		if !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil || n != 2 {
		t.Errorf("%d files, %v", n, err)
	}
}

func TestABrokenFileIsNoAnswer(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "garbage": "\x00\xff", "another key": `{"key":"x","answer":{"asked":true,"outcome":"found","fetched_at":"2026-11-22T01:00:00Z"}}`,
		"no outcome": `{"key":"KEY","answer":{"asked":true,"fetched_at":"2026-11-22T01:00:00Z"}}`,
		"silence":    `{"key":"KEY","answer":{"asked":true,"outcome":"silent","fetched_at":"2026-11-22T01:00:00Z"}}`,
		"too long":   `{"key":"KEY","answer":{"asked":true,"outcome":"found","title":"` + strings.Repeat("x", maxFile) + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := serve(t, map[string][]reply{viewed + newID: {ok(shown)}})
			client, _ := asker(t, s, func(o *Options) { o.CacheDir = dir })
			key := s.URL + " " + link(t, newID).URL
			path := filepath.Join(dir, nameOf(key))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, path, strings.ReplaceAll(text, "KEY", key))
			if a := ask(t, client, newID); a.Compliance != agid.Compliant || len(s.paths()) != 1 {
				t.Errorf("%+v", a)
			}
			if _, ok := client.shelf.get(key); !ok {
				t.Error("the broken file was not replaced")
			}
		})
	}
}

func TestABrokenMemoryOfEndpointsIsForgotten(t *testing.T) {
	for _, text := range []string{"", "[]", `{"x":null}`, `{"x":{"denied":5}}`} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, trustFile), text)
		client, _ := asker(t, serve(t, nil), func(o *Options) { o.CacheDir = dir })
		if a := ask(t, client, newID); a.Outcome != agid.NotFound {
			t.Errorf("%q: %+v", text, a)
		}
	}
}

func TestAShelfThatCannotBeWrittenLeavesMemory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	write(t, dir, "not a directory")
	s := serve(t, map[string][]reply{viewed + newID: {ok(shown)}})
	client, _ := asker(t, s, func(o *Options) { o.CacheDir = dir })
	for range 3 {
		if a := ask(t, client, newID); a.Outcome != agid.Found {
			t.Errorf("%+v", a)
		}
	}
	if n := len(s.paths()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestTwoServicesShareNoAnswers(t *testing.T) {
	dir := t.TempDir()
	one, other := serve(t, map[string][]reply{viewed + newID: {ok(shown)}}), serve(t, nil)
	a, _ := asker(t, one, func(o *Options) { o.CacheDir = dir })
	b, _ := asker(t, other, func(o *Options) { o.CacheDir = dir })
	if x, y := ask(t, a, newID), ask(t, b, newID); x.Outcome != agid.Found || y.Outcome != agid.NotFound {
		t.Errorf("%+v, %+v", x, y)
	}
}

func TestTidyKeepsToTheShelf(t *testing.T) {
	dir := t.TempDir()
	clk := &clock{at: start}
	s := newShelf(dir, clk.now, nil)
	put := func(key string) {
		b, err := json.Marshal(kept{Key: key, Answer: agid.Answer{Asked: true, Outcome: agid.NotFound, FetchedAt: clk.now()}})
		if err != nil || !s.write(nameOf(key), b) {
			t.Fatal(err)
		}
	}
	put("old")
	foreign := filepath.Join(dir, "ab", "letter.txt")
	if err := os.MkdirAll(filepath.Dir(foreign), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, foreign, "mine")
	elsewhere := filepath.Join(dir, "notes.json")
	write(t, elsewhere, "mine")
	for _, name := range []string{foreign, elsewhere} {
		if err := os.Chtimes(name, start.AddDate(-1, 0, 0), start.AddDate(-1, 0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	clk.pass(goodMost + time.Hour)
	put("new")
	s.tidy()
	if n := len(files(t, dir)); n != 2 {
		t.Errorf("%v", files(t, dir))
	}
	for _, name := range []string{foreign, elsewhere, filepath.Join(dir, nameOf("new"))} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}
