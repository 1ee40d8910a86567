"""An interaction as a conversation: request, answer, and why it ended, tokens, cost, time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from llmcassette.cli.output.inspect.http import request_blocks, response_blocks
from llmcassette.cli.output.inspect.parts import (
    answer_rows,
    message_rows,
    system_rows,
    tool_rows,
    value_text,
)
from llmcassette.cli.output.layout import Row, Rule, unwrapped
from llmcassette.escaping import one_line
from llmcassette.providers import ToolCall
from llmcassette.providers.calls.embeddings import without_vectors
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.numbers import dollars, joined, plural, seconds
from llmcassette.review.texts import call_line, status_text, usage_text
from llmcassette.review.unread import unread_in_answer, unread_in_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmcassette.cli.output.layout import Block, Span
    from llmcassette.model import Request
    from llmcassette.providers import ApiCall, Completion, Conversation
    from llmcassette.review.parsed import Continuation, ParsedInteraction

__all__ = ["heading", "stable_text", "transcript"]

PARAMETER_LINES: Final = 4
UNKNOWN_PROVIDER: Final = "openai-compatible"


def transcript(
    parsed: ParsedInteraction, *, full: bool = False, stable: bool = False
) -> Iterator[Block]:
    """One interaction.

    Args:
        parsed: the interaction.
        full: show everything.
        stable: leave out what differs from run to run: position, time, price and ids.
    """
    request, response = parsed.interaction.request, parsed.interaction.response
    asked, answer = parsed.conversation, parsed.completion
    yield heading(parsed, stable=stable)
    if full or stable:
        yield address_row(request)
    if parsed.call is not None:
        yield from call_blocks(parsed, parsed.call, full=full, stable=stable)
        return
    if asked is None:
        yield from request_blocks(request, full=full)
    else:
        yield from conversation_rows(parsed, asked, full=full, stable=stable)
    if answer is None or (asked is None and not answer.retrieved):
        yield from response_blocks(response, full=full, stable=stable)
        return
    yield from answer_rows(answer, full=full)
    if full:
        yield from unread_rows(unread_in_answer(response, answer))
    last_line = joined(ending(parsed, answer, stable=stable))
    if last_line:
        yield Row("", [(last_line, "dim")])


def call_blocks(
    parsed: ParsedInteraction, call: ApiCall, *, full: bool, stable: bool
) -> Iterator[Block]:
    """A call that is no conversation, in one line; in full its bodies, too, without vectors."""
    request, response = parsed.interaction.request, parsed.interaction.response
    label = "error" if call.error else "call"
    yield Row(label, [(call_line(call) or "(empty)", "error" if call.error else "")])
    if full:
        yield from request_blocks(request, full=True)
        if call.kind == "embeddings":
            response = replace(response, body=without_vectors(response.body), chunks=None)
        yield from response_blocks(response, full=True, stable=stable)
    time = "" if stable or not response.duration else seconds(response.duration)
    cost = dollars(parsed.price.amount) if parsed.price and not stable else ""
    last_line = joined([usage_text(call.usage), cost, time])
    if last_line:
        yield Row("", [(last_line, "dim")])


def stable_text(interactions: Iterable[ParsedInteraction]) -> Iterator[str]:
    """Interactions as lines that change only when the conversation does, one per paragraph."""
    for parsed in interactions:
        if parsed.position:
            yield ""
        yield from unwrapped(transcript(parsed, full=True, stable=True))


def heading(parsed: ParsedInteraction, *, stable: bool = False) -> Rule:
    """Position, provider and model, or method and URL; at the right the attempt and status."""
    number: Span = ("" if stable else f"{parsed.position}  ", "dim")
    request, response = parsed.interaction.request, parsed.interaction.response
    status = "" if response.code == 200 else one_line(status_text(response))
    attempt = f"attempt {parsed.attempt}" if parsed.attempt > 1 else ""
    right = joined([attempt, status])
    asked, call = parsed.conversation, parsed.call
    if call is not None and call.provider:
        names = (f"{call.provider} {call.kind} ", "head"), (one_line(call.model), "model")
        return Rule([number, *names], right)
    if asked is None:
        url = one_line(scrub_url(request.url)).removeprefix("https://")
        method = request.method or "GET"
        return Rule([number, (f"{method} ", "head"), (url, "")], right or str(response.code))
    host = host_of(request.url) if asked.provider == UNKNOWN_PROVIDER else ""
    return Rule(
        [
            number,
            (f"{asked.provider} ", "head"),
            (one_line(asked.model) or "(no model)", "model"),
            (f" at {host}" if host else "", "dim"),
        ],
        right,
    )


def address_row(request: Request) -> Row:
    method_and_url = f"{request.method or 'GET'} {scrub_url(request.url)}"
    return Row("to", [(one_line(method_and_url), "dim")])


def host_of(url: str) -> str:
    try:
        return one_line(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def conversation_rows(
    parsed: ParsedInteraction, asked: Conversation, *, full: bool, stable: bool
) -> Iterator[Block]:
    """The request, without what it repeats of an earlier one."""
    same = None if full and not stable else parsed.continues
    if same is not None:
        label = "as before" if stable else f"as in {same.position}"
        yield Row(label, [(repeated_text(asked, same, parsed.attempt), "dim")])
    if asked.system and not (same and same.system):
        yield from system_rows(asked.system, full=full)
    tools = {
        part.id: part.name
        for message in asked.messages
        for part in message.parts
        if isinstance(part, ToolCall)
    }
    for message in asked.messages[same.messages + same.answer if same else 0 :]:
        yield from message_rows(message, tools, full=full)
    if asked.tools and not (same and same.tools):
        yield from tool_rows(asked.tools, full=full)
    if not (same and same.parameters):
        values = asked.parameters.items()
        parameters = [f"{name} {value_text(value, full=full)}" for name, value in values]
        if asked.stream:
            parameters.append("streamed")
        if parameters:
            spans = [(one_line(joined(parameters)), "dim")]
            yield Row("parameters", spans, limit=PARAMETER_LINES)
    if full:
        request = parsed.interaction.request
        yield from unread_rows(unread_in_request(request, asked, same))


def unread_rows(unread: Iterable[tuple[str, str]]) -> Iterator[Row]:
    """Values that have no place in a conversation, one per line, each with its path."""
    lines = [f"{one_line(place)}  {one_line(value)}" for place, value in unread]
    if lines:
        yield Row("also", [("\n".join(lines), "dim")])


def repeated_text(asked: Conversation, same: Continuation, attempt: int) -> str:
    """``2 messages and the answer, tools, parameters``."""
    if same.messages == len(asked.messages) and attempt > 1:
        return "the same request"
    parts = [
        "system prompt" if same.system else "",
        plural(same.messages, "message") + (" and the answer" if same.answer else ""),
        "tools" if same.tools else "",
        "parameters" if same.parameters else "",
    ]
    return joined(parts, ", ")


def ending(parsed: ParsedInteraction, answer: Completion, *, stable: bool) -> Iterator[str]:
    """Why the answer ended, its model if it is another one, tokens, cost, and time."""
    response = parsed.interaction.response
    if not answer.complete:
        yield f"cut off ({response.ended})" if response.ended else "cut off"
    if len(answer.choices) == 1:
        yield one_line(answer.finish_reason)
    if parsed.conversation is not None and answer.model not in ("", parsed.conversation.model):
        yield f"by {one_line(answer.model)}"
    yield usage_text(answer.usage)
    if stable:
        return
    if parsed.price is not None:
        yield dollars(parsed.price.amount)
    events = parsed.events
    first_token, total = parsed.first_token, parsed.seconds
    if first_token is not None and events:
        yield f"first token {seconds(first_token)}"
    if total is not None:
        yield f"total {seconds(total)}"
    elif response.duration:
        yield seconds(response.duration)
    if events:
        yield plural(events, "event")
