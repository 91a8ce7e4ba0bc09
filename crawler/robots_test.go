package crawler

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRobotsRules(t *testing.T) {
	tests := map[string]struct {
		file    string
		allowed []string
		refused []string
	}{
		"an empty file allows everything": {"", []string{"/", "/a"}, nil},
		"a page of HTML has no rules": {
			"<!doctype html><html><head><title>404: non trovata</title>\n<body>Disallow me: no</body>",
			[]string{"/", "/a"},
			nil,
		},
		"the group of our product beats that of everyone": {
			"User-agent: *\nDisallow: /\n\nUser-agent: vigile\nDisallow: /interno\n",
			[]string{"/", "/albo"},
			[]string{"/interno", "/interno/a"},
		},
		"the product is compared without case": {
			"User-Agent: ViGiLe\nDisallow: /a",
			[]string{"/b"},
			[]string{"/a"},
		},
		"a longer product of which ours is a prefix is another's": {
			"User-agent: vigile-urbano\nDisallow: /\nUser-agent: vigile2\nDisallow: /",
			[]string{"/"},
			nil,
		},
		"a shorter product that is a prefix of ours is another's": {
			"User-agent: v\nDisallow: /\nUser-agent: vigil\nDisallow: /",
			[]string{"/"},
			nil,
		},
		"a version behind the product is overlooked": {
			"User-agent: vigile/2.1 (night)\nDisallow: /a",
			[]string{"/b"},
			[]string{"/a"},
		},
		"groups of the same product are merged": {
			"User-agent: vigile\nDisallow: /a\n\nUser-agent: other\nDisallow: /b\n\nUser-agent: vigile\nDisallow: /c",
			[]string{"/b"},
			[]string{"/a", "/c"},
		},
		"groups of everyone are merged": {
			"User-agent: *\nDisallow: /a\nUser-agent: other\nDisallow: /b\nUser-agent: *\nDisallow: /c",
			[]string{"/b"},
			[]string{"/a", "/c"},
		},
		"several agents share the rules below them": {
			"User-agent: one\nUser-agent: vigile\nUser-agent: two\nDisallow: /a",
			[]string{"/b"},
			[]string{"/a"},
		},
		"an empty line does not end a group": {
			"User-agent: vigile\n\n\nDisallow: /a",
			[]string{"/b"},
			[]string{"/a"},
		},
		"a sitemap or crawl-delay between agents does not part them": {
			"User-agent: vigile\nSitemap: https://a.example/s.xml\nCrawl-delay: 2\nUser-agent: other\nDisallow: /a",
			[]string{"/b"},
			[]string{"/a"},
		},
		"rules before any agent are nobody's": {
			"Disallow: /\nUser-agent: *\nDisallow: /a",
			[]string{"/b"},
			[]string{"/a"},
		},
		"rules under an empty agent are nobody's": {
			"User-agent: vigile\nDisallow: /a\nUser-agent:\nDisallow: /b",
			[]string{"/b"},
			[]string{"/a"},
		},
		"an empty group of ours lets us in everywhere": {
			"User-agent: *\nDisallow: /\nUser-agent: vigile\nDisallow:",
			[]string{"/", "/a"},
			nil,
		},
		"the longest match decides, wherever it stands": {
			"User-agent: *\nAllow: /a/b\nDisallow: /a\nDisallow: /a/b/c",
			[]string{"/a/b", "/a/b/d"},
			[]string{"/a", "/a/x", "/a/b/c"},
		},
		"of two as long the one that allows wins": {
			"User-agent: *\nDisallow: /page\nAllow: /page",
			[]string{"/page", "/page/2"},
			nil,
		},
		"a star is any run of characters": {
			"User-agent: *\nDisallow: /*/print\nDisallow: *.pdf",
			[]string{"/print", "/a/prin"},
			[]string{"/a/print", "/a/b/print?x", "//print", "/atti/a.pdf", "/atti/a.pdf?download"},
		},
		"a dollar ends the path": {
			"User-agent: *\nDisallow: /*.pdf$\nDisallow: /fine$",
			[]string{"/a.pdf?x=1", "/a.pdfx", "/fine/", "/finex"},
			[]string{"/a.pdf", "/fine"},
		},
		"the end may lie within what a star took": {
			"User-agent: *\nDisallow: /*ab$",
			[]string{"/abc"},
			[]string{"/ababab", "/xabab"},
		},
		"a star before the end changes nothing": {
			"User-agent: *\nDisallow: /a*$",
			[]string{"/b"},
			[]string{"/a", "/ab"},
		},
		"a dollar in the middle is itself": {
			"User-agent: *\nDisallow: /a$b",
			[]string{"/a", "/a/b"},
			[]string{"/a$b", "/a%24b"},
		},
		"an escaped star or dollar is itself": {
			"User-agent: *\nDisallow: /file-%2A.html\nDisallow: /x%24",
			[]string{"/file-a.html", "/x"},
			[]string{"/file-*.html", "/file-%2a.html", "/x$", "/x$y"},
		},
		"escapes are compared without case": {
			"User-agent: *\nDisallow: /citt%c3%a0",
			[]string{"/citta"},
			[]string{"/citt%C3%A0", "/città", "/citt%c3%A0/x"},
		},
		"raw characters are compared with their escapes": {
			"User-agent: *\nDisallow: /città\nDisallow: /a b",
			nil,
			[]string{"/citt%C3%A0", "/a%20b"},
		},
		"an escape of what needs none is that character": {
			"User-agent: *\nDisallow: /%61lbo%7E",
			nil,
			[]string{"/albo~", "/al%62o~"},
		},
		"an escaped slash is not a slash": {
			"User-agent: *\nDisallow: /a%2Fb",
			[]string{"/a/b"},
			[]string{"/a%2fb"},
		},
		"a broken escape is itself": {
			"User-agent: *\nDisallow: /a%zz\nDisallow: /b%2",
			[]string{"/a", "/b"},
			[]string{"/a%zz", "/b%2"},
		},
		"the path is compared with its case": {
			"User-agent: *\nDisallow: /Admin",
			[]string{"/admin"},
			[]string{"/Admin"},
		},
		"the query is part of what is compared": {
			"User-agent: *\nDisallow: /*?print=",
			[]string{"/a", "/a?x=1"},
			[]string{"/a?print=1"},
		},
		"a bad line voids nothing": {
			"\x00\xff garbage\nUser-agent: *\nthis is no line\nDisallow /without-colon\nDisallow: nor-a-path\n:\nDisallow: /a\n",
			[]string{"/without-colon", "/nor-a-path"},
			[]string{"/a"},
		},
		"comments and white space are stripped": {
			"# hello\n  User-agent :\t*  # all of you\n\tDISALLOW:/a#b\n",
			[]string{"/b"},
			[]string{"/a", "/ab"},
		},
		"a byte order mark is no part of the first line": {
			"\xef\xbb\xbfUser-agent: *\nDisallow: /a",
			[]string{"/b"},
			[]string{"/a"},
		},
		"lines may end in CR alone":     {"User-agent: *\rDisallow: /a\r", []string{"/b"}, []string{"/a"}},
		"lines may end in CR LF":        {"User-agent: *\r\nDisallow: /a\r\n", []string{"/b"}, []string{"/a"}},
		"robots.txt itself may be read": {"User-agent: *\nDisallow: /", []string{"/robots.txt"}, []string{"/", "/robots.txt2"}},
		"an empty path is the root":     {"User-agent: *\nDisallow: /$", []string{"/a"}, []string{"", "/"}},
		"a fragment is not compared":    {"User-agent: *\nDisallow: /a$", nil, []string{"/a#b"}},
		"a path of many stars stays quick": {
			"User-agent: *\nDisallow: /" + strings.Repeat("*a", 5000) + "b",
			[]string{"/" + strings.Repeat("a", 8000)},
			nil,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rules := parseRobots([]byte(tt.file), "vigile")
			for _, path := range tt.allowed {
				if !rules.allowed(path) {
					t.Errorf("%q is refused", path)
				}
			}
			for _, path := range tt.refused {
				if rules.allowed(path) {
					t.Errorf("%q is allowed", path)
				}
			}
		})
	}
}

func TestRobotsOfNobodyAllowEverything(t *testing.T) {
	var none *robotsRules
	if !none.allowed("/a") || none.crawlDelay() != 0 || none.sitemaps() != nil {
		t.Error("the nil rules are not free")
	}
}

func TestRobotsReadsNoMoreThanTheLimit(t *testing.T) {
	head, cut := "User-agent: *\nDisallow: /a\n#", "\nDisallow: /priv"
	file := head + strings.Repeat("#", robotsMaxBytes-len(head)-len(cut)) + cut // the limit cuts the line in two
	file += "ate\nDisallow: /late\n"
	rules := parseRobots([]byte(file), "vigile")
	if rules.allowed("/a") {
		t.Error("a rule within the limit is lost")
	}
	for _, path := range []string{"/priv", "/private", "/late"} {
		if !rules.allowed(path) {
			t.Errorf("%s is refused by what lies beyond the limit", path)
		}
	}
}

func TestRobotsCrawlDelay(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"5": 5 * time.Second, "0.5": 500 * time.Millisecond, "1,5": 1500 * time.Millisecond, "0": 0, "-3": 0,
		"NaN": 0, "Inf": robotsMaxDelay, "1e300": robotsMaxDelay, "ten": 0, "": 0, "86400": robotsMaxDelay,
	} {
		file := "User-agent: *\nCrawl-delay: " + value + "\nDisallow: /a\n"
		if got := parseRobots([]byte(file), "vigile").crawlDelay(); got != want {
			t.Errorf("Crawl-delay %q is %s, want %s", value, got, want)
		}
	}
	other := "User-agent: other\nCrawl-delay: 9\nUser-agent: vigile\nDisallow: /a\nUser-agent: *\nCrawl-delay: 3\n"
	if got := parseRobots([]byte("User-agent: x\nCrawl-delay: 9\nDisallow: /\nUser-agent: vigile\nDisallow: /a\n"), "vigile").crawlDelay(); got != 0 {
		t.Errorf("another's Crawl-delay became ours: %s", got)
	}
	if got := parseRobots([]byte(other), "vigile").crawlDelay(); got != 9*time.Second {
		t.Errorf("the delay of a shared group is %s, want 9s", got)
	}
}

func TestRobotsSitemaps(t *testing.T) {
	file := "Sitemap: https://comune.example.it/sitemap.xml\nUser-agent: other\nSITEMAP: /mappa.xml # here\nDisallow: /\n" +
		"Sitemap:\nSitemap: https://comune.example.it/sitemap.xml\nSitemap: https://comune.example.it/" + strings.Repeat("a", robotsMaxURL)
	want := []string{"https://comune.example.it/sitemap.xml", "/mappa.xml"}
	if diff := cmp.Diff(want, parseRobots([]byte(file), "vigile").sitemaps()); diff != "" {
		t.Error(diff)
	}
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "Sitemap: https://comune.example.it/%d.xml\n", i)
	}
	if got := len(parseRobots([]byte(many.String()), "vigile").sitemaps()); got != robotsMaxSitemaps {
		t.Errorf("%d sitemaps are kept, want %d", got, robotsMaxSitemaps)
	}
}

func TestRobotsFromStatus(t *testing.T) {
	for status, want := range map[int]robotsPolicy{
		200: robotsParse, 204: robotsParse, 206: robotsParse, 301: robotsAllowAll, 304: robotsAllowAll,
		400: robotsAllowAll, 401: robotsAllowAll, 403: robotsAllowAll, 404: robotsAllowAll, 410: robotsAllowAll,
		429: robotsRefuse, 500: robotsRefuse, 503: robotsRefuse, 599: robotsRefuse, 0: robotsRefuse, 100: robotsRefuse,
	} {
		if got := robotsFromStatus(status, nil); got != want {
			t.Errorf("status %d: %v, want %v", status, got, want)
		}
	}
	if got := robotsFromStatus(200, errors.New("time-out in the body")); got != robotsRefuse {
		t.Errorf("a body that broke off: %v, want to stay away", got)
	}
}

var robotsPath = rapid.StringMatching(`/[ab/%*$?~.]{0,12}`)

func drawGroup(t *rapid.T, agent, label string) string {
	var group strings.Builder
	fmt.Fprintf(&group, "User-agent: %s\n", agent)
	for range rapid.IntRange(1, 5).Draw(t, label+" rules") {
		fmt.Fprintf(&group, "%s: %s\n", rapid.SampledFrom([]string{"Allow", "Disallow"}).Draw(t, label+" kind"), robotsPath.Draw(t, label+" pattern"))
	}
	return group.String()
}

func TestRobotsIgnoresWhatIsNotOurs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ours := drawGroup(t, rapid.SampledFrom([]string{"vigile", "*"}).Draw(t, "agent"), "ours")
		other := drawGroup(t, "vigilessa", "other")
		path := robotsPath.Draw(t, "path")
		want := parseRobots([]byte(ours), "vigile").allowed(path)
		for _, file := range []string{ours + other, other + ours, strings.ReplaceAll(other+ours, "\n", "\r\n"), "\xef\xbb\xbf" + ours + "junk\n\x00\n" + other} {
			if got := parseRobots([]byte(file), "vigile").allowed(path); got != want {
				t.Fatalf("%q: allowed %v alone, %v beside another's group", path, want, got)
			}
		}
	})
}

func TestRobotsGroupsOfOneProductMergeInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, two := drawGroup(t, "vigile", "one"), drawGroup(t, "VIGILE", "two")
		path := robotsPath.Draw(t, "path")
		if parseRobots([]byte(one+two), "vigile").allowed(path) != parseRobots([]byte(two+one), "vigile").allowed(path) {
			t.Fatalf("%q depends on the order of the groups", path)
		}
	})
}

func TestRobotsMatchesAsTheSameRegularExpressionWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value, path := robotsPath.Draw(t, "pattern"), robotsPath.Draw(t, "path")
		body, anchored := strings.CutSuffix(value, "$")
		expression := "^" + strings.ReplaceAll(regexp.QuoteMeta(robotsNormal(body, true)), `\*`, ".*")
		if anchored {
			expression += "$"
		}
		want := regexp.MustCompile(expression).MatchString(robotsNormal(path, false))
		rule := newRobotsRule(value, false)
		if got := rule.matches(robotsNormal(path, false)); got != want {
			t.Fatalf("pattern %q path %q: %v, want %v", value, path, got, want)
		}
	})
}

func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nAllow: /%61\nCrawl-delay: 1\nSitemap: /s"), "/a")
	f.Add([]byte("\xef\xbb\xbfUser-agent: vigile\r\rDisallow: *"), "/%zz?q=*#f")
	f.Add([]byte{0, 0xff, ':', '\n'}, "")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		rules := parseRobots(body, "vigile")
		rules.allowed(path)
		if !rules.allowed("/robots.txt") {
			t.Error("robots.txt itself is refused")
		}
		if d := rules.crawlDelay(); d < 0 || d > robotsMaxDelay {
			t.Errorf("Crawl-delay %s", d)
		}
		if n := len(rules.sitemaps()); n > robotsMaxSitemaps {
			t.Errorf("%d sitemaps", n)
		}
		once := robotsNormal(path, false)
		if twice := robotsNormal(once, false); twice != once {
			t.Errorf("normal form of %q is not stable: %q, %q", path, once, twice)
		}
	})
}
