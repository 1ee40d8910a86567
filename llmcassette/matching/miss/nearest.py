"""Finds the recorded interaction that is most similar to a request, in bounded time."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette.matching.url import canonical_url

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from llmcassette.json.value import JsonValue
    from llmcassette.model import Interaction, Request

__all__ = ["Nearest", "nearest"]

Leaves: TypeAlias = Counter[tuple[str, object]]

MOST_READ: Final = 200
"""Interactions that are compared by content."""
MOST_BYTES: Final = 16_000_000
"""Bytes of recorded bodies that are searched; half as many are parsed."""
MOST_LEAVES: Final = 20_000
MOST_WORDED: Final = 20
"""The best candidates are compared word by word."""
PLAYED_COST: Final = 0.1
"""What was played already is seldom what the request was meant for. An address costs up to 1."""
MOST_CHARACTERS: Final = 20_000

MODEL = re.compile(rb'"model"\s*:\s*("[^"]{1,200}")')
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest interaction.

    Attributes:
        position: its position in the file.
        value: its request in canonical form.
        played: whether it was already replayed.
    """

    position: int
    value: dict[str, JsonValue]
    played: bool


def nearest(
    request: Request,
    value: dict[str, JsonValue],
    interactions: Sequence[Interaction],
    *,
    canonical: Callable[[Interaction], dict[str, JsonValue]],
    played: Collection[int],
) -> Nearest | None:
    """Find the nearest: by address, shared values and words, and whether it was played.

    Of any number of interactions, only ``MOST_READ`` are parsed: those with the same address,
    method and model, and among these the ones with the most strings in common.

    Args:
        request: the request as sent.
        value: the same in canonical form.
        interactions: in file order.
        canonical: returns the canonical form of a recorded request.
        played: positions of the interactions that were already replayed.
    """
    first = FirstGlance(request)
    likely = heapq.nsmallest(
        MOST_READ,
        range(len(interactions)),
        key=lambda i: (*first.cost(interactions[i].request), i in played, i),
    )
    sent_leaves = leaves(value.get("body"))
    rated: list[tuple[float, int, dict[str, JsonValue], Leaves]] = []
    room = MOST_BYTES // 2
    for i in likely:
        recorded = interactions[i].request
        if room < 0:
            break
        room -= len(recorded.body)
        other = canonical(interactions[i])
        other_leaves = leaves(other.get("body"))
        cost = address_cost(value, other) + 1 - likeness(sent_leaves, other_leaves, worded=False)
        cost += PLAYED_COST * (i in played)
        rated.append((cost, i, other, other_leaves))
    best: list[tuple[tuple[float, bool, float, int], Nearest]] = []
    for _, i, other, other_leaves in heapq.nsmallest(MOST_WORDED, rated, key=lambda r: r[:2]):
        cost = address_cost(value, other) + 1 - likeness(sent_leaves, other_leaves, worded=True)
        cost += PLAYED_COST * (i in played)
        rank = (round(cost, 2), i in played, cost, i)
        best.append((rank, Nearest(i, other, i in played)))
    return min(best, key=lambda pair: pair[0])[1] if best else None


class FirstGlance:
    """Compares a request with recorded ones without parsing bodies."""

    def __init__(self, request: Request) -> None:
        self._method = request.method.upper()
        self._url = canonical_url(request.url)
        model = MODEL.search(request.body)
        self._model = model[1] if model else b""
        self._pieces = frozenset(request.body.split(b'"'))
        self._urls: dict[str, int] = {}
        self._room = MOST_BYTES

    def cost(self, recorded: Request) -> tuple[int, bool, bool, float]:
        """How much address, method, model and the strings in the body differ, in this order."""
        known = self._urls.get(recorded.url)
        if known is None:
            url = canonical_url(recorded.url)
            known = (url.host != self._url.host) + 2 * (url.path != self._url.path)
            self._urls[recorded.url] = known
        unlike = 1.0
        if self._room > 0:
            self._room -= len(recorded.body)
            pieces = recorded.body.split(b'"')
            shared = len(self._pieces.intersection(pieces))
            unlike -= 2 * shared / (len(self._pieces) + len(pieces))
        other_model = self._model not in recorded.body
        return known, recorded.method.upper() != self._method, other_model, unlike


def address_cost(one: dict[str, JsonValue], other: dict[str, JsonValue]) -> float:
    """0 for the same method and URL; about 1 if all of it differs."""
    cost = 0.2 if one.get("method") != other.get("method") else 0.0
    parts, others = one.get("url"), other.get("url")
    assert isinstance(parts, dict)
    assert isinstance(others, dict)
    weights = {"path": 0.5, "host": 0.2, "port": 0.05, "scheme": 0.05, "query": 0.1}
    return cost + sum(w for part, w in weights.items() if parts.get(part) != others.get(part))


def leaves(value: JsonValue) -> Leaves:
    """The scalars of a value, each with its name; at most about ``MOST_LEAVES``.

    Positions are ignored, so that a message is still the same after a new one.
    """
    found: list[tuple[str, object]] = []
    pending: list[tuple[str, JsonValue]] = [("", value)]
    while pending and len(found) < MOST_LEAVES:
        name, item = pending.pop()
        if isinstance(item, dict):
            pending.extend(item.items())
        elif isinstance(item, list):
            pending.extend((name, inner) for inner in item)
        else:
            found.append((name, str(item) if isinstance(item, bool) else item))
    return Counter(found)


def likeness(one: Leaves, other: Leaves, *, worded: bool) -> float:
    """The shared part of two sets of leaves, from 0 to 1; with ``worded``, texts count by words."""
    total = one.total() + other.total()
    shared = 2.0 * (one & other).total()
    if worded and shared < total:
        mine, others = words(one - other), words(other - one)
        both = mine.total() + others.total()
        alike = 2 * (mine & others).total() / both if both else 0.0
        shared += alike * (total - shared)
    return shared / total


def words(texts: Leaves) -> Counter[str]:
    found: Counter[str] = Counter()
    room = MOST_CHARACTERS
    for _, text in texts:
        if isinstance(text, str) and room > 0:
            found.update(WORD.findall(text[:room]))
            room -= len(text)
    return found
