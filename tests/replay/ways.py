"""The four clients, driven alike: ask for a recorded request, give back what the client gave."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llmcassette import Request

CLIENTS: dict[str, Callable[..., Any]] = {
    "httpx.Client": httpx.Client,
    "httpx.AsyncClient": httpx.AsyncClient,
    "httpx2.Client": httpx2.Client,
    "httpx2.AsyncClient": httpx2.AsyncClient,
}


@dataclass(frozen=True)
class Got:
    """What the caller of a client sees of one answer.

    ``chunks`` are what ``iter_raw`` gave, where the answer was streamed; ``body`` is ``.content``
    (decoded) where it was read whole.
    """

    code: int
    reason: str
    http_version: str
    headers: list[tuple[str, str]]
    chunks: list[bytes]
    body: bytes


def stream_all(client: Any, requests: Iterable[Request]) -> list[Got]:
    """Send the requests one after the other and take each answer in as it comes."""
    return _drive(client, _send(client, requests, stream=True))


def read_all(client: Any, requests: Iterable[Request]) -> list[Got]:
    """Send the requests one after the other and read each answer whole."""
    return _drive(client, _send(client, requests, stream=False))


async def _send(client: Any, requests: Iterable[Request], *, stream: bool) -> list[Got]:
    """Written once for both kinds of client: only an async client's calls are ever awaited."""
    is_async = isinstance(client, httpx.AsyncClient | httpx2.AsyncClient)
    module = httpx2 if isinstance(client, httpx2.Client | httpx2.AsyncClient) else httpx
    given = []
    for request in requests:
        # Not client.build_request: it takes the URLs of Docker's socket, which have no host, for
        # relative ones.
        built = module.Request(
            request.method,
            request.url,
            content=request.body or None,
            headers=[
                (name, value)
                for name, value in request.headers.multi_items()
                if name.lower() != "content-length"
            ],
        )
        answer = client.send(built, stream=stream)
        if is_async:
            answer = await answer
        chunks = []
        if stream and is_async:
            chunks = [chunk async for chunk in answer.aiter_raw()]
        elif stream:
            chunks = list(answer.iter_raw())
        given.append(
            Got(
                code=answer.status_code,
                reason=answer.reason_phrase,
                http_version=answer.http_version,
                headers=[(name.lower(), value) for name, value in answer.headers.multi_items()],
                chunks=chunks,
                body=b"" if stream else answer.content,
            )
        )
    return given


def _drive(client: Any, sending: Any) -> list[Got]:
    if isinstance(client, httpx.AsyncClient | httpx2.AsyncClient):
        return asyncio.run(sending)
    # A synchronous client never waits, so the coroutine ends at its first step.
    with contextlib.closing(sending):
        try:
            sending.send(None)
        except StopIteration as done:
            return done.value
    raise AssertionError("a synchronous client waited for an event loop")
