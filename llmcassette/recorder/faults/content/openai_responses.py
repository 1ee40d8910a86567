"""OpenAI responses. Events repeat the content of earlier ones, the last one all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import JSON, arr, integer, obj
from llmcassette.recorder.faults.content.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.recorder.faults.documents import Document, Rewrite

REASONS: Final = {
    "stop": "completed",
    "tool_calls": "completed",
    "length": "max_output_tokens",
}
OVER: Final = ("completed", "incomplete")
MALFORMED_CALL: Final = None


def finish(item: Document, reason: str) -> bool:
    response = response_of(item)
    if response.get("status") not in OVER:
        return False
    status = "completed" if reason == "completed" else "incomplete"
    response["status"] = status
    response["incomplete_details"] = None if reason == "completed" else {"reason": reason}
    if response is not item:
        item["type"] = f"response.{status}"
    return True


def response_of(item: Document) -> dict[str, JSON]:
    """The response itself, whole or in an event."""
    return item if item.get("object") == "response" else obj(item.get("response"))


def arguments(item: Document) -> Iterator[Slot]:
    index = integer(item.get("output_index")) or 0
    match item.get("type"):
        case "response.function_call_arguments.delta":
            yield Slot(item, "delta", index)
        case "response.function_call_arguments.done":
            yield Slot(item, "arguments", index, is_whole=True)
        case "response.output_item.done":
            yield from call_arguments(obj(item.get("item")), index)
        case _:
            for number, output in enumerate(arr(response_of(item).get("output"))):
                yield from call_arguments(obj(output), number)


def call_arguments(output: dict[str, JSON], index: int) -> Iterator[Slot]:
    if output.get("type") == "function_call" and isinstance(output.get("arguments"), str):
        yield Slot(output, "arguments", index, is_whole=True)


def emptying() -> Rewrite:
    return saying(None)


def refusing(words: str) -> Rewrite:
    return saying(words)


def saying(words: str | None) -> Rewrite:
    """Keep the events about the response only; those of a refusal come before the last."""
    sent = 0

    def rewrite(_: str, item: Document) -> list[Document]:
        nonlocal sent
        response = response_of(item)
        if not response and item.get("type") != "error":
            return []
        made = [item]
        if finish(item, "completed"):
            response["output"] = [] if words is None else [message(words)]
            if words is not None and response is not item:
                made = [*refusal_events(words), item]
        if response is not item:
            for event in made:
                event["sequence_number"] = sent
                sent += 1
        return made

    return rewrite


def message(words: str | None) -> dict[str, JSON]:
    """A message that refuses; one that has not begun to, where there are no words."""
    content: list[JSON] = [] if words is None else [part(words)]
    status = "in_progress" if words is None else "completed"
    return {
        "type": "message",
        "id": "msg_refusal",
        "status": status,
        "role": "assistant",
        "content": content,
    }


def part(words: str) -> dict[str, JSON]:
    return {"type": "refusal", "refusal": words}


def refusal_events(words: str) -> list[Document]:
    """The events with which a stream refuses."""
    where: dict[str, JSON] = {"item_id": "msg_refusal", "output_index": 0, "content_index": 0}
    return [
        {"type": "response.output_item.added", "output_index": 0, "item": message(None)},
        {"type": "response.content_part.added", **where, "part": part("")},
        {"type": "response.refusal.delta", **where, "delta": words},
        {"type": "response.refusal.done", **where, "refusal": words},
        {"type": "response.content_part.done", **where, "part": part(words)},
        {"type": "response.output_item.done", "output_index": 0, "item": message(words)},
    ]
