"""Where an edit may stand, so that a body stays what it is: valid JSON, whole binary data."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from llmcassette.json.spans import ESCAPE, json_values
from llmcassette.redaction.documents import BodyKind, documents, is_text, parts
from llmcassette.redaction.edits import MARK_BYTES, Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["fitter"]


def fitter(text: bytes, kind: BodyKind) -> Callable[[Edit], Edit | None]:
    """What makes an edit leave a body sound, or tells that none does.

    In JSON an edit has to stay inside one string and not to cut an escape; a number that holds a
    secret becomes a string. Binary data cannot be edited without breaking it.
    """
    if kind in ("binary", "eventstream"):
        return lambda _: None
    starts: list[int] = []
    allowed: list[tuple[int, bool]] = []
    for start, end, quoted in sorted(places(text, kind)):
        starts.append(start)
        allowed.append((end, quoted))
    untouchable = [
        *(
            span
            for document in documents(text, kind)
            if not is_text(document)
            for span in document.locate(0, len(document.text))
        ),
        *(binary_parts(text) if kind == "multipart" else ()),
    ]

    def fit(edit: Edit) -> Edit | None:
        index = bisect_right(starts, edit.start) - 1
        if index >= 0 and edit.end <= allowed[index][0]:
            end, quoted = allowed[index]
            if not quoted:
                return Edit(starts[index], end, b'"' + MARK_BYTES + b'"')
            return whole_escapes(text, starts[index], end, edit)
        if any(start < edit.end and edit.start < end for start, end in untouchable):
            return None
        return edit

    return fit


def places(text: bytes, kind: BodyKind) -> Iterator[tuple[int, int, bool]]:
    """Where in a body's JSON a secret can be replaced, and whether that is inside quotes."""
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
    """The edit widened to the escapes it would cut."""
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
