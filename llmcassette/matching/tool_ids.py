"""Ids of tool calls in request bodies, and whether they came from the provider.

Some clients make up the ids of tool calls, new ones in each run (pydantic-ai for Gemini, whose API
has none). Two requests that differ only in such ids are the same request.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from llmcassette.errors import CassetteError
from llmcassette.streams.codings import Bounds, decode_body

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmcassette.json.value import JsonValue
    from llmcassette.model import Interaction, Request
    from llmcassette.providers.call_ids import CallId
    from llmcassette.providers.jsonvalue import JSON

__all__ = ["GivenIds", "IdPair", "Renaming", "find_ids", "number_ids", "restore_ids"]

IdPair: TypeAlias = tuple[str, str]
"""A recorded id, and the one that was sent in its place."""

TOKEN: Final = re.compile(rb"[A-Za-z0-9_.:-]+")
BASE64_FIELD: Final = re.compile(
    rb'"bytes":"((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"'
)


def find_ids(request: Request, value: JsonValue) -> list[CallId]:
    """The tool-call ids in a canonical body, if the request is of a known provider's format."""
    if not isinstance(value, list) or value[0] != "json":
        return []
    from llmcassette.providers.call_ids import call_ids  # most requests need no provider

    return call_ids(request, cast("JSON", value[1]))


def number_ids(places: list[CallId]) -> tuple[str, ...]:
    """Replace each id, in place, by the number of its first appearance; return the ids in order."""
    numbers: dict[str, int] = {}
    for place in places:
        place.holder[place.key] = [numbers.setdefault(place.id, len(numbers))]
    return tuple(numbers)


def restore_ids(places: list[CallId]) -> None:
    """Undo ``number_ids``."""
    for place in places:
        place.holder[place.key] = place.id


class Renaming:
    """Which recorded id each sent one stands for: one to one, in all requests of a cassette."""

    __slots__ = ("_recorded", "_sent")

    def __init__(self) -> None:
        self._recorded: dict[str, str] = {}
        self._sent: dict[str, str] = {}

    def allows(self, pairs: Iterable[IdPair]) -> bool:
        """Whether pairs agree with all that were added."""
        return all(
            self._sent.get(old, new) == new and self._recorded.get(new, old) == old
            for old, new in pairs
        )

    def add(self, pairs: Iterable[IdPair]) -> None:
        """Add pairs; where two disagree, the first stays."""
        for old, new in pairs:
            self._sent.setdefault(old, new)
            self._recorded.setdefault(new, old)


class GivenIds:
    """The ids in the answers of a cassette, which are read as far as needed."""

    __slots__ = ("_bounds", "_first", "_interactions", "_read")

    def __init__(self, interactions: Sequence[Interaction], bounds: Bounds) -> None:
        self._bounds = bounds
        self._interactions = interactions
        self._first: dict[bytes, int] = {}
        self._read = 0

    def before(self, tool_id: str, position: int) -> bool:
        """Whether an answer before a position contains an id."""
        token = tool_id.encode("utf-8", "surrogatepass")
        if TOKEN.fullmatch(token) is None:
            return any(token in self._body(i) for i in range(position))
        while self._read < position:
            for found in TOKEN.findall(self._body(self._read)):
                self._first.setdefault(found, self._read)
            self._read += 1
        return self._first.get(token, position) < position

    def _body(self, position: int) -> bytes:
        try:
            response = self._interactions[position].response
        except CassetteError:  # raised again when it is played
            return b""
        coding = "" if response.uncompressed else response.headers.get("content-encoding", "")
        try:
            return with_events_decoded(decode_body(response.body, coding, self._bounds))
        except CassetteError:  # it decodes to too much: raised again when it is played
            return b""


def with_events_decoded(body: bytes) -> bytes:
    """The body with Bedrock's events, which are in base64, appended in plain."""
    events = BASE64_FIELD.findall(body)
    return b"\n".join([body, *map(b64decode, events)])
