"""A small project with one cassette, and runs of it under the rules of CI."""

from __future__ import annotations

import json
import re
from inspect import signature

import pytest
from click.testing import CliRunner

from tests.plugin.conftest import URL, Project, section
from tests.plugin.test_recording import server

__all__ = ["server"]

# Before click 8.2 stderr is part of stdout unless the runner is asked to keep them apart.
APART = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
RUNNER = CliRunner(**APART)

START = """
    import pytest
    from app import ask, ask_swallowing
"""


class CiProject(Project):
    """The same, with what its runs say at their end."""

    def ci(self, *options, **kwargs):
        return self.run("--llm-ci", *options, **kwargs)

    def report(self, *options):
        self.run("--llm-report=report.json", *options)
        return json.loads((self.path / "report.json").read_text(encoding="utf-8"))


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.syspath_prepend(pytester.path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return CiProject(pytester)


@pytest.fixture
def httpserver_url(server):
    """Where a live provider answers."""
    server.asked = []
    return server.url


@pytest.fixture
def live(project, httpserver_url):
    """The project, which asks there."""
    app = project.path / "app.py"
    app.write_text(app.read_text(encoding="utf-8").replace(URL, httpserver_url), encoding="utf-8")
    return project


def summary(result):
    """The plugin's section, the times left out; nothing where there is none."""
    if not re.search(r"^=+ llmcassette =+$", result.stdout.str(), re.MULTILINE):
        return []
    return section(result, "llmcassette").splitlines()


def played(result):
    """The same without the time that the providers had taken: it differs where they were asked."""
    return [
        line.partition(": ")[0] if line.startswith("replayed ") else line
        for line in summary(result)
    ]


def problems(result):
    """What the plugin's section says below its first line."""
    return [line for line in summary(result) if not line.startswith("replayed ")]


def errors(result):
    """What pytest's section of errors says of the run, a line for each: place, message, fix."""
    if not re.search(r"^=+ ERRORS =+$", result.stdout.str(), re.MULTILINE):
        return []
    found = []
    for block in re.split(r"^_+ ERROR .* _+$", section(result, "ERRORS"), flags=re.MULTILINE):
        text, *rows = re.split(r"^  (tests?|file|fix) +", block.strip("\n"), flags=re.MULTILINE)
        values = zip(rows[::2], rows[1::2], strict=True)
        where = {row.rstrip("s"): value.strip() for row, value in values}
        if re.match(r"\n?(?!llmcassette: )[a-z-]+: ", block):
            file = re.sub(r":\d+$", "", where.get("file", ""))
            fix = f". Fix: {where['fix']}" if "fix" in where else ""
            message = text.strip().partition(": ")[2]
            found.append(": ".join(filter(None, (where.get("test"), file, message))) + fix)
    return found


def failures(result):
    """Pytest's section of failures: each test's name, and what is said of it; not the worker."""
    if not re.search(r"^=+ FAILURES =+$", result.stdout.str(), re.MULTILINE):
        return []
    lines = section(result, "FAILURES").splitlines()
    return [re.sub(r"^_+ (.*?) _+$", r"\1", line) for line in lines if line and line[:3] != "[gw"]
