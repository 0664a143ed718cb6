# The two commands: `make run` and `make test`. Everything else is one step of them, or for daily work.
PYTHON ?= python3
HOME_DIR := $(or $(ROXHAM_HOME),$(CURDIR)/.home)
BIN := .venv/bin
export ROXHAM_HOME := $(HOME_DIR)
export DO_NOT_TRACK := 1
# Where an image forbids it (empty is allowed), every process compiles dbt, Airflow and Great Expectations anew: half the time
# of the tests, which start hundreds.
export PYTHONDONTWRITEBYTECODE :=

CLIENTS := clients clients-superset clients-oldest clients-newest

.PHONY: run setup setup-dev up down env test test-fast test-compose test-clients lint types bench prove audit lock clean

# Whatever Airflow writes when it is imported lies in the home, too.
run up down: export AIRFLOW_HOME := $(HOME_DIR)/airflow

run: .venv/.runtime  ## one night, from the agency's page to a published build (RELEASES=<folder>[:<folder>], LIVE=1)
	$(BIN)/python -m orchestration.local.run

setup: .venv/.runtime  ## only the environment, in .venv

setup-dev: .venv/.dev

up: .venv/.runtime  ## the same Airflow kept running, with its UI
	$(BIN)/python -m orchestration.local.up

down:  ## end it
	$(BIN)/python -m orchestration.local.down

test: .venv/.dev  ## every test that needs no container
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-fast: .venv/.dev  ## its first minute
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow"

test-compose: .venv/.dev  ## docker-compose.yml really started, over the sample; needs a docker engine
	$(BIN)/python -m pytest -m compose tests/compose

test-clients: .venv/.dev $(CLIENTS:%=$(HOME_DIR)/clients/%/.installed)  ## pandas, polars, ibis, SQLAlchemy and older and newer DuckDB read a build
	$(BIN)/python -m tests.clients

$(HOME_DIR)/clients/%/.installed: requirements/%.txt
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps --only-binary :all: -r $<
	touch $@

env:  ## an .env for docker compose with generated passwords (PROFILES=sample,celery)
	@$(PYTHON) containers/make_env.py "$(PROFILES)"

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	mkdir -p $(HOME_DIR)/lint
	ROXHAM_CANDIDATE=$(HOME_DIR)/lint/warehouse.duckdb DBT_TARGET_PATH=$(HOME_DIR)/lint/target DBT_LOG_PATH=$(HOME_DIR)/lint/logs \
		$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests dbt_project/analyses

bench: .venv/.dev  ## ratios in one run; prints a table and writes bench/results.md
	$(BIN)/python -m bench

prove: .venv/.dev  ## attacks of every kind, bounded at two hours (or MINUTES); writes proof/report.md
	$(BIN)/python -m proof $(if $(MINUTES),--minutes $(MINUTES))

audit: .venv/audit/.installed  ## advisories known for what the locks hold; asks PyPI, so no part of CI
	.venv/audit/bin/pip-audit --require-hashes --disable-pip --strict --progress-spinner off $(foreach lock,dev container audit,-r requirements/$(lock).txt)

lock:  ## names, versions and hashes; needs uv, which only maintainers need
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/dev.in -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements/dev.txt requirements/runtime.in -o requirements/runtime.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements/dev.txt requirements/container.in -o requirements/container.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements/dev.txt requirements/audit.in -o requirements/audit.txt
	$(BIN)/python requirements/third_party.py
	for each in $(CLIENTS); do uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/$$each.in -o requirements/$$each.txt || exit 1; done

clean:
	rm -rf .venv dbt_project/target dbt_project/logs

.venv/.python:
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "Roxham needs Python 3.11, 3.12 or 3.13; call make with PYTHON=<one of them>")'
	$(PYTHON) -m venv .venv
	touch $@

.venv/.runtime: requirements/runtime.txt pyproject.toml | .venv/.python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: requirements/dev.txt | .venv/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r requirements/dev.txt
	touch $@

# In an environment of its own: what audits the packages is not among them.
.venv/audit/.installed: requirements/audit.txt | .venv/.python
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r requirements/audit.txt
	touch $@
