"""Connects a request of an aiohttp client to a cassette."""

from __future__ import annotations

from typing import Any

from aiohttp.connector import Connection

from llmcassette.clients.aiohttp.errors import error_of
from llmcassette.clients.aiohttp.handler import Handler
from llmcassette.clients.aiohttp.transport import Served, ServedTransport
from llmcassette.clients.recorded_origins import as_recorded
from llmcassette.recorder import errors
from llmcassette.recorder.hosts import refusal
from llmcassette.recorder.steps import Failure

__all__ = ["Served", "serve", "unreachable"]


async def serve(connector: Any, request: Any, traces: Any, served: Served) -> Connection:
    """A connection that a cassette answers; it is closed after its answer, not kept.

    Raises:
        ReplayError: the request is for a WebSocket.
    """
    cassette = served.cassette
    served = served._replace(origin=as_recorded(cassette, served.origin))
    if request.headers.get("Upgrade", "").lower() == "websocket":
        raise cassette.keep(errors.web_socket(served.origin.authority, cassette.path))
    for trace in traces:
        await trace.send_connection_create_start()
    loop = connector._loop
    handler = Handler(loop)
    handler.connection_made(ServedTransport(loop, handler, request, served))
    handler.force_close()
    for trace in traces:
        await trace.send_connection_create_end()
    connector._acquired.add(handler)  # to be closed with its session
    return Connection(connector, request.connection_key, handler, loop)


def unreachable(request: Any) -> Exception:
    """The error of aiohttp for a host that nothing reaches."""
    return error_of(Failure("connect", refusal(request.url.host)), request)
