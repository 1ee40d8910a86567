"""Canonical JSON text: keys in code point order, no spaces, one spelling for each value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import orjson

from llmcassette.json.value import NumberText

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue

__all__ = ["canonical_text"]

OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
ENCODER: Final = json.JSONEncoder(ensure_ascii=False)


def canonical_text(value: JsonValue) -> bytes:
    """The canonical text: equal for equal values, different for different ones.

    It is JSON in UTF-8, with the ``NaN``, ``Infinity`` and lone surrogates that JSON lacks.
    """
    try:
        return orjson.dumps(value, option=OPTIONS)
    except TypeError:  # an integer beyond 64 bits, NumberText, a lone surrogate, over 254 levels
        return unlimited_text(value)


def unlimited_text(value: JsonValue) -> bytes:
    """The same text, without orjson's limits and without recursion."""
    written: list[bytes] = []
    waiting: list[JsonValue | bytes] = [value]  # the next one last; bytes are finished text
    while waiting:
        item = waiting.pop()
        if isinstance(item, bytes):
            written.append(item)
        elif isinstance(item, dict):
            members = [part for key in sorted(item) for part in (b",", key, b":", item[key])]
            waiting += reversed([b"{", *members[1:], b"}"])
        elif isinstance(item, list):
            elements = [part for element in item for part in (b",", element)]
            waiting += reversed([b"[", *elements[1:], b"]"])
        else:
            text = item.text if isinstance(item, NumberText) else ENCODER.encode(item)
            written.append(text.encode("utf-8", "surrogatepass"))
    return b"".join(written)
