"""The models' answers while a cassette was open, their tokens and their cost."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError
from llmcassette.providers import Completion, Usage, api_call, completion, counted_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmcassette.model import Interaction
    from llmcassette.providers import ApiCall

__all__ = ["answers", "completions", "cost", "known_cost", "usage"]


def completions(interactions: Iterable[Interaction]) -> tuple[Completion, ...]:
    """The models' answers among interactions; other HTTP and broken answers are left out."""
    return tuple(answer for answer in read(interactions) if isinstance(answer, Completion))


def answers(interactions: Iterable[Interaction]) -> list[Completion | ApiCall]:
    """What providers were asked and paid for: completions, embeddings, images, batches ...

    An answer that was polled is there once. Other HTTP and broken answers are left out.
    """
    return counted_once(read(interactions))


def read(interactions: Iterable[Interaction]) -> Iterator[Completion | ApiCall]:
    for each in interactions:
        try:
            found = completion(each) or api_call(each.request, each.response)
        except CassetteError:  # was raised when it was played
            continue
        if isinstance(found, Completion) and found.format == "mcp":
            continue  # a tool's answer, not a model's
        if found is not None:
            yield found


def usage(answers: Iterable[Completion | ApiCall]) -> Usage:
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


def cost(answers: Iterable[Completion | ApiCall]) -> float | None:
    """The cost in US dollars; ``None`` if the price of one is unknown, or there are no answers.

    A failed answer without usage costs nothing, and neither does a call that states no tokens.
    """
    amount, unpriced = known_cost(answers)
    return None if unpriced else amount


def known_cost(answers: Iterable[Completion | ApiCall]) -> tuple[float | None, int]:
    """The cost of the answers whose price is known, and how many others there are.

    The cost is in US dollars, and ``None`` if no price is known.
    """
    from llmcassette.recorder.pricing import price

    amounts: list[float] = []
    unpriced = 0
    for answer in answers:
        if answer.usage is None and (answer.error or not isinstance(answer, Completion)):
            continue
        found = price(answer)
        if found is None:
            unpriced += 1
        else:
            amounts.append(found.amount)
    return (fsum(amounts) if amounts else None), unpriced
