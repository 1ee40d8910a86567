"""The worked examples of docs/how-to that use the weather agent run as they stand."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from collections import Counter

import openai  # noqa: F401 - imported here, it stays for the runs inside this one
import pytest

from llmcassette import use_cassette
from tests.control.test_settings import ALL
from tests.corpus import ROOT

AGENT = ROOT / "examples" / "weather_agent"


@pytest.fixture
def project(pytester):
    shutil.copy(AGENT / "agent.py", pytester.path)
    shutil.copytree(AGENT / "cassettes", pytester.path / "cassettes")
    pytester.makepyprojecttoml("[tool.llmcassette]\n")

    def take(page):
        text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
        for name, code in re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", text, re.DOTALL):
            (pytester.path / name).write_text(code, encoding="utf-8")

    pytester.take = take
    yield pytester
    for name in ("agent", "steady", "test_steady"):
        sys.modules.pop(name, None)


def test_the_agent_survives_ten_faults(project):
    project.take("faults.md")
    result = project.runpytest("-p", "no:cacheprovider", "-p", "no:asyncio")
    result.assert_outcomes(passed=10)


def test_without_the_loop_it_survives_none(project):
    """So the faults do what the page says, and the agent is what survives them."""
    project.take("faults.md")
    source = project.path / "steady.py"
    once = source.read_text(encoding="utf-8").replace("attempts=4", "attempts=1")
    source.write_text(once, encoding="utf-8")
    result = project.runpytest("-p", "no:cacheprovider", "-p", "no:asyncio")
    result.assert_outcomes(failed=10)


def test_the_plain_agent_fares_as_the_page_says(project, monkeypatch):
    project.take("faults.md")
    monkeypatch.syspath_prepend(project.path)
    monkeypatch.setattr("time.sleep", lambda _: None)  # the SDK's own, after connection errors
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    agent = importlib.import_module("agent")
    outcomes = Counter()
    for fault in importlib.import_module("test_steady").TEN:
        with use_cassette("cassettes/florence.yaml", faults=[fault]) as recorder:
            try:
                answer = agent.ask(
                    "What's the weather in Florence,Italy?", lambda _: None, lambda *_: None
                )
            except Exception:
                outcomes["raised"] += 1
                continue
        if "40°C" not in answer:
            outcomes["half"] += 1
        elif fault.name == "finish_reason":
            outcomes["unnoticed"] += 1
        else:
            assert len(recorder.played) == 2
            outcomes["retried"] += 1
    assert outcomes == {"retried": 3, "raised": 4, "half": 2, "unnoticed": 1}


def test_a_fake_clock_is_told_the_recorded_time(project):
    project.take("slow-streams.md")
    project.runpytest("-p", "no:cacheprovider", "-p", "no:asyncio").assert_outcomes(passed=1)


def test_the_agent_with_tools_does_what_its_test_says(project):
    project.take("agents.md")
    project.runpytest("-p", "no:cacheprovider", "-p", "no:asyncio").assert_outcomes(passed=1)


def test_every_fault_is_described():
    page = (ROOT / "docs" / "reference" / "faults.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `(\w+)\(|, `(\w+)\(\)` \|", page, re.MULTILINE))
    assert {name for pair in described for name in pair if name} == set(ALL.split(", "))
