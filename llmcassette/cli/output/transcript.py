"""An interaction as a person reads it: who said what, what came back, what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from llmcassette.cli.output.lines import Row, Rule, printable
from llmcassette.cli.output.plain_http import http_blocks
from llmcassette.cli.output.words import dollars, joined, plural, seconds
from llmcassette.cli.reading import has_content
from llmcassette.matching.difference.text import preview
from llmcassette.providers import Media, Reasoning, Refusal, Text, ToolCall, ToolResult
from llmcassette.providers.jsonvalue import obj
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.diff.words import call_text, error_text, media_text, usage_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.cli.output.lines import Block, Span
    from llmcassette.cli.reading import Before, Reading
    from llmcassette.json.value import JsonValue
    from llmcassette.providers import Choice, Completion, Conversation, Message, Part, Tool

__all__ = ["heading", "transcript"]

SYSTEM_LINES: Final = 4
MESSAGE_LINES: Final = 8
ANSWER_LINES: Final = 24
VALUE: Final = 72
EVERYTHING: Final = 1_000_000

ROLES: Final = {"model": "assistant", "developer": "system", "function": "tool"}
NO_HOST: Final = "openai-compatible"


def transcript(reading: Reading, *, full: bool = False, stable: bool = False) -> Iterator[Block]:
    """One interaction.

    Args:
        reading: it.
        full: nothing is left out.
        stable: nothing that differs from run to run: no position, time, price or id.
    """
    yield Rule(*heading(reading, stable=stable))
    if full or stable:
        yield address(reading)
    if reading.asked is None:
        yield from http_blocks(reading.interaction, full=full, stable=stable)
        return
    yield from request_rows(reading, reading.asked, full=full, stable=stable)
    if reading.answered is None:
        yield from http_blocks(reading.interaction, full=full, stable=stable, request=False)
        return
    yield from answer_rows(reading.answered, full=full)
    text = joined(ending(reading, reading.answered, stable=stable))
    if text:
        yield Row("", [(text, "dim")])


def heading(reading: Reading, *, stable: bool = False) -> tuple[list[Span], str]:
    """What is at the top of an interaction: left, and at the right end."""
    number = "" if stable else f"{reading.position}  "
    asked = reading.asked
    response = reading.interaction.response
    right = "" if response.code == 200 else printable(response.status or str(response.code))
    attempt = f"attempt {reading.attempt}" if reading.attempt > 1 else ""
    right = joined([attempt, right])
    if asked is None:
        request = reading.interaction.request
        url = printable(scrub_url(request.url)).removeprefix("https://")
        spans = [(number, "dim"), (f"{request.method or 'GET'} ", "head"), (url, "")]
        return spans, right or str(response.code)
    host = urlsplit_host(reading.interaction.request.url) if asked.provider == NO_HOST else ""
    model = printable(asked.model) or "model not named"
    spans = [(number, "dim"), (f"{asked.provider} ", "head"), (model, "model")]
    return [*spans, (f" at {host}" if host else "", "dim")], right


def address(reading: Reading) -> Row:
    """Method and URL in full."""
    request = reading.interaction.request
    url = scrub_url(request.url)
    return Row("to", [(printable(f"{request.method or 'GET'} {url}"), "dim")])


def urlsplit_host(url: str) -> str:
    try:
        return printable(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def request_rows(
    reading: Reading, asked: Conversation, *, full: bool, stable: bool
) -> Iterator[Block]:
    before = None if full and not stable else reading.before
    if before is not None:
        label = "as before" if stable else f"as in {before.position}"
        yield Row(label, [(as_before(asked, before, reading.attempt), "dim")])
    if asked.system and not (before and before.system):
        limit = 0 if full else SYSTEM_LINES
        yield from part_rows("system", asked.system, {}, "system", limit, full=full)
    skipped = before.messages + before.answer if before else 0
    called = {
        part.id: part.name
        for message in asked.messages
        for part in message.parts
        if isinstance(part, ToolCall)
    }
    for message in asked.messages[skipped:]:
        yield from message_rows(message, called, full=full)
    if asked.tools and not (before and before.tools):
        yield from tool_rows(asked.tools, full=full)
    if not (before and before.parameters):
        given = asked.parameters.items()
        told = [f"{name} {value_text(value, full=full)}" for name, value in given]
        if asked.stream:
            told.append("streamed")
        if told:
            yield Row("parameters", [(printable(joined(told)), "dim")], limit=SYSTEM_LINES)


def as_before(asked: Conversation, before: Before, attempt: int) -> str:
    """Such as ``2 messages and its answer, tools, parameters``."""
    if before.messages == len(asked.messages) and attempt > 1:
        return "the same request"
    told = [
        "system prompt" if before.system else "",
        plural(before.messages, "message") + (" and the answer" if before.answer else ""),
        "tools" if before.tools else "",
        "parameters" if before.parameters else "",
    ]
    return joined(told, ", ")


def message_rows(message: Message, called: dict[str, str], *, full: bool) -> Iterator[Block]:
    role = message.role or "unnamed"
    style = ROLES.get(role, role)
    style = style if style in {"system", "user", "assistant", "tool"} else "head"
    if message.parts and all(isinstance(part, ToolResult) for part in message.parts):
        role = style = "tool"  # Anthropic's and Gemini's are a user's on the wire
    limit = 0 if full else MESSAGE_LINES
    yield from part_rows(printable(role), message.parts, called, style, limit, full=full)
    if full and message.extra:
        yield Row("", [(printable(preview(cast("JsonValue", message.extra), EVERYTHING)), "dim")])


def part_rows(
    label: str, parts: Sequence[Part], called: dict[str, str], style: str, limit: int, *, full: bool
) -> Iterator[Row]:
    """A row a part, the label beside the first."""
    for part in parts:
        yield Row(label, list(part_spans(part, called, full=full)), style, limit)
        label = ""
        style = "label"
    if label:
        yield Row(label, [("(empty)", "dim")], style)


def part_spans(part: Part, called: dict[str, str], *, full: bool) -> Iterator[Span]:
    match part:
        case Text():
            text = printable(part.text.strip("\n"))
            yield (text, "") if text.strip() else ("(empty)", "dim")
        case Reasoning():
            text = printable(part.text.strip())
            yield (f"(thought) {text}" if text else "(a thought the provider hides)", "thought")
        case Refusal():
            yield ("refused: ", "error")
            yield (printable(part.text), "")
        case Media():
            yield (f"[{media_text(part)}]", "media")
        case ToolCall():
            yield ("→ ", "dim")
            yield (call_text(part, EVERYTHING if full else VALUE * 3), "call")
        case ToolResult():
            yield from result_spans(part, called, full=full)
        case _:
            length = EVERYTHING if full else VALUE * 3
            text = preview(cast("JsonValue", part.value), length)
            yield (f"[{printable(part.kind)}] ", "media")
            yield (text, "dim")


def result_spans(part: ToolResult, called: dict[str, str], *, full: bool) -> Iterator[Span]:
    name = part.name or called.get(part.id, "")
    yield ("← ", "dim")
    if name:
        yield (f"{printable(name)}: ", "tool")
    if part.is_error:
        yield ("failed: ", "error")
    for number, inner in enumerate(part.content):
        if number:
            yield ("\n", "")
        yield from part_spans(inner, called, full=full)
    if not part.content:
        yield ("(empty)", "dim")


def tool_rows(tools: Sequence[Tool], *, full: bool) -> Iterator[Block]:
    if not full:
        names = ", ".join(tool.name for tool in tools)
        yield Row("tools", [(printable(names), "")], limit=SYSTEM_LINES)
        return
    label = "tools"
    for tool in tools:
        arguments = ", ".join(obj(obj(tool.schema).get("properties")))
        spans = [(printable(f"{tool.name}({arguments})"), "call")]
        if tool.description:
            spans.append((f" {printable(tool.description)}", "dim"))
        yield Row(label, spans)
        label = ""


def value_text(value: object, *, full: bool) -> str:
    return preview(cast("JsonValue", value), EVERYTHING if full else VALUE)


def answer_rows(answered: Completion, *, full: bool) -> Iterator[Block]:
    for choice in answered.choices:
        label = "answer" if len(answered.choices) == 1 else f"answer {choice.index + 1}"
        yield from choice_rows(choice, label, full=full)
        if len(answered.choices) > 1 and choice.finish_reason:
            yield Row("", [(printable(choice.finish_reason), "dim")])
    if answered.error is not None:
        text = printable(error_text(answered.error)) or "an error without a message"
        yield Row("error", [(text, "error")], "error")
    elif not has_content(answered):
        yield Row("answer", [("(empty)", "dim")], "answer")


def choice_rows(choice: Choice, label: str, *, full: bool) -> Iterator[Row]:
    if choice.reasoning.strip():
        thought = [(printable(choice.reasoning.strip()), "thought")]
        yield Row("thought", thought, limit=0 if full else MESSAGE_LINES)
    rows: list[tuple[list[Span], int]] = []
    if choice.text.strip():
        rows.append(([(printable(choice.text.strip("\n")), "")], ANSWER_LINES))
    if choice.refusal:
        rows.append(([("refused: ", "error"), (printable(choice.refusal), "")], ANSWER_LINES))
    calls = (call_text(each, EVERYTHING if full else VALUE * 3) for each in choice.tool_calls)
    rows += [([("→ ", "dim"), (text, "call")], MESSAGE_LINES) for text in calls]
    rows += [([(f"[{media_text(each)}]", "media")], MESSAGE_LINES) for each in choice.media]
    style = "answer"
    for spans, limit in rows:
        yield Row(label, spans, style, 0 if full else limit)
        label, style = "", "label"


def ending(reading: Reading, answered: Completion, *, stable: bool) -> Iterator[str]:
    """Why it ended, and what it took."""
    response = reading.interaction.response
    if not answered.complete:
        yield f"cut off ({response.ended})" if response.ended else "cut off"
    if len(answered.choices) == 1:
        yield printable(answered.finish_reason)
    if reading.asked is not None and answered.model not in ("", reading.asked.model):
        yield f"by {printable(answered.model)}"
    yield usage_text(answered.usage)
    if stable:
        return
    if reading.price is not None:
        yield dollars(reading.price.amount)
    yield from timing(reading)


def timing(reading: Reading) -> Iterator[str]:
    """How long it took; the first token's time where chunks were recorded."""
    response = reading.interaction.response
    first, arrivals = reading.first_token, reading.arrivals
    if first is not None and reading.events:
        yield f"first token {seconds(first)}"
    if arrivals:
        yield f"all {seconds(arrivals[-1][1])}"
    elif response.duration:
        yield seconds(response.duration)
    if reading.events:
        yield plural(reading.events, "event")
