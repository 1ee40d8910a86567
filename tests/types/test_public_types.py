"""The public types, verified with mypy --strict and pyright.

basedpyright is pyright in a package that brings its own node; ``strict`` is pyright's own mode.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from mypy import api

import llmcassette
from tests.corpus import ROOT

HERE = Path(__file__).parent
FILES = [HERE / name for name in ("consumer.py", "every_setting.py", "mistakes.py")]


@cache
def mypy():
    """The lines with errors, by file name."""
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--hide-error-context"]
    report, trouble, _ = api.run([*options, *map(str, FILES)])
    assert trouble == ""
    assert f"(checked {len(FILES)} source files)" in report
    found = defaultdict(set)
    for name, line in re.findall(r"(\w+\.py):(\d+): error: ", report):
        found[name].add(int(line))
    return found


@cache
def pyright():
    """The lines with errors, by file name."""
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--project", str(HERE)]
    run = subprocess.run(
        [*command, "--pythonpath", sys.executable], capture_output=True, text=True, check=False
    )
    report = json.loads(run.stdout)
    assert report["summary"]["filesAnalyzed"] == len(FILES)
    found = defaultdict(set)
    for each in report["generalDiagnostics"]:
        if each["severity"] == "error":
            found[Path(each["file"]).name].add(each["range"]["start"]["line"] + 1)
    return found


@pytest.mark.parametrize("checker", [mypy, pyright])
@pytest.mark.parametrize("name", ["consumer.py", "every_setting.py"])
def test_a_project_that_uses_every_public_name_passes(checker, name):
    assert checker()[name] == set()


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_misspelt_names_and_settings_and_wrong_values_are_found(checker):
    lines = (HERE / "mistakes.py").read_text().splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}

    assert checker()["mistakes.py"] == wrong


def test_the_consumer_uses_every_public_name():
    used = (HERE / "consumer.py").read_text()

    assert [name for name in llmcassette.__all__ if not re.search(rf"\b{name}\b", used)] == []


def test_every_public_name_can_be_imported():
    for name in llmcassette.__all__:
        assert getattr(llmcassette, name) is not None
