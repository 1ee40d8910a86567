"""Parses bodies into JSON documents, form fields and multipart parts, with their positions."""

from __future__ import annotations

import codecs
import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from llmcassette.redaction.views import Pieces, Slice, View
from llmcassette.streams import kind

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "GZIP_MAGIC",
    "BodyKind",
    "Field",
    "body_kind",
    "documents",
    "elements",
    "form_fields",
    "is_bare",
    "is_media",
    "is_text",
    "parts",
]

BodyKind = Literal[
    "json", "ndjson", "sse", "eventstream", "form", "multipart", "gzip", "text", "binary"
]


class Field(NamedTuple):
    """A form field, multipart part or XML element.

    ``start`` and ``end`` delimit its value in the body.
    """

    name: bytes
    start: int
    end: int


GZIP_MAGIC: Final = b"\x1f\x8b\x08"
FORM_SHAPE = re.compile(rb"[^\s&=<>{}\[\]\"']+=[^\s<>{}\"']*")
PART_SHAPE = re.compile(rb"--[^\s]{1,70}\r?\ncontent-", re.IGNORECASE)


def body_kind(body: bytes, content_type: str = "") -> BodyKind:
    """The kind of a body, by its content type or, if that is of no use, by its bytes."""
    if body.startswith(GZIP_MAGIC):
        return "gzip"
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("multipart/") or PART_SHAPE.match(body):
        return "multipart"
    if media_type == "application/x-www-form-urlencoded":
        return "form"
    found = kind(body, content_type)
    if found == "other":
        found = kind(body)
    if found != "other":
        return found
    if not media_type and FORM_SHAPE.fullmatch(body):
        return "form"
    if media_type.startswith("text/"):
        return "text"
    try:
        body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return "binary"
    return "text"


MEDIA: Final = ("image/", "audio/", "video/")
HEAD: Final = 512
"""Bytes of a file by which text is told from other data."""


def is_media(body: bytes, content_type: str) -> bool:
    """Whether a body is an image, audio or video, by its content type and its first bytes."""
    if not content_type.lstrip().lower().startswith(MEDIA):
        return False
    head = body[:HEAD]
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return True
    return b"\0" in head


DATA_LINE = re.compile(
    rb"(?:(?<![^\r\n])|(?<=\A\xef\xbb\xbf))data:[ ]?([^\r\n]*+)(?:\r\n|\r|\n|\Z)"
)
LINE = re.compile(rb"(?<![^\n])[^\S\n]*+\S[^\n]*+")
BARE = re.compile(rb"(?:\xef\xbb\xbf)?\s*+[^\s{\[\"]")
NOT_JSON = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?![{\[\"]|(?:-?\d[\d.eE+-]*+|true|false|null)\s*+\Z)"
)


def documents(text: bytes, kind: BodyKind) -> Iterator[View]:
    """Each JSON document of a body, or the text in its place (see ``is_text``)."""
    if kind == "json":
        yield Slice(text)
    elif kind == "ndjson":
        for line in LINE.finditer(text):
            yield Slice(line[0], line.start())
    elif kind == "sse":
        yield from event_data(text)
    elif kind == "multipart":
        for part in parts(text):
            content = text[part.start : part.end]
            if content.lstrip()[:1] in (b"{", b"["):
                yield Slice(content, part.start)


ELEMENT = re.compile(
    rb"<(?:[A-Za-z][\w.-]{0,63}:)?([A-Za-z][\w.-]{0,127})(?:\s[^<>]{0,1024})?>"
    rb"(?:<!\[CDATA\[([^\]]{1,1024}+)\]\]>|([^<>]++))</"
)


def elements(text: bytes) -> Iterator[Field]:
    """Each XML element that contains nothing but text, by its name without a prefix."""
    for element in ELEMENT.finditer(text):
        yield Field(element[1], *element.span(element.lastindex or 0))


def is_text(document: View) -> bool:
    """Whether a document is plain text where JSON is expected, such as ``[DONE]``."""
    return NOT_JSON.match(document.text) is not None


def is_bare(document: View) -> bool:
    """Whether a document is no object, array or string: a word or a number, by itself or in text.

    Such a document may be a piece of a text that a stream sends as it is.
    """
    return BARE.match(document.text) is not None


def event_data(text: bytes) -> Iterator[View]:
    """The data of each event, with its lines joined by LF (WHATWG HTML, 9.2.6)."""
    lines: list[tuple[int, int, int]] = []
    for line in DATA_LINE.finditer(text):
        if lines and lines[-1][2] != line.start():
            yield data_view(text, lines)
            lines = []
        lines.append((*line.span(1), line.end()))
    if lines:
        yield data_view(text, lines)


def data_view(text: bytes, lines: list[tuple[int, int, int]]) -> View:
    if len(lines) == 1:
        start, end, _ = lines[0]
        return Slice(text[start:end], start)
    view = Pieces(Slice(text))
    for index, (start, end, _) in enumerate(lines):
        if index:
            view.add(lines[index - 1][1], start, b"\n")
        view.add(start, end)
    return view


def form_fields(text: bytes) -> Iterator[Field]:
    """Each pair of name and value (WHATWG URL, 5.1), still percent-encoded."""
    position = 0
    for pair in text.split(b"&"):
        name, equals, _ = pair.partition(b"=")
        yield Field(name, position + len(name) + len(equals), position + len(pair))
        position += len(pair) + 1


PART_HEADERS = re.compile(rb"\r?\n\r?\n")
PART_NAME = re.compile(rb'[;\s]name="?([^";\r\n]*)', re.IGNORECASE)


def parts(text: bytes) -> Iterator[Field]:
    """The parts of a multipart body (RFC 2046, 5.1.1). Its first line is the delimiter."""
    start = text.find(b"--")
    delimiter = text[start:].split(b"\n", 1)[0].rstrip() if start >= 0 else b""
    if len(delimiter) < 3:
        return
    border = re.compile(rb"(?:^|\r?\n)" + re.escape(delimiter) + rb"(?:--)?[ \t]*(?=\r?\n|\Z)")
    ends = list(border.finditer(text, start))
    for opening, closing in zip_longest(ends, ends[1:]):
        end = closing.start() if closing else len(text)
        headers = PART_HEADERS.search(text, opening.end(), end)
        if headers is not None:
            name = PART_NAME.search(text, opening.end(), headers.start())
            yield Field(name[1] if name else b"", headers.end(), end)
