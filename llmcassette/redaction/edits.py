"""Replacements in a body, and the chunk sizes after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.model import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MARK", "MARK_BYTES", "MARK_IN_AUTHORITY", "Edit", "apply_edits", "merged", "recut"]

MARK: Final = "[REDACTED]"
"""Replaces a secret everywhere except in a URL's authority."""

MARK_BYTES: Final = MARK.encode()

MARK_IN_AUTHORITY: Final = "%5BREDACTED%5D"
"""Replaces a secret in user and host of a URL, where brackets mean an IPv6 address."""


class Edit(NamedTuple):
    """Replaces the bytes from ``start`` to ``end`` with ``text``."""

    start: int
    end: int
    text: bytes = MARK_BYTES


def merged(edits: Iterable[Edit]) -> list[Edit]:
    """The edits sorted; overlapping ones become one, with the marker if one of them has it."""
    result: list[Edit] = []
    for edit in sorted(edits):
        if result and edit.start < result[-1].end:
            last = result[-1]
            text = max(last.text, edit.text, key=lambda text: (text == MARK_BYTES, len(text)))
            result[-1] = Edit(last.start, max(last.end, edit.end), text)
        else:
            result.append(edit)
    return result


def apply_edits(data: bytes, edits: Sequence[Edit]) -> bytes:
    """``data`` after the edits, which are sorted and do not overlap."""
    pieces: list[bytes] = []
    position = 0
    for edit in edits:
        pieces += (data[position : edit.start], edit.text)
        position = edit.end
    pieces.append(data[position:])
    return b"".join(pieces)


def recut(chunks: Iterable[Chunk], edits: Sequence[Edit]) -> tuple[Chunk, ...]:
    """The chunks of a body after edits.

    A boundary inside a replaced span moves in proportion, so the sizes still add up to the body's
    length if they did before. A chunk that becomes empty is removed; its gap is added to the next
    chunk's.
    """
    result = []
    old_end = new_end = shift = done = 0
    gap = 0.0
    for chunk in chunks:
        old_end += chunk.size
        while done < len(edits) and edits[done].end <= old_end:
            shift += len(edits[done].text) - (edits[done].end - edits[done].start)
            done += 1
        boundary = old_end + shift
        if done < len(edits) and (into := old_end - edits[done].start) > 0:
            edit = edits[done]
            boundary += into * len(edit.text) // (edit.end - edit.start) - into
        gap += chunk.gap
        if boundary > new_end or not chunk.size:
            result.append(Chunk(boundary - new_end, gap))
            gap = 0.0
        new_end = boundary
    return tuple(result)
