"""Parses JSON documents, also those that were cut when a connection dropped."""

from __future__ import annotations

from json import JSONDecodeError
from typing import TYPE_CHECKING, Final, Literal

from llmcassette.json.spans import completed, decoded_text
from llmcassette.json.value import NOT_JSON, NotJson, parse_text

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue

__all__ = ["is_json", "parsed"]

MAX_CUT_PIECE: Final = 64
"""Characters. A JSON error farther from the end than this is not the end of a cut text."""


def parsed(document: bytes) -> JsonValue | Literal[NotJson.NOT_JSON]:
    """The value of a JSON document, also of one that was cut.

    Raises:
        RecursionError: it is nested too deeply.
    """
    try:
        return parse_text(decoded_text(document))
    except JSONDecodeError as error:
        if error.pos < len(error.doc.rstrip()) - MAX_CUT_PIECE and "Unterminated" not in error.msg:
            return NOT_JSON
    for whole in completed(document):
        try:
            return parse_text(decoded_text(whole))
        except JSONDecodeError:
            continue
    return NOT_JSON


def is_json(document: bytes) -> bool:
    """Whether a text is a JSON document, whole or cut; one that is nested too deeply is, too."""
    try:
        return not isinstance(parsed(document), NotJson)
    except RecursionError:
        return True
