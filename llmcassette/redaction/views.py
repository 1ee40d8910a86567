"""Decoded forms of a text that map positions back to the original text."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Decoded", "Encoding", "Pieces", "Runs", "Slice", "Span", "Unpacked", "View"]

Span = tuple[int, int]


class View(Protocol):
    """A decoded form of an original text."""

    @property
    def text(self) -> bytes: ...

    def locate(self, start: int, end: int) -> list[Span]:
        """The spans of the original that ``text[start:end]`` comes from, sorted."""


class Encoding(NamedTuple):
    """An encoding of single characters, such as percent escapes.

    Attributes:
        pattern: one encoded character.
        decode: the bytes of a match.
        decode_all: decodes a whole text in the same way, much faster; optional.
    """

    pattern: re.Pattern[bytes]
    decode: Callable[[re.Match[bytes]], bytes]
    decode_all: Callable[[bytes], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the original, not decoded."""

    text: bytes
    offset: int = 0

    def locate(self, start: int, end: int) -> list[Span]:
        return [(start + self.offset, end + self.offset)]


class Pieces:
    """Pieces of another view joined; some of them decoded."""

    __slots__ = ("_decoded", "_size", "_source", "_spans", "_starts", "parent")

    def __init__(self, parent: View) -> None:
        self.parent = parent
        self._source = parent.text
        self._decoded: list[bytes] = []
        self._size = 0
        self._starts: list[int] = []
        self._spans: list[Span] = []

    @property
    def text(self) -> bytes:
        if len(self._decoded) > 1:
            self._decoded = [b"".join(self._decoded)]
        return self._decoded[0] if self._decoded else b""

    def add(self, start: int, end: int, decoded: bytes | None = None) -> None:
        """Append a span of the parent, or its decoded text, which ``locate`` never splits."""
        if start == end:
            return
        piece = self._source[start:end] if decoded is None else decoded
        self._starts.append(self._size)
        self._spans.append((start, end))
        self._decoded.append(piece)
        self._size += len(piece)

    def add_decoded(self, start: int, end: int, encoding: Encoding) -> None:
        """Append a span of the parent, with each match of ``encoding`` decoded."""
        position = start
        for match in encoding.pattern.finditer(self._source, start, end):
            self.add(position, match.start())
            self.add(match.start(), match.end(), encoding.decode(match))
            position = match.end()
        self.add(position, end)

    def locate(self, start: int, end: int) -> list[Span]:
        found: list[Span] = []
        for index in range(bisect_right(self._starts, start) - 1, len(self._starts)):
            at = self._starts[index]
            if at >= end:
                break
            first, last = self._spans[index]
            behind = self._starts[index + 1] if index + 1 < len(self._starts) else self._size
            if behind - at == last - first:
                first, last = first + max(start - at, 0), min(first + end - at, last)
            if found and found[-1][1] == first:
                found[-1] = (found[-1][0], last)
            else:
                found.append((first, last))
        return [span for piece in found for span in self.parent.locate(*piece)]


class Decoded:
    """Another view with all matches of an encoding decoded. Positions are computed when needed."""

    __slots__ = ("_encoding", "_pieces", "parent", "text")

    def __init__(self, parent: View, encoding: Encoding) -> None:
        self.parent = parent
        self.text = (
            encoding.pattern.sub(encoding.decode, parent.text)
            if encoding.decode_all is None
            else encoding.decode_all(parent.text)
        )
        self._encoding = encoding
        self._pieces: Pieces | None = None

    def locate(self, start: int, end: int) -> list[Span]:
        if self._pieces is None:
            self._pieces = Pieces(self.parent)
            self._pieces.add_decoded(0, len(self.parent.text), self._encoding)
        return self._pieces.locate(start, end)


class Runs:
    """The decoded runs of Base64 or of hexadecimal digits in another view, one a line.

    Args:
        parent: the view with the runs.
        runs: each run.
        decoded: the bytes of each run.
        group: how many characters stand for how many bytes: (4, 3) or (2, 1).
    """

    __slots__ = ("_group", "_runs", "_starts", "parent", "text")

    def __init__(
        self, parent: View, runs: Sequence[Span], decoded: Sequence[bytes], group: tuple[int, int]
    ) -> None:
        self.parent = parent
        self.text = b"\n".join(decoded)
        self._runs = runs
        self._group = group
        self._starts = starts_of(decoded)

    @property
    def origin(self) -> bytes:
        """The runs as they are in the other view."""
        return origin_of(self.parent, self._runs)

    def locate(self, start: int, end: int) -> list[Span]:
        index = bisect_right(self._starts, start) - 1
        at = self._starts[index]
        characters, size = self._group
        first, last = self._runs[index]
        return self.parent.locate(
            first + (start - at) // size * characters,
            min(first - (at - end) // size * characters, last),
        )


class Unpacked:
    """The decompressed contents of such runs, one a line; each is located as its whole run."""

    __slots__ = ("_runs", "_starts", "parent", "text")

    def __init__(self, parent: View, runs: Sequence[Span], contents: Sequence[bytes]) -> None:
        self.parent = parent
        self.text = b"\n".join(contents)
        self._runs = runs
        self._starts = starts_of(contents)

    @property
    def origin(self) -> bytes:
        """The runs as they are in the other view."""
        return origin_of(self.parent, self._runs)

    def locate(self, start: int, _end: int) -> list[Span]:
        return self.parent.locate(*self._runs[bisect_right(self._starts, start) - 1])


def origin_of(view: View, runs: Sequence[Span]) -> bytes:
    text = view.text
    return b"\n".join(text[start:end] for start, end in runs)


def starts_of(lines: Iterable[bytes]) -> list[int]:
    """Where each line starts when they are joined with line breaks."""
    starts = []
    position = 0
    for line in lines:
        starts.append(position)
        position += len(line) + 1
    return starts
