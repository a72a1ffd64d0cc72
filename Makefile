# The two that a newcomer needs: `make demo` and `make test`. All others: `make help`.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
FAST   := .venv-fast
PIP    := $(BIN)/python -m pip install -q --disable-pip-version-check --no-input
# Tools of another make that the tests use, and the Debian package that brings each.
TOOLS := tshark=tshark sipp=sip-tester openssl=openssl kamailio=kamailio sipsak=sipsak sngrep=sngrep \
	/usr/lib/*/kamailio/modules/tls.so=kamailio-tls-modules chromium=chromium \
	/usr/lib/postgresql/*/bin/postgres=postgresql
# Those whose tests may be left out, with the reason, on any machine.
EXTRA_TOOLS := nsd=nsd ip=iproute2

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check format lint types unit venv fast tools matrix bench bench-long docs wheel clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

demo: $(VENV)/.installed ## set up, install and run the main scenario
	@$(BIN)/mcsip demo

test: $(VENV)/.installed-dev tools lint types ## set up, install and run all tests
	$(BIN)/pytest -q -n auto

check: $(VENV)/.installed-dev format lint types unit ## the quick loop: format, lint, types, unit tests

format: $(VENV)/.installed-dev ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check -q --fix-only .

lint: $(VENV)/.installed-dev ## lint, formatting and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo

types: $(VENV)/.installed-dev ## type check
	$(BIN)/mypy

unit: $(VENV)/.installed-dev ## tests that are quick and need no other tool
	PYTHONASYNCIODEBUG=1 $(BIN)/pytest -q -n auto -m "not slow and not interop"

venv: $(VENV)/.installed ## set up .venv with the command .venv/bin/mcsip

fast: $(FAST)/.installed ## set up .venv-fast with a compiled mcsip, for load: takes minutes, needs a C compiler

tools: ## install the tools of another make that tests use, where that is allowed
	@.ci/tools $(foreach tool,$(TOOLS),'$(tool)')
	@CI= .ci/tools $(foreach tool,$(EXTRA_TOOLS),'$(tool)')

matrix: $(VENV)/.installed-dev ## every procedure x every hop and commit x every trouble: no half-migrated user
	$(BIN)/python -m tests.matrix

bench: $(VENV)/.installed-dev ## measure flows, relays beside Kamailio, captures, overload
	$(BIN)/python -m benchmarks

bench-long: $(VENV)/.installed-dev ## the same, growth to 1,000,000 users and a simulated day
	$(BIN)/python -m benchmarks all

docs: $(VENV)/.installed-dev ## write what is generated: procedures with ladders, JSON Schemas, state diagrams, step reference
	$(BIN)/python docs/generate.py

wheel: $(VENV)/.installed-dev ## build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel -d dist

clean: ## remove what was set up and built
	rm -rf $(VENV) $(FAST) dist build mcsip-out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/pip:
	@PYTHON="$(PYTHON)" .ci/venv $(VENV)

$(FAST)/.installed: pyproject.toml .ci/compiled.py $(shell find mcsip -name '*.py')
	@test -x $(FAST)/bin/pip || PYTHON="$(PYTHON)" .ci/venv $(FAST)
	@.ci/tools cc=gcc "$$($(FAST)/bin/python -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h=python3-dev"
	@echo "compiling mcsip into $(FAST)"
	@MCSIP_COMPILE=1 $(FAST)/bin/python -m pip install -q --disable-pip-version-check --no-input '.[load,postgresql]'
	@touch $@

$(VENV)/.installed: $(BIN)/pip pyproject.toml
	@echo "installing mcsip into $(VENV)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "installing what development needs into $(VENV)"
	@$(PIP) -e '.[dev]'
	@touch $@
