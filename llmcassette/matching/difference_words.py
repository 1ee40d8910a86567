"""Which words of two texts differ, with as much around them as it takes to find the place."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from llmcassette.matching.difference_text import MARGIN, escape, visible

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Run", "around_first_change", "common_length", "word_difference"]

Style: TypeAlias = Literal["", "old", "new", "whole", "quote", "cut"]

WORD = re.compile(r"\w+|\s+|[^\w\s]")
SENTENCE = re.compile(r"[^\n.!?]*[\n.!?]+\s*|[^\n.!?]+")

LONGEST_COMPARED: Final = 60_000
MOST_COMPARED: Final = 30_000
"""Pairs of equal words that are aligned; beyond, sentences are, or the first words."""

LONGEST_BEGINNING: Final = 1200
CONTEXT: Final = 40
LONGEST_CHANGE: Final = 240
MOST_CHANGES: Final = 4
LEAST_CUT: Final = 12
LONGEST_BRIDGE: Final = 3
LONGEST_WORD: Final = 60
LEAST_IN_COMMON: Final = 0.3
LONG_END: Final = 200
LONGEST_SCRUBBED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a text, escaped for a terminal.

    Attributes:
        style: ``old`` or ``new`` for what the other text has not, ``whole`` where that is all of
            it; ``quote`` for quotation marks; ``cut`` stands for what is left out.
    """

    text: str
    style: Style = ""


@dataclass(slots=True)
class Segment:
    """A stretch of both texts: the same in both, or one text in place of the other."""

    old: str
    new: str

    @property
    def changed(self) -> bool:
        return self.old != self.new


def word_difference(old: str, new: str) -> tuple[list[Run], list[Run]]:
    """Two texts as runs, what differs marked, equal text far from any difference left out.

    Texts that have little in common are each one marked run.
    """
    segments = tidy(segments_of(old, new))
    changes = [segment for segment in segments if segment.changed]
    left_out = changes[MOST_CHANGES:]
    if left_out:
        end = next(i for i, segment in enumerate(segments) if segment is left_out[0])
        segments = segments[:end]
    sides: tuple[list[Run], list[Run]] = ([], [])
    for i, segment in enumerate(segments):
        if segment.changed:
            write = visible if look_alike(segment.old, segment.new) else escape
            sides[0].extend(changed_runs(segment.old, "old", write))
            sides[1].extend(changed_runs(segment.new, "new", write))
        else:
            first, last = i == 0, i == len(segments) - 1
            for side in sides:
                side.extend(equal_runs(segment.old, head=not first, tail=not last))
    if left_out:
        count = len(left_out)
        note = Run(f"… ({count} more change{'s' if count > 1 else ''})", "cut")
        for side in sides:
            side.append(note)
    return sides


def around_first_change(old: str, new: str, scrub: Callable[[str], str]) -> tuple[str, str]:
    """Two texts, scrubbed; of very long ones, so much around the first difference as is shown."""
    start = max(0, common_length(old, new) - 2 * MARGIN)
    sides = []
    for text in (old, new):
        part = scrub(text[start : start + LONGEST_SCRUBBED])
        if start:
            part = part[MARGIN:]
        sides.append(part[:-MARGIN] if len(text) - start > LONGEST_SCRUBBED else part)
    return sides[0], sides[1]


def segments_of(old: str, new: str) -> list[Segment]:
    """The texts aligned by word; by sentence first where they are long."""
    start, end = equal_ends(old, new)
    behind = old[len(old) - end :]
    middle = Segment(old[start : len(old) - end], new[start : len(new) - end])
    found = [Segment(old[:start], old[:start])]
    if comparable(WORD, middle):
        found += aligned(WORD, middle)
    elif comparable(SENTENCE, middle):
        for segment in aligned(SENTENCE, middle):
            found += by_word(segment) if segment.changed else [segment]
    else:
        found += by_word(middle)
    return [*found, Segment(behind, behind)]


def by_word(segment: Segment) -> list[Segment]:
    """The words aligned; of a text too long for that its beginning, and the rest as it is."""
    if comparable(WORD, segment):
        return aligned(WORD, segment)
    head = Segment(segment.old[:LONGEST_BEGINNING], segment.new[:LONGEST_BEGINNING])
    rest = Segment(segment.old[LONGEST_BEGINNING:], segment.new[LONGEST_BEGINNING:])
    return [*(aligned(WORD, head) if comparable(WORD, head) else [head]), rest]


def comparable(token: re.Pattern[str], segment: Segment) -> bool:
    """Whether aligning is affordable: its cost is the number of pairs of equal tokens."""
    if max(len(segment.old), len(segment.new)) > LONGEST_COMPARED:
        return False
    old, new = Counter(token.findall(segment.old)), Counter(token.findall(segment.new))
    pairs = sum(old[text] * new[text] for text in old if not text.isspace())
    return pairs <= MOST_COMPARED


def aligned(token: re.Pattern[str], segment: Segment) -> list[Segment]:
    old, new = token.findall(segment.old), token.findall(segment.new)
    matcher = SequenceMatcher(str.isspace, old, new, autojunk=False)
    return [
        Segment("".join(old[i:i_end]), "".join(new[j:j_end]))
        for _, i, i_end, j, j_end in matcher.get_opcodes()
    ]


def equal_ends(old: str, new: str) -> tuple[int, int]:
    """How many characters are equal before and behind, both in whole words."""
    start = common_length(old, new)
    start -= split_word(old[:start], old[start:], new[start:])
    old, new = old[start:][::-1], new[start:][::-1]
    end = common_length(old, new)
    return start, end - split_word(old[:end], old[end:], new[end:])


def split_word(common: str, *rests: str) -> int:
    """How much of a common beginning is part of a word that goes on in one of the texts."""
    if not any(rest and is_word(rest[0]) for rest in rests):
        return 0
    near = common[-LONGEST_WORD:]
    begun = next((n for n, c in enumerate(reversed(near)) if not is_word(c)), len(near))
    return begun if begun < LONGEST_WORD else 0


def common_length(one: str, other: str) -> int:
    """Length of the common beginning, by halving: slices compare at memory speed."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def tidy(segments: list[Segment]) -> list[Segment]:
    """Join changes with only a blank or a mark between them; texts too unlike become one change."""
    joined: list[Segment] = []
    for segment in segments:
        if not segment.old and not segment.new:
            continue
        bridged = (
            len(joined) > 1
            and segment.changed
            and not joined[-1].changed
            and joined[-2].changed
            and is_bridge(joined[-1].old)
        )
        if bridged:
            bridge = joined.pop()
            joined[-1].old += bridge.old + segment.old
            joined[-1].new += bridge.new + segment.new
        elif joined and joined[-1].changed == segment.changed:
            joined[-1].old += segment.old
            joined[-1].new += segment.new
        else:
            joined.append(segment)
    return one_change(joined)


def one_change(segments: list[Segment]) -> list[Segment]:
    """Texts that share no more than scattered words as one change; long common ends stay apart."""
    changed = [i for i, segment in enumerate(segments) if segment.changed]
    if not changed:
        return segments
    first, last = changed[0], changed[-1] + 1
    if little_in_common(segments[first:last]):
        segments = [*segments[:first], joined_segment(segments[first:last]), *segments[last:]]
    if little_in_common(segments) and common_size(segments) < LONG_END:
        return [joined_segment(segments)]
    return segments


def joined_segment(segments: list[Segment]) -> Segment:
    return Segment("".join(s.old for s in segments), "".join(s.new for s in segments))


def common_size(segments: list[Segment]) -> int:
    return sum(len(segment.old.strip()) for segment in segments if not segment.changed)


def little_in_common(segments: list[Segment]) -> bool:
    whole = joined_segment(segments)
    shorter = min(len(whole.old), len(whole.new))
    return common_size(segments) < LEAST_IN_COMMON * shorter


def is_bridge(text: str) -> bool:
    return text.isspace() or (len(text) <= LONGEST_BRIDGE and not any(map(is_word, text)))


def look_alike(old: str, new: str) -> bool:
    """Whether a reader would see no difference: other spaces, invisible or composed characters."""
    return bool(old and new) and seen(old) == seen(new)


def seen(text: str) -> str:
    kept = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return "".join(kept).strip()


def changed_runs(text: str, style: Style, write: Callable[[str], str]) -> list[Run]:
    if len(text) <= LONGEST_CHANGE:
        return [Run(write(text), style)] if text else []
    head, tail = text[: LONGEST_CHANGE * 2 // 3], text[-LONGEST_CHANGE // 4 :]
    return [
        Run(write(head), style),
        Run(" … ", "cut"),
        Run(write(tail), style),
    ]


def equal_runs(text: str, *, head: bool, tail: bool) -> list[Run]:
    """What both texts say: all of it where it is short, else what stands beside the changes.

    Args:
        text: the common text.
        head: a change stands before it.
        tail: a change stands behind it.
    """
    if len(text) <= (head + tail) * CONTEXT + LEAST_CUT:
        return [Run(escape(text))] if text else []
    before = text[:CONTEXT].rpartition(" ")[0] or text[:CONTEXT]
    behind = text[-CONTEXT:].partition(" ")[2] or text[-CONTEXT:]
    runs = [Run(escape(before))] if head else []
    runs.append(Run(" … " if head and tail else " …" if head else "… ", "cut"))
    return [*runs, Run(escape(behind))] if tail else runs
