"""Recognizes answers that later requests repeat."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

from llmcassette.json.canonical_text import canonical_text
from llmcassette.json.places import at
from llmcassette.providers import Reasoning, Text, ToolCall, completion
from llmcassette.providers.jsonvalue import parse
from llmcassette.review.values import every_value, leaves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.json.value import JsonValue
    from llmcassette.model import Interaction, Request
    from llmcassette.providers import Conversation, Message
    from llmcassette.providers.jsonvalue import JSON

__all__ = ["Answer", "KnownAnswers", "value_at"]

OTHER_ROLES: Final = frozenset({"user", "system", "developer", "tool"})
TYPES: Final = frozenset(
    {"custom_tool_call", "function", "function_call", "message", "output_text", "reasoning",
     "summary_text", "text", "thinking", "tool_use"}
)  # fmt: skip
"""Types of parts that a client may name though the answer doesn't."""
ROLES: Final = frozenset({"assistant", "model"})
KEY: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def value_at(body: JSON, path: str) -> JsonValue:
    """What is at a path such as ``messages[3]``; ``None`` if there is nothing."""
    keys = tuple(int(number) if number else name for name, number in KEY.findall(path))
    return at(cast("JsonValue", body), keys)


class KnownAnswers:
    """Answers of models, to recognize them in requests; they are read when first needed."""

    def __init__(self, interactions: Iterable[Interaction]) -> None:
        self._interactions = interactions

    def repeated(self, request: Request, asked: Conversation) -> dict[str, Answer]:
        """The answers that messages of a request repeat, by the path of the message."""
        body = parse(request.body)
        found = ((each.path, self.find(each, value_at(body, each.path))) for each in asked.messages)
        return {path: answer for path, answer in found if answer is not None}

    def find(self, message: Message, value: JsonValue) -> Answer | None:
        """The first answer that has everything that a message has.

        Args:
            message: as it is read.
            value: the same as JSON.
        """
        if message.role in OTHER_ROLES or not message.parts:
            return None
        if not all(isinstance(part, Text | ToolCall | Reasoning) for part in message.parts):
            return None
        calls = {call_key(part) for part in message.parts if isinstance(part, ToolCall)}
        found = [leaf for keys, leaf in leaves(value) if not is_structure(keys, leaf)]
        return next(
            (each for each in self._answers if calls <= each.calls and all(map(each.has, found))),
            None,
        )

    @cached_property
    def _answers(self) -> list[Answer]:
        return [answer for each in self._interactions if (answer := Answer.of(each))]


def is_structure(keys: tuple[str | int, ...], leaf: JsonValue) -> bool:
    if leaf in (None, "", [], {}):
        return True
    return bool(keys) and (
        (keys[-1] == "role" and leaf in ROLES) or (keys[-1] == "type" and leaf in TYPES)
    )


class Answer:
    """The values of one answer, and its tool calls.

    Attributes:
        calls: keys of the tool calls, equal for equal names and arguments.
        values: keys of all scalars.
    """

    def __init__(self, values: Iterable[JsonValue], calls: Iterable[ToolCall]) -> None:
        self.calls: set[bytes] = set()
        self.values: set[object] = {key_of(value) for value in values}
        for call in calls:
            self.calls.add(call_key(call))
            arguments = cast("JsonValue", call.arguments)
            self.values |= {key_of(leaf) for _, leaf in leaves(arguments)}
            self.values |= {(call.raw,), (call.name,), (call.id,), canonical_text(arguments)}

    def has(self, value: JsonValue) -> bool:
        """Whether a scalar is in the answer; a JSON text may be spelled differently."""
        if key_of(value) in self.values:
            return True
        if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
            return False
        return canonical_text(cast("JsonValue", parse(value))) in self.values

    @classmethod
    def of(cls, interaction: Interaction) -> Answer | None:
        """The answer of a model; ``None`` if it isn't one."""
        answer = completion(interaction)
        if answer is None:
            return None
        values: list[JsonValue] = []
        for found in every_value(interaction.response):
            values += found
            if all(isinstance(value, str) for value in found):
                values.append("".join(map(str, found)))
        for choice in answer.choices:
            values += [choice.text, choice.reasoning, choice.refusal]
        return cls(values, (call for each in answer.choices for call in each.tool_calls))


def key_of(value: JsonValue) -> object:
    """Equal for equal scalars only: ``true`` is not 1."""
    return repr(value) if isinstance(value, bool | list | dict) else (value,)


def call_key(call: ToolCall) -> bytes:
    return canonical_text([call.name, cast("JsonValue", call.arguments)])
