# Every command of the project; `make help` explains them.

# The first interpreter that is new enough; `make PYTHON=/path/to/python3.12 …` names another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	command -v $$python >/dev/null 2>&1 \
	&& $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	&& echo $$python && break; done)

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
MANIFEST := target/manifest.json
HOME_DIR := .mittaristo
SQL := models $(wildcard tests/sql)

# Folders too: their time changes when a file in them is removed.
DBT_SOURCES := dbt_project.yml profiles.yml \
	$(shell find $(SQL) macros seeds -type d -o -name '*.sql' -o -name '*.yml' -o -name '*.csv')

# No tool of this project reports its use to anybody.
export DO_NOT_TRACK := 1
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := False
export GX_ANALYTICS_ENABLED := False

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup lock demo test lint format dev docs bench soak defects clean

help:  ## This list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) $(MANIFEST)  ## Virtual environment from the hashed lock, and the dbt manifest; the other targets call it

demo: setup  ## A simulated company, from contract files to a published database; says where to look
	$(BIN)/mittaristo demo

test: setup  ## Every test but the slow ones (bench, soak), on all cores
	$(BIN)/pytest --numprocesses auto --dist worksteal

lint: setup  ## ruff, mypy, sqlfluff and the portability rules for SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar $(SQL)
	$(BIN)/python -m tools.portable_sql $(SQL)

format: setup  ## Rewrite Python and SQL in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 0 --disable-progress-bar $(SQL)

dev: setup  ## Dagster's user interface on this machine, with the whole graph from raw to published
	mkdir -p $(HOME_DIR)/dagster
	cp pipelines/dagster.yaml $(HOME_DIR)/dagster/
	DAGSTER_HOME=$(abspath $(HOME_DIR)/dagster) $(BIN)/dagster dev --workspace workspace.yaml

docs: setup  ## Write docs/metrics.md anew from the metric catalogue
	$(BIN)/python -m tools.metric_docs docs/metrics.md

bench: setup  ## Measure what README.md promises about seconds; takes some minutes, wants a quiet machine
	$(BIN)/pytest -m bench --capture=no tests/bench

soak: setup  ## Increments, random data and kills, repeated many more times than in make test; takes long
	$(BIN)/pytest -m soak

defects: setup  ## Break a company in every known way and write docs/defects.md: what caught what; takes half an hour
	MITTARISTO_DEFECT_TABLE=docs/defects.md $(BIN)/pytest -m soak tests/faults/test_defects.py -k nearly_every

lock: setup  ## Resolve the requirements anew into requirements.lock
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet uv
	$(VENV)/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header --upgrade \
		--output-file requirements.lock

clean:  ## Remove everything that can be made again; the home folder with its data stays
	rm -rf $(VENV) target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "mittaristo needs Python 3.11 or newer: install it, or name it with make PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing the locked requirements into $(VENV); some minutes the first time"
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(MANIFEST): $(INSTALLED) $(DBT_SOURCES)
	$(BIN)/python -c 'from pipelines.dbt import ensure_parsed; ensure_parsed()'
	@touch $@
