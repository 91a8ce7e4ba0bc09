package nightly

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vigile-it/vigile/internal/registry"
)

// phonebook is a Resolver.
type phonebook map[string][]string

func (b phonebook) Addresses(_ context.Context, host string) ([]netip.Addr, error) {
	if b[host] == nil {
		return nil, errors.New("no such name")
	}
	var out []netip.Addr
	for _, a := range b[host] {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

// vendors is n comuni and where they are: of every ten, five share one address,
// three another, one is alone and one is gone.
func vendors(n int) ([]registry.Comune, phonebook) {
	list, book := comuni(n), phonebook{}
	for i, c := range list {
		host := "www." + c.Istat + ".example"
		switch i % 10 {
		case 0, 1, 2, 3, 4:
			book[host] = []string{"192.0.2.9", "192.0.2.1"}
		case 5, 6, 7:
			book[host] = []string{"192.0.2.2"}
		case 8:
			book[host] = []string{netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}).String()}
		}
	}
	return list, book
}

func numbers(list []registry.Comune) (out []int) {
	for i := range list {
		out = append(out, i)
	}
	return out
}

func sites(list []registry.Comune) (out []string) {
	for _, c := range list {
		out = append(out, c.Site.URL)
	}
	return out
}

func TestTheBiggestSharedAddressComesFirst(t *testing.T) {
	list, book := vendors(20)
	list[19].Site.URL = "" // nor does it have a site
	type group struct {
		At    string
		Codes []string
	}
	codes := func(cs []registry.Comune) (out []string) {
		for _, c := range cs {
			out = append(out, c.Istat)
		}
		return out
	}
	l := Locate(t.Context(), book, list)
	var got []group
	for _, g := range l.Groups {
		got = append(got, group{g.Address.String(), codes(g.Comuni)})
	}
	got = append(got, group{"alone", codes(l.Alone)}, group{"unresolved", codes(l.Unresolved)}, group{"siteless", codes(l.Siteless)})
	want := []group{
		{"192.0.2.1", []string{"000001", "000002", "000003", "000004", "000005", "000011", "000012", "000013", "000014", "000015"}},
		{"192.0.2.2", []string{"000006", "000007", "000008", "000016", "000017", "000018"}},
		{"alone", []string{"000009", "000019"}},
		{"unresolved", []string{"000010"}},
		{"siteless", []string{"000020"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestASharedAddressHasNoMoreComuniInFlightThanItIsAllowed(t *testing.T) {
	list, book := vendors(200)
	q := newQueue(numbers(list), addresses(t.Context(), book, sites(list)), 3)
	var flying []*line
	started := map[bool]int{} // by shared
	for l := q.next(); l != nil && len(flying) < 10; l = q.next() {
		l.take()
		flying = append(flying, l)
		started[l.shared]++
	}
	if d := cmp.Diff(map[bool]int{true: 6, false: 4}, started); d != "" {
		t.Error(d)
	}
	// Who is back makes room for the next of the same address.
	flying[0].flying--
	if q.next() != flying[0] {
		t.Error("the biggest group waits")
	}
	if q.len() != 190 || len(q.rest()) != 190 {
		t.Errorf("%d wait", q.len())
	}
}

func TestARunInTheOrderOfAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list, book := vendors(300)
		keep := &shelf{}
		begun := time.Now()
		must(t, t.Context(), Options{Assessor: &italy{}, Keeper: keep, Workers: 20, Resolver: book, PerAddress: 5}, Selection{Comuni: list})
		if len(keep.reaches(t)) != 300 {
			t.Errorf("%d kept", len(keep.kept))
		}
		// 150 of one address, five at once: that is the critical path.
		if took := time.Since(begun); took != 30*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestWithoutAResolverTheOrderIsThatOfTheCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep, list := &shelf{}, comuni(50)
		list[0], list[49] = list[49], list[0]
		must(t, t.Context(), Options{Assessor: &italy{}, Keeper: keep}, Selection{Comuni: list})
		for i, a := range keep.kept {
			if a.Comune.Istat != comuni(50)[i].Istat {
				t.Fatalf("%s is number %d", a.Comune.Istat, i+1)
			}
		}
	})
}

func TestResolvingTakesAMinuteAtMostAndNothingWithoutANetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		l := Locate(t.Context(), hanging{}, comuni(5_000))
		if took := time.Since(begun); took != lookupTime || len(l.Groups)+len(l.Alone) > 0 || len(l.Unresolved) != 5_000 {
			t.Errorf("%d groups, %d unresolved after %v", len(l.Groups), len(l.Unresolved), took)
		}
		begun = time.Now()
		must(t, t.Context(), Options{
			Assessor: except(11, "dns_timeout"), Workers: 100, Resolver: hanging{}, Offline: func(context.Context) string { return "no network" },
		}, Selection{Comuni: comuni(11)})
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("it was said after %v", took)
		}
	})
}

// hanging is a Resolver that does not answer.
type hanging struct{}

func (hanging) Addresses(ctx context.Context, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestNobodyIsLostInAQueue(t *testing.T) {
	list, book := vendors(57)
	q := newQueue(numbers(list), addresses(t.Context(), book, sites(list)), 2)
	var got []int
	for l := q.next(); l != nil; l = q.next() {
		got = append(got, l.first())
		l.take()
		l.flying--
	}
	if d := cmp.Diff(numbers(list), got, cmpopts.SortSlices(func(a, b int) bool { return a < b })); d != "" || q.len() != 0 {
		t.Error(d)
	}
}
