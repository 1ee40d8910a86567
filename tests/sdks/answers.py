"""What an answer says, read twice: from the recorded bytes, and from what an SDK made of them.

Nothing of llmcassette reads the bytes here. The chat completions of OpenAI, Groq and Mistral have
one shape, and are here; the others stand in the tests of their SDKs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette import Response


@dataclass(frozen=True)
class Answer:
    """``calls``: id, name and arguments of each tool call; ``usage``: tokens in and out."""

    text: str
    calls: list[tuple[str | None, str, Any]]
    usage: tuple[int | None, int | None]


def data_lines(response: Response) -> list[Any]:
    """The JSON of an SSE body's ``data:`` lines, ``[DONE]`` left out."""
    lines = response.body.decode().splitlines()
    data = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
    return [json.loads(line) for line in data if line != "[DONE]"]


def recorded_chat(response: Response) -> Answer:
    """A recorded chat completion, whole or streamed."""
    if b"data:" not in response.body:
        answer = json.loads(response.body)
        message = answer["choices"][0]["message"]
        calls = dict(enumerate(message.get("tool_calls") or []))
        return _answer(message.get("content") or "", calls, answer["usage"])
    text, usage, calls = "", {}, {}
    for event in data_lines(response):
        usage = event.get("usage") or usage
        for choice in event["choices"]:
            text += choice["delta"].get("content") or ""
            for piece in choice["delta"].get("tool_calls") or []:
                call = calls.setdefault(
                    piece["index"], {"id": None, "function": {"name": "", "arguments": ""}}
                )
                call["id"] = piece.get("id") or call["id"]
                for field in ("name", "arguments"):
                    call["function"][field] += piece["function"].get(field) or ""
    return _answer(text, calls, usage)


def _answer(text: str, calls: dict[int, Any], usage: dict[str, int]) -> Answer:
    return Answer(
        text,
        [
            (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"]))
            for _, call in sorted(calls.items())
        ],
        (usage.get("prompt_tokens"), usage.get("completion_tokens")),
    )


def given_chat(completion: Any) -> Answer:
    """The completion object of openai, groq or mistralai."""
    message = completion.choices[0].message
    return Answer(
        message.content or "",
        [
            (call.id, call.function.name, json.loads(call.function.arguments))
            for call in message.tool_calls or []
        ],
        (completion.usage.prompt_tokens, completion.usage.completion_tokens),
    )


def given_chat_stream(chunks: Iterable[Any]) -> Answer:
    """The chunk objects of openai, groq or mistralai, put together as an application would."""
    text, usage = "", (None, None)
    ids: dict[int, str] = {}
    names: dict[int, str] = {}
    arguments: dict[int, str] = {}
    for chunk in chunks:
        if chunk.usage:
            usage = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        for choice in chunk.choices:
            text += choice.delta.content or ""
            for call in choice.delta.tool_calls or []:
                ids.setdefault(call.index, call.id)
                names[call.index] = names.get(call.index, "") + (call.function.name or "")
                arguments[call.index] = arguments.get(call.index, "") + (
                    call.function.arguments or ""
                )
    return Answer(text, [(ids[n], names[n], json.loads(arguments[n])) for n in sorted(ids)], usage)
