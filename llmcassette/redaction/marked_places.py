"""Where in a request recording has put ``[REDACTED]``: elsewhere the client sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from llmcassette.json.places import at, json_path, strings_with
from llmcassette.json.value import NotJson, json_value
from llmcassette.model import Interaction
from llmcassette.redaction.edits import MARK, MARK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Request

__all__ = ["with_marked_places"]

WORD: Final = MARK.strip("[]")
"""In any spelling of the brackets."""


def with_marked_places(before: Interaction, after: Interaction) -> Interaction:
    """A redacted interaction with the places of the markers in its request.

    Args:
        before: as sent, or as in the file.
        after: the same redacted.
    """
    redacted: tuple[str, ...] | None = None
    if may_have_marker(after.request) and not (
        before.redacted is None and may_have_marker(before.request)  # no one knows whose those are
    ):
        found = (*(before.redacted or ()), *places(before.request, after.request))
        redacted = tuple(dict.fromkeys(found))
    if redacted == after.redacted:
        return after
    return Interaction(after.id, after.request, after.unread or after.response, redacted)


def may_have_marker(request: Request) -> bool:
    return (
        WORD in request.url.upper()
        or WORD.encode() in request.body
        or any(WORD in value for _, value in request.headers.multi_items())
    )


def has_marker(text: str) -> bool:
    return MARK in unquote(text).upper()


def places(before: Request, after: Request) -> Iterator[str]:
    """The places of the markers that were not sent, as in ``Interaction.redacted``.

    A URL, and a body that is not JSON, is one place. It is left out if the client sent a marker
    in it, too, which would then match any text; the redaction of what is sent goes on.
    """
    if before.url != after.url and has_marker(after.url) and not has_marker(before.url):
        yield "url"
    for name, values in after.headers.fields:
        if before.headers.get_list(name) != values and any(MARK in value for value in values):
            yield f"header {name}"
    if before.body == after.body or MARK_BYTES not in after.body:
        return
    old, new = json_value(before.body), json_value(after.body)
    if isinstance(old, NotJson) or isinstance(new, NotJson):
        if not has_marker(before.body.decode("latin-1")):
            yield "body"
        return
    for keys in strings_with(MARK, new):
        if at(old, keys) != at(new, keys):
            yield f"body {json_path(keys)}"
