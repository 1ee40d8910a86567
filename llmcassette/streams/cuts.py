"""Cuts that do not depend on what a body says: by line, by size, at random, as recorded."""

from __future__ import annotations

import random
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from llmcassette.model import Response

__all__ = ["at_random", "by_line", "by_size", "by_sizes", "recorded"]

LARGEST_POWER: Final = 13


def by_line(body: bytes) -> list[bytes]:
    """Cut after each line's end: LF, CRLF or CR."""
    return body.splitlines(keepends=True)


def by_size(body: bytes, n: int) -> list[bytes]:
    """Cut every ``n`` bytes; the last chunk may be shorter.

    Raises:
        ValueError: ``n`` is not at least 1.
    """
    if n < 1:
        raise ValueError(f"a chunk has at least 1 byte, not {n}")
    return [body[start : start + n] for start in range(0, len(body), n)]


def at_random(body: bytes, seed: int) -> list[bytes]:
    """Cut anywhere, inside a UTF-8 character too; the same seed gives the same cuts.

    Single bytes are as likely as chunks of some thousands. Only ``Random.random`` is used, whose
    sequence Python keeps the same from version to version.
    """
    draw = random.Random(seed).random  # noqa: S311 (nothing secret)
    pieces = []
    start = 0
    while start < len(body):
        power = int(draw() * LARGEST_POWER)
        size = 1 + int(draw() * 2**power)
        pieces.append(body[start : start + size])
        start += size
    return pieces


def recorded(response: Response) -> list[bytes] | None:
    """The body in the pieces that were recorded, one for each of ``response.chunks``.

    ``None`` where none were recorded; else see ``by_sizes``.
    """
    if response.chunks is None:
        return None
    return by_sizes(response.body, [chunk.size for chunk in response.chunks])


def by_sizes(body: bytes, sizes: list[int]) -> list[bytes] | None:
    """Cut into pieces of so many bytes.

    ``None`` where they don't add up to the body, because somebody edited it.
    """
    if sum(sizes) != len(body) or min(sizes, default=0) < 0:
        return None
    return list(map(BytesIO(body).read, sizes))  # a third of the time that slices take
