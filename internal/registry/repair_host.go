package registry

// The repairs of what stands between the scheme and the path, and the path.

import (
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// dropUserinfo takes "user:password@" away. A plain "name@host" is an e-mail
// address, whatever scheme was put before it.
func (r *repair) dropUserinfo(authority string) (host string, ok bool) {
	i := strings.LastIndexByte(authority, '@')
	if i < 0 {
		return authority, true
	}
	user, host := authority[:i], authority[i+1:]
	lower := strings.ToLower(host)
	named := strings.Contains(user, ":") || strings.HasPrefix(lower, "www.") || strings.HasPrefix(lower, "comune.")
	if r.scheme == "" || !named {
		r.note(QuirkEmail)
		return "", false
	}
	r.note(QuirkUserinfo)
	return host, true
}

// takePort reads the port and returns the host. One that is the scheme's own is
// no port at all.
func (r *repair) takePort(authority string) (host string) {
	host, port, found := strings.Cut(authority, ":")
	if !found {
		return host
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		if port != "" {
			r.note(QuirkBadPort)
		}
		return host
	}
	if r.scheme == "" {
		r.scheme = "http"
		if n == 443 || n == 8443 {
			r.scheme = "https"
		}
	}
	if n == 80 && r.scheme == "http" || n == 443 && r.scheme == "https" {
		return host
	}
	r.note(QuirkPort)
	r.port = strconv.FormatUint(n, 10)
	return host
}

var (
	dots       = regexp.MustCompile(`\.{2,}`)
	brokenWWW  = regexp.MustCompile(`^(w{2}|w{4,6})\.`)
	noDotAfter = regexp.MustCompile(`^www(comune[.-])`)
)

func (r *repair) repairHost(host string) bool {
	if lower := strings.ToLower(host); lower != host {
		r.note(QuirkCapitals)
		host = lower
	}
	if !isASCII(host) {
		ascii, err := idna.Lookup.ToASCII(strings.Trim(host, "."))
		if err != nil {
			r.note(QuirkBadHost)
			return false
		}
		r.note(QuirkIDN)
		host = ascii
	}
	host = r.repairDots(host)
	if m := brokenWWW.FindString(host); m != "" {
		r.note(QuirkBrokenWWW)
		host = "www." + host[len(m):]
	}
	if noDotAfter.MatchString(host) {
		r.note(QuirkBrokenWWW)
		host = noDotAfter.ReplaceAllString(host, "www.$1")
	}
	if forgotIT(host) {
		r.note(QuirkNoTLD)
		host += ".it"
	}
	if !r.validHost(host) {
		r.note(QuirkBadHost)
		return false
	}
	r.host = host
	r.classify()
	return true
}

func (r *repair) repairDots(host string) string {
	step := func(q Quirk, to string) {
		if to != host {
			r.note(q)
			host = to
		}
	}
	step(QuirkSpaces, strings.ReplaceAll(host, "%20", ""))
	step(QuirkComma, strings.ReplaceAll(host, ",", "."))
	step(QuirkLeadingDot, strings.TrimLeft(host, "."))
	step(QuirkTrailingDot, strings.TrimRight(host, "."))
	step(QuirkDoubleDots, dots.ReplaceAllString(host, "."))
	return host
}

// forgotIT tells a comune's host that ends in the province's letters: no comune
// has its site in Bulgaria (.bg), China (.cn) or Niue (.nu).
func forgotIT(host string) bool {
	bare := strings.TrimPrefix(host, "www.")
	i := strings.LastIndexByte(bare, '.')
	if i < 0 || !strings.HasPrefix(bare, "comune") || bare[i+1:] == "it" {
		return false
	}
	_, known := ProvinceByCode(bare[i+1:])
	return known
}

func (r *repair) validHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Is4() {
			r.note(QuirkIPAddress)
		}
		return addr.Is4()
	}
	labels := strings.Split(host, ".")
	if len(host) > 253 || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if len(l) == 0 || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	tld := labels[len(labels)-1]
	return len(tld) > 1 && (strings.HasPrefix(tld, "xn--") || strings.Trim(tld, "abcdefghijklmnopqrstuvwxyz") == "")
}

var (
	sharedHosts = []string{"halleyweb.com", "hseweb.it", "tecuting.it", "incrocicomuni.it", "ucap.info", "intornoallago.it", "clz.bl.it"}
	socialHosts = []string{"facebook.com", "instagram.com", "twitter.com", "x.com", "youtube.com", "linkedin.com", "t.me"}
	freeHosts   = []string{
		"altervista.org", "jimdo.com", "jimdofree.com", "jimdosite.com", "weebly.com", "wordpress.com", "blogspot.com", "blogspot.it",
		"wixsite.com", "webnode.it", "webnode.com", "sites.google.com", "google.com", "xoom.it", "tiscali.it", "interfree.it", "beepworld.it",
	}
)

func (r *repair) classify() {
	under := func(hosts []string) bool {
		for _, h := range hosts {
			if before, ok := strings.CutSuffix(r.host, h); ok && (before == "" || before[len(before)-1] == '.') {
				return true
			}
		}
		return false
	}
	if strings.HasSuffix(r.host, ".gov.it") {
		r.note(QuirkGovIT)
	}
	if under(sharedHosts) {
		r.note(QuirkSharedHost)
	}
	if under(socialHosts) {
		r.note(QuirkSocial)
	}
	if under(freeHosts) {
		r.note(QuirkFreeHost)
	}
}

// genericPaths lead where the bare host leads too.
var genericPaths = map[string]bool{
	"it": true, "it-it": true, "ita": true, "it/home": true, "it-it/home": true, "home": true,
	"index.php": true, "index.html": true, "index.htm": true, "index.asp": true, "index.aspx": true, "index.jsp": true,
	"home.html": true, "home.htm": true, "home.asp": true, "home.aspx": true, "home.php": true, "default.asp": true, "default.aspx": true, "default.html": true,
}

func (r *repair) url() string {
	if r.scheme == "" {
		r.scheme = "https"
	}
	host := r.host
	if r.port != "" {
		host += ":" + r.port
	}
	root := (&url.URL{Scheme: r.scheme, Host: host, Path: "/"}).String()
	rest := strings.TrimRight(r.rest, " ,;.)>\"'")
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		r.note(QuirkFragment)
		rest = rest[:i]
	}
	u, err := url.Parse(r.scheme + "://" + host + rest)
	if err != nil || u.Host != host {
		r.note(QuirkBadPath)
		return root
	}
	u.ForceQuery = false
	clean := strings.ToLower(strings.Trim(path.Clean("/"+u.Path), "/"))
	shared := hasQuirk(r.quirks, QuirkSharedHost) || hasQuirk(r.quirks, QuirkIPAddress)
	switch {
	case clean == "" && u.RawQuery == "":
		return root
	case genericPaths[clean] && u.RawQuery == "" && !shared:
		r.note(QuirkGenericPath)
		return root
	case shared || tenantPath.MatchString(clean):
		r.note(QuirkTenantPath)
	default:
		r.note(QuirkPath)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String()
}

// tenantPath tells the vendors' way to name a comune in a path: by c and the
// ISTAT code, or C_ and the cadastral code.
var tenantPath = regexp.MustCompile(`(^|/)c_?[a-z]?[0-9]{3,6}(/|$)|(^|/)(hh|zf)/index\.php|(^|/)hh$`)
