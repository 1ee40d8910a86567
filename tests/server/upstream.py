"""A provider that streams slowly and can be killed: all its connections are reset at once."""

from __future__ import annotations

import asyncio
import socket
import threading

from tests.recording.provider_server import chunk, chunked_head

PATIENCE = 60


class Upstream:
    """Answers each request with the same pieces, with a pause before each."""

    def __init__(self, pieces, pause=0.0):
        self._pieces = pieces
        self._pause = pause
        self._loop = asyncio.new_event_loop()
        self._connections = set()
        self._server = None
        self.port = 0
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.start()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        """Listen, again on the same port."""
        sock = socket.socket(proto=socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", self.port))
        self.port = sock.getsockname()[1]
        starting = asyncio.start_server(self._answer, sock=sock, backlog=2048)
        self._server = self._do(starting)

    def kill(self):
        """Reset all connections, and listen no more."""

        async def kill():
            self._server.close()
            for writer in tuple(self._connections):
                writer.transport.abort()

        self._do(kill())

    def stop(self):
        self.kill()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    async def _answer(self, reader, writer):
        self._connections.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                await reader.readexactly(length)
                writer.write(chunked_head())
                for piece in self._pieces:
                    await asyncio.sleep(self._pause)
                    writer.write(chunk(piece))
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._connections.discard(writer)
            writer.close()
