"""Cuts that need no parsing: by line, by size, at random, as recorded."""

from __future__ import annotations

import random
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from llmcassette.model import Response

__all__ = ["at_random", "by_line", "by_size", "by_sizes", "recorded"]

LARGEST_POWER: Final = 13


def by_line(body: bytes) -> list[bytes]:
    """Cut after each LF, CRLF or CR."""
    return body.splitlines(keepends=True)


def by_size(body: bytes, n: int) -> list[bytes]:
    """Cut every ``n`` bytes; the last chunk may be shorter.

    Raises:
        ValueError: ``n`` is less than 1.
    """
    if n < 1:
        raise ValueError(f"the size of a chunk must be at least 1 byte, not {n}")
    return [body[start : start + n] for start in range(0, len(body), n)]


def at_random(body: bytes, seed: int) -> list[bytes]:
    """Cut anywhere, also inside a UTF-8 character. The same seed gives the same cuts.

    Sizes are spread over powers of two, from 1 byte to 4 KiB. Only ``Random.random`` is used: its
    sequence is the same in all versions of Python.
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
    """The body cut as ``response.chunks`` says; ``None`` if there are none, or they don't fit."""
    if response.chunks is None:
        return None
    return by_sizes(response.body, [chunk.size for chunk in response.chunks])


def by_sizes(body: bytes, sizes: list[int]) -> list[bytes] | None:
    """Cut into chunks of these sizes; ``None`` if they don't add up, because of a manual edit."""
    if sum(sizes) != len(body) or min(sizes, default=0) < 0:
        return None
    return list(map(BytesIO(body).read, sizes))  # a third of the time that slices take
