package crawler

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// promises are what the crawler is held to, each with the tests that hold it: a
// function, or a function and the row of its table.
var promises = []struct {
	promise string
	kept    []string
}{
	{"every reach code is provoked over sockets and a name server", []string{"TestEveryReachIsToldFromTheWire"}},
	{"NXDOMAIN, SERVFAIL, silence and lies of a name server", []string{
		"TestEveryReachIsToldFromTheWire/a name that does not exist", "TestEveryReachIsToldFromTheWire/a name server that fails",
		"TestEveryReachIsToldFromTheWire/a name server that is silent", "TestEveryReachIsToldFromTheWire/a name that lies to the metadata address",
	}},
	{"time-outs by a full accept queue", []string{"TestEveryReachIsToldFromTheWire/a queue that is full", "TestASilentAddressIsOvertaken"}},
	{"TLS by real certificates", []string{
		"TestEveryReachIsToldFromTheWire/an expired certificate", "TestEveryReachIsToldFromTheWire/a certificate of another name",
		"TestEveryReachIsToldFromTheWire/an unknown authority", "TestEveryReachIsToldFromTheWire/an old protocol",
		"TestEveryReachIsToldFromTheWire/a broken handshake", "TestCertificatesAreVerifiedAsStrictlyAsByDefault", "TestHandshakesThatFail",
	}},
	{"a missing intermediate is fetched, guarded and bounded", []string{"TestAMissingIntermediateIsFetchedAndTheFactIsKept", "TestAMissingIntermediateIsFetched"}},
	{"https, the twins, http; every hop recorded", []string{
		"TestTheEntrance/https before http", "TestTheEntrance/a redirect to the bare twin", "TestTheEntrance/http where https refuses", "TestAttemptsKeepTheHandshake",
	}},
	{"meta refresh and plain location, followed once", []string{
		"TestTheEntrance/a meta refresh", "TestTheEntrance/a plain assignment to location", "TestTheEntrance/a signpost behind a signpost, followed once",
	}},
	{"/sito and /it", []string{"TestTheEntrance/the root is missing and /it is not", "TestTheEntrance/the root is a default page and /sito is not"}},
	{"another registrable domain: moved, parked or off the site", []string{
		"TestTheEntrance/moved to another domain of the same name", "TestEveryReachIsToldFromTheWire/a redirect to a domain for sale",
		"TestEveryReachIsToldFromTheWire/a redirect to a strange site",
	}},
	{"two comuni on one host stay apart", []string{"TestTwoComuniOnOneHostStayApart", "TestTheSiteIsItsHostsAndItsTenantsPath"}},
	{"firewalls, notices, placeholders, defaults, soft 404s, shells: rules with examples", []string{
		"TestExamplesOfTheClassRulesComeOut", "TestClassesOfPages", "TestRealPagesAreContent", "FuzzClassify",
	}},
	{"RFC 9309: groups, longest match, $ and *, sizes", []string{
		"TestRobotsRules", "TestRobotsMatchesAsTheSameRegularExpressionWould", "TestRobotsReadsNoMoreThanTheLimit", "TestRobotsFromStatus", "FuzzRobots",
	}},
	{"RFC 9309 over the wire: 4xx, 5xx, time-out, redirects, 500 kB", []string{
		"TestRobotsOverTheWire/is missing", "TestRobotsOverTheWire/fails", "TestRobotsOverTheWire/never comes", "TestRobotsOverTheWire/stands on another host and closes",
		"TestRobotsOverTheWire/closes behind its first 500 kB",
	}},
	{"Crawl-delay", []string{"TestACrawlDelayIsKeptAndRobotsCanBeLeftAside", "TestPacerHonoursACrawlDelayWithinBounds"}},
	{"X-Robots-Tag as a fact", []string{"TestAVisitCarriesWhatItCost"}},
	{"the targets of redirects are checked", []string{"TestRobotsOfARedirectsTargetIsAskedToo"}},
	{"robots.txt once a host and run, and little room for it", []string{"TestAVisitIsPolite", "TestThePoliciesOfManyHostsTakeLittleRoom"}},
	{"sitemaps: robots or convention, streamed, gzip, index, bounded, never enumerating", []string{
		"TestASitemapNamesWhatNoPageLinks", "TestSitemapsAreStreamedWithinBoundsAndNeverEnumerateASite", "TestLocationsOfASitemap", "FuzzSitemap",
	}},
	{"canonical addresses", []string{"TestCanonical", "TestCanonicalRefuses", "TestNoDocumentIsFetchedTwice", "FuzzCanonical", "FuzzReferences", "FuzzLocate"}},
	{"calendars, facets, ever-growing paths", []string{"TestAddressesThatAreNeverFetched"}},
	{"budgets of pages, bytes and time", []string{"TestEachBudgetEndsAVisit/pages", "TestEachBudgetEndsAVisit/bytes", "TestEachBudgetEndsAVisit/time"}},
	{"the same pages in the same order", []string{"TestTwoVisitsOfOneSiteReadTheSamePagesInTheSameOrder", "TestTheFrontierDoesNotDependOnTheOrderOfLinks"}},
	{"limits per host and per address over all goroutines", []string{
		"TestPacerNeverExceedsItsLimits", "TestAVisitIsPolite", "TestThePoliteCrawlKeepsItsLimitsByTheOthersBooks",
	}},
	{"Retry-After for the address, back-off with jitter", []string{
		"TestTurnsAndHoldsCountForTheAddressThatAnswers", "TestPacerHoldsAnAddressForAllItsHosts", "TestPacerBacksOffLongerEachTimeInARow",
		"TestPacerJitterStaysWithinHalfAndOneAndAHalf", "TestOneSitesMaintenanceDoesNotCloseItsAddress",
	}},
	{"cancellable at any wait", []string{"TestEveryWaitCanBeCancelled", "TestPacerCanBeCancelledAtAnyWait"}},
	{"bombs, trickles, endless headers, 60 MB", []string{
		"TestHostileInputIsBoundedAndTold/a gzip bomb", "TestHostileInputIsBoundedAndTold/a brotli bomb", "TestHostileInputIsBoundedAndTold/one byte at a time",
		"TestHostileInputIsBoundedAndTold/a header without end", "TestHostileInputIsBoundedAndTold/60 MB of page", "TestABombCostsNoMoreThanTheLimit",
	}},
	{"nested tags and links by the thousand", []string{
		"TestHostileInputIsBoundedAndTold/a hundred thousand nested tags", "TestHostileInputIsBoundedAndTold/fifty thousand links", "TestHostilePages",
	}},
	{"NUL, invalid UTF-8 and UTF-16, wrong labels", []string{
		"TestHostileInputIsBoundedAndTold/NUL bytes and escapes", "TestHostileInputIsBoundedAndTold/invalid UTF-8",
		"TestHostileInputIsBoundedAndTold/invalid UTF-16", "TestHostileInputIsBoundedAndTold/two labels that contradict each other", "TestDecode", "FuzzDecode",
	}},
	{"duplicate headers, cookies by the thousand", []string{
		"TestHostileInputIsBoundedAndTold/duplicate headers", "TestHostileInputIsBoundedAndTold/cookies by the thousand",
		"TestCookiesDoNotLeakBetweenSitesNorGrowWithoutEnd",
	}},
	{"redirects to file:, data:, loopback, link-local, metadata", []string{"TestRedirectsLeadNowhereInside"}},
	{"names that change between look-up and dial", []string{"TestANameThatChangesItsMindLeadsNowhereElse", "TestANameThatChangesItsMindLeadsNowhere"}},
	{"a proxy over HTTP or HTTPS, the target vetted by us", []string{
		"TestBehindAProxyTheTargetIsStillOursToVet", "TestBehindAProxyTheTargetIsStillVetted", "TestBehindAProxyOverHTTPS",
		"TestBehindAProxyASiteMayBeAnAddress", "TestTheProxysTroublesAreNotTheSites",
	}},
	{"IPv6 alone, both families, happy eyeballs", []string{"TestHostsOfEitherFamilyAreReached", "TestTheNextAddressIsTriedWhenOneFails", "TestAnIPv6LiteralIsReached"}},
	{"HTTP/2", []string{"TestASiteIsReadOverHTTP2AndHTTP1", "TestOneHTTP2ConnectionServesAHostsRequests"}},
	{"a resolver and roots of one's own", []string{"TestOurOwnNameServerGoneIsOurFault", "TestTheRootsGivenAreTheOnesTrusted"}},
	{"what a visit cost, and --explain", []string{"TestAVisitCarriesWhatItCost", "TestEveryRequestThatIsExplainedSaysWhatCameOfIt"}},
	{"the ledger of the replica is asserted wherever it is crawled", []string{"TestTheLedgerComplainsOfBadManners"}},
	{"memory of a visit and of hosts", []string{"TestAFrontierIsBounded", "TestTheShelfKeepsEveryFieldOfALink", "TestPacerForgetsWhatIsIdle", "TestAnswersAreRememberedForAWhile"}},
	{"what scripts write", []string{"TestScriptsThatWriteHeaderAndFooterAreReadOnceAVisit", "FuzzAddScript"}},
	{"the cost beside the floor", []string{"BenchmarkVisits"}},
}

// TestEveryPromiseHasItsTest keeps the names above true: a test that is renamed or
// taken away is missed here.
func TestEveryPromiseHasItsTest(t *testing.T) {
	texts := map[string]map[string]bool{} // by function: the strings in it
	for _, dir := range []string{".", "page", "../internal/netguard", "../cmd/vigile"} {
		files, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
					texts[fn.Name.Name] = stringsIn(fn, texts[fn.Name.Name])
				}
			}
		}
	}
	for _, p := range promises {
		if len(p.kept) == 0 {
			t.Errorf("%s: no test", p.promise)
		}
		for _, name := range p.kept {
			fn, row, _ := strings.Cut(name, "/")
			if rows, known := texts[fn]; !known || row != "" && !rows[row] {
				t.Errorf("%s: there is no %s", p.promise, name)
			}
		}
	}
}

func stringsIn(fn *ast.FuncDecl, found map[string]bool) map[string]bool {
	if found == nil {
		found = map[string]bool{}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				found[s] = true
			}
		}
		return true
	})
	return found
}
