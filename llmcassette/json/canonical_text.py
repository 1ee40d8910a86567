"""Canonical JSON text: keys in code point order, no spaces, one spelling for each value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import orjson

from llmcassette.json.number import NumberText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.parser import JsonValue

__all__ = ["canonical_text"]

Pair = tuple[bytes, "JsonValue"]  # what is written before a value, and the value


def canonical_text(value: JsonValue) -> bytes:
    """The canonical text: equal for equal values, different for different ones.

    It is JSON in UTF-8 but for ``NumberText`` and lone surrogates, which keep a form of their own.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # great integers, NumberText, lone surrogates, more than 254 levels
        return b"".join(pieces(value))


def pieces(value: JsonValue) -> Iterator[bytes]:
    """The same text as orjson's, without its limits and without recursion."""
    open_values: list[tuple[Iterator[Pair], bytes]] = [(iter([(b"", value)]), b"")]
    while open_values:
        pairs, closing = open_values[-1]
        for before, item in pairs:
            yield before
            if isinstance(item, dict):
                yield b"{"
                open_values.append((members(item), b"}"))
                break
            if isinstance(item, list):
                yield b"["
                open_values.append((elements(item), b"]"))
                break
            yield scalar_text(item)
        else:
            yield closing
            open_values.pop()


def members(value: dict[str, JsonValue]) -> Iterator[Pair]:
    comma = b""
    for key in sorted(value):
        yield comma + string_text(key) + b":", value[key]
        comma = b","


def elements(value: list[JsonValue]) -> Iterator[Pair]:
    comma = b""
    for item in value:
        yield comma, item
        comma = b","


def scalar_text(value: str | int | float | NumberText | None) -> bytes:
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, NumberText):
        return value.text.encode()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).encode()
    return orjson.dumps(value)


ESCAPED: Final = json.JSONEncoder(ensure_ascii=False)


def string_text(value: str) -> bytes:
    return ESCAPED.encode(value).encode("utf-8", "surrogatepass")
