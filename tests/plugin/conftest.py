"""A small project with one cassette, run by an inner pytest."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re
import textwrap
import warnings

import pytest

import conftest_plugin

# Imported before the inner runs, which forget what they imported themselves.
for name in (
    *(
        f"conftest_plugin.{module.name}"
        for module in pkgutil.iter_modules(conftest_plugin.__path__)
    ),
    "anyio.from_thread",
    "httpx",
    "httpx2",
    "hypothesis",
    "jsonpath_rfc9535",
    "llmcassette.clients.network",
    "llmcassette.clients.network_loops",
    "llmcassette.clients.network_resolvers",
    "llmcassette.clients.network_sockets",
    "llmcassette.clients.transport",
    "llmcassette.clients.use",
    "llmcassette.matching.miss",
    "llmcassette.matching.json_path",
    "llmcassette.providers.openai_chat",
    "llmcassette.recorder.saving",
    "starlette.testclient",
    "trio.testing",
):
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
        try:
            return self.pytester.runpytest_inprocess(*self.less, *options, **kwargs)
        finally:
            if any("syncio" in file.read_text() for file in self.path.glob("test_*.py")):
                drop_event_loops()

    def run_apart(self, *options):
        """In a process of its own."""
        return self.pytester.runpytest_subprocess(*self.less, *options)


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
