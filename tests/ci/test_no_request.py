"""In CI, a test with a cassette asks it something."""

from __future__ import annotations

import pytest

from tests.ci.conftest import START, problems

IDLE = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        pass
    """
TOLD = (
    "  test_it.py::test_x: cassettes/a.yaml: the test sent no request that its cassette could "
    "answer. Fix: remove the marker llm_cassette, or find out what answered in its place"
)


def test_a_marked_test_without_a_request_is_an_error(project):
    project.cassette("a.yaml", "one")
    project.test(START, IDLE)

    result = project.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert problems(result) == ["errors:", TOLD]


def test_is_an_error_also_where_another_test_plays_the_file(project):
    project.cassette("a.yaml", "one")
    project.test(START, IDLE, IDLE.replace("test_x", "test_y").replace("pass", 'ask("one")'))

    assert problems(project.ci()) == ["errors:", TOLD]


def test_is_nothing_to_complain_of_elsewhere(project):
    project.cassette("a.yaml")
    project.test(START, IDLE)

    assert problems(project.run()) == []


@pytest.mark.parametrize("end", ["assert False", "pytest.skip()"])
def test_a_test_that_did_not_pass_may_have_meant_to(project, end):
    project.cassette("a.yaml", "one")
    project.test(START, IDLE.replace("pass", end))

    assert problems(project.ci()) == []


def test_a_miss_that_the_test_expects_is_a_request(project):
    project.cassette("a.yaml")
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

    assert problems(project.ci()) == []
