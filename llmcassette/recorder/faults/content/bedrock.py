"""Bedrock's Converse. A refusal has no words there: it is a reason to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import obj
from llmcassette.recorder.faults.content.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.recorder.faults.documents import Document, Rewrite

REASONS: Final = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "content_filtered",
}
MALFORMED_CALL: Final = None


def finish(item: Document, reason: str) -> bool:
    if not isinstance(item.get("stopReason"), str):
        return False
    item["stopReason"] = reason
    return True


def arguments(item: Document) -> Iterator[Slot]:
    use = obj(obj(item.get("delta")).get("toolUse"))
    if isinstance(use.get("input"), str):
        yield Slot(use, "input", str(item.get("contentBlockIndex")))


def emptying() -> Rewrite:
    return without_content("end_turn")


def refusing(_: str) -> Rewrite:
    return without_content("content_filtered")


def without_content(reason: str) -> Rewrite:
    def rewrite(event: str, item: Document) -> list[Document]:
        if event.startswith("contentBlock"):
            return []
        message = obj(obj(item.get("output")).get("message"))
        if message:
            message["content"] = []
        finish(item, reason)
        return [item]

    return rewrite
