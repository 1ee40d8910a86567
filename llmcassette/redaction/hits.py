"""Finds the secrets in a text, also encoded ones and those in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmcassette.redaction.decodings import decodings
from llmcassette.redaction.edits import MARK_BYTES, Edit
from llmcassette.redaction.logprobs import logprobs_of
from llmcassette.redaction.split_texts import joined_texts, split_texts
from llmcassette.redaction.views import Slice, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.secrets import Secrets

__all__ = ["Hit", "edits_of", "hits"]


class Hit(NamedTuple):
    """A secret in a text.

    Attributes:
        spans: where it is; several if it is split.
        kind: what it is.
        is_whole: it is in one string, or in pieces that belong together; else the pieces only have
            the same place in different elements, and are a secret if none of them is one by itself.
        edits: what removes it; empty if the marker replaces it.
    """

    spans: list[tuple[int, int]]
    kind: str
    is_whole: bool = True
    edits: tuple[Edit, ...] = ()


def hits(text: bytes, kind: BodyKind, secrets: Secrets) -> Iterator[Hit]:
    for logprobs in logprobs_of(text, kind):
        for view in logprobs.views:
            for spans, found in spelled(view, secrets):
                edits = logprobs.edits(spans)
                yield Hit([edit[:2] for edit in edits], found, edits=tuple(edits))
    for spans, found in spelled(Slice(text), secrets):
        yield Hit(spans, found)
    if next(spelled(Slice(joined_texts(text, kind)), secrets), None):
        for split in split_texts(text, kind):
            for spans, found in spelled(split.view, secrets):
                yield Hit(spans, found, split.is_stream)


def spelled(source: View, secrets: Secrets) -> Iterator[tuple[list[tuple[int, int]], str]]:
    """The spans and kind of each secret that a text spells, however it is encoded."""
    for view in decodings(source, secrets.bounds, escapes=secrets.need_escapes):
        for start, end, found in secrets.find(view.text):
            yield view.locate(start, end), found


def edits_of(hit: Hit, marker: bytes = MARK_BYTES, *, in_each: bool = False) -> list[Edit]:
    """The edits that replace a secret.

    Args:
        hit: the secret.
        marker: what replaces it.
        in_each: the marker replaces each piece, so that each piece of an incoming request matches;
            else only the first, and the others become empty.
    """
    (start, end), *others = hit.spans
    rest = marker if in_each else b""
    return [Edit(start, end, marker), *(Edit(*span, rest) for span in others)]
