# SMSBlaster. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
READY := $(VENV)/.ready
PROTO_FILES := $(shell find protos -name '*.proto') protos/generate.py
GENERATED := gen/contract.binpb
WORKERS ?= 3

.DEFAULT_GOAL := help
.PHONY: help run demo test lint types bench openapi clients-check protos install clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-13s %s\n", $$1, $$2}'

install: $(READY) $(GENERATED) ## make the virtual environment and the generated code

$(READY): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version) if sys.version_info < (3, 11) else None'
	@echo "Installing dependencies into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	@touch $@

$(GENERATED): $(READY) $(PROTO_FILES)
	@echo "Generating code from the contract ..."
	@$(BIN)/python protos/generate.py

protos: $(GENERATED) ## generate the code of the contract into gen/

run: install ## start the whole platform on this machine; Ctrl-C stops it
	@$(BIN)/python -m deploy.local run

demo: install ## play an organisation's evening on a stack of its own and check every cent
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

openapi: install ## print the OpenAPI document
	@$(BIN)/python -m services.gateway openapi

clients-check: install ## make clients from the OpenAPI document, and compile them
	@$(BIN)/python -m tests.clients.tools
	@CLIENTS=all $(BIN)/python -m pytest -q tests/clients

clean: ## remove what was installed and generated (not .state/)
	rm -rf $(VENV) gen
