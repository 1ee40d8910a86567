"""Newline-delimited JSON: one value a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NdjsonLine", "ndjson_lines", "split_ndjson"]


@dataclass(frozen=True, slots=True)
class NdjsonLine:
    """One line that is not blank.

    Attributes:
        data: its JSON text, without surrounding white space.
        offset: byte offset of the line in the body.
        size: bytes of the line, including its end.
    """

    data: bytes
    offset: int
    size: int


def split_ndjson(body: bytes) -> list[bytes]:
    """Cut after each LF. A lone CR is white space in JSON and does not end a line."""
    lines = [line + b"\n" for line in body.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def ndjson_lines(body: bytes) -> Iterator[NdjsonLine]:
    """Every line that is not blank; it need not be valid JSON."""
    offset = 0
    for line in split_ndjson(body):
        data = line.strip()
        if data:
            yield NdjsonLine(data, offset, len(line))
        offset += len(line)
