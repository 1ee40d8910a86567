"""A test whose cassette could not answer has failed, whatever became of the error."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from tests.plugin.conftest import section

START = """
    import asyncio, contextlib, threading, unittest
    import anyio, httpx, llmcassette, pytest
    from app import ask, ask_async, ask_swallowing
"""

SWALLOWED = {
    "by the code under test": """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask_swallowing("two")
        """,
    "in a gather that returns exceptions": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.asyncio
        async def test_x():
            await asyncio.gather(ask_async("two"), return_exceptions=True)
        """,
    "in a task group of asyncio": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.asyncio
        async def test_x():
            async with asyncio.TaskGroup() as group:
                group.create_task(ask_async("two"))
        """,
    "in a task group of anyio": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["trio"])
        async def test_x(anyio_backend):
            async with anyio.create_task_group() as group:
                group.start_soon(ask_async, "two")
        """,
    "in a thread": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
        def test_x():
            thread = threading.Thread(target=ask, args=["two"])
            thread.start()
            thread.join()
        """,
    "by xfail": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.xfail
        def test_x():
            ask("two")
        """,
    "by a strict xfail": """
        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.xfail(strict=True)
        def test_x():
            ask("two")
        """,
    "by pytest.xfail": """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask_swallowing("two")
            pytest.xfail("known")
        """,
    "by a skip": """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask_swallowing("two")
            pytest.skip("not today")
        """,
    "by a skip in an except clause": """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            try:
                ask("two")
            except BaseException:
                pytest.skip("not today")
        """,
    "in a fixture's set-up": """
        @pytest.fixture
        def answer():
            return ask_swallowing("two")
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(answer):
            pass
        """,
    "in unittest": """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX(unittest.TestCase):
            def test_x(self):
                ask_swallowing("two")
        """,
    "in unittest, then skipped": """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX(unittest.TestCase):
            def test_x(self):
                ask_swallowing("two")
                self.skipTest("not today")
        """,
    "in an expected failure of unittest": """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX(unittest.TestCase):
            @unittest.expectedFailure
            def test_x(self):
                ask("two")
        """,
    "in an asynchronous unittest": """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX(unittest.IsolatedAsyncioTestCase):
            async def test_x(self):
                await asyncio.gather(ask_async("two"), return_exceptions=True)
        """,
    "inside use_cassette in an unmarked test": """
        def test_x():
            with llmcassette.use_cassette("cassettes/a.yaml"):
                ask_swallowing("two")
        """,
    "by hypothesis's own except": """
        from hypothesis import given, settings, strategies
        @pytest.mark.llm_cassette("a.yaml")
        @settings(max_examples=1, database=None)
        @given(strategies.just("two"))
        def test_x(question):
            ask_swallowing(question)
        """,
}


@pytest.mark.parametrize("how", SWALLOWED)
def test_fails_by_a_miss_swallowed(project, how):
    project.cassette("a.yaml", "one")
    project.test(START, SWALLOWED[how])

    result = project.run()

    result.assert_outcomes(failed=1)
    lines = section(result, "FAILURES").splitlines()
    assert lines[1] == "question changed: no recorded interaction answers this request"
    assert re.fullmatch(r"test_it\.py:\d+: UnmatchedRequestError", located(lines))
    result.stdout.fnmatch_lines(["FAILED test_it.py::*test_x* - question changed: no recorded*"])


def located(lines):
    """The first line that names a place."""
    return next(line for line in lines if re.match(r"\S+\.py:\d+: ", line))


def shortened(text):
    """With the first line of each miss only, which others test."""
    return re.sub(
        r"(question changed: no recorded interaction answers this request)\n.*?\n(?=\S+\.py:\d+: )",
        r"\1 [...]\n",
        text,
        flags=re.DOTALL,
    )


def test_names_the_line_of_the_test_that_the_request_came_from(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask_swallowing

        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask_swallowing("one")
            helper()
            assert True

        def helper():
            ask_swallowing("two")
        """)

    failures = section(project.run(), "FAILURES")

    assert shortened(failures).splitlines()[1:] == [
        "question changed: no recorded interaction answers this request [...]",
        "test_it.py:11: UnmatchedRequestError",
    ]


def test_where_the_request_came_from_a_thread_names_the_test(project):
    project.cassette("a.yaml", "one")
    project.test(START, SWALLOWED["in a thread"])

    failures = section(project.run(), "FAILURES")

    assert located(failures.splitlines()) == "test_it.py:5: UnmatchedRequestError"


def test_the_miss_leads_and_what_the_test_ended_with_follows(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask_swallowing

        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            answer = ask_swallowing("two")
            assert answer == "re: two"
        """)

    result = project.run()

    assert shortened(section(result, "FAILURES")) == (
        "____________________________________ test_x ____________________________________\n"
        "question changed: no recorded interaction answers this request [...]\n"
        "test_it.py:6: UnmatchedRequestError\n"
        "--------------------- llmcassette: the test itself raised ----------------------\n"
        "test_it.py:7: in test_x\n"
        '    assert answer == "re: two"\n'
        "E   AssertionError: assert None == 're: two'"
    )
    assert section(result, "short test summary info") == (
        "FAILED test_it.py::test_x - question changed: no recorded interaction answers..."
    )


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("pytest.skip('not today')", "pytest.skip: not today"),
        ("pytest.xfail('known')", "pytest.xfail: known"),
    ],
)
def test_says_that_the_test_meant_to_skip(project, end, told):
    project.cassette("a.yaml", "one")
    project.test(f"""
        import pytest
        from app import ask_swallowing

        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask_swallowing("two")
            {end}
        """)

    assert shortened(section(project.run(), "FAILURES")).splitlines()[2:] == [
        "test_it.py:6: UnmatchedRequestError",
        "--------------------- llmcassette: the test itself raised ----------------------",
        told,
    ]


def test_the_way_through_the_sdk_is_not_shown(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask

        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask("two")
        """)

    result = project.run()

    assert shortened(section(result, "FAILURES")).splitlines()[1:] == [
        "question changed: no recorded interaction answers this request [...]",
        "test_it.py:6: UnmatchedRequestError",
    ]
    result.stdout.no_fnmatch_line("*httpx/*")


def test_tells_every_miss(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask, ask_swallowing

        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask_swallowing("two")
            ask("three")
        """)

    result = project.run("--show-capture=no")

    assert shortened(section(result, "FAILURES")) == (
        "____________________________________ test_x ____________________________________\n"
        "question changed: no recorded interaction answers this request [...]\n"
        "test_it.py:6: UnmatchedRequestError\n"
        "-------------------------- llmcassette: another error --------------------------\n"
        "question changed: no recorded interaction answers this request [...]\n"
        "test_it.py:7: UnmatchedRequestError"
    )


def test_a_group_is_told_without_the_misses_it_holds(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import asyncio, pytest
        from app import ask_async

        async def broken():
            raise ValueError("something else")

        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.asyncio
        async def test_x():
            async with asyncio.TaskGroup() as group:
                group.create_task(ask_async("two"))
                group.create_task(broken())
        """)

    assert shortened(section(project.run(), "FAILURES")).splitlines()[1:] == [
        "question changed: no recorded interaction answers this request [...]",
        "test_it.py:7: UnmatchedRequestError",
        "--------------------- llmcassette: the test itself raised ----------------------",
        "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
        "  ValueError: something else",
    ]


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 9 brings subtests")
def test_subtests_are_judged_one_by_one(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask_swallowing

        @pytest.mark.llm_cassette("a.yaml")
        def test_x(subtests):
            for question in ["one", "two"]:
                with subtests.test(question):
                    ask_swallowing(question)
        """)

    result = project.run()

    result.stdout.fnmatch_lines(["SUBFAILED[[]two[]] test_it.py::test_x - question changed*"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_exitfirst_stops_at_a_swallowed_miss(project):
    project.cassette("a.yaml", "one")
    project.test(START, SWALLOWED["by the code under test"], "def test_z(): pass")

    result = project.run("-x")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*stopping after 1 failures*"])


def test_last_failed_runs_a_test_that_failed_by_a_swallowed_miss(project):
    project.cassette("a.yaml", "one")
    project.test(START, SWALLOWED["by the code under test"], "def test_z(): pass")
    project.without.remove("cacheprovider")
    run = project.run

    run().assert_outcomes(passed=1, failed=1)
    result = run("--lf")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*run-last-failure: rerun previous 1 failure*"])


def test_the_debugger_opens_at_a_swallowed_miss(project):
    project.cassette("a.yaml", "one")
    project.test(START, SWALLOWED["by the code under test"])
    project.write(
        debugger="""
            class Debugger:
                quitting = False
                def __init__(self, *args, **kwargs): pass
                def reset(self): pass
                def interaction(self, frame, traceback): print("at the prompt")
            """
    )

    result = project.run("--pdb", "--pdbcls=debugger:Debugger")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["question changed: no recorded inter*", "*entering PDB*", "at the prompt"]
    )


def test_an_interrupt_stays_an_interrupt(project):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask_swallowing("two")
        raise KeyboardInterrupt
    """,
    )

    result = project.run(no_reraise_ctrlc=True)

    assert result.ret == pytest.ExitCode.INTERRUPTED


@pytest.mark.parametrize("end", ["pass", "raise ValueError", "pytest.skip('not today')"])
def test_another_plugin_sees_the_failure(project, end):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        f"""
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask_swallowing("two")
            {end}
        """,
    )
    project.write(
        conftest="""
            import pytest

            @pytest.hookimpl(wrapper=True)
            def pytest_runtest_makereport(item, call):
                report = yield
                print(report.when, report.outcome, type(call.excinfo and call.excinfo.value))
                return report
            """
    )

    result = project.run("-s")

    result.stdout.fnmatch_lines(
        ["*call failed <class 'conftest_plugin.verdict.failures.Unmatched*'>"]
    )


def test_a_miss_under_xfail_is_a_failure_in_junit_xml(project):
    project.cassette("a.yaml", "one")
    project.test(START, SWALLOWED["by xfail"])

    project.run("--junitxml=report.xml")

    (case,) = ET.parse(project.path / "report.xml").iter("testcase")
    assert [child.tag for child in case] == ["failure"]


def test_our_hooks_are_not_in_other_peoples_tracebacks(project):
    project.cassette("a.yaml", "one")
    project.write(
        conftest="""
            import pytest

            @pytest.fixture
            def broken():
                raise ValueError("theirs")

            @pytest.fixture
            def broken_behind():
                yield
                raise ValueError("theirs")
            """,
        test_it="""
            import pytest

            @pytest.mark.llm_cassette("a.yaml")
            def test_x(broken): pass

            @pytest.mark.llm_cassette("a.yaml")
            def test_y(broken_behind): raise ValueError("theirs")
            """,
    )

    result = project.run()

    result.assert_outcomes(failed=1, errors=2)
    result.stdout.no_fnmatch_line("*conftest_plugin*")
    result.stdout.no_fnmatch_line("*llmcassette/*")
