"""Requests as they are looked up: without redacted texts, and with or without tool-call ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from llmcassette.json.canonical_text import canonical_text
from llmcassette.json.value import JsonValue
from llmcassette.matching.canonical import request_key
from llmcassette.matching.redacted import MARKER, Shape, blank_out, mark, restore
from llmcassette.matching.tool_ids import find_ids, number_ids, restore_ids

if TYPE_CHECKING:
    from llmcassette.matching.canonical import Canonicalizer, Plain
    from llmcassette.model import Interaction, Request

__all__ = ["Sent", "Value", "View", "recorded_value", "recorded_view"]

Value: TypeAlias = dict[str, JsonValue]
"""A canonical request."""
MARKER_BYTES: Final = MARKER.encode()


class View(NamedTuple):
    """A request with the texts at redacted places taken out, and perhaps its tool-call ids.

    Attributes:
        key: a hash of the rest; it is equal for requests that may match.
        texts: the texts that were taken out, in the order of the places.
        ids: the ids that were taken out, each once, in the order of their first appearance.
    """

    key: bytes
    texts: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


def view_of(value: Value, shape: Shape, request: Request | None = None) -> View | None:
    """The view of a request with a shape.

    Args:
        value: the canonical request; unchanged on return.
        shape: the redacted places.
        request: as sent or recorded, to take out its tool-call ids; ``None`` to leave them.

    Returns:
        ``None`` if the request has no texts at these places, or no ids to take out.
    """
    if not shape and request is None:
        return View(request_key(canonical_text(value)))
    texts = blank_out(value, shape)
    if texts is None:
        return None
    places = find_ids(request, value.get("body")) if request is not None else []
    try:
        if request is not None and not places:
            return None
        ids = number_ids(places)
        return View(request_key(b"%d %b" % (len(places), canonical_text(value))), texts, ids)
    finally:
        restore_ids(places)
        restore(value, shape, texts)


def recorded_value(interaction: Interaction, canonical: Canonicalizer) -> Value:
    """The canonical value of a recorded request, in which redacted texts are ``Redacted``."""
    value = canonical.value(interaction.request)
    mark(value, interaction.redacted)
    return value


def recorded_view(
    value: Value, redacted: tuple[str, ...] | None = None, request: Request | None = None
) -> tuple[Shape, View | None]:
    """A recorded request's shape, and its view.

    Args:
        value: its canonical value, in which redacted texts become ``Redacted``.
        redacted: see ``Interaction``.
        request: see ``view_of``.
    """
    text = canonical_text(value)
    shape = mark(value, redacted) if MARKER_BYTES in text else ()
    if not shape and request is None:
        return shape, View(request_key(text))
    return shape, view_of(value, shape, request)


class Sent:
    """A request that is looked up. Its forms are made when needed, and at most once."""

    __slots__ = ("_canonical", "_plain", "_value", "_views", "request")

    def __init__(self, request: Request, canonical: Canonicalizer) -> None:
        self.request = request
        self._canonical = canonical
        self._plain: Plain | None = None
        self._value: Value | None = None
        self._views: dict[tuple[Shape, bool], View | None] = {}

    def plain_text(self) -> bytes:
        """Its canonical text before redaction."""
        if self._plain is None:
            self._plain = self._canonical.plain(self.request)
        return canonical_text(self._plain.value)

    def set_view(self, shape: Shape, view: View) -> None:
        """Set the view with a shape, from a recorded request of the same bytes."""
        self._views[shape, False] = view

    def view(self, shape: Shape, *, renamed: bool) -> View | None:
        """Its view with a shape, which is a recorded request's."""
        if (shape, renamed) not in self._views:
            request = self.request if renamed else None
            self._views[shape, renamed] = view_of(self.value(), shape, request)
        return self._views[shape, renamed]

    def value(self) -> Value:
        """Its canonical value."""
        if self._value is None:
            self._value = self._canonical.value(self.request, self._plain)
        return self._value
