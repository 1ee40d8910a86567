"""Importing the package is cheap: what is heavy comes with the first cassette."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ["yaml", "httpx", "httpx2", "pytest", "_pytest", "anyio", "orjson"]


def loaded_after(statement):
    found = f"sorted(set(sys.modules) & set({HEAVY}))"
    program = f"import json, sys\n{statement}\nprint(json.dumps({found}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "statement",
    [
        "import llmcassette",
        "import llmcassette; llmcassette.Headers, llmcassette.ReplayError, dir(llmcassette)",
        "import llmcassette.recorder.modes, llmcassette.recorder.settings",
        "import llmcassette.recorder.project, llmcassette.recorder.run",
        "import llmcassette.recorder.settings as s; s.merge([s.Layer('here', {'ci': False})])",
    ],
)
def test_nothing_heavy_is_imported(statement):
    assert loaded_after(statement) == []


def test_reading_a_cassette_imports_no_client():
    loaded = loaded_after("import llmcassette; llmcassette.load")
    assert not {"httpx", "httpx2", "pytest", "yaml"} & set(loaded)


def test_serving_imports_no_client_library_and_no_pytest():
    loaded = loaded_after("import llmcassette; llmcassette.use_cassette")
    libraries = {"aiohttp", "botocore", "httpx", "httpx2", "requests", "urllib3"}
    assert not {*libraries, "filelock", "h11", "pytest", "_pytest", "yaml"} & set(loaded)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    import llmcassette

    with pytest.raises(AttributeError, match="module 'llmcassette' has no attribute 'use_casette'"):
        llmcassette.use_casette  # noqa: B018
