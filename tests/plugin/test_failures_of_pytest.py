"""In a run an error of llmcassette is a failure of pytest as well, by the same name."""

from __future__ import annotations

import pickle

import pytest

import llmcassette
from conftest_plugin.verdict import failures
from tests.plugin.conftest import section

TESTS = """
    import concurrent.futures, multiprocessing, pytest
    from app import ask
    import llmcassette

    pytestmark = pytest.mark.llm_cassette("a.yaml")
    """


def test_it_is_what_pytest_fail_raises_and_keeps_its_name_and_message(project):
    project.cassette("a.yaml", "one")
    project.test(
        TESTS,
        """
        def test_x():
            with pytest.raises(llmcassette.UnmatchedRequestError) as caught:
                ask("two")
            error = caught.value
            assert isinstance(error, pytest.fail.Exception) and not isinstance(error, Exception)
            assert type(error).__name__ == "UnmatchedRequestError"
            assert error.msg == str(error) == error.report.text()
            assert repr(error).startswith("UnmatchedRequestError('question changed")
        """,
    )

    project.run().assert_outcomes(passed=1)


def test_a_process_pool_hands_one_home(project):
    project.cassette("a.yaml", "one")
    project.test(
        TESTS,
        """
        def test_x():
            fork = multiprocessing.get_context("fork")
            with concurrent.futures.ProcessPoolExecutor(1, fork) as pool:
                with pytest.raises(llmcassette.UnmatchedRequestError, match="no recorded"):
                    pool.submit(ask, "two").result()
        """,
    )

    project.run("-Wignore::DeprecationWarning").assert_outcomes(passed=1)


@pytest.mark.parametrize("kind", ["ReplayError", "UnmatchedRequestError", "BlockedHostError"])
def test_each_kind_is_one_importable_class(kind):
    library = getattr(llmcassette, kind)
    request = {"request": None} if kind == "UnmatchedRequestError" else {}
    one, other = (library("a message", path="a.yaml", **request) for _ in range(2))
    failures.make_failure(one)
    failures.make_failure(other)

    assert type(one) is type(other) is getattr(failures, kind)
    again = pickle.loads(pickle.dumps(one))
    assert (type(again), str(again), vars(again)) == (type(one), "a message", vars(one))


GROUP = """
    import asyncio
    from app import ask_async

    async def both():
        async with asyncio.TaskGroup() as group:
            group.create_task(ask_async("two"))
            group.create_task(failing())

    async def failing():
        raise OSError("the disk")

    @pytest.fixture(scope="module")
    def answer(llm_cassettes):
        with llm_cassettes("a.yaml"):
            FIXTURE

    def test_x(answer): pass
    def test_y(answer): pass
    """
FIXTURES = {"set-up": "asyncio.run(both())", "teardown": "yield; asyncio.run(both())"}


@pytest.mark.parametrize("phase", FIXTURES)
def test_a_group_of_a_synchronous_fixture_is_one_error_that_pytest_remembers(project, phase):
    project.cassette("a.yaml", "one")
    project.test(TESTS.rpartition("\n\n")[0], GROUP.replace("FIXTURE", FIXTURES[phase]))

    result = project.run()

    told = section(result, "ERRORS").splitlines()
    if phase == "set-up":
        result.assert_outcomes(errors=2)
    else:
        result.assert_outcomes(passed=2, errors=1)
    assert told[1] == "question changed: no recorded interaction answers this request"
    assert told[-3:] == [
        "--------------------- llmcassette: the test itself raised ----------------------",
        "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
        "  OSError: the disk",
    ]
