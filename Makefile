PYTHON ?= python3
PIP = -m pip install --quiet --disable-pip-version-check
TORCH = $(shell grep -o 'torch==[0-9.]*' pyproject.toml)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

.PHONY: demo test test-scale test-hostile docs quick slow lint format clean

demo:  ## read the pictures of examples/ in a new virtual environment
	test -d .venv-demo || $(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python $(PIP) .
	.venv-demo/bin/digitile read --groups examples/*.*
	@echo
	@echo "To write or photograph digits on a web page:"
	@echo "    .venv-demo/bin/python -m pip install '.[web]'"
	@echo "    .venv-demo/bin/digitile serve        # then open http://127.0.0.1:8765/"

test: lint  ## lint, types and tests, in a virtual environment of their own
	.venv/bin/python -m pytest -n auto --dist loadfile

test-scale: .venv/installed  ## several devices and processes on this machine: minutes
	.venv/bin/python $(PIP) --editable '.[dev,ray]'
	.venv/bin/python -m pytest -m scale -s

test-hostile: .venv/installed  ## attacks a server on this machine, and sums up: up to ten minutes
	.venv/bin/python -m pytest -m hostile -s tests/web/test_campaign.py

docs: .venv/installed  ## the site of docs/, into site/: runs the notebooks, checks every link
	.venv/bin/python $(PIP) --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict  # --quiet would hide warnings from it

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
# PyPI's PyTorch for Linux brings gigabytes of CUDA, that for processors is 200 MB. Where the latter
# cannot be had, the next line installs the former.
	-.venv/bin/python $(PIP) --retries 0 --no-deps --index-url $(TORCH_INDEX) $(TORCH)
	.venv/bin/python $(PIP) --editable '.[dev]'
	touch $@

clean:
	rm -rf .results-quick site .venv .venv-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
