"""pytest started outside of its root folder: what it says can be pasted there."""

from __future__ import annotations

import json

import pytest

from tests.ci.conftest import START, errors, problems

SUITE = """
    @pytest.mark.llm_cassette("own.yaml")
    def test_own():
        ask("one")

    @pytest.mark.llm_cassette("shared.yaml")
    @pytest.mark.parametrize("question", ["one", "two"])
    def test_shared(question):
        ask(question)
    """


@pytest.fixture
def suite(project):
    """A project whose root folder holds a folder of tests."""
    project.ini("testpaths = tests")
    project.write(tests__test_it=f"{START}{SUITE}")
    for name in ("own", "shared", "orphan"):
        project.cassette(f"../tests/cassettes/{name}.yaml", "one", "two", "three")
    return project


@pytest.mark.parametrize(
    ("folder", "seen"), [(".", "tests/"), ("tests", ""), ("docs", "../tests/")]
)
def test_lines_name_files_and_tests_as_they_are_seen_from_there(suite, monkeypatch, folder, seen):
    (suite.path / "docs").mkdir()
    monkeypatch.chdir(suite.path / folder)

    result = suite.ci("--llm-report=report.json", str(suite.path))

    one, two = (f"{seen}test_it.py::test_shared[{name}]" for name in ("one", "two"))
    assert errors(result) == [
        f"{seen}cassettes/orphan.yaml: no test opens this cassette. "
        f"Fix: rm {seen}cassettes/orphan.yaml",
        f"{seen}test_it.py::test_own: {seen}cassettes/own.yaml: "
        "2 of 3 interactions were never played "
        "(1: POST https://api.example.com/v1/ask; 2: POST https://api.example.com/v1/ask). "
        f"Fix: pytest --llm-mode=rewrite {seen}test_it.py::test_own",
        f"{one}, {two}: {seen}cassettes/shared.yaml: 1 of 3 interactions was never played "
        "(2: POST https://api.example.com/v1/ask). "
        f"Fix: pytest --llm-mode=rewrite '{one}' '{two}'",
    ]
    report = json.loads((suite.path / folder / "report.json").read_text(encoding="utf-8"))
    assert [(one["file"], one["test"]) for one in report["problems"]] == [
        ("tests/cassettes/orphan.yaml", ""),
        ("tests/cassettes/own.yaml", "tests/test_it.py::test_own"),
        (
            "tests/cassettes/shared.yaml",
            "tests/test_it.py::test_shared[one], tests/test_it.py::test_shared[two]",
        ),
    ]
    assert report["problems"][0]["fix"] == "rm tests/cassettes/orphan.yaml"


def test_what_no_longer_matches_is_told_by_its_cause(suite, monkeypatch):
    suite.write(tests__test_it=f"{START}{SUITE}".replace('ask("one")', 'ask("another")'))
    monkeypatch.chdir(suite.path / "tests")

    lines = problems(suite.run("--llm-drift", str(suite.path)))

    assert lines[-2:] == [
        "requests no longer match 1 cassette:",
        "  question changed: 1 test, 1 cassette",
    ]
