# CrossScope: `make demo` shows it, `make test` checks it, `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CROSSCOPE_HOME ?= var
PORT ?= 8000
PYTEST_ARGS ?= -n 2
export CROSSCOPE_HOME PORT

# What is linted and typed, as far as it exists.
SOURCES := $(wildcard manage.py annotation_configs benchmarks deploy tests training webapp workers)

.PHONY: help install demo test lint format lock bench clean distclean chromium aimock

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

install: $(STAMP)  ## make .venv with everything, from the locked requirements

# A second run is instant: the stamp is newer than the lock. A killed install leaves no stamp.
$(STAMP): requirements/dev.txt deploy/install.sh
	@deploy/install.sh $(VENV) requirements/dev.txt
	@touch $@

demo: install  ## start everything at http://127.0.0.1:PORT; Ctrl-C stops it
	@exec $(BIN)/python -m deploy.demo

chromium: install
	@deploy/install_chromium.sh

# An emulator of language models that others wrote; tests that need it are skipped without Node.js.
aimock:
	@deploy/install_aimock.sh

test: install chromium aimock lint  ## lint, then every test, browser included (PYTEST_ARGS="-n 2")
	$(BIN)/pytest $(PYTEST_ARGS)

lint: install  ## ruff, mypy, import-linter
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports --no-logo

format: install  ## let ruff mend what it can
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: install  ## the benchmarks, printed
	$(BIN)/python -m benchmarks

# uv (a tool of the maintainer, not of users) resolves; hashes pin; no index host is written.
COMPILE := uv pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 \
	--custom-compile-command "make lock"

lock:  ## resolve requirements/*.in again (needs uv)
	$(COMPILE) requirements/web.in -o requirements/web.txt
	$(COMPILE) requirements/workers.in -o requirements/workers.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) --python-platform x86_64-manylinux_2_28 --no-emit-package torch \
		--no-emit-package torchvision --no-emit-package torchaudio \
		requirements/training.in -o requirements/training.txt

clean:  ## remove all data and caches (CROSSCOPE_HOME)
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m deploy.embedded stop "$(CROSSCOPE_HOME)"; fi
	@deploy/remove_home.sh "$(CROSSCOPE_HOME)"
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean  ## clean, and remove .venv too
	rm -rf $(VENV) tests/workers/llm/aimock/node_modules
