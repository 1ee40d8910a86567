"""From a client's request to its answer: the thin sync and async shells around the recorder."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import anyio

from llmcassette.errors import ReplayError
from llmcassette.recorder.pacing import AT_ONCE
from llmcassette.recorder.playback import Failure, Playback
from llmcassette.recorder.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Generator

    from llmcassette.clients.family import ClientRequest, Family
    from llmcassette.model import Request
    from llmcassette.recorder.recorder import Recorder

__all__ = ["ServedTransport", "UnreachableTransport"]

SWITCHING_PROTOCOLS: Final = HTTPStatus.SWITCHING_PROTOCOLS


class ServedTransport:
    """Stands in for one client's transport, for one request.

    Args:
        family: the library of the client.
        recorder: the cassette that answers.
        real: the transport that was to be used.
    """

    __slots__ = ("_family", "_real", "_recorder")

    def __init__(self, family: Family, recorder: Recorder, real: Any) -> None:
        self._family = family
        self._recorder = recorder
        self._real = real

    def handle_request(self, request: ClientRequest) -> Any:
        """Answer a synchronous client.

        Raises:
            ReplayError: there is no answer.
        """
        body = request.read()
        same = self._recorder.replay(request.method, str(request.url), request.headers.raw, body)
        if same is not None:
            return self._family.response(same, request, self._recorder)
        asked = self._family.request(request, body)
        answer = self._recorder.answer(asked)
        if isinstance(answer, Playback):
            if answer.timing is AT_ONCE:
                return self._family.response(answer, request, self._recorder)
            patience = self._family.patience(request, asked, self._recorder, perf_counter)
            with self._waiting(asked):
                patience.wait(answer.timing.before, threading.Event())
            return self._family.response(answer, request, self._recorder, patience)
        if isinstance(answer, Failure):
            raise self._family.failure(answer, request)
        if isinstance(answer, Verification):
            with answer.asking():
                live = self._real.handle_request(request)
                live = self._family.record(live, answer.recording, is_async=False)
                try:
                    for _ in live.stream:
                        pass
                finally:
                    live.close()
            self._recorder.verified(answer)
            return self._family.response(answer.playback, request, self._recorder)
        with answer.waiting():
            response = self._real.handle_request(request)
            if response.status_code == SWITCHING_PROTOCOLS:
                response.close()
                raise self._upgrade_error(request)
        return self._family.record(response, answer, is_async=False)

    async def handle_async_request(self, request: ClientRequest) -> Any:
        """Answer an asynchronous client.

        Raises:
            ReplayError: there is no answer.
        """
        body = await request.aread()
        same = self._recorder.replay(request.method, str(request.url), request.headers.raw, body)
        if same is not None:
            return self._family.response(same, request, self._recorder)
        asked = self._family.request(request, body)
        answer = self._recorder.answer(asked)
        if isinstance(answer, Playback):
            if answer.timing is AT_ONCE:
                return self._family.response(answer, request, self._recorder)
            patience = self._family.patience(request, asked, self._recorder, anyio.current_time)
            with self._waiting(asked):
                await patience.wait_async(answer.timing.before)
            return self._family.response(answer, request, self._recorder, patience)
        if isinstance(answer, Failure):
            raise self._family.failure(answer, request)
        if isinstance(answer, Verification):
            with answer.asking():
                live = await self._real.handle_async_request(request)
                live = self._family.record(live, answer.recording, is_async=True)
                try:
                    async for _ in live.stream:
                        pass
                finally:
                    await live.aclose()
            self._recorder.verified(answer)
            return self._family.response(answer.playback, request, self._recorder)
        with answer.waiting():
            response = await self._real.handle_async_request(request)
            if response.status_code == SWITCHING_PROTOCOLS:
                await response.aclose()
                raise self._upgrade_error(request)
        return self._family.record(response, answer, is_async=True)

    @contextmanager
    def _waiting(self, asked: Request) -> Generator[None]:
        try:
            yield
        except BaseException:  # the client's timeout, or whoever cancelled it
            self._recorder.gave_up(asked, came=False)
            raise

    def _upgrade_error(self, request: ClientRequest) -> ReplayError:
        return self._recorder.keep(
            ReplayError(
                f"{request.url.host} switched protocols (101): an upgraded connection, such as a "
                "WebSocket, cannot be recorded.\n"
                "Name the host in pass_hosts to let it through unrecorded.",
                path=self._recorder.path,
            )
        )


class UnreachableTransport:
    """Stands in for the transport to a host that is to be ignored: it cannot be reached."""

    __slots__ = ("_family", "_host")

    def __init__(self, family: Family, host: str) -> None:
        self._family = family
        self._host = host

    def handle_request(self, request: ClientRequest) -> Any:
        """Raise the library's ConnectError."""
        raise self._family.unreachable(request, self._reason())

    async def handle_async_request(self, request: ClientRequest) -> Any:
        """Raise the library's ConnectError."""
        raise self._family.unreachable(request, self._reason())

    def _reason(self) -> str:
        return f"{self._host} is in ignore_hosts, and nothing reaches it in mode none"
