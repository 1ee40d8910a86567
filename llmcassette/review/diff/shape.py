"""The form of an answer without its content: which events come in which order, and which keys.

Two answers to one question differ in words; a provider that has changed its API shows in the shape.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import JSON, member
from llmcassette.providers.payload import Document, read_payload
from llmcassette.streams import kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from llmcassette.model import Response

__all__ = [
    "Shape",
    "ShapeChange",
    "documents_of",
    "event_type",
    "grammar",
    "leaves",
    "shape",
    "shape_changes",
]

OPAQUE: Final = frozenset(
    {"input", "args", "arguments", "parameters", "schema", "metadata", "logprobs", "json_schema"}
)
"""Members whose inside is the user's own, not the provider's."""

IDLE_EVENTS: Final = frozenset({"ping", "keepalive"})
LONGEST_GROUP: Final = 8
MOST_EVENTS: Final = 5_000
MOST_DEPTH: Final = 64


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of one answer.

    Attributes:
        status: HTTP.
        framing: ``sse``, ``ndjson``, ``eventstream``, ``json`` or ``other``.
        events: types of events, repeats folded: ``message_start``, ``(content_block_start
            content_block_delta+ content_block_stop)+`` ... One for a body that is no stream.
        keys: path of every member, such as ``choices[].delta.content``, with the JSON types seen
            there. Objects that name their type are told apart: ``content[tool_use].input``.
    """

    status: int
    framing: str
    events: tuple[str, ...]
    keys: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """A place where two shapes differ.

    Attributes:
        place: ``events``, ``framing``, or the path of a key.
        old: what is there, as text; empty for nothing.
        new: likewise.
    """

    place: str
    old: str
    new: str


def documents_of(response: Response) -> tuple[Document, ...]:
    """The JSON documents of an answer."""
    framing = kind(response.body, response.headers.get("content-type"))
    return read_payload(response.body, framing).documents


def shape(response: Response) -> Shape:
    """The shape of an answer. Never raises; a body that is no JSON has neither events nor keys."""
    documents = documents_of(response)
    keys: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        for path, value in leaves(document):
            keys[path].add(type_name(value))
    types = [name for each in documents if (name := event_type(each)) not in IDLE_EVENTS]
    return Shape(
        status=response.code,
        framing=kind(response.body, response.headers.get("content-type")),
        events=grammar(types),
        keys={path: frozenset(types) for path, types in keys.items()},
    )


def event_type(document: Document) -> str:
    """What an event calls itself: by its name, else its ``type`` or ``object``."""
    if document.done:
        return "[DONE]"
    value = document.value if isinstance(document.value, dict) else {}
    for name in (document.event, value.get("type"), value.get("object")):
        if isinstance(name, str) and name:
            return name
    return "error" if "error" in value else type_name(document.value)


def leaves(document: Document) -> Iterator[tuple[str, JSON]]:
    """Every member of a document, containers too, with its path."""
    root = event_type(document) if document.event or has_type(document.value) else ""
    waiting: list[tuple[str, JSON, int]] = [(root and f"{root}:", document.value, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if path and not path.endswith(":"):
            yield path, value
        if depth >= MOST_DEPTH:
            continue
        if isinstance(value, dict) and path.rpartition(".")[2] not in OPAQUE:
            for key, held in reversed(value.items()):
                below = member("" if path.endswith(":") else path, key)
                below = f"{path} {below}" if path.endswith(":") else below
                if isinstance(held, dict) and has_type(held):
                    below = f"{below}<{held['type']}>"
                waiting.append((below, held, depth + 1))
        elif isinstance(value, list):
            for held in reversed(value):
                named: JSON = ""
                if isinstance(held, dict) and has_type(held) and not path.endswith("tool_calls"):
                    named = held["type"]  # of a call's deltas only the first tells it
                waiting.append((f"{path}[{named}]", held, depth + 1))


def has_type(value: JSON) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def type_name(value: JSON) -> str:
    """The JSON type."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def grammar(types: Sequence[str]) -> tuple[str, ...]:
    """A sequence with its repeats folded: ``a b b b c`` is ``a b+ c``; groups likewise."""
    items = [*types[:MOST_EVENTS]]
    for size in range(1, LONGEST_GROUP + 1):
        items = folded(items, size)
    return tuple(items)


def folded(items: list[str], size: int) -> list[str]:
    """Adjacent equal groups of one size as one; ``a`` beside ``a+`` is ``a+``."""
    kept: list[str] = []
    at = 0
    while at < len(items):
        group = items[at : at + size]
        plain = list(map(without_plus, group))
        end = at + size
        while len(group) == size and list(map(without_plus, items[end : end + size])) == plain:
            group = merged(group, items[end : end + size])
            end += size
        if end > at + size:
            kept.append(f"{group[0]}+" if size == 1 else f"({' '.join(group)})+")
            at = end
        else:
            kept.append(items[at])
            at += 1
    return kept


def merged(one: Iterable[str], other: Iterable[str]) -> list[str]:
    return [b if len(b) > len(a) else a for a, b in zip(one, other, strict=True)]


def without_plus(item: str) -> str:
    return item.removesuffix("+")


def shape_changes(old: Shape, new: Shape) -> list[ShapeChange]:
    """What differs between two shapes; how often something comes is no difference.

    A key that may be ``null`` or left out is no difference where it is ``null`` in the other.
    Below a key that only one of them has, nothing more is told.
    """
    if old.framing != new.framing:
        return [ShapeChange("framing", old.framing, new.framing)]
    found = []
    if loose(old.events) != loose(new.events):
        found.append(ShapeChange("events", " ".join(old.events), " ".join(new.events)))
    told: set[str] = set()
    for path in sorted({*old.keys, *new.keys}):
        was, now = (side.keys.get(path, frozenset()) - {"null"} for side in (old, new))
        in_both = path in old.keys and path in new.keys
        if was & now or (in_both and not (was and now)) or not (was or now) or inside(path, told):
            continue
        found.append(ShapeChange(path, " or ".join(sorted(was)), " or ".join(sorted(now))))
        if not in_both:
            told.add(path)
    return found


def inside(path: str, told: set[str]) -> bool:
    """Whether a path leads into one that has been told."""
    return any(path[at] in ".[<" and path[:at] in told for at in range(1, len(path)))


def loose(events: tuple[str, ...]) -> str:
    """A grammar that does not tell one from many."""
    return " ".join(events).translate(str.maketrans("", "", "+()"))
