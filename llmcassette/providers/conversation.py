"""A request to a model, independent of the wire format.

Each part has its path in the request's body (``messages[3].content``), for messages about it.
Members of the body without a field here are in ``parameters`` and ``extra``; those inside a part
are left out, so two different bodies may give equal conversations.
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
    """A text."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A model's reasoning. ``text`` is empty where the provider sends it encrypted."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A model's explanation why it does not answer."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """An image, audio, a video or a file.

    Attributes:
        media_type: such as ``image/png``; empty if unknown.
        size: of the decoded bytes; ``None`` if they are not in the body.
        digest: the first 16 hexadecimal digits of the bytes' SHA-256; empty if they are not in the
            body.
        url: the URL, or the provider's id of an uploaded file; empty if the bytes are in the body.
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
        arguments: the parsed JSON, usually a dict; the text itself where it is not valid JSON, as
            in a cut stream.
        raw: the arguments' text; empty where the format has them as a JSON value.
        path: of the call in the body; empty in answers.
        arguments_path: of its arguments; empty in answers.
    """

    id: str
    name: str
    arguments: Any
    raw: str = ""
    path: str = ""
    arguments_path: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """A tool's result. ``id`` is that of the call; ``name`` the tool's, if the format has it."""

    id: str
    content: tuple[Part, ...]
    name: str = ""
    is_error: bool = False
    path: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """A part of another kind, with its JSON value."""

    kind: str
    value: JSON
    path: str = ""


Part: TypeAlias = Text | Reasoning | Refusal | Media | ToolCall | ToolResult | Other


@dataclass(frozen=True, slots=True)
class Message:
    """One message, or one item of a list of items.

    Attributes:
        role: as in the body (``user``, ``assistant``, ``model``, ``tool``, ``developer`` ...).
        extra: the message's other members, such as ``name``.
    """

    role: str
    parts: tuple[Part, ...]
    path: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text parts, joined by newlines."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the model may call. Built-in ones (web search ...) have no schema.

    Attributes:
        name: of the tool; of a built-in one its type.
        schema: JSON schema of the arguments.
        path: of the object with ``name`` and ``description``.
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
        provider: such as ``openai``, ``azure``, ``groq``.
        format: the wire format, such as ``openai_chat``.
        system: system and developer instructions before the first other message.
        parameters: all other members of the body, by path (``temperature``,
            ``generationConfig.topP``).
        stream: the request wants a streamed answer.
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
        """The last non-empty text of a user message; else empty."""
        texts = (message.text for message in reversed(self.messages) if message.role == "user")
        return next((text for text in texts if text), "")
