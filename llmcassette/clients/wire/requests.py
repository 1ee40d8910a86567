"""Reads requests from the bytes that a client writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import h11

from llmcassette.model import Headers, Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.clients.wire.origin import Origin

__all__ = ["CONTINUE", "RequestHead", "RequestReader", "text_pairs"]

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

_LONGEST_HEAD: Final = 1 << 20  # bytes; the clients have no limit
_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_FIRST_LINE: Final = re.compile(rb"(%b) ([!-~]+) HTTP/1\.1" % _TOKEN)
_FIELD: Final = re.compile(
    rb"\r\n(%b):[ \t]*((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)[ \t]*(?=\r\n)"
    % _TOKEN
)


class RequestHead(NamedTuple):
    """The first part of a request.

    Attributes:
        method: its method.
        target: as in its first line.
        headers: the header fields as written, one pair a value.
    """

    method: bytes
    target: bytes
    headers: list[tuple[bytes, bytes]]


class RequestReader:
    """Reads one request from what a client writes.

    h11 reads it, but for one that comes as nearly all do: the head in one piece, and the body with
    its length.

    Attributes:
        is_complete: whether its end was written.
        written: all that was written, to send it again.
    """

    def __init__(self) -> None:
        self.is_complete = False
        self.written: list[bytes] = []
        self._head: RequestHead | None = None
        self._body: list[bytes] = []
        self._missing = 0  # bytes of the body that are to come, while h11 isn't needed
        self._connection: h11.Connection | None = None

    def feed(self, data: bytes) -> None:
        """Read the next bytes.

        Raises:
            h11.RemoteProtocolError: they are not HTTP/1.1.
        """
        self.written.append(data)
        if self._connection is None:
            if self._read_plainly(data):
                return
            self._head, self._body, self.is_complete = None, [], False
            self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD)
            data = b"".join(self.written)
        self._connection.receive_data(data)
        while not self.is_complete:
            event = self._connection.next_event()
            if isinstance(event, h11.Request):
                fields = list(event.headers.raw_items())
                self._head = RequestHead(event.method, event.target, fields)
            elif isinstance(event, h11.Data):
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self.is_complete = True
            else:
                return

    def _read_plainly(self, data: bytes) -> bool:
        """Read the next bytes without h11; whether that was possible."""
        if self._head is None:
            end = data.find(b"\r\n\r\n") + 4
            found = _plain_head(data[:end]) if end > 3 else None
            if found is None:
                return False
            self._head, self._missing = found
            data = data[end:]
        if data:
            self._body.append(data)
            self._missing -= len(data)
        self.is_complete = self._missing == 0
        return self._missing >= 0

    @property
    def waits_for_continue(self) -> bool:
        """Whether the client waits for ``CONTINUE`` before it sends the body."""
        connection = self._connection
        return connection is not None and connection.they_are_waiting_for_100_continue

    @property
    def head(self) -> RequestHead:
        """Its first part, which must have been written."""
        assert self._head is not None
        return self._head

    @property
    def method(self) -> str:
        """The method of a request whose head was written."""
        return self.head.method.decode("ascii")

    @property
    def body(self) -> bytes:
        """The body so far, without its transfer coding."""
        return self._body[0] if len(self._body) == 1 else b"".join(self._body)

    def url(self, origin: Origin) -> str:
        """The URL of a request whose head was written."""
        return origin.url(self.head.target.decode("latin-1"))

    def request(self, origin: Origin) -> Request:
        """A complete request as the model has it."""
        body = self.body
        return Request(
            method=self.method,
            url=self.url(origin),
            headers=Headers(text_pairs(self.head.headers)),
            body=body,
            content_length=len(body),
            host=origin.authority,
        )


def text_pairs(raw: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Names and values as text: UTF-8 where they are, else ISO 8859-1."""
    return [(_text(name), _text(value)) for name, value in raw]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _plain_head(data: bytes) -> tuple[RequestHead, int] | None:
    """A head, and how long its body is; ``None`` where h11 has to read it, or to refuse it."""
    first = _FIRST_LINE.match(data)
    if first is None or first[1] == b"CONNECT":
        return None
    block = data[first.end() : -2]
    fields: list[tuple[bytes, bytes]] = _FIELD.findall(block)
    names = [name.lower() for name, _ in fields]
    if (
        len(fields) + 1 != block.count(b"\r\n")
        or names.count(b"host") != 1
        or b"transfer-encoding" in names
        or b"expect" in names
        or names.count(b"content-length") > 1
    ):
        return None
    length = fields[names.index(b"content-length")][1] if b"content-length" in names else b"0"
    if not length.isdigit():
        return None
    return RequestHead(first[1], first[2], fields), int(length)
