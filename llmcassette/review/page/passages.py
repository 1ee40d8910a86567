"""Texts of a cassette as passages of prose and code, with nothing invisible in them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.escaping import escaped_character, is_shown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Passage", "Writing", "json_writing", "shown", "writing"]

MOST_CHARACTERS: Final = 200_000
"""Of one text; the rest is only counted."""
FOLDED: Final = 2_000
"""A text of more characters shows its first ``UNFOLDED`` ones."""
UNFOLDED: Final = 1_000

FENCE: Final = re.compile(r"^```[^\n`]*\n(.*?)(?:^```[^\S\n]*$\n?|\Z)", re.DOTALL | re.MULTILINE)
"""A block of code in Markdown."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Prose, or code."""

    text: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Writing:
    """A text.

    Attributes:
        first: what is shown at once.
        rest: what is folded away.
        folded: the number of characters in ``rest``.
        left_out: the number of characters after these.
    """

    first: tuple[Passage, ...]
    rest: tuple[Passage, ...] = ()
    folded: int = 0
    left_out: int = 0


def shown(text: str) -> str:
    """A text with its invisible and reordering characters escaped, such as bidirectional ones."""
    text = text.replace("\r\n", "\n")
    if text.isascii() and text.isprintable():
        return text
    return "".join([c if is_shown(c) or c in "\n\t" else escaped_character(c) for c in text])


def writing(text: str, *, is_code: bool = False) -> Writing:
    """A text in passages, folded if it is long."""
    left_out = max(0, len(text) - MOST_CHARACTERS)
    text = shown(text[:MOST_CHARACTERS].strip("\n"))
    passages = [Passage(text, is_code=True)] if is_code else list(split_code(text))
    if len(text) <= FOLDED:
        return Writing(tuple(passages), left_out=left_out)
    first: list[Passage] = []
    room = UNFOLDED
    while passages and room > 0:
        passage = passages.pop(0)
        end = line_end(passage.text, room)
        first.append(Passage(passage.text[:end], passage.is_code))
        if rest := passage.text[end:]:
            passages.insert(0, Passage(rest.removeprefix("\n"), passage.is_code))
            break
        room -= end
    folded = sum(len(passage.text) for passage in passages)
    return Writing(tuple(first), tuple(passages), folded, left_out)


def line_end(text: str, room: int) -> int:
    """Where to cut a text: at the end of a line or word, if there is one near."""
    if len(text) <= room:
        return len(text)
    found = max(text.rfind("\n", room // 2, room), text.rfind(" ", room // 2, room))
    return room if found < 0 else found


def split_code(text: str) -> Iterator[Passage]:
    """Prose, and the fenced code blocks of Markdown without their fences."""
    start = 0
    for fence in FENCE.finditer(text):
        if prose := text[start : fence.start()].strip("\n"):
            yield Passage(prose)
        yield Passage(fence[1].rstrip("\n"), is_code=True)
        start = fence.end()
    if (prose := text[start:].strip("\n")) or not start:
        yield Passage(prose)


def json_writing(value: object) -> Writing:
    """A JSON value, indented; a text as it is."""
    if isinstance(value, str):
        return writing(value, is_code=True)
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        text = "(nested too deep to be shown)"
    return writing(text, is_code=True)
