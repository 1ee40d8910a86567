"""What a request asks a model, whatever the wire format.

Every piece carries its path in the request body (``messages[3].content``), so that a comparison
can name it. What the classes here have no field for is in ``parameters`` and ``extra``, or, inside
one part, only in the body itself: two different bodies may read as equal conversations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmcassette.providers.jsonvalue import JSON

__all__ = [
    "Conversation",
    "Media",
    "Message",
    "Other",
    "Part",
    "Reasoning",
    "Refusal",
    "Text",
    "Tool",
    "ToolCall",
    "ToolResult",
]


@dataclass(frozen=True, slots=True)
class Text:
    """What somebody said."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What a model thought before. ``text`` is empty where the provider sends it encrypted."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a model would not answer."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """An image, a sound, a film or a file.

    Attributes:
        media_type: such as ``image/png``; empty where the body does not say.
        size: bytes, decoded; ``None`` where it is only referred to.
        digest: the first 16 hexadecimal digits of the bytes' SHA-256; empty where there are none.
        url: where it is, or the provider's id of an uploaded file; empty where it is in the body.
    """

    kind: Literal["image", "audio", "video", "file"]
    media_type: str = ""
    size: int | None = None
    digest: str = ""
    url: str = ""
    name: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's call of a tool, in a request's history or in an answer.

    Attributes:
        id: empty where the provider gives none (Gemini, Ollama).
        arguments: the parsed JSON, as a rule a dict; the text itself where that is no JSON, as in
            a cut stream.
        raw: the arguments' text as it came; empty where the wire carries them as a value.
        path: of the call; ``arguments_path`` of its arguments. Empty in answers.
    """

    id: str
    name: str
    arguments: Any
    raw: str = ""
    path: str = ""
    arguments_path: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool returned. ``id`` is the call's; ``name`` the tool's, where the wire says it."""

    id: str
    content: tuple[Part, ...]
    name: str = ""
    is_error: bool = False
    path: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """A part of a kind that has no class here, as it stands in the body."""

    kind: str
    value: JSON
    path: str = ""


Part: TypeAlias = Text | Reasoning | Refusal | Media | ToolCall | ToolResult | Other


@dataclass(frozen=True, slots=True)
class Message:
    """One message, or one item of a list of items.

    Attributes:
        role: as the wire says it (``user``, ``assistant``, ``model``, ``tool``, ``developer`` ...).
        extra: the message's other members, such as ``name``.
    """

    role: str
    parts: tuple[Part, ...]
    path: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Its text parts, joined by line ends."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the model may call; a provider's own (web search ...) by its type, without schema.

    Attributes:
        schema: JSON schema of the arguments.
        path: of the object that holds ``name`` and ``description``.
        schema_path: of the schema.
        extra: other members, such as ``strict``.
    """

    name: str
    description: str = ""
    schema: JSON = None
    path: str = ""
    schema_path: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A request to a model.

    Attributes:
        provider: whom it was sent to, such as ``openai``, ``azure``, ``groq``.
        format: the wire format, such as ``openai_chat``.
        system: system and developer instructions that come before the conversation.
        parameters: everything else in the body, by path (``temperature``,
            ``generationConfig.topP``).
        stream: a streamed answer is asked for.
    """

    provider: str
    format: str
    model: str
    messages: tuple[Message, ...]
    system: tuple[Part, ...] = ()
    tools: tuple[Tool, ...] = ()
    parameters: Mapping[str, JSON] = field(default_factory=dict)
    stream: bool = False

    @property
    def last_user_text(self) -> str:
        """The text of the last user message that has any."""
        texts = (message.text for message in reversed(self.messages) if message.role == "user")
        return next((text for text in texts if text), "")
