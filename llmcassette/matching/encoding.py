"""Decodes compressed bodies, so that they are compared by content."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from llmcassette.model import Headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.model import Request

__all__ = ["decoded_body", "decoded_request"]

CODING_HEADERS: Final = frozenset({"content-encoding", "content-length"})


def decoded_request(request: Request) -> Request:
    """The request with its body decoded, and without the headers that describe the coding.

    The same object if there is nothing to decode; see ``decoded_body``.
    """
    coding = request.headers.get("content-encoding", "")
    body = decoded_body(request.body, coding) if coding else request.body
    if body is request.body:
        return request
    kept = [pair for pair in request.headers.multi_items() if pair[0].lower() not in CODING_HEADERS]
    return replace(request, headers=Headers(kept), body=body, content_length=len(body))


def decoded_body(body: bytes, content_encoding: str) -> bytes:
    """The body without its content codings (RFC 9110, section 8.4).

    A body that cannot be decoded is returned as it is: it was recorded decoded, the coding is
    unknown, or its library is not installed.

    Args:
        body: the bytes as sent or recorded.
        content_encoding: the header's value: codings in the order in which they were applied.
    """
    decoded = body
    for coding in reversed(content_encoding.lower().split(",")):
        decode = DECODERS.get(coding.strip())
        if decode is None:
            if coding.strip() in ("", "identity"):
                continue
            return body
        try:
            decoded = decode(decoded)
        except Exception:  # each library has its own error class
            return body
    return decoded


def inflate(body: bytes) -> bytes:
    """Decode ``deflate``: zlib's format (RFC 9110, 8.4.1.2), whose header some senders omit."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


def from_library(*candidates: tuple[str, str]) -> Callable[[bytes], bytes]:
    """The first installed of the (module, function name) pairs, imported on first use."""

    def decode(body: bytes) -> bytes:
        for module, function in candidates:
            try:
                found = getattr(import_module(module), function)
            except ImportError:
                continue
            return cast("bytes", found(body))
        raise ImportError(f"none of {candidates} is installed")

    return decode


ONE_CALL_ZSTD: Final = from_library(
    ("compression.zstd", "decompress"), ("backports.zstd", "decompress"), ("zstd", "decompress")
)


def zstd(body: bytes) -> bytes:
    """Decode ``zstd``; the frame may lack the size, on which ``zstandard.decompress`` fails."""
    try:
        return ONE_CALL_ZSTD(body)
    except ImportError:
        stream = import_module("zstandard").ZstdDecompressor().decompressobj()
        return cast("bytes", stream.decompress(body))


DECODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": gzip.decompress,
    "x-gzip": gzip.decompress,
    "deflate": inflate,
    "br": from_library(("brotli", "decompress"), ("brotlicffi", "decompress")),
    "zstd": zstd,
}
