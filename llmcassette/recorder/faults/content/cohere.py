"""Cohere, version 2. A refusal is ordinary text of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import arr, integer, obj, text
from llmcassette.recorder.faults.content.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.recorder.faults.documents import Document, Rewrite

REASONS: Final = {
    "stop": "COMPLETE",
    "length": "MAX_TOKENS",
    "tool_calls": "TOOL_CALL",
    "content_filter": "ERROR_TOXIC",
}
OUTPUT: Final = ("content-", "tool-")
MALFORMED_CALL: Final = None


def finish(item: Document, reason: str) -> bool:
    holder = obj(item.get("delta")) if item.get("type") == "message-end" else item
    if not isinstance(holder.get("finish_reason"), str):
        return False
    holder["finish_reason"] = reason
    return True


def arguments(item: Document) -> Iterator[Slot]:
    message = obj(obj(item.get("delta")).get("message")) or obj(item.get("message"))
    calls = message.get("tool_calls")
    first = integer(item.get("index")) or 0
    listed = arr(calls) or ([calls] if calls else [])
    for index, call in enumerate(listed, start=first):
        function = obj(obj(call).get("function"))
        if isinstance(function.get("arguments"), str):
            yield Slot(function, "arguments", index)


def emptying() -> Rewrite:
    return saying("")


def refusing(words: str) -> Rewrite:
    return saying(words)


def saying(words: str) -> Rewrite:
    def rewrite(_: str, item: Document) -> list[Document]:
        kind = text(item.get("type"))
        if kind.startswith(OUTPUT):
            return []
        finish(item, "COMPLETE")
        if kind == "message-end" and words:
            return [*text_events(words), item]
        message = obj(item.get("message"))
        if message:
            message["content"] = [{"type": "text", "text": words}] if words else []
            for key in ("tool_calls", "tool_plan"):
                message.pop(key, None)
        return [item]

    return rewrite


def text_events(words: str) -> list[Document]:
    """The events of a stream that carry a text."""
    begun: Document = {"message": {"content": {"type": "text", "text": ""}}}
    delta: Document = {"message": {"content": {"text": words}}}
    return [
        {"type": "content-start", "index": 0, "delta": begun},
        {"type": "content-delta", "index": 0, "delta": delta},
        {"type": "content-end", "index": 0},
    ]
