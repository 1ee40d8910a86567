"""An MCP server on this machine, and what a client does with it."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

import anyio
import uvicorn
from mcp.client.client import Client
from mcp.client.session import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.server import MCPServer
from mcp.server.mcpserver import Context  # noqa: TC002 - the SDK reads the annotations of tools
from mcp_types import ElicitResult
from pydantic import BaseModel

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["FLOWS", "Server", "asked_back"]

PATIENCE = 60


class Name(BaseModel):
    name: str


def application(**options: Any) -> Any:
    server = MCPServer("weather", log_level="ERROR")

    @server.tool()
    async def weather(city: str) -> str:
        """The weather in a city."""
        return f"{city}: sun"

    @server.tool()
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    @server.tool()
    async def greet(context: Context) -> str:
        """Greet someone, after asking for the name."""
        found = await context.elicit("Who?", schema=Name)
        return f"Hello {found.data.name}"

    @server.tool()
    async def change(context: Context) -> str:
        """Change the list of tools."""
        await context.session.send_tool_list_changed()
        return "changed"

    return server.streamable_http_app(**options)


class Server:
    """Answers while it is entered; ``url`` is its endpoint.

    Args:
        options: of ``MCPServer.streamable_http_app``.
    """

    def __init__(self, **options: Any) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/mcp"
        config = uvicorn.Config(
            application(**options), log_level="critical", ws="none", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        self._ready.set()
        await serving

    def __enter__(self) -> Server:
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE)


async def session(
    url: str, *, city: str = "Köln", tool: str = "weather", pause: float = 0, **options: Any
) -> Any:
    """The lower client: protocol 2025-11-25, with a session and a standing stream."""
    async with (
        streamable_http_client(url) as (incoming, outgoing, *_),
        ClientSession(incoming, outgoing, **options) as client,
    ):
        await client.initialize()
        tools = await client.list_tools()
        await anyio.sleep(pause)
        answer = await client.call_tool(tool, {"city": city})
        return [each.name for each in tools.tools], answer.content[0].text


async def asked_back(url: str, *, tool: str) -> list[str]:
    """What happens in a session, in order: a call, what the server asks or tells, the result."""
    events = []

    async def answer(_context: Any, params: Any) -> ElicitResult:
        events.append(params.message)
        return ElicitResult(action="accept", content={"name": "Ada"})

    async def receive(message: Any) -> None:
        events.append(message.method)

    async with (
        streamable_http_client(url) as (incoming, outgoing, *_),
        ClientSession(
            incoming, outgoing, elicitation_callback=answer, message_handler=receive
        ) as client,
    ):
        await client.initialize()
        await anyio.sleep(0.2)  # the standing stream is open
        events.append("call")
        result = await client.call_tool(tool, {})
        events.append(result.content[0].text)
        await anyio.sleep(0.1)
    return events


async def calls(url: str, mode: str, **options: Any) -> Any:
    """The higher client: several calls at a time."""
    sums = {}

    async def add(number: int) -> None:
        answer = await client.call_tool("add", {"a": number, "b": 1})
        sums[number] = answer.content[0].text

    async with Client(url, mode=mode, **options) as client:
        tools = await client.list_tools()
        async with anyio.create_task_group() as tasks:
            for number in range(3):
                tasks.start_soon(add, number)
        with_error = await client.call_tool("weather", {"town": "Köln"})
        return [each.name for each in tools.tools], sums, with_error.is_error


async def legacy(url: str, **options: Any) -> Any:
    """Protocol 2025-11-25."""
    return await calls(url, "legacy", **options)


async def auto(url: str, **options: Any) -> Any:
    """Protocol 2026-07-28, as the server says when it is asked."""
    return await calls(url, "auto", **options)


async def modern(url: str, **options: Any) -> Any:
    """Protocol 2026-07-28, without asking."""
    return await calls(url, "2026-07-28", **options)


FLOWS = (session, legacy, auto, modern)
