"""Texts in pieces: strings at the same place of several events or list elements, joined.

Every provider streams texts and the arguments of tool calls in this way. An event is one of SSE, a
line of NDJSON, or an element of an array, as in Gemini's answers without ``alt=sse``. The blocks of
one answer are such pieces, too.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import orjson

from llmcassette.json.spans import json_values, unescaped
from llmcassette.redaction.decodings import JSON_ESCAPES
from llmcassette.redaction.documents import BodyKind, documents, is_bare
from llmcassette.redaction.views import Pieces, Slice, Span, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.spans import Path

__all__ = ["Siblings", "SplitText", "joined_texts", "place_of", "split_texts"]

SIBLINGS: Final = frozenset({"index", "item_id", "output_index", "content_index", "summary_index"})
"""Members that identify the text that a delta belongs to, among interleaved ones."""

MAX_REPEATED: Final = 8
"""Bytes. A longer string that is the same in every event is not a piece of a text."""

StreamKey: TypeAlias = "tuple[Path, tuple[bytes, ...]]"


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


@lru_cache(maxsize=2)  # redaction and the gate ask for the same
def joined_texts(text: bytes, kind: BodyKind) -> bytes:
    """The same texts, one a line, without positions: many times as fast."""
    strings = Strings()
    for event in documents(text, kind):
        if is_bare(event):
            strings.add(strings.top, (), event.text)
            continue
        try:
            strings.add_all(orjson.loads(event.text), strings.top, ())
        except (orjson.JSONDecodeError, RecursionError):
            for path, (start, end), siblings in event_strings(event):
                string = unescaped(event.text[start:end])
                strings.add(strings.top.below(path), tuple(map(as_parsed, siblings)), string)
    return b"\n".join(strings.joined())


def as_parsed(scalar: bytes) -> bytes | str:
    """A member that tells texts apart, as ``Strings.add_all`` has it; as it is if it isn't JSON."""
    try:
        return repr(orjson.loads(scalar))
    except orjson.JSONDecodeError:
        return scalar


class Place:
    """A place in parsed events, with the strings at it: all of them, and those of each text."""

    __slots__ = ("element", "members", "streams", "strings")

    def __init__(self) -> None:
        self.element: Place | None = None
        self.members: dict[str, Place] = {}
        self.strings: list[bytes | str] = []
        self.streams: dict[tuple[bytes | str, ...], list[bytes | str]] = {}

    def member(self, name: str) -> Place:
        place = self.members.get(name)
        if place is None:
            place = self.members[name] = Place()
        return place

    def any_element(self) -> Place:
        if self.element is None:
            self.element = Place()
        return self.element

    def below(self, path: Path) -> Place:
        place = self
        for step in path:
            place = place.member(step) if isinstance(step, str) else place.any_element()
        return place


class Strings:
    """The strings of parsed events, by their places, and by the texts that they belong to."""

    def __init__(self) -> None:
        self.top = Place()
        self.places: list[Place] = []
        self.streams: list[tuple[Place, list[bytes | str]]] = []

    def add(self, place: Place, siblings: tuple[bytes | str, ...], string: bytes | str) -> None:
        stream = place.streams.get(siblings)
        if stream is None:
            if not place.streams:
                self.places.append(place)
            stream = place.streams[siblings] = []
            self.streams.append((place, stream))
        stream.append(string)
        place.strings.append(string)

    def add_all(self, value: object, place: Place, siblings: tuple[bytes | str, ...]) -> None:
        if isinstance(value, str):
            self.add(place, siblings, value)
        elif isinstance(value, dict):
            if not SIBLINGS.isdisjoint(value):
                own = (
                    repr(item)
                    for name, item in value.items()
                    if name in SIBLINGS and not isinstance(item, (dict, list))
                )
                siblings = (*siblings, *own)
            for name, item in value.items():
                if isinstance(item, str):
                    self.add(place.member(name), siblings, item)
                elif isinstance(item, (dict, list)):
                    self.add_all(item, place.member(name), siblings)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, (str, dict, list)):
                    self.add_all(item, place.any_element(), siblings)

    def joined(self) -> Iterator[bytes]:
        whole: set[Place] = set()
        for place, strings in self.streams:
            found = joined_pieces(strings)
            if found is not None:
                yield found
            if len(strings) == len(place.strings):
                whole.add(place)
        for place in self.places:
            found = joined_pieces(place.strings) if place not in whole else None
            if found is not None:
                yield found


def joined_pieces(strings: list[bytes | str]) -> bytes | None:
    if len(strings) < 2:
        return None
    encoded = [
        string.encode("utf-8", "surrogatepass") if isinstance(string, str) else string
        for string in strings
    ]
    return b"".join(encoded) if are_pieces(encoded) else None


def are_pieces(strings: list[bytes]) -> bool:
    """Whether strings may be pieces of a text; ids and model names are whole and repeated."""
    if len(strings) < 2:
        return False
    first = strings[0]
    return len(first) < MAX_REPEATED or any(string != first for string in strings)


def event_strings(event: View) -> Iterator[tuple[Path, Span, tuple[bytes, ...]]]:
    """Path, span without quotes and siblings of each string; the whole text of other events."""
    text = event.text
    if is_bare(event):
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
