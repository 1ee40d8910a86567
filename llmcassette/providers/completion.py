"""A model's answer, independent of the wire format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmcassette.providers.parts import Media, ProviderTool, Reasoning, Refusal, Text, ToolCall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmcassette.providers.jsonvalue import JSON
    from llmcassette.providers.parts import Part

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
        cost: US dollars, where the provider states them (OpenRouter, xAI); else ``None``.
        raw: the provider's own object.
    """

    input_tokens: int
    output_tokens: int
    total: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost: float | None = None
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
        parts: texts, reasoning, tool calls and all else, in the order of the wire format.
        finish_reason: in the provider's words; empty where the answer is cut.
        extra: members of the choice without a field here, such as ``logprobs``.
    """

    index: int = 0
    role: str = ""
    parts: tuple[Part, ...] = ()
    finish_reason: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def reasoning(self) -> str:
        """The reasoning parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Reasoning))

    @property
    def refusal(self) -> str:
        """The refusal parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Refusal))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls that the client must run."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    @property
    def provider_tools(self) -> tuple[ProviderTool, ...]:
        """The calls that the provider ran itself, and their results."""
        return tuple(part for part in self.parts if isinstance(part, ProviderTool))

    @property
    def media(self) -> tuple[Media, ...]:
        """The images, audio and files."""
        return tuple(part for part in self.parts if isinstance(part, Media))


NO_CHOICE = Choice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A complete answer, or all chunks of a streamed one joined.

    ``role``, ``parts``, ``text``, ``reasoning``, ``tool_calls``, ``provider_tools``, ``refusal``,
    ``finish_reason`` and ``media`` are those of the first choice, and empty where there is none.

    Attributes:
        provider: such as ``openai``, ``azure``, ``groq``.
        format: the wire format, such as ``openai_chat``.
        model: from the answer; else from the request.
        id: the provider's id of the answer; may be empty.
        usage: token counts; ``None`` where the answer states none.
        error: the provider's error, also one inside a stream; else ``None``.
        complete: the answer is not cut; a stream had its terminal event.
        retrieved: it was fetched by its id, as polls of a background answer do. Its tokens are
            those of the request that started it, and count once.
    """

    provider: str
    format: str
    model: str
    id: str = ""
    choices: tuple[Choice, ...] = ()
    usage: Usage | None = None
    error: ErrorInfo | None = None
    complete: bool = True
    retrieved: bool = False

    @property
    def first(self) -> Choice:
        return self.choices[0] if self.choices else NO_CHOICE

    @property
    def role(self) -> str:
        return self.first.role

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.first.parts

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
    def provider_tools(self) -> tuple[ProviderTool, ...]:
        return self.first.provider_tools

    @property
    def refusal(self) -> str:
        return self.first.refusal

    @property
    def finish_reason(self) -> str:
        return self.first.finish_reason

    @property
    def media(self) -> tuple[Media, ...]:
        return self.first.media
