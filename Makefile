# What people do with a clone. `make` alone says what there is.

SETUP := @sh scripts/with_python.sh scripts/setup.py
PY := .venv/bin/python
CHECKED := loom_app workers tests scripts rxconfig.py
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes
# In the order of their names: by the number of its tests, the files that take longest would come last, one after the other.
# Three at once on two processors: much of a test is waiting for servers, browsers and clocks.
AT_ONCE := -n 3 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run build dev test test-api lint format fuzz soak bench interop-tools llm lock migration clean distclean stopped

help: ## say what there is
	@echo "usage: make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do printf '  %-12s %s\n' $$name "$$what"; done

run: ## set up what is missing and start Loom; Ctrl-C stops it
	$(SETUP) run

build: ## set up what is missing (environment, pages) without starting
	$(SETUP) build

dev: ## the same, with what checking Loom needs
	$(SETUP) dev

test: dev lint ## everything that must be green: lint, types, all tests on SQLite and PostgreSQL, in a real browser
	@PYTHONDONTWRITEBYTECODE= $(PY) scripts/with_postgres.py $(PY) -m pytest -m "not llm" $(AT_ONCE)

test-api: ## the tests of the REST interface alone
	$(SETUP) packages dev
	@$(PY) scripts/with_postgres.py $(PY) -m pytest tests/api

lint: ## style, types and the direction of dependencies
	$(SETUP) packages dev
	$(PY) -m ruff check $(CHECKED) alembic
	$(PY) -m ruff format --check $(CHECKED) alembic
	$(PY) -m mypy $(CHECKED)
	.venv/bin/lint-imports

format: ## put the code into its style
	$(SETUP) packages dev
	$(PY) -m ruff check --fix-only --quiet $(CHECKED)
	$(PY) -m ruff format $(CHECKED) alembic

fuzz: dev ## generated requests to the whole REST interface and generated programs to refactor, for several minutes
	LOOM_TEST_FUZZ_EXAMPLES=120 LOOM_TEST_EVERY_TEXT=1 $(PY) -m pytest -q -n 2 tests/security/test_contract.py tests/security/test_injections.py tests/analysis/test_same_meaning.py tests/analysis/test_any_file.py

soak: dev ## claim, renew, complete and cancel 100,000 times in eight processes that are stopped and killed
	@$(PY) scripts/with_postgres.py $(PY) -m tests.soak

bench: dev ## measure, print a table and write build/bench.json
	@mkdir -p build
	$(PY) -m tests.bench

interop-tools: ## put the beads tool (needs Go) and its client into .tools, for the tests of the interchange
	$(SETUP) packages dev
	@$(PY) scripts/interop.py

llm: dev ## the tests against a real, small model server (large download)
	$(SETUP) packages llm
	$(PY) -m pytest -m llm

lock: ## pin what requirements*.in ask for
	$(SETUP) packages dev
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) requirements-interop.in -o requirements-interop.txt
	$(LOCK) --no-deps requirements-llm.in -o requirements-llm.txt

migration: ## write the next migration from the tables: make migration NAME="what changes"
	$(SETUP) packages dev
	$(PY) -m scripts.migration "$(NAME)"

clean: stopped ## remove what was built and cached; the environment and your data stay
	rm -rf build .web .states .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache assets/external
	find . \( -path ./.git -o -path ./.venv -o -path ./data \) -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean ## remove everything that is not in git, YOUR DATA in data/ too
	rm -rf .venv .tools data *.egg-info *.db

stopped:
	@[ ! -e data/loom.lock ] || flock -n data/loom.lock true || { echo "Loom is running from $(CURDIR)/data; stop it first (Ctrl-C where it runs)." >&2; exit 1; }
