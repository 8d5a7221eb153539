# What one does with this repository. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help dev release image test test-quick interleavings thorough faults lint generate verify-generated clients explorer bench soak benchmarks fuzz

# The addresses and flags of `make dev`, for example: make dev ARGS="--addr 127.0.0.1:9000"
ARGS ?=
# The flags of `make bench`.
BENCHARGS ?=
# How long each fuzz target runs.
FUZZTIME ?= 20s
# How long a soak lasts.
SOAK ?= 30m
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

dev: ## run everything on this machine, with a demo business; Ctrl-C ends it
	@go build -o bin/daybook ./cmd/daybook
	@exec bin/daybook dev $(ARGS)

release: ## build static binaries of four platforms into dist/, with their SHA-256 (VERSION=v0.1.0 names them)
	.ci/release $(VERSION)

image: ## make the image of deploy/Dockerfile without a container engine, and serve from it; for root on Linux
	.ci/image

# The longest come first: beside them the others run.
test: ## run all tests (GOTESTFLAGS=-race adds the race detector)
	go test -timeout 30m $(GOTESTFLAGS) ./resolvers ./projection ./...

test-quick: ## run the tests that take less than seconds each, for the loop of a change
	go test -short -vet=off ./...

interleavings: ## play all orders of the steps of writers, refreshers and readers; test plays some
	go test ./projection -run 'TestInterleavings' -count=1 -v -timeout 60m -interleavings

thorough: ## try many more generated operations, conditions, values and rounds of races; test tries some
	go test ./resolvers ./canonical -run 'TestSelections$$|TestWhere$$|TestWalk$$|TestAggregates$$|TestCostOfEverySize|TestTwoPrices|Random|Oracle|Race$$|TestShiftAnnotations|TestRunningWeek|TestMutantsOfTheBooks' -count=1 -v -timeout 90m -thorough

faults: ## inflict every fault of processes, of PostgreSQL and of its disk beside clients, and print what they saw; test inflicts some
	go test ./cmd/daybook -run 'TestFaults' -count=1 -v -timeout 60m -faults $(GOTESTFLAGS)
	go test ./cmd/daybook -run 'TestUpgrade|TestDrain|TestDevKilled|TestDevEndsWithPostgres|TestWritersWaiting|TestReadiness' -count=1 -timeout 60m $(GOTESTFLAGS)
	go test ./internal/pglocal ./projection ./resolvers ./migrations -run 'Kill|Leftover|Standby|BesideHolders|TestReplicas|TestUnavailable|TestRestored' -count=1 -timeout 60m $(GOTESTFLAGS)

lint: ## run the linters
	go vet ./...
	go run $(GOLANGCI) run

explorer: ## bundle the libraries of the playground anew, with npm, from internal/playground/explorer/package-lock.json
	cd internal/playground/explorer && npm ci --ignore-scripts --no-audit --no-fund && npm run build

generate: ## make the generated code anew from graph/schema and gqlgen.yml
	go run ./graph/generate

verify-generated: ## fail if the generated code is not what generate makes
	.ci/verify-generated

clients: ## try the clients in clients/ against a server of their own; npm installs them
	.ci/clients

bench: ## measure a server beside a plain one, on 100 000 invoices (BENCHARGS="-invoices 1000000 -parts queries")
	go run ./internal/bench $(BENCHARGS)

soak: ## keep a server busy for SOAK, and print what it takes and how large it grows
	go test ./cmd/daybook -run '^$$' -bench BenchmarkSoak -benchtime 1x -timeout 5h -soak.for $(SOAK)

benchmarks: ## run the benchmarks of the packages
	go test -run '^$$' -bench . -benchmem -timeout 60m ./...

fuzz: ## run every fuzz target for FUZZTIME
	.ci/fuzz $(FUZZTIME)
