package main

// Every test that takes vigile to the replica begins here, so that none ends
// without the other side's books having been read.

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/replica"
)

// manners are what was agreed on for a test, besides what always holds: nothing
// against robots.txt, no form sent, no link that does something.
type manners struct {
	visitors   int           // vigiles that may be there at one time; 0: one
	perAddress int           // requests at once to one address; 0: as many as one likes
	gap        time.Duration // between the starts of two requests to a host, AgID's apart
}

// agidHost is AgID's in the ledger: another house, with limits of its own.
const agidHost = "form.agid.gov.it"

// invite puts an Italy on loopback for the length of a test. When that is over and
// the replica is closed, its ledger says whether anybody was harmed.
func invite(t *testing.T, o replica.Options, agreed manners) *replica.Running {
	t.Helper()
	italy, err := replica.New(o)
	if err != nil {
		t.Fatal(err)
	}
	running, err := italy.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		running.Close()
		for _, complaint := range agreed.complaints(running.Ledger()) {
			t.Error(complaint)
		}
	})
	return running
}

// complaints are what the other side has against its visitors.
func (m manners) complaints(books replica.Ledger) (all []string) {
	visitors := max(1, m.visitors)
	for host, acc := range books.Hosts {
		if acc.MostInFlight > visitors {
			all = append(all, host+": "+strconv.Itoa(acc.MostInFlight)+" requests at once, of "+strconv.Itoa(visitors)+" visitors")
		}
		if m.gap > 0 && acc.Requests > 1 && acc.SmallestGap < m.gap && host != agidHost {
			all = append(all, host+": a gap of "+acc.SmallestGap.String()+", not "+m.gap.String())
		}
		if acc.Violations > 0 {
			all = append(all, host+": against robots.txt "+strconv.Itoa(acc.Violations)+" times: "+first(acc.Robots))
		}
		if acc.Posts > 0 || len(acc.Harmful) > 0 {
			all = append(all, host+": "+strconv.Itoa(acc.Posts)+" posts, harmful requests: "+first(acc.Harmful))
		}
	}
	for address, acc := range books.Addresses {
		if m.perAddress > 0 && acc.MostInFlight > m.perAddress*visitors {
			all = append(all, address+": "+strconv.Itoa(acc.MostInFlight)+" requests at once")
		}
	}
	return all
}

func first(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return list[0]
}

// parallel is how many tests that run beside each other may visit one replica.
func parallel() int {
	if f := flag.Lookup("test.parallel"); f != nil {
		if n, err := strconv.Atoi(f.Value.String()); err == nil {
			return n
		}
	}
	return 1
}

func TestEveryReplicaOfATestIsInvited(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		measures := strings.HasSuffix(name, "_bench_test.go") // in a process of its own
		if name != "invite_line_test.go" && !measures && bytes.Contains(text, []byte("replica.New(")) {
			t.Errorf("%s starts a replica whose ledger nobody reads: invite", name)
		}
	}
}

func TestTheLedgerComplainsOfBadManners(t *testing.T) {
	well := replica.Account{Requests: 3, MostInFlight: 1, SmallestGap: time.Second}
	for name, tt := range map[string]struct {
		agreed manners
		change func(*replica.Account)
		bad    bool
	}{
		"nothing":                         {manners{gap: time.Second, perAddress: 1}, func(*replica.Account) {}, false},
		"two at once":                     {manners{}, func(a *replica.Account) { a.MostInFlight = 2 }, true},
		"two at once of two visitors":     {manners{visitors: 2}, func(a *replica.Account) { a.MostInFlight = 2 }, false},
		"more at an address than agreed":  {manners{visitors: 3, perAddress: 1}, func(a *replica.Account) { a.MostInFlight = 4 }, true},
		"a gap too small":                 {manners{gap: 2 * time.Second}, func(*replica.Account) {}, true},
		"one request has no gap":          {manners{gap: time.Second}, func(a *replica.Account) { a.Requests, a.SmallestGap = 1, 0 }, false},
		"against robots.txt":              {manners{}, func(a *replica.Account) { a.Violations, a.Robots = 1, []string{"/x"} }, true},
		"a form that was sent":            {manners{}, func(a *replica.Account) { a.Posts = 1 }, true},
		"a link that logs out was opened": {manners{}, func(a *replica.Account) { a.Harmful = []string{"/logout"} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			acc := well
			tt.change(&acc)
			books := replica.Ledger{Hosts: map[string]replica.Account{"x.test": acc}, Addresses: map[string]replica.Account{"127.9.9.9": acc}}
			if all := tt.agreed.complaints(books); (len(all) > 0) != tt.bad {
				t.Errorf("%v", all)
			}
		})
	}
}
