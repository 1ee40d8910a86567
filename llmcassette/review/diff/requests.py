"""Differences of two requests: messages, tools, parameters."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.miss.changes import Change, changes
from llmcassette.matching.miss.labels import Section, labels
from llmcassette.matching.miss.values import LONGEST_VALUE
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

__all__ = ["replace_ids", "request_differences"]


def request_differences(old: Request, new: Request, rules: Rules) -> Iterator[Difference]:
    """Differences in the order of a conversation; tool-call ids are noise.

    An id is compared by the call it names, so that results for the wrong calls are a difference.
    """
    canonical = Canonicalizer(replace(rules, redact=None, match_headers=()))
    values = canonical.value(old), canonical.value(new)
    ids = replace_ids(values[0]), replace_ids(values[1])
    asked = conversation(old), conversation(new)
    for change in changes(
        *values,
        names=(labels_of(asked[0]), labels_of(asked[1])),
        formats=(format_of(asked[0]), format_of(asked[1])),
        scrub=scrub_url,
    ):
        yield from_change(change)
    if ids[0] != ids[1]:
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


def replace_ids(value: dict[str, JsonValue]) -> tuple[str, ...]:
    """Replace each tool-call id of a canonical request by the name and number of its call.

    Returns:
        The ids, each once, in canonical order.
    """
    places = find_ids(value.get("body"))
    tools = {
        call_id: tool_name(holder) for holder, key, call_id in places if key in {"id", "toolUseId"}
    }
    counts: Counter[str] = Counter()
    replacements: dict[str, str] = {}
    for _, _, call_id in places:
        if call_id not in replacements:
            name = tools.get(call_id, "")
            counts[name] += 1
            replacements[call_id] = f"call {counts[name]}{name and f' of {name}'}"
    for holder, key, call_id in places:
        holder[key] = replacements[call_id]
    return tuple(replacements)


def tool_name(call: dict[str, JsonValue]) -> str:
    """The tool that a call names."""
    function = call.get("function")
    name = function.get("name") if isinstance(function, dict) else call.get("name")
    return name if isinstance(name, str) else ""
