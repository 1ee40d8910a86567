"""The table that `make sdk-matrix` has written is that of the locked versions."""

from __future__ import annotations

import re

import pytest

from tests.corpus import ROOT
from tests.matrix.environments import ENVIRONMENTS, MCP_CLIENTS
from tests.matrix.table import COLUMNS, HIDDEN, NONE, PAGE, renewed, rows

ROWS = rows(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_has_its_libraries_at_the_locked_versions(environment):
    name = "dev" if environment == "dev" else f"matrix-{environment}"
    lock = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))

    ours = [cells for cells in ROWS if cells[3] == environment]
    tried = ENVIRONMENTS[environment] + MCP_CLIENTS.get(environment, ())
    assert len(ours) == len(tried)
    assert {cells[1]: cells[2] for cells in ours} == {cells[1]: locked[cells[1]] for cells in ours}


def test_everything_is_green():
    assert {cell for cells in ROWS for cell in cells[4:]} <= {"yes", HIDDEN, NONE}
    assert {len(cells) for cells in ROWS} == {4 + len(COLUMNS)}


def test_rows_of_one_environment_are_renewed_and_the_others_stay():
    text = PAGE.read_text(encoding="utf-8")
    plain = [cells for cells in ROWS if cells[3] == "plain"]

    assert renewed(text, "plain", plain) == text
    without = rows(renewed(text, "plain", []))
    assert without == [cells for cells in ROWS if cells[3] != "plain"]
    assert renewed(renewed(text, "plain", []), "plain", plain) == text
