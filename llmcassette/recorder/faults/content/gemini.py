"""Gemini. A refusal has no words there: it is a reason to stop.

Arguments are objects; where the model's own text was no JSON, there is no call, but a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import arr, obj

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.recorder.faults.content.slot import Slot
    from llmcassette.recorder.faults.documents import Document, Rewrite

REASONS: Final = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "tool_calls": "STOP",
    "content_filter": "SAFETY",
}


def finish(item: Document, reason: str) -> bool:
    hit = False
    for candidate in map(obj, arr(item.get("candidates"))):
        if isinstance(candidate.get("finishReason"), str):
            candidate["finishReason"] = reason
            hit = True
    return hit


def arguments(_: Document) -> Iterator[Slot]:
    return iter(())


def emptying() -> Rewrite:
    return without_content("STOP")


def refusing(_: str) -> Rewrite:
    return without_content("SAFETY")


def without_content(reason: str) -> Rewrite:
    def rewrite(_: str, item: Document) -> list[Document]:
        for candidate in map(obj, arr(item.get("candidates"))):
            obj(candidate.get("content")).pop("parts", None)
        finish(item, reason)
        return [item]

    return rewrite


def malformed_call(_: str, item: Document) -> list[Document]:
    """https://ai.google.dev/api/generate-content#FinishReason: MALFORMED_FUNCTION_CALL."""
    for candidate in map(obj, arr(item.get("candidates"))):
        content = obj(candidate.get("content"))
        kept = [part for part in arr(content.get("parts")) if "functionCall" not in obj(part)]
        if "parts" in content:
            content["parts"] = kept
    finish(item, "MALFORMED_FUNCTION_CALL")
    return [item]


MALFORMED_CALL: Final = malformed_call
