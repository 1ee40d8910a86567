"""npm's lock file names no registry, so that each machine uses its own."""

from __future__ import annotations

import json

from tests.node.conftest import FOLDER


def test_the_lock_names_versions_and_hashes_and_no_address():
    lock = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))
    packages = [each for name, each in lock["packages"].items() if name]
    assert all("integrity" in each and "resolved" not in each for each in packages)
