"""An answer under construction, which grows with each event of a stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmcassette.providers.completion import Choice, ErrorInfo, Usage
from llmcassette.providers.conversation import Media, ToolCall
from llmcassette.providers.jsonvalue import JSON, parse

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["AnswerDraft", "CallDraft", "ChoiceDraft", "parse_arguments"]


@dataclass(slots=True)
class CallDraft:
    """A tool call. Its arguments arrive as pieces of text, or at once as a value.

    Attributes:
        is_text: the arguments are free text (OpenAI's custom tools) even if they look like JSON.
        if_empty: the arguments where no text arrived; Anthropic sends none for no arguments.
    """

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    value: JSON = None
    is_text: bool = False
    if_empty: JSON = ""

    def add_arguments(self, arguments: JSON) -> None:
        """Add a piece of text, or set the value; ``None`` adds nothing."""
        if isinstance(arguments, str):
            self.pieces.append(arguments)
        elif arguments is not None:
            self.value = arguments

    def tool_call(self) -> ToolCall:
        raw = "".join(self.pieces)
        if raw:
            return ToolCall(self.id, self.name, raw if self.is_text else parse_arguments(raw), raw)
        return ToolCall(self.id, self.name, self.if_empty if self.value is None else self.value)


@dataclass(slots=True)
class ChoiceDraft:
    """A choice. The keys of ``calls`` are the format's, such as the index of a content block."""

    index: int = 0
    role: str = ""
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    calls: dict[Hashable, CallDraft] = field(default_factory=dict)
    finish_reason: str = ""
    media: list[Media] = field(default_factory=list)

    def call(self, key: Hashable) -> CallDraft:
        """The call with this key, created if it is new."""
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
class AnswerDraft:
    """What a format has read from the documents of a body.

    Attributes:
        finished: everything a caller reads has arrived, even without the terminal event; some
            servers that imitate another provider's format send none.
    """

    model: str = ""
    id: str = ""
    usage: Usage | None = None
    error: ErrorInfo | None = None
    finished: bool = False
    drafts: dict[int, ChoiceDraft] = field(default_factory=dict)

    def draft(self, index: int = 0) -> ChoiceDraft:
        """The choice with this index, created if it is new."""
        return self.drafts.setdefault(index, ChoiceDraft(index))

    def choices(self) -> tuple[Choice, ...]:
        return tuple(self.drafts[index].choice() for index in sorted(self.drafts))


def parse_arguments(raw: str) -> JSON:
    """The parsed arguments, or the text itself where it is not one complete JSON value."""
    value = parse(raw)
    return raw if value is None and raw.strip() != "null" else value
