"""The files in requirements/ hold exact versions with hashes, and no place to get them from."""

from __future__ import annotations

import re
import tomllib
from itertools import chain

import pytest

from tests.corpus import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def of_group(name):
    """What a dependency group asks for, and the groups that it includes."""
    for requirement in PROJECT["dependency-groups"][name]:
        if isinstance(requirement, dict):
            yield from of_group(requirement["include-group"])
        else:
            yield requirement


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_each_line_is_a_version_with_hashes(lock):
    lines = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()

    pinned = re.compile(r"[\w.-]+==\S+( ; [^@]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert [line for line in lines if line[:1] != "#" and not pinned.fullmatch(line)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_everything_that_pyproject_names_is_locked(lock):
    needed = list(of_group(lock.stem))
    if lock.stem in {"dev", "bench"} or lock.stem.startswith("matrix-"):
        needed += PROJECT["build-system"]["requires"] + PROJECT["project"]["dependencies"]
    if lock.stem == "dev":
        needed += chain.from_iterable(PROJECT["project"]["optional-dependencies"].values())

    names = {re.match(r"[\w.-]+", one)[0].lower().replace(".", "-") for one in needed}
    text = lock.read_text(encoding="utf-8")
    assert {name for name in names if f"\n{name}==" not in text} == set()
