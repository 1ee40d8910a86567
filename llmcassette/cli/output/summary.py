"""A cassette in one line: how many interactions, tokens, dollars."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from llmcassette.cli.output.lines import cells, fit_end, line, printable
from llmcassette.cli.output.words import dollars, joined, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.cli.output.lines import Row
    from llmcassette.cli.reading import Reading

__all__ = ["known_cost", "summary"]


def summary(name: str, found: Sequence[Reading], width: int) -> Row:
    """Such as ``weather.yaml · 2 interactions · 241 tokens · $0.00024``, on one line or two."""
    told = [plural(len(found), "interaction")]
    usages = [each.answered.usage for each in found if each.answered and each.answered.usage]
    if usages:
        told.append(plural(sum(usage.total for usage in usages), "token"))
    cost = known_cost(found)
    if cost is not None:
        told.append(dollars(cost))
    shown, details = fit_end(printable(name), width), joined(told)
    between = " · " if cells(shown) + 3 + cells(details) <= width else "\n"
    return line([(shown, "head"), (between + details, "dim")])


def known_cost(found: Sequence[Reading]) -> float | None:
    """US dollars; ``None`` where the price of one answer with usage is not known."""
    priced = [each for each in found if each.answered and each.answered.usage]
    amounts = [each.price.amount for each in priced if each.price is not None]
    return fsum(amounts) if amounts and len(amounts) == len(priced) else None
