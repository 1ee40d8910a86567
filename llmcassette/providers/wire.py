"""A body as the JSON documents in it, however they are framed."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import JSON, obj, parse, text
from llmcassette.streams import (
    EventStreamError,
    EventStreamMessage,
    Kind,
    eventstream_messages,
    ndjson_lines,
    sse_events,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Document", "Payload", "documents", "read"]

DONE: Final = "[DONE]"
BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value of a body.

    Attributes:
        value: ``None`` where it does not parse.
        event: the event's name, in SSE and in Amazon's event stream; else empty.
        done: the ``[DONE]`` that OpenAI ends its streams with, which is no JSON.
        exception: the frame is an exception's (Amazon's event stream).
    """

    value: JSON
    event: str = ""
    done: bool = False
    exception: bool = False


@dataclass(frozen=True, slots=True)
class Payload:
    """A body, read.

    Attributes:
        streamed: the documents came one by one.
        whole: nothing in it is cut. Says nothing of a stream that ends between two documents.
        known: the body is of a kind that carries JSON at all.
    """

    documents: tuple[Document, ...]
    streamed: bool = False
    whole: bool = True
    known: bool = True


def read(body: bytes, framing: Kind) -> Payload:
    """Take a body apart. What is cut or broken is left out; nothing raises."""
    match framing:
        case "sse":
            return Payload(tuple(sse_documents(body)), streamed=True)
        case "ndjson":
            return Payload(tuple(ndjson_documents(body)), streamed=True)
        case "eventstream":
            return Payload(tuple(frame_documents(body)), streamed=True)
        case _:
            return read_json(body.removeprefix(BOM).strip(), known=framing == "json")


def read_json(body: bytes, *, known: bool) -> Payload:
    """A value; an array's elements one by one, which may be cut; or lines of JSON, cut."""
    if body[:1] == b"[":
        elements, closed = read_array(body.decode("utf-8", "replace"))
        return Payload(tuple(map(Document, elements)), streamed=True, whole=closed, known=known)
    value = parse(body)
    if value is not None:
        return Payload((Document(value),))
    lines = tuple(ndjson_documents(body))
    return Payload(lines, streamed=bool(lines), whole=False, known=known or bool(lines))


def read_array(body: str) -> tuple[list[JSON], bool]:
    """The elements of a JSON array up to where it is cut, and whether it is closed."""
    decoder = json.JSONDecoder()
    elements: list[JSON] = []
    at = 1
    while True:
        while body[at : at + 1] and body[at] in " \t\r\n,":
            at += 1
        if body[at : at + 1] in ("]", ""):
            return elements, body[at:] == "]"
        try:
            element, at = decoder.raw_decode(body, at)
        except (ValueError, RecursionError):
            return elements, False
        elements.append(element)


def sse_documents(body: bytes) -> Iterator[Document]:
    """Events with data; one whose blank line is missing counts if its data is whole JSON."""
    for event in sse_events(body + b"\n\n"):
        name = "" if event.event == "message" else event.event
        if event.data.strip() == DONE:
            yield Document(None, name, done=True)
        elif (value := parse(event.data)) is not None:
            yield Document(value, name)


def ndjson_documents(body: bytes) -> Iterator[Document]:
    values = (parse(line.data) for line in ndjson_lines(body))
    return (Document(value) for value in values if value is not None)


def frame_documents(body: bytes) -> Iterator[Document]:
    """Frames up to the first that is cut or broken."""
    try:
        for message in eventstream_messages(body):
            yield frame_document(message)
    except EventStreamError:
        return


def frame_document(message: EventStreamMessage) -> Document:
    """One frame. What ``invoke`` wraps in a chunk's base64 is the model's own document."""
    value = parse(message.payload)
    if message.headers.get(":message-type") in ("exception", "error"):
        name = message.headers.get(":exception-type") or message.headers.get(":error-code") or ""
        return Document(value, str(name), exception=True)
    if wrapped := text(obj(value).get("bytes")):
        try:
            inner = parse(base64.b64decode(wrapped))
        except (binascii.Error, ValueError):
            inner = None
        return Document(inner, text(obj(inner).get("type")))
    return Document(value, str(message.headers.get(":event-type", "")))


def documents(payload: Payload) -> Iterator[tuple[str, dict[str, JSON]]]:
    """Event name and object of each document that is an object."""
    for document in payload.documents:
        if isinstance(document.value, dict):
            yield document.event, document.value
