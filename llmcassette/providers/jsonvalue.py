"""JSON from untrusted sources: a parser that never raises, and readers that assume no shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from llmcassette.json.places import member

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "JSON",
    "arr",
    "elements",
    "first_text",
    "integer",
    "member",
    "obj",
    "others",
    "parse",
    "text",
    "without",
]

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"


def parse(body: bytes | str) -> JSON:
    """The value of a JSON text; ``None`` where it is invalid, cut, or nested too deeply.

    White space around the value is ignored: some gateways send blank lines to keep an idle
    connection open until the answer arrives.
    """
    try:
        value: JSON = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def obj(value: JSON) -> dict[str, JSON]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def arr(value: JSON) -> list[JSON]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else []


def elements(value: JSON, path: str) -> Iterator[tuple[JSON, str]]:
    """Each element of an array with its path, such as ``messages[3]``; none of another value."""
    for i, element in enumerate(arr(value)):
        yield element, f"{path}[{i}]"


def text(value: JSON) -> str:
    """The string, or an empty one."""
    return value if isinstance(value, str) else ""


def first_text(source: dict[str, JSON], *keys: str) -> str:
    """The first of these members that is a non-empty string, or an empty string."""
    return next((found for key in keys if (found := text(source.get(key)))), "")


def integer(value: JSON) -> int | None:
    """The integer, or ``None``; ``true`` is not an integer."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def without(source: dict[str, JSON], *keys: str) -> dict[str, JSON]:
    """A copy of the object without these members."""
    return {key: value for key, value in source.items() if key not in keys}


def others(source: dict[str, JSON], *keys: str) -> dict[str, JSON]:
    """The members besides these, without those that are ``null`` or empty."""
    empty: tuple[JSON, ...] = (None, "", [], {})
    return {key: value for key, value in source.items() if key not in keys and value not in empty}
