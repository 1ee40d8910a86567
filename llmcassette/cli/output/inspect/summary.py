"""A cassette in one line: interactions, tokens, cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.cli.output.layout import line
from llmcassette.cli.output.text import fit_end, text_width
from llmcassette.escaping import one_line
from llmcassette.review.numbers import dollars, joined, plural
from llmcassette.review.parsed import answers, known_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.cli.output.layout import Row
    from llmcassette.review.parsed import ParsedInteraction

__all__ = ["summary"]


def summary(name: str, parsed: Sequence[ParsedInteraction], width: int) -> Row:
    """``weather.yaml · 2 interactions · 241 tokens · $0.00024``, on one line or two."""
    parts = [plural(len(parsed), "interaction")]
    usages = [answer.usage for answer in answers(parsed) if answer.usage]
    if usages:
        parts.append(plural(sum(usage.total for usage in usages), "token"))
    cost = known_cost(parsed)
    if cost is not None:
        parts.append(dollars(cost))
    shown, details = fit_end(one_line(name), width), joined(parts)
    separator = " · " if text_width(shown) + 3 + text_width(details) <= width else "\n"
    return line([(shown, "head"), (separator + details, "dim")])
