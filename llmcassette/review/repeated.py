"""Recognizes answers that later requests repeat."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from llmcassette.providers import Reasoning, Text, ToolCall
from llmcassette.review.texts import call_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.providers import Completion, Message

__all__ = ["KnownAnswers"]

LONGEST_CALL: Final = 10_000


class KnownAnswers:
    """Answers of models, to recognize them in requests; they are read when first needed."""

    def __init__(self, answers: Iterable[Completion | None]) -> None:
        self._answers = answers

    def has(self, message: Message) -> bool:
        """Whether a message has only text, tool calls and reasoning of the answers."""
        if message.role in {"user", "system", "developer", "tool"} or not message.parts:
            return False
        if not all(isinstance(part, (Text, ToolCall, Reasoning)) for part in message.parts):
            return False
        texts, calls = self._texts_and_calls
        own = {call_text(p, LONGEST_CALL) for p in message.parts if isinstance(p, ToolCall)}
        return (not message.text or message.text in texts) and own <= calls

    @cached_property
    def _texts_and_calls(self) -> tuple[set[str], set[str]]:
        choices = [choice for answer in self._answers if answer for choice in answer.choices]
        calls = {call_text(call, LONGEST_CALL) for each in choices for call in each.tool_calls}
        return {choice.text for choice in choices}, calls
