"""A client of one request that sees how an answer comes: its chunks, and how it ends."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import h11

PATIENCE = 60  # seconds until a test that waits for something has failed


@dataclass
class Got:
    code: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)  # as HTTP's chunked coding has them
    ended: bool = False  # whether the body came to its end

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Asking:
    """One request; read its answer with ``rest``, or in parts with ``events``."""

    def __init__(self, url: str, method: str = "POST", body: bytes = b"", **headers: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), PATIENCE)
        self._connection = h11.Connection(h11.CLIENT)
        fields = {"Host": parts.netloc, "Content-Length": str(len(body))}
        fields |= {name.replace("_", "-").title(): text for name, text in headers.items()}
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        request = h11.Request(method=method, target=target or "/", headers=list(fields.items()))
        try:
            for event in (request, h11.Data(data=body), h11.EndOfMessage()):
                self.socket.sendall(self._connection.send(event) or b"")
        except OSError:
            self.close()
            raise
        self.got = Got()

    def event(self) -> Any:
        """The next event; ``None`` if the connection has ended."""
        while True:
            try:
                event = self._connection.next_event()
            except h11.RemoteProtocolError:
                return None
            if event is h11.NEED_DATA:
                self._connection.receive_data(self.socket.recv(65536))
                continue
            got = self.got
            if isinstance(event, h11.Response):
                got.code = event.status_code
                got.headers = {k.decode(): v.decode("latin-1") for k, v in event.headers}
            elif isinstance(event, h11.Data):
                if event.chunk_start or not got.chunks:
                    got.chunks.append(b"")
                got.chunks[-1] += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                got.ended = True
            return event

    def until(self, count: int) -> Got:
        """Read until so many chunks have begun."""
        while len(self.got.chunks) < count and self.event() is not None:
            pass
        return self.got

    def rest(self) -> Got:
        """Read to the end, and close."""
        while not self.got.ended and not isinstance(self.event(), h11.ConnectionClosed | None):
            pass
        self.close()
        return self.got

    def close(self) -> None:
        self.socket.close()


def ask(url: str, method: str = "POST", body: bytes = b"", **headers: str) -> Got:
    return Asking(url, method, body, **headers).rest()
