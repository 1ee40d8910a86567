"""Whatever thread, task or loop a request comes from: it finds its cassette, or an error, and in
mode ``none`` never the network: every request here names a real server, which stays unasked."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import anyio.to_thread
import httpx
import httpx2
import pytest
import trio

from llmcassette import ReplayError, UnmatchedRequestError, use_cassette
from tests.clients.support import cassette, recorded

OUTLIVED = (
    "a request came after its cassette weather.yaml had closed.\n"
    "It was made by a task or thread that outlived the test (or the `with` block) that opened the "
    "cassette: wait for it, or cancel it, before that ends."
)


@pytest.fixture
def weather(tmp_path, server):
    return cassette(tmp_path / "weather.yaml", *[recorded(b"sunny", url=server.url)] * 3)


@pytest.fixture
def index(tmp_path, server):
    return cassette(tmp_path / "index.yaml", recorded(b"an index", url=server.url))


@pytest.fixture(autouse=True)
def _nothing_goes_live(server):
    yield
    assert server.asked == []


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def get(request, server):
    """Ask the server, or whatever answers for it, from synchronous code."""

    def asking(path=""):
        with request.param.Client(verify=False) as client:
            return client.get(server.url + path).text

    return asking


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def aget(request, server):
    """The same from asynchronous code."""

    async def asking(path=""):
        async with request.param.AsyncClient(verify=False) as client:
            return (await client.get(server.url + path)).text

    return asking


def caught_in_thread(function, *, context=None):
    """What a thread that inherits nothing (or a context) gets or raises."""
    result = []

    def work():
        try:
            result.append(function())
        except BaseException as error:
            result.append(error)

    target = work if context is None else lambda: context.run(work)
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    return result[0]


def test_a_bare_thread_is_served(weather, get):
    with use_cassette(weather) as recorder:
        assert caught_in_thread(get) == "sunny"
    assert len(recorder.played) == 1


def test_an_executor_older_than_the_block_is_served(weather, get):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with use_cassette(weather):
            assert pool.submit(get).result() == "sunny"


def test_run_in_executor_and_to_thread_are_served(weather, get):
    async def both():
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, get), await asyncio.to_thread(get)

    with use_cassette(weather):
        assert asyncio.run(both()) == ("sunny", "sunny")


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio_is_served(weather, get, aget, backend):
    async def both():
        return await aget(), await anyio.to_thread.run_sync(get)

    with use_cassette(weather):
        assert anyio.run(both, backend=backend) == ("sunny", "sunny")
    # Older versions of anyio keep the last task of each loop, and with it this context.
    getattr(anyio.lowlevel, "_run_vars", {}).clear()


def test_a_block_inside_trio_is_served(weather, aget):
    async def main():
        with use_cassette(weather):
            return await aget()

    assert trio.run(main) == "sunny"


def test_a_task_group_is_served(weather, aget):
    async def main():
        with use_cassette(weather) as recorder:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(aget()) for _ in range(3)]
            assert {task.result() for task in tasks} == {"sunny"}
            return len(recorder.played)

    assert asyncio.run(main()) == 3


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_miss_in_a_task_group_is_kept(weather, aget, backend):
    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(aget, "/other")

    with use_cassette(weather) as recorder, pytest.raises(BaseExceptionGroup) as caught:
        anyio.run(main, backend=backend)
    assert caught.value.subgroup(UnmatchedRequestError) is not None
    assert len(recorder.misses) == 1


def test_a_miss_that_gather_returns_is_kept(weather, aget):
    async def main():
        return await asyncio.gather(aget("/other"), aget(), return_exceptions=True)

    with use_cassette(weather) as recorder:
        miss, answer = asyncio.run(main())
    assert answer == "sunny"
    assert recorder.misses == (miss,)


def test_a_miss_in_a_thread_is_kept(weather, get):
    with use_cassette(weather) as recorder:
        error = caught_in_thread(lambda: get("/other"))
    assert recorder.misses == (error,)


def test_threads_together_play_each_interaction_once(tmp_path, server, get):
    answers = [f"answer {number}".encode() for number in range(40)]
    path = cassette(tmp_path / "many.yaml", *[recorded(one, url=server.url) for one in answers])
    with use_cassette(path) as recorder, ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: get(), answers))
    assert sorted(got) == sorted(one.decode() for one in answers)
    assert recorder.unplayed == ()


def test_two_event_loops_at_once_are_served(weather, aget):
    with use_cassette(weather), ThreadPoolExecutor(2) as pool:
        both = [pool.submit(lambda: asyncio.run(aget())) for _ in range(2)]
        assert [one.result() for one in both] == ["sunny", "sunny"]


def test_a_thread_that_belongs_to_none_of_several_is_told_so(weather, index, get):
    with use_cassette(weather) as outer, use_cassette(index) as inner:
        error = caught_in_thread(get)
    assert isinstance(error, ReplayError)
    assert str(error) == (
        "a request came from a thread or task that belongs to none of the open cassettes, and 2 "
        "are open:\n"
        "  weather.yaml\n"
        "  index.yaml\n"
        "Start the thread with the context of its test (`contextvars.copy_context().run`, "
        "`asyncio.to_thread`), or open only one of them."
    )
    assert outer.errors == inner.errors == (error,)


def test_a_thread_with_the_context_gets_the_innermost_of_several(weather, index, get):
    with use_cassette(weather), use_cassette(index):
        inside = contextvars.copy_context()
        assert caught_in_thread(get, context=inside) == "an index"


def test_a_thread_with_the_outer_context_keeps_the_outer_cassette(weather, index, get):
    with use_cassette(weather):
        outside = contextvars.copy_context()
        with use_cassette(index):
            assert caught_in_thread(get, context=outside) == "sunny"


def test_only_the_innermost_is_asked(weather, index, get):
    with use_cassette(weather) as outer, use_cassette(index):
        assert get() == "an index"
        with pytest.raises(UnmatchedRequestError):
            get()
    assert len(outer.unplayed) == 3


def test_two_threads_with_a_cassette_each_get_their_own(weather, index, get):
    both_open = threading.Barrier(2, timeout=60)

    def work(path):
        with use_cassette(path):
            both_open.wait()
            answer = get()
            both_open.wait()
            return answer

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, [weather, index])) == ["sunny", "an index"]


def test_a_thread_with_the_context_that_outlives_the_block_gets_an_error(weather, get):
    closed = threading.Event()

    def late():
        closed.wait(60)
        with contextlib.suppress(ReplayError):
            get()

    with use_cassette(weather) as recorder:
        thread = threading.Thread(target=contextvars.copy_context().run, args=[late])
        thread.start()
    closed.set()
    thread.join()
    assert [str(error) for error in recorder.errors] == [OUTLIVED]


def test_a_thread_that_outlives_its_block_charges_its_own_cassette(weather, index, get):
    with use_cassette(weather) as first:
        inside = contextvars.copy_context()
    with use_cassette(index) as second:
        error = caught_in_thread(get, context=inside)
        assert get() == "an index"
    assert str(error) == OUTLIVED
    assert first.errors == (error,)
    assert second.errors == ()


def test_a_task_that_outlives_its_block_gets_an_error(weather, aget):
    async def main():
        with use_cassette(weather) as recorder:
            task = asyncio.create_task(aget())
        with pytest.raises(ReplayError) as caught:
            await task
        return recorder, caught.value

    recorder, error = asyncio.run(main())
    assert str(error) == OUTLIVED
    assert recorder.errors == (error,)


def test_when_the_last_task_of_a_block_has_ended_everything_is_as_it_was(
    weather, assert_everything_is_as_it_was
):
    original = httpx.AsyncClient._transport_for_url

    async def main():
        go_on = asyncio.Event()
        with use_cassette(weather):
            task = asyncio.create_task(go_on.wait())
        held = httpx.AsyncClient._transport_for_url
        go_on.set()
        await task
        return held

    assert asyncio.run(main()) is not original
    assert_everything_is_as_it_was()


def test_a_stream_that_outlives_its_block_is_read_to_its_end(weather, server):
    with httpx.Client(verify=False) as client:
        with use_cassette(weather):
            answer = client.send(client.build_request("GET", server.url), stream=True)
        assert answer.read() == b"sunny"


def test_a_cassette_may_close_in_another_context_than_it_opened_in(
    weather, index, aget, assert_everything_is_as_it_was
):
    """An async generator's teardown, in a task of its own: no ContextVar can be reset there."""

    async def fixture():
        with use_cassette(weather) as recorder:
            yield recorder

    async def main():
        opened = fixture()
        recorder = await asyncio.create_task(anext(opened))
        assert await aget() == "sunny"
        await asyncio.create_task(opened.aclose())
        assert recorder._cassette.closed
        with use_cassette(index):
            return await aget()

    assert asyncio.run(main()) == "an index"
    assert_everything_is_as_it_was()


def test_what_another_context_closed_is_no_longer_the_outer_cassette(weather, index, get):
    block = use_cassette(weather)
    block.__enter__()
    contextvars.Context().run(block.__exit__, None, None, None)
    with use_cassette(index):
        assert get() == "an index"


def test_blocks_may_close_in_another_order_than_they_opened(weather, index, get):
    outer, inner = use_cassette(weather), use_cassette(index)
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert get() == "an index"
    inner.__exit__(None, None, None)
