"""``@use_cassette(...)`` opens the cassette for each call of a function; ``async with`` once."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect

import httpx
import pytest

from llmcassette import CassetteError, UnmatchedRequestError, load, use_cassette
from llmcassette.clients.scope import open_cassettes
from tests.clients.support import URL, cassette, recorded


@pytest.fixture
def weather(tmp_path):
    return cassette(tmp_path / "weather.yaml", recorded(b"first"), recorded(b"second"))


async def ask_async():
    async with httpx.AsyncClient(verify=False) as client:
        return (await client.get(URL)).text


def ask():
    with httpx.Client(verify=False) as client:
        return client.get(URL).text


def test_each_call_opens_the_cassette_afresh(weather):
    @use_cassette(weather)
    def both(mark, *, end):
        return [ask(), ask(), mark, end]

    for _ in range(2):
        assert both(1, end=2) == ["first", "second", 1, 2]
        assert open_cassettes() == ()


def test_a_call_within_a_call_has_a_cassette_of_its_own(weather):
    @use_cassette(weather)
    def again(depth):
        return [ask(), *(again(depth - 1) if depth else ()), ask()]

    assert again(1) == ["first", "first", "second", "second"]


def test_an_asynchronous_function_has_it_open_while_it_runs(weather):
    @use_cassette(weather)
    async def both():
        return [await ask_async(), await ask_async()]

    coroutine = both()
    assert open_cassettes() == ()
    assert asyncio.run(coroutine) == ["first", "second"]
    assert open_cassettes() == ()


def test_calls_that_run_at_the_same_time_have_one_each(weather):
    @use_cassette(weather)
    async def both():
        return [await ask_async(), await ask_async()]

    async def three():
        return await asyncio.gather(both(), both(), both())

    assert asyncio.run(three()) == [["first", "second"]] * 3


def test_a_generator_function_has_it_open_until_it_ends(weather):
    @use_cassette(weather)
    def answers():
        received = yield ask()
        yield received
        yield ask()
        return "end"

    running = answers()
    assert open_cassettes() == ()
    assert [next(running), running.send("received"), next(running)] == [
        "first",
        "received",
        "second",
    ]
    with pytest.raises(StopIteration, match="end"):
        next(running)
    assert open_cassettes() == ()


def decorated(path, url):
    @use_cassette(path, "rewrite")
    def answers():
        yield httpx.post(url, json={"n": 1}).text
        yield httpx.post(url, json={"n": 2}).text

    return answers()


def with_a_block(path, url):
    with use_cassette(path, "rewrite"):
        yield httpx.post(url, json={"n": 1}).text
        yield httpx.post(url, json={"n": 2}).text


@pytest.mark.parametrize("make", [decorated, with_a_block])
def test_what_a_generator_recorded_is_kept_if_it_is_left_half_way(tmp_path, server, make):
    path = tmp_path / "new.yaml"

    for _ in make(path, server.url):
        break

    gc.collect()
    assert [one.request.body for one in load(path).interactions] == [b'{"n":1}']


def test_so_is_what_an_asynchronous_one_recorded(tmp_path, server):
    path = tmp_path / "new.yaml"

    async def answers():
        async with use_cassette(path, "rewrite"), httpx.AsyncClient() as client:
            yield (await client.post(server.url, json={"n": 1})).text
            yield (await client.post(server.url, json={"n": 2})).text

    async def first():
        async with contextlib.aclosing(answers()) as running:
            return await anext(running)

    asyncio.run(first())

    assert [one.request.body for one in load(path).interactions] == [b'{"n":1}']


def test_a_generator_that_fails_is_not_kept(tmp_path, server):
    path = tmp_path / "new.yaml"
    running = with_a_block(path, server.url)
    next(running)

    with pytest.raises(OSError, match="the disk"):
        running.throw(OSError("the disk"))

    assert not path.exists()


def test_what_is_decorated_keeps_its_name_its_parameters_and_its_kind(weather):
    def plain(a: int, *, b: str = "") -> None:
        """What it does."""

    async def coroutine(): ...

    def generator():
        yield

    decorated = use_cassette(weather)(plain)
    assert (decorated.__name__, decorated.__doc__) == ("plain", "What it does.")
    assert inspect.signature(decorated) == inspect.signature(plain)
    assert inspect.iscoroutinefunction(use_cassette(weather)(coroutine))
    assert inspect.isgeneratorfunction(use_cassette(weather)(generator))


def test_mode_and_settings_are_those_of_each_call(tmp_path, server):
    path = tmp_path / "new.yaml"

    @use_cassette(path, "rewrite", ignore_query=["n"])
    def record(number):
        httpx.get(f"{server.url}?n={number}")

    for number in range(2):
        record(number)
    assert [one.request.url for one in load(path).interactions] == [f"{server.url}?n=0"]


def test_an_error_of_the_function_comes_out_and_nothing_is_saved(tmp_path, server):
    path = tmp_path / "new.yaml"

    @use_cassette(path, mode="once")
    def fail():
        httpx.get(server.url)
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        fail()
    assert not path.exists()


def test_a_miss_comes_out(weather):
    @use_cassette(weather)
    def other():
        httpx.get(f"{URL}/other")

    with pytest.raises(UnmatchedRequestError):
        other()


def test_a_missing_file_is_told_when_the_function_is_called(tmp_path):
    @use_cassette(tmp_path / "missing.yaml")
    def function():
        raise AssertionError("it was called")

    with pytest.raises(CassetteError, match="there is no such cassette"):
        function()


class Asking:
    pass


async def asking():
    yield


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (Asking, "use_cassette decorates functions, and Asking is a class"),
        (asking, "use_cassette decorates functions, and asking is an asynchronous generator"),
    ],
)
def test_what_cannot_be_decorated_is_refused_with_what_to_do(weather, what, message):
    with pytest.raises(TypeError) as refused:
        use_cassette(weather)(what)
    assert str(refused.value) == f"{message}: write `with use_cassette(...)` inside it"


def test_async_with_serves_and_closes(weather):
    async def both():
        async with use_cassette(weather) as recorder:
            answers = [await ask_async(), await ask_async()]
            assert len(recorder.played) == 2
        assert recorder._cassette.closed
        return answers

    assert asyncio.run(both()) == ["first", "second"]


def test_async_with_saves_nothing_where_an_error_ends_it(tmp_path, server):
    path = tmp_path / "new.yaml"

    async def fail():
        async with use_cassette(path, mode="once"), httpx.AsyncClient() as client:
            await client.get(server.url)
            raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        asyncio.run(fail())
    assert not path.exists()
