"""Pairs the interactions of two cassettes by their requests, not by position."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.json.canonical_text import canonical_text
from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.miss.nearest import Leaves, address_cost, leaves, likeness
from llmcassette.providers import conversation
from llmcassette.review.diff.requests import replace_ids
from llmcassette.streams.bounds import ExpandsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from llmcassette.json.value import JsonValue
    from llmcassette.matching.rules import Rules
    from llmcassette.model import Cassette, Interaction

__all__ = ["align"]

MOST_PAIRS: Final = 4_000
"""Pairs that are compared by content; of more, only those near in position."""
LEAST_SIMILARITY: Final = 0.35
"""From 0 to 1; less similar requests are not paired."""

TEXT_WEIGHT, OPTIONS_WEIGHT, ADDRESS_WEIGHT = 0.6, 0.25, 0.15
BARE_ADDRESS_WEIGHT = 1.5
"""Weight of the address of requests without a body."""

Pair = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What two requests are compared by.

    Attributes:
        value: the canonical request without ids.
        key: the same as one text, equal for equal requests.
        text: system prompt and messages; of other HTTP the whole body.
        options: model, tools, parameters.
        turns: the number of messages.
        has_body: whether the request has a body.
        status: of the answer.
    """

    value: dict[str, JsonValue]
    key: bytes
    text: Leaves
    options: Leaves
    turns: int
    has_body: bool
    status: int


def align(old: Cassette, new: Cassette, rules: Rules) -> list[Pair]:
    """Pair equal requests first, in order; then the most similar ones.

    Returns:
        Positions, in the order of the new cassette. An interaction without a counterpart is paired
        with ``None``; a removed one comes after the one that it came after.

    Raises:
        CassetteError: the body of a request decodes to too much.
    """
    canonical = Canonicalizer(rules)
    sketches = [
        [sketch(each, at, side.path, canonical) for at, each in enumerate(side.interactions)]
        for side in (old, new)
    ]
    partner = pair_equal(sketches[0], sketches[1])
    taken = set(partner.values())
    left = [i for i in range(len(old.interactions)) if i not in taken]
    right = [j for j in range(len(new.interactions)) if j not in partner]
    for j, i in pair_similar(sketches[0], sketches[1], left, right):
        partner[j] = i
    return in_order(len(old.interactions), len(new.interactions), partner)


def sketch(
    interaction: Interaction, position: int, path: Path | None, canonical: Canonicalizer
) -> Sketch:
    request = interaction.request
    try:
        value = canonical.value(request)
    except ExpandsError as error:
        raise error.at(path=path, interaction=position) from None
    replace_ids(request, value)
    asked = conversation(request)
    body = value.get("body")
    content = body[1] if isinstance(body, list) else None
    text: JsonValue = content
    options: JsonValue = None
    if asked and isinstance(content, dict):
        keys = {first_member(each.path) for each in (*asked.system, *asked.messages)} - {""}
        text = {key: member for key, member in content.items() if key in keys}
        options = {key: member for key, member in content.items() if key not in keys}
    return Sketch(
        value,
        canonical_text(value),
        without_roles(leaves(text)),
        leaves(options),
        len(asked.messages) if asked else 0,
        bool(request.body),
        interaction.response.code,
    )


def without_roles(found: Leaves) -> Leaves:
    """Leaves without roles and types, which all conversations share."""
    return Counter({key: n for key, n in found.items() if key[0] not in ("role", "type")})


def first_member(path: str) -> str:
    return path.partition("[")[0].partition(".")[0]


def pair_equal(old: Sequence[Sketch], new: Sequence[Sketch]) -> dict[int, int]:
    """The old position for each new one; of several equal requests those of equal status first."""
    partner: dict[int, int] = {}
    for by_status in (True, False):
        waiting: defaultdict[tuple[bytes, int], deque[int]] = defaultdict(deque)
        taken = set(partner.values())
        for i, each in enumerate(old):
            if i not in taken:
                waiting[each.key, each.status if by_status else 0].append(i)
        for j, each in enumerate(new):
            same = waiting.get((each.key, each.status if by_status else 0))
            if same and j not in partner:
                partner[j] = same.popleft()
    return partner


def pair_similar(
    old: Sequence[Sketch], new: Sequence[Sketch], left: list[int], right: list[int]
) -> Iterator[tuple[int, int]]:
    """New and old positions, the most similar pairs first; of equally similar ones the nearest.

    Args:
        old: the old requests.
        new: the new requests.
        left: positions of the old ones to pair.
        right: positions of the new ones to pair.
    """
    rated = [
        (-round(similarity(old[i], new[j]), 3), abs(a - b), j, i)
        for a, i, b, j in candidates(left, right)
    ]
    paired_old: set[int] = set()
    paired_new: set[int] = set()
    for cost, _, j, i in sorted(rated):
        if -cost >= LEAST_SIMILARITY and i not in paired_old and j not in paired_new:
            paired_old.add(i)
            paired_new.add(j)
            yield j, i


def candidates(left: list[int], right: list[int]) -> Iterable[tuple[int, int, int, int]]:
    """All pairs; if they are too many, those near in position."""
    reach = len(left) + len(right)
    if len(left) * len(right) > MOST_PAIRS:
        reach = max(abs(len(left) - len(right)), MOST_PAIRS // (2 * len(left)), 1)
    for a, i in enumerate(left):
        for b in range(max(0, a - reach), min(len(right), a + reach + 1)):
            yield a, i, b, right[b]


def similarity(one: Sketch, other: Sketch) -> float:
    """From 0 to 1: the text counts most, then model, tools and parameters, then the address."""
    distance = address_cost(one.value, other.value)
    if not one.has_body and not other.has_body:
        return max(0.0, 1 - BARE_ADDRESS_WEIGHT * distance)
    text = shared(one.text, other.text, worded=True)
    if one.turns and other.turns:
        text *= 1 - 0.2 * abs(one.turns - other.turns) / max(one.turns, other.turns)
    options = shared(one.options, other.options, worded=False)
    address = 1 - min(1.0, distance)
    return TEXT_WEIGHT * text + OPTIONS_WEIGHT * options + ADDRESS_WEIGHT * address


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
