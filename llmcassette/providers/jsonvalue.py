"""JSON as untrusted input: parsing that never raises, and readers that never assume a shape."""

from __future__ import annotations

import json
import re
from typing import Final, TypeAlias

__all__ = ["JSON", "arr", "first_text", "integer", "member", "obj", "parse", "text", "without"]

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def parse(body: bytes | str) -> JSON:
    """The value of a JSON text; ``None`` where it is none, is cut, or is nested too deep to read.

    Whitespace around the value is ignored: some gateways send blank lines to keep an idle
    connection open until the answer is there.
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


def text(value: JSON) -> str:
    """The string, or an empty one."""
    return value if isinstance(value, str) else ""


def first_text(source: dict[str, JSON], *keys: str) -> str:
    """The first of the named members that is a non-empty string."""
    return next((found for key in keys if (found := text(source.get(key)))), "")


def integer(value: JSON) -> int | None:
    """The integer, if it is one (``true`` is not)."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def without(source: dict[str, JSON], *keys: str) -> dict[str, JSON]:
    """The object's other members."""
    return {key: value for key, value in source.items() if key not in keys}


def member(path: str, key: str) -> str:
    """The path of an object's member; with ``$`` or ``$.`` before it, a JSONPath (RFC 9535)."""
    if not PLAIN_KEY.match(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key
