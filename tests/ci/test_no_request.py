"""In CI, a test with a cassette asks it something."""

from __future__ import annotations

import pytest

from tests.ci.conftest import START, errors, problems, summary

IDLE = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        pass
    """
EMPTY = "version: 2\ninteractions: []\n"
SAID = (
    "test_it.py::test_x: cassettes/a.yaml: the test sent no request to its cassette. "
    "Fix: remove the marker llm_cassette, or check whether another mock answered"
)


def test_a_marked_test_without_a_request_is_an_error(project):
    project.cassette("a.yaml", "one")
    project.test(START, IDLE)

    result = project.ci()

    result.assert_outcomes(passed=1, errors=1)
    assert errors(result) == [SAID]
    assert summary(result) == []


def test_is_an_error_also_where_another_test_plays_the_file(project):
    project.cassette("a.yaml", "one")
    project.test(START, IDLE, IDLE.replace("test_x", "test_y").replace("pass", 'ask("one")'))

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert errors(result) == [SAID]


def test_what_idle_tests_leave_unplayed_is_not_told_besides(project):
    project.cassette("a.yaml", "one")
    project.test(START, IDLE, IDLE.replace("test_x", "test_y"))

    assert errors(project.ci()) == [SAID, SAID.replace("test_x", "test_y")]


def test_an_empty_cassette_is_no_excuse(project):
    project.cassette("a.yaml").write_text(EMPTY, encoding="utf-8")
    project.test(START, IDLE)

    assert errors(project.ci()) == [SAID]


def test_is_nothing_to_complain_of_elsewhere(project):
    project.cassette("a.yaml", "one")
    project.test(START, IDLE)

    result = project.run()

    result.assert_outcomes(passed=1)
    assert "sent no request" not in result.stdout.str()


@pytest.mark.parametrize("end", ["assert False", "pytest.skip()"])
def test_a_test_that_did_not_pass_may_have_meant_to(project, end):
    project.cassette("a.yaml", "one")
    project.test(START, IDLE.replace("pass", end))

    result = project.ci()

    assert errors(result) == problems(result) == []


def test_a_miss_that_the_test_expects_is_a_request(project):
    project.cassette("a.yaml").write_text(EMPTY, encoding="utf-8")
    project.test(
        START,
        """
        import llmcassette
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            with pytest.raises(llmcassette.UnmatchedRequestError):
                ask("two")
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert problems(result) == []
