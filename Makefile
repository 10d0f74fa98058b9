PYTHON ?= python3
PIP = -m pip install --quiet --disable-pip-version-check

.PHONY: demo test test-scale quick slow lint format clean

demo:  ## read the pictures of examples/ in a new virtual environment
	test -d .venv-demo || $(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python $(PIP) .
	.venv-demo/bin/digitile read examples/*.*

test: lint  ## lint, types and tests, in a virtual environment of their own
	.venv/bin/python -m pytest

test-scale: .venv/installed  ## several devices and processes on this machine: minutes
	.venv/bin/python -m pytest -m scale -s

quick: .venv/installed  ## every experiment of the papers, a few iterations each
	.venv/bin/digitile reproduce --quick --out .results-quick

slow: .venv/installed  ## the trainings that take minutes (MNIST wanted)
	.venv/bin/python -m pytest -m slow -s

lint: .venv/installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: .venv/installed
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

.venv/installed: pyproject.toml
	test -d .venv || $(PYTHON) -m venv .venv
	.venv/bin/python $(PIP) --editable '.[dev]'
	touch $@

clean:
	rm -rf .results-quick .venv .venv-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
