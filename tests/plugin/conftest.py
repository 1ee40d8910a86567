"""A small project with one cassette, run by an inner pytest."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re
import sys
import textwrap
import warnings

import pytest

import conftest_plugin
import llmcassette

OURS = [
    module.name
    for package in (conftest_plugin, llmcassette)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__")
]
OTHERS = (
    "anyio.from_thread",
    "genai_prices",
    "httpx",
    "httpx2",
    "hypothesis",
    "jsonpath_rfc9535",
    "pytest_recording",  # has vcr.matchers rewritten, which is to come after
    "starlette.testclient",
    "trio.testing",
    *(() if sys.platform == "win32" else ("uvloop",)),
    "vcr",
)
# Imported before the inner runs: these forget what they imported themselves, but its package keeps
# the module, and the module keeps that whole run.
for name in (*OURS, *OTHERS):
    importlib.import_module(name)

WITHOUT = ("cacheprovider", "hypothesispytest", "cov", "randomly", "recording", "rerunfailures")
URL = "https://api.example.com/v1/ask"

APP = """
import contextlib
import httpx

URL = "https://api.example.com/v1/ask"
client = httpx.Client()  # made at import, before any cassette


def ask(question, url=URL):
    return client.post(url, json={"question": question}).json()["answer"]


async def ask_async(question):
    async with httpx.AsyncClient() as client:
        return (await client.post(URL, json={"question": question})).json()["answer"]


def ask_swallowing(question):
    with contextlib.suppress(BaseException):
        return ask(question)
"""


def cassette_text(*questions, answer=None, url=URL):
    text = "---\nversion: 2\ninteractions:\n"
    for position, question in enumerate(questions):
        reply = answer or f"re: {question}"
        text += textwrap.dedent(
            f"""\
            - id: {position}
              request:
                host: api.example.com
                body: '{{"question":"{question}"}}'
                headers:
                  Content-Type:
                  - application/json
                url: {url}
                method: POST
              response:
                body: '{{"answer":"{reply}"}}'
                headers:
                  Content-Type:
                  - application/json
                status: 200 OK
                code: 200
                duration: 1.5s
            """
        )
    return text


class Project:
    """The inner project, and what its runs said."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.path = pytester.path
        self.without = set(WITHOUT)
        pytester.makepyfile(app=APP)
        self.ini()

    def cassette(self, path, *questions, answer=None):
        file = self.path / "cassettes" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(cassette_text(*questions, answer=answer), encoding="utf-8")
        return file

    def write(self, **files):
        for name, text in files.items():
            path = self.path / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")

    def test(self, *parts):
        self.write(test_it="".join(textwrap.dedent(part) for part in parts))

    def settings(self, text):
        (self.path / "pyproject.toml").write_text(
            "[tool.llmcassette]\n" + textwrap.dedent(text), encoding="utf-8"
        )

    def ini(self, *lines):
        self.pytester.makeini(
            "\n".join(["[pytest]", "asyncio_default_fixture_loop_scope = function", *lines, ""])
        )

    @property
    def less(self):
        """Options that keep other plugins out of the inner runs."""
        return [f"-pno:{name}" for name in sorted(self.without)]

    def run(self, *options, **kwargs):
        """In this process; with workers, in one of its own."""
        if "-n" in options:
            return self.run_apart(*options)
        try:
            return self.pytester.runpytest_inprocess(*self.less, *options, **kwargs)
        finally:
            if any("syncio" in file.read_text() for file in self.path.glob("test_*.py")):
                drop_event_loops()

    def run_apart(self, *options):
        """In a process of its own; what is left out there is half of the time to start."""
        return self.pytester.runpytest_subprocess("-pno:anyio", "-pno:respx", *self.less, *options)


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.syspath_prepend(pytester.path)
    return Project(pytester)


def drop_event_loops():
    """pytest-asyncio leaves a loop open, which unittest's asynchronous tests then drop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def section(result, title):
    """The lines of one section of a run's output, without the timing and without paths' noise."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout.str())
    found = re.search(rf"^=+ {title} =+\n(.*?)^[=!]+ ", text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title!r} in\n{text}"
    return found[1].rstrip("\n")


def untimed(result):
    """The lines of the plugin's section without the time that a provider took just now."""
    return [line.partition(": ")[0] for line in section(result, "llmcassette").splitlines()]
