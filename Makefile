# Each target sets up what it needs in .venv; nothing outside this folder is touched.
PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: run invite try test lint types format screenshots clean

run: .venv/.run
	$(BIN)/python -m bot

invite: .venv/.run
	@$(BIN)/python -m bot invite

try: .venv/.try
	$(BIN)/python -m bot try

# Each of the processes would compile all tests anew where the environment forbids to keep what is compiled.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/.dev
	$(BIN)/python -m pytest -n 4

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/.dev
	$(BIN)/mypy

format: .venv/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

screenshots: .venv/.dev
	$(BIN)/python docs/screenshots.py

clean:
	rm -rf .venv

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.python pyproject.toml constraints.txt
	$(INSTALL) -e .
	@touch $@

.venv/.try: .venv/.python pyproject.toml constraints.txt
	$(INSTALL) -e ".[try]"
	@touch $@

.venv/.dev: .venv/.python pyproject.toml constraints.txt
	$(INSTALL) -e ".[dev]"
	@touch $@
