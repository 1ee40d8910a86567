from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KILLS = 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_killed_at_any_moment_the_old_or_the_new_file_is_there_whole(tmp_path):
    """SIGKILL a process that saves continually, at 100 random and 100 chosen moments."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.storage.kills", str(tmp_path / "c.yaml"), str(KILLS), "7"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert (found["whole"], found["broken"]) == (KILLS, 0)
    assert found["leftovers"] >= KILLS // 2
    assert found["left_after_next_save"] == 0
