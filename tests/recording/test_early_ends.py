"""A stream that is not read to its end: what of it is kept, and as what."""

from __future__ import annotations

import asyncio
import gc
import threading
import time

import httpx
import httpx2
import pytest

from llmcassette import ReplayError, Request, load, use_cassette
from tests.recorder.asking import first_step
from tests.recording import wires
from tests.recording.callers import ask, is_async, replay
from tests.recording.provider_server import Answer, chunk, chunked_head

STREAMS = {
    "openai_chat": ("/v1/chat/completions", wires.openai_chat_stream()),
    "openai_responses": ("/v1/responses", wires.openai_response_stream()),
    "anthropic": ("/v1/messages", wires.anthropic_stream()),
    "gemini": ("/v1beta/models/g:streamGenerateContent", wires.gemini_stream()),
    "ollama": ("/api/chat", wires.ollama_stream()),
}
CHAT_PATH, PIECES = STREAMS["openai_chat"]
ASYNC_CLIENTS = [httpx.AsyncClient, httpx2.AsyncClient]


@pytest.fixture(params=STREAMS)
def stream(request):
    """The path to ask and the pieces of the answer, and its content type."""
    where, pieces = STREAMS[request.param]
    kind = "application/x-ndjson" if request.param == "ollama" else "text/event-stream"
    return where, pieces, {"content-type": kind}


def only(path):
    (interaction,) = load(path).interactions
    return interaction.response


def test_closed_before_the_terminal_event_is_kept_as_a_part(make, stream, provider, path):
    where, pieces, headers = stream
    provider.will_answer(Answer(pieces, headers=headers))
    with use_cassette(path, mode="once"):
        ask(make, provider.url + where, stop_after=2)
    assert only(path).ended == "closed"
    assert only(path).body == b"".join(pieces[:2])


def test_closed_after_the_terminal_event_is_complete(make, stream, provider, path):
    where, pieces, headers = stream
    never = threading.Event()
    provider.will_answer(Answer([*pieces, never], headers=headers))
    try:
        with use_cassette(path, mode="once"):
            ask(make, provider.url + where, stop_after=len(pieces))
    finally:
        never.set()
    assert (only(path).ended, only(path).body) == ("", b"".join(pieces))


def close_unread(make, url):
    async def call():
        async with make(verify=False) as client, client.stream("POST", url, json={}):
            pass

    if is_async(make):
        asyncio.run(call())
    else:
        with make(verify=False) as client, client.stream("POST", url, json={}):
            pass


def test_an_error_that_is_closed_unread_is_kept(make, raw_server, path):
    """As SDKs do with a streaming call that they send again."""
    body = b'{"error":{"message":"slow down"}}'
    head = b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: %d\r\n\r\n" % len(body)
    server = raw_server(head, body[:9], 0.01, body[9:])
    with use_cassette(path, mode="once"):
        close_unread(make, server.url + CHAT_PATH)
    assert (only(path).ended, only(path).body) == ("", body)


def test_of_an_error_without_an_end_what_was_sent_is_kept(make, raw_server, path):
    head = b"HTTP/1.1 503 Unavailable\r\ntransfer-encoding: chunked\r\n\r\n"
    server = raw_server(head, chunk(b"try"), threading.Event())
    with use_cassette(path, mode="once"):
        close_unread(make, server.url + CHAT_PATH)
    assert (only(path).ended, only(path).body) == ("closed", b"try")


def test_what_follows_the_terminal_event_at_once_is_drained(make, raw_server, path):
    pieces = wires.anthropic_stream()
    behind = b": that is all\n\n"
    server = raw_server(
        chunked_head(), *map(chunk, pieces), chunk(behind), chunk(b""), threading.Event()
    )
    with use_cassette(path, mode="once"):
        ask(make, server.url + "/v1/messages", stop_after=len(pieces))
    assert only(path).body == b"".join(pieces) + behind
    assert only(path).ended == ""


def test_a_server_that_never_ends_does_not_hold_up_the_close(make, raw_server, path):
    server = raw_server(chunked_head(), *map(chunk, PIECES), threading.Event())
    with use_cassette(path, mode="once"):
        ask(
            make,
            server.url + CHAT_PATH,
            stop_after=len(PIECES),
            timeout=None,
        )
    assert (only(path).ended, only(path).body) == ("", b"".join(PIECES))


def test_a_server_that_trickles_on_forever_does_not_hold_up_the_close(make, raw_server, path):
    trickle = [part for _ in range(400) for part in (chunk(b": keep-alive\n\n"), 0.01)]
    server = raw_server(chunked_head(), *map(chunk, PIECES), *trickle)
    with use_cassette(path, mode="once"):
        ask(
            make,
            server.url + CHAT_PATH,
            stop_after=len(PIECES),
        )
    assert only(path).ended == ""
    assert only(path).body.startswith(b"".join(PIECES))


@pytest.mark.parametrize("library", [httpx, httpx2], ids=lambda library: library.__name__)
def test_a_drained_connection_is_used_again(library, provider, path):
    provider.will_answer(Answer.sse(PIECES))
    sockets = []
    with use_cassette(path, mode="once"), library.Client() as client:
        for _ in range(2):
            with client.stream("POST", provider.url + CHAT_PATH, json={}) as response:
                for _piece, _ in zip(response.iter_raw(), PIECES[1:], strict=False):
                    pass
            network_stream = response.extensions["network_stream"]
            sockets.append(network_stream.get_extra_info("socket"))
    assert sockets[0] is sockets[1]


def test_replay_gives_the_same_part(make, provider, path):
    provider.will_answer(Answer.sse(PIECES))
    with use_cassette(path, mode="once"):
        live = ask(make, provider.url + CHAT_PATH, stop_after=3)
    provider.gone()
    assert replay(path, make, provider.url + CHAT_PATH, stop_after=3).pieces == live.pieces


def test_reading_on_where_the_recording_stopped_is_an_error(make, provider, path):
    provider.will_answer(Answer.sse(PIECES))
    with use_cassette(path, mode="once"):
        ask(make, provider.url + CHAT_PATH, stop_after=3)
    provider.gone()
    with pytest.raises(ReplayError, match="the recorded answer ends here"):
        replay(path, make, provider.url + CHAT_PATH)


def test_as_many_bytes_as_content_length_says_are_the_whole_answer(make, provider, path):
    provider.will_answer(Answer.json({"text": "all of it"}))
    with use_cassette(path, mode="once"):
        got = ask(make, provider.url, stop_after=1)
    assert (only(path).ended, only(path).body) == ("", got.body)


def test_closed_before_the_first_piece(make, provider, path):
    go_on = threading.Event()
    provider.will_answer(Answer.sse([go_on, *PIECES]))

    async def call_async():
        async with make() as client, client.stream("POST", provider.url, json={}):
            pass

    with use_cassette(path, mode="once"):
        if is_async(make):
            asyncio.run(call_async())
        else:
            with make() as client, client.stream("POST", provider.url, json={}):
                pass
    go_on.set()
    assert (only(path).ended, only(path).body, only(path).code) == ("closed", b"", 200)


# Nobody closes


def test_a_stream_nobody_closes_is_saved_as_received(make, provider, path):
    go_on = threading.Event()
    provider.will_answer(Answer.sse([PIECES[0], go_on, *PIECES[1:]]))

    async def call_async():
        async with make() as client:
            with use_cassette(path, mode="once"):
                sent = client.build_request("POST", provider.url + CHAT_PATH, json={})
                response = await client.send(sent, stream=True)
                pieces = response.aiter_raw()
                seen = [await anext(pieces)]
            go_on.set()
            seen += [piece async for piece in pieces]
            await response.aclose()
            return seen

    def call():
        with make() as client:
            with use_cassette(path, mode="once"):
                sent = client.build_request("POST", provider.url + CHAT_PATH, json={})
                response = client.send(sent, stream=True)
                pieces = response.iter_raw()
                seen = [next(pieces)]
            go_on.set()
            seen += pieces
            response.close()
            return seen

    seen = asyncio.run(call_async()) if is_async(make) else call()
    assert seen == PIECES  # the caller goes on reading as if nothing were
    assert (only(path).ended, only(path).body) == ("closed", PIECES[0])


def test_an_unclosed_stream_whose_terminal_event_came_is_complete(provider, path):
    provider.will_answer(Answer.sse(PIECES))
    with httpx.Client() as client:
        with use_cassette(path, mode="once"):
            sent = client.build_request("POST", provider.url + CHAT_PATH, json={})
            response = client.send(sent, stream=True)
            for _, _piece in zip(PIECES, response.iter_raw(), strict=False):
                pass
        response.close()
    assert (only(path).ended, only(path).body) == ("", b"".join(PIECES))


def test_what_comes_after_the_cassette_has_closed_is_not_kept(provider, path):
    go_on = threading.Event()
    provider.will_answer(Answer.sse([PIECES[0], go_on, *PIECES[1:]]))
    with httpx.Client() as client:
        with use_cassette(path, mode="once") as recorder:
            sent = client.build_request("POST", provider.url + CHAT_PATH, json={})
            response = client.send(sent, stream=True)
            pieces = response.iter_raw()
            next(pieces)
        go_on.set()
        list(pieces)
        response.close()
    assert recorder.recorded[0].response.body == PIECES[0]
    assert recorder.recorded == load(path).interactions


def test_an_answer_that_begins_after_the_cassette_has_closed_counts_as_cancelled(
    make, provider, path
):
    go_on = threading.Event()
    provider.will_answer(Answer.sse(PIECES))
    provider.answers[0].after = go_on
    seen = []

    def read():
        seen.append(ask(make, provider.url))

    with use_cassette(path, mode="once"):
        thread = threading.Thread(target=read)
        thread.start()
        while not provider.asked:
            time.sleep(0.001)
    go_on.set()
    thread.join()
    assert seen[0].pieces == PIECES
    assert (only(path).code, only(path).ended) == (0, "cancelled")


def test_a_request_that_comes_while_the_cassette_closes_is_an_error(provider, path):
    """It got past the check for a closed cassette a moment before."""
    with use_cassette(path, mode="once") as recorder:
        recorder._cassette.close()
        with pytest.raises(ReplayError, match="was being closed, and is not recorded"):
            first_step(recorder._cassette, Request(method="GET", url=provider.url))
    assert len(recorder.errors) == 1


def test_a_response_that_is_garbage_collected(provider, path):
    never = threading.Event()
    provider.will_answer(Answer.sse([*PIECES[:2], never]))
    with use_cassette(path, mode="once"):
        client = httpx.Client()
        response = client.send(client.build_request("POST", provider.url, json={}), stream=True)
        pieces = response.iter_raw()
        assert [next(pieces), next(pieces)] == PIECES[:2]
        del pieces, response
        gc.collect()
        client.close()
    never.set()
    assert (only(path).ended, only(path).body) == ("closed", b"".join(PIECES[:2]))


@pytest.mark.parametrize("make", ASYNC_CLIENTS, ids=["httpx", "httpx2"])
def test_an_async_stream_left_in_the_middle_and_garbage_collected(make, provider, path):
    never = threading.Event()
    provider.will_answer(Answer.sse([*PIECES[:2], never]))

    async def call():
        async with make() as client:
            sent = client.build_request("POST", provider.url, json={})
            response = await client.send(sent, stream=True)
            async for _ in response.aiter_raw():
                break
            del response
            gc.collect()
            await asyncio.sleep(0)

    with use_cassette(path, mode="once"):
        asyncio.run(call())
    never.set()
    gc.collect()
    assert (only(path).ended, only(path).body) == ("closed", PIECES[0])


# Cancelled


@pytest.mark.parametrize("make", ASYNC_CLIENTS, ids=["httpx", "httpx2"])
def test_a_cancelled_task(make, provider, path):
    never = threading.Event()
    provider.will_answer(Answer.sse([*PIECES[:2], never]))
    seen = []

    async def read():
        async with make() as client, client.stream("POST", provider.url, json={}) as response:
            async for piece in response.aiter_raw():
                seen.append(piece)  # noqa: PERF401 - another task looks at it

    async def call():
        task = asyncio.create_task(read())
        while len(seen) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for mode in ("once", "none"):
        seen.clear()
        with use_cassette(path, mode=mode):
            asyncio.run(call())
        assert seen == PIECES[:2]
    never.set()
    assert (only(path).ended, only(path).body) == ("waiting", b"".join(PIECES[:2]))


@pytest.mark.parametrize("make", ASYNC_CLIENTS, ids=["httpx", "httpx2"])
def test_a_timeout_around_the_stream(make, provider, path):
    never = threading.Event()
    provider.will_answer(Answer.sse([PIECES[0], never]))

    async def call():
        async with (
            make() as client,
            asyncio.timeout(None) as limit,
            client.stream("POST", provider.url, json={}) as response,
        ):
            async for _ in response.aiter_raw():
                limit.reschedule(asyncio.get_running_loop().time())

    for mode in ("once", "none"):
        with use_cassette(path, mode=mode), pytest.raises(TimeoutError):
            asyncio.run(call())
    never.set()
    assert (only(path).ended, only(path).body) == ("waiting", PIECES[0])


@pytest.mark.parametrize("make", ASYNC_CLIENTS, ids=["httpx", "httpx2"])
def test_a_task_cancelled_after_the_terminal_event(make, provider, path):
    never = threading.Event()
    provider.will_answer(Answer.sse([*PIECES, never]))
    seen = []

    async def read():
        async with (
            make() as client,
            client.stream("POST", provider.url + CHAT_PATH, json={}) as response,
        ):
            async for piece in response.aiter_raw():
                seen.append(piece)  # noqa: PERF401 - another task looks at it

    async def call():
        task = asyncio.create_task(read())
        while len(seen) < len(PIECES):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with use_cassette(path, mode="once"):
        asyncio.run(call())
    never.set()
    assert (only(path).ended, only(path).body) == ("", b"".join(PIECES))


@pytest.mark.parametrize("make", ASYNC_CLIENTS, ids=["httpx", "httpx2"])
def test_a_request_cancelled_before_its_answer_waits_to_be_cancelled_again(make, provider, path):
    never = threading.Event()
    provider.will_answer(Answer.sse(PIECES))
    provider.answers[0].after = never

    async def call():
        async with make() as client:
            task = asyncio.create_task(client.post(provider.url, json={}))
            while not provider.asked:  # noqa: ASYNC110 - another thread answers
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    for mode in ("once", "none"):
        with use_cassette(path, mode=mode):
            asyncio.run(call())
    never.set()
    assert (only(path).code, only(path).ended) == (0, "cancelled")


def test_trio(provider, path):
    import trio

    never = threading.Event()
    provider.will_answer(Answer.sse([*PIECES, never]))

    async def call():
        with trio.CancelScope() as scope:
            async with (
                httpx.AsyncClient() as client,
                client.stream("POST", provider.url + CHAT_PATH, json={}) as response,
            ):
                left = len(PIECES)
                async for _ in response.aiter_raw():
                    left -= 1
                    if not left:
                        scope.cancel()

    with use_cassette(path, mode="once"):
        trio.run(call)
    never.set()
    assert (only(path).ended, only(path).body) == ("", b"".join(PIECES))


def test_two_event_loops_at_once(provider, path):
    both_began = threading.Barrier(2)
    provider.will_answer(Answer.sse([PIECES[0], 0.02, *PIECES[1:]]))
    seen = {}

    def in_a_loop(make):
        def began(count):
            if count == 1:
                both_began.wait(60)

        seen[make] = ask(make, provider.url + CHAT_PATH, on_piece=began).pieces

    with use_cassette(path, mode="once"):
        threads = [threading.Thread(target=in_a_loop, args=[make]) for make in ASYNC_CLIENTS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert list(seen.values()) == [PIECES, PIECES]
    assert [one.response.body for one in load(path).interactions] == [b"".join(PIECES)] * 2


def test_a_cassette_that_closes_while_a_thread_reads(provider, path):
    """Whatever the moment, what is saved is whole pieces with a time for each."""
    pieces = [b"data: %d\n\n" % number for number in range(3000)]
    provider.will_answer(Answer.sse(pieces))
    some = threading.Event()

    with use_cassette(path, mode="once"):
        thread = threading.Thread(
            target=ask,
            args=[httpx.Client, provider.url],
            kwargs={"on_piece": lambda count: count == 50 and some.set()},
        )
        thread.start()
        some.wait(60)
    thread.join()
    response = only(path)
    assert response.ended in {"closed", "waiting", ""}
    assert b"".join(pieces).startswith(response.body)
    assert sum(piece.size for piece in response.chunks) == len(response.body)
