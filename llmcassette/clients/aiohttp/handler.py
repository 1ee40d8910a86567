"""aiohttp's own protocol, with what a served transport has to know of it."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp.client_proto import ResponseHandler

__all__ = ["Handler"]


class Handler(ResponseHandler):
    """Parses an answer and hands it to the client.

    Attributes:
        is_read: set while the client waits for the next piece of the body, and after a wait that
            was cancelled: the connection is closed only then.
        timed_out: whether aiohttp's own timeout for reading has passed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.is_read = asyncio.Event()
        self.timed_out = False

    @property
    def seconds(self) -> float | None:
        """How long the client waits for a piece: aiohttp's ``sock_read``."""
        return self._read_timeout

    def give(self, data: bytes) -> None:
        """Hand the next piece to the client."""
        before = self._received()
        self.data_received(data)
        if self._received() != before:  # nothing may come of a piece of a compressed body
            self.is_read.clear()

    def fail(self, error: BaseException) -> None:
        """Raise an error to whoever waits for the answer, or reads on."""
        payload = self._payload
        self.set_exception(error)
        if payload is not None:
            payload.set_exception(error)

    def set_response_params(self, *, timer: Any = None, **options: Any) -> None:
        """Begin to wait for an answer; aiohttp calls this for each request."""
        watched: Any = _Watched(timer, self.is_read)
        super().set_response_params(timer=watched, **options)

    def _received(self) -> int:
        return 0 if self._payload is None else self._payload.total_bytes

    def _on_read_timeout(self) -> None:
        self.timed_out = True
        super()._on_read_timeout()


class _Watched:
    """The timer that a body enters while its reader waits."""

    def __init__(self, timer: Any, is_read: asyncio.Event) -> None:
        self._timer = timer
        self._is_read = is_read

    def __enter__(self) -> None:
        if self._timer is not None:
            self._timer.__enter__()
        self._is_read.set()

    def __exit__(self, kind: type[BaseException] | None, *error: Any) -> Any:
        if kind is not asyncio.CancelledError:
            self._is_read.clear()
        return None if self._timer is None else self._timer.__exit__(kind, *error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._timer, name)
