"""A model's answer, independent of the wire format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmcassette.providers.conversation import Media, ToolCall
    from llmcassette.providers.jsonvalue import JSON

__all__ = ["Choice", "Completion", "ErrorInfo", "Usage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Token counts, with the same meaning for every provider.

    Attributes:
        input_tokens: the whole prompt, including tokens read from or written to a cache.
        output_tokens: everything generated, including reasoning where the provider counts it so.
        cached_tokens: the part of ``input_tokens`` that was read from a cache.
        cache_write_tokens: the part of ``input_tokens`` that was written to a cache.
        reasoning_tokens: the part of ``output_tokens`` that is reasoning; 0 if not stated.
        total: as the provider states it; else the sum of input and output.
        raw: the provider's own object.
    """

    input_tokens: int
    output_tokens: int
    total: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    raw: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInfo:
    """A provider's error.

    Attributes:
        type: the provider's name for it, such as ``rate_limit_error``; may be empty.
        code: a more specific name or number, as text; may be empty.
        status: HTTP status of the answer; ``None`` for an error inside a stream.
    """

    message: str
    type: str = ""
    code: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the requested alternatives.

    Attributes:
        finish_reason: in the provider's words; empty where the answer is cut.
    """

    index: int = 0
    role: str = ""
    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""
    finish_reason: str = ""
    media: tuple[Media, ...] = ()


NO_CHOICE = Choice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A complete answer, or all chunks of a streamed one joined.

    ``role``, ``text``, ``reasoning``, ``tool_calls``, ``refusal``, ``finish_reason`` and ``media``
    are those of the first choice, and empty where there is no choice.

    Attributes:
        provider: such as ``openai``, ``azure``, ``groq``.
        format: the wire format, such as ``openai_chat``.
        model: from the answer; else from the request.
        id: the provider's id of the answer; may be empty.
        usage: token counts; ``None`` where the answer states none.
        error: the provider's error, also one inside a stream; else ``None``.
        complete: the answer is not cut; a stream had its terminal event.
    """

    provider: str
    format: str
    model: str
    id: str = ""
    choices: tuple[Choice, ...] = ()
    usage: Usage | None = None
    error: ErrorInfo | None = None
    complete: bool = True

    @property
    def first(self) -> Choice:
        return self.choices[0] if self.choices else NO_CHOICE

    @property
    def role(self) -> str:
        return self.first.role

    @property
    def text(self) -> str:
        return self.first.text

    @property
    def reasoning(self) -> str:
        return self.first.reasoning

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        return self.first.tool_calls

    @property
    def refusal(self) -> str:
        return self.first.refusal

    @property
    def finish_reason(self) -> str:
        return self.first.finish_reason

    @property
    def media(self) -> tuple[Media, ...]:
        return self.first.media
