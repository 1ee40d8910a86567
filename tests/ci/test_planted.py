"""A suite with fourteen faults, one of each kind: the run reports these fourteen, and no other."""

from __future__ import annotations

import json
import re

import pytest

from tests.ci.conftest import START, errors
from tests.ci.test_content import CUT
from tests.corpus import ROOT
from tests.plugin.conftest import cassette_text, section

SUITE = """
    import contextlib, socket
    import llmcassette
    from app import ask_async

    cassette = pytest.mark.llm_cassette

    # Sound tests, between which the faults hide.

    @cassette("sound.yaml")
    @pytest.mark.parametrize("question", ["one", "two"])
    def test_sound(question):
        assert ask(question) == f"re: {question}"

    @cassette("sound.yaml")
    def test_expects_a_miss(llm_cassette):
        with pytest.raises(llmcassette.UnmatchedRequestError):
            ask("three")

    @pytest.mark.skip
    @cassette
    def test_skipped():
        ask("one")

    def test_plain(): pass

    # 1 to 5: the tests fail.

    def test_connects():
        with contextlib.suppress(BaseException), socket.socket() as there:
            there.connect(("192.0.2.1", 443))

    def test_looks_up():
        with contextlib.suppress(BaseException):
            socket.getaddrinfo("llm.example.com", 443)

    @cassette("swallowed.yaml")
    def test_swallows():
        ask_swallowing("a new prompt")

    @pytest.fixture(scope="module")
    def index():
        ask_swallowing("one")

    @cassette("sound.yaml")
    def test_fixture_asks_outside(index):
        ask("one")

    @cassette("not_recorded.yaml")
    def test_not_recorded():
        ask("one")

    # 6 to 14: errors of the run.

    @cassette("left.yaml")
    def test_leaves_one():
        ask("one")

    @cassette("idle.yaml")
    def test_idle(): pass

    @cassette("test_it/test_owner.yaml")
    def test_intruder():
        ask("one")

    @cassette
    def test_owner():
        ask("one")

    @cassette("Weather.yaml")
    def test_upper():
        ask("one")

    @cassette("weather.yaml")
    def test_lower():
        ask("one")

    @cassette("old.yaml", max_age="90d")
    def test_old():
        ask("one")

    @cassette("leak.yaml")
    def test_leak():
        ask("one")

    @cassette("half.yaml")
    def test_half():
        ask_swallowing("one")

    @cassette("cut.yaml")
    def test_cut():
        ask("one")
    """
TESTS = [
    "test_it.py::test_connects",
    "test_it.py::test_looks_up",
    "test_it.py::test_swallows",
    "test_it.py::test_fixture_asks_outside",
    "test_it.py::test_not_recorded",
]
OF_THE_RUN = {
    ("unplayed", "cassettes/left.yaml", "test_it.py::test_leaves_one"),
    ("no-request", "cassettes/idle.yaml", "test_it.py::test_idle"),
    ("orphan", "other/cassettes/orphan.yaml", ""),
    ("two-writers", "cassettes/test_it/test_owner.yaml", "test_it.py::test_intruder"),
    ("case", "cassettes/weather.yaml", "test_it.py::test_lower"),
    ("age", "cassettes/old.yaml", "test_it.py::test_old"),
    ("secret", "cassettes/leak.yaml", "test_it.py::test_leak"),
    ("incomplete", "cassettes/half.yaml", "test_it.py::test_half"),
    ("cut-answer", "cassettes/cut.yaml", "test_it.py::test_cut"),
}
PAGE = (ROOT / "docs" / "reference" / "ci.md").read_text(encoding="utf-8")
KEY = "sk-ant-api03-" + "aB3dE6gH9j" * 9 + "-aB3dEAA"


@pytest.fixture
def planted(project):
    project.cassette("../other/cassettes/orphan.yaml", "one")
    project.write(other__test_other="def test_plain(): pass\n")
    for name in ("swallowed", "idle", "test_it/test_owner", "Weather", "old", "cut"):
        project.cassette(f"{name}.yaml", "one")
    folder = project.path / "cassettes"
    if (folder / "weather.yaml").exists():
        pytest.skip("this file system does not tell case")
    project.cassette("sound.yaml", "one", "two")
    project.cassette("left.yaml", "one", "two")
    project.cassette("leak.yaml", "one", answer=KEY)
    (folder / "weather.yaml").write_text(cassette_text("one"), encoding="utf-8")
    (folder / "half.yaml").write_text(CUT, encoding="utf-8")
    old = folder / "old.yaml"
    date = "      Date:\n      - Mon, 06 Jan 2020 10:00:00 GMT\n    status"
    old.write_text(old.read_text(encoding="utf-8").replace("    status", date), encoding="utf-8")
    cut = folder / "cut.yaml"
    start = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4o"}
    start["choices"] = [{"index": 0, "delta": {"role": "assistant", "content": "Hel"}}]
    body = f'"data: {json.dumps(start)}\\n\\n"'.replace('"', '\\"')
    body = f'"{body[2:-2]}"'
    url = "https://api.openai.com/v1/chat/completions"
    cut.write_text(
        cassette_text("one", url=url)
        .replace("""'{"answer":"re: one"}'""", body)
        .replace('body: \'{"question":"one"}\'', CHAT)
        .replace("      - application/json\n    status", "      - text/event-stream\n    status"),
        encoding="utf-8",
    )
    project.test(START, SUITE.replace('def test_cut():\n        ask("one")', STREAMED))
    return project


CHAT = """body: '{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}'"""
STREAMED = """def test_cut():
        import httpx
        question = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
        httpx.post("https://api.openai.com/v1/chat/completions", json=question)"""


def test_the_run_reports_the_fourteen_and_no_other(planted):
    result = planted.ci("--llm-report=report.json")

    report = json.loads((planted.path / "report.json").read_text(encoding="utf-8"))
    failed = [test for test, outcome in report["tests"].items() if outcome == "failed"]
    found = [(one["code"], one["file"], one["test"]) for one in report["problems"]]
    assert failed == TESTS
    assert len(failed) + len(errors(result)) == 14
    assert sorted(found) == sorted(OF_THE_RUN)
    assert all(
        one["level"] == "error" and (one["fix"] or ": pytest --" in one["message"])
        for one in report["problems"]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_what_it_says_is_what_the_documentation_shows(planted, monkeypatch):
    monkeypatch.setenv("CI", "true")  # pytest does not cut the lines of its summary there

    result = planted.ci()

    at_tests, of_the_run = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    shown = re.findall(r"^_+ .* _+\n(.*)", section(result, "FAILURES"), re.MULTILINE)
    assert sorted(shown) == sorted(at_tests.splitlines())
    summary = re.findall(r"^ERROR .*", result.stdout.str(), re.MULTILINE)
    assert undated(summary) == undated(of_the_run.splitlines())


def undated(lines):
    """Without the days since then, which every day adds to."""
    return [re.sub(r"\d+ days ago", "days ago", line) for line in lines]
