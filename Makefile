# Every target works on a fresh clone with Go 1.26, gcc, g++, git and tmux. See CONTRIBUTING.md.
GO ?= go
export GO FUZZTIME STATICCHECK

.PHONY: build test race lint fmt vet staticcheck fuzz-short golden e2e integration bench check nightly demo

build:
	$(GO) build -trimpath -o bin/trailsift .

test:
	$(GO) test ./...

race fmt vet staticcheck:
	@.ci/step $@

lint: fmt vet staticcheck

# Every fuzz target for FUZZTIME.
fuzz-short:
	@.ci/step fuzz

# Rewrites golden screens and generated references; look at the difference before committing it.
golden:
	$(GO) test ./ui ./ui/keys ./model/filter ./queries/preset -update
	$(GO) test ./ui/cli -run Incidents -update

# Stories in a real terminal (tmux).
e2e:
	@.ci/step e2e

# The demo evidence through a real S3 server, which is built into a temporary folder.
integration:
	@.ci/step integration

# Figures against the budgets; needs a quiet machine and some GB in BENCH_DIR.
bench: build
	testdata/bench/run bin/trailsift

demo:
	$(GO) run ./testdata/gen demo -out testdata/demo

check: lint test race

nightly: check
	TRAILSIFT_NIGHTLY=1 .ci/step race
	TRAILSIFT_NIGHTLY=1 $(GO) test ./... -count=1 -timeout 60m
	FUZZTIME=2m .ci/step fuzz
	TRAILSIFT_NIGHTLY=1 E2ETIME=60m .ci/step e2e
	TRAILSIFT_LOOK=no-colour .ci/step e2e
	TRAILSIFT_LOOK=ascii .ci/step e2e
