# `make run` and `make test` are all a new machine needs, and `make bench` to compare; each installs what it lacks.

CARGO ?= cargo
SEQUENCES ?= 2000
SEED ?= 1
CYCLES ?= 720
MINUTES ?= 10
QUICK ?=

.DEFAULT_GOAL := help
.PHONY: help run test screenshots bench test-engines property soak soak-defects endurance alerts deb deny lint fmt doc types-doc problems-doc packages

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: packages ## build, and run the demo: two databases, the API and the dashboard; ARGS="--data-dir DIR" as wanted
	@exec $(CARGO) run --release --locked -- demo $(ARGS)

test: ## run every test, against real servers and in a real browser
	@scripts/install-packages test
	@$(CARGO) test --locked --doc
	@$(CARGO) test --locked --workspace --no-fail-fast --lib --bins --tests

screenshots: ## write docs/screenshots anew, in a real browser
	@scripts/install-packages browser
	@WRITE_SCREENSHOTS=1 $(CARGO) test --locked --test browser pictured

bench: packages ## measure beside replication and others, and write docs/benchmarks; QUICK=1 for little work, SEED=, ARGS="--only a"
	@scripts/install-packages bench
	@$(CARGO) build --release --locked
	@exec $(CARGO) run --release --locked --quiet --package backhaul-bench -- $(if $(QUICK),--quick) --seed $(SEED) $(ARGS)

test-engines: packages ## run the tests against real servers on MySQL 9.7 and MariaDB 11.8 too, and mixed
	@CARGO="$(CARGO)" scripts/test-engines

soak-defects: packages ## plant defects in a copy of the tree, and see each caught; DEFECTS="NAME ..." for some
	@CARGO="$(CARGO)" scripts/soak-defects $(DEFECTS)

property: packages ## play random work on random schemas for longer; SEQUENCES=2000, SEED=1 is the first
	@SEQUENCES="$(SEQUENCES)" SEED="$(SEED)" $(CARGO) test --locked --test it random_schemas -- --nocapture

endurance: packages ## run a day's cycles, and see that memory, time and tables stay flat; CYCLES=720
	@CYCLES="$(CYCLES)" $(CARGO) test --locked --test it endurance -- --nocapture

soak: packages ## play a campaign of faults of every kind under a workload; MINUTES=10, SEED= of a campaign to be played again
	@MINUTES="$(MINUTES)" SEED="$(if $(filter-out file,$(origin SEED)),$(SEED))" \
		$(CARGO) test --locked --test soak a_campaign_as_long_as_asked_for -- --nocapture

alerts: ## check the rules for alerts, and play figures against them
	@scripts/check-alerts

deb: ## make a Debian package of the release build: target/backhaul_VERSION_ARCH.deb
	@$(CARGO) build --release --locked
	@scripts/build-deb

deny: ## look up what is known against the dependencies; needs cargo-deny, and a network
	$(CARGO) deny --locked check

lint: ## check format and lints
	@scripts/need-component fmt clippy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	$(CARGO) clippy --locked --workspace -- --deny warnings

fmt: ## format the code
	@scripts/need-component fmt
	$(CARGO) fmt --all

doc: ## build the documentation of the code; a broken link fails
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --locked --no-deps --document-private-items

types-doc: ## write docs/TYPES.md anew from the list that the tests carry
	WRITE_TYPES_DOC=1 $(CARGO) test --locked --test it the_document_of_types

problems-doc: ## write docs/PROBLEMS.md anew from the table of problems
	WRITE_PROBLEMS_DOC=1 $(CARGO) test --locked --test documents the_document_of_problems

packages:
	@scripts/install-packages
