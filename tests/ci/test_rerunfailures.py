"""pytest-rerunfailures: what counts is the last attempt of each test, and it counts once."""

from __future__ import annotations

import json

import pytest

from tests.ci.conftest import START, errors, problems, summary

pytest.importorskip("pytest_rerunfailures")

FLAKY = """
    import pathlib

    def attempt(name):
        made = pathlib.Path(name)
        made.write_text(made.read_text() + "x" if made.exists() else "x")
        return len(made.read_text())

    @pytest.mark.llm_cassette
    def test_own():
        ask("one")
        assert attempt("own") > 1
        ask("two")

    @pytest.mark.llm_cassette("shared.yaml")
    def test_shared():
        ask("one")
        assert attempt("shared") > 1

    @pytest.mark.llm_cassette("shared.yaml")
    def test_steady():
        ask("two")
    """
WAYS = [("-pno:xdist",), ("-n", "2")]


@pytest.fixture
def project(project):
    project.without.remove("rerunfailures")
    project.cassette("test_it/test_own.yaml", "one", "two")
    project.cassette("shared.yaml", "one", "two")
    project.test(START, FLAKY)
    return project


def verdict(project, *options):
    """A run from the start, in which a test may be run a second time, and its report."""
    for name in ("own", "shared"):
        (project.path / name).unlink(missing_ok=True)
    result = project.run("--reruns=1", "--llm-report=report.json", *options)
    return result, json.loads((project.path / "report.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("way", WAYS, ids=["alone", "two workers"])
def test_one_that_passes_at_last_is_judged_by_that_alone(project, monkeypatch, way):
    monkeypatch.setenv("CI", "true")

    result, report = verdict(project, *way)

    result.assert_outcomes(passed=3)
    assert result.parseoutcomes()["rerun"] == 2
    assert summary(result) == ["replayed 4 interactions from 2 cassettes: saved 6.0 s"]
    assert report["ci"] is True
    assert report["problems"] == report["missed"] == []
    assert set(report["tests"].values()) == {"passed"}
    assert {path: use["played"] for path, use in report["cassettes"].items()} == {
        "cassettes/shared.yaml": [0, 1],
        "cassettes/test_it/test_own.yaml": [0, 1],
    }


@pytest.mark.parametrize("way", WAYS, ids=["alone", "two workers"])
def test_what_only_a_failed_attempt_played_is_unplayed(project, way):
    project.test(
        START,
        FLAKY.replace('ask("one")\n        assert attempt("shared") > 1', SECOND_ATTEMPT_ASKS_LESS),
    )

    result, report = verdict(project, "--llm-ci", *way)

    result.assert_outcomes(passed=3, errors=1)
    assert errors(result) == [
        "test_it.py::test_shared, test_it.py::test_steady: cassettes/shared.yaml: "
        "1 of 2 interactions was never played (0: POST https://api.example.com/v1/ask). "
        "Fix: pytest --llm-mode=rewrite test_it.py::test_shared test_it.py::test_steady",
    ]
    assert [one["code"] for one in report["problems"]] == ["unplayed"]


SECOND_ATTEMPT_ASKS_LESS = """if attempt("shared") == 1:
            ask("one")
            raise ValueError
        ask("two")"""


@pytest.mark.parametrize("way", WAYS, ids=["alone", "two workers"])
def test_what_the_last_attempt_left_is_told_once(project, way):
    project.cassette("test_it/test_own.yaml", "one", "two", "three")

    result, report = verdict(project, "--llm-ci", *way)

    said = (
        "test_it.py::test_own: cassettes/test_it/test_own.yaml: "
        "1 of 3 interactions was never played (2: POST https://api.example.com/v1/ask). "
        "Fix: pytest --llm-mode=rewrite test_it.py::test_own"
    )
    result.assert_outcomes(passed=3, errors=1)
    assert errors(result) == [said]
    assert [one["test"] for one in report["problems"]] == ["test_it.py::test_own"]


def test_a_miss_that_comes_again_is_told_once(project):
    project.test(START, FLAKY.replace('ask("two")\n\n', 'ask_swallowing("three")\n\n'))

    result, report = verdict(project, "--llm-ci", "--reruns=2")

    result.assert_outcomes(passed=2, failed=1)
    assert problems(result) == []
    assert [(one["test"], one["cassette"]) for one in report["missed"]] == [
        ("test_it.py::test_own", "cassettes/test_it/test_own.yaml")
    ]


def test_an_attempt_that_passes_has_its_recording_saved(project, httpserver_url):
    project.test(
        START,
        FLAKY.replace('ask("one")', f'ask("one", {httpserver_url!r})').replace(
            'ask("two")', f'ask("two", {httpserver_url!r})'
        ),
    )
    (project.path / "cassettes" / "test_it" / "test_own.yaml").unlink()

    result, _ = verdict(project, "--llm-record", "-k", "test_own")

    result.assert_outcomes(passed=1, deselected=2)
    assert summary(result) == [
        "recorded 2 interactions into 1 cassette:",
        "  cassettes/test_it/test_own.yaml",
    ]


def test_the_cassette_of_a_module_fixture_counts_whichever_attempt_set_it_up(project):
    project.cassette("index.yaml", "index")
    project.test(
        START,
        "import llmcassette\n",
        """
        @pytest.fixture(scope="module")
        def index():
            with llmcassette.use_cassette("cassettes/index.yaml"):
                return ask("index")
        """,
        FLAKY.replace("def test_shared()", "def test_shared(index)"),
    )

    result, report = verdict(project, "--llm-ci")

    result.assert_outcomes(passed=3)
    assert problems(result) == []
    assert report["cassettes"]["cassettes/index.yaml"]["played"] == [0]
    assert report["cassettes"]["cassettes/index.yaml"]["tests"] == {"": ["asked", "opened"]}


LEAVING_OPEN = """
    import contextlib, llmcassette
    stack = contextlib.ExitStack()
    attempts = []

    @pytest.fixture
    def failing_once():
        yield
        assert len(attempts) > 1

    def test_x(failing_once):
        attempts.append(1)
        cassette = llmcassette.use_cassette("cassettes/shared.yaml")
        if len(attempts) == 1:
            stack.enter_context(cassette)
            ask("one")
        else:
            with cassette:
                ask("one"), ask("two")
    """


def test_what_an_attempt_left_open_is_not_told_of_the_next(project):
    project.test(START, LEAVING_OPEN)

    result, report = verdict(project, "--llm-ci")

    result.assert_outcomes(passed=2, errors=1)  # in the call, both attempts
    assert [one["code"] for one in report["problems"]] == ["orphan"]
