package main

// A computer whose battery is flat takes good certificates for bad ones.

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestACertificateIsNotJudgedByAClockThatIsWrong(t *testing.T) {
	running := someItaly(t, 12)
	for name, began := range map[string]time.Time{
		"years behind": time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC),
		"years ahead":  time.Date(2041, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			dir, started := t.TempDir(), time.Now()
			env := toItaly(t, running, dir)
			env["VIGILE_AGID_BASE_URL"], env["VIGILE_AGID_VERIFY"] = "https://form.agid.gov.it", "false" // a service with a certificate
			a := &app{world: world{redial: running.Redial, agidGap: time.Millisecond}, now: func() time.Time { return began.Add(time.Since(started)) }}
			code, stdout, stderr := runContext(t, t.Context(), a, env, "crawl", "--comune", "990001", "--check", "https", "--registry", filepath.Join(dir, "enti.csv"))
			if code != codeNothing || stdout != "" || !strings.Contains(stderr, "la data del computer") {
				t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
			}
		})
	}
}
