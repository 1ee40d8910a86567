"""Requests and responses from the texts that an outline found.

Each value is the one that PyYAML reads there; where that is not certain, a ValueError is raised.
"""

from __future__ import annotations

import re
from base64 import b64decode
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from llmcassette.formats.statuses import check_status
from llmcassette.model import NO_HEADERS, Headers, Request, Response

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "body_of",
    "entries",
    "head_of",
    "is_null",
    "request_of",
    "response_of",
    "short_text",
    "strings",
    "text",
]

NULLS: Final = frozenset({b"~", b"null", b"Null", b"NULL"})
NULL_STARTS: Final = frozenset({b"~", b"n", b"N"})
ESCAPE: Final = re.compile(
    rb"""\\(?:([0abtnvfre"\\ N_LP])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-7][0-9a-fA-F])|(.))""",
    re.DOTALL,
)
NAMED: Final[dict[bytes, bytes]] = {
    b"0": b"\0",
    b"a": b"\a",
    b"b": b"\b",
    b"t": b"\t",
    b"n": b"\n",
    b"v": b"\v",
    b"f": b"\f",
    b"r": b"\r",
    b"e": b"\x1b",
    b" ": b" ",
    b'"': b'"',
    b"\\": b"\\",
    b"N": "\x85".encode(),
    b"_": "\xa0".encode(),
    b"L": "\u2028".encode(),
    b"P": "\u2029".encode(),
}
BINARY: Final = b"!!binary "
ENTRY: Final = re.compile(rb"\n +(?:- ([^\n]+)|([^\n:]+):( \[\])?)(?=\n)")


def request_of(texts: Sequence[bytes | None], margin: int) -> Request:
    """A request from the texts of its fields.

    Args:
        texts: see ``Item.request``.
        margin: indentation of the lines of a literal block.

    Raises:
        ValueError: a value is wrong, or only PyYAML can read it.
    """
    (
        proto, major, minor, length, encoding, trailer, host, address, uri, body, form, headers,
        url, method,
    ) = texts  # fmt: skip
    if not url or not method:
        raise ValueError("a request has a URL and a method")
    sent = Request(
        method=short_text(method),
        url=text(url),
        headers=multi_map(headers),
        body=body_of(body, margin),
        proto=short_text(proto, "HTTP/1.1"),
        proto_major=int(major or 1),
        proto_minor=int(minor or 1),
        content_length=int(length or 0),
        transfer_encoding=strings(encoding),
        trailer=multi_map(trailer),
        host=short_text(host),
        remote_addr=short_text(address),
        request_uri=text(uri),
        form=multi_map(form),
    )
    if not sent.url or not sent.method:
        raise ValueError("a request has a URL and a method")
    return sent


def response_of(texts: Sequence[bytes | None], margin: int) -> Response:
    """A response from the texts of its fields; see ``request_of``.

    Raises:
        ValueError: a value is wrong, or only PyYAML can read it.
    """
    (
        proto, major, minor, encoding, trailer, length, uncompressed, body, headers, status, code,
        duration, chunks, ended,
    ) = texts  # fmt: skip
    from llmcassette.formats.chunks import parse_chunks  # most responses are never made

    if not code:
        raise ValueError("a response has a code")
    status_code, reason = int(code), "" if ended is None else text(ended)
    check_status(status_code, reason)
    return Response(
        code=status_code,
        status=short_text(status),
        headers=multi_map(headers),
        body=body_of(body, margin),
        duration=0.0 if duration is None or is_null(duration) else seconds(duration),
        proto=short_text(proto, "HTTP/1.1"),
        proto_major=int(major or 1),
        proto_minor=int(minor or 1),
        content_length=int(length or -1),
        transfer_encoding=strings(encoding),
        trailer=multi_map(trailer),
        uncompressed=uncompressed == b"true",
        chunks=None if chunks is None or is_null(chunks) else parse_chunks(text(chunks)),
        ended=reason,
    )


def head_of(texts: Sequence[bytes | None]) -> tuple[str, bool, bool]:
    """From the fields before a response's body: protocol, ``uncompressed``, and if it was chunked.

    Raises:
        ValueError: a value is wrong, or only PyYAML can read it.
    """
    proto, major, minor, encoding, trailer, length, uncompressed = texts
    int(major or 1), int(minor or 1), int(length or 0), multi_map(trailer)
    return text(proto, "HTTP/1.1"), uncompressed == b"true", "chunked" in strings(encoding)


def is_null(raw: bytes) -> bool:
    return raw[:1] in NULL_STARTS and raw.rstrip(b" ") in NULLS


def seconds(raw: bytes) -> float:
    from llmcassette.formats.durations import parse_duration

    return parse_duration(scalar(raw).decode())


def text(raw: bytes | None, default: str = "") -> str:
    return default if raw is None or is_null(raw) else scalar(raw).decode()


@lru_cache(maxsize=512)
def short_text(raw: bytes | None, default: str = "") -> str:
    """Like ``text``, cached: for values that recur from one interaction to the next."""
    return text(raw, default)


def body_of(raw: bytes | None, margin: int) -> bytes:
    if raw is None:
        return b""
    if raw[:1] == b"|":
        return literal(raw, margin)
    if raw[:1] == b"!":
        encoded = raw.removeprefix(BINARY).removeprefix(b"|")
        return b64decode(b"".join(encoded.split()), validate=True)
    if raw[:1] == b"'":
        inner = raw[1:-2]
        return inner.replace(b"''", b"'") if b"'" in inner else inner
    raw = raw[:-1]
    return b"" if is_null(raw) else scalar(raw)


def scalar(raw: bytes) -> bytes:
    """A scalar on one line that is not null."""
    first = raw[:1]
    if first == b'"':
        inner = raw[1:-1]
        return ESCAPE.sub(unescaped, inner) if b"\\" in inner else inner
    if first == b"'":
        inner = raw[1:-1]
        return inner.replace(b"''", b"'") if b"'" in inner else inner
    return raw.rstrip(b" ")


def unescaped(found: re.Match[bytes]) -> bytes:
    letter, short, long, byte, unknown = found.groups()
    if letter is not None:
        return NAMED[letter]
    if unknown is not None:
        # Also \x80 to \xff: characters or bytes, depending on the rest of the file
        raise ValueError("an escape that only PyYAML can read")
    return chr(int(short or long or byte, 16)).encode()


def literal(raw: bytes, margin: int) -> bytes:
    """A literal block, from its indicators to its last line end (YAML 1.1, 9.3.2)."""
    end = raw.index(b"\n")
    header = raw[:end]
    # Faster than replace() by two thirds; split() is slower than rsplit().
    content = b"\n".join(raw[end:].rsplit(b"\n" + b" " * margin))[1:]
    if header.endswith(b"+"):
        return content
    content = content.rstrip(b"\n")
    return content if not content or header.endswith(b"-") else content + b"\n"


def strings(raw: bytes | None) -> tuple[str, ...]:
    if raw is None or raw == b" []\n":
        return ()
    return tuple(entry(line.lstrip(b" ")[2:]) for line in raw[1:-1].split(b"\n"))


@lru_cache(maxsize=512)
def multi_map(raw: bytes | None) -> Headers:
    """A mapping of names to lists of strings, cached: headers often recur in a file."""
    return NO_HEADERS if raw is None or raw == b" {}\n" else Headers(entries(raw))


def entries(raw: bytes) -> dict[str, list[str]]:
    """The names and values of a mapping that is not empty."""
    fields: dict[str, list[str]] = {}
    values: list[str] = []
    for value, name, _ in ENTRY.findall(raw):
        if name:
            key = name.decode()
            if key in fields:
                raise ValueError(f"duplicate key {key!r}")
            values = fields[key] = []
        else:
            values.append(entry(value))
    return fields


def entry(raw: bytes) -> str:
    return "" if is_null(raw) else scalar(raw).decode()
