"""Form and multipart bodies as JSON-like values, so that one comparison serves every body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from llmcassette.matching.url import parse_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.json.value import JsonValue
    from llmcassette.matching.url import Pair

__all__ = [
    "boundary_of",
    "file_name",
    "form_value",
    "grouped",
    "looks_like_form",
    "multipart_value",
    "part_name",
    "without_boundary",
    "without_parts",
]

PART_NAME: Final = re.compile(r';\s*name=(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE)
FILE_NAME: Final = re.compile(r';\s*filename\*?=(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE)
FORM: Final = re.compile(rb"(?:[\w.~*+-]|%[0-9A-Fa-f]{2})+=[\w.~*+%=&-]*", re.ASCII)
BOUNDARY: Final = re.compile(r';\s*boundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
FIRST_LINE: Final = re.compile(rb"--([\w'()+,./:=?-][\w'()+,./:=? -]{0,69})\r\n", re.ASCII)


def looks_like_form(body: bytes) -> bool:
    """Whether a body without a Content-Type consists of escaped pairs only."""
    return FORM.fullmatch(body) is not None


def form_value(body: bytes) -> dict[str, JsonValue]:
    """The values of each name, in order; the order of different names is ignored."""
    return grouped((name, value or "") for name, value in parse_pairs(body))


def grouped(pairs: Iterable[Pair]) -> dict[str, JsonValue]:
    values: dict[str, list[JsonValue]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {**values}


def boundary_of(content_type: str, body: bytes) -> bytes:
    """The boundary from the header; without a header, from the body's first line."""
    named = BOUNDARY.search(content_type)
    if named is not None:
        return (named[1] or named[2]).encode()
    first = None if content_type else FIRST_LINE.match(body)
    return b"" if first is None else first[1]


def without_boundary(content_type: str) -> str:
    """A header's value without the boundary, which is random."""
    return BOUNDARY.sub("", content_type)


def multipart_value(body: bytes, boundary: bytes) -> list[JsonValue] | None:
    """The parts in order, each with its headers and content (RFC 2046, section 5.1.1).

    ``None`` if the body is not of this form; contents are bytes read as Latin-1.
    """
    first, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if first or not pieces or pieces.pop().strip(b"\r\n\t ") != b"--":
        return None
    parts: list[JsonValue] = []
    for piece in pieces:
        padding, line_end, part = piece.partition(b"\r\n")
        if padding.strip(b"\t ") or not line_end:
            return None
        head, blank, content = (b"\r\n" + part).partition(b"\r\n\r\n")
        if not blank:
            return None
        parts.append({"headers": headers_value(head), "content": content.decode("latin-1")})
    return parts


def part_name(part: JsonValue) -> str:
    """The name of a form-data part (RFC 7578, 4.2); empty if it has none."""
    found = PART_NAME.search(disposition(part))
    return "" if found is None else found[1] or found[2]


def file_name(disposition: str) -> str:
    """The file name in a Content-Disposition; empty if there is none."""
    found = FILE_NAME.search(disposition)
    return "" if found is None else found[1] or found[2]


def disposition(part: JsonValue) -> str:
    headers = part.get("headers") if isinstance(part, dict) else None
    values = headers.get("content-disposition") if isinstance(headers, dict) else None
    return str(values[0]) if isinstance(values, list) else ""


def without_parts(parts: list[JsonValue], ignored: str) -> tuple[list[JsonValue], int]:
    """Parts without those that an item of ``ignore_parts`` names, or without their file names.

    Returns:
        The parts, and how many of them have the name.
    """
    count = 0
    kept: list[JsonValue] = []
    for part in parts:
        name = part_name(part)
        if name and ignored == name:
            count += 1
            continue
        if name and ignored == f"{name}.filename":
            count += 1
            headers = cast("dict[str, dict[str, list[JsonValue]]]", part)["headers"]
            headers["content-disposition"] = [FILE_NAME.sub("", disposition(part))]
        kept.append(part)
    return kept, count


def headers_value(head: bytes) -> dict[str, JsonValue]:
    pairs: list[Pair] = []
    for line in head.decode("latin-1").split("\r\n"):
        if line:
            name, _, value = line.partition(":")
            pairs.append((name.strip().lower(), value.strip()))
    return grouped(pairs)
