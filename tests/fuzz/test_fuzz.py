"""The seeds pass, and an input that fails is kept."""

from __future__ import annotations

import sys

import pytest

from tests.cases import case
from tests.fuzz import __main__ as command
from tests.fuzz.inputs import seeds
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_each_seed_passes(name):
    for seed, data in seeds(name).items():
        with case(seed):
            TARGETS[name](data)


def test_the_smallest_input_that_fails_is_written_to_a_file(monkeypatch, tmp_path, capsys):
    def no_nul(data: bytes) -> None:
        assert b"\0" not in data

    monkeypatch.setitem(TARGETS, "gate", no_nul)
    monkeypatch.setattr(
        sys, "argv", ["fuzz", "gate", "--seconds=60", "--seed=1", f"--failures={tmp_path}"]
    )

    assert command.main() == 1

    (path,) = tmp_path.iterdir()
    assert b"\0" in path.read_bytes()
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"gate: failed for an input of {path.stat().st_size} bytes, which is in {path}",
        f"Try it again: python -m tests.fuzz gate --input {path}",
    ]
