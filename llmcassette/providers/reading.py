"""Reads requests and answers in any format: detects the format, then calls its dialect."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from llmcassette.model import Headers, Interaction, Request, Response
from llmcassette.providers.completion import Completion
from llmcassette.providers.failures import find_error
from llmcassette.providers.jsonvalue import obj
from llmcassette.providers.parsed_request import parse_request
from llmcassette.providers.payload import Payload, objects, read_payload
from llmcassette.providers.registry import FORMATS, VAGUE, Format, format_by_name, format_of
from llmcassette.providers.token_counts import header_usage, with_cost
from llmcassette.streams import kind

if TYPE_CHECKING:
    from llmcassette.providers.conversation import Conversation

__all__ = ["Identity", "completion", "conversation", "ended", "identify"]

TAIL: Final = 8_192
"""Bytes at a stream's end that are searched first for its terminal event."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Provider (``azure``) and wire format (``openai_chat``) of a request."""

    provider: str
    format: str


def identify(request: Request) -> Identity | None:
    """Provider and format of a request; ``None`` if the format is unknown."""
    parsed = parse_request(request)
    found = format_of(parsed)
    return None if found is None else Identity(parsed.provider(found.PROVIDER), found.FORMAT)


def conversation(request: Request) -> Conversation | None:
    """The conversation in a request's body; ``None`` if the format is unknown."""
    parsed = parse_request(request)
    found = format_of(parsed)
    return None if found is None or not parsed.body else found.conversation(parsed)


def completion(
    interaction: Interaction | Request, response: Response | None = None
) -> Completion | None:
    """A model's answer.

    Args:
        interaction: request and answer; or a request, and its answer in ``response``.
        response: the answer to a request.

    Returns:
        ``None`` if the format is unknown, or there is nothing in answer. A cut answer is not
        ``complete``; a provider's error is a completion with ``error``.

    Raises:
        CassetteError: the interaction's answer is broken, and was not read before.
    """
    if isinstance(interaction, Interaction):
        request, response = interaction.request, interaction.response
    else:
        request = interaction
    if response is None:
        raise TypeError("completion() needs a response, too, when given a Request")
    if not response.came or (response.code == HTTPStatus.ACCEPTED and not response.body):
        return None
    parsed = parse_request(request)
    asked = format_of(parsed)
    framing = kind(response.body, response.headers.get("content-type"))
    payload = read_payload(response.body, framing)
    answered = recognise(payload, asked)
    error = find_error(payload, response.code)
    if answered is None:
        cut = payload.known and not (payload.whole and payload.documents)
        if asked is None or not (error or cut):
            return None
        answered = asked
    draft = answered.answer(payload)
    question = asked.conversation(parsed) if asked and parsed.body else None
    usage = draft.usage or header_usage(response.headers)
    finished = not payload.streamed or draft.finished or is_over(payload, answered)
    return Completion(
        provider=parsed.provider(answered.PROVIDER),
        format=answered.FORMAT,
        model=draft.model or (question.model if question else ""),
        id=draft.id,
        choices=draft.choices(),
        usage=with_cost(usage) if usage else None,
        error=error or draft.error,
        complete=payload.whole and finished,
        retrieved=parsed.method == "GET" or parsed.path.endswith("/cancel"),
    )


def ended(request: Request, headers: Headers, body: bytes) -> bool | None:
    """Whether a streamed body contains its terminal event, or an error event.

    Args:
        request: for the format.
        headers: of the response.
        body: the stream, or its last part if ``headers`` name a content type. That part starts
            anywhere in SSE and NDJSON, and at a frame in Amazon's event stream.

    Returns:
        ``None`` if the format is unknown or the body is not a stream.
    """
    framing = kind(body, headers.get("content-type"))
    asked = format_of(parse_request(request))
    for part in (body[-TAIL:], body) if framing in ("sse", "ndjson") else (body,):
        payload = read_payload(part, framing)
        found = asked or recognise(payload, None)
        if found and payload.streamed and is_over(payload, found):
            return True
    return False if found and payload.streamed else None


def is_over(payload: Payload, format: Format) -> bool:
    """Whether one of the documents ends a stream in this format."""
    return any(
        document.done or document.exception or format.terminal(document.event, obj(document.value))
        for document in payload.documents
    )


def recognise(payload: Payload, asked: Format | None) -> Format | None:
    """The format of an answer, by its shape; the request's own format is tried first."""
    formats = [format_by_name(name) for name in FORMATS if name not in VAGUE]
    if asked is not None:
        formats.insert(0, asked)
    found = list(objects(payload))
    return next((f for f in formats if any(f.recognises(*each) for each in found)), None)
