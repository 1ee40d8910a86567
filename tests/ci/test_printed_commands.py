"""Each command that a run prints can be pasted into a shell, and cures what it is printed for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.conftest import START
from tests.plugin.conftest import cassette_text
from tests.plugin.test_mockers import VCR

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")

TESTS = """
    import httpx
    import llmcassette
    from app import URL
    from pathlib import Path

    HERE = Path(__file__).parent / "cassettes"

    @pytest.mark.llm_cassette
    @pytest.mark.parametrize("city", ["New York; it's $HOME"])
    def test_absent(city):
        ask("absent")

    @pytest.mark.llm_cassette
    def test_changed():
        ask("two")

    @pytest.mark.llm_cassette("shared.yaml")
    def test_shared():
        ask("shared")

    @pytest.mark.llm_cassette("shared.yaml")
    def test_also_shared():
        ask("new")

    @pytest.mark.llm_cassette
    def test_of_vcrpy():
        ask("one")

    @pytest.mark.llm_cassette
    def test_leaves_one():
        ask("one")

    @pytest.mark.llm_cassette
    def test_reads_on():
        with httpx.stream("POST", URL, json={"question": "cut"}) as response:
            response.read()

    @pytest.fixture(scope="session")
    def index(llm_cassettes):
        with llm_cassettes("an index.yaml"):
            ask("one")

    def test_by_fixture(index):
        pass

    def test_by_hand():
        with llmcassette.use_cassette(HERE / "by hand.yaml"):
            ask("one")

    def test_by_hand_and_absent():
        with llmcassette.use_cassette(HERE / "by hand two.yaml"):
            ask("one")
    """


def printed(text: str) -> list[str]:
    """The commands on lines of their own, behind words such as ``fix``, or in backticks."""
    before = r"^(?:E +| )*(?:fix +|Record it again: |To record it: )?"
    found = re.findall(rf"{before}((?:pytest|llmcassette|rm|\(cd) .*)$", text, re.MULTILINE)
    found += re.findall("convert it with `(.*)`", text)
    return list(dict.fromkeys(found))


def kind(command: str) -> str:
    if command.startswith("llmcassette convert "):
        return "llmcassette convert"
    return " ".join(re.findall(r"(?:pytest|rm)(?: --?llm-[\w=.-]+)?|llmcassette prune", command))


def test_pasting_all_of_them_leaves_a_run_without_errors(live, httpserver_url):
    live.test(START, TESTS)
    (live.path / "below").mkdir()
    files = {
        "test_it/test_changed.yaml": ["one"],
        "shared.yaml": ["shared"],
        "test_it/test_leaves_one.yaml": ["one", "two"],
        "test_it/test_reads_on.yaml": ["cut"],
        "an index.yaml": ["one", "two"],
        "by hand.yaml": ["one", "two"],
        "test_it/test_gone[it's 1].yaml": ["one"],
    }
    for name, questions in files.items():
        text = cassette_text(*questions, url=httpserver_url)
        text = text.replace("api.example.com", httpserver_url.split("/")[2])
        if "reads" in name:
            text = text.replace("duration: 1.5s", "duration: 1.5s\n    ended: closed")
        file = live.path / "cassettes" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    of_vcrpy = VCR.replace("https://api.example.com/v1/ask", httpserver_url)
    (live.path / "cassettes/test_it/test_of_vcrpy.yaml").write_text(of_vcrpy, encoding="utf-8")
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    addopts = " ".join([*live.less, "-pno:anyio", "-pno:respx"])
    environ = {**os.environ, "PATH": paths, "PYTEST_ADDOPTS": addopts}

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            shell=True,
            cwd=live.path / "below",
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    seen = set()
    for _ in range(4):
        result = run(f"pytest --llm-ci {live.path}")
        commands = printed(result.stdout)
        if not commands:
            break
        seen |= set(map(kind, commands))
        for command in commands:
            pasted = run(command)
            assert pasted.returncode == 0, (command, pasted.stdout, pasted.stderr)

    assert result.returncode == 0, result.stdout
    assert seen == {
        "pytest --llm-record",
        "pytest --llm-mode=new_episodes",
        "pytest --llm-mode=rewrite",
        "pytest --llm-report=llm.json llmcassette prune",
        "llmcassette convert",
        "rm",
    }
