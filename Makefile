# Everything runs from .venv, which is built from pyproject.toml and constraints.txt. PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install docs demo test test-slow check run bench eval fmt clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Pagewitness needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[postgres,demo,dev]'
	@touch $@

install: $(STAMP)  ## build .venv

demo: $(STAMP)  ## the whole job on loopback, then the web stays up (DEMO_ARGS=--exit ends it)
	$(BIN)/python -m pagewitness.demo $(DEMO_ARGS)

test: $(STAMP)  ## the suite, on SQLite and PostgreSQL
	$(BIN)/python -m pytest -m 'not slow' -n $(WORKERS) --dist worksteal $(TEST_ARGS)

test-slow: $(STAMP)  ## kills, interop, soak and fuzzers
	$(BIN)/python -m pytest -m slow --timeout 900 $(TEST_ARGS)

check: $(STAMP)  ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(STAMP)  ## put the code in form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

run: $(STAMP)  ## the service, with watchlist.toml, on http://127.0.0.1:8080
	PAGEWITNESS_WATCHLIST=$${PAGEWITNESS_WATCHLIST:-watchlist.toml} $(BIN)/pagewitness run

docs: $(STAMP)  ## write the pages of docs/reference that follow from code
	$(BIN)/python -m pagewitness.reference
	$(BIN)/python docs/reference/generate.py

bench: $(STAMP)  ## timings beside a peer's; writes docs/performance.md's figures to the terminal
	$(BIN)/python -m bench $(BENCH_ARGS)

eval: $(STAMP)  ## quality on our own sentences, on generated histories, and on real pages: make eval DATA=folder
	$(BIN)/python -m eval numbers
	$(BIN)/python -m eval $(DATA) $(EVAL_ARGS)

clean:  ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
