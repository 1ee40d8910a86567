"""Ids of tool calls in request bodies, and whether they came from the provider.

Some clients make up the ids of tool calls, new ones in each run (pydantic-ai for Gemini, whose API
has none). Two requests that differ only in such ids are the same request.
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
"""The object with the id, its key there, and the id."""

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
    waiting: list[tuple[JsonValue, bool]] = [(value, False)]  # a value, whether it is a call
    while waiting:
        item, is_call = waiting.pop()
        if isinstance(item, dict):
            is_call = is_call or item.get("type") == "tool_use"
            for key in sorted(item, reverse=True):
                member = item[key]
                if isinstance(member, (dict, list)):
                    waiting.append((member, key in CALLS))
            for key in REFERENCES if not is_call else ("id", *REFERENCES):
                tool_id = item.get(key)
                if isinstance(tool_id, str):
                    found.append((item, key, tool_id))
        elif isinstance(item, list):
            waiting.extend((element, is_call) for element in reversed(item))
    return found


def number_ids(places: list[IdPlace]) -> tuple[str, ...]:
    """Replace each id, in place, by the number of its first appearance; return the ids in order."""
    numbers: dict[str, int] = {}
    for holder, key, tool_id in places:
        holder[key] = [numbers.setdefault(tool_id, len(numbers))]
    return tuple(numbers)


def restore_ids(places: list[IdPlace]) -> None:
    """Undo ``number_ids``."""
    for holder, key, tool_id in places:
        holder[key] = tool_id


class GivenIds:
    """The ids in the answers of a cassette, which are read as far as needed."""

    __slots__ = ("_first", "_interactions", "_read")

    def __init__(self, interactions: Sequence[Interaction]) -> None:
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
        return with_events_decoded(decoded_body(response.body, coding))


def with_events_decoded(body: bytes) -> bytes:
    """The body with Bedrock's events, which are in base64, appended in plain."""
    events = BASE64_FIELD.findall(body)
    return b"\n".join([body, *map(b64decode, events)])
