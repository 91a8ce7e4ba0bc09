package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/messages"
)

func TestTheTokenIsItselfOrInAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := filepath.Abs("tok")
	if err != nil {
		t.Fatal(err)
	}
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		file    string // what stands in it
		value   string
		want    string
		refused bool
	}{
		"nobody may ask":                            {"", "", "", false},
		"it is the value":                           {"", "s3/cr+t==", "s3/cr+t==", false},
		"it is in a file":                           {"s3cret\n", here, "s3cret", false},
		"the path is of the folder one is in":       {"s3cret\r\n", "./tok", "s3cret", false},
		"the name of a file that is there":          {"s3cret", "tok", "s3cret", false},
		"the file is not there":                     {"", here + "en", "", true},
		"it is a folder":                            {"", filepath.Dir(here), "", true},
		"the file is empty":                         {" \n", here, "", true},
		"the file holds more than a token":          {"token: s3cret", here, "", true},
		"the file is longer than any token":         {strings.Repeat("x", maxToken+1), here, "", true},
		"the file holds what cannot be in a header": {"s3\x00cret", here, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(here, []byte(tc.file), 0o600); err != nil {
				t.Fatal(err)
			}
			a := &app{text: text}
			got, err := a.token(config.Config{Web: config.Web{Token: tc.value}})
			if got != tc.want || (err != nil) != tc.refused {
				t.Errorf("%q (%v), want %q", got, err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), tc.value) {
				t.Errorf("%v repeats what may be a token", err)
			}
		})
	}
}
