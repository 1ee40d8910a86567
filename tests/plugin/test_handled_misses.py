"""A miss that a test handles is its own business, where the test names it."""

from __future__ import annotations

import textwrap

import pytest

from tests.plugin.conftest import section
from tests.plugin.test_verdict import START

HANDLED = {
    "with pytest.raises": """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(llm_cassette):
            with pytest.raises(llmcassette.UnmatchedRequestError):
                ask("two")
            assert len(llm_cassette.misses) == 1
        """,
    "by what it says": """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            with pytest.raises(BaseException, match="no recorded interaction"):
                ask("two")
        """,
    "in an async test": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.asyncio
        async def test_x():
            with pytest.raises(llmcassette.UnmatchedRequestError):
                await ask_async("two")
        """,
    "in an anyio test": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.anyio
        async def test_x():
            with pytest.raises(llmcassette.UnmatchedRequestError):
                await ask_async("two")
        """,
    "in unittest": """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX(unittest.TestCase):
            def test_x(self):
                with self.assertRaises(llmcassette.UnmatchedRequestError):
                    ask("two")
                with self.assertRaises(BaseException):
                    int("x")
        """,
    "in a helper of the test's file": """
        def refused(question):
            with pytest.raises(llmcassette.UnmatchedRequestError):
                ask(question)
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            refused("two")
        """,
    "under a decorator": """
        import functools
        def decorated(function):
            @functools.wraps(function)
            def wrapper():
                function()
            return wrapper
        @pytest.mark.llm_cassette("a.yaml")
        @decorated
        def test_x():
            with pytest.raises(llmcassette.UnmatchedRequestError):
                ask("two")
        """,
    "under hypothesis": """
        from hypothesis import given, settings, strategies
        @pytest.mark.llm_cassette("a.yaml")
        @settings(max_examples=1, database=None)
        @given(strategies.just("two"))
        def test_x(question):
            with pytest.raises(llmcassette.UnmatchedRequestError):
                ask(question)
        """,
}


@pytest.mark.parametrize("how", HANDLED)
def test_a_miss_that_the_test_function_handles_is_its_own_business(project, how):
    project.cassette("a.yaml", "one")
    project.test(START, HANDLED[how])

    result = project.run()

    outcomes = result.parseoutcomes()
    assert outcomes.pop("passed") >= 1
    assert not {"failed", "errors", "skipped"} & set(outcomes)


NAME_IT = [
    "---------- llmcassette: your code caught this error without naming it ----------",
    "If the test expects this, name it:",
    "  pytest.raises(llmcassette.UnmatchedRequestError)",
    "  except llmcassette.UnmatchedRequestError",
]
SWALLOWED_THERE = {
    "base exception": """
        try:
            ask("two")
        except BaseException:
            pass
        """,
    "bare": """
        try:
            ask("two")
        except:
            pass
        """,
    "suppressed": """
        with contextlib.suppress(BaseException):
            ask("two")
        """,
    "raises": """
        with pytest.raises(BaseException):
            ask("two")
        """,
    "raises, one of several": """
        with pytest.raises(expected_exception=(ValueError, BaseException)):
            ask("two")
        """,
    "raises a failure of pytest": """
        with pytest.raises(pytest.fail.Exception):
            ask("two")
        """,
    "raises a failure of pytest by another name": """
        from _pytest.outcomes import Failed
        with pytest.raises(Failed):
            ask("two")
        """,
    "beside one that expects": """
        with pytest.raises(ValueError):
            int("x")
        try:
            ask("two")
        except BaseException:
            pass
        """,
}


@pytest.mark.parametrize("how", SWALLOWED_THERE)
def test_a_miss_that_the_test_function_catches_unnamed_fails_it(project, how):
    project.cassette("a.yaml", "one")
    body = textwrap.indent(textwrap.dedent(SWALLOWED_THERE[how]), "    ")
    project.test(
        START,
        f"import contextlib\n@pytest.mark.llm_cassette('a.yaml')\ndef test_x():\n{body}",
    )

    result = project.run()

    result.assert_outcomes(failed=1)
    assert section(result, "FAILURES").splitlines()[-4:] == NAME_IT


def test_a_miss_that_assert_raises_catches_unnamed_fails_it_too(project):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        """
    @pytest.mark.llm_cassette("a.yaml")
    class TestX(unittest.TestCase):
        def test_x(self):
            with self.assertRaises(BaseException):
                ask("two")
    """,
    )

    result = project.run()

    result.assert_outcomes(failed=1)
    assert section(result, "FAILURES").splitlines()[-4:] == NAME_IT


def test_a_miss_that_a_name_of_the_tests_own_stands_for_fails_it(project):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        """
    EXPECTED = llmcassette.UnmatchedRequestError

    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        with pytest.raises(EXPECTED):
            ask("two")
    """,
    )

    project.run().assert_outcomes(failed=1)


def test_a_miss_that_an_except_names_is_its_own_business(project):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        try:
            ask("two")
        except llmcassette.UnmatchedRequestError as error:
            assert "two" in str(error)
    """,
    )

    project.run().assert_outcomes(passed=1)


def test_a_failure_after_a_handled_miss_is_told_as_it_is(project):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        with pytest.raises(llmcassette.UnmatchedRequestError):
            ask("two")
        assert 1 == 2
    """,
    )

    result = project.run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E       assert 1 == 2"])
    result.stdout.no_fnmatch_line("*no recorded interaction*")
