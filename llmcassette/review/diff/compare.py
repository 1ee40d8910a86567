"""Compares two cassettes, interaction by interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.matching.rules import Rules
from llmcassette.providers import completion
from llmcassette.review.diff.alignment import align
from llmcassette.review.diff.answers import answer_differences
from llmcassette.review.diff.history import without_repeated_answers
from llmcassette.review.diff.remaining import Named, remaining_differences
from llmcassette.review.diff.requests import request_differences
from llmcassette.review.diff.responses import (
    body_differences,
    framing_differences,
    header_differences,
    status_differences,
    timing_differences,
)
from llmcassette.review.diff.results import CassetteDiff, Difference, InteractionDiff, Kind
from llmcassette.review.repeated import KnownAnswers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Cassette, Interaction, Response
    from llmcassette.providers import Completion

__all__ = ["compare", "compare_interactions"]

STRICT: Final = Rules()


def compare(old: Cassette, new: Cassette, *, rules: Rules = STRICT) -> CassetteDiff:
    """Pair the interactions of two cassettes and compare each pair.

    Args:
        old: the cassette before.
        new: the cassette after.
        rules: what to ignore in requests (``ignore``, ``ignore_query``, ``normalize_url``).

    Raises:
        CassetteError: an answer is broken, which shows only when it is read; or the body of a
            request decodes to too much.
    """
    positions = align(old, new, rules)
    answers = KnownAnswers(old.interactions), KnownAnswers(new.interactions)
    diffs = []
    for i, j in positions:
        before = None if i is None else old.interactions[i]
        after = None if j is None else new.interactions[j]
        differences: tuple[Difference, ...] = ()
        noise: tuple[Difference, ...] = ()
        if before is not None and after is not None:
            differences, noise = compare_interactions(before, after, rules=rules)
            requests = before.request, after.request
            differences, repeated = without_repeated_answers(differences, requests, answers)
            noise = (*repeated, *noise)
        diffs.append(InteractionDiff(before, after, i, j, differences, noise))
    order = [i for i, j in positions if i is not None and j is not None]
    return CassetteDiff(tuple(diffs), moved=order != sorted(order))


def compare_interactions(
    old: Interaction, new: Interaction, *, rules: Rules = STRICT
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """The differences of two interactions, and the noise."""
    found = list(all_differences(old, new, rules))
    differences = tuple(each for each in found if each.kind is not Kind.NOISE)
    noise = tuple(each for each in found if each.kind is Kind.NOISE)
    if not found and old.response.body != new.response.body:
        noise = (Difference(Kind.NOISE, "formatting of the body"),)
    return differences, noise


def all_differences(old: Interaction, new: Interaction, rules: Rules) -> Iterator[Difference]:
    """Differences and noise, in the order of a conversation."""
    yield from request_differences(old.request, new.request, rules)
    yield from header_differences(old.request.headers, new.request.headers, "request")
    before, after = old.response, new.response
    yield from status_differences(before, after)
    answers = completion(old), completion(new)
    if answers[0] is not None and answers[1] is not None:
        yield from answer_differences(answers[0], answers[1])
    if None in answers or failed(before, answers[0]) == failed(after, answers[1]):
        yield from framing_differences(before, after)
        yield from remaining_differences(before, after, Named(*answers))
        yield from body_differences(before, after)
    yield from header_differences(before.headers, after.headers, "response")
    yield from timing_differences(before, after)


def failed(response: Response, answer: Completion | None) -> bool:
    """Whether an answer is an error, whose body has another shape than a success."""
    return response.code >= 400 or (answer is not None and answer.error is not None)
