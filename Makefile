PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench check docs font clean

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
	$(BIN)/python -m pytest tests/test_layers.py tests/test_style.py

$(VENV)/ready: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/ready-test: $(VENV)/ready
	$(BIN)/python -m pip install -q -e ".[test]"
	# mediapipe without opencv-contrib-python, which would take the place of opencv-python-headless and needs libGL
	$(BIN)/python -m pip install -q --no-deps "mediapipe>=1.0" || echo "mediapipe is not there: its tests skip"
	$(BIN)/python -m pip install -q absl-py flatbuffers sounddevice
	touch $@

$(VENV)/ready-bench: $(VENV)/ready-test
	$(BIN)/python -m pip install -q -e ".[bench]"
	touch $@

docs: $(VENV)/ready-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

$(VENV)/ready-docs: $(VENV)/ready
	$(BIN)/python -m pip install -q -e ".[docs]"
	touch $@

# a better General MIDI sound font than the small one of pretty_midi; FONT=--small for the smaller of two
font: $(VENV)/ready
	$(BIN)/python -m imbatch2soundvisu.music.font_packages $(FONT)

clean:
	rm -rf $(VENV) site
