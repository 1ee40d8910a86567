"""Anthropic's messages. A refusal has no text there: it is a reason to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import obj, text
from llmcassette.recorder.faults.content.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.recorder.faults.documents import Document, Rewrite

REASONS: Final = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}
MALFORMED_CALL: Final = None


def finish(item: Document, reason: str) -> bool:
    holder = obj(item.get("delta")) if item.get("type") == "message_delta" else item
    if not isinstance(holder.get("stop_reason"), str):
        return False
    holder["stop_reason"] = reason
    return True


def arguments(item: Document) -> Iterator[Slot]:
    delta = obj(item.get("delta"))
    if isinstance(delta.get("partial_json"), str):
        yield Slot(delta, "partial_json", str(item.get("index")))


def emptying() -> Rewrite:
    return without_content("end_turn")


def refusing(_: str) -> Rewrite:
    return without_content("refusal")


def without_content(reason: str) -> Rewrite:
    def rewrite(_: str, item: Document) -> list[Document]:
        if text(item.get("type")).startswith("content_block_"):
            return []
        if "content" in item:
            item["content"] = []
        finish(item, reason)
        return [item]

    return rewrite
