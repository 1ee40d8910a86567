"""What differs between two requests, by message, tool and parameter."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.difference.words import Run
from llmcassette.matching.miss.changes import Change, changes
from llmcassette.matching.miss.labels import Section, labels
from llmcassette.matching.miss.values import LONGEST_VALUE
from llmcassette.matching.tool_ids import find_ids
from llmcassette.providers import conversation
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.diff.difference import Difference, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.value import JsonValue
    from llmcassette.matching.miss.labels import Label
    from llmcassette.matching.rules import Rules
    from llmcassette.model import Request
    from llmcassette.providers import Conversation

__all__ = ["request_differences", "without_ids"]


def request_differences(old: Request, new: Request, rules: Rules) -> Iterator[Difference]:
    """What differs, in the order of a conversation; ids of tool calls are noise.

    An id is compared by which call it names, so that results handed to the wrong calls differ.
    """
    canonical = Canonicalizer(replace(rules, redact=None, match_headers=()))
    values = canonical.value(old), canonical.value(new)
    ids = without_ids(values[0]), without_ids(values[1])
    asked = conversation(old), conversation(new)
    for change in changes(
        *values,
        names=(names_in(asked[0]), names_in(asked[1])),
        formats=(format_of(asked[0]), format_of(asked[1])),
        scrub=scrub_url,
    ):
        yield of_change(change)
    if ids[0] != ids[1]:
        told = [(Run(", ".join(side), "whole"),) if side else None for side in ids]
        yield Difference(Kind.NOISE, "ids of tool calls", "", told[0], told[1])


def names_in(asked: Conversation | None) -> dict[str, Label]:
    return labels(asked, LONGEST_VALUE, scrub_url) if asked else {}


def format_of(asked: Conversation | None) -> str:
    return asked.format if asked else ""


def of_change(change: Change) -> Difference:
    name = change.name
    if name == "parameter":
        name = change.place
    elif change.section is Section.MODEL:
        name = "model"
    return Difference(Kind.REQUEST, change.place, name, change.recorded, change.sent)


def without_ids(value: dict[str, JsonValue]) -> tuple[str, ...]:
    """Put the name of its call in place of each tool-call id of a canonical request.

    Returns:
        The ids that were there, each once, in canonical order.
    """
    body = value.get("body")
    places = find_ids(body)
    named = {held: called(holder) for holder, key, held in places if key in {"id", "toolUseId"}}
    counts: Counter[str] = Counter()
    tokens: dict[str, str] = {}
    for _, _, held in places:
        if held not in tokens:
            name = named.get(held, "")
            counts[name] += 1
            tokens[held] = f"call {counts[name]}{name and f' of {name}'}"
    for holder, key, held in places:
        holder[key] = tokens[held]
    return tuple(tokens)


def called(holder: dict[str, JsonValue]) -> str:
    """The tool that a call names."""
    inner = holder.get("function")
    name = inner.get("name") if isinstance(inner, dict) else holder.get("name")
    return name if isinstance(name, str) else ""
