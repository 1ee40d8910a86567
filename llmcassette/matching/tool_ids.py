"""Ids of tool calls in request bodies, and which of them the provider gave.

Some clients mint an id for every tool call themselves, anew in each run (pydantic-ai does for
Gemini, whose API has none). Two requests that differ in such ids only are the same request.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError
from llmcassette.json.value import JsonValue
from llmcassette.matching.encoding import decoded_body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Interaction

__all__ = ["GivenIds", "IdPlace", "find_ids", "number_ids", "restore_ids"]

IdPlace = tuple[dict[str, JsonValue], str, str]
"""An object, the key of the id in it, and the id."""

REFERENCES: Final = ("tool_call_id", "tool_use_id", "call_id", "toolUseId")
CALLS: Final = frozenset(
    {"functionCall", "functionResponse", "function_call", "function_response", "tool_calls"}
)
TOKEN: Final = re.compile(rb"[A-Za-z0-9_.:-]+")
BASE64_FIELD: Final = re.compile(
    rb'"bytes":"((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"'
)


def find_ids(value: JsonValue) -> list[IdPlace]:
    """The tool-call ids of a JSON body, in canonical order.

    OpenAI's ``tool_calls[].id`` and ``tool_call_id``, the Responses API's ``call_id``, Anthropic's
    ``tool_use.id`` and ``tool_use_id``, Bedrock's ``toolUseId``, and the ``id`` of Gemini's
    ``functionCall`` and ``functionResponse``.
    """
    found: list[IdPlace] = []
    waiting: list[tuple[JsonValue, bool]] = [(value, False)]  # a value, and whether it is a call
    while waiting:
        item, is_call = waiting.pop()
        if isinstance(item, dict):
            is_call = is_call or item.get("type") == "tool_use"
            for key in sorted(item, reverse=True):
                held = item[key]
                if isinstance(held, (dict, list)):
                    waiting.append((held, key in CALLS))
            for key in REFERENCES if not is_call else ("id", *REFERENCES):
                held = item.get(key)
                if isinstance(held, str):
                    found.append((item, key, held))
        elif isinstance(item, list):
            waiting.extend((held, is_call) for held in reversed(item))
    return found


def number_ids(places: list[IdPlace]) -> tuple[str, ...]:
    """Replace each id, in place, by the number of its first appearance; the ids in that order."""
    numbers: dict[str, int] = {}
    for holder, key, held in places:
        holder[key] = [numbers.setdefault(held, len(numbers))]
    return tuple(numbers)


def restore_ids(places: list[IdPlace]) -> None:
    """Undo ``number_ids``."""
    for holder, key, held in places:
        holder[key] = held


class GivenIds:
    """Which ids appear in the answers of a cassette, read as far as somebody asks."""

    __slots__ = ("_first", "_interactions", "_read")

    def __init__(self, interactions: Sequence[Interaction]) -> None:
        self._interactions = interactions
        self._first: dict[bytes, int] = {}
        self._read = 0

    def before(self, held: str, position: int) -> bool:
        """Whether an answer before a position holds an id."""
        token = held.encode("utf-8", "surrogatepass")
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
        return with_events_decoded(decoded_body(response.body, coding))


def with_events_decoded(body: bytes) -> bytes:
    """Bedrock's event streams carry their events, and the ids in them, in base64."""
    events = BASE64_FIELD.findall(body)
    return b"\n".join([body, *map(b64decode, events)])
