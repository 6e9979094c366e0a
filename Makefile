# PingPilot. `make run` and `make test` need python3 (3.11 or newer) with venv, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
SCAN := .scan
ROUNDS ?= 200
EXAMPLES ?= 3000

.PHONY: run test lint scan lock format bench crash fuzz clean browser

run: $(RUNTIME)
	@$(BIN)/python -m pingpilot_app serve

# The browser's tests mostly wait for the browser: they run beside the others. What failed is tried
# once more, alone: two cores that do both can make a browser, a server or a clock late.
test: $(DEV) browser lint
	@log=$$(mktemp); \
	try() { \
		run="$(BIN)/python -m pytest -rs -o cache_dir=.pytest_cache/$$1"; shift; \
		$$run "$$@" || $$run --last-failed "$$@"; \
	}; \
	try beside tests/browser >"$$log" 2>&1 & beside=$$!; \
	try first --ignore=tests/browser --ignore=tests/security; first=$$?; \
	try security tests/security; second=$$?; \
	wait $$beside; third=$$?; \
	cat "$$log"; rm -f "$$log"; \
	[ $$first = 0 ] && [ $$second = 0 ] && [ $$third = 0 ]

lint: $(DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(DEV)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Besides lint, which knows bandit's rules too: bandit itself, and the rules of semgrep.yml.
scan: $(SCAN)/.installed
	@$(SCAN)/bin/bandit --quiet --configfile pyproject.toml --recursive pingpilot_app alembic
	@PATH="$(CURDIR)/$(SCAN)/bin:$$PATH" $(SCAN)/bin/semgrep scan --config semgrep.yml --metrics=off \
		--disable-version-check --error --quiet pingpilot_app alembic rxconfig.py
	@echo "bandit and semgrep found nothing that is not explained."

# Writes the versions and hashes of everything that is installed.
lock: $(SCAN)/.installed
	@for part in requirements requirements-dev requirements-scan; do \
		$(SCAN)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-annotate --no-header --no-emit-index-url --no-emit-find-links \
			$$part.in --output-file $$part.txt || exit 1; \
	done

bench: $(DEV)
	@$(BIN)/python -m benchmarks

crash: $(DEV)
	@$(BIN)/python -m benchmarks.crash --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED))

# What `make test` tries with a few requests, always the same: here with many, at random.
fuzz: $(DEV)
	@FUZZ=$(EXAMPLES) $(BIN)/python -m pytest -rs tests/security/test_event_fuzz.py tests/security/test_schema.py

$(RUNTIME): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "PingPilot needs Python 3.11 or newer; set PYTHON=… to one."; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) \
		|| { echo "Cannot make $(VENV): install python3-venv."; exit 1; }
	@echo "Installing PingPilot into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(SCAN)/.installed: requirements-scan.txt
	@test -x $(SCAN)/bin/pip || $(PYTHON) -m venv $(SCAN)
	@$(SCAN)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-scan.txt
	@touch $@

# The browser tests use the system's Chromium; without one they are skipped, and say so.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || ! command -v apt-get >/dev/null \
		|| [ "$$(id -u)" != 0 ] || { echo "Installing chromium …"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
		|| echo "Chromium could not be installed: the browser tests will be skipped."

clean:
	rm -rf $(VENV) $(SCAN) .web .mypy_cache .pytest_cache .ruff_cache
