"""Any conversation that was recorded green replays green, and its transcript is the same.

A transcript is what the callers saw: status, pieces, and how each request ended.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import anyio
import httpx
import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmcassette import use_cassette
from tests.recording.scripted_server import ScriptedServer, closed_port

IS_LONG = bool(os.environ.get("LLMCASSETTE_LONG_TESTS"))
EXAMPLES = 500 if IS_LONG else 35  # for each of four clients
PATIENCE = 60.0
IMPATIENCE = 0.05


@dataclass(frozen=True)
class Turn:
    """A request, what the server does about it, and what its caller does.

    Attributes:
        end: how the answer ends; ``refused``: nothing listens.
        status: 0 for no answer.
        close_after: closes the stream after so many pieces; 0 for never.
        cancel_after: cancels a little after so many pieces; ``None`` for never.
        late: by how many milliseconds.
    """

    end: str
    status: int
    type: str
    pieces: tuple[tuple[int, str], ...]
    close_after: int = 0
    cancel_after: int | None = None
    late: int = 1


TURNS = st.builds(
    Turn,
    end=st.sampled_from(["whole", "whole", "drop", "hang", "refused"]),
    status=st.sampled_from([200, 200, 200, 404, 500, 0]),
    type=st.sampled_from(["text/event-stream", "application/json", "text/plain"]),
    pieces=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["data: a\n\n", "data: b\n\n", "{}", "x"])),
        max_size=4,
    ).map(tuple),
    close_after=st.sampled_from([0, 0, 0, 1, 2]),
    cancel_after=st.sampled_from([None, None, 0, 1, 2]),
    late=st.integers(1, 4),
)
CONVERSATIONS = st.lists(st.lists(TURNS, min_size=1, max_size=3), min_size=1, max_size=4)
"""Groups of turns that are asked at a time, one group after the other."""


def timeout_of(turn, *, is_async):
    """Short for an answer that hangs, but long enough that a cancellation comes first."""
    if turn.end != "hang":
        return PATIENCE
    if not is_async or turn.cancel_after is None:
        return IMPATIENCE
    return 10 * IMPATIENCE if turn.cancel_after else PATIENCE  # so many pieces may never come


class Conversation:
    """Asks the turns of a conversation, and keeps their transcript."""

    def __init__(self, library, groups, url, refused):
        self._library = library
        self._groups = groups
        self._url = url
        self._refused = refused
        self._transcript = {}

    def _request(self, number, turn, *, is_async):
        url = self._refused if turn.end == "refused" else self._url
        timeout = timeout_of(turn, is_async=is_async)
        return {"url": url, "json": {"number": number, **asdict(turn)}, "timeout": timeout}

    def _note(self, number, *seen):
        self._transcript[number] = seen

    def sync(self):
        numbers = count()
        with self._library.Client(verify=False) as client:
            for turn in (turn for group in self._groups for turn in group):
                self._ask(client, next(numbers), turn)
        return self._transcript

    def _ask(self, client, number, turn):
        status, pieces, end = 0, [], "whole"
        try:
            request = self._request(number, turn, is_async=False)
            with client.stream("POST", **request) as response:
                status = response.status_code
                for piece in response.iter_raw():
                    pieces.append(piece)
                    if len(pieces) == turn.close_after:
                        end = "closed"
                        break
        except self._library.TransportError as error:
            end = type(error).__name__
        self._note(number, status, pieces, end)

    async def asynchronous(self):
        numbers = count()
        async with self._library.AsyncClient(verify=False) as client:
            for group in self._groups:
                async with anyio.create_task_group() as tasks:
                    for turn in group:
                        tasks.start_soon(self._ask_async, client, next(numbers), turn)
        return self._transcript

    async def _ask_async(self, client, number, turn):
        status, pieces, end = 0, [], ""
        reached = anyio.Event()
        if not turn.cancel_after:
            reached.set()

        async def cancel():
            await reached.wait()
            await anyio.sleep(turn.late / 1000)
            if not end:
                scope.cancel()

        async with anyio.create_task_group() as tasks:
            with anyio.CancelScope() as scope:
                if turn.cancel_after is not None:
                    tasks.start_soon(cancel)
                try:
                    request = self._request(number, turn, is_async=True)
                    async with client.stream("POST", **request) as response:
                        status = response.status_code
                        async for piece in response.aiter_raw():
                            pieces.append(piece)
                            if len(pieces) == turn.cancel_after:
                                reached.set()
                            if len(pieces) == turn.close_after:
                                end = "closed"
                                break
                        end = end or "whole"
                except self._library.TransportError as error:
                    end = type(error).__name__
            tasks.cancel_scope.cancel()
        self._note(number, status, pieces, end or "cancelled")


@pytest.fixture(scope="module")
def server():
    running = ScriptedServer()
    yield running
    running.stop()


def transcripts(server, library, groups, run):
    """The transcript of the recording, and of the replay, in which nobody asks the server."""
    refused = closed_port()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "conversation.yaml"
        seen = []
        for mode in ("once", "none"):
            asked = server.asked
            with use_cassette(path, mode=mode) as recorder:
                seen.append(run(Conversation(library, groups, server.url, refused)))
        assert server.asked == asked
        assert (recorder.errors, recorder.unplayed) == ((), ())
        return seen


def sync(conversation):
    return conversation.sync()


def on_asyncio(conversation):
    return anyio.run(conversation.asynchronous, backend="asyncio")


def on_trio(conversation):
    return anyio.run(conversation.asynchronous, backend="trio")


# Cancelled callers leave asynchronous generators of httpx to the collector.
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")
@pytest.mark.parametrize(
    ("library", "run"),
    [(httpx, sync), (httpx2, sync), (httpx, on_asyncio), (httpx2, on_trio)],
    ids=["httpx", "httpx2", "httpx-asyncio", "httpx2-trio"],
)
def test_what_was_recorded_green_replays_green_with_the_same_transcript(library, run, server):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(CONVERSATIONS)
    def replays(groups):
        recorded, replayed = transcripts(server, library, groups, run)
        assert replayed == recorded

    replays()
