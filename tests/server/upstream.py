"""A provider in a process of its own, that streams slowly and can be killed.

As a script: ``upstream.py PORT PAUSE PIECES``, with a JSON list of texts.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class Upstream:
    """Answers each request with the same pieces, with a pause before each."""

    def __init__(self, pieces, pause=0.0):
        self._arguments = [str(pause), json.dumps([piece.decode() for piece in pieces])]
        self.port = 0
        self.start()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        """Listen, again on the same port."""
        self._process = subprocess.Popen(
            [sys.executable, "-S", __file__, str(self.port), *self._arguments],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.port = int(self._process.stdout.readline())

    def kill(self):
        """End the process at once; the system closes its connections."""
        self._process.kill()
        self._process.communicate()

    stop = kill


async def serve(port, pause, pieces):
    async def answer(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                await reader.readexactly(length)
                writer.write(HEAD)
                for piece in pieces:
                    await asyncio.sleep(pause)
                    writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    sock = socket.socket(proto=socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    await asyncio.start_server(answer, sock=sock, backlog=2048)
    print(sock.getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    given = [piece.encode() for piece in json.loads(sys.argv[3])]
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]), given))
