"""Two cassettes, interaction by interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.matching.rules import Rules
from llmcassette.providers import completion
from llmcassette.review.diff.alignment import align
from llmcassette.review.diff.answers import answer_differences
from llmcassette.review.diff.difference import CassetteReview, Difference, InteractionReview, Kind
from llmcassette.review.diff.requests import request_differences
from llmcassette.review.diff.responses import (
    body_differences,
    detail_differences,
    header_differences,
    shape_differences,
    status_differences,
    timing_differences,
)
from llmcassette.review.history import Said, fold_history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Cassette, Interaction

__all__ = ["compare", "compare_interactions"]

EVERYTHING = Rules()


def compare(old: Cassette, new: Cassette, *, rules: Rules = EVERYTHING) -> CassetteReview:
    """Align the interactions of two cassettes and compare each pair.

    Args:
        old: the one before.
        new: the one after.
        rules: what of a request does not count (``ignore``, ``ignore_query``, ``normalize_url``).

    Raises:
        CassetteError: an answer was left unread until now, and is broken.
    """
    pairs = align(old.interactions, new.interactions, rules)
    said = Said(old.interactions), Said(new.interactions)
    reviews = []
    for i, j in pairs:
        before = None if i is None else old.interactions[i]
        after = None if j is None else new.interactions[j]
        counted: tuple[Difference, ...] = ()
        noise: tuple[Difference, ...] = ()
        if before is not None and after is not None:
            counted, noise = compare_interactions(before, after, rules=rules)
            counted, folded = fold_history(counted, before.request, after.request, said)
            noise = (*folded, *noise)
        reviews.append(InteractionReview(before, after, i, j, counted, noise))
    positions = [i for i, j in pairs if i is not None and j is not None]
    return CassetteReview(tuple(reviews), moved=positions != sorted(positions))


def compare_interactions(
    old: Interaction, new: Interaction, *, rules: Rules = EVERYTHING
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """What differs between two interactions: what counts, and the noise."""
    found = list(everything(old, new, rules))
    counted = tuple(each for each in found if each.kind is not Kind.NOISE)
    noise = tuple(each for each in found if each.kind is Kind.NOISE)
    if not found and old.response.body != new.response.body:
        noise = (Difference(Kind.NOISE, "spelling of the body"),)
    return counted, noise


def everything(old: Interaction, new: Interaction, rules: Rules) -> Iterator[Difference]:
    """In the order of a conversation."""
    yield from request_differences(old.request, new.request, rules)
    yield from header_differences(old.request.headers, new.request.headers, "request")
    was, now = old.response, new.response
    yield from status_differences(was, now)
    said = completion(old), completion(new)
    if said[0] is not None and said[1] is not None:
        both = said[0], said[1]
        yield from answer_differences(*both)
        yield from shape_differences(was, now, both)
        if not (both[0].error or both[1].error):
            yield from detail_differences(was, now)
    else:
        yield from body_differences(was, now)
    yield from header_differences(was.headers, now.headers, "response")
    yield from timing_differences(was, now)
