PYTHON ?= python3.11
BIN := .venv/bin
BENCHES := flow loader streams fusion dag

# The programs of an environment name the folder that they were installed in: in a folder that was moved none starts.
MOVED := $(shell test -f $(BIN)/pip && ! grep -qF "$$(cd $(BIN) && pwd -P)/" $(BIN)/pip && echo moved)

.PHONY: report check test bench env lint clean clean-results moved

report: env
	$(BIN)/snakemake --cores all fusion_report

# What to run while writing: two minutes.
check: env lint
	$(BIN)/pytest -m 'not slow'

# Two processes, each with whole files of tests: what a file prepares is made once.
test: env lint
	$(BIN)/pytest --numprocesses 2 --dist loadfile -rs

bench: env
	for name in $(BENCHES); do $(BIN)/twostream bench $$name || exit 1; done

env: .venv/installed

.venv/installed: pyproject.toml constraints.txt $(MOVED)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all,dev]'
	$(BIN)/python -c 'import torch, torchvision; print("torch", torch.__version__, "torchvision", torchvision.__version__)'
	touch $@

moved:
	@echo 'This folder was moved or copied: .venv is made anew.'
	rm -rf .venv

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules workflow/Snakefile
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakemake --lint

# Results stay: what is in them took days.
clean:
	rm -rf .venv .snakemake .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

clean-results:
	@printf 'Delete results, logs and benchmarks, and all cached work with them? [y/N] '; read answer; [ "$$answer" = y ]
	rm -rf results logs benchmarks
