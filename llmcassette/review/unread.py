"""What the body of a request or an answer holds beyond what a conversation shows."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, cast

from llmcassette.json.places import member
from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.difference.text import preview
from llmcassette.matching.rules import Rules
from llmcassette.providers import (
    Media,
    ProviderTool,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from llmcassette.review.diff.remaining import digest_of
from llmcassette.review.diff.requests import replace_ids
from llmcassette.review.diff.volatile import is_volatile_place
from llmcassette.review.values import joined_values, leaves, place_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.json.value import JsonValue
    from llmcassette.model import Request, Response
    from llmcassette.providers import Completion, Conversation, Part, Usage
    from llmcassette.review.parsed import Continuation
    from llmcassette.review.values import Keys

__all__ = ["unread_in_answer", "unread_in_request"]

TYPES: Final = frozenset(
    {
        "chat.completion", "chat.completion.chunk", "custom", "custom_tool_call", "function",
        "function_call", "function_call_output", "image_url", "input_json_delta", "input_text",
        "message", "output_text", "reasoning", "response", "signature_delta", "summary_text",
        "text", "text_delta", "thinking", "thinking_delta", "tool_result", "tool_use",
    }
)  # fmt: skip
"""Types of parts that are shown as what they are."""
USAGE: Final = frozenset({"usage", "usageMetadata", "billed_units", "tokens"})
LEAST_INSIDE: Final = 20
"""Characters of a text that counts as shown where it is part of a shown text."""
LONGEST: Final = 1_000


def unread_in_request(
    request: Request, asked: Conversation, same: Continuation | None
) -> Iterator[tuple[str, str]]:
    """Places and values in a request that aren't among its messages, tools and parameters.

    Args:
        request: as recorded.
        asked: the same, as it is read.
        same: what it repeats of an earlier request, which is left out.
    """
    value = Canonicalizer(Rules()).value(request)
    replace_ids(request, value)
    body = value.get("body")
    if not isinstance(body, list) or body[0] != "json":
        return
    left_out = set(asked.parameters) | {"model", "stream"}
    left_out |= {tool.path for tool in asked.tools}
    if same is not None:
        left_out |= same.exact
    shown = set(TYPES)
    for message in asked.messages:
        shown |= {message.role, *texts_of(message.parts)}
    shown |= {"system", "developer", *texts_of(asked.system)}
    for keys, leaf in leaves(body[1]):
        if not is_below(keys, left_out) and not is_shown(leaf, shown):
            yield place_text(keys), value_text(leaf)


def unread_in_answer(response: Response, answer: Completion) -> Iterator[tuple[str, str]]:
    """Places and values in an answer that aren't in its text, calls, files, and token counts."""
    shown = {answer.model, "assistant", "model", *TYPES}
    if answer.error:
        shown |= {answer.error.message, answer.error.type or answer.error.code}
    for choice in answer.choices:
        shown |= {choice.text, choice.reasoning, choice.refusal, choice.finish_reason}
        shown |= set(texts_of(choice.tool_calls)) | set(texts_of(choice.media))
    counts = shown_counts(answer.usage)
    listed: set[tuple[str, str]] = set()
    for keys, leaf in joined_values(response):
        if leaf in (None, False, 0, "", [], {}) or is_volatile_place(keys):
            continue
        if keys[-2:] == (leaf, "index"):
            continue
        if is_shown(leaf, shown) or (leaf in counts and not USAGE.isdisjoint(keys)):
            continue
        name = next((key for key in reversed(keys) if isinstance(key, str)), "")
        text = value_text(leaf)
        if (name, text) not in listed:  # several events of a stream repeat it
            listed.add((name, text))
            yield place_text(keys), text


def shown_counts(usage: Usage | None) -> Sequence[JsonValue]:
    if usage is None:
        return ()
    total = usage.input_tokens + usage.output_tokens
    parts = usage.cached_tokens, usage.cache_write_tokens, usage.reasoning_tokens
    return usage.input_tokens, usage.output_tokens, total, *parts


def texts_of(parts: Sequence[Part]) -> Iterator[str]:
    """The texts that are shown for parts of a conversation."""
    for part in parts:
        match part:
            case Text() | Reasoning() | Refusal():
                yield part.text
            case Media():
                yield from (part.url, part.media_type, part.name, part.digest)
            case ToolCall():
                yield from (part.id, part.name, part.raw)
                for _, leaf in leaves(cast("JsonValue", part.arguments)):
                    if isinstance(leaf, str):
                        yield leaf
            case ToolResult():
                yield from (part.name, *texts_of(part.content))
            case ProviderTool():
                yield from (part.id, part.name)
                for value in (part.arguments, part.result, dict(part.extra)):
                    for _, leaf in leaves(cast("JsonValue", value)):
                        if isinstance(leaf, str):
                            yield leaf
            case _:
                for _, leaf in leaves(cast("JsonValue", part.value)):
                    if isinstance(leaf, str):
                        yield leaf


def is_shown(leaf: JsonValue, shown: set[str]) -> bool:
    if not isinstance(leaf, str):
        return False
    if not leaf or leaf in shown:
        return True
    if len(leaf) < LEAST_INSIDE:
        return False
    return any(leaf in text for text in shown) or (digest_of(leaf) or leaf) in shown


def is_below(keys: Keys, paths: set[str]) -> bool:
    """Whether a place is one of the paths, or inside one."""
    path = ""
    for key in keys:
        path = f"{path}[{key}]" if isinstance(key, int) else member(path, key)
        if path in paths:
            return True
    return False


def value_text(value: JsonValue) -> str:
    """A value as JSON; a very long one by its beginning, size and hash."""
    if isinstance(value, str) and len(value) > LONGEST:
        digest = sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return f"{preview(value, LONGEST // 4)} sha256 {digest}…"
    return preview(value, LONGEST)
