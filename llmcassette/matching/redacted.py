"""``[REDACTED]`` in a recorded request matches any non-empty text in its place.

The paths of these texts in the canonical value are the request's *shape*. Both requests are
looked up without the texts at these places; then the texts are compared one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue

__all__ = ["MARKER", "Shape", "blank_out", "find_shape", "restore", "stands_for"]

MARKER: Final = "[REDACTED]"

Path: TypeAlias = tuple[str | int, ...]
Shape: TypeAlias = tuple[Path, ...]


def find_shape(value: JsonValue) -> Shape:
    """The paths of all texts that contain the marker, in canonical order."""
    found: list[Path] = []
    waiting: list[tuple[JsonValue, Link]] = [(value, None)]
    while waiting:
        item, link = waiting.pop()
        if isinstance(item, str):
            if MARKER in item:
                found.append(path_of(link))
        elif isinstance(item, dict):
            waiting.extend((item[key], (link, key)) for key in sorted(item, reverse=True))
        elif isinstance(item, list):
            waiting.extend((item[i], (link, i)) for i in reversed(range(len(item))))
    return tuple(found)


Link: TypeAlias = tuple[Any, str | int] | None  # the parent's link and the key in it


def path_of(link: Link) -> Path:
    keys: list[str | int] = []
    while link is not None:
        link, key = link
        keys.append(key)
    return tuple(reversed(keys))


def blank_out(value: JsonValue, shape: Shape) -> tuple[str, ...] | None:
    """Remove the texts at the paths from a value, in place, and return them.

    ``None``, with the value unchanged, if there is no text at one of the paths.
    """
    holders: list[tuple[Any, str | int]] = []
    for path in shape:
        holder: Any = value
        for key in path[:-1]:
            holder = child(holder, key)
        text = child(holder, path[-1])
        if not isinstance(text, str) or not text:
            return None
        holders.append((holder, path[-1]))
    texts = tuple(holder[key] for holder, key in holders)
    for holder, key in holders:
        holder[key] = None
    return texts


def restore(value: JsonValue, shape: Shape, texts: tuple[str, ...]) -> None:
    """Undo ``blank_out``."""
    for path, text in zip(shape, texts, strict=True):
        holder: Any = value
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = text


def child(holder: object, key: str | int) -> object:
    if isinstance(holder, dict) and isinstance(key, str):
        return holder.get(key)
    if isinstance(holder, list) and isinstance(key, int) and key < len(holder):
        return holder[key]
    return None


def stands_for(stored: str, sent: str) -> bool:
    """Whether a sent text matches one with markers, each for at least one character."""
    first, *rest = stored.split(MARKER)
    if not rest:
        return stored == sent
    *middle, last = rest
    if not sent.startswith(first):
        return False
    position = len(first)
    for piece in middle:
        found = sent.find(piece, position + 1)
        if found < 0:
            return False
        position = found + len(piece)
    return len(sent) - len(last) > position and sent.endswith(last)
