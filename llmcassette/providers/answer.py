"""An answer while it is put together, piece by piece as the stream brings it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmcassette.providers.completion import Choice, ErrorInfo, Usage
from llmcassette.providers.conversation import Media, ToolCall
from llmcassette.providers.jsonvalue import JSON, parse

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["Answer", "CallDraft", "ChoiceDraft", "arguments_of"]


@dataclass(slots=True)
class CallDraft:
    """A tool call: its arguments come as text in pieces, or at once as a value.

    Attributes:
        is_text: the arguments are free text (OpenAI's custom tools), which may look like JSON.
        if_empty: what no text at all means; Anthropic sends none for no arguments.
    """

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    value: JSON = None
    is_text: bool = False
    if_empty: JSON = ""

    def tool_call(self) -> ToolCall:
        raw = "".join(self.pieces)
        if raw:
            return ToolCall(self.id, self.name, raw if self.is_text else arguments_of(raw), raw)
        return ToolCall(self.id, self.name, self.if_empty if self.value is None else self.value)


@dataclass(slots=True)
class ChoiceDraft:
    """One choice. ``calls`` are keyed by whatever tells a call from the next on this wire."""

    index: int = 0
    role: str = ""
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    calls: dict[Hashable, CallDraft] = field(default_factory=dict)
    finish_reason: str = ""
    media: list[Media] = field(default_factory=list)

    def call(self, key: Hashable) -> CallDraft:
        """The call of that key, begun if it is new."""
        return self.calls.setdefault(key, CallDraft())

    def choice(self) -> Choice:
        return Choice(
            index=self.index,
            role=self.role,
            text="".join(self.text),
            reasoning="".join(self.reasoning),
            tool_calls=tuple(call.tool_call() for call in self.calls.values()),
            refusal="".join(self.refusal),
            finish_reason=self.finish_reason,
            media=tuple(self.media),
        )


@dataclass(slots=True)
class Answer:
    """What a format read from the documents of a body.

    Attributes:
        finished: all that a caller reads is there, even if the stream's terminal event is not:
            some servers that speak another's format send none.
    """

    model: str = ""
    id: str = ""
    usage: Usage | None = None
    error: ErrorInfo | None = None
    finished: bool = False
    drafts: dict[int, ChoiceDraft] = field(default_factory=dict)

    def draft(self, index: int = 0) -> ChoiceDraft:
        """The choice of that index, begun if it is new."""
        return self.drafts.setdefault(index, ChoiceDraft(index))

    def choices(self) -> tuple[Choice, ...]:
        return tuple(self.drafts[index].choice() for index in sorted(self.drafts))


def arguments_of(raw: str) -> JSON:
    """The parsed arguments; the text itself where it is no whole JSON value."""
    value = parse(raw)
    return raw if value is None and raw.strip() != "null" else value
