PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench check clean

run: $(VENV)/ready
	$(BIN)/python -m imbatch2soundvisu

test: $(VENV)/ready-test
	$(BIN)/python -m pytest -n auto --dist worksteal

bench: $(VENV)/ready-bench
	$(BIN)/python -m benchmarks

check: $(VENV)/ready-test
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest tests/test_layers.py

$(VENV)/ready: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/ready-test: $(VENV)/ready
	$(BIN)/python -m pip install -q -e ".[test]"
	touch $@

$(VENV)/ready-bench: $(VENV)/ready-test
	$(BIN)/python -m pip install -q -e ".[bench]"
	touch $@

clean:
	rm -rf $(VENV) cache outputs/*/ outputs/*.html outputs/*.json outputs/*.png
