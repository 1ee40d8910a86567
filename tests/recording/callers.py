"""The four clients driven alike: a body read piece by piece, to its end or to an error."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import httpx2

from llmcassette import use_cassette

CHAT = {"model": "gpt-4o-mini", "stream": True, "messages": [{"role": "user", "content": "hi"}]}


def library_of(make: Any) -> Any:
    return httpx2 if make.__module__.startswith("httpx2") else httpx


def is_async(make: Any) -> bool:
    return "Async" in make.__name__


@dataclass
class Got:
    """What a caller saw of one answer; ``error`` is the class that ended it, if one did."""

    status: int
    headers: Any
    pieces: list[bytes]
    error: type | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


def ask(
    make, url, *, raw=True, stop_after=None, on_head=None, on_piece=None, method="POST", **arguments
) -> Got:
    """Send a request, read the answer in the pieces it comes in, close the stream.

    Args:
        raw: as sent, not decoded.
        stop_after: how many pieces are read before the stream is closed.
        on_head: called with the response when its headers are there.
        on_piece: called after each piece with how many there are.
    """
    if not arguments.keys() & {"content", "json", "data", "files"} and method == "POST":
        arguments["json"] = CHAT
    arguments.setdefault("timeout", 60)
    drive = _ask_async if is_async(make) else _ask_sync
    answer = drive(make, url, raw, stop_after, on_head, on_piece, method, arguments)
    return asyncio.run(answer) if inspect.iscoroutine(answer) else answer


def _ask_sync(make, url, raw, stop_after, on_head, on_piece, method, arguments):
    with make(verify=False) as client, client.stream(method, url, **arguments) as response:
        got = Got(response.status_code, response.headers, [])
        if on_head:
            on_head(response)
        try:
            for piece in response.iter_raw() if raw else response.iter_bytes():
                got.pieces.append(piece)
                if on_piece:
                    on_piece(len(got.pieces))
                if len(got.pieces) == stop_after:
                    break
        except library_of(make).TransportError as error:
            got.error = type(error)
        return got


async def _ask_async(make, url, raw, stop_after, on_head, on_piece, method, arguments):
    async with make(verify=False) as client, client.stream(method, url, **arguments) as response:
        got = Got(response.status_code, response.headers, [])
        if on_head:
            on_head(response)
        try:
            async for piece in response.aiter_raw() if raw else response.aiter_bytes():
                got.pieces.append(piece)
                if on_piece:
                    on_piece(len(got.pieces))
                if len(got.pieces) == stop_after:
                    break
        except library_of(make).TransportError as error:
            got.error = type(error)
        return got


@contextmanager
def recording(path, mode="once", **settings):
    with use_cassette(path, mode=mode, **settings) as recorder:
        yield recorder


def replay(path, make, url, **arguments) -> Got:
    with use_cassette(path, mode="none"):
        return ask(make, url, **arguments)
