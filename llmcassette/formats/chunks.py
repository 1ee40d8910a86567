"""The chunks in which a body arrived, as one line: ``312@0.213 87@0.011 40x3@0``.

Each word is ``bytes@seconds``: the seconds since the chunk before (for the first, since the
headers), to the microsecond. ``40x3@0`` stands for three equal chunks.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

import orjson

from llmcassette.model import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["format_chunks", "parse_chunks", "parse_sizes"]

_WORD: Final = re.compile(r"([0-9]{1,15})(?:x([1-9][0-9]{0,6}))?@([0-9]{1,9}(?:\.[0-9]{1,6})?)")
_PLAIN_WORD: Final = r"[0-9]{1,15}+(?:x[1-9][0-9]{0,6}+)?+@[0-9]{1,9}+(?:\.[0-9]{1,6}+)?+"
_LINE: Final = re.compile(f"{_PLAIN_WORD}(?: {_PLAIN_WORD})*+")
_SIZE: Final = re.compile(r"([0-9]+)(?:x([0-9]+))?@")
_MOST: Final = 10_000_000


def format_chunks(chunks: Iterable[Chunk]) -> str:
    """The line; empty for no chunks. Gaps are rounded to microseconds, negative ones to 0.

    Raises:
        ValueError: a size or a gap is out of range.
    """
    words = []
    for word, run in groupby(map(_word, chunks)):
        count = sum(1 for _ in run)
        times = "" if count == 1 else f"x{count}"
        words.append(f"{word[0]}{times}@{word[1]}")
    return " ".join(words)


def parse_chunks(line: str) -> tuple[Chunk, ...]:
    """The chunks of a line.

    Raises:
        ValueError: a word is not ``bytes@seconds``, or there are more than ten million chunks.
    """
    chunks: list[Chunk] = []
    for word in line.split():
        found = _WORD.fullmatch(word)
        if found is None:
            raise ValueError(
                f"{word[:40]!r} is not a chunk; write bytes@seconds, for example 312@0.213, or "
                "remove the key so that the body is cut by event"
            )
        size, times, gap = found.groups()
        count = int(times or 1)
        if len(chunks) + count > _MOST:
            raise ValueError(f"stands for more than {_MOST} chunks")
        chunks += [Chunk(int(size), float(gap))] * count
    return tuple(chunks)


def parse_sizes(line: str) -> list[int]:
    """The sizes alone, from a line as ``format_chunks`` writes it.

    Raises:
        ValueError: the line is spelled otherwise; ``parse_chunks`` may still read it.
    """
    if not _LINE.fullmatch(line):
        raise ValueError(f"{line[:40]!r} is not as format_chunks writes it")
    if "x" not in line:
        # As JSON: int() alone takes four times as long.
        numbers: list[int] = orjson.loads(f"[{line.replace('@', ',').replace(' ', ',')}]")
        return numbers[::2]
    sizes: list[int] = []
    for size, times in _SIZE.findall(line):
        sizes += (int(size),) * int(times or 1)
        if len(sizes) > _MOST:
            raise ValueError(f"stands for more than {_MOST} chunks")
    return sizes


def _word(chunk: Chunk) -> tuple[int, str]:
    if not (0 <= chunk.size < 10**15 and chunk.gap < 10**9):
        raise ValueError(f"{chunk.size} bytes after {chunk.gap} s is not a chunk")
    gap = f"{max(chunk.gap, 0.0):.6f}".rstrip("0").removesuffix(".")
    return chunk.size, gap
