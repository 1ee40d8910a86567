"""Suites of tests, each test with a cassette of its own, beside other tools: what they cost.

Processor time of pytest, from a built wheel, in environments of its own: ``plain`` has no client
library but httpx, ``clients`` has others, too. Every tool replays what it recorded itself from a
server on this machine. ``fair`` is the same tests with a real ``httpx.Client()`` whose transport is
then a mock; only the plugin of the tool that is measured is loaded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from benchmarks.measure import Row, medians

__all__ = ["rows"]

HOME = Path(__file__).parent.parent
FEW, MANY = 5, 300
PEERS = ("cassetter", "pytest-recording", "respx", "standin")
ENVIRONMENTS = {"plain": (), "clients": ("aiohttp", "boto3", "httpx2", "requests")}
PLUGINS = ("cassetter", "conftest_plugin", "recording", "respx", "standin")
ANSWER = b'{"choices": [{"message": {"content": "' + b"word " * 300 + b'"}}]}'

HEAD = """
import json, os
import httpx, pytest
URL = os.environ["SUITE_URL"]
ANSWER = {answer!r}
client = httpx.Client()
def mocked(request):
    return httpx.Response(200, headers={{"Content-Type": "application/json"}}, content=ANSWER)
"""
TEST = """
@pytest.mark.parametrize("number", range(int(os.environ["SUITE_COUNT"])))
def test_it(number):
    body = json.dumps({"n": number, "input": [{"role": "user", "content": "Hello"}]}).encode()
    answer = client.post(URL, content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["choices"]
"""
CONFIG = """
@pytest.fixture(scope="module")
def vcr_config():
    return {"match_on": ["method", "uri", "body"], "record_mode": os.environ["SUITE_RECORD"]}
"""
# Each tool: its plugin, what its test module has between HEAD and TEST, and its option to record.
TOOLS: Mapping[str, tuple[str, str, str]] = {
    "bare": ("", "client = httpx.Client(transport=httpx.MockTransport(mocked))", ""),
    "fair": ("", "client._transport = httpx.MockTransport(mocked)", ""),
    "respx": (
        "respx",
        "import respx\n@pytest.fixture(autouse=True)\ndef route():\n    with respx.mock:\n"
        "        respx.post(URL).mock(side_effect=mocked)\n        yield",
        "",
    ),
    "standin": ("standin", 'pytestmark = pytest.mark.usefixtures("standin")', "--standin-record"),
    "cassetter": ("cassetter", f"pytestmark = pytest.mark.vcr\n{CONFIG}", "--record-mode=once"),
    "pytest-recording": (
        "recording",
        f"pytestmark = pytest.mark.vcr\n{CONFIG}",
        "--record-mode=once",
    ),
    "llmcassette": ("conftest_plugin", "pytestmark = pytest.mark.llm_cassette", "--llm-record"),
}
IDLE = "import pytest\ndef test_nothing(): pass\n"


class Answering(BaseHTTPRequestHandler):
    """Answers every POST alike."""

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class Suite:
    """The suites of all tools in one environment.

    Args:
        python: the interpreter of the environment.
        folder: where the suites are written.
    """

    def __init__(self, python: Path, folder: Path) -> None:
        self._python = python
        self._folder = folder
        self._url = ""
        for name, (_, middle, _) in TOOLS.items():
            self._write(name, HEAD.format(answer=ANSWER) + middle + "\n" + TEST)
        self._write("idle", IDLE)

    def _write(self, name: str, text: str) -> None:
        folder = self._folder / name
        folder.mkdir()
        (folder / "pytest.ini").write_text("[pytest]\n")
        (folder / "test_suite.py").write_text(text)

    def record(self) -> None:
        """Have each tool record its cassettes."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._url = f"http://127.0.0.1:{server.server_address[1]}/v1/chat/completions"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, (_, _, option) in TOOLS.items():
            if option:
                self.seconds(name, MANY, option, record="once")
        server.shutdown()
        server.server_close()

    def seconds(
        self, name: str, count: int, *options: str, plugin: str | None = None, record: str = "none",
        keeps_byte_code: bool = True,
    ) -> float:  # fmt: skip
        """Processor time of a run.

        Args:
            name: of a suite.
            count: how many tests.
            options: for pytest.
            plugin: the one that is loaded; by default that of the tool.
            record: the record mode, for tools that have it in a fixture.
            keeps_byte_code: whether Python writes byte code.
        """
        loaded = TOOLS[name][0] if plugin is None else plugin
        without = [f"-pno:{each}" for each in PLUGINS if each != loaded]
        environment = {
            **os.environ, "SUITE_COUNT": str(count), "SUITE_URL": self._url, "SUITE_RECORD": record,
        }  # fmt: skip
        if not keeps_byte_code:
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        process = subprocess.Popen(
            [self._python, "-m", "pytest", "-q", "-pno:cacheprovider", *without, *options],
            cwd=self._folder / name, env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        output = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, output
        return used.ru_utime + used.ru_stime


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        wheel = _wheel(home)
        for environment, others in ENVIRONMENTS.items():
            python = _environment(home / environment, [str(wheel), *PEERS, *others])
            folder = home / f"{environment}-suites"
            folder.mkdir()
            suite = Suite(python, folder)
            suite.record()
            yield from _rows(suite, environment, 3 if quick else 9)


def _rows(suite: Suite, environment: str, rounds: int) -> Iterator[Row]:
    cases = {
        f"{name} {count}": lambda name=name, count=count: suite.seconds(name, count)
        for name in TOOLS
        for count in (FEW, MANY)
    }
    for name in ("fair", "llmcassette"):
        cases[f"{name} no byte code"] = lambda name=name: suite.seconds(
            name, FEW, keeps_byte_code=False
        )
    for keeps, note in ((True, ""), (False, " no byte code")):
        for plugin in ("", "conftest_plugin"):
            cases[f"idle {plugin}{note}"] = lambda plugin=plugin, keeps=keeps: suite.seconds(
                "idle", 1, plugin=plugin, keeps_byte_code=keeps
            )
    times = medians(cases, rounds)

    def more(one: str, other: str) -> list[float]:
        return [1e3 * (a - b) for a, b in zip(times[one], times[other], strict=True)]

    slope = 0.0
    for name in ("bare", *(tool for tool in TOOLS if tool not in {"bare", "fair"})):
        few, many = more(f"{name} {FEW}", f"fair {FEW}"), more(f"{name} {MANY}", f"fair {MANY}")
        slope = median((b - a) / (MANY - FEW) for a, b in zip(few, many, strict=True))
        is_ours = name == "llmcassette"
        yield Row(
            "test",
            f"{environment}: a test, {name}",
            slope,
            "ms over fair",
            0.4 if is_ours else None,
        )
        yield Row(
            "test", f"{environment}: the first of a run, {name}", median(few) - FEW * slope,
            "ms over fair", 60 if is_ours else None,
        )  # fmt: skip
    bytecode = median(more("llmcassette no byte code", "fair no byte code")) - FEW * slope
    yield Row(
        "test", f"{environment}: the first of a run, llmcassette, no byte code kept", bytecode,
        "ms over fair", 80,
    )  # fmt: skip
    for note in ("", " no byte code"):
        value = median(more(f"idle conftest_plugin{note}", f"idle {note}"))
        yield Row("start", f"{environment}: idle plugin{note}", value, "ms more", 5)


def _wheel(folder: Path) -> Path:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=HOME, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.whl"))


def _environment(folder: Path, wanted: list[str]) -> Path:
    """An environment with these packages, whose byte code is compiled as pip does."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    return python
