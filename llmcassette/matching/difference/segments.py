"""Aligns two texts: the parts that are equal, and the parts that replace each other."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

__all__ = ["Segment", "common_length", "segments_of"]

WORD = re.compile(r"\w+|\s+|[^\w\s]")
SENTENCE = re.compile(r"[^\n.!?]*[\n.!?]+\s*|[^\n.!?]+")

LONGEST_COMPARED: Final = 120_000
MOST_COMPARED: Final = 30_000
"""Pairs of equal tokens; with more, sentences are aligned, or only the beginning."""

MOST_WORD_BY_WORD: Final = 2000
BEGINNINGS: Final = (4000, 1000, 250)
LONGEST_BRIDGE: Final = 3
LONGEST_WORD: Final = 60
LEAST_IN_COMMON: Final = 0.3
LONG_END: Final = 200


@dataclass(slots=True)
class Segment:
    """A part of both texts: equal in both, or one text in place of the other."""

    old: str
    new: str

    @property
    def changed(self) -> bool:
        return self.old != self.new


def segments_of(old: str, new: str) -> tuple[list[Segment], bool]:
    """Align two texts by word, long ones by sentence first; and whether the result is complete.

    If even the sentences are too many, the result ends soon after the first difference.
    """
    start, end = equal_ends(old, new)
    behind = old[len(old) - end :]
    before = Segment(old[:start], old[:start])
    middle = Segment(old[start : len(old) - end], new[start : len(new) - end])
    if comparable(WORD, middle):
        found = aligned(WORD, middle)
    elif comparable(SENTENCE, middle):
        found = [word for sentence in aligned(SENTENCE, middle) for word in by_word(sentence)]
    else:
        heads = [Segment(middle.old[:size], middle.new[:size]) for size in BEGINNINGS]
        head = next((head for head in heads if comparable(WORD, head)), heads[-1])
        return tidy([before, *by_word(head)]), False
    return tidy([before, *found, Segment(behind, behind)]), True


def by_word(segment: Segment) -> list[Segment]:
    return aligned(WORD, segment) if segment.changed and comparable(WORD, segment) else [segment]


def comparable(token: re.Pattern[str], segment: Segment) -> bool:
    """Whether alignment is affordable: its cost is the number of pairs of equal tokens."""
    if max(len(segment.old), len(segment.new)) > LONGEST_COMPARED:
        return False
    old, new = Counter(token.findall(segment.old)), Counter(token.findall(segment.new))
    pairs = sum(old[text] * new[text] for text in old if not text.isspace())
    return pairs <= MOST_COMPARED


def aligned(token: re.Pattern[str], segment: Segment) -> list[Segment]:
    old, new = token.findall(segment.old), token.findall(segment.new)
    # With blanks as junk, every match ends at a word: good for few tokens, quadratic for many.
    many = len(old) + len(new) > MOST_WORD_BY_WORD
    matcher = SequenceMatcher(None if many else str.isspace, old, new, autojunk=many)
    return [
        Segment("".join(old[i:i_end]), "".join(new[j:j_end]))
        for _, i, i_end, j, j_end in matcher.get_opcodes()
    ]


def equal_ends(old: str, new: str) -> tuple[int, int]:
    """How many characters are equal at the start and at the end, in whole words."""
    start = common_length(old, new)
    start -= split_word(old[:start], old[start:], new[start:])
    old, new = old[start:][::-1], new[start:][::-1]
    end = common_length(old, new)
    return start, end - split_word(old[:end], old[end:], new[end:])


def split_word(common: str, *rests: str) -> int:
    """The length of the word at the end of a common beginning, if it continues in a text."""
    if not any(rest and is_word(rest[0]) for rest in rests):
        return 0
    near = common[-LONGEST_WORD:]
    begun = next((n for n, c in enumerate(reversed(near)) if not is_word(c)), len(near))
    return begun if begun < LONGEST_WORD else 0


def common_length(one: str, other: str) -> int:
    """Length of the common beginning, by bisection: slices are compared at memory speed."""
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
    """Join changes with only a blank or a mark between them; very different texts are one."""
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
    """Texts that share only scattered words become one change, without long common ends."""
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
