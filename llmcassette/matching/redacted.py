"""``[REDACTED]`` that recording put into a request matches any non-empty text in its place.

Such texts become ``Redacted`` in the canonical value, and their paths are the request's *shape*.
Both requests are looked up without the texts at these places; then the texts are compared one by
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from llmcassette.json.places import Keys, at, json_path, strings_with

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue

__all__ = ["MARKER", "Redacted", "Shape", "blank_out", "mark", "restore", "stands_for"]

MARKER: Final = "[REDACTED]"

Shape: TypeAlias = tuple[Keys, ...]


class Redacted(str):
    """A text in a recorded request whose markers stand for any text."""

    __slots__ = ()


def mark(value: dict[str, JsonValue], places: tuple[str, ...] | None) -> Shape:
    """Find the redacted texts of a canonical request, and make them ``Redacted``, in place.

    Args:
        value: the canonical request. Its member ``url``, which others share, is replaced if it has
            such texts.
        places: see ``Interaction.redacted``.
    """
    shape = tuple(keys for keys in strings_with(MARKER, value) if is_redacted(keys, value, places))
    if any(keys[0] == "url" for keys in shape):
        value["url"] = copied(value["url"])
    for keys in shape:
        holder: Any = at(value, keys[:-1])
        holder[keys[-1]] = Redacted(holder[keys[-1]])
    return shape


def is_redacted(keys: Keys, value: dict[str, JsonValue], places: tuple[str, ...] | None) -> bool:
    """Whether recording may have put the marker at a place of a canonical request."""
    if places is None or keys[0] == "url":
        return places is None or "url" in places
    if keys[0] == "headers":
        return f"header {keys[1]}" in {place.lower() for place in places}
    if at(value, ("body", 0)) == "json":
        return "body" in places or f"body {json_path(keys[2:])}" in places
    return any(place.partition(" ")[0] == "body" for place in places)


def copied(value: JsonValue) -> JsonValue:
    """A copy of a URL's canonical value, which is not nested deep."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def blank_out(value: JsonValue, shape: Shape) -> tuple[str, ...] | None:
    """Remove the texts at the paths from a value, in place, and return them.

    ``None``, with the value unchanged, if there is no text at one of the paths.
    """
    texts: list[str] = []
    for keys in shape:
        text = at(value, keys)
        if not isinstance(text, str) or not text:
            return None
        texts.append(text)
    for keys in shape:
        holder: Any = at(value, keys[:-1])
        holder[keys[-1]] = None
    return tuple(texts)


def restore(value: JsonValue, shape: Shape, texts: tuple[str, ...]) -> None:
    """Undo ``blank_out``."""
    for keys, text in zip(shape, texts, strict=True):
        holder: Any = at(value, keys[:-1])
        holder[keys[-1]] = text


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
