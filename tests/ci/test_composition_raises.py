"""Tests that expect an error, and what becomes of their cassettes under the rules of CI."""

from __future__ import annotations

import pytest

from tests.ci.composition import ASKED
from tests.ci.conftest import START, errors, failures, problems, summary

HEAD = START + "    import httpx, llmcassette, unittest\n    from llmcassette import faults\n"
MISS = [
    "question changed: no recorded interaction answers this request",
    "  question",
]
EXPECTED = {
    "pytest.raises": """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x(llm_cassette):
        ask("one")
        with pytest.raises(llmcassette.UnmatchedRequestError) as caught:
            ask("two")
        assert llm_cassette.misses == (caught.value,)
    """,
    "except": """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
        try:
            ask("two")
        except llmcassette.UnmatchedRequestError as miss:
            assert b"two" in miss.request.body
    """,
    "assertRaises": """
    @pytest.mark.llm_cassette("a.yaml")
    class TestX(unittest.TestCase):
        def test_x(self):
            ask("one")
            with self.assertRaises(llmcassette.UnmatchedRequestError):
                ask("two")
    """,
}
UNEXPECTED = {
    "another error": """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
        with pytest.raises(ValueError):
            ask("two")
    """,
    "any Exception, and the miss is none": """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
        with pytest.raises(Exception):
            ask("two")
    """,
    "what the code under test makes of it": """
    def translated(question):
        try:
            return ask(question)
        except BaseException as error:
            raise OSError("the provider is down") from error

    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
        with pytest.raises(OSError, match="down"):
            translated("two")
    """,
}


@pytest.mark.parametrize("how", EXPECTED)
def test_a_miss_that_the_test_expects_is_its_own_business(project, how):
    project.cassette("a.yaml", "one")
    project.test(HEAD, EXPECTED[how])

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert summary(result) == ["replayed 1 interaction from 1 cassette: saved 1.5 s"]
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("how", UNEXPECTED)
def test_a_miss_under_another_expectation_fails_the_test(project, how):
    project.cassette("a.yaml", "one")
    project.test(HEAD, UNEXPECTED[how])

    result = project.ci()

    result.assert_outcomes(failed=1)
    assert failures(result)[:3] == ["test_x", *MISS]
    assert "  pytest --llm-mode=rewrite test_it.py::test_x" in failures(result)
    assert problems(result) == []


def test_a_recorded_error_may_be_expected(project):
    file = project.cassette("a.yaml", "one", "two")
    before, _, after = file.read_text(encoding="utf-8").rpartition("status: 200 OK\n    code: 200")
    file.write_text(
        f"{before}status: 429 Too Many Requests\n    code: 429{after}", encoding="utf-8"
    )
    project.test(
        HEAD,
        """
        from app import URL, client
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask("one")
            with pytest.raises(httpx.HTTPStatusError, match="429"):
                client.post(URL, json={"question": "two"}).raise_for_status()
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert problems(result) == []


def test_a_fault_may_be_expected_and_its_interaction_counts_as_played(project):
    project.cassette("a.yaml", "one")
    project.test(
        HEAD,
        """
        @pytest.mark.llm_cassette("a.yaml", faults=[faults.connect_error()])
        def test_x():
            with pytest.raises(httpx.ConnectError):
                ask("one")
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert problems(result) == []
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("before", ["", 'ask("one")\n            '], ids=["first", "later"])
def test_what_an_expected_error_keeps_from_being_asked_is_left_unplayed(project, before):
    project.cassette("a.yaml", *(["one"] if before else []), "two")
    project.test(
        HEAD,
        f"""
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            {before}with pytest.raises(KeyError):
                {{}}["key"]
                ask("two")
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1, errors=1)
    said = (
        f"1 of 2 interactions was never played (1: {ASKED}). "
        "Fix: pytest --llm-mode=rewrite test_it.py::test_x"
        if before
        else "the test sent no request to its cassette. "
        "Fix: remove the marker llm_cassette, or check whether another mock answered"
    )
    assert errors(result) == [f"test_it.py::test_x: cassettes/a.yaml: {said}"]


def test_a_missing_cassette_may_be_expected(project):
    project.test(
        HEAD,
        """
        def test_x(llm_cassettes):
            with pytest.raises(llmcassette.CassetteError, match="there is no such cassette"):
                with llm_cassettes("missing.yaml"):
                    pass
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert problems(result) == []
