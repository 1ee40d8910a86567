"""What ``diff --json`` prints; ``docs/cli.md`` documents it. Members are only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.review.diff.worded import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.cli.output.sides import Sides
    from llmcassette.review import CassetteReview, Difference, InteractionReview

__all__ = ["diff_object"]

Object = dict[str, object]


def diff_object(reviews: Iterable[tuple[Sides, CassetteReview]]) -> Object:
    """All comparisons."""
    files = [file_object(sides, review) for sides, review in reviews]
    return {"schema": 1, "equal": all(each["equal"] for each in files), "files": files}


def file_object(sides: Sides, review: CassetteReview) -> Object:
    return {
        "old": sides.old or None,
        "new": sides.new or None,
        "equal": review.equal and bool(sides.old and sides.new),
        "moved": review.moved,
        "interactions": [interaction_object(pair) for pair in review.pairs],
    }


def interaction_object(pair: InteractionReview) -> Object:
    return {
        "old": pair.old_position,
        "new": pair.new_position,
        "equal": pair.equal,
        "kinds": [kind.name.lower() for kind in pair.kinds],
        "differences": [difference_object(each) for each in pair.differences],
        "noise": [difference_object(each) for each in pair.noise],
    }


def difference_object(difference: Difference) -> Object:
    return {
        "kind": difference.kind.name.lower(),
        "place": difference.place,
        "name": difference.name,
        "old": as_text(difference.old),
        "new": as_text(difference.new),
    }
