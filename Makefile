# The one task runner. Each target makes what it needs; on a fresh clone `make demo` and `make test`
# each work alone. Debian 12 or 13, Python 3.11 to 3.13, as root or not.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8050
DATA ?= .hub
WORKERS ?= 3
ARGS ?=
BENCH ?=
PYTHON ?=
PROPERTIES := $(addprefix tests/,rollup/test_kernel_oracle.py rollup/test_kernel_properties.py \
  rollup/test_households.py rollup/test_areas.py rollup/test_store_properties.py \
  rollup/test_registry_reach.py rollup/test_parts.py store/test_encode.py \
  disclosure/test_gate.py disclosure/test_intervals.py test_estimates.py)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/complete

.PHONY: help venv demo up stack test test-long lint format bench clean clean-data

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

venv: $(STAMP) ## make .venv from the lock file

$(STAMP): requirements.lock pyproject.toml
	@python="$(PYTHON)"; [ -n "$$python" ] || python=$$(deploy/find-python); \
	  echo "Making $(VENV) with $$python (the first time takes a minute or two)"; \
	  "$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock \
	  | sed -unE 's/^(Collecting [^ ]+|Installing collected packages).*/  \1/p'
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-build-isolation --no-deps -e .
	@touch $(STAMP)

demo: $(STAMP) ## a simulated district, live (PORT=8050, DATA=.hub)
	@$(BIN)/hub up --demo --data "$(DATA)" --port $(PORT)

up: $(STAMP) ## the hub without the simulated district (PORT=8050, DATA=.hub)
	@$(BIN)/hub up --data "$(DATA)" --port $(PORT)

stack: $(STAMP) ## a throwaway TimescaleDB and Mosquitto; prints their addresses
	@$(BIN)/python -m tests.stack

test: $(STAMP) ## all tests under ten minutes (ARGS='-k name' to choose)
	@tests/prepare
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not long" $(ARGS)

test-long: $(STAMP) ## what takes longer: properties on 20 times the cases, the demo's whole way
	@tests/prepare
	@HUB_EXAMPLES=20 $(BIN)/python -m pytest -n $(WORKERS) --durations=8 $(PROPERTIES)
	@HUB_EXAMPLES=100 $(BIN)/python -m pytest -n $(WORKERS) --durations=8 tests/connectors/test_fuzz_*.py
	@$(BIN)/python -m pytest -m long -s --durations=0 $(ARGS)

lint: $(STAMP) ## ruff, mypy, import-linter
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## let ruff format and sort what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(STAMP) ## the benchmarks of tests/bench, each against its limit (BENCH="load rollup" for some)
	@$(BIN)/python -m tests.bench $(BENCH)

clean: ## remove .venv and caches; data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: ## remove the data folder DATA and the servers' files it leads to
	@if [ -x $(BIN)/hub ]; then \
	  code=0; HUB_DATABASE_URL= $(BIN)/hub status --data "$(DATA)" >/dev/null 2>&1 || code=$$?; \
	  if [ $$code != 2 ]; then echo "A hub runs on $(DATA): stop it first." >&2; exit 2; fi; fi
	@if [ -L "$(DATA)/servers" ]; then rm -rf "$$(readlink -f "$(DATA)/servers")"; fi
	rm -rf "$(DATA)"
