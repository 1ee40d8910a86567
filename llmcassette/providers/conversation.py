"""A request to a model, independent of the wire format.

Each part has its path in the request's body (``messages[3].content``), for messages about it.
Members of the body without a field here are in ``parameters`` and in ``extra``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmcassette.providers.parts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmcassette.providers.jsonvalue import JSON
    from llmcassette.providers.parts import Part

__all__ = ["Conversation", "Message", "Tool"]


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
