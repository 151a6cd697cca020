# Everything happens in .venv; nothing outside the checkout is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= mfa-monitor-data

.DEFAULT_GOAL := help
.PHONY: help run test lint types bench docs azurite lock clean

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/.run: requirements.txt requirements-build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

run: $(VENV)/.run ## set up, replay the sample hospital day, verify the ledger, then serve until Ctrl-C
	$(BIN)/mfa-monitor --data $(DATA) run --sample

test: $(VENV)/.dev ## set up and pass the tests
	$(BIN)/python -m pytest -n auto --maxprocesses 4 -q

lint: $(VENV)/.dev ## ruff (rules and format) and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

bench: $(VENV)/.dev ## speed as ratios against orjson.loads and fsync in the same run
	$(BIN)/python -m bench

docs: $(VENV)/.dev ## write the generated pages (docs/rules.md, docs/settings.md)
	$(BIN)/python -m docs.generate

azurite: ## put Azure Storage's emulator where the tests look for it (needs Node)
	npm ci --prefix tests/azurite --ignore-scripts --no-audit --no-fund

lock: ## recompile the hash-locked requirements (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml --group dev -o requirements-dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --group build -o requirements-build.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --group checkov -o requirements-checkov.txt

clean: ## remove the environment and caches, never the data
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
