"""How the four clients wait: as long as is said, no longer than they want, and cancellable."""

from __future__ import annotations

import asyncio
import gc
import threading

import anyio
import anyio.lowlevel
import httpx
import httpx2
import pytest

from llmcassette import Chunk, ReplayError, UnmatchedRequestError, faults, use_cassette
from llmcassette.clients.httpx_family import driver
from llmcassette.clients.httpx_family.recorded_bodies import PacedStream
from llmcassette.recorder.run import current_run
from llmcassette.recorder.steps import Failure, Wait
from tests.control.wires import STREAMS, cassette, interaction

URL, _, BODY = STREAMS["openai_chat"]
PIECES = (BODY[:100], BODY[100:150], BODY[150:])
CHUNKS = tuple(Chunk(len(piece), gap) for piece, gap in zip(PIECES, (0.2, 0.1, 0.4), strict=True))
SYNC = {"httpx": httpx.Client, "httpx2": httpx2.Client}
ASYNC = {"httpx": httpx.AsyncClient, "httpx2": httpx2.AsyncClient}
each_library = pytest.mark.parametrize("library", SYNC)
LIBRARIES = {"httpx": httpx, "httpx2": httpx2}


@pytest.fixture
def tape(tmp_path):
    return cassette(tmp_path / "a.yaml", interaction("openai_chat", duration=0.5, chunks=CHUNKS))


def stream(library, timeout=5.0):
    """The pieces of the answer; where it raises, the error is the last of them."""
    pieces = []
    with SYNC[library](timeout=timeout, verify=False) as client:
        try:
            with client.stream("POST", URL, json={}) as response:
                pieces.extend(response.iter_raw())
        except LIBRARIES[library].TransportError as error:
            pieces.append(error)
    return pieces


async def stream_async(library, timeout=5.0):  # noqa: ASYNC109 - the client's own
    pieces = []
    async with ASYNC[library](timeout=timeout, verify=False) as client:
        try:
            async with client.stream("POST", URL, json={}) as response:
                pieces.extend([piece async for piece in response.aiter_raw()])
        except LIBRARIES[library].TransportError as error:
            pieces.append(error)
    return pieces


ANYTHING = {"match_on": ["method", "url"]}


def rounded(waits):
    return [round(wait, 6) for wait in waits]


@each_library
def test_a_fake_clock_is_told_every_wait_and_nobody_sleeps(library, tape):
    waits = []
    with use_cassette(tape, pace="recorded", sleep=waits.append, **ANYTHING):
        assert stream(library) == list(PIECES)
    assert rounded(waits) == [0.5, 0.2, 0.1, 0.4]


@each_library
async def test_async_too(library, tape):
    waits = []
    with use_cassette(tape, pace=10, sleep=waits.append, **ANYTHING):
        assert await stream_async(library, timeout=None) == list(PIECES)
    assert rounded(waits) == [5, 2, 1, 4]


async def test_the_fake_clock_may_be_asynchronous(tape):
    waits = []

    async def sleep(seconds):
        await anyio.lowlevel.checkpoint()
        waits.append(seconds)

    with use_cassette(tape, pace="recorded", sleep=sleep, **ANYTHING):
        assert await stream_async("httpx") == list(PIECES)
    assert rounded(waits) == [0.5, 0.2, 0.1, 0.4]


def test_but_not_for_a_synchronous_client(tape, monkeypatch):
    monkeypatch.setattr(current_run, "listeners", [])

    async def sleep(seconds): ...

    with (
        use_cassette(tape, pace="recorded", sleep=sleep, **ANYTHING) as recorder,
        pytest.raises(ReplayError) as caught,
    ):
        stream("httpx")
    assert str(caught.value) == (
        "the function of the setting sleep is asynchronous, and this client is not.\n"
        "Give it a function that returns nothing: it serves both kinds of client."
    )
    assert recorder.errors == (caught.value,)


def test_an_awaitable_that_is_no_coroutine_is_refused_as_well(tape, monkeypatch):
    monkeypatch.setattr(current_run, "listeners", [])

    class Later:
        def __await__(self):
            yield

    with (
        use_cassette(tape, pace="recorded", sleep=lambda _: Later(), **ANYTHING),
        pytest.raises(ReplayError, match="is asynchronous"),
    ):
        stream("httpx")


@each_library
def test_instant_never_sleeps(library, tape):
    waits = []
    with use_cassette(tape, sleep=waits.append, **ANYTHING):
        assert stream(library) == list(PIECES)
    assert waits == []


@each_library
def test_no_headers_within_the_read_timeout_are_the_librarys_own_read_timeout(library, tape):
    waits = []
    with use_cassette(tape, pace="recorded", sleep=waits.append, **ANYTHING):
        [error] = stream(library, timeout=0.3)
    assert type(error) is LIBRARIES[library].ReadTimeout
    assert str(error) == "nothing came for 0.3 seconds"
    assert waits == [0.3]


@each_library
async def test_no_chunk_within_it_too(library, tape):
    waits = []
    with use_cassette(tape, pace="recorded", ttft=0.1, sleep=waits.append, **ANYTHING):
        *pieces, error = await stream_async(library, timeout=0.3)
    assert type(error) is LIBRARIES[library].ReadTimeout
    assert error.request.url.host == "api.openai.com"
    assert pieces == []  # of what a list comprehension had read
    assert rounded(waits) == [0.1, 0.1, 0.3]


@each_library
def test_only_the_read_timeout_counts(library, tape):
    timeout = LIBRARIES[library].Timeout(0.001, read=None)
    waits = []
    with use_cassette(tape, pace="recorded", sleep=waits.append, **ANYTHING):
        assert stream(library, timeout) == list(PIECES)


def test_a_stall_waits_at_any_pace_and_the_rest_comes(tape):
    waits = []
    fault = faults.stall(after_events=2, seconds=7)
    with use_cassette(tape, faults=[fault], sleep=waits.append, **ANYTHING):
        assert b"".join(stream("httpx", timeout=None)) == BODY
    assert waits == [7]


def test_a_stall_longer_than_the_read_timeout_is_one(tape):
    waits = []
    fault = faults.stall(after_events=2, seconds=7)
    with use_cassette(tape, faults=[fault], sleep=waits.append, **ANYTHING):
        *_, error = stream("httpx", timeout=5)
    assert type(error) is httpx.ReadTimeout
    assert waits == [5]


@each_library
def test_what_timed_out_before_the_headers_can_be_asked_again(library, tape):
    waits = []
    with use_cassette(tape, pace="recorded", sleep=waits.append, **ANYTHING) as recorder:
        for _ in range(2):
            [error] = stream(library, timeout=0.3)
            assert type(error) is LIBRARIES[library].ReadTimeout
        assert (recorder.played, len(recorder.unplayed)) == ((), 1)
        assert recorder.completions == ()
        assert stream(library) == list(PIECES)
        assert (len(recorder.played), recorder.unplayed) == (1, ())
    assert rounded(waits) == [0.3, 0.3, 0.5, 0.2, 0.1, 0.4]


async def test_what_timed_out_in_the_stream_has_been_played_and_can_be_asked_again(tape):
    with use_cassette(tape, gap=3, sleep=lambda _: None, **ANYTHING) as recorder:
        [error] = await stream_async("httpx", timeout=1)
        assert type(error) is httpx.ReadTimeout
        assert len(recorder.played) == 1
        assert await stream_async("httpx") == list(PIECES)
        assert len(recorder.played) == 2


async def test_what_was_cancelled_before_the_headers_can_be_asked_again(tape):
    with use_cassette(tape, pace=20, **ANYTHING) as recorder:
        for _ in range(2):
            with anyio.move_on_after(0.02) as scope:
                await stream_async("httpx2", timeout=None)
            assert scope.cancelled_caught
        assert recorder.played == ()


async def test_after_one_that_was_cancelled_in_its_body_the_next_recording_answers(tmp_path):
    recorded = interaction("openai_chat", chunks=CHUNKS)
    tape = cassette(tmp_path / "a.yaml", recorded, recorded)
    with use_cassette(tape, gap=60, ttft=0, **ANYTHING) as recorder:
        for _ in range(2):
            with anyio.move_on_after(0.02) as scope:
                await stream_async("httpx", timeout=None)
            assert scope.cancelled_caught
        assert recorder.played == recorder.interactions


def test_what_another_thread_closed_in_its_body_does_not_answer_again(tape, monkeypatch):
    monkeypatch.setattr(current_run, "listeners", [])
    with use_cassette(tape, gap=60, ttft=0, **ANYTHING), httpx.Client() as client:
        with client.stream("POST", URL, json={}) as response:
            closer = threading.Timer(0.02, response.close)
            closer.start()
            list(response.iter_raw())
            closer.join()
        del response, closer
        gc.collect()
        with pytest.raises(UnmatchedRequestError):
            client.post(URL, json={})


def test_an_sdks_own_retries_time_out_one_after_the_other(tape, monkeypatch):
    openai = pytest.importorskip("openai")
    monkeypatch.setattr("time.sleep", lambda _: None)
    waits = []
    client = openai.OpenAI(
        api_key="none", timeout=0.3, max_retries=2, base_url="https://api.openai.com/v1"
    )
    with (
        use_cassette(tape, pace="recorded", sleep=waits.append, **ANYTHING) as recorder,
        pytest.raises(openai.APITimeoutError),
    ):
        client.chat.completions.create(model="m", messages=[], stream=True)
    assert waits == [0.3, 0.3, 0.3]
    assert recorder.played == ()


# With a real clock


def test_without_a_fake_clock_a_client_waits_for_the_recorded_times(tape, monkeypatch):
    waits = []
    now = [0.0]

    def sleep(seconds):
        waits.append(seconds)
        now[0] += seconds

    class Pause(threading.Event):
        def wait(self, seconds):
            sleep(seconds)

    monkeypatch.setattr(threading, "Event", Pause)
    monkeypatch.setattr(driver, "sleep", sleep)
    monkeypatch.setattr(driver, "perf_counter", lambda: now[0])
    with use_cassette(tape, pace="recorded", **ANYTHING):
        assert stream("httpx2") == list(PIECES)
    assert rounded(waits) == [0.5, 0.2, 0.1, 0.4]


async def test_real_waits_let_the_loop_do_other_things(tape):
    with use_cassette(tape, pace=1000, **ANYTHING):
        reading = asyncio.ensure_future(stream_async("httpx2", timeout=None))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not reading.done()
        reading.cancel()
        await asyncio.wait([reading])


@pytest.mark.parametrize("pace", ["recorded", 1000])
async def test_a_wait_is_cancelled_at_once(tape, pace):
    with use_cassette(tape, pace=pace, **ANYTHING):
        with anyio.move_on_after(0.02) as scope:
            await stream_async("httpx", timeout=None)
    assert scope.cancelled_caught


def test_trio_waits_by_its_own_clock(tape):
    import trio
    from trio.testing import MockClock

    async def main():
        with use_cassette(tape, pace=1000, **ANYTHING):
            pieces = await stream_async("httpx", timeout=None)
            return pieces, trio.current_time()

    pieces, took = trio.run(main, clock=MockClock(autojump_threshold=0))
    assert pieces == list(PIECES)
    assert took == pytest.approx(1200, rel=0.01)


def paced(*steps):
    return PacedStream((step for step in steps), lambda failure: httpx.ReadError(failure.message))


def test_another_thread_that_closes_the_stream_ends_the_wait_at_once():
    waiting = paced(Wait(60.0), b"a")
    closer = threading.Timer(0.02, waiting.close)
    closer.start()
    assert list(waiting) == []
    closer.join()


def test_a_paced_stream_is_single_pass_and_fails_once():
    stream = paced(b"a", Failure("read", "gone"))
    assert next(stream) == b"a"
    with pytest.raises(httpx.ReadError, match="gone"):
        next(stream)
    assert list(stream) == []


async def test_an_async_one_too():
    stream = paced(b"a", Failure("read", "gone"))
    assert await anext(stream) == b"a"
    with pytest.raises(httpx.ReadError, match="gone"):
        await anext(stream)
    assert [piece async for piece in stream] == []
    closed = paced(b"a")
    await closed.aclose()
    assert [piece async for piece in closed] == []


def test_after_an_interrupted_wait_nothing_comes():
    stream = paced(Wait(60.0), b"a")

    def interrupt(seconds):
        raise KeyboardInterrupt

    stream._closed.wait = interrupt
    with pytest.raises(KeyboardInterrupt):
        next(stream)
    assert list(stream) == []
