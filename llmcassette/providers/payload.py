"""The JSON documents of a body: one, or those of a stream in any framing."""

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

__all__ = ["Document", "Payload", "objects", "read_payload"]

DONE: Final = "[DONE]"
BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value of a body.

    Attributes:
        value: ``None`` where it cannot be parsed.
        event: the event's name in SSE and in Amazon's event stream; else empty.
        done: this is ``[DONE]``, which is not JSON and ends OpenAI's streams.
        exception: this is an exception frame of Amazon's event stream.
    """

    value: JSON
    event: str = ""
    done: bool = False
    exception: bool = False


@dataclass(frozen=True, slots=True)
class Payload:
    """A parsed body.

    Attributes:
        streamed: the documents arrived one by one.
        whole: no document is cut. A stream may still end early, between two documents.
        known: the kind of body is one that carries JSON.
    """

    documents: tuple[Document, ...]
    streamed: bool = False
    whole: bool = True
    known: bool = True


def read_payload(body: bytes, framing: Kind) -> Payload:
    """Parse a body; never raises. Cut and broken documents are left out."""
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
    """One value, the elements of an array that may be cut, or lines of JSON that may be cut."""
    if body[:1] == b"[":
        values, closed = read_array(body.decode("utf-8", "replace"))
        return Payload(tuple(map(Document, values)), streamed=True, whole=closed, known=known)
    value = parse(body)
    if value is not None:
        return Payload((Document(value),))
    lines = tuple(ndjson_documents(body))
    return Payload(lines, streamed=bool(lines), whole=False, known=known or bool(lines))


def read_array(body: str) -> tuple[list[JSON], bool]:
    """The elements of a JSON array up to where it is cut, and whether it is closed."""
    decoder = json.JSONDecoder()
    values: list[JSON] = []
    at = 1
    while True:
        while body[at : at + 1] and body[at] in " \t\r\n,":
            at += 1
        if body[at : at + 1] in ("]", ""):
            return values, body[at:] == "]"
        try:
            value, at = decoder.raw_decode(body, at)
        except (ValueError, RecursionError):
            return values, False
        values.append(value)


def sse_documents(body: bytes) -> Iterator[Document]:
    """Events with data. The last one counts without its blank line if its data is whole JSON."""
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
    """Frames of Amazon's event stream, up to the first that is cut or broken."""
    try:
        for message in eventstream_messages(body):
            yield frame_document(message)
    except EventStreamError:
        return


def frame_document(message: EventStreamMessage) -> Document:
    """One frame. Bedrock's ``invoke`` wraps the model's own document in base64: unwrap it."""
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


def objects(payload: Payload) -> Iterator[tuple[str, dict[str, JSON]]]:
    """Event name and value of each document that is a JSON object."""
    for document in payload.documents:
        if isinstance(document.value, dict):
            yield document.event, document.value
