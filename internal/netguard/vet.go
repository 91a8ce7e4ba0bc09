package netguard

// Which hosts, addresses and ports may be spoken to.

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"
)

// A ForbiddenError says that the guard refuses a target: its scheme, its
// method, its port, its host's spelling, or every address it has.
type ForbiddenError struct {
	Target string // what was refused
	Why    string // what is wrong with it

	// Private: it is an address of no public network, as some are that
	// Options.AllowPrivate would let through.
	Private bool
}

func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("refusing to connect to %s: %s", e.Target, e.Why)
}

// metadata are addresses where a cloud hands its machines their credentials.
// They are refused even where private addresses are allowed.
var metadata = map[netip.Addr]bool{
	netip.MustParseAddr("169.254.169.254"): true, // AWS, Azure, GCP, OpenStack, DigitalOcean
	netip.MustParseAddr("169.254.170.2"):   true, // AWS ECS
	netip.MustParseAddr("169.254.170.23"):  true, // AWS EKS
	netip.MustParseAddr("100.100.100.200"): true, // Alibaba Cloud
	netip.MustParseAddr("168.63.129.16"):   true, // Azure's wire server
	netip.MustParseAddr("192.0.0.192"):     true, // Oracle Cloud
	netip.MustParseAddr("fd00:ec2::254"):   true, // AWS
	netip.MustParseAddr("fd00:ec2::23"):    true, // AWS EKS
	netip.MustParseAddr("fd20:ce::254"):    true, // GCP
}

// policy is the list of special purpose networks of IANA, less the private
// ones where those are allowed.
func policy(allowPrivate bool) *ssrf.Guardian {
	options := []ssrf.Option{ssrf.WithAnyPort()} // ports are ours to vet
	if allowPrivate {
		options = append(
			options,
			ssrf.WithAllowedV4Prefixes(
				netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"),
				netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
			),
			ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fc00::/7")),
		)
	}
	return ssrf.New(options...)
}

// vetAddr refuses every address that is not a plain public one: loopback,
// private, shared, link-local, multicast, documentation, benchmarking, and the
// forms that hide an IPv4 address in an IPv6 one.
func (g *Guard) vetAddr(a netip.Addr) error {
	switch {
	case !a.IsValid():
		return &ForbiddenError{Target: "no address", Why: "not an address"}
	case a.Zone() != "":
		return &ForbiddenError{Target: a.String(), Why: "address with a zone"}
	case a.Is4In6():
		return &ForbiddenError{Target: a.String(), Why: "IPv4 address hidden in an IPv6 one"}
	case metadata[a]:
		return &ForbiddenError{Target: a.String(), Why: "cloud metadata address"}
	}
	if err := g.policy.SafeAddr(a); err != nil {
		return &ForbiddenError{Target: a.String(), Why: "not a public address", Private: true}
	}
	return nil
}

func (g *Guard) vetPort(host string, port uint16) error {
	if g.ports[port] {
		return nil
	}
	return &ForbiddenError{Target: fmt.Sprintf("%s port %d", host, port), Why: "port is not among those allowed"}
}

func allowedPorts(extra []int) (map[uint16]bool, error) {
	ports := map[uint16]bool{80: true, 443: true, 8080: true, 8443: true}
	for _, p := range extra {
		if p < 1 || p > 65535 {
			return nil, fmt.Errorf("port %d is not between 1 and 65535", p)
		}
		ports[uint16(p)] = true
	}
	return ports, nil
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// cleanHost is the one spelling of a host that we look up: ASCII, lower case,
// without the final dot. An address comes back as such. Spellings that some
// resolver or proxy might read as an address ("0x7f.1", "2130706433") are
// refused: the WHATWG URL standard, "ends in a number".
func cleanHost(raw string) (host string, addr netip.Addr, err error) {
	refuse := func(why string) (string, netip.Addr, error) {
		return "", netip.Addr{}, &ForbiddenError{Target: printable(raw), Why: why}
	}
	host = strings.TrimSuffix(raw, ".")
	if len(host) > 1024 || !utf8.ValidString(host) {
		return refuse("not a host name")
	}
	if !ascii(host) {
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return refuse("not a host name")
		}
		host = strings.TrimSuffix(host, ".")
	}
	if addr, err = netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return refuse("address with a zone")
		}
		return addr.String(), addr, nil
	}
	host = strings.ToLower(host)
	if !isHostName(host) {
		return refuse("not a host name")
	}
	if endsInNumber(host) {
		return refuse("number in place of a host name")
	}
	return host, netip.Addr{}, nil
}

func isHostName(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range []byte(label) {
			if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
	}
	return true
}

func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// printable is an outside string fit for an error's text.
func printable(s string) string {
	if len(s) > 128 {
		s = s[:128]
	}
	return fmt.Sprintf("%q", s)
}
