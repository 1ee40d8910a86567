"""The lines of a file that hold an interaction and its fields."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from llmcassette import formats
from llmcassette.formats.document import BOM
from llmcassette.formats.source import Source

if TYPE_CHECKING:
    from llmcassette.model import Cassette

__all__ = ["Lines"]

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_LITERAL: Final = re.compile(r" *body: *\|[-+0-9]*\s*$")


class Lines:
    """Line numbers of one cassette, from 1; where a field is not found, its interaction's."""

    def __init__(self, cassette: Cassette) -> None:
        source = cassette.source
        assert isinstance(source, Source), "the cassette was not read from a file"
        self._text = source.text.lstrip(BOM)
        self._spans = source.spans
        self._starts = [0, *(found.end() for found in _BREAK.finditer(self._text))]
        self._dialect = formats.dialect_of(cassette)

    def of(self, interaction: int, field: str = "", inside: int = 1) -> int:
        """The line of a field, such as ``response.body``; ``inside`` is a line of a body's text."""
        span = self._spans[interaction]
        at = span.start
        side, _, name = field.partition(".")
        for column, key in ((self._dialect.field, side), (self._dialect.value, name)):
            found = key and re.compile(
                rf"^ {{{column}}}{re.escape(key.partition('.')[0])}:", re.MULTILINE
            ).search(self._text, self._starts[self._line(at) - 1], span.end)
            if not found:
                break
            at = found.start()
        line = self._line(at)
        return line + inside if name == "body" and self._is_literal(line) else line

    def _line(self, at: int) -> int:
        return bisect_right(self._starts, at)

    def _is_literal(self, line: int) -> bool:
        text = self._text[self._starts[line - 1] : self._starts[line]]
        return _LITERAL.fullmatch(text) is not None
