"""A test whose cassette could not answer has failed, whatever became of the error."""

from __future__ import annotations

import re
import textwrap

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
    assert lines[1] == "No recorded interaction answers this request."
    assert re.fullmatch(r"test_it\.py:\d+: UnmatchedRequestError", located(lines))
    result.stdout.fnmatch_lines(["FAILED test_it.py::*test_x* - No recorded interaction answers*"])


def located(lines):
    """The first line that names a place."""
    return next(line for line in lines if re.match(r"\S+\.py:\d+: ", line))


def shortened(text):
    """With the first line of each miss only, which others test."""
    return re.sub(
        r"(No recorded interaction answers this request\.)\n.*?\n(?=\S+\.py:\d+: )",
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
        "No recorded interaction answers this request. [...]",
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
        "No recorded interaction answers this request. [...]\n"
        "test_it.py:6: UnmatchedRequestError\n"
        "------------------- llmcassette: the test itself ended with --------------------\n"
        "test_it.py:7: in test_x\n"
        '    assert answer == "re: two"\n'
        "E   AssertionError: assert None == 're: two'"
    )
    assert section(result, "short test summary info") == (
        "FAILED test_it.py::test_x - No recorded interaction answers this request."
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
        "------------------- llmcassette: the test itself ended with --------------------",
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
        "No recorded interaction answers this request. [...]",
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
        "No recorded interaction answers this request. [...]\n"
        "test_it.py:6: UnmatchedRequestError\n"
        "------------------------------- llmcassette: and -------------------------------\n"
        "No recorded interaction answers this request. [...]\n"
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
        "No recorded interaction answers this request. [...]",
        "test_it.py:7: UnmatchedRequestError",
        "------------------- llmcassette: the test itself ended with --------------------",
        "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
        "  ValueError: something else",
    ]


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
            with pytest.raises(BaseException, match="No recorded interaction"):
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
    "---------------------- llmcassette: caught, and not named ----------------------",
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
    result.stdout.no_fnmatch_line("*No recorded interaction*")


def test_a_miss_raised_through_a_fixture_is_an_error_of_the_set_up(project):
    project.cassette("a.yaml", "one")
    project.write(
        conftest="""
            import pytest
            from app import ask

            @pytest.fixture
            def answer():
                return ask("two")
            """,
        test_it="""
            import pytest

            @pytest.mark.llm_cassette("a.yaml")
            def test_x(answer):
                pass
            """,
    )

    result = project.run()

    result.assert_outcomes(errors=1)
    assert shortened(section(result, "ERRORS")) == (
        "___________________________ ERROR at setup of test_x ___________________________\n"
        "No recorded interaction answers this request. [...]\n"
        "conftest.py:6: UnmatchedRequestError"
    )


@pytest.mark.parametrize("call", ["ask", "ask_swallowing"])
def test_a_miss_in_a_fixtures_teardown_is_an_error_of_the_teardown(project, call):
    project.cassette("a.yaml", "one")
    project.test(f"""
        import pytest
        from app import {call} as call

        @pytest.fixture
        def answer():
            yield
            call("two")

        @pytest.mark.llm_cassette("a.yaml")
        def test_x(answer):
            pass
        """)

    result = project.run()

    result.assert_outcomes(passed=1, errors=1)
    assert shortened(section(result, "ERRORS")) == (
        "_________________________ ERROR at teardown of test_x __________________________\n"
        "No recorded interaction answers this request. [...]\n"
        "test_it.py:7: UnmatchedRequestError"
    )


def test_a_skip_in_the_set_up_does_not_hide_a_miss(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask_swallowing

        @pytest.fixture
        def answer():
            ask_swallowing("two")
            pytest.skip("not today")

        @pytest.mark.llm_cassette("a.yaml")
        def test_x(answer):
            pass
        """)

    project.run().assert_outcomes(errors=1)


def test_a_session_fixtures_miss_is_told_for_every_test_that_asks_for_it(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask

        @pytest.fixture(scope="session")
        def index(llm_cassettes):
            with llm_cassettes("a.yaml"):
                return ask("two")

        def test_x(index): pass
        def test_y(index): pass
        """)

    result = project.run()

    result.assert_outcomes(errors=2)
    assert shortened(section(result, "ERRORS")) == (
        "___________________________ ERROR at setup of test_x ___________________________\n"
        "No recorded interaction answers this request. [...]\n"
        "test_it.py:7: UnmatchedRequestError\n"
        "___________________________ ERROR at setup of test_y ___________________________\n"
        "No recorded interaction answers this request. [...]\n"
        "test_it.py:7: UnmatchedRequestError"
    )


def test_a_miss_in_a_cassette_of_wider_scope_fails_the_test_that_asked(project):
    project.cassette("a.yaml", "one", "two", "three")
    project.test("""
        import pytest
        from app import ask_swallowing

        @pytest.fixture(scope="module", autouse=True)
        def index(llm_cassettes):
            with llm_cassettes("a.yaml") as recorder:
                yield recorder

        def test_x(): ask_swallowing("one")
        def test_y(): ask_swallowing("four")
        def test_z(): ask_swallowing("two")
        """)

    result = project.run()

    result.assert_outcomes(passed=2, failed=1)
    assert located(section(result, "FAILURES").splitlines()).startswith("test_it.py:10:")


def test_a_request_after_the_end_of_its_test_fails_the_run(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import contextvars, threading
        import pytest
        from app import ask_swallowing

        ended = threading.Event()

        def later():
            ended.wait(5)
            ask_swallowing("one")

        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            global thread
            thread = threading.Thread(target=contextvars.copy_context().run, args=[later])
            thread.start()

        def test_y():
            ended.set()
            thread.join()
        """)

    result = project.run()

    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert section(result, "llmcassette") == (
        "test_it.py::test_x was over when this happened:\n"
        "  a request came after its cassette cassettes/a.yaml had closed.\n"
        "  It was made by a task or thread that outlived the test (or the `with` block) that "
        "opened the cassette: wait for it, or cancel it, before that ends."
    )


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

    result.stdout.fnmatch_lines(["SUBFAILED[[]two[]] test_it.py::test_x - No recorded*"])
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
        ["No recorded interaction answers*", "*entering PDB*", "at the prompt"]
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


def test_another_plugin_sees_the_failure(project):
    project.cassette("a.yaml", "one")
    project.test(START, SWALLOWED["by the code under test"])
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

    result.stdout.fnmatch_lines(["*call failed <class 'llmcassette.errors.UnmatchedRequestError'>"])


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
