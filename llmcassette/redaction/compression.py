"""Recognises compressed data by its bytes, decompresses it, and compresses it again."""

from __future__ import annotations

import gzip
import importlib
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.streams.bounds import ExpandsError
from llmcassette.streams.codings import begins_as, decode_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.streams.bounds import Bounds

__all__ = ["Packed", "has_mark", "pack", "unpack"]

MAGIC: Final = {b"\x1f\x8b\x08": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
SHORTEST: Final = 8
BEGINNING: Final = 16
"""Bytes by which most data is no raw deflate and no Brotli; they decode to 16 MB at most."""


class Packed(NamedTuple):
    """Compressed data.

    Attributes:
        coding: ``gzip``, ``zstd``, ``deflate`` or ``br``.
        content: the decompressed data.
        raw: deflate without the header of zlib.
    """

    coding: str
    content: bytes
    raw: bool = False


def unpack(data: bytes, bounds: Bounds, coded: int | None = None) -> Packed | None:
    """The content of compressed data; ``None`` for other data, and for data that is cut or broken.

    Brotli and raw deflate have no mark: data is tried as such.

    Args:
        data: the bytes.
        bounds: how much they may decode to.
        coded: the size that the ratio is taken of, where ``data`` itself was decoded.

    Raises:
        ExpandsError: they decode to more than ``bounds``.
    """
    if len(data) < SHORTEST:
        return None
    for coding in codings(data):
        coded = len(data) if coded is None else coded
        room = bounds._replace(size=bounds.limit(coded))
        try:
            content = decode_body(data, coding, room)
        except ExpandsError:
            raise bounds.error(coded) from None
        if content is not data and content:
            return Packed(coding, content, raw=coding == "deflate" and not has_header(data))
    return None


def codings(data: bytes) -> Iterator[str]:
    for magic, coding in MAGIC.items():
        if data.startswith(magic):
            yield coding
            return
    if has_header(data):
        yield "deflate"
        return
    yield from (coding for coding in ("deflate", "br") if begins_as(coding, data[:BEGINNING]))


def has_mark(data: bytes) -> bool:
    """Whether data starts as gzip or zstd does."""
    return data.startswith(tuple(MAGIC))


def has_header(data: bytes) -> bool:
    """Whether data starts with the header of zlib (RFC 1950, 2.2)."""
    return data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0


def pack(content: bytes, like: Packed) -> bytes:
    """Other content, compressed in the same way."""
    if like.coding == "gzip":
        return gzip.compress(content, mtime=0)
    if like.coding == "deflate":
        return zlib.compress(content, wbits=-zlib.MAX_WBITS if like.raw else zlib.MAX_WBITS)
    for name in MODULES[like.coding]:
        try:
            compressed: bytes = importlib.import_module(name).compress(content)
        except ImportError:
            continue
        return compressed
    raise AssertionError(f"{like.coding} was decompressed")


MODULES: Final = {
    "br": ("brotli", "brotlicffi"),
    "zstd": ("compression.zstd", "backports.zstd", "zstandard"),
}
