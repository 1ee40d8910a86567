"""Messages, tools and answers as rows: who wrote it, and the text beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from llmcassette.cli.output.layout import Row
from llmcassette.escaping import one_line, printable
from llmcassette.matching.difference.text import preview
from llmcassette.providers import (
    Media,
    Other,
    ProviderTool,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from llmcassette.providers.jsonvalue import obj
from llmcassette.review.parsed import has_content
from llmcassette.review.texts import call_text, error_text, media_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmcassette.cli.output.layout import Span
    from llmcassette.json.value import JsonValue
    from llmcassette.providers import Choice, Completion, Message, Part, Tool

__all__ = ["answer_rows", "message_rows", "system_rows", "tool_rows", "value_text"]

SYSTEM_LINES: Final = 4
MESSAGE_LINES: Final = 8
ANSWER_LINES: Final = 24
TOOL_LINES: Final = 4
VALUE_LENGTH: Final = 72
CALL_LENGTH: Final = 3 * VALUE_LENGTH
UNLIMITED: Final = 1_000_000

STYLES: Final = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "model": "assistant",
    "tool": "tool",
    "function": "tool",
}
"""Styles of roles; others are shown like headings."""


def system_rows(parts: Sequence[Part], *, full: bool) -> Iterator[Row]:
    """A system prompt."""
    yield from part_rows("system", parts, {}, "system", 0 if full else SYSTEM_LINES)


def message_rows(message: Message, tools: Mapping[str, str], *, full: bool) -> Iterator[Row]:
    """A message of a request.

    Args:
        message: the message.
        tools: names of tools by the ids of their calls.
        full: show everything.
    """
    role = message.role or "no role"
    style = STYLES.get(role, "head")
    if message.parts and all(isinstance(part, ToolResult) for part in message.parts):
        role = style = "tool"  # Anthropic and Gemini send tool results as a user
    limit = 0 if full else MESSAGE_LINES
    yield from part_rows(one_line(role), message.parts, tools, style, limit)


def part_rows(
    label: str, parts: Sequence[Part], tools: Mapping[str, str], style: str, limit: int
) -> Iterator[Row]:
    """A row for each part, with the label beside the first. A limit of 0 shows everything."""
    for part in parts:
        yield Row(label, list(part_spans(part, tools, full=not limit)), style, limit)
        label, style = "", "label"
    if label:
        yield Row(label, [("(empty)", "dim")], style)


def part_spans(part: Part, tools: Mapping[str, str], *, full: bool) -> Iterator[Span]:
    length = UNLIMITED if full else CALL_LENGTH
    match part:
        case Text():
            text = printable(part.text.strip("\n"))
            yield (text, "") if text.strip() else ("(empty)", "dim")
        case Reasoning():
            text = printable(part.text.strip())
            yield (f"(reasoning) {text}" if text else "(hidden reasoning)", "reasoning")
        case Refusal():
            yield from refusal_spans(part.text)
        case Media():
            yield (f"[{media_text(part)}]", "media")
        case ToolCall():
            yield from call_spans(part, full=full)
        case ToolResult():
            yield from result_spans(part, tools, full=full)
        case ProviderTool():
            yield (f"[{one_line(part.name)}, run by the provider] ", "media")
            value = part.arguments if part.result is None else part.result
            yield (preview(cast("JsonValue", value), length), "dim")
        case Other():
            yield (f"[{one_line(part.kind)}] ", "media")
            yield (preview(cast("JsonValue", part.value), length), "dim")


def refusal_spans(text: str) -> list[Span]:
    return [("refusal: ", "error"), (printable(text), "")]


def call_spans(call: ToolCall, *, full: bool) -> list[Span]:
    return [("→ ", "dim"), (call_text(call, UNLIMITED if full else CALL_LENGTH), "call")]


def result_spans(part: ToolResult, tools: Mapping[str, str], *, full: bool) -> Iterator[Span]:
    name = part.name or tools.get(part.id, "")
    yield ("← ", "dim")
    if name:
        yield (f"{one_line(name)}: ", "tool")
    if part.is_error:
        yield ("error: ", "error")
    for number, inner in enumerate(part.content):
        if number:
            yield ("\n", "")
        yield from part_spans(inner, tools, full=full)
    if not part.content:
        yield ("(empty)", "dim")


def tool_rows(tools: Sequence[Tool], *, full: bool) -> Iterator[Row]:
    """Names of tools; in full also their arguments and descriptions."""
    if not full:
        names = ", ".join(tool.name for tool in tools)
        yield Row("tools", [(one_line(names), "")], limit=TOOL_LINES)
        return
    label = "tools"
    for tool in tools:
        arguments = ", ".join(obj(obj(tool.schema).get("properties")))
        spans = [(printable(f"{tool.name}({arguments})"), "call")]
        if tool.description:
            spans.append((f" {printable(tool.description)}", "dim"))
        yield Row(label, spans)
        label = ""
        for value in (tool.schema, dict(tool.extra)):
            if value:
                yield Row("", [(preview(cast("JsonValue", value), UNLIMITED), "dim")])


def value_text(value: object, *, full: bool) -> str:
    """A JSON value on one line."""
    return preview(cast("JsonValue", value), UNLIMITED if full else VALUE_LENGTH)


def answer_rows(answer: Completion, *, full: bool) -> Iterator[Row]:
    """An answer: reasoning, text, refusal, tool calls and files of each choice, or an error."""
    several = len(answer.choices) > 1
    for choice in answer.choices:
        label = f"answer {choice.index + 1}" if several else "answer"
        yield from choice_rows(choice, label, full=full)
        if several and choice.finish_reason:
            yield Row("", [(one_line(choice.finish_reason), "dim")])
    if answer.error is not None:
        text = printable(error_text(answer.error)) or "(no message)"
        yield Row("error", [(text, "error")], "error")
    elif not has_content(answer):
        yield Row("answer", [("(empty)", "dim")], "answer")


def choice_rows(choice: Choice, label: str, *, full: bool) -> Iterator[Row]:
    if choice.reasoning.strip():
        spans = [(printable(choice.reasoning.strip()), "reasoning")]
        yield Row("reasoning", spans, limit=0 if full else MESSAGE_LINES)
    rows: list[tuple[list[Span], int]] = []
    if choice.text.strip():
        rows.append(([(printable(choice.text.strip("\n")), "")], ANSWER_LINES))
    if choice.refusal:
        rows.append((refusal_spans(choice.refusal), ANSWER_LINES))
    rows += [(call_spans(call, full=full), MESSAGE_LINES) for call in choice.tool_calls]
    rows += [([(f"[{media_text(each)}]", "media")], MESSAGE_LINES) for each in choice.media]
    style = "answer"
    for spans, limit in rows:
        yield Row(label, spans, style, 0 if full else limit)
        label, style = "", "label"
