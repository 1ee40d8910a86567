"""What differs in two answers beyond what is compared by name, from their whole bodies."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from llmcassette.matching.difference.trees import ABSENT, differences
from llmcassette.providers import media
from llmcassette.providers.completion import NO_CHOICE
from llmcassette.review.diff.results import Difference, Kind
from llmcassette.review.diff.runs import compared_values
from llmcassette.review.diff.volatile import is_opaque, is_volatile_place
from llmcassette.review.values import leaves, place_text, unequal_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.value import JsonValue
    from llmcassette.matching.difference.trees import Absent
    from llmcassette.model import Response
    from llmcassette.providers import Choice, Completion, ToolCall
    from llmcassette.review.values import Unequal

__all__ = ["Named", "digest_of", "remaining_differences"]

STRUCTURE: Final = frozenset({"type", "object", "role", "index", "status", "annotations"})
"""Members that follow from which parts an answer has."""
USAGE: Final = frozenset({"usage", "usageMetadata", "billed_units", "tokens"})

Value: TypeAlias = "JsonValue | Absent"
Key: TypeAlias = tuple[bool, "JsonValue"]


def remaining_differences(old: Response, new: Response, named: Named) -> Iterator[Difference]:
    """Differences of two bodies that aren't shown under another name; ids and times are noise.

    Nothing is yielded for bodies that can't be compared by place: see ``unequal_values``.
    """
    noise: dict[str, None] = {}
    shown: set[str] = set()
    for found in unequal_values(old, new) or ():
        if is_volatile_place(found.keys):
            noise[found.name] = None
            continue
        repeated = f"{found.name}: {found.old!r} {found.new!r}"  # by several events of a stream
        if not named.shows(found) and not (found.event and repeated in shown):
            yield difference_of(found, of_answer=named.of_answer)
        shown.add(repeated)
    for name in noise:
        yield Difference(Kind.NOISE, name)


def difference_of(found: Unequal, *, of_answer: bool) -> Difference:
    place = place_text(found.keys) or "body"
    runs = compared_values(found.old, found.new)
    if ABSENT in (found.old, found.new):
        return Difference(Kind.SHAPE, f"key {place}" if of_answer else place, "", *runs)
    if not USAGE.isdisjoint(found.keys):
        return Difference(Kind.USAGE, place, "", *runs)
    return Difference(Kind.ANSWER, f"{place} of the answer" if of_answer else place, "", *runs)


class Named:
    """The values of two answers that are compared by name, as they differ.

    Args:
        old: an answer; ``None`` if it isn't one of a model.
        new: the other.

    Attributes:
        of_answer: whether both are answers of models.
    """

    def __init__(self, old: Completion | None, new: Completion | None) -> None:
        self.of_answer = old is not None and new is not None
        self._pairs: set[tuple[Key, Key]] = set()
        self._alone: tuple[set[Key], set[Key]] = set(), set()
        self._files: set[tuple[str, str]] = set()
        if old is not None and new is not None:
            self._add_answers(old, new)

    def shows(self, found: Unequal) -> bool:
        """Whether a difference is shown by name."""
        sides = found.old, found.new
        keys = [key_of(value) for value in sides]
        if keys[0] is not None and keys[1] is not None and (keys[0], keys[1]) in self._pairs:
            return True
        if self._files and all(isinstance(side, str) for side in sides):
            return tuple(map(digest_of, map(str, sides))) in self._files
        if not (self._alone[0] or self._alone[1]):
            return False
        if found.name in STRUCTURE and not any(map(is_container, sides)):
            return True
        return all(
            leaf in (None, "", [], {})
            or is_volatile_place((*found.keys, *at))
            or (at or found.keys)[-1] in STRUCTURE
            or (key_of(leaf) in alone and (isinstance(leaf, str) or is_opaque(found.keys + at)))
            for alone, side in zip(self._alone, sides, strict=True)
            for at, leaf in leaves(side)
        )

    def add(self, old: Value, new: Value) -> None:
        """Both are shown at one place."""
        if is_container(old) or is_container(new) or ABSENT in (old, new):
            for alone, side in zip(self._alone, (old, new), strict=True):
                alone.update(key for _, leaf in leaves(side) if (key := key_of(leaf)))
            return
        keys = key_of(old), key_of(new)
        if keys[0] != keys[1] and keys[0] is not None and keys[1] is not None:
            self._pairs.add((keys[0], keys[1]))

    def _add_answers(self, old: Completion, new: Completion) -> None:
        self.add(old.model, new.model)
        if old.error and new.error:
            self.add(old.error.message, new.error.message)
            self.add(old.error.type or old.error.code, new.error.type or new.error.code)
        if old.usage and new.usage:
            for name in ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens"):
                self.add(getattr(old.usage, name), getattr(new.usage, name))
            self.add(old.usage.reasoning_tokens, new.usage.reasoning_tokens)
            sums = [side.input_tokens + side.output_tokens for side in (old.usage, new.usage)]
            if sums == [old.usage.total, new.usage.total]:
                self.add(*sums)
        elif old.usage or new.usage:
            raws = [ABSENT if side.usage is None else dict(side.usage.raw) for side in (old, new)]
            self.add(cast("Value", raws[0]), cast("Value", raws[1]))
        for at in range(max(len(old.choices), len(new.choices))):
            sides = [side.choices[at] if at < len(side.choices) else None for side in (old, new)]
            self._add_choices(sides[0] or NO_CHOICE, sides[1] or NO_CHOICE)

    def _add_choices(self, old: Choice, new: Choice) -> None:
        for name in ("text", "reasoning", "refusal", "finish_reason"):
            before, after = getattr(old, name), getattr(new, name)
            if before != after:
                self.add(before or ABSENT, after or ABSENT)
        for before, after in zip_longest(old.media, new.media):
            digests = before.digest if before else "", after.digest if after else ""
            if digests[0] != digests[1]:
                self._files.add(digests)
        calls = [list(side.tool_calls) for side in (old, new)]
        for at in range(max(map(len, calls))):
            self._add_calls(*(side[at] if at < len(side) else None for side in calls))

    def _add_calls(self, old: ToolCall | None, new: ToolCall | None) -> None:
        if old is not None and new is not None and old.name == new.name:
            inside = differences(old.arguments, new.arguments)
            for found in inside:
                self.add(found.recorded, found.sent)
            if inside:
                self.add(old.raw, new.raw)
            return
        self.add(content_of(old), content_of(new))


def digest_of(text: str) -> str:
    """The digest of a file in a body; see ``Media``."""
    return media.referred(text, "").digest or media.inline(text, "", "").digest


def content_of(call: ToolCall | None) -> Value:
    return ABSENT if call is None else [call.name, call.raw, cast("JsonValue", call.arguments)]


def key_of(value: Value) -> Key | None:
    """A scalar as the member of a set; ``None`` for anything else."""
    if value is ABSENT or is_container(value):
        return None
    return isinstance(value, bool), value


def is_container(value: Value) -> bool:
    return isinstance(value, dict | list)
