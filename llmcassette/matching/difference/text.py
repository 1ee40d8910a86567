"""Shows JSON values to a reader: on one line, shortened, without control characters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from llmcassette.escaping import escaped_character as unseen
from llmcassette.escaping import is_shown
from llmcassette.json.value import NumberText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmcassette.json.value import JsonValue

__all__ = ["MARGIN", "beginning", "cut", "escape", "preview", "quoted", "visible"]

ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}

BLOB: Final = 200
BLOB_SHOWN: Final = 24
MARGIN: Final = 4000
"""Characters. No secret is longer, so none is cut in two before it is found."""

Entry = tuple[str, "JsonValue"]


def escape(text: str) -> str:
    """Text that is safe on one line of a terminal: escaped as in JSON, except quotation marks."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return "".join(map(escaped_character, text))


def escaped_character(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    return character if is_shown(character) else unseen(character)


def visible(text: str) -> str:
    """Text with everything but printable ASCII escaped, for texts that look alike."""
    return "".join(
        ESCAPES.get(c) or (c if c.isascii() and c.isprintable() else ascii(c)[1:-1]) for c in text
    )


def quoted(text: str) -> str:
    """A JSON string that is safe on one line of a terminal."""
    escaped = escape(text).replace('"', '\\"')
    return f'"{escaped}"'


def cut(text: str, length: int) -> str:
    """At most ``length`` characters, with ``…`` at the end if some are left out."""
    if len(text) <= length:
        return text
    kept = text[: length - 1]
    at_word = kept.rstrip().rpartition(" ")[0]
    return (at_word if len(at_word) > length * 2 // 3 else kept) + "…"


def preview(value: JsonValue, length: int, scrub: Callable[[str], str] = str) -> str:
    """Compact JSON on one line, cut after about ``length`` characters with ``…``."""
    written = ""
    for token in tokens(value, length, scrub):
        written += token
        if len(written) > length:
            return cut(written, length)
    return written


def tokens(value: JsonValue, length: int, scrub: Callable[[str], str]) -> Iterator[str]:
    """The pieces of the JSON text, made lazily and without recursion."""
    open_values: list[tuple[Iterator[Entry], str]] = [(iter([("", value)]), "")]
    while open_values:
        entries, closing = open_values[-1]
        before, item = next(entries, (None, None))
        if before is None:
            yield closing
            open_values.pop()
            continue
        yield before
        if isinstance(item, dict):
            yield "{"
            open_values.append((member_entries(item, scrub), "}"))
        elif isinstance(item, list):
            yield "["
            open_values.append((item_entries(item), "]"))
        elif isinstance(item, str):
            yield string_token(item, length, scrub)
        else:
            yield str(item) if isinstance(item, NumberText) else json.dumps(item)


def member_entries(value: dict[str, JsonValue], scrub: Callable[[str], str]) -> Iterator[Entry]:
    comma = ""
    for key, item in value.items():
        yield f"{comma}{quoted(scrub(key))}: ", item
        comma = ", "


def item_entries(value: list[JsonValue]) -> Iterator[Entry]:
    comma = ""
    for item in value:
        yield comma, item
        comma = ", "


def string_token(text: str, length: int, scrub: Callable[[str], str]) -> str:
    """A string; a long one without spaces (base64, a token) as its beginning and length."""
    shown = beginning(text, length, scrub)
    if len(text) > BLOB and not any(map(str.isspace, text[:BLOB])):
        return f"{quoted(shown[:BLOB_SHOWN] + '…')} ({len(text):,} characters)"
    return quoted(shown)


def beginning(text: str, length: int, scrub: Callable[[str], str]) -> str:
    """Slightly more than the first ``length`` characters, scrubbed before they are cut."""
    if len(text) <= length + 2 * MARGIN:
        return scrub(text)
    return scrub(text[: length + 2 * MARGIN])[:-MARGIN]
