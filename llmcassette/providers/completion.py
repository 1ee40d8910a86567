"""What a model answered, whatever the wire format."""

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
    """Tokens, counted alike for every provider.

    Attributes:
        input_tokens: all of the prompt, what a cache gave or took included.
        output_tokens: all that was generated, reasoning included where the provider counts it so.
        cached_tokens: those of the input that came from a cache.
        cache_write_tokens: those of the input that were written to one.
        reasoning_tokens: those of the output that were reasoning, where the provider says so.
        total: as the provider says; else the sum of input and output.
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
    """What the provider says went wrong.

    Attributes:
        type: the provider's name for it, such as ``rate_limit_error``; empty where it gives none.
        code: a finer name or number, as text; empty where there is none.
        status: of the HTTP answer; ``None`` for an error inside a stream.
    """

    message: str
    type: str = ""
    code: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the answers asked for; ``finish_reason`` is the provider's word, empty if cut."""

    index: int = 0
    role: str = ""
    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""
    finish_reason: str = ""
    media: tuple[Media, ...] = ()


NOTHING = Choice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An answer, put together from its stream if it was one.

    ``role``, ``text``, ``reasoning``, ``tool_calls``, ``refusal``, ``finish_reason`` and ``media``
    are the first choice's, and empty where there is none.

    Attributes:
        provider: whom it came from, such as ``openai``, ``azure``, ``groq``.
        format: the wire format, such as ``openai_chat``.
        model: as the answer names it; else as the request does.
        id: the provider's, empty where it gives none.
        error: set where the provider answered with an error, whole or in the stream.
        complete: the whole of it is there; a stream had its terminal event.
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
        return self.choices[0] if self.choices else NOTHING

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
