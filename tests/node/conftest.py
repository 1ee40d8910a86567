"""Clients in other languages. The npm packages are there after ``make node``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.server.conftest import (
    _errors_are_of_no_concern_to_this_run,
    mounted,
    play,
    server,
)

__all__ = ["_errors_are_of_no_concern_to_this_run", "mounted", "play", "server"]

FOLDER = Path(__file__).parent

needs_npm = pytest.mark.skipif(
    not (FOLDER / "node_modules").is_dir(), reason="npm packages are not installed: make node"
)
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture
def node():
    """Run a script of this folder with JSON on its standard input; returns the JSON it prints."""

    def run(script, value, **variables):
        done = subprocess.run(
            ["node", script], input=json.dumps(value).encode(), cwd=FOLDER, timeout=120,
            stdout=subprocess.PIPE, check=True, env={**os.environ, **variables},
        )  # fmt: skip
        return json.loads(done.stdout)

    return run
