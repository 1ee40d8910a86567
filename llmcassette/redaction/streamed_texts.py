"""The texts that a stream delivers in pieces: strings at the same path of several events, joined.

Every provider streams texts and the arguments of tool calls in this way. An event is one of SSE, a
line of NDJSON, or an element of an array, as in Gemini's answers without ``alt=sse``.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from llmcassette.json.spans import json_values, unescaped
from llmcassette.redaction.decodings import JSON_ESCAPES
from llmcassette.redaction.documents import BodyKind, documents, is_text
from llmcassette.redaction.views import Pieces, Slice, Span, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.spans import Path

__all__ = ["join_streamed_texts", "streamed_texts"]

SIBLINGS: Final = frozenset({"index", "item_id", "output_index", "content_index", "summary_index"})
"""Members that identify the text that a delta belongs to, among interleaved ones."""

MAX_REPEATED: Final = 8
"""Bytes. A longer string that is the same in every event is not a piece of a text."""

StreamKey: TypeAlias = "tuple[Path, tuple[bytes, ...]]"


class EventString(NamedTuple):
    """A string of an event, without its quotes, and the members that identify its text."""

    path: Path
    span: Span
    siblings: tuple[Span, ...]

    def key(self, text: bytes, *, in_array: bool) -> StreamKey:
        """The key that is equal for all pieces of one text."""
        path = self.path[1:] if in_array else self.path
        return path, tuple(text[start:end] for start, end in self.siblings)


def is_stream(text: bytes, kind: BodyKind) -> bool:
    return kind in ("sse", "ndjson") or (kind == "json" and text.lstrip().startswith(b"["))


def streamed_texts(text: bytes, kind: BodyKind) -> Iterator[View]:
    """Each text of a stream, as a view that maps back to its pieces."""
    if not is_stream(text, kind):
        return
    in_array = kind == "json"
    streams: dict[StreamKey, list[tuple[View, Span]]] = {}
    for event in documents(text, kind):
        for string in event_strings(event):
            key = string.key(event.text, in_array=in_array)
            streams.setdefault(key, []).append((event, string.span))
    whole = Slice(text)
    for strings in streams.values():
        if are_pieces([event.text[slice(*span)] for event, span in strings]):
            yield join(whole, strings)


def join_streamed_texts(text: bytes, kind: BodyKind) -> bytes:
    """The same texts, one a line, without positions: several times as fast.

    The events of a stream differ in their values but hardly in their structure, so the positions of
    strings are computed once for each structure.
    """
    if not is_stream(text, kind):
        return b""
    if kind == "json":
        return b"\n".join(view.text for view in streamed_texts(text, kind))
    streams: dict[StreamKey, list[bytes]] = {}
    layouts: dict[tuple[bytes | bool, ...], Layout | None] = {}
    for event in documents(text, kind):
        pieces = VALUE.split(event.text)
        structure = (*pieces[::2], *[value[0] == QUOTE for value in pieces[1::2]])
        if structure not in layouts:
            layouts[structure] = layout_of(event, pieces)
        layout = layouts[structure]
        if layout is None:
            for string in event_strings(event):
                key = string.key(event.text, in_array=False)
                streams.setdefault(key, []).append(event.text[slice(*string.span)])
            continue
        for path, place, siblings in layout:
            key = (path, tuple([pieces[sibling] for sibling in siblings]))
            if key in streams:
                streams[key].append(pieces[place][1:-1])
            else:
                streams[key] = [pieces[place][1:-1]]
    return b"\n".join(
        unescaped(b"".join(strings)) for strings in streams.values() if are_pieces(strings)
    )


def are_pieces(strings: list[bytes]) -> bool:
    """Whether strings are pieces of a text; ids and model names are whole and repeated."""
    first = strings[0]
    return len(strings) > 1 and (len(first) < MAX_REPEATED or any(s != first for s in strings))


QUOTE: Final = ord('"')
VALUE = re.compile(rb'((?<=[:\[,\s])(?:"(?:[^"\\]++|\\.)*+"(?!\s*+:)|-?\d[\d.eE+-]*+))', re.DOTALL)
"""Strings that are not member names, and numbers; ``layout_of`` verifies the matches."""

Layout: TypeAlias = "list[tuple[Path, int, tuple[int, ...]]]"
"""Path of each string, its index among the pieces, and the indexes of its siblings."""


def layout_of(event: View, pieces: list[bytes]) -> Layout | None:
    """The layout of an event; ``None`` if ``VALUE`` did not match exactly its values."""
    ends = list(accumulate(map(len, pieces)))
    places = {(ends[index - 1], ends[index]): index for index in range(1, len(pieces), 2)}
    strings, scalars = set[Span](), set[Span]()
    for value in json_values(event.text):
        (strings if value.kind == "string" else scalars).add((value.start, value.end))
    if is_text(event) or not strings <= places.keys() or not places.keys() <= strings | scalars:
        return None
    layout = []
    for path, (start, end), siblings in event_strings(event):
        if not all(sibling in places for sibling in siblings):
            return None
        layout.append(
            (path, places[start - 1, end + 1], tuple(places[sibling] for sibling in siblings))
        )
    return layout


def event_strings(event: View) -> Iterator[EventString]:
    """The strings of one event; the whole text of one that is not JSON."""
    text = event.text
    if is_text(event):
        yield EventString((), (0, len(text)), ())
        return
    strings = []
    siblings = []
    for value in json_values(text):
        if value.kind == "string":
            quoted = value.end - value.start > 1 and text[value.end - 1 : value.end] == b'"'
            strings.append((value.path, (value.start + 1, value.end - quoted)))
        if value.path and value.path[-1] in SIBLINGS:
            siblings.append((value.path[:-1], (value.start, value.end)))
    for path, span in strings:
        own = tuple(place for owner, place in siblings if path[: len(owner)] == owner)
        yield EventString(path, span, own)


def join(whole: View, strings: list[tuple[View, Span]]) -> View:
    view = Pieces(whole)
    for event, (start, end) in strings:
        for first, last in event.locate(start, end) if start < end else ():
            view.add_decoded(first, last, JSON_ESCAPES)
    return view
