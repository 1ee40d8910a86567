"""Ids of tool calls in request bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue
    from llmcassette.model import Request
    from llmcassette.providers.call_ids import CallId
    from llmcassette.providers.jsonvalue import JSON

__all__ = ["find_ids", "number_ids", "restore_ids"]


def find_ids(request: Request, value: JsonValue) -> list[CallId]:
    """The tool-call ids in a canonical body, if the request is of a known provider's format."""
    if not isinstance(value, list) or value[0] != "json":
        return []
    from llmcassette.providers.call_ids import call_ids  # most requests need no provider

    return call_ids(request, cast("JSON", value[1]))


def number_ids(places: list[CallId]) -> tuple[str, ...]:
    """Replace each id, in place, by the number of its first appearance; return the ids in order."""
    numbers: dict[str, int] = {}
    for place in places:
        place.holder[place.key] = [numbers.setdefault(place.id, len(numbers))]
    return tuple(numbers)


def restore_ids(places: list[CallId]) -> None:
    """Undo ``number_ids``."""
    for place in places:
        place.holder[place.key] = place.id
