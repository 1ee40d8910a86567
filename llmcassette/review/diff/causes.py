"""Differences that several cassettes share: a prompt that changed in fifty is shown once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcassette.review.diff.results import Difference, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.review.diff.results import CassetteDiff

__all__ = ["Cause", "common_causes"]


@dataclass(frozen=True, slots=True)
class Cause:
    """One difference in several cassettes.

    Attributes:
        difference: of requests, or of the shape of answers.
        names: the cassettes, in their order.
    """

    difference: Difference
    names: tuple[str, ...]

    @property
    def title(self) -> str:
        """``system prompt changed``."""
        name = self.difference.name or self.difference.place
        if self.difference.old is None or self.difference.new is None:
            return f"{name} {'added' if self.difference.old is None else 'removed'}"
        return f"{name} changed"


def common_causes(diffs: Iterable[tuple[str, CassetteDiff]]) -> list[Cause]:
    """The differences that two cassettes or more share, those in most of them first.

    Args:
        diffs: names of cassettes, and how each differs.
    """
    found: dict[Difference, dict[str, None]] = {}
    for name, diff in diffs:
        for pair in diff.interactions:
            for difference in pair.differences:
                if difference.kind in (Kind.REQUEST, Kind.SHAPE):
                    found.setdefault(difference, {})[name] = None
    shared = [Cause(each, tuple(names)) for each, names in found.items() if len(names) > 1]
    return sorted(shared, key=lambda cause: -len(cause.names))
