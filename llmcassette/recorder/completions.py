"""The models' answers while a cassette was open, their tokens and their cost."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError
from llmcassette.providers import Completion, Usage, completion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.model import Interaction

__all__ = ["completions", "cost", "usage"]


def completions(interactions: Iterable[Interaction]) -> tuple[Completion, ...]:
    """The models' answers among interactions; other HTTP and broken answers are left out."""
    return tuple(found for each in interactions if (found := readable(each)) is not None)


def readable(interaction: Interaction) -> Completion | None:
    try:
        found = completion(interaction)
    except CassetteError:  # was raised when it was played
        return None
    return None if found is None or found.format == "mcp" else found  # a tool's, not a model's


def usage(answers: Iterable[Completion]) -> Usage:
    """The tokens of all answers that state theirs, added up. ``raw`` is empty."""
    stated = [answer.usage for answer in answers if answer.usage is not None]
    return Usage(
        input_tokens=sum(each.input_tokens for each in stated),
        output_tokens=sum(each.output_tokens for each in stated),
        total=sum(each.total for each in stated),
        cached_tokens=sum(each.cached_tokens for each in stated),
        cache_write_tokens=sum(each.cache_write_tokens for each in stated),
        reasoning_tokens=sum(each.reasoning_tokens for each in stated),
    )


def cost(answers: Iterable[Completion]) -> float | None:
    """The cost in US dollars; ``None`` if the price of one is unknown, or there are no answers.

    A failed answer without usage costs nothing.
    """
    from llmcassette.recorder.pricing import price

    amounts: list[float] = []
    for answer in answers:
        if answer.error is not None and answer.usage is None:
            continue
        found = price(answer)
        if found is None:
            return None
        amounts.append(found.amount)
    return fsum(amounts) if amounts else None
