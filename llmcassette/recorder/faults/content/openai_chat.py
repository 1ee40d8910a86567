"""OpenAI chat completions, and the services that are compatible with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import JSON, arr, integer, obj
from llmcassette.recorder.faults.content.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.recorder.faults.documents import Document, Rewrite

REASONS: Final[dict[str, str]] = {}

OUTPUT: Final = (
    "annotations",
    "audio",
    "function_call",
    "images",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "refusal",
    "tool_calls",
)
MALFORMED_CALL: Final = None


def finish(item: Document, reason: str) -> bool:
    hit = False
    for choice in map(obj, arr(item.get("choices"))):
        for key in ("finish_reason", "native_finish_reason"):
            if isinstance(choice.get(key), str):
                choice[key] = reason
                hit = True
    return hit


def arguments(item: Document) -> Iterator[Slot]:
    for number, choice in enumerate(map(obj, arr(item.get("choices")))):
        for message in messages(choice):
            for i, call in enumerate(map(obj, arr(message.get("tool_calls")))):
                index = integer(call.get("index"))
                function = obj(call.get("function"))
                if isinstance(function.get("arguments"), str):
                    yield Slot(function, "arguments", (number, i if index is None else index))
            legacy = obj(message.get("function_call"))
            if isinstance(legacy.get("arguments"), str):
                yield Slot(legacy, "arguments", (number, -1))


def messages(choice: dict[str, JSON]) -> Iterator[dict[str, JSON]]:
    for key in ("delta", "message"):
        if message := obj(choice.get(key)):
            yield message


def emptying() -> Rewrite:
    return lambda _, item: [emptied(item)]


def emptied(item: Document) -> Document:
    for choice in map(obj, arr(item.get("choices"))):
        for message in messages(choice):
            for key in OUTPUT:
                message.pop(key, None)
            if "content" in message:
                message["content"] = ""
    finish(item, "stop")
    return item


def refusing(words: str) -> Rewrite:
    refused: set[int] = set()

    def rewrite(_: str, item: Document) -> list[Document]:
        emptied(item)
        for number, choice in enumerate(map(obj, arr(item.get("choices")))):
            index = integer(choice.get("index"))
            for message in messages(choice):
                message["content"] = None
                if (key := number if index is None else index) not in refused:
                    refused.add(key)
                    message["refusal"] = words
        return [item]

    return rewrite
