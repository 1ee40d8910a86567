"""The parts of messages and answers, in the order in which the wire format has them.

``path`` is the part's place in a request's body; it is empty in answers. ``extra`` has the members
for which a part has no field, such as ``cache_control``, ``annotations`` or ``thoughtSignature``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmcassette.providers.jsonvalue import JSON

__all__ = [
    "Media",
    "Other",
    "Part",
    "ProviderTool",
    "Reasoning",
    "Refusal",
    "Text",
    "ToolCall",
    "ToolResult",
]


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    text: str
    path: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A model's reasoning. ``text`` is empty where the provider sends it encrypted."""

    text: str
    path: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A model's explanation why it does not answer."""

    text: str
    path: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


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
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool that the client runs, in a request's history or in an answer.

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
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a tool that the client ran.

    Attributes:
        id: of the call.
        name: of the tool; empty if the format doesn't have it.
    """

    id: str
    content: tuple[Part, ...]
    name: str = ""
    is_error: bool = False
    path: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderTool:
    """A tool that the provider ran itself: web search, code interpreter, a remote MCP server ...

    Anthropic and Gemini have the call and its result as two parts, OpenAI has them as one.

    Attributes:
        name: such as ``web_search``.
        arguments: of the call, as JSON; ``None`` in a part that is only the result.
        result: as JSON; ``None`` where there is none.
        id: of the call; may be empty.
    """

    name: str
    arguments: Any = None
    result: Any = None
    id: str = ""
    path: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Other:
    """A part of an unknown kind, with its whole JSON value."""

    kind: str
    value: JSON
    path: str = ""


Part: TypeAlias = Text | Reasoning | Refusal | Media | ToolCall | ToolResult | ProviderTool | Other
