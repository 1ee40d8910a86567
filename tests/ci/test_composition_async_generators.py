"""Asynchronous generators: fixtures that hold a cassette open, and code that is read half way."""

from __future__ import annotations

import json

import pytest

from llmcassette import load
from tests.ci.composition import ASKED
from tests.ci.conftest import START, errors, failures, problems, summary
from tests.plugin.conftest import URL
from tests.plugin.test_recording import questions
from tests.recording.provider_server import Answer, Provider

HEAD = START + "    import asyncio, contextlib, httpx, llmcassette, pytest_asyncio\n"

# Fixtures

FIXTURES = {
    "pytest-asyncio, of a test": """
    from app import ask_async
    pytestmark = pytest.mark.asyncio

    @pytest_asyncio.fixture
    async def index(llm_cassettes):
        with llm_cassettes("index.yaml") as recorder:
            await ask_async("begin")
            yield recorder
            await ask_async("end")
    """,
    "pytest-asyncio, of a module": """
    from app import ask_async
    pytestmark = pytest.mark.asyncio(loop_scope="module")

    @pytest_asyncio.fixture(scope="module", loop_scope="module")
    async def index(llm_cassettes):
        with llm_cassettes("index.yaml") as recorder:
            await ask_async("begin")
            yield recorder
            await ask_async("end")
    """,
    "pytest-asyncio, async with": """
    from app import ask_async
    pytestmark = pytest.mark.asyncio

    @pytest_asyncio.fixture
    async def index():
        async with llmcassette.use_cassette("cassettes/index.yaml") as recorder:
            await ask_async("begin")
            yield recorder
            await ask_async("end")
    """,
    "anyio, asyncio": """
    from app import ask_async
    pytestmark = pytest.mark.anyio

    @pytest.fixture(scope="module", params=["asyncio"])
    def anyio_backend(request):
        return request.param

    @pytest.fixture(scope="module")
    async def index(llm_cassettes, anyio_backend):
        with llm_cassettes("index.yaml") as recorder:
            await ask_async("begin")
            yield recorder
            await ask_async("end")
    """,
}
FIXTURES["anyio, trio"] = FIXTURES["anyio, asyncio"].replace('"asyncio"', '"trio"')
USING = """
    async def test_x(index):
        assert "x" in await ask_async("x")
        assert len(index.errors) == 0

    @pytest.mark.llm_cassette("own.yaml")
    async def test_y():
        assert "y" in await ask_async("y")
    """
SENT = ["begin", "x", "end"]


@pytest.fixture(params=FIXTURES)
def fixture(request):
    return FIXTURES[request.param]


def test_a_fixture_holds_a_cassette_open_for_its_test(project, fixture):
    project.cassette("index.yaml", *SENT)
    project.cassette("own.yaml", "y")
    project.test(HEAD, fixture, USING)

    result = project.ci()

    result.assert_outcomes(passed=2)
    assert summary(result) == ["replayed 4 interactions from 2 cassettes: saved 6.0 s"]
    assert result.ret == pytest.ExitCode.OK


def test_what_it_recorded_is_replayed(live, fixture):
    live.test(HEAD, fixture, USING)

    live.run("--llm-record").assert_outcomes(passed=2)

    assert questions(live.path / "cassettes" / "index.yaml") == SENT
    assert questions(live.path / "cassettes" / "own.yaml") == ["y"]
    result = live.ci()
    result.assert_outcomes(passed=2)
    assert problems(result) == []


FOR_THE_TEST = """
    @FIXTURE
    async def login():
        await ask_async("user")
        yield
        await ask_async("bye")

    @pytest.mark.llm_cassette("own.yaml", unused="ignore")
    async def test_y(login):
        await ask_async("y")
    """


def test_a_fixture_of_the_test_sends_into_the_tests_own_cassette_meanwhile(project, fixture):
    decorator = "pytest.fixture" if "anyio" in fixture else "pytest_asyncio.fixture"
    if "module" in fixture and "anyio" not in fixture:
        decorator += '(loop_scope="module")'
    first = USING.partition("    @pytest.mark.llm_cassette")[0]
    project.cassette("index.yaml", *SENT, "user", "y", "bye")
    project.cassette("own.yaml", "user", "y", "bye")
    project.test(HEAD, fixture, first, FOR_THE_TEST.replace("FIXTURE", decorator))

    result = project.ci("--llm-report=report.json")

    result.assert_outcomes(passed=2, errors=1)
    report = json.loads((project.path / "report.json").read_text(encoding="utf-8"))
    played = {path: use["played"] for path, use in report["cassettes"].items()}
    assert played == {"cassettes/index.yaml": [0, 1, 2], "cassettes/own.yaml": [0, 1, 2]}


MISSING = """
    @pytest.mark.llm_cassette("own.yaml")
    async def test_y():
        async with asyncio.TaskGroup() as group:
            group.create_task(ask_async("z"))

    @pytest.mark.llm_cassette("other.yaml")
    async def test_z():
        assert "z" in await ask_async("z")
    """


def test_a_miss_under_it_is_charged_to_the_tests_own_cassette_and_the_next_test_runs(
    project, fixture
):
    if "trio" in fixture:
        missing = MISSING.replace("asyncio.TaskGroup", "trio.open_nursery")
        missing = missing.replace('create_task(ask_async("z"))', 'start_soon(ask_async, "z")')
    else:
        missing = MISSING
    tests = USING.partition("    @pytest.mark.llm_cassette")[0] + missing
    project.cassette("index.yaml", *SENT, "z")
    project.cassette("own.yaml", "y")
    project.cassette("other.yaml", "z")
    project.test(HEAD, "import trio\n" if "trio" in fixture else "", fixture, tests)

    result = project.ci()

    result.assert_outcomes(passed=2, failed=1)
    told = failures(result)
    assert [*told[:2], *(line for line in told if line.startswith("  cassette"))] == [
        f"test_y{'[trio]' if 'trio' in fixture else '[asyncio]' if 'anyio' in fixture else ''}",
        "question changed: no recorded interaction answers this request",
        "  cassette  cassettes/own.yaml",
    ]


# Code that is read half way

STREAM = """
    from app import URL, ask_async
    pytestmark = pytest.mark.asyncio
    kept = []

    async def lines(question):
        async with httpx.AsyncClient() as client:
            async with client.stream("POST", URL, json={"question": question}) as answer:
                async for line in answer.aiter_lines():
                    if line:
                        yield line
    """
HALF_WAY = {
    "left by break": """
    @pytest.mark.llm_cassette("a.yaml")
    async def test_x():
        async for line in lines("one"):
            assert line == 'data: {"n":0}'
            break
    """,
    "closed": """
    @pytest.mark.llm_cassette("a.yaml")
    async def test_x():
        async with contextlib.aclosing(lines("one")) as running:
            assert await anext(running) == 'data: {"n":0}'
    """,
    "closed in another task": """
    @pytest.mark.llm_cassette("a.yaml")
    async def test_x():
        running = lines("one")
        assert await anext(running) == 'data: {"n":0}'
        await asyncio.create_task(running.aclose())
    """,
    "left to the end of the loop": """
    @pytest.mark.llm_cassette("a.yaml")
    async def test_x():
        kept.append(lines("one"))
        assert await anext(kept[0]) == 'data: {"n":0}'
    """,
}
AFTERWARDS = """
    from llmcassette.clients.scope import open_cassettes

    @pytest.mark.llm_cassette("b.yaml")
    async def test_y(llm_cassette):
        assert await ask_async("y") == "re: y"
        assert open_cassettes() == (llm_cassette._cassette,)
    """
EVENTS = [b'data: {"n":%d}\n\n' % number for number in range(4)] + [b"data: [DONE]\n\n"]


@pytest.fixture(params=HALF_WAY)
def half_way(request):
    return HALF_WAY[request.param]


@pytest.fixture
def streamed(project):
    """The project, with a recorded stream, and a cassette for the test that follows."""
    file = project.cassette("a.yaml", "one", answer="STREAM")
    text = file.read_text(encoding="utf-8")
    body = "".join(event.decode() for event in EVENTS).replace('"', '\\"').replace("\n", "\\n")
    before, _, after = text.partition("""'{"answer":"STREAM"}'""")
    after = after.replace("application/json", "text/event-stream")
    file.write_text(f'{before}"{body}"{after}', encoding="utf-8")
    project.cassette("b.yaml", "y")
    return project


def test_a_stream_that_is_read_half_way_counts_as_played(streamed, half_way):
    streamed.test(HEAD, STREAM, half_way, AFTERWARDS)

    result = streamed.ci()

    result.assert_outcomes(passed=2)
    assert summary(result) == ["replayed 2 interactions from 2 cassettes: saved 3.0 s"]
    assert result.ret == pytest.ExitCode.OK


@pytest.fixture(scope="module")
def _provider():
    running = Provider()
    yield running
    running.stop()


@pytest.fixture
def streaming(project, _provider):
    """The project, which asks a provider that streams."""
    _provider.reset()
    _provider.will_answer(Answer.sse(EVENTS))
    app = project.path / "app.py"
    text = app.read_text(encoding="utf-8")
    app.write_text(text.replace(URL, f"{_provider.url}/v1/chat/completions"), encoding="utf-8")
    return project


def test_a_stream_that_was_recorded_half_way_replays_under_the_rules_of_ci(streaming, half_way):
    streaming.test(HEAD, STREAM, half_way)

    streaming.run("--llm-record").assert_outcomes(passed=1)

    (interaction,) = load(streaming.path / "cassettes" / "a.yaml").interactions
    assert interaction.response.ended == "closed"
    assert interaction.response.body.startswith(EVENTS[0])
    result = streaming.ci()
    result.assert_outcomes(passed=1)
    assert problems(result) == []
    assert result.ret == pytest.ExitCode.OK


def test_reading_on_where_the_recording_was_left_fails_the_test(streaming):
    streaming.test(HEAD, STREAM, HALF_WAY["closed"])
    streaming.run("--llm-record").assert_outcomes(passed=1)
    streaming.test(
        HEAD,
        STREAM,
        """
        @pytest.mark.llm_cassette("a.yaml")
        async def test_x():
            assert len([line async for line in lines("one")]) == 5
        """,
    )

    result = streaming.ci()

    result.assert_outcomes(failed=1)
    assert failures(result) == [
        "test_x",
        "the recorded answer ends here: when it was recorded, the caller closed the stream before "
        "it was over, and now it reads on.",
        "Record it again: pytest --llm-mode=rewrite test_it.py::test_x",
        "test_it.py:12: ReplayError",
    ]


# Code that asks when it is closed

ASKING_LAST = """
    async def answers():
        try:
            yield await ask_async("one")
        finally:
            await ask_async("last")
    """


def test_what_a_generator_asks_when_the_test_closes_it_is_the_tests(project):
    project.cassette("a.yaml", "one", "last")
    project.test(
        HEAD,
        STREAM,
        ASKING_LAST,
        """
        @pytest.mark.llm_cassette("a.yaml")
        async def test_x():
            async with contextlib.aclosing(answers()) as running:
                assert await anext(running) == "re: one"
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert problems(result) == []


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # httpx has a generator of its own
def test_what_it_asks_when_the_loop_closes_it_is_answered_and_too_late_to_count(project):
    project.cassette("a.yaml", "one", "last")
    project.cassette("b.yaml", "y")
    project.test(
        HEAD,
        STREAM,
        ASKING_LAST,
        """
        @pytest.mark.llm_cassette("a.yaml")
        async def test_x():
            kept.append(answers())
            assert await anext(kept[0]) == "re: one"
        """,
        AFTERWARDS,
    )

    result = project.ci()

    result.assert_outcomes(passed=2)
    assert errors(result) == []
    assert summary(result) == ["replayed 3 interactions from 2 cassettes: saved 4.5 s"]


# Generators that open a cassette themselves

HOLDING = """
    async def answers():
        with llmcassette.use_cassette("cassettes/held.yaml"):
            yield await ask_async("one")
            yield await ask_async("two")
    """


def test_one_that_holds_a_cassette_may_go_on_in_another_task(project):
    project.cassette("held.yaml", "one", "two")
    project.cassette("b.yaml", "y")
    project.test(
        HEAD,
        STREAM,
        HOLDING,
        """
        async def test_x():
            running = answers()
            assert await asyncio.create_task(anext(running)) == "re: one"
            assert await anext(running) == "re: two"
            await asyncio.create_task(running.aclose())
        """,
        AFTERWARDS,
    )

    result = project.ci()

    result.assert_outcomes(passed=2)
    assert summary(result) == ["replayed 3 interactions from 2 cassettes: saved 4.5 s"]
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize(
    "leave", ["break", "kept.append(running)\n                break"], ids=["dropped", "kept"]
)
def test_one_that_the_loop_closes_leaves_no_cassette_open_and_what_it_left_is_told(project, leave):
    project.cassette("held.yaml", "one", "two")
    project.cassette("b.yaml", "y")
    project.test(
        HEAD,
        STREAM,
        HOLDING,
        f"""
        async def test_x():
            running = answers()
            async for answer in running:
                assert answer == "re: one"
                {leave}
        """,
        AFTERWARDS,
    )

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert summary(result) == ["replayed 2 interactions from 2 cassettes: saved 3.0 s"]
    assert errors(result) == [
        "test_it.py::test_x: cassettes/held.yaml: 1 of 2 interactions was never played "
        f"(1: {ASKED}). Fix: pytest --llm-mode=rewrite test_it.py::test_x",
    ]
    assert result.ret == pytest.ExitCode.TESTS_FAILED
