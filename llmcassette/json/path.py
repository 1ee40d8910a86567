"""JSONPaths (RFC 9535), by the library ``jsonpath-rfc9535``, applied to values of any depth.

Import this module only where there are paths: the library takes 50 ms, and most suites have none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import jsonpath_rfc9535
from jsonpath_rfc9535 import JSONPathError, JSONPathNode
from jsonpath_rfc9535.exceptions import JSONPathRecursionError
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment, JSONPathSegment

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.json.parser import JsonValue

__all__ = ["Path", "compile_path", "remove_matches"]

Path: TypeAlias = tuple[JSONPathSegment, ...]


class _Node(JSONPathNode):
    """A node that knows its parent and its own key: whole locations are quadratic in depth."""

    __slots__ = ()

    def new_child(self, value: object, key: int | str, parent: JSONPathNode | None) -> _Node:
        return _Node(value=value, location=(key,), parent=parent, root=self.root)


class _Descent(JSONPathRecursiveDescentSegment):
    """The descendant segment, in the library's order but without its recursion."""

    def resolve(self, nodes: Iterable[JSONPathNode]) -> Iterable[JSONPathNode]:
        waiting = list(nodes)[::-1]
        while waiting:
            node = waiting.pop()
            for selector in self.selectors:
                yield from selector.resolve(node)
            children = [
                node.new_child(child, key, node)
                for key, child in children_of(node.value)
                if isinstance(child, (dict, list))
            ]
            waiting.extend(reversed(children))


def children_of(value: object) -> Iterable[tuple[int | str, object]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


@lru_cache(maxsize=256)
def compile_path(path: str) -> Path:
    """A path ready for use.

    Raises:
        SettingsError: it is no JSONPath; the message says where it goes wrong.
    """
    try:
        compiled = jsonpath_rfc9535.compile(path)
    except JSONPathError as error:
        raise SettingsError(
            f"{path!r} is no JSONPath (RFC 9535): {error}. "
            "Paths look like '$.metadata' or '$.messages[*].id'"
        ) from error
    return tuple(
        _Descent(env=segment.env, token=segment.token, selectors=segment.selectors)
        if isinstance(segment, JSONPathRecursiveDescentSegment)
        else segment
        for segment in compiled.segments
    )


def remove_matches(path: Path, value: JsonValue) -> tuple[JsonValue, int]:
    """The value without what a path selects, and how many nodes that was; changes it in place.

    Members go from their object and elements from their array; the root becomes null. A filter
    that compares or descends deeper than the library can selects nothing.
    """
    root: Any = value
    nodes: Iterable[JSONPathNode] = [_Node(value=root, location=(), parent=None, root=root)]
    try:
        for segment in path:
            nodes = segment.resolve(nodes)
        found = list(nodes)
    except (JSONPathRecursionError, RecursionError):
        return value, 0
    elements: dict[int, tuple[list[JsonValue], set[int]]] = {}
    for node in found:
        if node.parent is None:
            return None, len(found)
        holder: Any = node.parent.value
        key: Any = node.location[-1]
        if isinstance(holder, dict):
            holder.pop(key, None)
        else:
            elements.setdefault(id(holder), (holder, set()))[1].add(key)
    for array, indices in elements.values():
        array[:] = [item for index, item in enumerate(array) if index not in indices]
    return value, len(found)
