"""Where a request's messages name its tool calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from llmcassette.providers.jsonvalue import JSON, arr, obj, text
from llmcassette.providers.parsed_request import parse_request
from llmcassette.providers.registry import format_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Request

__all__ = ["CallId", "call_ids"]

LISTS: Final = {"gemini": "contents", "openai_responses": "input"}
"""The member with the messages, in the formats that don't call it ``messages``."""


Place: TypeAlias = tuple[dict[str, JSON], str, bool]
"""See ``CallId``, without the id."""


class CallId(NamedTuple):
    """A place with the id of a tool call.

    Attributes:
        holder: the object that has it.
        key: its key there.
        id: the id.
        is_call: it is the call's own id; else that of a call which this is the result of.
    """

    holder: dict[str, JSON]
    key: str
    id: str
    is_call: bool


def call_ids(request: Request, body: JSON) -> list[CallId]:
    """The ids of the tool calls in a request of a known format, and those of their results.

    A result whose call is not in the request is left out: its id came from somewhere else.

    Args:
        request: as sent.
        body: the value of its body, in which the ids are looked up.
    """
    members = obj(body)
    if not any(isinstance(members.get(key), list) for key in ("messages", *LISTS.values())):
        return []
    found = format_of(parse_request(request))
    if found is None:
        return []
    places_of = of_item if found.FORMAT == "openai_responses" else of_message
    places = [
        CallId(holder, key, call_id, is_call)
        for message in arr(members.get(LISTS.get(found.FORMAT, "messages")))
        for holder, key, is_call in places_of(obj(message))
        if (call_id := text(holder.get(key)))
    ]
    calls = {place.id for place in places if place.is_call}
    return [place for place in places if place.id in calls]


def of_item(item: dict[str, JSON]) -> Iterator[Place]:
    """The place in an item of the Responses API."""
    yield item, "call_id", not text(item.get("type")).endswith("_output")


def of_message(message: dict[str, JSON]) -> Iterator[Place]:
    """The places in a message."""
    yield message, "tool_call_id", False
    for call in arr(message.get("tool_calls")):
        yield obj(call), "id", True
    for part in (*arr(message.get("content")), *arr(message.get("parts"))):
        yield from of_part(obj(part))


def of_part(part: dict[str, JSON]) -> Iterator[Place]:
    """The places in a part: Anthropic's blocks, Bedrock's, and Gemini's in both spellings."""
    if text(part.get("type")).endswith("tool_use"):
        yield part, "id", True
    yield part, "tool_use_id", False
    yield obj(part.get("toolUse")), "toolUseId", True
    yield obj(part.get("toolResult")), "toolUseId", False
    for call in ("functionCall", "function_call"):
        yield obj(part.get(call)), "id", True
    for result in ("functionResponse", "function_response"):
        yield obj(part.get(result)), "id", False
