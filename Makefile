# Everything runs from .venv, which is built from pyproject.toml and constraints.txt. PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
WORKERS ?= 3

.DEFAULT_GOAL := help
.PHONY: help install dev docs demo test test-slow check run bench eval fmt clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

# A folder's extras: what a user needs, what the demo needs besides, and what building, checking and testing need.
FOR_USE := $(VENV)/.use
FOR_DEMO := $(VENV)/.demo
FOR_DEV := $(VENV)/.dev
EXTRAS.use := postgres
EXTRAS.demo := postgres,demo
EXTRAS.dev  := postgres,demo,dev

$(VENV)/.%: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Pagewitness needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS.$*)]'
	@touch $@

install: $(FOR_USE)  ## build .venv with what a user needs

dev: $(FOR_DEV)  ## build .venv with what checks and tests need too

demo: $(FOR_DEMO)  ## the whole job on loopback, then the web stays up (DEMO_ARGS=--exit ends it)
	$(BIN)/python -m pagewitness.demo $(DEMO_ARGS)

test: $(FOR_DEV)  ## the suite, on SQLite and PostgreSQL
	$(BIN)/python -m pytest -m 'not slow' -n $(WORKERS) --dist worksteal $(TEST_ARGS)

test-slow: $(FOR_DEV)  ## kills, interop, soak and fuzzers
	$(BIN)/python -m pytest -m slow --timeout 900 $(TEST_ARGS)

check: $(FOR_DEV)  ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(FOR_DEV)  ## put the code in form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

run: $(FOR_USE)  ## the service, with watchlist.toml, on http://127.0.0.1:8080
	PAGEWITNESS_WATCHLIST=$${PAGEWITNESS_WATCHLIST:-watchlist.toml} $(BIN)/pagewitness run

docs: $(FOR_DEV)  ## write the pages and the picture that are generated from code
	$(BIN)/python -m pagewitness.reference
	$(BIN)/python docs/reference/generate.py
	$(BIN)/python docs/explanation/draw_architecture.py

bench: $(FOR_DEV)  ## timings beside a peer's; writes docs/performance.md's figures to the terminal
	$(BIN)/python -m bench $(BENCH_ARGS)

eval: $(FOR_DEV)  ## quality on our own sentences, on generated histories, and on real pages: make eval DATA=folder
	$(BIN)/python -m eval numbers
	$(BIN)/python -m eval $(DATA) $(EVAL_ARGS)

clean:  ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
