"""Redacts values in bodies, by field name and by JSONPath; all other bytes stay the same."""

from __future__ import annotations

import re
from functools import lru_cache
from json import JSONDecodeError
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from urllib.parse import unquote_plus, unquote_to_bytes

from llmcassette.errors import CassetteError
from llmcassette.json.spans import Value, completed, decoded_text, json_values, unescaped
from llmcassette.json.value import NOT_JSON, NotJson, parse_text
from llmcassette.redaction.credential_names import is_secret_field, normalised
from llmcassette.redaction.documents import BodyKind, documents, elements, form_fields, parts
from llmcassette.redaction.edits import MARK_BYTES, Edit

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from llmcassette.json.spans import Path
    from llmcassette.json.value import JsonValue
    from llmcassette.redaction.settings import Redaction
    from llmcassette.redaction.views import View

__all__ = [
    "LOGPROBS",
    "NamedValue",
    "field_edits",
    "may_be_secret",
    "named_values",
    "selected_edits",
    "value_text",
]

LONGEST_NAME: Final = 128
SPACED_COLON = re.compile(rb'"\s++:')
SPACED_NAME = re.compile(rb'(?<=")([^"\\]{1,128}+)"\s++:')
ESCAPED_NAME = re.compile(rb'"[^"\\]{0,128}\\u00[0-9a-fA-F]{2}[^"]{0,256}"\s*:')
EMPTY: Final = frozenset((b"", b'""', b'"', b"null", b"true", b"false"))
CLOSED: Final = (b'"', b"]", b"}")
CUT_MARK: Final = b'"' + MARK_BYTES
QUOTED_MARK: Final = CUT_MARK + b'"'
BOM: Final = b"\xef\xbb\xbf"
LOGPROBS: Final = frozenset({"logprobs", "logprobsResult", "logprobs_result"})
MAX_CUT_PIECE: Final = 64
"""Characters. A JSON error farther from the end than this is not the end of a cut text."""


class NamedValue(NamedTuple):
    """The value of a field with a secret's name; a JSON string includes its quotes.

    Attributes:
        is_quoted: whether a value that is no JSON is percent-encoded.
    """

    start: int
    end: int
    raw: bytes
    is_json: bool
    name: str
    is_quoted: bool = True


def field_edits(
    text: bytes, kind: BodyKind, redaction: Redaction, real: Container[str] | None = None
) -> Iterator[Edit]:
    """The edits that redact a body's fields.

    Args:
        text: the body.
        kind: its kind.
        redaction: the settings.
        real: the values of named fields that are redacted; ``None`` for all.
    """
    for value in named_values(text, kind, redaction.field_names):
        if real is None or value_text(value) in real:
            yield Edit(value.start, value.end, replacement(value))
    if redaction.jsonpaths:
        for document in documents(text, kind):
            yield from selected_edits(document, redaction.jsonpaths)


def named_values(text: bytes, kind: BodyKind, names: frozenset[str]) -> Iterator[NamedValue]:
    """Each value in a JSON, form, multipart or XML body whose field has one of the names.

    In JSON these are strings and numbers, also inside an array with that name. Objects are not: the
    schema of a tool with a parameter ``password`` is one.
    """
    if kind in ("json", "ndjson", "sse", "multipart") and any_named(text, names):
        for document in documents(text, kind):
            for value in json_values(document.text):
                raw = document.text[value.start : value.end]
                if (
                    value.kind in ("string", "scalar")
                    and raw not in EMPTY
                    and not raw.startswith(CUT_MARK)
                    and (name := field_name(value.path, names))
                ):
                    named = NamedValue(*enclosing(document, value), raw, True, name)
                    if is_secret_field(name, value_text(named), names):
                        yield named
    fields = form_fields(text) if kind == "form" else parts(text) if kind == "multipart" else ()
    for field in fields:
        raw = text[field.start : field.end]
        name = unquote_plus(field.name.decode("utf-8", "replace"))
        named = NamedValue(field.start, field.end, raw, False, name)
        if raw not in (b"", MARK_BYTES) and is_secret_field(name, value_text(named), names):
            yield named
    for field in elements(text) if kind == "text" and b"</" in text else ():
        raw = text[field.start : field.end]
        named = NamedValue(field.start, field.end, raw, False, field.name.decode(), is_quoted=False)
        if raw != MARK_BYTES and is_secret_field(named.name, value_text(named), names):
            yield named


def value_text(value: NamedValue) -> str:
    """The decoded value, for a search elsewhere."""
    raw = value.raw
    if value.is_json and raw.startswith(b'"'):
        raw = unescaped(raw.strip(b'"'))
    elif value.is_quoted and not value.is_json:
        raw = unquote_to_bytes(raw.replace(b"+", b" "))
    return raw.decode("utf-8", "replace")


def any_named(text: bytes, names: frozenset[str]) -> bool:
    """Whether a field may have one of the names: a quick test, since most bodies have none."""
    return names_one(frozenset(member_names(text)), names) or bool(
        b"\\u00" in text and ESCAPED_NAME.search(text)
    )


def member_names(text: bytes) -> Iterator[bytes]:
    """Quoted text before each colon, if it has no escapes, and some that is not quoted."""
    names = {before[before.rfind(b'"') + 1 :] for before in text.split(b'":')[:-1]}
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


def enclosing(document: View, value: Value) -> tuple[int, int]:
    spans = document.locate(value.start, value.end)
    return spans[0][0], spans[-1][1]


def replacement(value: NamedValue) -> bytes:
    """The marker, as a JSON string if the value is JSON. A cut string stays without end quote."""
    if not value.is_json:
        return MARK_BYTES
    cut = value.raw.startswith(b'"') and not value.raw.endswith(b'"')
    return CUT_MARK if cut else QUOTED_MARK


def selected_edits(document: View, paths: tuple[str, ...]) -> Iterator[Edit]:
    text = document.text
    found = selected(text, paths)
    if not found:
        return
    for value in json_values(text, structure=True):
        raw = text[value.start : value.end]
        if value.kind != "name" and value.path in found and not raw.startswith(CUT_MARK):
            cut = value.end == len(text) and raw[-1:] not in CLOSED
            yield Edit(*enclosing(document, value), CUT_MARK if cut else QUOTED_MARK)


def selected(document: bytes, paths: tuple[str, ...]) -> frozenset[Path]:
    """The places that JSONPaths select in a JSON document; none in a text that is not JSON.

    Raises:
        CassetteError: the document is nested too deeply to be searched; what a path selects would
            reach the file.
    """
    from llmcassette.json.path import compile_path, find  # imports a library: see there

    try:
        value = parsed(document.removeprefix(BOM))
        if isinstance(value, NotJson):
            return frozenset()
        return frozenset(
            place for path in paths for place in find(compile_path(path, "jsonpaths"), value)
        )
    except RecursionError as error:
        raise CassetteError(
            "a JSON body is nested too deep for the JSONPaths of the redaction"
            f" ({', '.join(paths)}); redact it by field name or with a function"
        ) from error


def parsed(document: bytes) -> JsonValue | Literal[NotJson.NOT_JSON]:
    """The value of a JSON document, also of one that was cut when its connection dropped."""
    try:
        return parse_text(decoded_text(document))
    except JSONDecodeError as error:
        if error.pos < len(error.doc.rstrip()) - MAX_CUT_PIECE and "Unterminated" not in error.msg:
            return NOT_JSON
    for whole in completed(document):
        try:
            return parse_text(decoded_text(whole))
        except JSONDecodeError:
            continue
    return NOT_JSON
