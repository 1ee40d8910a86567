"""The messages of a request and the choices of an answer, as a page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.providers import ToolCall, ToolResult
from llmcassette.review.page.parts import EMPTY, PagePart, page_part
from llmcassette.review.page.passages import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.providers import Completion, Conversation, Message, Part
    from llmcassette.review.page.parts import ImageFinder
    from llmcassette.review.parsed import Continuation

__all__ = ["Turn", "answers", "turns"]

ROLES: Final = {
    "developer": "system",
    "system": "system",
    "user": "user",
    "assistant": "assistant",
    "model": "assistant",
    "function": "tool",
    "tool": "tool",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A message, or a choice of an answer.

    Attributes:
        label: who wrote it.
        style: ``system``, ``user``, ``assistant``, ``tool``, ``answer`` or ``other``.
        parts: what it says.
        note: why a choice ended, if there are several.
    """

    label: str
    style: str
    parts: tuple[PagePart, ...]
    note: str = ""


def turns(asked: Conversation, same: Continuation | None, image: ImageFinder) -> Iterator[Turn]:
    """The system prompt and the messages, without what an earlier interaction shows."""
    names = {
        part.id: part.name
        for message in asked.messages
        for part in message.parts
        if isinstance(part, ToolCall)
    }
    if asked.system and not (same and same.system):
        yield Turn("system", "system", page_parts(asked.system, names, image))
    for message in asked.messages[same.messages + same.answer if same else 0 :]:
        yield turn(message, names, image)


def turn(message: Message, names: dict[str, str], image: ImageFinder) -> Turn:
    label = shown(message.role) or "no role"
    style = ROLES.get(message.role, "other")
    if message.parts and all(isinstance(part, ToolResult) for part in message.parts):
        label = style = "tool"  # Anthropic and Gemini send tool results as a user
    return Turn(label, style, page_parts(message.parts, names, image))


def page_parts(
    parts: Sequence[Part], names: dict[str, str], image: ImageFinder
) -> tuple[PagePart, ...]:
    return tuple(page_part(part, names, image) for part in parts) or (EMPTY,)


def answers(answer: Completion, image: ImageFinder) -> Iterator[Turn]:
    """Each choice; that there is nothing, if there is no error either."""
    several = len(answer.choices) > 1
    for choice in answer.choices:
        parts = tuple(page_part(part, {}, image) for part in choice.parts)
        if parts or several:
            label = f"answer {choice.index + 1}" if several else "answer"
            note = shown(choice.finish_reason) if several else ""
            yield Turn(label, "answer", parts or (EMPTY,), note)
    if not any(choice.parts for choice in answer.choices) and not several and answer.error is None:
        yield Turn("answer", "answer", (EMPTY,))
