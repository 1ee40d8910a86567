"""Processor time that the plugin adds to pytest: unused, and for each test that replays."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import generate
from benchmarks.measure import Row, medians

__all__ = ["rows"]

FEW, MANY = 100, 400
MOCKED = """
import os, httpx, pytest
BODY = {body!r}
def answer(request):
    return httpx.Response(200, headers={{"Content-Type": "application/json"}}, content={answer!r})
client = httpx.Client(transport=httpx.MockTransport(answer))
@pytest.mark.parametrize("number", range(int(os.environ["COUNT"])))
def test_it(number):
    assert client.post({url!r}, content=BODY, headers={headers!r}).json()["choices"]
"""
RECORDED = """
import os, httpx, pytest
BODY = {body!r}
client = httpx.Client()
@pytest.mark.llm_cassette("one.yaml")
@pytest.mark.parametrize("number", range(int(os.environ["COUNT"])))
def test_it(number):
    assert client.post({url!r}, content=BODY, headers={headers!r}).json()["choices"]
"""
ONE = "def test_nothing():\n    assert True\n"
IDLE = "idle_plugin"
"""A plugin that does nothing, for comparison: ``-p`` itself searches all installed packages."""


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    interactions = generate.whole(1, 2_000)
    values = {
        "body": interactions[0].request.body,
        "answer": interactions[0].response.body,
        "url": generate.URL,
        "headers": dict(generate.SENT),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate.write(interactions, folder / "cassettes" / "one.yaml")
        Path(folder, f"{IDLE}.py").touch()
        files = {"mocked": MOCKED, "recorded": RECORDED, "nothing": ONE}
        for file, text in files.items():
            Path(folder, f"test_{file}.py").write_text(
                text if file == "nothing" else text.format(**values)
            )
        times = medians(
            {
                "without": lambda: _pytest(folder, "nothing", plugin=IDLE),
                "with": lambda: _pytest(folder, "nothing"),
                "mocked": lambda: _pytest(folder, "mocked", count=FEW),
                "recorded": lambda: _pytest(folder, "recorded", count=FEW),
                "many mocked": lambda: _pytest(folder, "mocked", count=MANY),
                "many recorded": lambda: _pytest(folder, "recorded", count=MANY),
            },
            3 if quick else 11,
        )

    def more(one: str, other: str) -> list[float]:
        return [a - b for a, b in zip(times[one], times[other], strict=True)]

    few, many = more("recorded", "mocked"), more("many recorded", "many mocked")
    each = median((b - a) / (MANY - FEW) for a, b in zip(few, many, strict=True))
    yield Row(
        "start", "pytest start-up, plugin unused", 1e3 * median(more("with", "without")),
        "ms more", 5,
    )  # fmt: skip
    yield Row(
        "test", "a test with a cassette, over one with a MockTransport", 1e3 * each, "ms more", 2
    )
    yield Row(
        "test", "the first test with a cassette (imports, patterns), once a run",
        1e3 * (median(few) - FEW * each), "ms more",
    )  # fmt: skip


def _pytest(folder: Path, name: str, *, plugin: str = "conftest_plugin", count: int = 0) -> float:
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", plugin, "-p", "no:cacheprovider",
        f"test_{name}.py",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COUNT": str(count)},
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime
