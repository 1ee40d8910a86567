"""Changed cassettes, grouped by what changed, to be reviewed together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from llmcassette.review.diff.causes import Cause
from llmcassette.review.diff.results import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.review.diff.results import CassetteDiff

__all__ = ["Group", "group_changes"]

Pair = TypeVar("Pair")


@dataclass(frozen=True, slots=True)
class Group(Generic[Pair]):
    """Changed cassettes with one cause.

    Attributes:
        cause: what changed, in a few words.
        pairs: the cassettes.
    """

    cause: str
    pairs: tuple[Pair, ...]


def group_changes(changes: Iterable[tuple[Pair, CassetteDiff, str]]) -> list[Group[Pair]]:
    """Group cassettes by the requests that changed in them, else by the kinds of changes.

    Args:
        changes: each with its comparison, and ``new`` or ``removed`` if it has no counterpart.
    """
    found: dict[object, tuple[str, list[Pair]]] = {}
    for pair, diff, lone in changes:
        differences = [each for one in diff.interactions for each in one.differences]
        requests = tuple(dict.fromkeys(e for e in differences if e.kind is Kind.REQUEST))
        key: object = lone or requests or cause_of_kinds(diff)
        titles = dict.fromkeys(Cause(each, ()).title for each in requests)
        cause = lone and f"{lone} cassettes"
        cause = cause or ", ".join(titles) or cause_of_kinds(diff)
        found.setdefault(key, (cause, []))[1].append(pair)
    groups = [Group(cause, tuple(pairs)) for cause, pairs in found.values()]
    return sorted(groups, key=lambda group: -len(group.pairs))


def cause_of_kinds(diff: CassetteDiff) -> str:
    """``answer reworded, token count changed``."""
    kinds = [kind for kind in Kind if diff.count(kind)]
    return ", ".join(kind.value for kind in kinds) or "only ids, times and the like"
