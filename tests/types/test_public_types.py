"""The public types, verified with mypy --strict and pyright.

basedpyright is pyright in a package that brings its own node; ``strict`` is pyright's own mode.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api

import llmcassette
from tests.corpus import ROOT

HERE = Path(__file__).parent


def lines_that_mypy_refuses(file, tmp_path):
    config = str(ROOT / "pyproject.toml")
    report, trouble, _ = api.run(
        ["--config-file", config, "--no-error-summary", "--hide-error-context", str(file)]
    )
    assert trouble == ""
    return {int(number) for number in re.findall(rf"{file.name}:(\d+): error: ", report)}


def lines_that_pyright_refuses(file, tmp_path):
    config = tmp_path / "pyrightconfig.json"
    config.write_text(json.dumps({"typeCheckingMode": "strict", "include": [str(file)]}))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--project", str(config)]
    run = subprocess.run(
        [*command, "--pythonpath", sys.executable], capture_output=True, text=True, check=False
    )
    report = json.loads(run.stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    found = [each for each in report["generalDiagnostics"] if each["severity"] == "error"]
    return {each["range"]["start"]["line"] + 1 for each in found}


CHECKERS = [lines_that_mypy_refuses, lines_that_pyright_refuses]


@pytest.mark.parametrize("refused", CHECKERS)
@pytest.mark.parametrize("name", ["consumer.py", "every_setting.py"])
def test_a_project_that_uses_every_public_name_passes(refused, name, tmp_path):
    assert refused(HERE / name, tmp_path) == set()


@pytest.mark.parametrize("refused", CHECKERS)
def test_misspelt_names_and_settings_and_wrong_values_are_found(refused, tmp_path):
    file = HERE / "mistakes.py"
    lines = file.read_text().splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}

    assert refused(file, tmp_path) == wrong


def test_the_consumer_uses_every_public_name():
    used = (HERE / "consumer.py").read_text()

    assert [name for name in llmcassette.__all__ if not re.search(rf"\b{name}\b", used)] == []


def test_every_public_name_can_be_imported():
    for name in llmcassette.__all__:
        assert getattr(llmcassette, name) is not None
