# Pantau. `make` alone prints this help; a line after ## is the help of its target.
# Everything is built in .venv and web/; nothing outside this folder changes, but for Debian packages (system-*).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

BIN := .venv/bin
ARGS ?=
export PYTHON

# The web application, once there is one.
WEB := $(if $(wildcard web/package.json),web/dist/.stamp)
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)

.PHONY: help
help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- run --------------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: system-demo setup web ## set up and start a sample city on this computer (ARGS="--video clip.mp4")
	@exec $(BIN)/pantau demo $(ARGS)

.PHONY: setup
setup: .venv/.run ## make .venv with what Pantau needs to run

.PHONY: web
web: $(if $(wildcard web/package.json),.venv/.run) $(WEB) ## build the web pages into web/dist

# --- develop ----------------------------------------------------------------------------------------------------------

.PHONY: setup-test
setup-test: .venv/.test ## make .venv with what the tests need, too

.PHONY: test
test: system-test setup-test web check ## run every check and every test (ARGS="-k store"); what CI runs
	@$(BIN)/python -m pytest $(ARGS)

.PHONY: check
check: setup-test $(if $(WEB),web/node_modules/.stamp) ## read the code: style, types, architecture, spelling
	@echo "==> ruff" && $(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@echo "==> mypy" && $(BIN)/mypy
	@echo "==> lint-imports" && $(BIN)/lint-imports --no-logo
	@echo "==> codespell" && $(BIN)/codespell
	@scripts/tidy.py
	@$(if $(WEB),echo "==> web" && scripts/web.sh check,true)

.PHONY: fix
fix: setup-test ## let ruff repair and format what it can
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

.PHONY: bench
bench: setup-test ## measure accuracy and speed on named data (NAME=counting ARGS=--quick)
	@$(BIN)/python -m bench.$(or $(NAME),all) $(ARGS)

.PHONY: lock
lock: setup ## resolve the dependencies again (ARGS=--upgrade for newer releases)
	@scripts/lock.sh $(ARGS)

.PHONY: clean
clean: ## remove what was built; footage, models and data stay
	@rm -rf .venv web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# --- steps ------------------------------------------------------------------------------------------------------------

.PHONY: system-demo system-test
system-demo:
	@scripts/system-packages.sh demo
system-test:
	@scripts/system-packages.sh test

.venv/.run: pyproject.toml requirements/run.txt requirements/bootstrap.txt
	@scripts/setup.sh run

.venv/.test: pyproject.toml requirements/test.txt requirements/bootstrap.txt
	@scripts/setup.sh test

web/node_modules/.stamp: web/package.json web/package-lock.json | .venv/.run
	@scripts/web.sh install

web/dist/.stamp: web/node_modules/.stamp $(WEB_SOURCES)
	@scripts/web.sh build
