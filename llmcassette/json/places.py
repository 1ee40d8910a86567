"""Places in JSON values: which strings contain a text, and JSONPaths to them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue

__all__ = ["Keys", "at", "json_path", "member", "strings_with"]

Keys: TypeAlias = tuple[str | int, ...]
"""Member names and array positions from the root."""

Link: TypeAlias = tuple[Any, str | int] | None  # the parent's link and the key in it

PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def strings_with(text: str, value: JsonValue) -> tuple[Keys, ...]:
    """The places of all strings that contain a text, in canonical order; without recursion."""
    found: list[Keys] = []
    waiting: list[tuple[JsonValue, Link]] = [(value, None)]
    while waiting:
        item, link = waiting.pop()
        if isinstance(item, str):
            if text in item:
                found.append(keys_of(link))
        elif isinstance(item, dict):
            waiting.extend((item[key], (link, key)) for key in sorted(item, reverse=True))
        elif isinstance(item, list):
            waiting.extend((item[i], (link, i)) for i in reversed(range(len(item))))
    return tuple(found)


def keys_of(link: Link) -> Keys:
    keys: list[str | int] = []
    while link is not None:
        link, key = link
        keys.append(key)
    return tuple(reversed(keys))


def at(value: JsonValue, keys: Keys) -> JsonValue:
    """What is at a place; ``None`` if there is nothing."""
    for key in keys:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def json_path(keys: Keys) -> str:
    """The JSONPath (RFC 9535) to a place: ``$.messages[0].content``."""
    path = "$"
    for key in keys:
        path = f"{path}[{key}]" if isinstance(key, int) else member(path, key)
    return path


def member(path: str, key: str) -> str:
    """The path of an object's member. After ``$`` or ``$.`` it is a JSONPath (RFC 9535)."""
    if not PLAIN_KEY.match(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key
