"""How a writer lays out a file: columns, quoting, what it leaves out, line ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from yaml.events import ScalarEvent

from llmcassette.formats.document import BOM, Document
from llmcassette.formats.scalars import yaml_scalar

__all__ = ["CHARM", "Dialect", "detect", "quotes_like_go"]

_NOTHING: Final = r"(?: *(?:#[^\r\n]*)?\r?\n)+"
"""The rest of a key's line, with blank lines and comments after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A writer's habits. Columns count from 0.

    Attributes:
        item: column of an interaction's dash.
        field: column of ``request`` and ``response``.
        value: column of ``proto`` and its neighbours.
        name: column of a header's name, and of a body's lines in a block.
        entry: column of the dash before a header's value.
        empties: write empty fields (go-vcr to late 2024).
        go_quotes: goccy's quoting, else go-yaml's.
        newline: line end.
        final_newline: whether the file ends with one.
        document_start: whether it begins with ``---``.
        bom: whether a byte order mark precedes all.
    """

    item: int = 0
    field: int = 2
    value: int = 4
    name: int = 6
    entry: int = 6
    empties: bool = False
    go_quotes: bool = False
    newline: str = "\n"
    final_newline: bool = True
    document_start: bool = True
    bom: bool = False


_EMPTIES: Final = ('remote_addr: ""', "trailer: {}", "transfer_encoding: []", "uncompressed: false")

_BEGINNING: Final = 1 << 18
"""Characters that are searched for empty fields."""

CHARM: Final = Dialect()
"""The dialect of new files: charm x/vcr's, which is yaml.v4 with an indent of 2, compact."""


def detect(text: str, first: int | None) -> Dialect:
    """The dialect of a text, from its first interactions; charm's where they do not show it.

    Args:
        text: a go-vcr version 2 file.
        first: index of its first interaction's first key (a byte order mark not counted).
    """
    bare = text.lstrip(BOM)
    layout = CHARM if first is None else _columns(bare, first)
    newline = "\r\n" if "\r\n" in bare[: bare.find("\n") + 1] else "\n"
    line = "\n" + " " * layout.value
    beginning = bare[:_BEGINNING]
    return Dialect(
        item=layout.item,
        field=layout.field,
        value=layout.value,
        name=layout.name,
        entry=layout.entry,
        empties=any(line + empty in beginning for empty in _EMPTIES),
        go_quotes=layout.item == 0 and quotes_like_go(bare) is True,
        newline=newline,
        final_newline=bare.endswith(("\n", "\r")),
        document_start=bare.startswith("---"),
        bom=text.startswith(BOM),
    )


def quotes_like_go(text: str) -> bool | None:
    """Whether the double quotes in a text are goccy's; ``None`` if nothing shows it.

    go-yaml single-quotes what needs no escape, goccy never does.
    """
    document = Document(text, None)
    while (event := document.next_event()) is not None:
        if isinstance(event, ScalarEvent):
            if event.style == "'":
                return False
            if event.style == '"' and yaml_scalar(event.value, 0, 0)[0] != '"':
                return True
    return None


def _columns(text: str, first: int) -> Dialect:
    """Columns of one interaction; missing parts get the columns that its writer would use."""
    field = first - (text.rfind("\n", 0, first) + 1)
    begin = text[first - field : first]
    item = begin.find("-")
    if item < 0 or begin.strip() != "-":
        return CHARM
    below = text[first - field :]
    values = re.search(
        rf"^ {{{field}}}(?:request|response):{_NOTHING}( {{{field + 1},}})[^\s#]",
        below,
        re.MULTILINE,
    )
    value = len(values[1]) if values else field + 2
    step = 2 if item == 0 and field == 2 else 4
    name, entry = value + step, value + step + (0 if step == 2 else step)
    lists = re.search(
        rf"^ {{{value}}}(?:headers|form|trailer):{_NOTHING}( +)[^\s#][^\r\n]*:{_NOTHING}( +)- ",
        below,
        re.MULTILINE,
    )
    if lists and value < len(lists[1]) <= min(len(lists[2]), value + 9):
        name, entry = len(lists[1]), len(lists[2])
    return Dialect(item=item, field=field, value=value, name=name, entry=entry)
