"""A changed answer counts once, not again in the later requests that repeat it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmcassette.providers import conversation
from llmcassette.review.diff.results import Difference, Kind

if TYPE_CHECKING:
    from llmcassette.model import Request
    from llmcassette.review.repeated import Answer, KnownAnswers

__all__ = ["without_repeated_answers"]


def without_repeated_answers(
    differences: tuple[Difference, ...],
    requests: tuple[Request, Request],
    answers: tuple[KnownAnswers, KnownAnswers],
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Separate the differences of earlier answers that both requests repeat.

    Args:
        differences: of two interactions.
        requests: the old and the new request.
        answers: of the old and the new cassette.

    Returns:
        The other differences, and the separated ones as noise: they count where the answer is.
    """
    if not any(each.kind is Kind.REQUEST for each in differences):
        return differences, ()
    old, new = (repeated(*side) for side in zip(requests, answers, strict=True))
    paths = {path for path in old if path in new and old[path].values != new[path].values}
    told = [
        each for each in differences if each.kind is Kind.REQUEST and is_below(each.place, paths)
    ]
    others = tuple(each for each in differences if each not in told)
    name = "earlier answers in the request"
    return others, tuple(replace(each, kind=Kind.NOISE, name=name) for each in told)


def repeated(request: Request, answers: KnownAnswers) -> dict[str, Answer]:
    asked = conversation(request)
    return answers.repeated(request, asked) if asked else {}


def is_below(place: str, paths: set[str]) -> bool:
    """Whether a place is one of the paths, or inside one."""
    return place in paths or any(
        place[at] in ".[" and place[:at] in paths for at in range(len(place))
    )
