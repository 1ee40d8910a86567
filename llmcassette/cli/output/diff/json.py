"""The document of ``diff --json``, see ``docs/reference/cli.md``. Members are only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.review.diff.runs import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.cli.pairs import ComparedPair
    from llmcassette.review.diff.results import Difference, InteractionDiff

__all__ = ["diff_object"]

Object = dict[str, object]


def diff_object(pairs: Sequence[ComparedPair]) -> Object:
    """All comparisons."""
    return {
        "schema": 1,
        "equal": all(pair.equal for pair in pairs),
        "files": [file_object(pair) for pair in pairs],
    }


def file_object(pair: ComparedPair) -> Object:
    return {
        "old": pair.old or None,
        "new": pair.new or None,
        "equal": pair.equal,
        "moved": pair.diff.moved,
        "interactions": [interaction_object(one) for one in pair.diff.interactions],
    }


def interaction_object(diff: InteractionDiff) -> Object:
    return {
        "old": diff.old_position,
        "new": diff.new_position,
        "equal": diff.equal,
        "kinds": [kind.name.lower() for kind in diff.kinds],
        "differences": [difference_object(each) for each in diff.differences],
        "noise": [difference_object(each) for each in diff.noise],
    }


def difference_object(difference: Difference) -> Object:
    return {
        "kind": difference.kind.name.lower(),
        "place": difference.place,
        "name": difference.name,
        "old": as_text(difference.old),
        "new": as_text(difference.new),
    }
