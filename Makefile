# A fresh Debian 12 with Go and make is enough: the targets install what else
# they need. `make` alone lists them.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

# The version comes from scripts/version.sh; go's own look at the repository
# fails where that belongs to another user, as in a container.
export GOFLAGS += -buildvcs=false

VERSION ?= $(shell ./scripts/version.sh)
FUZZTIME ?= 30s
SOAK_MINUTES ?= 5

# What goes through pixels and samples, too slow for the race detector.
SAMPLES = ./detectors/measure ./detectors/loudness ./analyze ./analyze/compare ./fixtures

# Generated clips: made once, kept until `make clean`.
FIXTURES = build/fixtures

.PHONY: help
help: ## list the targets
	@echo 'Targets:'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'

.PHONY: setup
setup: ## install the Debian packages that are missing
	@./scripts/setup.sh

.PHONY: build
build: setup ## build ./bin/vqa
	@go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/vqa ./cmd/vqa

.PHONY: demo
demo: build ## find the defects of a clip made for it
	@clip=$$(go run ./scripts/fixtures -only demo $(FIXTURES)) && \
	echo "$$ ./bin/vqa analyze $$clip" && \
	./bin/vqa analyze "$$clip"

.PHONY: test
test: setup ## run all tests
	@./scripts/setup.sh chromium
	@VQA_FIXTURES=$(CURDIR)/$(FIXTURES) ./scripts/test.sh $(SAMPLES)

.PHONY: screenshot
screenshot: build ## make the picture of a report in the README again
	@./scripts/setup.sh chromium
	@./scripts/screenshot.sh

.PHONY: lint
lint: setup ## check style, common mistakes and import lines
	@./scripts/lint.sh

.PHONY: bench
bench: build ## measure what it costs, against decoding alone and FFmpeg's filters
	@go test -run '^$$' -bench . -benchmem ./detectors/...
	@clip=$$(go run ./scripts/fixtures -only bench $(FIXTURES)) && ./bin/vqa bench --out build/profile.json $(BENCHFLAGS) "$$clip"

.PHONY: profile
profile: build ## measure anew what vqa cost and README.md take for granted
	@clip=$$(go run ./scripts/fixtures -only bench $(FIXTURES)) && \
	./scripts/s3.sh ./bin/vqa bench --bucket vqa $(BENCHFLAGS) --out build/profile.json "$$clip" && \
	cp build/profile.json costmodel/profile.json && \
	VQA_FIXTURES=$(CURDIR)/$(FIXTURES) go test ./cmd/vqa -run TestReadme -update >/dev/null
	@$(MAKE) build

.PHONY: fixtures
fixtures: setup ## make all clips with known defects
	@go run ./scripts/fixtures $(FIXTURES)

.PHONY: fuzz
fuzz: setup ## run each fuzz target for FUZZTIME (30s)
	@FUZZTIME=$(FUZZTIME) ./scripts/fuzz.sh

.PHONY: peers
peers: build ## compare with FFmpeg's filters on the clips with known defects
	@go run ./scripts/peers -cache $(FIXTURES)

.PHONY: eval
eval: build ## score on defects injected into real clips, where these are at hand
	@./scripts/eval.sh

.PHONY: soak
soak: build ## stream into vqa for SOAK_MINUTES (5), with defects, losses and breaks
	@go run ./scripts/soak -minutes $(SOAK_MINUTES)

.PHONY: clean
clean: ## remove what was built and generated
	@rm -rf bin build
