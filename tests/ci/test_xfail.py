"""A test that is expected to fail, and what is found in its cassette when it passes."""

from __future__ import annotations

import pytest

from tests.ci.conftest import START, errors, failures, problems, summary

ONE_LEFT = """
    @pytest.mark.xfail(HOW)
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
    """
IDLE = ONE_LEFT.replace('ask("one")', "pass")
MISSING = ONE_LEFT.replace('ask("one")', 'ask_swallowing("three")')
FAILING = f"{ONE_LEFT}    raise ValueError\n"
SAID = (
    "test_it.py::test_x: cassettes/a.yaml: 1 of 2 interactions was never played "
    "(1: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite test_it.py::test_x"
)
NOTHING_SENT = (
    "test_it.py::test_x: cassettes/a.yaml: the test sent no request to its cassette. "
    "Fix: remove the marker llm_cassette, or check whether another mock answered"
)
PLAYED_ONE = "replayed 1 interaction from 1 cassette: saved 1.5 s"


def written(project, test, how=""):
    project.cassette("a.yaml", "one", "two")
    project.test(START, test.replace("HOW", how))
    return project


@pytest.mark.parametrize("how", ["", "strict=False", "raises=ValueError", "reason='slow'"])
def test_what_one_that_passes_left_is_an_error_of_the_run(project, how):
    result = written(project, ONE_LEFT, how).ci()

    result.assert_outcomes(xpassed=1, errors=1)
    assert errors(result) == [SAID]
    assert summary(result) == [PLAYED_ONE]


def test_that_one_that_passes_sent_nothing_is_an_error_of_the_run(project):
    result = written(project, IDLE).ci()

    result.assert_outcomes(xpassed=1, errors=1)
    assert errors(result) == [NOTHING_SENT]
    assert summary(result) == []


@pytest.mark.parametrize("how", ["", "strict=True", "raises=ValueError"])
def test_one_that_passes_fails_by_its_miss(project, how):
    result = written(project, MISSING, how).ci()

    result.assert_outcomes(failed=1)
    assert failures(result)[:2] == [
        "test_x",
        "question changed: no recorded interaction answers this request",
    ]
    assert failures(result)[-1] == "test_it.py:7: UnmatchedRequestError"
    assert problems(result) == []


@pytest.mark.parametrize("test", [ONE_LEFT, IDLE], ids=["unplayed", "no request"])
def test_one_that_pytest_fails_for_passing_fails_by_that_alone(project, test):
    result = written(project, test, "strict=True, reason='known'").ci()

    result.assert_outcomes(failed=1)
    assert failures(result) == ["test_x", "[XPASS(strict)] known"]
    assert problems(result) == []


def test_the_project_may_say_strict(project):
    project.ini("xfail_strict = true")

    result = written(project, ONE_LEFT).ci()

    assert failures(result) == ["test_x", "[XPASS(strict)] "]


def test_what_a_strict_one_left_is_an_error_where_xfail_is_switched_off(project):
    result = written(project, ONE_LEFT, "strict=True").ci("--runxfail")

    result.assert_outcomes(passed=1, errors=1)
    assert errors(result) == [SAID]


def test_a_condition_that_is_not_met_expects_nothing(project):
    result = written(project, ONE_LEFT, "False, reason='never', strict=True").ci()

    assert errors(result) == [SAID]


def test_a_mark_that_the_test_gives_itself_counts_as_well(project):
    project.cassette("a.yaml", "one", "two")
    project.test(
        START,
        """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(request):
            ask("one")
            request.node.add_marker(pytest.mark.xfail(strict=True, reason="late"))
        """,
    )

    assert failures(project.ci()) == ["test_x", "[XPASS(strict)] late"]


@pytest.mark.parametrize("how", ["", "strict=True", "raises=ValueError"])
def test_one_that_fails_as_expected_is_as_pytest_has_it(project, how):
    result = written(project, FAILING, how).ci()

    result.assert_outcomes(xfailed=1)
    assert result.ret == pytest.ExitCode.OK
    assert summary(result) == [PLAYED_ONE]


def test_one_that_fails_by_another_error_fails_by_that_alone(project):
    result = written(project, FAILING, "raises=KeyError").ci()

    result.assert_outcomes(failed=1)
    assert failures(result)[-2:] == ["E       ValueError", "test_it.py:8: ValueError"]
    assert problems(result) == []


def test_one_that_is_not_run_leaves_nothing(project):
    result = written(project, ONE_LEFT, "run=False").ci()

    result.assert_outcomes(xfailed=1)
    assert result.ret == pytest.ExitCode.OK
    assert summary(result) == []


def test_one_that_says_so_on_its_way_leaves_nothing(project):
    project.cassette("a.yaml", "one", "two")
    project.test(
        START,
        """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask("one")
            pytest.xfail("known")
        """,
    )

    result = project.ci()

    result.assert_outcomes(xfailed=1)
    assert result.ret == pytest.ExitCode.OK
    assert summary(result) == [PLAYED_ONE]


def test_outside_of_ci_what_one_that_passes_left_is_a_warning(project):
    result = written(project, ONE_LEFT).run()

    result.assert_outcomes(xpassed=1)
    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == ["warnings:", f"  {SAID}"]
