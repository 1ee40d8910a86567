"""Compressed request bodies, decoded so that they are compared by what they say."""

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

ABOUT_THE_CODED: Final = frozenset({"content-encoding", "content-length"})


def decoded_request(request: Request) -> Request:
    """The request with its body decoded, and without the headers that were about the coding.

    The same object where there is nothing to decode; see ``decoded_body``.
    """
    coding = request.headers.get("content-encoding", "")
    body = decoded_body(request.body, coding) if coding else request.body
    if body is request.body:
        return request
    kept = [
        pair for pair in request.headers.multi_items() if pair[0].lower() not in ABOUT_THE_CODED
    ]
    return replace(request, headers=Headers(kept), body=body, content_length=len(body))


def decoded_body(body: bytes, content_encoding: str) -> bytes:
    """The body without its content codings (RFC 9110, section 8.4).

    A body that is not in the coding its header names (recorded already decoded, or the coding
    unknown, or its library not installed) is given back as it is.

    Args:
        body: the bytes as sent or stored.
        content_encoding: the header's value; codings in the order they were applied.
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
        except Exception:  # each library has an error class of its own
            return body
    return decoded


def inflate(body: bytes) -> bytes:
    """``deflate`` is zlib's format (RFC 9110, 8.4.1.2); some senders leave out its header."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


def from_library(*candidates: tuple[str, str]) -> Callable[[bytes], bytes]:
    """The first installed of (module, function name); imported when first needed."""

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
    """Like the others; ``zstandard``'s own ``decompress`` wants the size told in the frame."""
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
