# Needs make, POSIX sh and Python 3.11 or newer with venv; the environment is made on first use.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
ARGS ?=
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
DECIDING = mcp_shop_console/model/*,mcp_shop_console/shop.py,mcp_shop_console/authority/*,mcp_shop_console/store/*,mcp_shop_console/feed.py

# Else pyright asks its registry at each run whether it is the newest.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.DELETE_ON_ERROR:
.PHONY: help run test test-clients check format bench clean force

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo "  ARGS=… goes to run, test, test-clients and bench; PYTHON=… names the Python to make the environment with."

run: $(VENV)/.runtime ## open the control room, with the server on http://localhost:7777/mcp
	@exec $(BIN)/python -m mcp_shop_console $(ARGS)

ifeq ($(strip $(ARGS)),)
test: $(VENV)/.dev ## run every test and require its coverage; with ARGS, only those tests
	@$(BIN)/coverage run -m pytest
	@$(BIN)/coverage report
	@$(BIN)/coverage report --include='$(DECIDING)' --fail-under=100
else
test: $(VENV)/.dev
	@$(BIN)/python -m pytest $(ARGS)
endif

test-clients: $(VENV)/.dev .clients/.made ## run every real client and the conformance suite, or with ARGS those tests
	@$(BIN)/python -m pytest $(or $(ARGS),tests/clients tests/conformance)

check: $(VENV)/.dev ## judge format, lint, layers, types, dead code, dependencies, spelling
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/vulture
	$(BIN)/deptry .
	$(BIN)/codespell

format: $(VENV)/.dev ## lay out the code and mend what the linter can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.dev ## measure, and write the table that the README quotes
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove the environment and all that builds and tests leave behind
	rm -rf $(VENV) .clients build dist .coverage .coverage.* .pytest_cache .ruff_cache .import_linter_cache \
		.hypothesis snapshot_report.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment whose Python was upgraded away is a dangling link: make it anew.
ifneq ($(shell test -x $(BIN)/python && echo whole),whole)
$(VENV)/.made: force
endif

$(VENV)/.made:
	@PYTHON='$(PYTHON)' sh scripts/make-venv $(VENV)

$(VENV)/.runtime: pyproject.toml constraints.txt $(VENV)/.made
	@echo "Installing what the program needs (once, about a minute)."
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt $(VENV)/.made
	@echo "Installing what the program and its tests need (once, about a minute)."
	@$(INSTALL) --editable '.[dev]'
	@touch $(VENV)/.runtime $@

.clients/.made: $(wildcard tests/clients/*.json tests/clients/*.txt) scripts/install-clients | $(VENV)/.dev
	@echo "Installing the clients that tests/clients runs (once, two minutes and 1.2 GB)."
	@sh scripts/install-clients .clients $(BIN)/python
	@touch $@
