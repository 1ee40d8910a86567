"""Writes a cassette: unchanged interactions keep their text, others get the file's dialect."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from operator import is_
from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError
from llmcassette.formats.dialect import CHARM, Dialect, detect
from llmcassette.formats.document import BOM
from llmcassette.formats.emitter import emit, emit_interaction
from llmcassette.formats.reader import read
from llmcassette.formats.source import Source

if TYPE_CHECKING:
    from llmcassette.model import Cassette, Interaction

__all__ = ["dialect_of", "encoded", "write"]

_DASH: Final = re.compile(r"( *)- +")
_ID: Final = re.compile(r"( *- +id: *)[0-9]+(?=[ \r\n])")
_ROOT_LINE: Final = re.compile(r"^\S", re.MULTILINE)
_ANCHORS: Final = re.compile(r"^%|^[^'\"#\n]*\s[&*]\S", re.MULTILINE)


def write(cassette: Cassette) -> str:
    """The text of a cassette.

    Interactions that were read from the file keep their text to the byte; only the id changes if
    their position did. Others are written in the file's dialect, or in charm's if there is no file.

    Raises:
        CassetteError: a value cannot be written, such as a duration that is not finite.
    """
    source = cassette.source
    interactions = cassette.interactions
    if not isinstance(source, Source):
        return emit(interactions, CHARM)
    if _only_adds(cassette):
        return b"".join(encoded(cassette)).decode()
    dialect = dialect_of(cassette)
    pieces = _pieces(source)
    if pieces is None or not interactions:
        return emit(interactions, dialect)
    text = _join(interactions, source, dialect, pieces)
    # An alias may be left without its anchor
    if source.spans and _ANCHORS.search(source.text) and not _reads_as(text, interactions):
        return emit(interactions, dialect)
    return text


def encoded(cassette: Cassette) -> list[bytes]:
    """The text of a cassette in UTF-8, in parts, so that a file that is added to is not copied.

    Raises:
        CassetteError: see ``write``.
    """
    source = cassette.source
    if not _only_adds(cassette) or not isinstance(source, Source):
        return [write(cassette).encode()]
    old = source.content if isinstance(source.content, bytes) else source.content.encode()
    count = len(source.interactions)
    new = cassette.interactions[count:]
    if not new:
        return [old]
    dialect = dialect_of(cassette)
    return [old, *(emit_interaction(*each, dialect).encode() for each in enumerate(new, count))]


def _only_adds(cassette: Cassette) -> bool:
    """Whether a file stays as it is, but for interactions that can be put behind it."""
    source, interactions = cassette.source, cassette.interactions
    if not isinstance(source, Source):
        return False
    count = len(source.interactions)
    begins_alike = len(interactions) >= count and all(map(is_, interactions, source.interactions))
    return begins_alike and (len(interactions) == count or source.can_be_added_to)


def dialect_of(cassette: Cassette) -> Dialect:
    """The dialect of a cassette's file; charm's for a cassette that was not read from one."""
    source = cassette.source
    if not isinstance(source, Source):
        return CHARM
    dialect = detect(source.beginning, source.first)
    return replace(dialect, final_newline=source.has_final_newline)


def _pieces(source: Source) -> list[str] | None:
    """The text before the interactions, of each, and after them.

    ``None`` if the file can't be cut between lines.
    """
    pieces = source.pieces_by_cuts()
    if pieces is not None:
        return pieces
    text = source.text.lstrip(BOM)
    cuts = [0]
    columns = set()
    for span in source.spans:
        begin = text.rfind("\n", 0, span.start) + 1
        dash = _DASH.fullmatch(text, begin, span.start)
        if dash is None:
            return None
        cuts.append(begin)
        columns.add(dash[1])
    if len(columns) != 1:
        return None
    behind = _ROOT_LINE.search(text, source.spans[-1].end)
    cuts += [behind.start() if behind else len(text), len(text)]
    return [text[begin:end] for begin, end in pairwise(cuts)]


def _join(
    interactions: tuple[Interaction, ...], source: Source, dialect: Dialect, pieces: list[str]
) -> str:
    head, *items, tail = pieces
    place = {id(interaction): at for at, interaction in enumerate(source.interactions)}
    parts = [BOM if dialect.bom else "", head]
    for position, interaction in enumerate(interactions):
        was = place.get(id(interaction))
        piece = None if was is None else _closed(items[was], dialect)
        if piece is not None and was != position:
            piece, count = _ID.subn(rf"\g<1>{position}", piece, count=1)
            piece = piece if count else None
        parts.append(piece or emit_interaction(position, interaction, dialect))
    parts.append(tail)
    text = "".join(parts)
    last = text[text.rfind("\n", 0, -1) + 1 :]
    if not dialect.final_newline and not tail and _ends_a_field(last, dialect):
        text = text.removesuffix(dialect.newline)
    return text


def _closed(piece: str, dialect: Dialect) -> str | None:
    """An interaction's lines with a final line end; ``None`` if that would change a value."""
    if piece.endswith("\n"):
        return piece
    last = piece[piece.rfind("\n") + 1 :]
    return piece + dialect.newline if _ends_a_field(last, dialect) else None


def _ends_a_field(line: str, dialect: Dialect) -> bool:
    """Whether a line is a whole field, so that a line end after it changes no value."""
    return re.match(rf" {{{dialect.value}}}[a-z_]+: [^|>\s!]", line) is not None


def _reads_as(text: str, interactions: tuple[Interaction, ...]) -> bool:
    try:
        again = read(text).interactions
    except CassetteError:
        return False
    return [(one.request, one.response, one.redacted) for one in again] == [
        (one.request, one.response, one.redacted) for one in interactions
    ]
