PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: report test bench env lint clean

report: env
	$(BIN)/snakemake -j8 fusion_report

test: env lint
	$(BIN)/pytest

bench: env
	for name in flow loader streams fusion dag; do $(BIN)/twostream bench $$name || exit 1; done

env: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -c 'import torch, torchvision; print("torch", torch.__version__, "torchvision", torchvision.__version__)'
	touch $@

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/mypy
	$(BIN)/snakemake --lint

clean:
	rm -rf .venv results logs benchmarks .snakemake
