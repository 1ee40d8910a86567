"""Each command that is printed can be pasted into a shell, and does what is printed beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import Commands, chat


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(tmp_path, monkeypatch)


NAMES = ["test_x[1]", "New York", "it's", "a;b $HOME", "--force"]


def pasted(command: str, folder: Path) -> None:
    scripts = Path(sys.executable).parent
    environ = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(command, shell=True, cwd=folder, env=environ, check=True, capture_output=True)


def commands(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
def test_check_s_fixes_leave_nothing_to_find(run: Commands) -> None:
    secret = '{"role": "user", "content": "sk-ant-api03-' + "Ab3kQ7vW2xZp9RtY4sLm" * 4 + 'AA"}'
    for name in NAMES:
        run.write(f"cassettes/test_it/{name}.yaml", chat(body=secret))
        (run.folder / f"cassettes/test_it/{name} of old.yaml").write_text(
            "---\nversion: 1\ninteractions: []\n"
        )
    before = run("check", "cassettes")
    assert before.code == 1
    printed = commands(before.out)
    assert len(printed) == 2 * len(NAMES)
    pasted("\n".join(printed), run.folder)
    after = run("check", "cassettes")
    found = [set(re.findall(r": (LC\d+) ", ran.out)) for ran in (before, after)]
    assert found[0] - found[1] == {"LC002", "LC006"}, after.out


def test_check_names_the_test_of_a_cassette(run: Commands) -> None:
    (run.folder / "test_it.py").write_text("")
    for name in ["test_x[New York]", "TestA.test_y", "test_z[a_b]-0123abcd"]:
        run.write(f"cassettes/test_it/{name}.yaml", chat(ended="ReadError"))
    found = commands(run("check", "cassettes").out)
    assert found == [
        "pytest --llm-mode=rewrite test_it.py::TestA::test_y",
        "pytest --llm-mode=rewrite 'test_it.py::test_x[New York]'",
    ]
