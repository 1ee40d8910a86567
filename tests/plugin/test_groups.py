"""A miss in a group of errors is the test's own business where the test names it."""

from __future__ import annotations

import textwrap

import pytest

from tests.plugin.conftest import section

START = """
    import anyio, asyncio, pytest
    from app import ask_async
    from llmcassette import UnmatchedRequestError

    async def many(task_group):
        async with task_group() as group:
            start = getattr(group, "create_task", None)
            start(ask_async("two")) if start else group.start_soon(ask_async, "two")

    @pytest.mark.llm_cassette("a.yaml")
    """
NAMED = {
    "RaisesGroup": """
        def test_x():
            with pytest.RaisesGroup(UnmatchedRequestError):
                asyncio.run(many(asyncio.TaskGroup))
        """,
    "RaisesGroup of anyio": """
        def test_x():
            with pytest.RaisesGroup(UnmatchedRequestError):
                anyio.run(many, anyio.create_task_group)
        """,
    "RaisesGroup of a RaisesExc": """
        def test_x():
            with pytest.RaisesGroup(pytest.RaisesExc(UnmatchedRequestError, match="two")):
                asyncio.run(many(asyncio.TaskGroup))
        """,
    "except*": """
        def test_x():
            try:
                asyncio.run(many(asyncio.TaskGroup))
            except* UnmatchedRequestError as group:
                assert len(group.exceptions) == 1
        """,
    "in an asynchronous test": """
        @pytest.mark.asyncio
        async def test_x():
            with pytest.RaisesGroup(UnmatchedRequestError):
                await many(asyncio.TaskGroup)
        """,
}
UNNAMED = {
    "raises": """
        def test_x():
            with pytest.raises(BaseExceptionGroup):
                asyncio.run(many(asyncio.TaskGroup))
        """,
    "RaisesGroup of another": """
        def test_x():
            with pytest.raises(BaseExceptionGroup), pytest.RaisesGroup(ValueError):
                asyncio.run(many(asyncio.TaskGroup))
        """,
    "except* of everything": """
        def test_x():
            try:
                asyncio.run(many(asyncio.TaskGroup))
            except* BaseException:
                pass
        """,
    "named by the next test only": """
        def test_x():
            with pytest.raises(BaseExceptionGroup):
                asyncio.run(many(asyncio.TaskGroup))

        def test_y():
            with pytest.RaisesGroup(UnmatchedRequestError):
                raise BaseExceptionGroup("", [UnmatchedRequestError("", request=None)])
        """,
}
needs_raises_group = pytest.mark.skipif(
    not hasattr(pytest, "RaisesGroup"), reason="pytest.RaisesGroup came with pytest 8.4"
)


def run(project, test):
    project.cassette("a.yaml", "one")
    project.test(START, textwrap.indent(textwrap.dedent(test), "    "))
    return project.run()


@needs_raises_group
@pytest.mark.parametrize("how", NAMED)
def test_one_that_is_named_is_the_tests_own_business(project, how):
    run(project, NAMED[how]).assert_outcomes(passed=1)


@needs_raises_group
@pytest.mark.parametrize("how", UNNAMED)
def test_one_that_is_not_named_fails_the_test(project, how):
    result = run(project, UNNAMED[how])

    result.assert_outcomes(failed=1, passed=how.startswith("named"))
    result.stdout.fnmatch_lines(
        ["question changed: no recorded interaction answers this request", "*:*Error"]
    )


@pytest.mark.parametrize("how", ["raises", "except* of everything"])
def test_the_report_says_how_to_name_one(project, how):
    result = run(project, UNNAMED[how])

    assert section(result, "FAILURES").splitlines()[-5:] == [
        "test_it.py:14: UnmatchedRequestError",
        "---------- llmcassette: your code caught this error without naming it ----------",
        "If the test expects this, name it:",
        "  pytest.RaisesGroup(llmcassette.UnmatchedRequestError)",
        "  except* llmcassette.UnmatchedRequestError",
    ]


def test_it_does_not_where_nothing_in_the_test_catches_it(project):
    result = run(
        project,
        """
        def test_x():
            asyncio.run(many(asyncio.TaskGroup))
        """,
    )

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*not named*")


def test_a_group_that_is_named_and_raised_again_fails_the_test_also_under_xfail(project):
    result = run(
        project,
        """
        @pytest.mark.xfail
        def test_x():
            try:
                asyncio.run(many(asyncio.TaskGroup))
            except* UnmatchedRequestError:
                raise
        """,
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["question changed: no recorded interaction answers this request", "*:*Error"]
    )
