package main

// What only several nights can say, over the whole line and a real store.

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/replica"
)

func TestANameThatDoesNotExistIsRedOnTheThirdNight(t *testing.T) {
	running := invite(t, replica.Options{Day: lineDay}, manners{})
	var lost, well string
	for _, c := range running.Comuni() {
		if c.Fault == replica.FaultNXDomain {
			lost = c.Istat
		}
		if c.Fault == replica.FaultNone && well == "" {
			well = c.Istat
		}
	}
	dir := t.TempDir()
	enti := filepath.Join(dir, "enti.csv")
	if err := os.WriteFile(enti, running.EntiCSV(), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(dir, "vigile.yaml")
	err := os.WriteFile(settings, fmt.Appendf(nil, `data_dir: %s
network: {resolver: %q, allow_private_addresses: true}
crawl: {per_host_delay: 0s}
agid: {verify: false}
`, filepath.Join(dir, "data"), running.Resolver()), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	night := 0
	verdict := func() string {
		t.Helper()
		var out, errs bytes.Buffer
		a := &app{
			stdin: strings.NewReader(""), stdout: &out, stderr: &errs, world: world{roots: running.Roots(), redial: running.Redial},
			now: func() time.Time { return lineDay.AddDate(0, 0, night) },
		}
		// A site that answers stands beside it, so that our own network is above doubt.
		args := []string{"--config", settings, "crawl", "--registry", enti, "--comune", lost, "--comune", well, "--format", "csv", "--again"}
		if code := a.run(t.Context(), args); code != codeDone {
			t.Fatalf("night %d: exit %d\n%s", night, code, errs.String())
		}
		for key, row := range exported(t, out.String()) {
			if row["istat"] == lost && row["check"] == "registry-site" {
				return row["verdict"] + " " + row["reason"]
			}
			if row["istat"] == lost && row["verdict"] != "unknown" {
				t.Errorf("night %d: %s is %s", night, key, row["verdict"])
			}
		}
		return "no row"
	}
	for _, want := range []struct {
		night   int
		verdict string
	}{
		{0, "unknown dns_nxdomain"},
		{0, "unknown dns_nxdomain"}, // twice on one date is one night
		{1, "unknown dns_nxdomain"},
		{2, "fail dns_nxdomain"},
	} {
		night = want.night
		if got := verdict(); got != want.verdict {
			t.Errorf("night %d: registry-site is %q, want %q", night+1, got, want.verdict)
		}
	}
}
