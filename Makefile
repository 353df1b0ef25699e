# Every target works on a fresh clone with Go 1.26, gcc, g++, git and tmux. See CONTRIBUTING.md.
GO ?= go
FUZZTIME ?= 5s
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: build test race lint fmt vet staticcheck fuzz-short golden e2e bench check nightly demo

build:
	$(GO) build -trimpath -o bin/trailsift .

test:
	$(GO) test ./...

# The store's heavy tests run without the detector: DuckDB's own memory is invisible to it.
race:
	$(GO) test -race -short . ./model/... ./loaders/... ./queries/sqlgen/... ./queries/preset/... ./queries/export/... ./ui/...

fmt:
	@bad=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$bad" ] || { echo "not gofmt-ed:"; echo "$$bad"; exit 1; }

vet:
	$(GO) vet ./...

staticcheck:
	$(GO) run $(STATICCHECK) ./...

lint: fmt vet staticcheck

# Every fuzz target for FUZZTIME.
fuzz-short:
	@set -e; for pkg in $$($(GO) list ./...); do \
	  dir=$$($(GO) list -f '{{.Dir}}' $$pkg); \
	  for name in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' $$dir/*_test.go 2>/dev/null | cut -c6-); do \
	    echo "fuzz $$pkg $$name"; $(GO) test $$pkg -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x || exit 1; \
	  done; \
	done

# Rewrites golden screens and generated references; look at the difference before committing it.
golden:
	$(GO) test ./ui/... ./model/filter/... ./queries/preset/... -update

# Stories in a real terminal (tmux).
e2e: build
	TRAILSIFT_E2E=$(CURDIR)/bin/trailsift $(GO) test ./ui/cli/e2e -count=1 -v

# Figures against the budgets; needs a quiet machine and some GB in BENCH_DIR.
bench: build
	testdata/bench/run bin/trailsift

demo:
	$(GO) run ./testdata/gen demo -out testdata/demo

check: lint test

nightly: check race
	TRAILSIFT_NIGHTLY=1 $(GO) test ./... -count=1 -timeout 60m
	$(MAKE) fuzz-short FUZZTIME=2m
	$(MAKE) e2e
