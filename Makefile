PYTHON ?= python3
BITEXT ?= ../shared/bitext
BIN := .venv/bin
MTKIT := $(BIN)/mtkit
DEMO := runs/demo

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/installed ## Create .venv and install mtkit into it (quick when done)

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "mtkit needs Python 3.11 or later: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup ## Train English to German on data/everyday, translate, score (5 to 8 minutes on 2 cores)
	$(MTKIT) train --out $(DEMO) --overwrite --max-epochs 6 --validate-every 250
	$(MTKIT) translate --model $(DEMO) \
		"Have you ever been to Berlin?" \
		"The woman who bought the red coat is my aunt." \
		"We didn't go to the beach because it was cold."
	$(MTKIT) evaluate $(DEMO) --set test --set handwritten

test: setup ## Run the tests
	$(BIN)/python -m pytest

check: setup ## Check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup ## Scores on real corpora, and speed beside other toolkits, with BITEXT (../shared/bitext)
	$(BIN)/python tests/benchmarks/real_corpora.py $(BITEXT)
	$(BIN)/python tests/benchmarks/train_speed.py $(BITEXT)/multi30k
	$(BIN)/python tests/benchmarks/time_to_quality.py $(BITEXT)/multi30k
	$(BIN)/python tests/benchmarks/translate_speed.py $(BITEXT)/multi30k
	$(BIN)/python tests/benchmarks/growth.py

clean: ## Remove .venv and caches; runs/ stays
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
