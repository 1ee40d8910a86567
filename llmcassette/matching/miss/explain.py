"""Explains a miss: why no recorded interaction answers a request, and what helps."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.difference.text import beginning, cut, escape
from llmcassette.matching.encoding import decoded_request
from llmcassette.matching.miss.changes import changes
from llmcassette.matching.miss.labels import labels
from llmcassette.matching.miss.nearest import nearest
from llmcassette.matching.miss.report import MissReport
from llmcassette.matching.miss.side_requests import side_request_of
from llmcassette.matching.miss.values import LONGEST_VALUE
from llmcassette.matching.views import recorded_value
from llmcassette.providers import ToolCall, ToolResult, conversation
from llmcassette.redaction.urls import scrub_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from llmcassette.matching.index import Index
    from llmcassette.matching.miss.changes import Change
    from llmcassette.matching.miss.labels import Label
    from llmcassette.matching.miss.report import Reason
    from llmcassette.matching.rules import Rules
    from llmcassette.model import Interaction, Request
    from llmcassette.providers import Conversation

__all__ = ["explain_miss"]

LONGEST_QUESTION: Final = 200
PLACES_OF_SERVICE: Final = ("region", "project", "resource")
"""The rules for URLs that never hide another model or version."""


def explain_miss(
    request: Request,
    index: Index,
    *,
    path: Path | str = "",
    record: str = "",
    scrub: Callable[[str], str] = scrub_url,
) -> MissReport:
    """Explain why ``index.take(request)`` returned ``None``. Plays nothing.

    It takes about a second at most, whatever the size of the cassette and the bodies.

    Args:
        request: the request as sent.
        index: the index of the cassette.
        path: the cassette's path in messages.
        record: how to record the request, one or more lines that are shown as they are.
        scrub: removes secrets from each text that is shown.
    """
    rules = index.rules
    canonical = Canonicalizer(rules)
    sent = canonical.value(request)
    request = decoded_request(request, rules.bounds)
    if rules.redact is not None:
        request = rules.redact(request)
    interactions = index.interactions
    played = set(index.played_positions)
    found = nearest(
        request,
        sent,
        interactions,
        canonical=partial(recorded_value, canonical=canonical),
        played=played,
    )
    asked = conversation(request)
    reason: Reason = "differs" if found else "empty"
    near = found.position if found else None
    equal: list[int] = []
    differing: list[Change] = []
    if found:
        recorded = conversation(interactions[found.position].request)
        differing = changes(
            found.value,
            sent,
            names=(names_in(recorded, scrub), names_in(asked, scrub)),
            formats=(recorded.format if recorded else "", asked.format if asked else ""),
            ids=[*ids_in(recorded), *ids_in(asked)],
            scrub=scrub,
        )
        equal = index.played_before(request)
        if equal:
            reason, near, differing = "played", equal[-1], []
        elif not differing and not found.played:
            reason = "order" if rules.ordered else "refused" if rules.matcher else "differs"
    to_model = None if asked is None or asked.format == "mcp" else asked
    return MissReport(
        path=str(path),
        total=len(interactions),
        played=len(played),
        method=request.method.upper() or "GET",
        url=escape(scrub(scrub_url(request.url))),
        model=escape(scrub(to_model.model)) if to_model else "",
        question=question(request, to_model, scrub),
        reason=reason,
        nearest=near,
        nearest_played=reason == "played" or (found is not None and found.played),
        times_recorded=len(equal),
        times_requested=sum(position in equal for position in index.played_positions) + 1,
        expected=index.next_position if reason == "order" else None,
        changes=tuple(differing),
        accept="" if near is None else accepting(request, interactions[near], differing, rules),
        record=record,
        side=side_request_of(request.url),
        matched_on=matched_on(request, interactions[equal[-1]], rules) if equal else (),
    )


def matched_on(request: Request, near: Interaction, rules: Rules) -> tuple[str, ...]:
    """The parts that are compared, if they leave out the body and that differs; else none."""
    if "body" in rules.match_on or makes_equal(widened(rules, "match_on", "body"), request, near):
        return ()
    return rules.match_on


def names_in(asked: Conversation | None, scrub: Callable[[str], str]) -> dict[str, Label]:
    return labels(asked, LONGEST_VALUE, scrub) if asked else {}


def ids_in(asked: Conversation | None) -> Iterator[str]:
    """The ids of the tool calls."""
    for message in asked.messages if asked else ():
        yield from (part.id for part in message.parts if isinstance(part, ToolCall | ToolResult))


def question(request: Request, asked: Conversation | None, scrub: Callable[[str], str]) -> str:
    """The last user message, or the beginning of a body that is not a request to a model."""
    try:
        text = asked.last_user_text if asked else request.body.decode()
    except UnicodeDecodeError:
        return f"{len(request.body):,} bytes"
    shown = cut(escape(beginning(text, LONGEST_QUESTION, scrub)), LONGEST_QUESTION)
    return f'"{shown}"' if asked and shown else shown


def accepting(request: Request, near: Interaction, differing: list[Change], rules: Rules) -> str:
    """A setting that makes the two requests equal (this is tried), if they differ in one place."""
    if len(differing) != 1:
        return ""
    candidates: list[tuple[str, str]] = [differing[0].setting] if differing[0].setting else []
    if differing[0].place == "url":
        candidates = [("normalize_url", name) for name in PLACES_OF_SERVICE]
    for setting, item in candidates:
        if makes_equal(widened(rules, setting, item), request, near):
            return f"{setting}=[{json.dumps(item, ensure_ascii=False)}]"
    return ""


def widened(rules: Rules, setting: str, item: str) -> Rules:
    if setting == "ignore":
        return replace(rules, ignore=(*rules.ignore, item))
    if setting == "match_on":
        return replace(rules, match_on=(*rules.match_on, item))
    if setting == "ignore_parts":
        return replace(rules, ignore_parts=(*rules.ignore_parts, item))
    if setting == "ignore_query":
        return replace(rules, ignore_query=(*rules.ignore_query, item))
    return replace(rules, normalize_url=(*rules.normalize_url, item))


def makes_equal(rules: Rules, request: Request, recorded: Interaction) -> bool:
    canonical = Canonicalizer(rules)
    return not changes(recorded_value(recorded, canonical), canonical.value(request))
