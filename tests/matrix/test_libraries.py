"""Recorded through the unmodified libraries, replayed with the provider gone.

``make sdk-matrix`` runs this in each environment, and writes the table in docs/reference/sdks.md.
"""

from __future__ import annotations

import asyncio
import threading

import pytest

from llmcassette import UnmatchedRequestError, load, use_cassette
from tests.matrix.library import PROMPT, in_loop, read

# The libraries' own: deprecations, sockets and coroutines that they leave behind.
pytestmark = pytest.mark.filterwarnings("ignore")

# The provider is in this process: see docs/reference/clients.md. Side requests go to localhost.
SERVED = {"serve_hosts": ["127.0.0.1"], "pass_hosts": ["localhost"]}


def record(path, call):
    with use_cassette(path, mode="once", **SERVED):
        return call()


def replay(path, call):
    with use_cassette(path, **SERVED) as recorder:
        replayed = call()
    assert recorder.unplayed == ()
    return replayed


def record_and_replay(provider, path, call):
    """What the library made of it, live and replayed, and the interactions in the file."""
    live = record(path, call)
    provider.gone()
    return live, replay(path, call), load(path).interactions


def test_an_answer(library, way, provider, path):
    provider.will_answer(library.wire.answer(streamed=library.is_streamed(way)))
    live, replayed, interactions = record_and_replay(
        provider, path, lambda: library.call(way, provider.url)
    )
    assert live
    assert replayed == live
    assert len(interactions) == 1


def test_tool_calls(library, provider, path):
    for at, way in enumerate(library.ways):
        provider.reset()
        streamed = library.is_streamed(way)
        provider.will_answer(
            library.wire.answer(streamed=streamed, tools=True),
            library.wire.answer(streamed=streamed),
        )
        live, replayed, _ = record_and_replay(
            provider,
            path.with_stem(f"cassette-{at}"),
            lambda way=way: library.call(way, provider.url, tools=True),
        )
        assert "Köln" in str(live) or "u00f6ln" in str(live), way
        assert replayed == live, way
        assert provider.asked_when_gone == [], way


@pytest.mark.parametrize("status", [429, 500])
def test_errors(library, status, provider, path):
    for at, way in enumerate(library.ways):
        provider.reset()
        provider.will_answer(library.wire.failure(status))

        def call(way=way):
            with pytest.raises(Exception) as raised:
                library.call(way, provider.url)
            error = raised.value
            code = getattr(error, "status_code", getattr(error, "code", None))
            return type(error), code, getattr(error, "body", None)

        live, replayed, interactions = record_and_replay(
            provider, path.with_stem(f"cassette-{at}"), call
        )
        assert replayed == live, way
        assert {one.response.code for one in interactions} == {status}, way
        assert provider.asked_when_gone == [], way


def test_an_early_close(library, provider, path):
    for at, way in enumerate(way for way in library.ways if library.is_streamed(way)):
        provider.reset()
        provider.will_answer(library.wire.answer(streamed=True))
        live, replayed, (interaction,) = record_and_replay(
            provider,
            path.with_stem(f"cassette-{at}"),
            lambda way=way: library.call(way, provider.url, pieces=1),
        )
        assert len(live) == 1, way
        assert replayed == live, way
        assert interaction.response.code == 200, way
        assert provider.asked_when_gone == [], way


def test_a_cancelled_task(library, provider, path):
    """Cancelled while it waits for an answer, or for the second half of a stream."""
    for at, way in enumerate(way for way in library.ways if way.startswith("async")):
        provider.reset()
        for_ever = threading.Event()
        answer = library.wire.answer(streamed=library.is_streamed(way))
        if way == "async":
            answer.after = for_ever
        else:
            first_half = answer.pieces[: len(answer.pieces) // 2 + 1]
            answer.pieces = [*first_half, for_ever]
        provider.will_answer(answer)
        try:
            live, replayed, (interaction,) = record_and_replay(
                provider,
                path.with_stem(f"cassette-{at}"),
                lambda way=way: in_loop(cancelled(library, way, provider)),
            )
        finally:
            for_ever.set()
        # A slow machine may have cancelled it before the last piece was read.
        assert replayed[: len(live)] == live, way
        assert interaction.response.ended == ("cancelled" if way == "async" else "waiting"), way
        assert provider.asked_when_gone == [], way


async def cancelled(library, way, provider):
    """What it had read of a stream."""
    seen = []

    async def work():
        given = library.ways[way](provider.url, PROMPT, False)
        if way == "async":
            await given
        else:
            await read(given, seen=seen)

    begun = provider.asked if way == "async" else seen
    task = asyncio.create_task(work())
    while not begun and not task.done():  # noqa: ASYNC110 - another thread may append to it
        await asyncio.sleep(0.01)
    await asyncio.wait([task], timeout=0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return seen


def ask_of_bonn(library, way, url, recorder):
    try:
        library.call(way, url, prompt="Wie ist das Wetter in Bonn?")
    except AttributeError:
        assert way in library.hides_misses
        raise recorder.misses[0] from None


def test_a_changed_prompt_misses_at_once(library, provider, path):
    for at, way in enumerate(library.ways):
        provider.reset()
        provider.will_answer(library.wire.answer(streamed=library.is_streamed(way)))
        file = path.with_stem(f"cassette-{at}")
        record(file, lambda way=way: library.call(way, provider.url))
        provider.gone()
        with (
            use_cassette(file, **SERVED) as recorder,
            pytest.raises(UnmatchedRequestError) as caught,
        ):
            ask_of_bonn(library, way, provider.url, recorder)
        assert recorder.misses == (caught.value,), way
        assert recorder.errors == recorder.misses, way
        assert provider.asked_when_gone == [], way
