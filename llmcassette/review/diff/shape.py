"""The shape of an answer: its sequence of events and its keys, without content.

Two answers to one question differ in their words. If they differ in shape, the provider has changed
its API.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import JSON, member
from llmcassette.providers.payload import Document, read_payload
from llmcassette.review.values import IDLE_EVENTS, event_type, type_name
from llmcassette.streams import kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmcassette.model import Response

__all__ = [
    "Shape",
    "ShapeChange",
    "documents_of",
    "leaves",
    "shape",
    "shape_changes",
]

OPAQUE: Final = frozenset(
    {"input", "args", "arguments", "parameters", "schema", "metadata", "logprobs", "json_schema"}
)
"""Members whose content the user defines, not the provider."""

MOST_DEPTH: Final = 64


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of one answer.

    Attributes:
        status: of HTTP.
        framing: ``sse``, ``ndjson``, ``eventstream``, ``json`` or ``other``.
        events: types of events, in the order in which each first comes; one for a body that is
            not a stream.
        keys: the JSON types found at the path of every member, such as
            ``choices[].delta.content``. Objects with a type have it in their path:
            ``content[tool_use].input``.
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
        old: the old value, as text; empty for nothing.
        new: the new value, likewise.
    """

    place: str
    old: str
    new: str


def documents_of(response: Response) -> tuple[Document, ...]:
    """The JSON documents of an answer."""
    framing = kind(response.body, response.headers.get("content-type"))
    return read_payload(response.body, framing).documents


def shape(response: Response) -> Shape:
    """The shape of an answer. A body that is not JSON has no events and no keys."""
    documents = documents_of(response)
    keys: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        for path, value in leaves(document):
            keys[path].add(type_name(value))
    types = [name for each in documents if (name := event_type(each)) not in IDLE_EVENTS]
    return Shape(
        status=response.code,
        framing=kind(response.body, response.headers.get("content-type")),
        events=tuple(dict.fromkeys(types)),
        keys={path: frozenset(types) for path, types in keys.items()},
    )


def leaves(document: Document) -> Iterator[tuple[str, JSON]]:
    """Every member of a document with its path, also objects and arrays."""
    root = event_type(document) if document.event or has_type(document.value) else ""
    waiting: list[tuple[str, JSON, int]] = [(root and f"{root}:", document.value, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if path and not path.endswith(":"):
            yield path, value
        if depth >= MOST_DEPTH:
            continue
        if isinstance(value, dict) and path.rpartition(".")[2] not in OPAQUE:
            for key, child in reversed(value.items()):
                below = member("" if path.endswith(":") else path, key)
                below = f"{path} {below}" if path.endswith(":") else below
                if isinstance(child, dict) and has_type(child):
                    below = f"{below}<{child['type']}>"
                waiting.append((below, child, depth + 1))
        elif isinstance(value, list):
            for child in reversed(value):
                name: JSON = ""
                # Only the first delta of a tool call has a type.
                if isinstance(child, dict) and has_type(child) and not path.endswith("tool_calls"):
                    name = child["type"]
                waiting.append((f"{path}[{name}]", child, depth + 1))


def has_type(value: JSON) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def shape_changes(old: Shape, new: Shape) -> list[ShapeChange]:
    """Differences of two shapes, regardless of how often something occurs.

    A key that is ``null`` or missing on one side and ``null`` on the other is no difference. Keys
    inside a key that only one side has are not listed.
    """
    if old.framing != new.framing:
        return [ShapeChange("framing", old.framing, new.framing)]
    changes = []
    if old.events != new.events:
        changes.append(ShapeChange("events", " ".join(old.events), " ".join(new.events)))
    lone: set[str] = set()
    for path in sorted({*old.keys, *new.keys}):
        before, after = (side.keys.get(path, frozenset()) - {"null"} for side in (old, new))
        in_both = path in old.keys and path in new.keys
        same = before & after or not (before or after) or (in_both and not (before and after))
        if same or is_inside(path, lone):
            continue
        changes.append(ShapeChange(path, " or ".join(sorted(before)), " or ".join(sorted(after))))
        if not in_both:
            lone.add(path)
    return changes


def is_inside(path: str, paths: set[str]) -> bool:
    return any(path[at] in ".[<" and path[:at] in paths for at in range(1, len(path)))
