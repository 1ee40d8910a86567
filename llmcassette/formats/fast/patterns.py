"""Patterns for the lines of a file, for the columns that its writer uses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = ["BODY_GROUP", "Patterns", "patterns_of"]

DOUBLE: Final = r'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
SINGLE: Final = r"'[^'\n]*+(?:''[^'\n]*+)*+'"
PLAIN: Final = (
    r"(?:[A-Za-z0-9/.\(<_$+;\\~^]|-(?=[A-Za-z0-9]))"
    r"[^\n\t:#]*+(?:(?::(?![ \n])|(?<! )#)[^\n\t:#]*+)*+"
)
SCALAR: Final = f"(?:{PLAIN}|{DOUBLE}|{SINGLE})"
INTEGER: Final = r"-?(?:0|[1-9][0-9]{0,17})"
NAME: Final = r"[A-Za-z0-9_$][A-Za-z0-9_$.-]*+"

PROTOCOL: Final = (("proto", "text"), ("proto_major", "integer"), ("proto_minor", "integer"))
REQUEST: Final = (
    *PROTOCOL,
    ("content_length", "integer"),
    ("transfer_encoding", "strings"),
    ("trailer", "fields"),
    ("host", "text"),
    ("remote_addr", "text"),
    ("request_uri", "text"),
    ("body", "body"),
    ("form", "fields"),
    ("headers", "fields"),
    ("url", "text"),
    ("method", "text"),
)
RESPONSE: Final = (
    *PROTOCOL,
    ("transfer_encoding", "strings"),
    ("trailer", "fields"),
    ("content_length", "integer"),
    ("uncompressed", "boolean"),
    ("body", "body"),
    ("headers", "fields"),
    ("status", "text"),
    ("code", "integer"),
    ("duration", "last"),
    ("chunks", "last"),
    ("ended", "last"),
)
BODY_GROUP: Final = 2 + [name for name, _ in REQUEST].index("body")
"""Number of the group with the request's body in ``Patterns.item``."""


class Patterns(NamedTuple):
    """The patterns for one layout.

    Attributes:
        item: one interaction. Its groups are the id, each field of the request, the list
            ``redacted``, an empty one at the start of the response, and the response's body. It
            lets a single-quoted body continue on the next line, which the caller must check: that
            is seven times as fast.
        head: the lines of a response before its body; each field is a group.
        tail: the lines after the body. ``head`` and ``tail`` are for text that ``item`` matched.
    """

    item: re.Pattern[bytes]
    head: re.Pattern[bytes]
    tail: re.Pattern[bytes]


@lru_cache(maxsize=16)
def patterns_of(item: int, field: int, value: int, margin: int, entry: int) -> Patterns:
    """The patterns for a layout; the arguments are the columns of a ``Dialect``."""
    at_margin = " " * margin
    literal = (
        rf"\|(?:{margin - value}[-+]?+\n|[-+]?+\n(?=\n*+{at_margin}[^ \t\n]))"
        rf"(?:{at_margin}[^\n]*+\n|\n)*+"
    )
    base64 = "[A-Za-z0-9+/=]"
    block = rf"{literal}|!!binary (?:{base64}++\n|\|\n(?:{at_margin}{base64}++\n)++)"
    single = "'[^']*+(?:''[^']*+)*+'"
    body = rf"{block}|(?:{single}|{DOUBLE}|{PLAIN})\n"
    columns = value, margin, entry
    sent = lines(REQUEST, columns, SCALAR, body)
    passed = lines(RESPONSE, columns, SCALAR, body, kept="body")
    dash = " " * item + "-".ljust(field - item)
    at_field = " " * field
    marks = lines((("redacted", "strings"),), (field, margin, entry), SCALAR, body)
    whole = (
        rf"{dash}id: ({INTEGER})\n{at_field}request:\n{sent}{marks}"
        rf"{at_field}response:\n(){passed}"
    )
    at_body = [name for name, _ in RESPONSE].index("body")
    head, tail = (
        lines(fields, columns, r"[^\n]*+", body)
        for fields in (RESPONSE[:at_body], RESPONSE[at_body + 1 :])
    )
    return Patterns(*(re.compile(pattern.encode()) for pattern in (whole, head, tail)))


def lines(
    fields: tuple[tuple[str, str], ...],
    columns: tuple[int, int, int],
    scalar: str,
    body: str,
    *,
    kept: str | None = None,
) -> str:
    """A pattern for the lines of a message; each field may be missing.

    Args:
        fields: their names and kinds, in order.
        columns: of the fields, of a header's name, of the dash before its value.
        scalar: pattern for a value on one line.
        body: pattern for a body with its last line end.
        kept: the only field that becomes a group; by default all do.
    """
    value, margin, entry = columns
    at_listed = " " * (value + entry - margin)
    listed = rf"\n(?:{' ' * entry}- {scalar}\n)++"
    kinds = {  # before a value, the value, after it
        "text": (" ", scalar, r"\n"),
        "last": (" ", scalar, r"(?:\n|\Z)"),
        "integer": (" ", INTEGER, r"\n"),
        "boolean": (" ", "true|false", r"\n"),
        "body": (" ", body, ""),
        "strings": ("", rf" \[\]\n|\n(?:{at_listed}- {scalar}\n)++", ""),
        "fields": ("", rf" \{{\}}\n|\n(?:{' ' * margin}{NAME}:(?: \[\]\n|{listed}))++", ""),
    }
    parts = []
    for name, kind in fields:
        before, text, after = kinds[kind]
        group = "(" if kept is None or name == kept else "(?:"
        parts.append(f"(?:{' ' * value}{name}:{before}{group}{text}){after})?+")
    return "".join(parts)
