"""A fixture whose teardown asks for what is not recorded: the other fixtures are torn down, too."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import section

START = """
    import asyncio, pytest, pytest_asyncio
    from app import ask, ask_async

    done = []

    @pytest.fixture
    def before():
        yield
        done.append("before")
    """
TEARDOWNS = {
    "a generator": """
    @pytest.fixture
    def asking(before):
        yield
        ask("two")
    """,
    "a finalizer": """
    @pytest.fixture
    def asking(before, request):
        request.addfinalizer(lambda: ask("two"))
    """,
    "a finalizer of the test": """
    @pytest.fixture
    def asking(before, request):
        request.node.addfinalizer(lambda: ask("two"))
    """,
    "an asynchronous generator": """
    @pytest_asyncio.fixture
    async def asking(before):
        yield
        await ask_async("two")
    """,
    "a task group": """
    @pytest_asyncio.fixture
    async def asking(before):
        yield
        async with asyncio.TaskGroup() as group:
            group.create_task(ask_async("two"))
    """,
}
TESTS = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x(llm_cassette, asking):
        done.append(llm_cassette)
        ask("one")

    def test_y():
        recorder, *others = done
        assert recorder._cassette.closed
        assert others == ["before"]
    """


@pytest.mark.parametrize("how", TEARDOWNS)
def test_the_cassette_closes_and_what_was_set_up_before_is_torn_down(project, how):
    project.cassette("a.yaml", "one")
    project.test(START, TEARDOWNS[how], TESTS)

    result = project.run()

    result.assert_outcomes(passed=2, errors=1)
    told = section(result, "ERRORS").splitlines()
    assert told[:2] == [
        "_________________________ ERROR at teardown of test_x __________________________",
        "question changed: no recorded interaction answers this request",
    ]
    assert told[-1].endswith(": UnmatchedRequestError")


def test_what_is_around_the_test_is_torn_down(project):
    project.cassette("a.yaml", "one")
    project.write(
        conftest="""
            import pytest
            from app import ask
            done = []

            @pytest.fixture(scope="session")
            def of_session():
                yield
                print("session:", *done)

            @pytest.fixture(scope="module")
            def of_module(of_session, llm_cassettes):
                with llm_cassettes("a.yaml") as recorder:
                    yield
                    done.append("module")
                    ask("two")

            @pytest.fixture(scope="class")
            def of_class(of_module):
                yield
                done.append("class")
                ask("three")
            """,
        test_it="""
            class TestX:
                def test_x(self, of_class): pass
            """,
    )

    result = project.run("-s")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*session: class module"])
    told = section(result, "ERRORS").splitlines()
    assert [line for line in told if line.startswith("    sent ")] == [
        '    sent      "three"',
        '    sent      "two"',
    ]


def test_what_another_teardown_raised_is_told_as_well(project):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        TEARDOWNS["a generator"],
        """
        @pytest.fixture
        def failing(asking):
            yield
            raise OSError("the disk")
        """,
        TESTS.replace("asking", "failing"),
    )

    result = project.run()

    result.assert_outcomes(passed=2, errors=1)
    assert section(result, "ERRORS").splitlines()[-3:] == [
        "--------------------- llmcassette: the test itself raised ----------------------",
        "ExceptionGroup: errors while tearing down <Function test_x> (1 sub-exception)",
        "  OSError: the disk",
    ]


def test_a_keyboard_interrupt_in_a_group_stays_one(project):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        """
        @pytest.fixture
        def asking():
            yield
            try:
                ask("two")
            except BaseException as error:
                raise BaseExceptionGroup("both", [error, KeyboardInterrupt()])

        @pytest.mark.llm_cassette("a.yaml")
        def test_x(asking):
            ask("one")
        """,
    )

    result = project.run()

    result.assert_outcomes(passed=1, errors=1)
    assert section(result, "ERRORS").splitlines()[-3:] == [
        "--------------------- llmcassette: the test itself raised ----------------------",
        "BaseExceptionGroup: both (1 sub-exception)",
        "  KeyboardInterrupt",
    ]


LEFT = "ERROR cassettes/a.yaml - left-open: the module-scoped fixture 'wide' left*"
MISSED = "ERROR test_it.py::test_x - unmatched: question changed: no recorded inter*"
STOPPED = {
    "left open": (
        """
    @pytest.fixture(scope="module")
    def wide(llm_cassettes):
        llm_cassettes("a.yaml").__enter__()
        yield
    """,
        [LEFT],
    ),
    "a miss": (
        """
    @pytest.fixture(scope="module")
    def wide(llm_cassettes):
        with llm_cassettes("a.yaml"):
            yield
            ask("two")
    """,
        [MISSED],
    ),
    "both": (
        """
    @pytest.fixture(scope="module")
    def wide(llm_cassettes, request):
        llm_cassettes("a.yaml").__enter__()
        request.addfinalizer(lambda: ask("two"))
    """,
        [MISSED, LEFT],
    ),
}
STOPS = {
    "an interrupt": ("raise KeyboardInterrupt", 2),
    "an exit": ("pytest.exit('enough', 5)", 5),
}


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("teardown", STOPPED)
def test_a_run_that_was_stopped_ends_with_its_summary(project, stop, teardown):
    fixture, errors = STOPPED[teardown]
    statement, code = STOPS[stop]
    project.cassette("a.yaml", "one")
    project.test(
        START,
        fixture,
        f"""
    def test_x(wide):
        ask("one")
        {statement}
    """,
    )

    result = project.run("--llm-ci", no_reraise_ctrlc=True)

    assert result.ret == code
    result.assert_outcomes(errors=len(errors))
    result.stdout.fnmatch_lines(errors)
    assert result.stderr.str() == ""
