"""Reads go-vcr version 2 text, by PyYAML's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from llmcassette.errors import CassetteError
from llmcassette.formats.chunks import parse_chunks
from llmcassette.formats.document import Document, Mapping, Node, Sequence, start
from llmcassette.formats.durations import parse_duration
from llmcassette.formats.fields import Fields, Reading
from llmcassette.formats.nodes import describe, is_null, plain_int
from llmcassette.formats.refusal import refuse
from llmcassette.formats.source import Source, Span
from llmcassette.formats.statuses import check_status
from llmcassette.model import Cassette, Interaction, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["read"]

VERSION: Final = 2
EMPTY_FILE: Final = "the file is empty; a cassette without interactions has `interactions: []`"
SECOND_DOCUMENT: Final = "a second document begins here; a cassette is a single document"


def read(text: str, *, path: Path | None = None, lazy: bool = False) -> Cassette:
    """Read a go-vcr version 2 cassette, in any writer's dialect.

    Args:
        text: the file's text.
        path: where it came from, for messages and ``Cassette.path``.
        lazy: report a broken response on its first use only.

    Raises:
        CassetteError: the text is not such a cassette; names interaction, field and line.
    """
    return _Reader(text, path, lazy).read()


class _Reader:
    def __init__(self, text: str, path: Path | None, lazy: bool) -> None:
        self._text = text
        self._path = path
        self._lazy = lazy
        self._document = Document(text, path)
        self._reading = Reading(self._document)
        self._version: Node | None = None
        self._waiting: list[Node] = []
        self._interactions: list[Interaction] = []
        self._spans: list[Span] = []
        self._foreign = False

    def read(self) -> Cassette:
        document = self._document
        self._expect(document.next_event(), StreamStartEvent)
        event = document.next_event()
        if isinstance(event, StreamEndEvent):
            raise document.error(EMPTY_FILE, 0)
        self._expect(event, DocumentStartEvent)
        event = document.next_event()
        if isinstance(event, ScalarEvent) and is_null(event):
            raise document.error(EMPTY_FILE, 0)
        if not isinstance(event, MappingStartEvent):
            kind = "a list" if isinstance(event, SequenceStartEvent) else "plain text"
            raise document.error(
                f"expected a mapping with version and interactions, found {kind}", event
            )
        self._read_root(Mapping(event))
        self._expect(document.next_event(), DocumentEndEvent)
        event = document.next_event()
        if not isinstance(event, StreamEndEvent):
            raise document.error(SECOND_DOCUMENT, event)
        return Cassette(
            interactions=tuple(self._interactions),
            path=self._path,
            version=VERSION,
            source=Source(
                self._text,
                tuple(self._interactions),
                spans=tuple(self._spans),
                first=self._spans[0].start if self._spans else None,
            ),
        )

    @staticmethod
    def _expect(event: object, kind: type) -> None:
        assert isinstance(event, kind), event

    def _read_root(self, root: Mapping) -> None:
        document = self._document
        interactions: Node | None = None
        while not isinstance(event := document.next_event(), MappingEndEvent):
            key = document.read_node(event)
            event = document.next_event()
            name = key.value if isinstance(key, ScalarEvent) else None
            if name == "interactions" and isinstance(event, SequenceStartEvent):
                interactions = self._read_items(event)
                if self._foreign:
                    break
                root.pairs.append((key, interactions))
                continue
            value = document.read_node(event)
            root.pairs.append((key, value))
            if name == "version":
                self._version = value
                self._foreign = plain_int(value) != VERSION
        fields = Fields(self._reading, root)
        if self._version is None or self._foreign:
            raise refuse(document, root, self._version, self._waiting[0] if self._waiting else None)
        if interactions is None:
            node = fields.node("interactions")
            if node is None:
                raise fields.error(
                    "is missing: nothing was recorded, or the file is cut; "
                    "a cassette without interactions has `interactions: []`",
                    "interactions",
                )
            if isinstance(node, Sequence):
                raise fields.error("expected the list itself, found an alias", "interactions", node)
            raise fields.error(f"expected a list, found {describe(node)}", "interactions", node)
        for position, node in enumerate(self._waiting):
            self._convert(position, node)

    def _read_items(self, event: SequenceStartEvent) -> Node:
        """Read the items; convert them at once if the version is already known."""
        document = self._document
        sequence = Sequence(event)
        self._reading.indented = document.text[: start(event)].endswith(" ")
        position = 0
        while not isinstance(item := document.next_event(position), SequenceEndEvent):
            node = document.read_node(item, position)
            self._spans.append(Span(start(node), document.end))
            if self._version is None or self._foreign:
                self._waiting.append(node)
                if self._foreign:
                    break
            else:
                self._convert(position, node)
            position += 1
        return sequence

    def _convert(self, position: int, node: Node) -> None:
        fields = Fields(self._reading, node, "", position)
        number = fields.integer("id", position)
        redacted = None if fields.node("redacted") is None else fields.strings("redacted")
        request = _request(fields.mapping("request"))
        answer = fields.mapping("response")
        response: Response | Callable[[], Response]
        try:
            response = _response(answer)
        except CassetteError as error:
            if not self._lazy:
                raise
            response = _failing(error)
        if self._document.built is not None:
            raise self._document.error(
                f"an unknown key has {describe(self._document.built)}: remove it",
                self._document.built,
                position,
            )
        self._interactions.append(Interaction(number, request, response, redacted))


def _request(fields: Fields) -> Request:
    return Request(
        method=fields.required_text("method"),
        url=fields.required_text("url"),
        headers=fields.multi_map("headers"),
        body=fields.body("body"),
        proto=fields.text("proto", "HTTP/1.1"),
        proto_major=fields.integer("proto_major", 1),
        proto_minor=fields.integer("proto_minor", 1),
        content_length=fields.integer("content_length", 0),
        transfer_encoding=fields.strings("transfer_encoding"),
        trailer=fields.multi_map("trailer"),
        host=fields.text("host"),
        remote_addr=fields.text("remote_addr"),
        request_uri=fields.text("request_uri"),
        form=fields.multi_map("form"),
    )


def _response(fields: Fields) -> Response:
    code, ended = fields.integer("code", None), fields.text("ended")
    try:
        check_status(code, ended)
    except ValueError as error:
        raise fields.error(str(error), "code", fields.node("code")) from None
    return Response(
        code=code,
        status=fields.text("status"),
        headers=fields.multi_map("headers"),
        body=fields.body("body"),
        duration=fields.parsed("duration", parse_duration, 0.0),
        proto=fields.text("proto", "HTTP/1.1"),
        proto_major=fields.integer("proto_major", 1),
        proto_minor=fields.integer("proto_minor", 1),
        content_length=fields.integer("content_length", -1),
        transfer_encoding=fields.strings("transfer_encoding"),
        trailer=fields.multi_map("trailer"),
        uncompressed=fields.boolean("uncompressed"),
        chunks=fields.parsed("chunks", parse_chunks, None),
        ended=ended,
    )


def _failing(error: CassetteError) -> Callable[[], Response]:
    """A function that raises a broken response's error, a new one at each call."""

    def fail() -> Response:
        raise CassetteError(
            error.problem,
            path=error.path,
            interaction=error.interaction,
            field=error.field,
            line=error.line,
        )

    return fail
