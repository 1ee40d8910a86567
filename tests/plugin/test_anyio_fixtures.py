"""A miss in an asynchronous fixture that anyio runs is no concern of the tests after it."""

from __future__ import annotations

import pytest

HEAD = """
    import pytest
    from app import ask_async
    pytestmark = [pytest.mark.anyio, pytest.mark.llm_cassette("a.yaml")]

    @pytest.fixture(scope="module")
    def anyio_backend():
        return BACKEND

    @pytest.fixture(scope="module", autouse=True)
    async def wide():
        yield
    """
TESTS = """
    async def test_x(answer):
        pass

    async def test_y():
        assert await ask_async("one") == "re: one"
    """
FIXTURES = {
    "while it is set up": """
    @pytest.fixture
    async def answer():
        return await ask_async("two")
    """,
    "before its yield": """
    @pytest.fixture
    async def answer():
        yield await ask_async("two")
    """,
    "after its yield": """
    @pytest.fixture
    async def answer():
        yield
        await ask_async("two")
    """,
    "in a group": """
    import anyio

    @pytest.fixture
    async def answer():
        async with anyio.create_task_group() as group:
            group.start_soon(ask_async, "two")
        yield
    """,
}
ERROR = {"while it is set up": "setup", "before its yield": "setup", "in a group": "setup"}


@pytest.fixture(params=["asyncio", "trio"])
def anyio_project(request, project):
    """Tests in a runner that lives as long as their module."""
    project.cassette("a.yaml", "one")
    head = HEAD.replace("BACKEND", repr(request.param))
    return lambda *parts: project.test(head, *parts) or project


@pytest.mark.parametrize("when", FIXTURES)
def test_the_next_test_passes(anyio_project, when):
    result = anyio_project(FIXTURES[when], TESTS).run()

    phase = ERROR.get(when, "teardown")
    result.assert_outcomes(passed=1 if phase == "setup" else 2, errors=1)
    result.stdout.fnmatch_lines(
        [
            f"_* ERROR at {phase} of test_x _*",
            "question changed: no recorded interaction answers this request",
            "*: UnmatchedRequestError",
        ]
    )
    result.stdout.no_fnmatch_line("*HeldError*")


def test_a_wide_fixture_that_misses_fails_every_test_that_asks_for_it(anyio_project):
    project = anyio_project(
        """
    @pytest.fixture(scope="module")
    async def answer(llm_cassettes):
        with llm_cassettes("a.yaml"):
            return await ask_async("two")
    """,
        TESTS,
        TESTS.replace("test_x", "test_z").replace("test_y", "test_last"),
    )

    result = project.run()

    result.assert_outcomes(passed=2, errors=2)
    assert (
        result.outlines.count("question changed: no recorded interaction answers this request") == 2
    )


def test_a_fixture_of_a_class_keeps_its_instance(anyio_project):
    project = anyio_project(
        """
    class TestX:
        @pytest.fixture
        async def answer(self):
            self.answer = await ask_async("one")

        @pytest.fixture
        async def other(self):
            self.other = "other"
            yield self

        async def test_x(self, answer, other):
            assert self.answer == "re: one"
            assert self.other == "other"
    """
    )

    project.run().assert_outcomes(passed=1)


def test_another_error_is_as_it_was(anyio_project):
    project = anyio_project(
        """
    @pytest.fixture
    async def answer():
        yield
        raise OSError("no")

    @pytest.fixture
    async def twice():
        yield
        yield

    async def test_x(answer): pass
    async def test_y(twice): pass
    """
    )

    result = project.run()

    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(["E *OSError: no", "E *RuntimeError: *did not stop*"])


BY_HAND = """
    import llmcassette
    import pytest
    from app import ask_async
    pytestmark = pytest.mark.anyio

    @pytest.fixture(scope="module")
    def anyio_backend():
        return "asyncio"

    @pytest.fixture(scope="module", autouse=True)
    async def wide():
        yield

    async def by_hand(question):
        with llmcassette.use_cassette("cassettes/a.yaml"):
            return await ask_async(question)
    """


FIRST = {
    "a test": """
    async def test_x():
        await by_hand("two")
    """,
    "a fixture": """
    @pytest.fixture
    async def answer():
        return await by_hand("two")

    async def test_x(answer): pass
    """,
    "the teardown of a fixture": """
    @pytest.fixture
    async def answer():
        yield
        await by_hand("two")

    async def test_x(answer): pass
    """,
}
OUTCOMES = {
    "a test": {"passed": 1, "failed": 1},
    "a fixture": {"passed": 1, "errors": 1},
    "the teardown of a fixture": {"passed": 2, "errors": 1},
}


@pytest.mark.parametrize("who", FIRST)
def test_nor_is_one_in_the_first_cassette_of_a_run_which_is_opened_by_hand(project, who):
    project.cassette("a.yaml", "one")
    project.test(
        BY_HAND,
        FIRST[who],
        """
    async def test_y():
        assert await by_hand("one") == "re: one"
    """,
    )

    result = project.run()

    assert result.parseoutcomes() == OUTCOMES[who]
    result.stdout.fnmatch_lines(["*: UnmatchedRequestError"])
    result.stdout.no_fnmatch_line("*HeldError*")
