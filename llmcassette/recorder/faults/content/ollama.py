"""Ollama. A refusal is ordinary text of the model. Arguments are objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import obj

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.recorder.faults.content.slot import Slot
    from llmcassette.recorder.faults.documents import Document, Rewrite

REASONS: Final = {"tool_calls": "stop"}
MALFORMED_CALL: Final = None


def finish(item: Document, reason: str) -> bool:
    if not isinstance(item.get("done_reason"), str):
        return False
    item["done_reason"] = reason
    return True


def arguments(_: Document) -> Iterator[Slot]:
    return iter(())


def emptying() -> Rewrite:
    return refusing("")


def refusing(words: str) -> Rewrite:
    left = words

    def rewrite(_: str, item: Document) -> list[Document]:
        nonlocal left
        message = obj(item.get("message"))
        for key in ("tool_calls", "thinking"):
            message.pop(key, None)
            item.pop(key, None)
        for holder, key in ((message, "content"), (item, "response")):
            if key in holder:
                holder[key], left = left, ""
        finish(item, "stop")
        return [item]

    return rewrite
