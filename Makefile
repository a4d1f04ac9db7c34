# Each target sets up what it needs in .venv; nothing outside this folder is touched.
PYTHON ?= python3
BIN := .venv/bin
INSTALL = @echo "Installing what the bot needs into .venv: this takes a minute or two …" && \
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt
VERSION := import sys; print("%d.%d" % sys.version_info[:2])

.PHONY: run invite check try test lint types format screenshots clean held

run: .venv/.run
	$(BIN)/python -m bot

invite: .venv/.run
	@$(BIN)/python -m bot invite

check: .venv/.run
	@$(BIN)/python -m bot check

try: .venv/.try
	$(BIN)/python -m bot try

# What is compiled is kept, even where the environment forbids it.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/.dev
	$(BIN)/python -m pytest -n 6

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

# An existing .venv keeps the Python that it was made with, whatever PYTHON is.
held:
	@if [ -d .venv ]; then \
		if ! held=$$($(BIN)/python -c '$(VERSION)' 2>&1); then \
			echo "The Python in .venv no longer runs. Remove it, to have it made anew: make clean"; exit 1; \
		elif asked=$$($(PYTHON) -c '$(VERSION)' 2>/dev/null) && [ "$$held" != "$$asked" ]; then \
			echo "Note: .venv keeps its Python $$held, though $(PYTHON) is $$asked. To change it: make clean"; \
		fi; \
	fi

.venv/.python: | held
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.python pyproject.toml constraints.txt
	$(INSTALL) -e ".[speed]"
	@touch $@

.venv/.try: .venv/.python pyproject.toml constraints.txt
	$(INSTALL) -e ".[try]"
	@touch $@

.venv/.dev: .venv/.python pyproject.toml constraints.txt
	$(INSTALL) -e ".[dev]"
	@touch $@
