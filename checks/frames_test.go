package checks

// Frames: whole pages that many fixtures share, so that a fixture holds only
// what it is about.
//
// A frame is testdata/frames/<name>.html with slots:
//
//	<!-- slot: footer -->what stands there unless a fixture says otherwise<!-- /slot -->
//
// A fixture that says "frame: <name>" in its first comment holds, after that
// comment, nothing but the slots it fills, in the same form. A slot named with
// a plus sign in front of it ("+footer") is added after what the frame holds.

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var slotForm = regexp.MustCompile(`(?s)<!-- slot: (\+?[a-z0-9-]+) -->(.*?)<!-- /slot -->`)

// framed sets a fixture's slots into its frame.
func framed(t testing.TB, name string, fixture []byte) []byte {
	t.Helper()
	frame, err := os.ReadFile(filepath.Join("testdata", "frames", name+".html"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := fill(string(frame), string(fixture))
	if err != nil {
		t.Fatalf("frame %s: %v", name, err)
	}
	return []byte(out)
}

// fill replaces the slots of a frame. A slot the frame does not have, and text
// outside slots, are mistakes of the fixture.
func fill(frame, fixture string) (string, error) {
	filled := map[string]string{}
	for _, m := range slotForm.FindAllStringSubmatch(fixture, -1) {
		filled[m[1]] = m[2]
	}
	if rest := strings.TrimSpace(slotForm.ReplaceAllString(fixture, "")); rest != "" {
		return "", fmt.Errorf("text outside the slots: %.60q", rest)
	}
	out := slotForm.ReplaceAllStringFunc(frame, func(s string) string {
		m := slotForm.FindStringSubmatch(s)
		text := m[2]
		if own, ok := filled[m[1]]; ok {
			text = own
			delete(filled, m[1])
		}
		if more, ok := filled["+"+m[1]]; ok {
			text += more
			delete(filled, "+"+m[1])
		}
		return text
	})
	for slot := range filled {
		return "", fmt.Errorf("no slot %q in it", slot)
	}
	return out, nil
}

func TestAFrameTakesWhatAFixtureSays(t *testing.T) {
	const frame = `<a><!-- slot: head -->H<!-- /slot --><b><!-- slot: foot -->F<!-- /slot -->`
	for _, c := range []struct{ name, fixture, want, err string }{
		{"a slot left alone keeps what the frame holds", ``, `<a>H<b>F`, ""},
		{"a slot filled", `<!-- slot: foot -->x<!-- /slot -->`, `<a>H<b>x`, ""},
		{"a slot emptied", `<!-- slot: head --><!-- /slot -->`, `<a><b>F`, ""},
		{"a slot added to", `<!-- slot: +foot -->x<!-- /slot -->`, `<a>H<b>Fx`, ""},
		{"a slot the frame does not have", `<!-- slot: side -->x<!-- /slot -->`, ``, `no slot "side" in it`},
		{"text outside the slots", `x<!-- slot: head -->y<!-- /slot -->`, ``, `text outside the slots: "x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := fill(frame, c.fixture)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Fatalf("error %v, want %s", err, c.err)
				}
				return
			}
			if err != nil || got != c.want {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}
