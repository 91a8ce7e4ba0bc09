# What one does with vigile from a clone. GNU make and Go are enough; "make"
# alone lists the targets.

GO        ?= go
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
BUILD     := -buildvcs=false -trimpath -ldflags "-s -w -X main.version=$(VERSION)"
GOFUMPT   := $(GO) run mvdan.cc/gofumpt@v0.12.0
STATIC    := $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
PACKAGES  ?= ./...
FUZZ_TIME ?= 60s
FUZZ_IN   ?= .
DEMO      ?=

.DEFAULT_GOAL := help
.PHONY: help build man demo test axe soak real accuracy docs lint vet fmt fuzz fuzz-short bench bench-long bench-night bench-night-long bench-metrics bench-year bench-year-all scale bench-nights bench-micro cover cross clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

build: ## the static binary, bin/vigile
	CGO_ENABLED=0 $(GO) build $(BUILD) -o bin/ ./cmd/vigile

man: build ## the pages of the manual, in man/, Italian and English
	./bin/vigile man man/it
	./bin/vigile --lang en man man/en

demo: build ## crawl a small invented Italy on this computer, then show its pages; in a pipe it ends by itself
	@once=--once; if [ -t 0 ] && [ -t 1 ]; then once=; fi; ./bin/vigile demo $$once $(DEMO)

# Judging many comuni under the race detector takes ten times as long and says
# nothing that the other crawls of the replica do not: these run without it.
LONG := ^(TestAccuracy|TestTheReplicaIsJudgedAsItIs|TestAgIDsTroubleIsNobodysFault|TestPanelsShowWhatALiveServeExports|TestSoak.*|TestThePoliteCrawlKeepsItsLimitsByTheOthersBooks|TestTheDemoServesItsPagesOnAFreePort|TestTheSurveysOfTheReplica|TestAPastNightIsToldAndComparedWith|TestAnIndependentCountOverTheExportGivesTheSameNumbers|TestTheIndexMovesWithTheSite|TestTheReportSaysWhatIsTrueOfTheReplica|TestAxeFindsNothingInTheReports|TestEveryNumberLeadsToWhatItCounts|TestTheSurveysOfTwoNights|TestTheSurveysOfRegionsAndChiefTowns|TestOnPaperAComuneTakesLessThanAPage|TestTheSecondNightAsksWhetherAnythingChanged|TestWhereNothingIsAmissTheNightReadsEightPagesAtMost|TestANightFromTheFactsOfTheNightBeforeIsTheNightItWouldHaveBeen)$$|^TestScripts$$/^(demo|crawl_places|store|export|changes|checks_learn|index|report|import|notice|compare|questionnaire|mergers)$$

test: ## every test, with the race detector where a C compiler answers; says what it skipped
	@skipped=$$(mktemp) && trap 'rm -f "$$skipped"' EXIT; \
	race=-race; \
	if ! echo 'int main(void) { return 0; }' | $$($(GO) env CC) -x c -o /dev/null - 2>/dev/null; then \
		case ",$(VIGILE_REQUIRE)," in *,race,*) echo 'No C compiler answers, and VIGILE_REQUIRE asks for "race".' >&2; exit 1;; esac; \
		race=; echo 'No C compiler answers: testing without the race detector.'; \
	fi; \
	cgo=0; [ -z "$$race" ] || cgo=1; \
	CGO_ENABLED=$$cgo VIGILE_SKIPPED="$$skipped" $(GO) test -timeout 30m $$race -skip '$(LONG)' $(PACKAGES); status=$$?; \
	$(if $(filter ./...,$(PACKAGES)),VIGILE_SKIPPED="$$skipped" $(GO) test -run '$(LONG)' ./cmd/vigile || status=1;) \
	if [ -s "$$skipped" ]; then echo; echo 'Skipped, because this machine lacks something:'; sort -u "$$skipped" | sed 's/^/  /'; \
	else echo; echo 'Nothing was skipped.'; fi; \
	exit $$status

axe: ## axe-core into bin/axe, of the version and checksum kept here: with it and Chromium the tests look over every page
	@mkdir -p bin/axe && cp internal/need/axe/package.json internal/need/axe/package-lock.json bin/axe/
	@cmp -s internal/need/axe/package-lock.json bin/axe/installed || \
		{ npm ci --prefix bin/axe --ignore-scripts --no-audit --no-fund --fetch-retries=5 && cp bin/axe/package-lock.json bin/axe/installed; }

# VIGILE_SEED does one of them again; VIGILE_SOAK_KILLS says how often to kill.
soak: ## the long tests at length: kill -9, full disk, clock, thirty nights, 500 comuni with faults, our own bad night
	VIGILE_SOAK=1 $(GO) test -count=1 -v -timeout 60m -run '^TestSoak' ./cmd/vigile

real: ## the main job on the real input beside the project (../shared/data)
	@packages=$$(grep -rlE '^func TestReal' --include='*_test.go' . | xargs -r -n1 dirname | sort -u); \
	[ -n "$$packages" ] || { echo 'No test reads the real input.' >&2; exit 1; }; \
	VIGILE_REQUIRE=data $(GO) test -count=1 -v -run '^TestReal' $$packages

accuracy: ## judge the real data beside the project and the replica; writes docs/ACCURACY.md
	VIGILE_REQUIRE=data VIGILE_ACCURACY=$(CURDIR)/docs/ACCURACY.md $(GO) test -count=1 -run '^TestAccuracy$$' ./cmd/vigile

docs: ## write docs/METRICS.md and docs/CHECKS.md from what the program says
	VIGILE_METRICS=$(CURDIR)/docs/METRICS.md $(GO) test -count=1 -run '^TestMetricsDocumentIsFresh$$' ./cmd/vigile
	VIGILE_CHECKS_DOCS=$(CURDIR)/docs $(GO) test -count=1 -run '^TestChecksDocumentsAreFresh$$' ./cmd/vigile

lint: vet ## gofmt, gofumpt, go vet and staticcheck
	@for format in "$$($(GO) env GOROOT)/bin/gofmt" '$(GOFUMPT)'; do \
		unformatted=$$($$format -l .) || exit 1; \
		if [ -n "$$unformatted" ]; then echo "$${format##*/} would change:"; echo "$$unformatted"; exit 1; fi; \
	done
	$(STATIC) ./...

vet: ## go vet
	$(GO) vet ./...

fmt: ## format with gofumpt
	$(GOFUMPT) -w .

# A target that runs out of time in the middle of minimising an input reports
# "context deadline exceeded" with no failing input: that is tried once more.
fuzz: ## every fuzz target for a minute
	@grep -rnoE '^func Fuzz[A-Za-z0-9_]*' --include='*_test.go' $(FUZZ_IN) | sort | while IFS=: read -r file _ name; do \
		name=$${name#func }; dir=$$(dirname "$$file"); log=$$(mktemp); \
		for try in 1 2; do \
			echo "fuzz $$dir $$name ($(FUZZ_TIME))"; \
			if $(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZ_TIME) "$$dir" </dev/null >"$$log" 2>&1; then status=0; tail -n 1 "$$log"; break; fi; \
			status=1; cat "$$log"; \
			grep -q 'context deadline exceeded' "$$log" && ! grep -q 'Failing input' "$$log" || break; \
		done; \
		rm -f "$$log"; [ "$$status" = 0 ] || exit 1; \
	done

fuzz-short: ## every fuzz target for five seconds
	@$(MAKE) --no-print-directory fuzz FUZZ_TIME=5s

# Which sizes, rounds and variants: see crawler/bench_test.go.
BENCH_VISITS = $(GO) test -run '^$$' -bench '^BenchmarkVisits$$' -benchtime 1x -timeout 0 ./crawler

bench: ## what the crawler costs beside net/http, goquery and colly: 100 and 1,000 sites, ten minutes
	VIGILE_BENCH=$${VIGILE_BENCH:-100,1000} $(BENCH_VISITS)

bench-long: ## the same for 8,000 sites, once each: half an hour
	VIGILE_BENCH=8000 VIGILE_BENCH_ROUNDS=$${VIGILE_BENCH_ROUNDS:-1} $(BENCH_VISITS)

# Settings: see cmd/vigile/night_bench_test.go.
BENCH_NIGHT = $(GO) test -run '^$$' -bench '^BenchmarkNight$$' -benchtime 1x -timeout 0 ./cmd/vigile

bench-night: ## a whole night of 1,000 comuni, and the night after it, beside the bars: ten minutes
	VIGILE_NIGHT=$${VIGILE_NIGHT:-1000} $(BENCH_NIGHT)

bench-night-long: ## the same of 7,900 comuni: half an hour
	VIGILE_NIGHT=7900 $(BENCH_NIGHT)

bench-metrics: ## what a scrape of all Italy costs in time and memory, over a store on disk
	$(GO) test -run '^$$' -bench '^BenchmarkMetricsOfItalyOnDisk$$' -benchtime 10x ./cmd/vigile

bench-nights: ## what the second night costs beside the first where sites answer 304: 400 comuni, some minutes
	VIGILE_BENCH_NIGHTS=$(or $(VIGILE_BENCH_NIGHTS),400) $(GO) test -run '^$$' -bench '^BenchmarkNights$$' -benchtime 1x -timeout 0 ./cmd/vigile

BENCH_YEAR = $(GO) test -run '^$$' -bench '^BenchmarkYearOfNights$$' -benchtime 1x -timeout 0 ./store/bolt

bench-year: ## a year of nights of a tenth of Italy: file, history, latest, compaction; half an hour
	VIGILE_YEAR=1 $(BENCH_YEAR)

# With VIGILE_YEAR_FILE a year that was broken off goes on.
bench-year-all: ## the same of all comuni: an hour, and 5 GB of disk
	VIGILE_YEAR=1 VIGILE_YEAR_COMUNI=7900 $(BENCH_YEAR)

scale: ## what 23,000, 100,000 and a million sites would take, on paper
	@VIGILE_SCALE=1 $(GO) test -v -count=1 -run '^TestWhatLargerNumbersOfSitesWouldTake$$' ./internal/nightly | grep '^|'

bench-micro: ## the benchmarks of single packages
	$(GO) test -run '^$$' -bench . -benchmem ./...

cover: ## the share of statements the tests reach, by function, in coverage.out
	$(GO) test -coverprofile=coverage.out -coverpkg=./... ./...
	@$(GO) tool cover -func=coverage.out | tail -n 1

cross: ## build for Windows and macOS, and throw the result away
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 $(GO) build $(BUILD) -o /dev/null ./cmd/vigile
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) build $(BUILD) -o /dev/null ./cmd/vigile

clean: ## remove what was built
	rm -rf bin man coverage.out
