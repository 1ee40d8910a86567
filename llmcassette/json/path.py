"""JSONPaths (RFC 9535), by the library ``jsonpath-rfc9535``, which no other module imports.

Import this module only where there are paths: the library takes 50 ms, and most suites have none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import jsonpath_rfc9535
from jsonpath_rfc9535 import JSONPathError, JSONPathQuery, JSONPathRecursionError

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue

__all__ = ["JSONPathQuery", "Location", "compile_path", "find", "remove_matches"]

Location: TypeAlias = tuple[str | int, ...]
"""Member names and array positions from the root."""


@lru_cache(maxsize=256)
def compile_path(path: str, setting: str) -> JSONPathQuery:
    """A path ready for use.

    Raises:
        SettingsError: it is not a JSONPath; the message names the setting and the reason.
    """
    try:
        return jsonpath_rfc9535.compile(path)
    except JSONPathError as error:
        reason = str(error.args[0]) if error.args else str(error)  # without a drawing of the path
        raise SettingsError(
            f"{path!r} is not a JSONPath (RFC 9535): {reason}. "
            "Paths look like '$.metadata' or '$.messages[*].id'",
            field=setting,
        ) from error


def find(path: JSONPathQuery, value: JsonValue) -> list[Location]:
    """Where the nodes are that a path selects, in the library's order; some may come twice.

    Raises:
        RecursionError: the value is nested too deep for the library (by default 100 levels).
    """
    root: Any = value
    try:
        return [node.location for node in path.find(root)]
    except JSONPathRecursionError as error:
        raise RecursionError(str(error)) from error


def remove_matches(path: JSONPathQuery, value: JsonValue) -> tuple[JsonValue, int]:
    """The value without what a path selects, and how many nodes that was; changes it in place.

    Members go from their object and elements from their array; the root becomes null. In a value
    that is nested too deep for the library nothing is selected.
    """
    try:
        found = find(path, value)
    except RecursionError:
        return value, 0
    if () in found:
        return None, len(found)
    for location in sorted(set(found), reverse=True):  # the last elements and the deepest first
        holder: Any = value
        for key in location[:-1]:
            holder = holder[key]
        del holder[location[-1]]
    return value, len(found)
