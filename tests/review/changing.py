"""Changes one value in a body of JSON, or in one event of a stream."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmcassette.streams import kind

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

__all__ = ["Change", "change_one_value"]

Keys = tuple[str | int, ...]

DATA: Final = re.compile(rb"(?m)^(data: ?)(\{.*\})(\r?)$")


class Change(NamedTuple):
    """A body in which one value was changed or removed.

    Attributes:
        keys: of the value, from the root of its JSON document.
        removed: the value was removed, or what changed is white space.
    """

    body: bytes
    keys: Keys
    removed: bool


def change_one_value(body: bytes, content_type: str | None, chance: random.Random) -> Change | None:
    """Change a value of a body of JSON or of one event; ``None`` if there is none."""
    framing = kind(body, content_type)
    if framing == "sse":
        spans = [found.span(2) for found in DATA.finditer(body)]
    elif framing == "ndjson":
        spans = [found.span() for found in re.finditer(rb"(?m)^\{.*\}", body)]
    else:
        spans = [(0, len(body))]
    if not spans:
        return None
    start, end = chance.choice(spans)
    try:
        value = json.loads(body[start:end])
    except ValueError:
        return None
    places = list(scalars(value, ()))
    if not places:
        return None
    holder, key, keys = chance.choice(places)
    old = holder[key]
    removed = isinstance(holder, dict) and chance.random() < 0.15
    if removed:
        del holder[key]
    else:
        holder[key] = another(old, chance)
        removed = str(old).split() == str(holder[key]).split()
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Change(body[:start] + text + body[end:], keys, removed)


def scalars(value: Any, keys: Keys) -> Iterator[tuple[Any, str | int, Keys]]:
    """Every scalar in a value: its holder, the key there, and all keys."""
    if not isinstance(value, dict | list):
        return
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in pairs:
        if isinstance(child, dict | list):
            yield from scalars(child, (*keys, key))
        else:
            yield value, key, (*keys, key)


def another(value: Any, chance: random.Random) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + chance.choice((1, 7, -3))
        case str():
            at = chance.randrange(len(value) + 1)
            return value[:at] + chance.choice(("x", " ", "9", "\u00e9")) + value[at:]
        case _:
            return chance.choice(("x", 1, True))
