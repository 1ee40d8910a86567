"""One interaction as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from llmcassette.providers import api_call
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.numbers import dollars, joined, plural, seconds
from llmcassette.review.page.bodies import Body, request_body, response_body
from llmcassette.review.page.parts import PageImage
from llmcassette.review.page.passages import Writing, json_writing, shown, writing
from llmcassette.review.page.timeline import Timeline, timeline
from llmcassette.review.page.turns import Turn, answers, turns
from llmcassette.review.texts import (
    error_text,
    status_text,
    usage_text,
)
from llmcassette.review.unread import unread_in_answer, unread_in_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Headers
    from llmcassette.providers import ApiCall, Conversation, Media
    from llmcassette.review.page.pictures import Pictures
    from llmcassette.review.parsed import Continuation, ParsedInteraction

__all__ = ["Exchange", "exchange"]

UNKNOWN_PROVIDER: Final = "openai-compatible"


@dataclass(frozen=True, slots=True)
class PageTool:
    """A tool that the model may call."""

    name: str
    description: Writing | None
    schema: Writing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An interaction.

    Attributes:
        anchor: the id of its element in the page.
        position: in the file, from 0.
        title: the model, or the method and URL.
        provider: empty if unknown.
        status: of the answer; empty if it is 200 and the attempt is the first.
        failed: no answer came, or one with a status of 400 or more.
        facts: names and values: tokens, cost, times.
        repeats: what is the same as in an earlier interaction; empty if there is none.
        repeats_anchor: of that one.
        turns: the messages, without those.
        tools: likewise.
        parameters: names and values, likewise.
        answers: the choices of the answer.
        error: of the provider.
        request_body: of a request in an unknown format.
        response_body: of an answer in an unknown format.
        also: places and values that are none of the above.
        timeline: of a streamed answer.
        address: method and URL.
        request_headers: names and values, without credentials.
        response_headers: likewise.
        summary: for the list of interactions.
    """

    anchor: str
    position: int
    title: str
    provider: str
    status: str
    failed: bool
    facts: list[tuple[str, str]]
    repeats: str
    repeats_anchor: str
    turns: list[Turn]
    tools: list[PageTool]
    parameters: list[tuple[str, str]]
    answers: list[Turn]
    error: str
    request_body: Body | None
    response_body: Body | None
    also: list[tuple[str, str]]
    timeline: Timeline | None
    address: str
    request_headers: list[tuple[str, str]]
    response_headers: list[tuple[str, str]]
    summary: str


def exchange(parsed: ParsedInteraction, file: str, pictures: Pictures) -> Exchange:
    """Prepare an interaction.

    Args:
        parsed: the interaction.
        file: begins the anchors of its cassette.
        pictures: finds images.
    """
    interaction = parsed.interaction
    request, response = interaction.request, interaction.response
    asked, answer, same = parsed.conversation, parsed.completion, parsed.continues
    anchor = f"{file}-{parsed.position}"

    def image(media: Media) -> PageImage:
        known = pictures.place_of(media)
        return PageImage(pictures.source(media, interaction, anchor), known)

    call = None if asked or answer else api_call(request, response)
    stream = timeline(parsed)
    address = shown(f"{request.method or 'GET'} {scrub_url(request.url)}")
    status = "" if response.code == 200 else shown(status_text(response))
    attempt = f"attempt {parsed.attempt}" if parsed.attempt > 1 else ""
    return Exchange(
        anchor=anchor,
        position=parsed.position,
        title=title_of(parsed, call, address),
        provider=shown(asked.provider if asked else call.provider if call else ""),
        status=joined([attempt, status]),
        failed=response.code >= 400 or not response.came,
        facts=list(facts(parsed, call, stream)),
        repeats=repeated(asked, same, parsed.attempt) if asked and same else "",
        repeats_anchor=f"{file}-{same.position}" if same else "",
        turns=list(turns(asked, same, image)) if asked else [],
        tools=list(tools_of(asked)) if asked and not (same and same.tools) else [],
        parameters=list(parameters_of(asked)) if asked and not (same and same.parameters) else [],
        answers=list(answers(answer, image)) if answer else [],
        error=shown(error_text(answer.error)) if answer and answer.error else "",
        request_body=None if asked else request_body(request, call),
        response_body=None
        if answer
        else response_body(response, call, pictures.body(response, anchor), image),
        also=list(unread(parsed)),
        timeline=stream,
        address=address,
        request_headers=list(headers_of(request.headers)),
        response_headers=list(headers_of(response.headers)),
        summary=summary(parsed),
    )


def title_of(parsed: ParsedInteraction, call: ApiCall | None, address: str) -> str:
    asked = parsed.conversation
    if call is not None:
        return shown(joined([call.kind, call.model]))
    if asked is None:
        return address.replace("https://", "", 1)
    model = shown(asked.model) or "(no model)"
    if asked.provider != UNKNOWN_PROVIDER:
        return model
    try:
        host = urlsplit(parsed.interaction.request.url).hostname or ""
    except ValueError:
        host = ""
    return f"{model} at {shown(host)}" if host else model


def facts(
    parsed: ParsedInteraction, call: ApiCall | None, stream: Timeline | None
) -> Iterator[tuple[str, str]]:
    """Tokens, cost, times, and why the answer ended."""
    answer, response = parsed.completion, parsed.interaction.response
    usage = answer.usage if answer else call.usage if call else None
    if usage:
        yield "tokens", usage_text(usage)
    if parsed.price is not None:
        yield "cost", dollars(parsed.price.amount)
    if stream is not None and stream.first_token is not None:
        yield "first token", seconds(stream.first_token)
    total = parsed.seconds
    if total is not None or response.duration:
        yield "time", seconds(response.duration if total is None else total)
    if answer and len(answer.choices) == 1 and answer.finish_reason:
        yield "ended by", shown(answer.finish_reason)
    if answer and not answer.complete:
        yield "cut off", shown(response.ended) or "yes"
    elif response.came and response.ended:
        yield "ended", shown(response.ended)
    asked = parsed.conversation
    if answer and asked and answer.model not in ("", asked.model):
        yield "answered by", shown(answer.model)


def repeated(asked: Conversation, same: Continuation, attempt: int) -> str:
    if same.messages == len(asked.messages) and attempt > 1:
        return "the same request"
    parts = [
        "system prompt" if same.system else "",
        plural(same.messages, "message") + (" and the answer" if same.answer else ""),
        "tools" if same.tools else "",
        "parameters" if same.parameters else "",
    ]
    return joined(parts, ", ")


def tools_of(asked: Conversation) -> Iterator[PageTool]:
    for tool in asked.tools:
        description = writing(tool.description) if tool.description else None
        schema = json_writing(tool.schema) if tool.schema is not None else None
        yield PageTool(shown(tool.name), description, schema)


def parameters_of(asked: Conversation) -> Iterator[tuple[str, str]]:
    if asked.stream:
        yield "stream", "true"
    for name, value in asked.parameters.items():
        text = json_writing(value).first[0].text
        yield shown(name), " ".join(text.split())


def unread(parsed: ParsedInteraction) -> Iterator[tuple[str, str]]:
    """What the request and the answer hold beside what a conversation shows, with its place."""
    request, response = parsed.interaction.request, parsed.interaction.response
    found: list[tuple[str, str]] = []
    if parsed.conversation:
        found += unread_in_request(request, parsed.conversation, parsed.continues)
    if parsed.completion:
        found += unread_in_answer(response, parsed.completion)
    for place, value in found:
        yield shown(place), shown(value)


def headers_of(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers.multi_items():
        yield shown(name), "[REDACTED]" if carries_credentials(name) else shown(scrub_url(value))


def summary(parsed: ParsedInteraction) -> str:
    """What the list of interactions says: the status, or the beginning of the answer."""
    answer, response = parsed.completion, parsed.interaction.response
    if answer is None or answer.error or response.code >= 400:
        return shown(status_text(response))
    calls = ", ".join(call.name for call in answer.tool_calls)
    text = f"→ {calls}" if calls else answer.text or answer.refusal or answer.reasoning
    return " ".join(shown(text[:120]).split()) or "empty"
