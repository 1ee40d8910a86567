"""Differences of two answers: errors, texts, tool calls, finish reasons, tokens."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, cast

from llmcassette.matching.difference.text import escape
from llmcassette.matching.difference.trees import differences
from llmcassette.providers.completion import NO_CHOICE
from llmcassette.review.diff.results import Difference, Kind
from llmcassette.review.diff.runs import compared_texts, compared_values, wholes
from llmcassette.review.texts import call_text, error_text, media_text, usage_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.value import JsonValue
    from llmcassette.providers import Choice, Completion, ToolCall, Usage

__all__ = ["answer_differences"]

MOST_ARGUMENTS: Final = 20
"""Differing arguments of one call that are listed."""


def answer_differences(old: Completion, new: Completion) -> Iterator[Difference]:
    """Differences in the order in which an answer is read."""
    if old.error != new.error:
        runs = compared_texts(error_text(old.error), error_text(new.error))
        yield Difference(Kind.ERROR, "error", "", *runs)
    for number, pair in enumerate(zip_longest(old.choices, new.choices, fillvalue=NO_CHOICE)):
        suffix = "" if max(len(old.choices), len(new.choices)) == 1 else f" of choice {number}"
        yield from choice_differences(*pair, suffix)
    if old.model != new.model:
        yield Difference(Kind.ANSWER, "model of the answer", "", *wholes(old.model, new.model))
    if old.complete != new.complete:
        ends = ("complete" if each.complete else "cut off" for each in (old, new))
        yield Difference(Kind.ANSWER, "end of the answer", "", *wholes(*ends))
    if token_counts(old.usage) != token_counts(new.usage):
        runs = wholes(usage_text(old.usage), usage_text(new.usage))
        yield Difference(Kind.USAGE, "tokens", "", *runs)


def choice_differences(old: Choice, new: Choice, suffix: str) -> Iterator[Difference]:
    for name, before, after in (
        ("reasoning", old.reasoning, new.reasoning),
        ("text", old.text, new.text),
    ):
        if before != after:
            kind = Kind.REWORDED if before and after else Kind.ANSWER
            yield Difference(kind, f"{name}{suffix}", "", *compared_texts(before, after))
    if old.refusal != new.refusal:
        runs = compared_texts(old.refusal, new.refusal)
        yield Difference(Kind.ANSWER, f"refusal{suffix}", "", *runs)
    for number, calls in enumerate(zip_longest(old.tool_calls, new.tool_calls), 1):
        yield from call_differences(*calls, f"tool call {number}{suffix}")
    for number, media in enumerate(zip_longest(old.media, new.media), 1):
        texts = media_text(media[0]), media_text(media[1])
        if texts[0] != texts[1]:
            yield Difference(Kind.ANSWER, f"file {number}{suffix}", "", *wholes(*texts))
    if old.finish_reason != new.finish_reason:
        runs = wholes(old.finish_reason, new.finish_reason)
        yield Difference(Kind.ANSWER, f"finish reason{suffix}", "", *runs)


def call_differences(
    old: ToolCall | None, new: ToolCall | None, place: str
) -> Iterator[Difference]:
    if old is None or new is None or old.name != new.name:
        yield Difference(Kind.ANSWER, place, "", *wholes(call_text(old), call_text(new)))
        return
    before, after = cast("JsonValue", old.arguments), cast("JsonValue", new.arguments)
    for found in differences(before, after, most=MOST_ARGUMENTS):
        path = f".{found.path}" if found.path and found.path[0] != "[" else found.path
        runs = compared_values(found.recorded, found.sent)
        yield Difference(Kind.ANSWER, f"{place}, {escape(new.name)}{path}", place, *runs)


def token_counts(usage: Usage | None) -> tuple[int, ...]:
    if usage is None:
        return ()
    return (
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
    )
