"""``--llm-drift``: every request that the recordings no longer match, in one run."""

from __future__ import annotations

import pytest

from tests.ci.conftest import START, failures, problems

TESTS = """
    import unittest

    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        assert ask("one, reworded") == "re: one"
        assert ask("two, reworded") == "re: two"

    @pytest.mark.llm_cassette("b.yaml")
    class TestIt(unittest.TestCase):
        def test_y(self):
            assert ask("three, reworded") == "re: three"

    @pytest.mark.llm_cassette("c.yaml")
    def test_z():
        ask("four")
    """


@pytest.fixture
def reworded(project):
    project.cassette("a.yaml", "one", "two")
    project.cassette("b.yaml", "three")
    project.cassette("c.yaml", "four")
    project.test(START, TESTS)
    return project


def test_lists_every_difference_by_cassette_without_stopping_at_the_first(reworded):
    result = reworded.run("--llm-drift")

    result.assert_outcomes(passed=1, failed=2)
    assert problems(result) == [
        "requests no longer match 2 cassettes:",
        "  question changed: 2 tests, 2 cassettes",
    ]
    assert failures(result) == [
        "question changed (in 2 tests)",
        "question changed: no recorded interaction answers these 2 tests",
        "  question",
        '    recorded  "one"',
        '    sent      "one{+, reworded+}"',
        "If this change is intentional, re-record:",
        "  pytest --llm-mode=rewrite test_it.py::test_x test_it.py::TestIt::test_y",
        "  test_it.py: test_x, TestIt::test_y",
        "  cassette  cassettes/a.yaml",
        '  sent by   app.py:9: return client.post(url, json={"question": question…',
    ]


def test_without_it_a_test_stops_at_the_first(reworded):
    result = reworded.run()

    result.assert_outcomes(passed=1, failed=2)
    assert problems(result) == []


def test_nothing_is_near_in_an_empty_cassette(project):
    (project.path / "cassettes").mkdir()
    (project.path / "cassettes" / "a.yaml").write_text("---\nversion: 2\ninteractions: []\n")
    project.test(START, TESTS.partition('@pytest.mark.llm_cassette("b.yaml")')[0])

    project.run("--llm-drift").assert_outcomes(failed=1)


def test_says_nothing_where_every_request_matches(project):
    project.cassette("c.yaml", "four")
    project.test(
        START,
        """
        @pytest.mark.llm_cassette("c.yaml")
        def test_z():
            ask("four")
        """,
    )

    result = project.run("--llm-drift")

    result.assert_outcomes(passed=1)
    assert problems(result) == []


def test_cannot_go_with_recording(project):
    project.test("def test_x(): pass")

    result = project.run("--llm-drift", "--llm-record")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert (
        "--llm-drift only replays: it excludes --llm-verify, --llm-record and --llm-mode"
        in result.stderr.str()
    )
