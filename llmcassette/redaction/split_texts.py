"""Texts in pieces: strings at the same place of several events or list elements, joined.

Every provider streams texts and the arguments of tool calls in this way. An event is one of SSE, a
line of NDJSON, or an element of an array, as in Gemini's answers without ``alt=sse``. The blocks of
one answer are such pieces, too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from llmcassette.json.spans import json_values, unescaped
from llmcassette.redaction.decodings import JSON_ESCAPES
from llmcassette.redaction.documents import BodyKind, documents, is_text
from llmcassette.redaction.views import Pieces, Slice, Span, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.spans import Path

__all__ = ["Siblings", "SplitText", "joined_texts", "place_of", "split_texts"]

SIBLINGS: Final = frozenset({"index", "item_id", "output_index", "content_index", "summary_index"})
"""Members that identify the text that a delta belongs to, among interleaved ones."""

MAX_REPEATED: Final = 8
"""Bytes. A longer string that is the same in every event is not a piece of a text."""

StreamKey: TypeAlias = "tuple[Path, tuple[bytes | str, ...]]"


class SplitText(NamedTuple):
    """A text and its pieces.

    Attributes:
        view: the joined text.
        is_stream: the events say that the pieces belong together; else they have only the same
            place in different elements or texts.
    """

    view: View
    is_stream: bool


class Siblings:
    """The members of a document that tell interleaved texts apart."""

    def __init__(self) -> None:
        self._spans: dict[Path, tuple[Span, ...]] = {}

    def add(self, path: Path, start: int, end: int) -> None:
        if path and path[-1] in SIBLINGS:
            self._spans[path[:-1]] = (*self._spans.get(path[:-1], ()), (start, end))

    def of(self, path: Path, text: bytes) -> tuple[bytes, ...]:
        """The values that apply to a string at ``path``."""
        if not self._spans:
            return ()
        owners = (self._spans.get(path[:depth], ()) for depth in range(len(path)))
        return tuple(text[start:end] for spans in owners for start, end in spans)


def place_of(path: Path) -> Path:
    """The path without positions in arrays: all elements of an array have the same place."""
    return tuple(step if isinstance(step, str) else 0 for step in path)


def split_texts(text: bytes, kind: BodyKind) -> Iterator[SplitText]:
    """Each text that is split, as a view that maps back to its pieces."""
    streams: dict[StreamKey, list[tuple[View, Span]]] = {}
    places: dict[Path, list[tuple[View, Span]]] = {}
    for event in documents(text, kind):
        for path, span, siblings in event_strings(event):
            piece = (event, span)
            place = place_of(path)
            streams.setdefault((place, siblings), []).append(piece)
            places.setdefault(place, []).append(piece)
    whole = Slice(text)
    is_stream = has_events(text, kind)
    for (place, _), pieces in streams.items():
        if are_pieces([unescaped(event.text[slice(*span)]) for event, span in pieces]):
            yield SplitText(join(whole, pieces), is_stream)
        if len(pieces) == len(places[place]):
            del places[place]
    for pieces in places.values():
        if are_pieces([unescaped(event.text[slice(*span)]) for event, span in pieces]):
            yield SplitText(join(whole, pieces), is_stream=False)


def has_events(text: bytes, kind: BodyKind) -> bool:
    return kind in ("sse", "ndjson") or (kind == "json" and text.lstrip().startswith(b"["))


def joined_texts(text: bytes, kind: BodyKind) -> bytes:
    """The same texts, one a line, without positions: several times as fast."""
    strings = Strings()
    for event in documents(text, kind):
        if is_text(event):
            strings.add((), (), event.text)
            continue
        try:
            strings.add_all(json.loads(event.text), (), ())
        except (ValueError, RecursionError):
            for path, (start, end), siblings in event_strings(event):
                strings.add(place_of(path), siblings, unescaped(event.text[start:end]))
    return b"\n".join(strings.joined())


class Strings:
    """The strings of parsed events, by their places, and by the texts that they belong to."""

    def __init__(self) -> None:
        self.streams: dict[StreamKey, list[bytes]] = {}
        self.places: dict[Path, list[bytes]] = {}

    def add(self, place: Path, siblings: tuple[bytes | str, ...], string: bytes) -> None:
        self.streams.setdefault((place, siblings), []).append(string)
        self.places.setdefault(place, []).append(string)

    def add_all(self, value: object, place: Path, siblings: tuple[bytes | str, ...]) -> None:
        if isinstance(value, str):
            self.add(place, siblings, value.encode("utf-8", "surrogatepass"))
        elif isinstance(value, dict):
            own = [
                repr(item)
                for name, item in value.items()
                if name in SIBLINGS and not isinstance(item, (dict, list))
            ]
            if own:
                siblings = (*siblings, *own)
            for name, item in value.items():
                if isinstance(item, (str, dict, list)):
                    self.add_all(item, (*place, name), siblings)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, (str, dict, list)):
                    self.add_all(item, (*place, 0), siblings)

    def joined(self) -> Iterator[bytes]:
        for (place, _), strings in self.streams.items():
            if are_pieces(strings):
                yield b"".join(strings)
            if len(strings) == len(self.places[place]):
                self.places[place] = []
        for strings in self.places.values():
            if are_pieces(strings):
                yield b"".join(strings)


def are_pieces(strings: list[bytes]) -> bool:
    """Whether strings may be pieces of a text; ids and model names are whole and repeated."""
    if len(strings) < 2:
        return False
    first = strings[0]
    return len(first) < MAX_REPEATED or any(string != first for string in strings)


def event_strings(event: View) -> Iterator[tuple[Path, Span, tuple[bytes, ...]]]:
    """Path, span without quotes and siblings of each string; the whole text of other events."""
    text = event.text
    if is_text(event):
        yield (), (0, len(text)), ()
        return
    strings = []
    siblings = Siblings()
    for value in json_values(text):
        if value.kind == "string":
            quoted = value.end - value.start > 1 and text[value.end - 1 : value.end] == b'"'
            strings.append((value.path, (value.start + 1, value.end - quoted)))
        siblings.add(value.path, value.start, value.end)
    for path, span in strings:
        yield path, span, siblings.of(path, text)


def join(whole: View, strings: list[tuple[View, Span]]) -> View:
    view = Pieces(whole)
    for event, (start, end) in strings:
        for first, last in event.locate(start, end) if start < end else ():
            view.add_decoded(first, last, JSON_ESCAPES)
    return view
