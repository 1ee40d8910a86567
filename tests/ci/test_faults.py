"""Faults laid over a recording, under the rules of CI."""

from __future__ import annotations

import json

from tests.ci.conftest import START, problems


def test_a_test_whose_only_request_was_refused_by_a_fault_has_sent_one(project):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        """
    import httpx
    from llmcassette import faults

    @pytest.mark.llm_cassette("a.yaml", faults=[faults.connect_error()])
    def test_x():
        with pytest.raises(httpx.ConnectError):
            ask("one")
    """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert problems(result) == []


NEVER = """
    import llmcassette
    from llmcassette import faults

    later = [faults.status(429, interaction=7), faults.status(500, interaction=8)]

    @pytest.mark.llm_cassette("a.yaml", faults=later)
    def test_x():
        ask("one")
    """
BY_HAND = """
    def test_y():
        with llmcassette.use_cassette("cassettes/a.yaml", faults=later[:1]):
            ask("one")
    """


def test_faults_that_never_fired_are_counted_as_such(project):
    project.cassette("a.yaml", "one")
    project.test(START, NEVER, BY_HAND)

    result = project.ci("--llm-report=report.json")

    result.assert_outcomes(failed=2)
    assert problems(result) == []
    report = json.loads((project.path / "report.json").read_text(encoding="utf-8"))
    assert (report["totals"]["missed"], report["totals"]["unfired"]) == (0, 3)
    assert [(one["code"], one["test"]) for one in report["problems"]] == [
        ("unfired", "test_it.py::test_x"),
        ("unfired", "test_it.py::test_y"),
    ]
    assert report["missed"] == []
