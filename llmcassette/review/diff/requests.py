"""Differences of two requests: messages, tools, parameters."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.miss.changes import Change, changes
from llmcassette.matching.miss.labels import Section, labels
from llmcassette.matching.miss.values import LONGEST_VALUE
from llmcassette.matching.redacted import mark
from llmcassette.matching.tool_ids import find_ids
from llmcassette.providers import conversation
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.diff.results import Difference, Kind
from llmcassette.review.diff.runs import wholes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.value import JsonValue
    from llmcassette.matching.miss.labels import Label
    from llmcassette.matching.rules import Rules
    from llmcassette.model import Request
    from llmcassette.providers import Conversation
    from llmcassette.providers.jsonvalue import JSON

__all__ = ["replace_ids", "request_differences"]


def request_differences(old: Request, new: Request, rules: Rules) -> Iterator[Difference]:
    """Differences in the order of a conversation; tool-call ids are noise.

    An id is compared by the call it names, so that results for the wrong calls are a difference.
    """
    canonical = Canonicalizer(replace(rules, redact=None, match_headers=()))
    values = canonical.value(old), canonical.value(new)
    mark(values[0], None)
    ids = replace_ids(old, values[0]), replace_ids(new, values[1])
    asked = conversation(old), conversation(new)
    for change in changes(
        *values,
        names=(labels_of(asked[0]), labels_of(asked[1])),
        formats=(format_of(asked[0]), format_of(asked[1])),
        ids=[*ids[0].values(), *ids[1].values()],
        scrub=scrub_url,
    ):
        yield from_change(change)
    if list(ids[0]) != list(ids[1]):
        runs = wholes(", ".join(ids[0]), ", ".join(ids[1]))
        yield Difference(Kind.NOISE, "tool call ids", "", *runs)


def labels_of(asked: Conversation | None) -> dict[str, Label]:
    return labels(asked, LONGEST_VALUE, scrub_url) if asked else {}


def format_of(asked: Conversation | None) -> str:
    return asked.format if asked else ""


def from_change(change: Change) -> Difference:
    name = change.name
    if name == "parameter":
        name = change.place
    elif change.section is Section.MODEL:
        name = "model"
    return Difference(Kind.REQUEST, change.place, name, change.recorded, change.sent)


def replace_ids(request: Request, value: dict[str, JsonValue]) -> dict[str, str]:
    """Replace each tool-call id of a request by the name and number of its call.

    Args:
        request: as recorded.
        value: its canonical form, which is changed.

    Returns:
        What each id was replaced by, in canonical order.
    """
    places = find_ids(request, value.get("body"))
    tools = {place.id: tool_name(place.holder) for place in places if place.is_call}
    counts: Counter[str] = Counter()
    replacements: dict[str, str] = {}
    for place in places:
        if place.id not in replacements:
            name = tools[place.id]
            counts[name] += 1
            replacements[place.id] = f"call {counts[name]}{name and f' of {name}'}"
    for place in places:
        place.holder[place.key] = replacements[place.id]
    return replacements


def tool_name(call: dict[str, JSON]) -> str:
    """The tool that a call names."""
    function = call.get("function")
    name = function.get("name") if isinstance(function, dict) else call.get("name")
    return name if isinstance(name, str) else ""
