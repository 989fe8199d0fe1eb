# Homeward. `make run` shows it, `make test` proves it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
UI := services/board/ui
CARGO ?= cargo
FUZZ_SECS ?= 60

.PHONY: help run test faults soak check audit fuzz bench pixel schemas schemas-check ui engines shots infra-check cluster cluster-trial old-events upgrade-check clean-demo

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: ui ## the demonstration: everything in one process, with simulated handsets
	$(CARGO) build --bin homeward --bin handsets
	@infra/run-demo.sh

ui: $(UI)/dist/.built ## the pages' scripts and styles

$(UI)/dist/.built: $(UI)/package-lock.json $(wildcard $(UI)/*.mjs $(UI)/src/* $(UI)/src/*/* $(UI)/css/* $(UI)/static/*)
	cd $(UI) && npm ci --no-audit --no-fund --silent && npm run --silent build
	touch $@

engines: ## installs what the tests need and is not there: PostgreSQL, Mosquitto, NATS, nginx, Chromium, Prometheus, Python
	infra/install-test-engines.sh

test: engines ui ## every test, on a bare machine too
	infra/test.sh

faults: engines ui ## 1,000 faults in all: everything apart, instances that share, one process with its disk; FAULTS=300 FAULT_SEED=7, and the seed is printed
	FAULTS=$${FAULTS:-1000} FAULT_SEED=$${FAULT_SEED:-$$RANDOM} $(CARGO) test -p end-to-end --test scenarios -- --nocapture faults::

soak: engines ui ## eight weeks of school days on one running process: memory, files and answers, week by week: SOAK_WEEKS=8
	SOAK_WEEKS=$${SOAK_WEEKS:-8} $(CARGO) test -p end-to-end --test scenarios -- --nocapture soak::

check: ui schemas-check infra-check ## format, lints, doc links; warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet

audit: ## what comes from elsewhere: licences, sources, what is banned, known holes, and a list of it all in target/sbom/
	CARGO="$(CARGO)" infra/audit.sh

infra-check: ## units, rules, compose: by the tools of those who read them
	infra/check.sh

cluster: engines ui ## a whole cluster on loopback, to look at and to kill parts of: PostgreSQL and its replica, NATS, two instances
	$(CARGO) build --bin homeward --bin handsets
	@infra/cluster/up.sh

cluster-trial: engines ui ## the replica promoted when its primary is killed; a day on three nodes of NATS; brokers compared, a node killed under load
	infra/postgres/replica.sh
	$(CARGO) test -p end-to-end --test scenarios -- --nocapture nats::
	$(CARGO) run --release -p bench -- cluster

old-events: engines ui ## an event of each kind that any story tells, kept for later releases to read, in tests/old-journals
	rm -rf target/old-events && mkdir -p target/old-events
	KEEP_EVENTS=$(CURDIR)/target/old-events infra/test.sh
	cat target/old-events/* > tests/old-journals/$$(date +%F)-$$(git rev-parse --short HEAD).jsonl

upgrade-check: ui ## an older version, this one, the older one and this one again serve one folder of data with a party out: FROM=a commit, or a binary
	CARGO="$(CARGO)" infra/upgrade-check.sh "$(FROM)"

schemas: ## JSON Schemas and the AsyncAPI document, from the types
	$(CARGO) run --quiet -p proto --example schemas

schemas-check: ## the AsyncAPI document is a valid one
	cd proto/schemas/check && npm ci --no-audit --no-fund --silent && node check.mjs

fuzz: ## each parser of what comes from outside, and the engine's inputs, FUZZ_SECS (60) seconds each
	CARGO="$(CARGO)" tests/fuzz/run.sh $(FUZZ_SECS)

bench: ## figures beside the machine's own limits
	$(CARGO) run --release -p bench
	@$(MAKE) --no-print-directory pixel

pixel: engines ui ## event to pixel: a press on the leader's phone to one board, and to 200
	$(CARGO) build --release -p end-to-end --bin stage
	cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --silent && STAGE=$${CARGO_TARGET_DIR:-$(CURDIR)/target}/release/stage node pixel.mjs $${PRESSES:-100}

shots: engines ui ## screenshots of each page and state, into shots/
	$(CARGO) build -p end-to-end --bin stage
	cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --silent && node shots.mjs
