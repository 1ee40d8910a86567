"""Redacts values in bodies, by field name and by JSONPath; all other bytes stay the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError
from llmcassette.json.spans import json_values
from llmcassette.json.value import NotJson
from llmcassette.redaction.cut_json import parsed
from llmcassette.redaction.documents import BodyKind, documents
from llmcassette.redaction.edits import MARK_BYTES, Edit
from llmcassette.redaction.field_values import named_values

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from llmcassette.json.spans import Path
    from llmcassette.redaction.settings import Redaction
    from llmcassette.redaction.views import View

__all__ = ["field_edits", "selected_edits"]

CLOSED: Final = (b'"', b"]", b"}")
CUT_MARK: Final = b'"' + MARK_BYTES
QUOTED_MARK: Final = CUT_MARK + b'"'
BOM: Final = b"\xef\xbb\xbf"


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
        if real is None or value.text in real:
            yield from value.edits()
    if redaction.jsonpaths:
        for document in documents(text, kind):
            yield from selected_edits(document, redaction.jsonpaths)


def selected_edits(document: View, paths: tuple[str, ...]) -> Iterator[Edit]:
    text = document.text
    found = selected(text, paths)
    if not found:
        return
    for value in json_values(text, structure=True):
        raw = text[value.start : value.end]
        if value.kind != "name" and value.path in found and not raw.startswith(CUT_MARK):
            cut = value.end == len(text) and raw[-1:] not in CLOSED
            spans = document.locate(value.start, value.end)
            yield Edit(spans[0][0], spans[-1][1], CUT_MARK if cut else QUOTED_MARK)


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
