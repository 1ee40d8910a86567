"""Finds the values of fields by their names, in JSON, forms, multipart bodies and XML."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote_plus, unquote_to_bytes

from llmcassette.json.spans import json_values, unescaped
from llmcassette.redaction.credential_names import is_secret_field, normalised
from llmcassette.redaction.cut_json import is_json
from llmcassette.redaction.decodings import JSON_ESCAPES
from llmcassette.redaction.documents import documents, elements, form_fields, parts
from llmcassette.redaction.edits import MARK_BYTES, Edit
from llmcassette.redaction.split_texts import joined_texts, split_texts
from llmcassette.redaction.views import Decoded, Pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.spans import Path
    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.views import Span, View

__all__ = ["LOGPROBS", "NamedValue", "may_be_secret", "named_values"]

LONGEST_NAME: Final = 128
SPACED_COLON = re.compile(rb'"\s++:')
SPACED_NAME = re.compile(rb'(?<=")([^"\\]{1,128}+)\\*+"\s++:')
ESCAPED_NAME = re.compile(rb'"[^"\\]{0,128}\\++u00[0-9a-fA-F]{2}[^"]{0,256}"\s*:')
EMPTY: Final = frozenset((b"null", b"true", b"false"))
LOGPROBS: Final = frozenset({"logprobs", "logprobsResult", "logprobs_result"})

JSON_START: Final = re.compile(rb"(?:\s|\\[nrt])*+[{\[]")
JSON_IN_STRING: Final = re.compile(rb'"(?:\s|\\[nrt])*+[{\[]')
"""A quick test: the first piece of JSON in pieces."""

MAX_DEPTH: Final = 3
"""Of JSON in a string of JSON in a string."""


class NamedValue(NamedTuple):
    """The value of a field with a secret's name.

    Attributes:
        spans: where it is, without quotes; several if the events of a stream split it.
        text: the decoded value.
        name: the name of its field.
        quotes: of a number in JSON, what a string in its place needs on both sides.
    """

    spans: tuple[Span, ...]
    text: str
    name: str
    quotes: bytes = b""

    def edits(self, new: bytes = MARK_BYTES) -> Iterator[Edit]:
        """The edits that put a text in the place of the value."""
        (start, end), *others = self.spans
        yield Edit(start, end, self.quotes + new + self.quotes)
        yield from (Edit(*span, b"") for span in others)


def named_values(text: bytes, kind: BodyKind, names: frozenset[str]) -> Iterator[NamedValue]:
    """Each value in a JSON, form, multipart or XML body whose field has one of the names.

    In JSON these are strings and numbers, also inside an array with that name, and in a string that
    is JSON itself, as the arguments of a tool call are. Objects are not: the schema of a tool with
    a parameter ``password`` is one.
    """
    seen: set[tuple[Span, ...]] = set()
    if kind in ("json", "ndjson", "sse", "multipart"):
        found = (*values_in_json(text, kind, names), *values_in_streams(text, kind, names))
        for value in found:
            if value.spans not in seen:
                seen.add(value.spans)
                yield value
    fields = form_fields(text) if kind == "form" else parts(text) if kind == "multipart" else ()
    for field in fields:
        raw = text[field.start : field.end]
        name = unquote_plus(field.name.decode("utf-8", "replace"))
        content = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")
        if raw not in (b"", MARK_BYTES) and is_secret_field(name, content, names):
            yield NamedValue(((field.start, field.end),), content, name)
    for field in elements(text) if kind == "text" and b"</" in text else ():
        raw = text[field.start : field.end]
        name, content = field.name.decode(), raw.decode("utf-8", "replace")
        if raw != MARK_BYTES and is_secret_field(name, content, names):
            yield NamedValue(((field.start, field.end),), content, name)


def values_in_json(text: bytes, kind: BodyKind, names: frozenset[str]) -> Iterator[NamedValue]:
    if any_named(text, names):
        for document in documents(text, kind):
            yield from values_of(document, names)


def values_in_streams(text: bytes, kind: BodyKind, names: frozenset[str]) -> Iterator[NamedValue]:
    """Values in JSON that the events of a stream split."""
    if kind in ("json", "multipart") or not JSON_IN_STRING.search(text):
        return
    if any_named(joined_texts(text, kind), names):
        for split in split_texts(text, kind):
            if split.is_stream and JSON_START.match(split.view.text) and is_json(split.view.text):
                yield from values_of(split.view, names, b'\\"')


def values_of(
    document: View, names: frozenset[str], quotes: bytes = b'"', depth: int = 0
) -> Iterator[NamedValue]:
    """The named values of a JSON document.

    Args:
        document: the document.
        names: normalised names.
        quotes: how a quotation mark is spelled in the original.
        depth: how many strings of JSON it is in.
    """
    text = document.text
    for value in json_values(text):
        is_string = value.kind == "string"
        start, end = value.start, value.end
        if is_string:
            start += 1
            end -= end > start and text[end - 1 : end] == b'"'
        raw = text[start:end]
        if name := field_name(value.path, names):
            if raw in EMPTY if not is_string else not raw or raw.startswith(MARK_BYTES):
                continue
            content = unescaped(raw) if is_string else raw
            decoded = content.decode("utf-8", "replace")
            if is_secret_field(name, decoded, names):
                spans = tuple(document.locate(start, end))
                yield NamedValue(spans, decoded, name, b"" if is_string else quotes)
        elif is_string and depth < MAX_DEPTH and b'\\"' in raw and JSON_START.match(raw):
            part = Pieces(document)
            part.add(start, end)
            inner = Decoded(part, JSON_ESCAPES)
            escaped = quotes.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            found = list(values_of(inner, names, escaped, depth + 1))
            if found and is_json(inner.text):
                yield from found


def any_named(text: bytes, names: frozenset[str]) -> bool:
    """Whether a field may have one of the names: a quick test, since most bodies have none."""
    return names_one(frozenset(member_names(text)), names) or bool(
        b"\\u00" in text and ESCAPED_NAME.search(text)
    )


def member_names(text: bytes) -> Iterator[bytes]:
    """Quoted text before each colon, if it has no escapes, and some that is not quoted."""
    names = {before[before.rfind(b'"') + 1 :] for before in text.split(b'":')[:-1]}
    names = {name.rstrip(b"\\") for name in names}  # in JSON in a string
    if SPACED_COLON.search(text):
        names |= {found[1] for found in SPACED_NAME.finditer(text)}
    for name in names:
        if len(name) <= LONGEST_NAME and b"\\" not in name:
            yield name


@lru_cache(maxsize=512)
def names_one(members: frozenset[bytes], names: frozenset[str]) -> bool:
    return any(may_be_secret(member.decode("utf-8", "replace"), names) for member in members)


def may_be_secret(name: str, names: frozenset[str]) -> bool:
    plain = normalised(name)
    return plain in names or f"{plain}?" in names


def field_name(path: Path, names: frozenset[str]) -> str:
    """The name of the field that a value belongs to, if that may be a secret's; else empty.

    Log probabilities have tokens, which belong to the answer's text; see ``logprobs.py``.
    """
    for step in reversed(path):
        if isinstance(step, str):
            found = may_be_secret(step, names) and LOGPROBS.isdisjoint(path)
            return step if found else ""
    return ""
