# Everything a newcomer needs: python3 with venv and pip, and make.
PYTHON ?= python3
VENV ?= .venv
BENCH ?= .venv-bench
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: bench demo test lint types floors litellm clean

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $(READY)

$(BENCH)/.ready: pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BENCH)/bin/python -m pip install --quiet --editable . --group bench
	@touch $(BENCH)/.ready

demo: $(READY)  ## a streamed agent conversation, replayed from its cassette
	@$(BIN)/python examples/weather_agent/demo.py

bench: $(BENCH)/.ready  ## beside the peers, as ratios; ARGS="--quick", ARGS="replay load --json FILE"
	@$(BENCH)/bin/python -m benchmarks $(ARGS)

# Dozens of tests start a Python of their own, which would compile everything again.
test: export PYTHONDONTWRITEBYTECODE =
test: lint types floors  ## everything CI runs
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n 2
	$(BIN)/coverage combine -q || true  # a test kills processes in the middle of writing theirs
	$(BIN)/coverage report

test-long: $(READY)  ## what takes minutes: every way of pytest-xdist to share tests
	LLMCASSETTE_LONG_TESTS=1 $(BIN)/python -m pytest tests/ci/test_xdist.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

floors: $(READY)
	$(BIN)/lint-imports

litellm:  ## its own environment: it pins an openai that the other tests are too new for
	test -d .venv-litellm || $(PYTHON) -m venv .venv-litellm
	.venv-litellm/bin/python -m pip install --quiet --editable . litellm mcp tenacity pytest pytest-asyncio pytest-timeout
	.venv-litellm/bin/python -m pytest tests/litellm

clean:
	rm -rf $(VENV) $(BENCH) .venv-litellm .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* dist build
	find llmcassette conftest_plugin tests -name __pycache__ -prune -exec rm -rf {} +
