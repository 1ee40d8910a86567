"""Adjusts edits so that a body stays valid JSON, and refuses those that would break it."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from llmcassette.json.spans import ESCAPE, json_values
from llmcassette.redaction.documents import BodyKind, documents, is_text, parts
from llmcassette.redaction.edits import MARK_BYTES, Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["edit_adjuster"]


def edit_adjuster(text: bytes, kind: BodyKind) -> Callable[[Edit], Edit | None]:
    """A function that adjusts an edit of this text, or returns ``None`` where none is safe.

    In JSON an edit stays inside one string and covers whole escapes; a number with a secret becomes
    a string. Binary data cannot be edited.
    """
    if kind in ("binary", "eventstream"):
        return lambda _: None
    starts: list[int] = []
    allowed: list[tuple[int, bool]] = []
    for start, end, quoted in sorted(editable_spans(text, kind)):
        starts.append(start)
        allowed.append((end, quoted))
    refused = [
        *(
            span
            for document in documents(text, kind)
            if not is_text(document)
            for span in document.locate(0, len(document.text))
        ),
        *(binary_parts(text) if kind == "multipart" else ()),
    ]

    def adjust(edit: Edit) -> Edit | None:
        index = bisect_right(starts, edit.start) - 1
        if index >= 0 and edit.end <= allowed[index][0]:
            end, quoted = allowed[index]
            if not quoted:
                marker = edit.text and b'"' + MARK_BYTES + b'"'
                return Edit(starts[index], end, marker)  # empty: a later piece of a bare text
            return whole_escapes(text, starts[index], end, edit)
        if any(start < edit.end and edit.start < end for start, end in refused):
            return None
        return edit

    return adjust


def editable_spans(text: bytes, kind: BodyKind) -> Iterator[tuple[int, int, bool]]:
    """The spans in a body's JSON where an edit is safe, and whether each is inside quotes."""
    for document in documents(text, kind):
        if is_text(document):
            continue
        for value in json_values(document.text, structure=True):
            if value.kind == "container":
                continue
            quoted = value.kind != "scalar"
            end = value.end
            if quoted:
                closed = end - value.start > 1 and document.text[end - 1 : end] == b'"'
                end -= closed
            for span in document.locate(value.start + quoted, end):
                yield (*span, quoted)


def whole_escapes(text: bytes, start: int, end: int, edit: Edit) -> Edit:
    """The edit, widened to whole escapes."""
    first, last = edit.start, edit.end
    if b"\\" in text[start:end]:
        for escape in ESCAPE.finditer(text, start, end):
            if escape.start() < first < escape.end():
                first = escape.start()
            if escape.start() < last < escape.end():
                last = escape.end()
    return Edit(first, last, edit.text)


def binary_parts(text: bytes) -> Iterator[tuple[int, int]]:
    for part in parts(text):
        try:
            text[part.start : part.end].decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            yield part.start, part.end
