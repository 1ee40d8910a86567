"""An answer under construction, which grows with each event of a stream."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from llmcassette.providers.completion import Choice, ErrorInfo, Usage
from llmcassette.providers.jsonvalue import JSON, arr, parse
from llmcassette.providers.parts import Part, ProviderTool, Reasoning, Refusal, Text, ToolCall

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

__all__ = ["AnswerDraft", "CallDraft", "ChoiceDraft", "Written", "parse_arguments"]

Written: TypeAlias = "type[Text | Reasoning | Refusal]"
"""The parts that are text and may arrive in pieces."""


@dataclass(slots=True)
class TextDraft:
    """A text, reasoning or refusal that arrives in pieces."""

    part: Written
    pieces: list[str] = field(default_factory=list)
    extra: dict[str, JSON] = field(default_factory=dict)

    def finished(self) -> Part:
        return self.part("".join(self.pieces), extra=self.extra)


@dataclass(slots=True)
class CallDraft:
    """A tool call. Its arguments arrive as pieces of text, or at once as a value.

    Attributes:
        is_text: the arguments are free text (OpenAI's custom tools) even if they look like JSON.
        if_empty: the arguments where no text arrived; Anthropic sends none for no arguments.
        of_provider: the provider runs it.
    """

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    value: JSON = None
    is_text: bool = False
    if_empty: JSON = ""
    of_provider: bool = False
    extra: dict[str, JSON] = field(default_factory=dict)

    def add_arguments(self, arguments: JSON) -> None:
        """Add a piece of text, or set the value; ``None`` adds nothing."""
        if isinstance(arguments, str):
            self.pieces.append(arguments)
        elif arguments is not None:
            self.value = arguments

    def finished(self) -> ToolCall | ProviderTool:
        raw = "".join(self.pieces)
        if raw:
            arguments = raw if self.is_text else parse_arguments(raw)
        else:
            arguments = self.if_empty if self.value is None else self.value
        if self.of_provider:
            return ProviderTool(self.name, arguments, id=self.id, extra=self.extra)
        return ToolCall(self.id, self.name, arguments, raw, extra=self.extra)


@dataclass(slots=True)
class ChoiceDraft:
    """A choice.

    Attributes:
        parts: in the order in which they began. The keys are the format's, such as the index of a
            content block, so that a later piece finds its part.
    """

    index: int = 0
    role: str = ""
    parts: dict[Hashable, TextDraft | CallDraft | Part] = field(default_factory=dict)
    finish_reason: str = ""
    extra: dict[str, JSON] = field(default_factory=dict)

    def write(
        self,
        part: Written,
        piece: str,
        key: Hashable = None,
        extra: Mapping[str, JSON] | None = None,
    ) -> None:
        """Add a piece of text. One that is empty and has nothing in ``extra`` adds no part.

        Args:
            part: what the text is.
            piece: of the text.
            key: of the part that it belongs to, which is created if it is new. ``None`` is the last
                part if that is of the same kind, else a new one.
            extra: members beside the text. Arrays, such as citations, grow.
        """
        if not piece and not extra:
            return
        if key is None:
            key = next(reversed(self.parts), None)
            draft = self.parts.get(key)
            if not isinstance(draft, TextDraft) or draft.part is not part:
                key = object()
        draft = self.parts.setdefault(key, TextDraft(part))
        if isinstance(draft, TextDraft):
            draft.pieces.append(piece)
            for name, value in (extra or {}).items():
                draft.extra[name] = arr(draft.extra.get(name)) + arr(value) or value

    def add(self, part: Part, key: Hashable = None) -> None:
        """Add a whole part. Pieces of its text or of its arguments may follow by its key."""
        key = object() if key is None else key
        match part:
            case Text() | Reasoning() | Refusal():
                self.parts[key] = TextDraft(type(part), [part.text], dict(part.extra))
            case ToolCall():
                self.parts[key] = CallDraft(
                    part.id,
                    part.name,
                    [part.raw] if part.raw else [],
                    part.arguments,
                    is_text=part.arguments == part.raw,
                    if_empty=part.arguments,
                    extra=dict(part.extra),
                )
            case ProviderTool() if part.result is None:
                self.parts[key] = CallDraft(
                    part.id,
                    part.name,
                    value=part.arguments,
                    of_provider=True,
                    extra=dict(part.extra),
                )
            case _:
                self.parts[key] = replace(part, path="")

    def call(self, key: Hashable) -> CallDraft:
        """The call with this key, created if it is new."""
        draft = self.parts.get(key)
        if not isinstance(draft, CallDraft):
            self.parts[key] = draft = CallDraft()
        return draft

    def choice(self) -> Choice:
        return Choice(
            index=self.index,
            role=self.role,
            parts=tuple(
                part.finished() if isinstance(part, (TextDraft, CallDraft)) else part
                for part in self.parts.values()
            ),
            finish_reason=self.finish_reason,
            extra=self.extra,
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
