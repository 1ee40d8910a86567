"""A server that does what each request's body says, and closes the connection after it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from typing import Any

__all__ = ["ScriptedServer", "closed_port"]

HEAD = "HTTP/1.1 {status} OK\r\ncontent-type: {type}\r\nconnection: close\r\n"
RESET = struct.pack("ii", 1, 0)


class ScriptedServer:
    """``url`` is its address; ``asked`` counts requests.

    The body of a request is a JSON object with ``status``, ``type``, ``pieces`` (pairs of a pause
    in milliseconds and a text) and ``end``: ``whole``, ``drop``, or ``hang``. Without ``status``
    there is no answer, only the end.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(60)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(60)
        assert not self._thread.is_alive()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        self._ready.set()
        await self._over.wait()
        server.close()
        for task in self._tasks:
            task.cancel()

    async def _connected(self, reader: Any, writer: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await self._answer(json.loads(await reader.readexactly(length)), reader, writer)
        with contextlib.suppress(OSError):
            writer.close()

    async def _answer(self, script: dict[str, Any], reader: Any, writer: Any) -> None:
        self.asked += 1
        if script["status"]:
            writer.write(HEAD.format(**script).encode() + b"transfer-encoding: chunked\r\n\r\n")
            for pause, text in script["pieces"]:
                await asyncio.sleep(pause / 1000)
                writer.write(f"{len(text):x}\r\n{text}\r\n".encode())
                await writer.drain()
        match script["end"]:
            case "whole":
                writer.write(b"0\r\n\r\n" if script["status"] else b"")
            case "drop":
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            case _:
                await reader.read()  # until the client goes


def closed_port() -> str:
    """The address of a port on which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}/"
