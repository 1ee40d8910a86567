"""Parts of two canonical requests, for their comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from llmcassette.json.value import JsonValue
from llmcassette.matching.difference.trees import ABSENT, differences, same_leaf
from llmcassette.matching.redacted import Redacted, stands_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.matching.difference.trees import Absent, Difference

__all__ = [
    "Value",
    "kind_and_value",
    "part",
    "part_place",
    "same_or_redacted",
    "unequal",
    "url_text",
    "without_query",
]

Value: TypeAlias = dict[str, JsonValue]
"""A canonical request."""


def part(value: Value, *names: str) -> dict[str, JsonValue]:
    """A member of a member and so on; an empty object if it is not compared."""
    found: JsonValue = value
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def unequal(
    old: dict[str, JsonValue], new: dict[str, JsonValue]
) -> Iterator[tuple[str, JsonValue | Absent, JsonValue | Absent]]:
    """Names with different values, and the values: a single one as it is, several as a list."""
    for name in {**old, **new}:
        values = old.get(name, ABSENT), new.get(name, ABSENT)
        if len(differences([old.get(name)], [new.get(name)], same=same_or_redacted)):
            first, second = (v[0] if isinstance(v, list) and len(v) == 1 else v for v in values)
            yield name, first, second


def without_query(value: Value) -> dict[str, JsonValue]:
    """The parts of the URL that are compared, without the query."""
    return {name: text for name, text in part(value, "url").items() if name != "query"}


def url_text(value: Value) -> str:
    """The parts of the URL that are compared, without the query, as text."""
    url = part(value, "url")
    segments = url.get("path")
    path = "/".join(map(str, segments)) if isinstance(segments, list) else ""
    scheme = f"{url['scheme']}://" if url.get("scheme") else ""
    port = f":{url['port']}" if url.get("port") else ""
    return f"{scheme}{url.get('host', '')}{port}{path}"


def kind_and_value(value: Value) -> tuple[str, JsonValue]:
    body = value.get("body")
    return (str(body[0]), body[1]) if isinstance(body, list) else ("", None)


def part_place(kind: str, found: Difference) -> str:
    """``form field q``, ``part 2 content``."""
    first, *rest = found.step.keys() if found.step else [""]
    if kind == "form":
        return f"form field {first}"
    inner = "".join(f" {key}" for key in rest if isinstance(key, str))
    return f"part {int(first) + 1}{inner}"


def same_or_redacted(recorded: JsonValue, sent: JsonValue) -> bool:
    if isinstance(recorded, Redacted) and isinstance(sent, str):
        return stands_for(recorded, sent)
    return same_leaf(recorded, sent)
