"""Which interaction of one cassette is which of another: by what is asked, not by position."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.json.canonical_text import canonical_text
from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.miss.nearest import Leaves, address_cost, leaves, likeness
from llmcassette.providers import conversation
from llmcassette.review.diff.requests import without_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmcassette.json.value import JsonValue
    from llmcassette.matching.rules import Rules
    from llmcassette.model import Interaction

__all__ = ["align"]

MOST_PAIRS: Final = 4_000
"""How many pairs are compared by content; beyond, only those near in position."""
LEAST_LIKE: Final = 0.35
"""From 0 to 1; pairs less alike are no pairs."""

SAID, AROUND, ADDRESS = 0.6, 0.25, 0.15
BARE = 1.5
"""How much more the address counts where there is no body."""

Pair = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What two requests are compared by.

    Attributes:
        value: the canonical request without ids.
        text: the same as one text, equal for equal requests.
        said: system prompt and messages, or the whole body of what is no conversation.
        around: model, tools, parameters.
        turns: how many messages.
        has_body: something is sent.
        status: of the answer.
    """

    value: dict[str, JsonValue]
    text: bytes
    said: Leaves
    around: Leaves
    turns: int
    has_body: bool
    status: int


def align(old: Sequence[Interaction], new: Sequence[Interaction], rules: Rules) -> list[Pair]:
    """Pair the interactions: equal requests first, in order; then the most alike.

    Returns:
        Positions, in the order of the new ones; what has no counterpart is paired with ``None``,
        a removed interaction following the one it followed.
    """
    canonical = Canonicalizer(rules)
    sketches = [[sketch(each, canonical) for each in side] for side in (old, new)]
    partner = equal_pairs(sketches[0], sketches[1])
    taken = set(partner.values())
    left = [i for i in range(len(old)) if i not in taken]
    right = [j for j in range(len(new)) if j not in partner]
    for j, i in alike_pairs(sketches[0], sketches[1], left, right):
        partner[j] = i
    return in_order(len(old), len(new), partner)


def sketch(interaction: Interaction, canonical: Canonicalizer) -> Sketch:
    request = interaction.request
    value = canonical.value(request)
    without_ids(value)
    asked = conversation(request)
    body = value.get("body")
    content = body[1] if isinstance(body, list) else None
    said: JsonValue = content
    around: JsonValue = None
    if asked and isinstance(content, dict):
        keys = {top(each.path) for each in (*asked.system, *asked.messages)} - {""}
        said = {key: held for key, held in content.items() if key in keys}
        around = {key: held for key, held in content.items() if key not in keys}
    return Sketch(
        value,
        canonical_text(value),
        words_of(said),
        leaves(around),
        len(asked.messages) if asked else 0,
        bool(request.body),
        interaction.response.code,
    )


def words_of(said: JsonValue) -> Leaves:
    """What is said, without who says it: every conversation has a user."""
    found = leaves(said)
    for key in [key for key in found if key[0] in ("role", "type")]:
        del found[key]
    return found


def top(path: str) -> str:
    """The first member of a path."""
    return path.partition("[")[0].partition(".")[0]


def equal_pairs(old: Sequence[Sketch], new: Sequence[Sketch]) -> dict[int, int]:
    """By new position the old one; of several equal requests those of equal status first."""
    partner: dict[int, int] = {}
    for by_status in (True, False):
        waiting: defaultdict[tuple[bytes, int], deque[int]] = defaultdict(deque)
        taken = set(partner.values())
        for i, each in enumerate(old):
            if i not in taken:
                waiting[each.text, each.status if by_status else 0].append(i)
        for j, each in enumerate(new):
            same = waiting.get((each.text, each.status if by_status else 0))
            if same and j not in partner:
                partner[j] = same.popleft()
    return partner


def alike_pairs(
    old: Sequence[Sketch], new: Sequence[Sketch], left: list[int], right: list[int]
) -> Iterator[tuple[int, int]]:
    """The most alike first, each once; of equally alike ones the nearest in position."""
    rated = [
        (-round(alikeness(old[i], new[j]), 3), abs(a - b), j, i)
        for a, i, b, j in candidates(left, right)
    ]
    heapq.heapify(rated)
    gone: set[int] = set()
    met: set[int] = set()
    while rated:
        cost, _, j, i = heapq.heappop(rated)
        if -cost >= LEAST_LIKE and i not in gone and j not in met:
            gone.add(i)
            met.add(j)
            yield j, i


def candidates(left: list[int], right: list[int]) -> Iterable[tuple[int, int, int, int]]:
    """All pairs; of many, those near in position."""
    reach = len(left) + len(right)
    if len(left) * len(right) > MOST_PAIRS:
        reach = max(abs(len(left) - len(right)), MOST_PAIRS // (2 * len(left)), 1)
    for a, i in enumerate(left):
        for b in range(max(0, a - reach), min(len(right), a + reach + 1)):
            yield a, i, b, right[b]


def alikeness(one: Sketch, other: Sketch) -> float:
    """From 0 to 1: what is said counts most, then what is around it, then where it goes."""
    apart = address_cost(one.value, other.value)
    if not one.has_body and not other.has_body:
        return max(0.0, 1 - BARE * apart)
    said = shared(one.said, other.said, worded=True)
    if one.turns and other.turns:
        said *= 1 - 0.2 * abs(one.turns - other.turns) / max(one.turns, other.turns)
    around = shared(one.around, other.around, worded=False)
    return SAID * said + AROUND * around + ADDRESS * (1 - min(1.0, apart))


def shared(one: Leaves, other: Leaves, *, worded: bool) -> float:
    return likeness(one, other, worded=worded) if one or other else 1.0


def in_order(old: int, new: int, partner: dict[int, int]) -> list[Pair]:
    behind: defaultdict[int, list[int]] = defaultdict(list)
    paired = set(partner.values())
    last = -1
    for i in range(old):
        if i in paired:
            last = i
        else:
            behind[last].append(i)
    pairs: list[Pair] = [(i, None) for i in behind[-1]]
    for j in range(new):
        mine = partner.get(j)
        pairs.append((mine, j))
        pairs += [(i, None) for i in behind[mine]] if mine is not None else []
    return pairs
