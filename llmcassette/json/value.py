"""The JSON values by which bodies are compared: one value for every spelling."""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias

import orjson

__all__ = [
    "NOT_JSON",
    "JsonValue",
    "NotJson",
    "NumberText",
    "json_value",
    "parse_text",
    "value_and_names",
]

JsonValue: TypeAlias = (
    "dict[str, JsonValue] | list[JsonValue] | str | int | float | NumberText | bool | None"
)
"""A parsed JSON value. A ``float`` is finite and not integral: ``1.0`` is the ``int`` 1."""

MAX_INT_LENGTH: Final = sys.int_info.str_digits_check_threshold  # no limit forbids shorter ones
BEFORE_JSON: Final = b"\xef\xbb\xbf\xff\xfe\0 \t\n\r"  # byte order marks of the UTFs, whitespace
CRLF: Final = re.compile("\r+\n")
STARTS: Final = frozenset("{[ \t\n\r\v\f")
NAME_IN_TEXT: Final = r'"([^"\\]{1,128}+)\\*+"\s*+:'


@dataclass(frozen=True, slots=True)
class NumberText:
    """A number without an exact and JSON-safe Python value.

    Attributes:
        text: ``NaN``, ``Infinity``, ``-Infinity``, or the digits of a very long integer.
    """

    text: str

    def __str__(self) -> str:
        return self.text


class NotJson(Enum):
    """The type of ``NOT_JSON``."""

    NOT_JSON = "not JSON"


NOT_JSON: Final = NotJson.NOT_JSON
"""The result for a body that is not JSON (``None`` is JSON's null)."""


def json_value(body: bytes, *, declared: bool = False) -> JsonValue | Literal[NotJson.NOT_JSON]:
    r"""The value of a body: equal for equal bodies, different for others; or ``NOT_JSON``.

    orjson reads it where that is exact, else the standard library's parser. That one accepts more
    than RFC 8259: ``NaN``, ``Infinity``, lone surrogates, raw control characters in strings. The
    last of duplicate keys wins. Newlines in texts are unified: CRLF is LF, and so is ``\r\r\n``
    (text that was written twice in Windows text mode). A body that is nested too deep for the
    parser is not JSON.

    Walk the value without recursion: the parsers go deeper than Python code can.

    Args:
        body: the body's bytes, decompressed.
        declared: whether its Content-Type is JSON. If not, only objects and arrays count as JSON,
            because a text like ``42`` is JSON by accident.
    """
    return value_and_names(body, declared=declared)[0]


def value_and_names(
    body: bytes, *, declared: bool = False
) -> tuple[JsonValue | Literal[NotJson.NOT_JSON], set[str]]:
    """What ``json_value`` returns, and the names of all members, which the same walk finds."""
    if not declared and body.lstrip(BEFORE_JSON)[:1] not in (b"{", b"["):
        return NOT_JSON, set()
    try:
        value: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    else:
        names, is_canonical = walked(value)
        if is_canonical:
            return value, names
    try:
        value = unify_newlines(parse_text(body.decode(json.detect_encoding(body), "surrogatepass")))
    except (ValueError, RecursionError):
        return NOT_JSON, set()
    return value, walked(value)[0]


def walked(value: JsonValue) -> tuple[set[str], bool]:
    """The names of all members, and whether ``parse_text`` would read the same.

    The members of JSON that is a string of this one, as tool calls have it, are among them.

    The latter is ``False`` if in doubt. orjson reads integers beyond 64 bits as doubles, and these
    are integral.
    """
    values = [value]
    names: set[str] = set()
    is_canonical = True
    for item in values:
        kind = type(item)  # orjson makes no subclasses, and this walk is half of a look-up's time
        if kind is str:
            if "\r" in item:  # type: ignore[operator]
                is_canonical = False
            if item[:1] in STARTS and item.lstrip()[:1] in ("{", "["):  # type: ignore[index,operator,union-attr]
                names.update(re.findall(NAME_IN_TEXT, item))  # type: ignore[arg-type]
        elif kind is dict:
            names.update(item)  # type: ignore[arg-type]
            values.extend(item.values())  # type: ignore[union-attr]
        elif kind is list:
            values.extend(item)  # type: ignore[arg-type]
        elif kind is float and item.is_integer():  # type: ignore[union-attr]
            is_canonical = False
    return names, is_canonical


def parse_text(text: str) -> JsonValue:
    """The value of a JSON text, its newlines as they are.

    Raises:
        json.JSONDecodeError: it is not JSON.
        RecursionError: it is nested too deep for the standard library's parser.
    """
    value: JsonValue = DECODER.decode(text)
    return value


def unify_newlines(value: JsonValue) -> JsonValue:
    """The value with CRLF as LF in all strings but names; changes it in place."""
    root = [value]
    values: list[JsonValue] = [root]
    for holder in values:
        if isinstance(holder, dict):
            for key, item in holder.items():
                holder[key] = with_lf(item)
            values.extend(holder.values())
        elif isinstance(holder, list):
            holder[:] = map(with_lf, holder)
            values.extend(holder)
    return root[0]


def with_lf(value: JsonValue) -> JsonValue:
    return CRLF.sub("\n", value) if isinstance(value, str) else value


def parse_int(digits: str) -> int | NumberText:
    return int(digits) if len(digits) <= MAX_INT_LENGTH else NumberText(digits)


def parse_float(digits: str) -> int | float | NumberText:
    """The nearest double, as an ``int`` where it is integral; infinity beyond the greatest."""
    value = float(digits)
    if value.is_integer():
        return int(value)
    return value if math.isfinite(value) else NumberText("-Infinity" if value < 0 else "Infinity")


DECODER: Final = json.JSONDecoder(
    parse_int=parse_int, parse_float=parse_float, parse_constant=NumberText, strict=False
)
