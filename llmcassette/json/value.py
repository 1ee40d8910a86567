"""From a body's bytes to its JSON value, by the fast parser where that one is exact."""

from __future__ import annotations

import json
from enum import Enum
from typing import Final, Literal

import orjson

from llmcassette.json.parser import JsonValue, parse_text, unify_newlines

__all__ = ["NOT_JSON", "NotJson", "json_value"]

LEAST_ROUNDED: Final = 2.0**63  # orjson gives integers beyond 64 bits as the nearest double
BEFORE_JSON: Final = b"\xef\xbb\xbf\xff\xfe\0 \t\n\r"  # byte order marks of the UTFs, whitespace


class NotJson(Enum):
    """The type of ``NOT_JSON``."""

    NOT_JSON = "not JSON"


NOT_JSON: Final = NotJson.NOT_JSON
"""What ``json_value`` gives for a body that is no JSON (``None`` is JSON's null)."""


def json_value(body: bytes, *, declared: bool = False) -> JsonValue | Literal[NotJson.NOT_JSON]:
    """The value of a body by which two requests are compared, or ``NOT_JSON``.

    Numbers, newlines and the rest are already canonical: two values are equal if and only if the
    bodies are. The value may be nested deeper than Python's stack: walk it with one of your own.

    Args:
        body: the body's bytes, decompressed.
        declared: a Content-Type says that it is JSON; else only objects and arrays are taken as
            such, because a text like ``42`` is JSON by accident.
    """
    try:
        value: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        return exact_value(body, declared=declared)
    if not declared and not isinstance(value, (dict, list)):
        return NOT_JSON
    root = [value]
    return root[0] if settle(root) else exact_value(body, declared=declared)


def exact_value(body: bytes, *, declared: bool) -> JsonValue | Literal[NotJson.NOT_JSON]:
    """The same, at any depth and with every digit."""
    start = body.lstrip(BEFORE_JSON)[:1]
    if not declared and start not in (b"{", b"["):
        return NOT_JSON
    try:
        return parse_text(body.decode(json.detect_encoding(body)))
    except ValueError:
        return NOT_JSON


def settle(root: list[JsonValue]) -> bool:
    """Bring what orjson read into the canonical form, in place; ``False`` where it was rounded."""
    unsettled = False
    values = [*root]
    take = values.pop
    while values:
        value = take()
        if isinstance(value, str):
            unsettled = unsettled or "\r" in value
        elif isinstance(value, dict):
            unsettled = unsettled or "\r" in "".join(value)
            values.extend(value.values())
        elif isinstance(value, list):
            values.extend(value)
        elif isinstance(value, float) and value.is_integer():
            if abs(value) >= LEAST_ROUNDED:
                return False
            unsettled = True
    if unsettled:
        settle_in_place(root)
    return True


def settle_in_place(root: list[JsonValue]) -> None:
    """Newlines unified, integral doubles made integers."""
    holders: list[list[JsonValue] | dict[str, JsonValue]] = [root]
    while holders:
        holder = holders.pop()
        if isinstance(holder, dict):
            items = {unify_newlines(key): settled(value) for key, value in holder.items()}
            holder.clear()
            holder.update(items)
            holders.extend(v for v in items.values() if isinstance(v, (dict, list)))
        else:
            holder[:] = map(settled, holder)
            holders.extend(v for v in holder if isinstance(v, (dict, list)))


def settled(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return unify_newlines(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
