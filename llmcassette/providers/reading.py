"""What was asked, what was answered, and is it over: each put to the format that knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.model import Headers, Interaction, Request, Response
from llmcassette.providers.ask import read_ask
from llmcassette.providers.completion import Completion, ErrorInfo
from llmcassette.providers.failures import read_error
from llmcassette.providers.jsonvalue import first_text, obj
from llmcassette.providers.registry import FORMATS, VAGUE, Format, by_name, format_of
from llmcassette.providers.services import service
from llmcassette.providers.wire import Payload, documents, read
from llmcassette.streams import kind

if TYPE_CHECKING:
    from llmcassette.providers.conversation import Conversation

__all__ = ["Identity", "completion", "conversation", "ended", "identify"]

TAIL: Final = 8_192
"""Bytes at a stream's end in which its last event is looked for first."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a request was sent to (``azure``) and in which format (``openai_chat``)."""

    provider: str
    format: str


def identify(request: Request) -> Identity | None:
    """Provider and format of a request; ``None`` where its format is not known here."""
    ask = read_ask(request)
    spoken = format_of(ask)
    if spoken is None:
        return None
    return Identity(service(ask.host) or spoken.PROVIDER, spoken.FORMAT)


def conversation(request: Request) -> Conversation | None:
    """What a request asks a model; ``None`` where it is not in a format known here."""
    ask = read_ask(request)
    spoken = format_of(ask)
    return None if spoken is None or not ask.body else spoken.conversation(ask)


def completion(
    interaction: Interaction | Request, response: Response | None = None
) -> Completion | None:
    """What a model answered, given an interaction, or a request and its response.

    ``None`` where the answer is in no format known here. A cut answer is one that is not
    ``complete``; a provider's error is a completion with an ``error``.

    Raises:
        CassetteError: the interaction's response was left unread until now, and is broken.
    """
    if isinstance(interaction, Interaction):
        request, response = interaction.request, interaction.response
    else:
        request = interaction
    if response is None:
        raise TypeError("a request alone has no completion: give its response, too")
    ask = read_ask(request)
    asked = format_of(ask)
    payload = read(response.body, kind(response.body, response.headers.get("content-type")))
    spoken = recognised(payload, asked)
    error = error_of(payload, response.code)
    if spoken is None:
        cut = payload.known and not (payload.whole and payload.documents)
        if asked is None or not (error or cut):
            return None
        spoken = asked
    answer = spoken.answer(payload)
    asking = asked.conversation(ask) if asked and ask.body else None
    finished = not payload.streamed or answer.finished or is_over(payload, spoken)
    return Completion(
        provider=service(ask.host) or spoken.PROVIDER,
        format=spoken.FORMAT,
        model=answer.model or (asking.model if asking else ""),
        id=answer.id,
        choices=answer.choices(),
        usage=answer.usage,
        error=error or answer.error,
        complete=payload.whole and finished,
    )


def ended(request: Request, headers: Headers, body: bytes) -> bool | None:
    """Whether a streamed body holds the event that ends it; an error event does, too.

    ``headers`` are the response's. Where they name a content type, ``body`` may be the last part
    of the stream only: from any byte for SSE and lines of JSON, from a frame's first for Amazon's
    event stream. ``None`` where the format is not known, or the body is no stream.
    """
    framing = kind(body, headers.get("content-type"))
    spoken = format_of(read_ask(request))
    for part in (body[-TAIL:], body) if framing in ("sse", "ndjson") else (body,):
        payload = read(part, framing)
        known = spoken or recognised(payload, None)
        if known and payload.streamed and is_over(payload, known):
            return True
    return False if known and payload.streamed else None


def is_over(payload: Payload, spoken: Format) -> bool:
    """Whether one of the documents ends a stream of that format."""
    return any(
        document.done or document.exception or spoken.terminal(document.event, obj(document.value))
        for document in payload.documents
    )


def recognised(payload: Payload, asked: Format | None) -> Format | None:
    """The format that the answer's documents have; the one asked in is tried first."""
    formats = [by_name(name) for name in FORMATS if name not in VAGUE]
    if asked is not None:
        formats.insert(0, asked)
    held = list(documents(payload))
    return next((f for f in formats if any(f.recognises(*document) for document in held)), None)


def error_of(payload: Payload, status: int) -> ErrorInfo | None:
    """The first error that the documents tell of."""
    failed = status if status >= 400 else None
    for document in payload.documents:
        if document.exception:
            message = first_text(obj(document.value), "message", "Message")
            return ErrorInfo(message=message, type=document.event)
        if found := read_error(document.value, failed):
            return found
    return None
