# What CI runs is what runs here: make ci. It needs Go; the race detector needs a C compiler as well and is left out without one.

GO          ?= go
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.7.0
RACE        ?= ./jobs ./pipeline ./pipeline/publish/... ./pipeline/storage/... ./cmd/...
FUZZTIME    ?= 20s

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build ./leadscore
	$(GO) build -tags disable_grpc_modules -o leadscore ./cmd/leadscore

.PHONY: test
test: ## run all tests
	$(GO) test -timeout 20m ./...

.PHONY: demo
demo: ## write a demo base to ./demo, score it, show what came out
	$(GO) run ./cmd/leadscore demo

.PHONY: bench
bench: ## measure speed and peak memory beside a bare scan. BENCH="-engagements 2000000" chooses another size
	$(GO) run ./scripts/bench $(BENCH)

.PHONY: bench-peers
bench-peers: ## measure against DuckDB, which npm brings, and check that it scores the same; skipped without Node.js
	$(GO) run ./scripts/bench peers $(BENCH)

.PHONY: fmt
fmt: ## check that everything is gofmt-ed
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi

.PHONY: vet
vet: ## run go vet
	$(GO) vet ./...

.PHONY: lint
lint: ## run staticcheck, pinned
	$(GO) run $(STATICCHECK) ./...

.PHONY: race
race: ## run the tests of what has goroutines under the race detector
	@if [ "$$($(GO) env CGO_ENABLED)" = 1 ] && command -v "$$($(GO) env CC)" >/dev/null; then \
		echo "$(GO) test -race -short -timeout 20m $(RACE)"; $(GO) test -race -short -timeout 20m $(RACE); \
	else echo "race: left out, there is no C compiler"; fi

.PHONY: seeds
seeds: ## run every fuzz test over its seeds
	$(GO) test -run '^Fuzz' ./...

.PHONY: fuzz
fuzz: ## fuzz every fuzz test for FUZZTIME
	@for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

.PHONY: benchmarks
benchmarks: ## run every Go benchmark once, so that all of them work
	$(GO) test -run '^$$' -bench . -benchtime 1x ./...

.PHONY: readme
readme: ## execute the examples of the README
	$(GO) test -count 1 -run '^TestReadme' ./cmd/leadscore

.PHONY: ci
ci: fmt vet lint race seeds benchmarks readme ## all that CI checks beside the tests; the tree must be clean at the end
	git diff --exit-code
