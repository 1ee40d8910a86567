from __future__ import annotations

from pathlib import Path

from mypy import api

from tests.corpus import ROOT

CONSUMER = Path(__file__).parent / "consumer.py"


def test_a_project_that_uses_every_public_name_passes_mypy_strict():
    report, _, status = api.run(["--config-file", str(ROOT / "pyproject.toml"), str(CONSUMER)])

    assert report == "Success: no issues found in 1 source file\n"
    assert status == 0
