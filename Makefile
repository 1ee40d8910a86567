# Needs python3 with venv and pip, and make. Another Python: make test PYTHON=python3.12
PYTHON ?= python3
VENV ?= .venv
BENCH ?= .venv-bench
MATRIX ?= .venv-matrix
BROWSER ?= .venv-browser
DIST ?= .venv-dist
DOCS ?= .venv-docs
NEWEST ?= .venv-newest
OLDEST ?= .venv-oldest
UV ?= .venv-uv

BIN := $(VENV)/bin
PYTHON_VERSION := $(shell $(PYTHON) -c 'import platform; print(platform.python_version())')
READY := .ready-$(PYTHON_VERSION)

# Of the SDK matrix, beside dev.
ENVIRONMENTS := frameworks openai2 plain

.PHONY: bench browser clean coverage demo dist docs floors fuzz lint lock node release sdk-matrix test test-long test-newest test-oldest types

# $(call environment,FOLDER,NAME): exactly what requirements/NAME.txt lists, and this project.
# Made anew when that file changes or another version of Python is asked for.
define environment
$(1)/.locked-$(PYTHON_VERSION): requirements/pip.txt requirements/$(2).txt
	$(PYTHON) -m venv --clear $(1)
	$(1)/bin/python -m pip install --quiet --require-hashes -r requirements/pip.txt
	$(1)/bin/python -m pip install --quiet --require-hashes -r requirements/$(2).txt
	@touch $$@

$(1)/$(READY): $(1)/.locked-$(PYTHON_VERSION) pyproject.toml llmcassette/__init__.py
	$(1)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(1)/bin/python -m pip check --quiet
	@touch $$@
endef
$(eval $(call environment,$(VENV),dev))
$(eval $(call environment,$(BENCH),bench))
$(foreach name,$(ENVIRONMENTS),$(eval $(call environment,$(MATRIX)-$(name),matrix-$(name))))
$(eval $(call environment,$(BROWSER),browser))
$(eval $(call environment,$(DIST),dist))
$(eval $(call environment,$(DOCS),docs))
$(eval $(call environment,$(UV),uv))

demo: $(VENV)/$(READY)  ## a streamed agent conversation, replayed from its cassette
	@$(BIN)/python examples/weather_agent/demo.py

bench: $(BENCH)/$(READY)  ## beside the peers, as ratios; ARGS="--quick", ARGS="replay load --json FILE"
	@$(BENCH)/bin/python -m benchmarks $(ARGS)

# Dozens of tests start a Python of their own, which would compile everything again.
test coverage: export PYTHONDONTWRITEBYTECODE =
test: lint types floors  ## what each commit passes
	$(BIN)/python -m pytest -n 2

coverage: $(VENV)/$(READY)  ## the tests once more, at half the speed
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n 2
	$(BIN)/coverage combine -q || true  # a test kills processes in the middle of writing theirs
	$(BIN)/coverage report

test-long: $(VENV)/$(READY)  ## what takes minutes: every way of pytest-xdist to share tests, 2,000 random conversations
	LLMCASSETTE_LONG_TESTS=1 $(BIN)/python -m pytest tests/ci/test_xdist.py \
	    tests/recording/test_conversations.py tests/review/test_every_value.py tests/sdks/test_mcp.py \
	    tests/server/test_kills.py tests/server/test_many_streams.py

# With Debian's Chromium (apt-get install chromium), or CHROMIUM=/path/to/another. These tests have a
# configuration of their own, since they need little of what the others need.
browser: $(BROWSER)/$(READY)  ## pages in a headless Chromium; ARGS="-k timeline"
	@test -x "$${CHROMIUM:-$$(command -v chromium)}" || \
	    { echo "make browser needs Chromium: apt-get install chromium" >&2; exit 2; }
	$(BROWSER)/bin/python -m pytest -c tests/browser/chromium.ini --rootdir . --confcutdir tests/browser \
	    tests/browser $(ARGS)

fuzz: $(VENV)/$(READY)  ## random inputs for the reader and the gate; ARGS="--seconds 60", ARGS="gate --seed 1"
	$(BIN)/python -m tests.fuzz $(ARGS)

lint: $(VENV)/$(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/zizmor --offline -q --strict-collection --persona pedantic .
	$(BIN)/check-jsonschema -q --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema -q --builtin-schema custom.github-workflows-require-timeout .github/workflows/*.yml
	$(BIN)/check-jsonschema -q --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml

types: $(VENV)/$(READY)
	$(BIN)/mypy

floors: $(VENV)/$(READY)
	$(BIN)/lint-imports

sdk-matrix: $(addprefix sdk-matrix-,$(or $(ENV),dev $(ENVIRONMENTS)))  ## ENV="dev plain": docs/reference/sdks.md

sdk-matrix-dev: $(VENV)/$(READY)
	$(BIN)/python -m pytest tests/matrix -W ignore --sdk-matrix=dev

sdk-matrix-openai2: MORE := tests/litellm
sdk-matrix-%: $(MATRIX)-%/$(READY)
	$(MATRIX)-$*/bin/python -m pytest tests/matrix $(MORE) -W ignore --sdk-matrix=$*

node: $(VENV)/$(READY) tests/node/node_modules/.package-lock.json  ## clients in other languages, with npm's packages; needs node and npm
	$(BIN)/python -m pytest tests/node

tests/node/node_modules/.package-lock.json: tests/node/package-lock.json
	cd tests/node && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

dist: $(DIST)/.locked-$(PYTHON_VERSION)  ## build both archives, and try the wheel outside of this folder
	rm -rf dist
	$(DIST)/bin/python -m build --no-isolation
	$(DIST)/bin/python -m twine check --strict dist/*
	$(DIST)/bin/python scripts/check_dist.py dist

docs: $(DOCS)/$(READY)  ## the site of docs/ in site/; ARGS="--site-dir FOLDER"
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --config-file scripts/site/mkdocs.yml $(ARGS)

test-newest: $(UV)/.locked-$(PYTHON_VERSION)  ## the tests with the newest versions of everything
	$(UV)/bin/uv venv --quiet --clear --python $(PYTHON) $(NEWEST)
	$(UV)/bin/uv pip install --quiet --refresh --python $(NEWEST) \
	    --requirements pyproject.toml --all-extras --group dev --editable .
	$(UV)/bin/uv pip freeze --python $(NEWEST)
	$(NEWEST)/bin/python -m pytest -n 2

# What pyproject.toml allows at the least, with the newest test tools. These must not raise a bound,
# so the versions are overrides: httpx2 asks for a newer anyio. SDKs need newer versions, too.
NEED_SDKS := tests/control/test_docs.py tests/control/test_sdks.py \
    tests/providers/test_error_shapes.py tests/providers/test_sdk_oracle.py \
    tests/recording/test_sdks.py tests/sdks \
    tests/streams/test_split_sse.py tests/streams/test_sse_events.py
test-oldest: $(UV)/.locked-$(PYTHON_VERSION)  ## the tests with the oldest versions that are allowed
	$(UV)/bin/uv venv --quiet --clear --python $(PYTHON) $(OLDEST)
	$(UV)/bin/uv pip compile --quiet --resolution lowest-direct --no-deps --python $(OLDEST) \
	    pyproject.toml --all-extras --output-file $(OLDEST)/oldest.txt
	$(UV)/bin/uv pip install --quiet --python $(OLDEST) --override $(OLDEST)/oldest.txt \
	    --requirements pyproject.toml --all-extras --group build --group lint --group test --editable .
	$(UV)/bin/uv pip freeze --python $(OLDEST)
	@echo "Left out, since they need SDKs: $(NEED_SDKS)"
	$(OLDEST)/bin/python -m pytest -n 2 $(addprefix --ignore=,$(NEED_SDKS))

# A lock holds for every platform and for Python 3.11 to 3.14, and names no index.
lock = $(UV)/bin/uv --no-config pip compile $(2) --group $(1) --universal --python-version 3.11 \
    --generate-hashes --no-annotate --no-emit-index-url --upgrade --quiet \
    --custom-compile-command "make lock" --output-file requirements/$(1).txt

lock: $(UV)/.locked-$(PYTHON_VERSION)  ## write requirements/ anew, with the newest versions
	$(call lock,pip)
	$(call lock,uv)
	$(call lock,dist)
	$(call lock,dev,pyproject.toml --all-extras)
	$(call lock,bench,pyproject.toml)
	$(call lock,browser,pyproject.toml --all-extras)
	$(call lock,docs,pyproject.toml --all-extras)
	$(foreach name,$(ENVIRONMENTS),$(call lock,matrix-$(name),pyproject.toml) &&) true

release: $(VENV)/$(READY)  ## VERSION=0.1.0: changelog, version, commit and tag; pushes nothing
	@$(BIN)/python scripts/release.py "$(VERSION)"

clean:
	rm -rf $(VENV) $(BENCH) $(MATRIX)-* $(BROWSER) $(DIST) $(DOCS) $(NEWEST) $(OLDEST) $(UV) \
	    tests/node/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* dist build site
	find llmcassette conftest_plugin tests -name __pycache__ -prune -exec rm -rf {} +
