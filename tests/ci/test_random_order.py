"""pytest-randomly: the verdict does not depend on the order, nor on the seed."""

from __future__ import annotations

import re

import pytest

from tests.ci.test_xdist import ALONE, suite, verdict

pytest.importorskip("pytest_randomly")

__all__ = ["suite"]

SEEDS = [1, 2]


def order(project, seed):
    """The tests, as they ran."""
    result = project.run("-v", f"--randomly-seed={seed}", *ALONE)
    return re.findall(r"^(\S+::\S+) (?:PASSED|FAILED)", result.stdout.str(), re.MULTILINE)


def test_any_order_comes_to_the_verdict_of_the_written_one(suite):
    as_written = verdict(suite, *ALONE)
    suite.without.remove("randomly")

    shuffled = [verdict(suite, f"--randomly-seed={seed}", *ALONE) for seed in SEEDS]

    assert shuffled == [as_written] * len(SEEDS)
    assert len({tuple(order(suite, seed)) for seed in SEEDS}) == len(SEEDS)


def test_two_workers_in_any_order_come_to_it_too(suite, monkeypatch):
    monkeypatch.setenv("CI", "true")
    as_written = verdict(suite, *ALONE)
    suite.without.remove("randomly")

    assert verdict(suite, "--randomly-seed=1", "-n", "2") == as_written
