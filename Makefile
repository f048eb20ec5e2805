# SMSBlaster. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
RUNNABLE := $(VENV)/.runnable
READY := $(VENV)/.ready
# Show the progress of an installation on a terminal, and only there.
QUIET := $(if $(MAKE_TERMOUT),,--quiet)
INSTALL_PROJECT = $(UV) pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
NO_VENV = The virtual environment could not be made. On Debian and Ubuntu, run: apt install python3-venv
PROTO_FILES := $(shell find protos -name '*.proto') protos/generate.py
GENERATED := gen/contract.binpb
WORKERS ?= 3

.DEFAULT_GOAL := help
.PHONY: help run demo test lint types bench openapi protos install clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

install: $(READY) $(GENERATED) ## make the virtual environment and the generated code

# A virtual environment that has uv is a whole one. Any other is made again.
$(UV): requirements/uv.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version) if sys.version_info < (3, 11) else None'
	@echo "Making the virtual environment $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); echo "$(NO_VENV)" >&2; exit 1; }
	@$(BIN)/python -m pip install $(QUIET) --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

$(RUNNABLE): $(UV) requirements/run.lock pyproject.toml
	@echo "Installing what the platform runs on ..."
	@$(UV) pip install $(QUIET) --python $(BIN)/python --require-hashes --requirement requirements/run.lock
	@$(INSTALL_PROJECT)
	@touch $@

$(READY): $(RUNNABLE) requirements/dev.lock
	@echo "Installing what tests and checks need ..."
	@$(UV) pip sync $(QUIET) --python $(BIN)/python --compile-bytecode --require-hashes requirements/dev.lock
	@$(INSTALL_PROJECT)
	@touch $@

$(GENERATED): $(RUNNABLE) $(PROTO_FILES)
	@echo "Generating code from the contract ..."
	@$(BIN)/python protos/generate.py

protos: $(GENERATED) ## generate the code of the contract into gen/

run: $(RUNNABLE) $(GENERATED) ## start the whole platform on this machine; Ctrl-C stops it
	@$(BIN)/python -m deploy.local run

demo: $(RUNNABLE) $(GENERATED) ## play an organisation's evening on a stack of its own and check every cent
	@$(BIN)/python -m deploy.local.demo

test: install ## run every test
	@$(BIN)/python -m tests.fixtures.twilio_documents
	@$(BIN)/python -m pytest -n $(WORKERS)

lint: install ## ruff, import contracts, and buf where it is installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@./protos/lint.sh

types: install ## mypy, strict
	@$(BIN)/mypy

bench: install ## measure the main job beside its yardsticks (needs an otherwise idle machine)
	@$(BIN)/python -m bench

openapi: $(RUNNABLE) $(GENERATED) ## print the OpenAPI document
	@$(BIN)/python -m services.gateway openapi

clean: ## remove what was installed and generated (not .state/)
	rm -rf $(VENV) gen
