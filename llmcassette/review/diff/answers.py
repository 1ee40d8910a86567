"""What differs between two answers of models: words, tool calls, why they ended, tokens."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, cast

from llmcassette.matching.difference.text import escape, preview
from llmcassette.matching.difference.trees import ABSENT, differences
from llmcassette.matching.difference.words import Run
from llmcassette.providers.completion import NO_CHOICE
from llmcassette.review.diff.difference import Difference, Kind
from llmcassette.review.diff.worded import LONGEST_VALUE, Runs, two_texts, whole
from llmcassette.review.diff.words import call_text, error_text, media_text, usage_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.value import JsonValue
    from llmcassette.providers import Choice, Completion, ErrorInfo, ToolCall, Usage

__all__ = ["answer_differences", "one_line"]

MOST_ARGUMENTS: Final = 20
"""How many of a call's arguments are told one by one."""


def answer_differences(old: Completion, new: Completion) -> Iterator[Difference]:
    """What differs, in the order in which it is read."""
    yield from error_differences(old.error, new.error)
    for number, pair in enumerate(zip_longest(old.choices, new.choices, fillvalue=NO_CHOICE)):
        at = "" if max(len(old.choices), len(new.choices)) == 1 else f" of choice {number}"
        yield from choice_differences(*pair, at)
    if old.model != new.model:
        yield Difference(Kind.ANSWER, "model of the answer", "", *one_line(old.model, new.model))
    if old.complete != new.complete:
        ends = ("complete" if each.complete else "cut off" for each in (old, new))
        yield Difference(Kind.ANSWER, "end of the answer", "", *one_line(*ends))
    if tokens(old.usage) != tokens(new.usage):
        runs = one_line(usage_text(old.usage), usage_text(new.usage))
        yield Difference(Kind.USAGE, "tokens", "", *runs)


def error_differences(old: ErrorInfo | None, new: ErrorInfo | None) -> Iterator[Difference]:
    if old != new:
        yield Difference(Kind.ERROR, "error", "", *two_texts(error_text(old), error_text(new)))


def choice_differences(old: Choice, new: Choice, at: str) -> Iterator[Difference]:
    if old.reasoning != new.reasoning:
        kind = Kind.REWORDED if old.reasoning and new.reasoning else Kind.ANSWER
        runs = two_texts(old.reasoning, new.reasoning)
        yield Difference(kind, f"reasoning{at}", "", *runs)
    if old.text != new.text:
        kind = Kind.REWORDED if old.text and new.text else Kind.ANSWER
        yield Difference(kind, f"text{at}", "", *two_texts(old.text, new.text))
    if old.refusal != new.refusal:
        yield Difference(Kind.ANSWER, f"refusal{at}", "", *two_texts(old.refusal, new.refusal))
    for number, calls in enumerate(zip_longest(old.tool_calls, new.tool_calls), 1):
        yield from call_differences(*calls, number, at)
    for number, media in enumerate(zip_longest(old.media, new.media), 1):
        if media_text(media[0]) != media_text(media[1]):
            runs = one_line(media_text(media[0]), media_text(media[1]))
            yield Difference(Kind.ANSWER, f"file {number}{at}", "", *runs)
    if old.finish_reason != new.finish_reason:
        runs = one_line(old.finish_reason, new.finish_reason)
        yield Difference(Kind.ANSWER, f"finish reason{at}", "", *runs)


def call_differences(
    old: ToolCall | None, new: ToolCall | None, number: int, at: str
) -> Iterator[Difference]:
    place = f"tool call {number}{at}"
    if old is None or new is None or old.name != new.name:
        runs = one_line(call_text(old), call_text(new))
        yield Difference(Kind.ANSWER, place, "", *runs)
        return
    was, now = cast("JsonValue", old.arguments), cast("JsonValue", new.arguments)
    for found in differences(was, now, most=MOST_ARGUMENTS):
        path = f".{found.path}" if found.path and found.path[0] != "[" else found.path
        sides = found.recorded, found.sent
        runs = (
            two_texts(sides[0], sides[1])
            if isinstance(sides[0], str) and isinstance(sides[1], str)
            else (value_runs(sides[0]), value_runs(sides[1]))
        )
        yield Difference(Kind.ANSWER, f"{place}, {escape(new.name)}{path}", place, *runs)


def value_runs(value: object) -> Runs:
    if value is ABSENT:
        return None
    return (Run(preview(cast("JsonValue", value), LONGEST_VALUE), "whole"),)


def one_line(old: str, new: str) -> tuple[Runs, Runs]:
    """Two short texts, each as a whole."""
    return whole(old), whole(new)


def tokens(usage: Usage | None) -> tuple[int, ...]:
    if usage is None:
        return ()
    return (
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
    )
