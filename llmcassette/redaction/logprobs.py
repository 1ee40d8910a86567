"""Log probabilities: lists of tokens, and of their bytes, which spell an answer once more."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.json.spans import json_values
from llmcassette.redaction.decodings import JSON_ESCAPES
from llmcassette.redaction.documents import BodyKind, documents, is_text
from llmcassette.redaction.edits import Edit
from llmcassette.redaction.field_values import LOGPROBS
from llmcassette.redaction.split_texts import Siblings
from llmcassette.redaction.views import Pieces, Slice, Span, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.spans import Path, Value

__all__ = ["Logprobs", "logprobs_of"]

LISTED: Final = re.compile(rb'ogprobs\w*\\*"\s*+:\s*+[\[{]')
"""Most answers have the member, and it is null."""
ALTERNATIVES: Final = frozenset({"top_logprobs", "topCandidates", "top_candidates"})
TOKENS: Final = frozenset({"token", "tokens", "text"})
MAX_BYTE: Final = 255


class Logprobs(NamedTuple):
    """The log probabilities of one text, of one event or of all events.

    Attributes:
        views: the text as its tokens spell it, and as their bytes do.
        values: the values of ``logprobs``, sorted, each with what replaces it.
    """

    views: tuple[View, View]
    values: list[Edit]

    def edits(self, spans: list[Span]) -> list[Edit]:
        """Empty the values that contain the spans: one token shows how long a secret is."""
        found = {}
        for start, _ in spans:
            index = bisect_right(self.values, start, key=lambda edit: edit.start) - 1
            found[index] = self.values[index]
        return list(found.values())


def logprobs_of(text: bytes, kind: BodyKind) -> Iterator[Logprobs]:
    """The log probabilities in a body, those of interleaved texts apart."""
    if LISTED.search(text) is None:
        return
    whole = Slice(text)
    found: dict[tuple[bytes, ...], Logprobs] = {}
    for document in documents(text, kind):
        if LISTED.search(document.text) is None or is_text(document):
            continue
        siblings = Siblings()
        members: list[Value] = []
        values: list[tuple[Value, list[Value]]] = []
        for value in json_values(document.text, structure=True):
            if value.kind in ("string", "scalar"):
                siblings.add(value.path, value.start, value.end)
                members.append(value)
            elif value.kind == "container" and is_logprobs(value.path):
                values.append((value, [one for one in members if is_below(one.path, value.path)]))
                members.clear()
        for value, tokens in values:
            key = siblings.of(value.path, document.text)
            group = found.setdefault(key, Logprobs((Pieces(whole), Pieces(whole)), []))
            add(group, document, value, tokens)
    yield from found.values()


def is_logprobs(path: Path) -> bool:
    return bool(path) and path[-1] in LOGPROBS and LOGPROBS.isdisjoint(path[:-1])


def is_below(path: Path, top: Path) -> bool:
    return path[: len(top)] == top and ALTERNATIVES.isdisjoint(path[len(top) :])


def add(group: Logprobs, document: View, value: Value, members: list[Value]) -> None:
    spelled, in_bytes = group.views
    assert isinstance(spelled, Pieces)
    assert isinstance(in_bytes, Pieces)
    text = document.text
    spans = document.locate(value.start, value.end)
    empty = b"[]" if text[value.start : value.start + 1] == b"[" else b"null"
    group.values.append(Edit(spans[0][0], spans[-1][1], empty))
    for member in members:
        name = next((step for step in reversed(member.path) if isinstance(step, str)), "")
        if member.kind == "string" and name in TOKENS:
            for start, end in document.locate(member.start + 1, member.end - 1):
                spelled.add_decoded(start, end, JSON_ESCAPES)
        elif name == "bytes" and text[member.start : member.end].isdigit():
            byte = int(text[member.start : member.end][:4])
            for start, end in document.locate(member.start, member.end):
                in_bytes.add(start, end, bytes([min(byte, MAX_BYTE)]))
