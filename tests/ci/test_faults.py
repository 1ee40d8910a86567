"""Faults laid over a recording, under the rules of CI."""

from __future__ import annotations

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
