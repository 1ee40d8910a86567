"""A session's cassette in several workers: each plays a part, and the verdict is over all."""

from __future__ import annotations

import sys

import pytest

from tests.ci.conftest import START, errors, problems
from tests.plugin.test_recording import questions

pytest.importorskip("xdist")

CONFTEST = """
    import pytest
    from app import ask

    @pytest.fixture(scope="session")
    def index(llm_cassettes):
        with llm_cassettes("index.yaml"):
            ask("index")
            yield
    """
TESTS = """
    @pytest.mark.parametrize("question", QUESTIONS)
    def test_it(index, question):
        ask(question)
    """
ASKED = ["a", "b", "c", "d"]


@pytest.fixture
def suite(project):
    """A file a worker, in the way of ``loadfile``: neither plays what the other does."""
    project.write(conftest=CONFTEST)
    for name, part in (("test_1", ASKED[:2]), ("test_2", ASKED[2:])):
        project.write(**{name: f"{START}{TESTS}".replace("QUESTIONS", repr(part))})
    return project


def in_two(project, *options):
    return project.run_apart("-n", "2", "--dist=loadfile", *options)


def test_all_workers_together_play_it_to_its_end(suite):
    suite.cassette("index.yaml", "index", *ASKED)

    result = in_two(suite, "--llm-ci", "-v")

    result.assert_outcomes(passed=4)
    workers = {line[:5] for line in result.outlines if line.startswith("[gw")}
    assert workers == {"[gw0]", "[gw1]"}
    assert problems(result) == []
    assert result.ret == pytest.ExitCode.OK


def test_what_no_worker_plays_is_an_error_at_the_end_of_the_run(suite):
    suite.cassette("index.yaml", "index", *ASKED, "never")

    result = in_two(suite, "--llm-ci")

    result.assert_outcomes(passed=4, errors=1)
    assert errors(result) == [
        "cassettes/index.yaml: 1 of 6 interactions was never played "
        "(5: POST https://api.example.com/v1/ask); opened by the fixture index. "
        "Fix: pytest --llm-report=llm.json; "
        "llmcassette prune --report llm.json cassettes/index.yaml",
    ]
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("mode", ["--llm-record", "--llm-mode=new_episodes", "--llm-mode=rewrite"])
def test_workers_record_into_it_together(suite, live, mode):
    if mode == "--llm-mode=rewrite":
        suite.cassette("index.yaml", "old")

    in_two(suite, mode).assert_outcomes(passed=4)

    assert sorted(questions(suite.path / "cassettes" / "index.yaml")) == [*ASKED, "index"]
    result = suite.ci()
    result.assert_outcomes(passed=4)
    assert problems(result) == []


def test_equal_questions_of_several_workers_each_play_the_first(suite):
    for name in ("test_1", "test_2"):
        suite.write(**{name: f"{START}{TESTS}".replace("QUESTIONS", "['same']")})
    suite.cassette("index.yaml", "index", "same", "same")

    result = in_two(suite, "--llm-ci", "--llm-report=report.json")

    result.assert_outcomes(passed=2)
    assert problems(result) == []
    held = (suite.path / "cassettes" / "index.yaml").read_bytes()
    run = suite.pytester.run(
        sys.executable, "-m", "llmcassette", "prune", "--report=report.json", "cassettes"
    )
    assert run.ret == 0
    assert (suite.path / "cassettes" / "index.yaml").read_bytes() == held


def test_an_equal_question_that_one_process_never_asked_again_is_unplayed(suite):
    suite.write(test_1=f"{START}{TESTS}".replace("QUESTIONS", "['same']"))
    (suite.path / "test_2.py").unlink()
    suite.cassette("index.yaml", "index", "same", "same")

    result = suite.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "1 of 3 interactions was never played (2: POST" in "\n".join(errors(result))
