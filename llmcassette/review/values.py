"""Every value that differs in two bodies of JSON, by its place; the events of a stream are joined.

Nothing here knows a provider, so nothing can be forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from llmcassette.json.places import member
from llmcassette.matching.difference.trees import ABSENT, Absent, differences, same_leaf
from llmcassette.providers.jsonvalue import without
from llmcassette.providers.payload import Document, read_payload
from llmcassette.streams import EventStreamError, eventstream_messages, kind, ndjson_lines
from llmcassette.streams import sse_events as events_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.json.value import JsonValue
    from llmcassette.model import Response

__all__ = [
    "IDLE_EVENTS",
    "Keys",
    "Unequal",
    "event_type",
    "every_value",
    "joined_values",
    "leaves",
    "place_text",
    "type_name",
    "unequal_values",
    "values_by_place",
]

Keys: TypeAlias = tuple[str | int, ...]
"""Member names and positions from the root."""

POSITIONS: Final = ("output_index", "content_index", "summary_index", "index")
"""Members of an event that tell which part of the answer it belongs to."""
OF_EVENTS: Final = frozenset((name,) for name in (*POSITIONS, "type", "object"))
NAMES: Final = frozenset(
    {"finish_reason", "model", "modelVersion", "object", "role", "status", "type"}
)
"""Members that are never sent in pieces."""
IDLE_EVENTS: Final = frozenset({"ping", "keepalive"})
MOST_FOUND: Final = 1_000_000


class Unequal(NamedTuple):
    """A place where two bodies differ; ``ABSENT`` where only the other has something."""

    keys: Keys
    old: JsonValue | Absent
    new: JsonValue | Absent
    event: str = ""

    @property
    def name(self) -> str:
        """The name of the member, or of that around the item."""
        return next((key for key in reversed(self.keys) if isinstance(key, str)), "")


def place_text(keys: Keys) -> str:
    """``output[2].action.command``."""
    path = ""
    for key in keys:
        path = f"{path}[{key}]" if isinstance(key, int) else member(path, key)
    return path


def unequal_values(old: Response, new: Response) -> list[Unequal] | None:
    """Every place where two bodies differ.

    In two streams, the pieces of a text are joined, and a value that each event repeats counts once
    if the number of events differs.

    Returns:
        ``None`` if one of the bodies isn't JSON from beginning to end, or only one is a stream.
    """
    sides = read(old), read(new)
    if sides[0] is None or sides[1] is None or sides[0].streamed != sides[1].streamed:
        return None
    if sides[0].streamed:
        return list(unequal_in_streams(sides[0].documents, sides[1].documents))
    values = [cast("JsonValue", side.documents[0].value) for side in (sides[0], sides[1])]
    return [
        Unequal(tuple(found.step.keys()) if found.step else (), found.recorded, found.sent)
        for found in differences(*values, most=MOST_FOUND)
    ]


def every_value(response: Response) -> Iterator[list[JsonValue]]:
    """The scalars of a body: those of one place in its events together, in order."""
    framing = kind(response.body, response.headers.get("content-type"))
    yield from values_by_place(read_payload(response.body, framing).documents).values()


def joined_values(response: Response) -> Iterator[tuple[Keys, JsonValue]]:
    """Every value of a body by its place; the pieces of a stream are joined.

    The positions and types of events are left out.
    """
    framing = kind(response.body, response.headers.get("content-type"))
    payload = read_payload(response.body, framing)
    for (_, keys), values in values_by_place(payload.documents).items():
        if payload.streamed and keys in OF_EVENTS:
            continue
        some: Sequence[JsonValue] = [each for each in values if each is not None] or values[:1]
        if all(isinstance(value, str) for value in some) and (keys or [""])[-1] not in NAMES:
            yield keys, cast("JsonValue", joined(some))
        else:
            different = [*{repr(value): value for value in some}.values()]
            yield keys, different[0] if len(different) == 1 else different


@dataclass(frozen=True, slots=True)
class Content:
    """The documents of a body, of which nothing is left out."""

    documents: tuple[Document, ...]
    streamed: bool


def read(response: Response) -> Content | None:
    framing = kind(response.body, response.headers.get("content-type"))
    payload = read_payload(response.body, framing)
    if not payload.whole or not payload.documents:
        return None
    if payload.streamed and events_in(response.body, framing) != len(payload.documents):
        return None
    return Content(payload.documents, payload.streamed)


def events_in(body: bytes, framing: str) -> int | None:
    """The number of events that carry data; ``None`` if the body is cut or broken."""
    if framing == "sse":
        return sum(bool(event.data.strip()) for event in events_of(body + b"\n\n"))
    if framing == "ndjson":
        return sum(bool(line.data.strip()) for line in ndjson_lines(body))
    if framing == "eventstream":
        try:
            return len(list(eventstream_messages(body)))
        except EventStreamError:
            return None
    return len(read_payload(body, "other").documents)  # an array, whose elements are its events


Values: TypeAlias = "dict[tuple[str, Keys], list[JsonValue]]"
"""By the type and the positions of the events, and the place in them."""


def unequal_in_streams(old: tuple[Document, ...], new: tuple[Document, ...]) -> Iterator[Unequal]:
    sides = values_by_place(old), values_by_place(new)
    for place in {**sides[0], **sides[1]}:
        values = sides[0].get(place, []), sides[1].get(place, [])
        if same_values(*values, same_count=len(old) == len(new)):
            continue
        before, after = joined(values[0]), joined(values[1])
        if before is not ABSENT and after is not ABSENT and same_leaf(before, after):
            before, after = values
        event, keys = place
        yield Unequal(keys, before, after, event)


def values_by_place(documents: tuple[Document, ...]) -> Values:
    """The values of all events at each place, in the order in which they came."""
    found: defaultdict[tuple[str, Keys], list[JsonValue]] = defaultdict(list)
    for document in documents:
        if is_idle(document):
            continue
        name, value = event_type(document), document.value
        members = value if isinstance(value, dict) else {}
        at = ".".join(str(members[key]) for key in POSITIONS if isinstance(members.get(key), int))
        for keys, leaf in leaves(cast("JsonValue", value)):
            found[f"{name} {at}".rstrip(), keys].append(leaf)
    return found


def event_type(document: Document) -> str:
    """The name of an event, or its ``type`` or ``object``."""
    if document.done:
        return "[DONE]"
    value = document.value if isinstance(document.value, dict) else {}
    for name in (document.event, value.get("type"), value.get("object")):
        if isinstance(name, str) and name:
            return name
    return "error" if "error" in value else type_name(document.value)


def type_name(value: object) -> str:
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


def is_idle(document: Document) -> bool:
    """Whether an event has nothing to say: ``{"type": "ping"}``."""
    name, value = event_type(document), document.value
    if name not in IDLE_EVENTS or not isinstance(value, dict):
        return False
    return without(value, "sequence_number") == {"type": name}


def same_values(old: Sequence[JsonValue], new: Sequence[JsonValue], *, same_count: bool) -> bool:
    if len(old) == len(new) and all(map(same_leaf, old, new)):
        return True
    counts = (len(old), old.count(None)), (len(new), new.count(None))
    old, new = ([value for value in side if value is not None] for side in (old, new))
    if same_count and counts[0] != counts[1]:
        return False
    if not same_count:
        old, new = ([value for value in side if value not in ([], {}, "")] for side in (old, new))
    if not old or not new:
        return not old and not new
    if all(isinstance(value, str) for value in (*old, *new)):
        if "".join(map(str, old)) == "".join(map(str, new)):
            return True
    elif not same_count and all(is_number(value) for value in (*old, *new)):
        return same_leaf(old[-1], new[-1])  # a count that grows with each event
    return not same_count and all(same_leaf(old[0], value) for value in (*old, *new))


def is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def joined(values: Sequence[JsonValue]) -> JsonValue | Absent:
    """The values of a place as one: a text in pieces, a repeated value, or the last number."""
    if not values:
        return ABSENT
    values = [value for value in values if value is not None] or [None]
    if all(same_leaf(values[0], value) for value in values) and len(values) > 1:
        return values[0]
    if all(isinstance(value, str) for value in values):
        return "".join(map(str, values))
    if all(map(is_number, values)):
        return values[-1]
    return values[0] if len(values) == 1 else list(values)


def leaves(value: JsonValue | Absent) -> Iterator[tuple[Keys, JsonValue]]:
    """Every scalar and every empty object or array, with its place, in order.

    An item that names its ``index`` is at that place, as pieces of a stream come in any number.
    """
    waiting: list[tuple[Keys, JsonValue | Absent]] = [((), value)]
    while waiting:
        keys, item = waiting.pop()
        if isinstance(item, dict) and item:
            waiting += [((*keys, key), child) for key, child in reversed(item.items())]
        elif isinstance(item, list) and item:
            at = list(map(index_of, item))
            placed = at if len(set(at)) == len(at) and None not in at else range(len(item))
            pairs = list(zip(placed, item, strict=True))
            waiting += [((*keys, cast("int", key)), child) for key, child in reversed(pairs)]
        elif item is not ABSENT:
            yield keys, item


def index_of(item: JsonValue) -> int | None:
    index = item.get("index") if isinstance(item, dict) else None
    return index if isinstance(index, int) else None
