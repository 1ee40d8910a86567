"""Four SDKs, unmodified, asked for a stream: what a caller sees of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

HI = [{"role": "user", "content": "Hi"}]


@dataclass(frozen=True)
class Seen:
    """What an application has in its hands at the end; ``refusal`` only where a field says so."""

    text: str = ""
    arguments: str = ""
    finish: str = ""
    refusal: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sdk:
    """How to ask one.

    ``stream`` gives what is ``Seen`` and the pieces that came, also where it raises: they are in
    the list that it is given.
    """

    name: str
    wire: str
    ask: Callable[[int, list], Seen]


@cache
def openai_client(retries):
    openai = pytest.importorskip("openai")
    return openai.OpenAI(api_key="none", max_retries=retries)


@cache
def groq_client(retries):
    groq = pytest.importorskip("groq")
    return groq.Groq(api_key="none", max_retries=retries)


@cache
def anthropic_client(retries):
    anthropic = pytest.importorskip("anthropic")
    return anthropic.Anthropic(api_key="none", max_retries=retries)


@cache
def genai_client(retries):
    genai = pytest.importorskip("google.genai")
    # It retries only when told to.
    options = {"retry_options": {"attempts": retries + 1, "initial_delay": 0.001}}
    return genai.Client(api_key="none", http_options=options if retries else None)


def ask_openai_chat(retries, pieces):
    stream = openai_client(retries).chat.completions.create(model="m", messages=HI, stream=True)
    return read_chat(stream, pieces)


def ask_groq(retries, pieces):
    stream = groq_client(retries).chat.completions.create(model="m", messages=HI, stream=True)
    return read_chat(stream, pieces)


def read_chat(stream, pieces):
    text = arguments = finish = refusal = ""
    for chunk in stream:
        pieces.append(chunk)
        for choice in chunk.choices:
            text += choice.delta.content or ""
            refusal += getattr(choice.delta, "refusal", None) or ""
            finish = choice.finish_reason or finish
            for call in choice.delta.tool_calls or []:
                arguments += call.function.arguments or ""
    return Seen(text, arguments, finish, refusal)


def ask_openai_responses(retries, pieces):
    text = arguments = finish = refusal = ""
    errors = ()
    for event in openai_client(retries).responses.create(model="m", input="Hi", stream=True):
        pieces.append(event)
        if event.type == "response.output_text.delta":
            text += event.delta
        elif event.type == "response.function_call_arguments.delta":
            arguments += event.delta
        elif event.type == "response.refusal.delta":
            refusal += event.delta
        elif event.type in ("response.completed", "response.incomplete"):
            details = event.response.incomplete_details
            finish = details.reason if details else event.response.status
        elif event.type == "error":
            errors += (type(event).__name__,)
    return Seen(text, arguments, finish, refusal, errors)


def ask_anthropic(retries, pieces):
    client = anthropic_client(retries)
    text = arguments = finish = ""
    for event in client.messages.create(model="m", max_tokens=9, messages=HI, stream=True):
        pieces.append(event)
        if event.type == "content_block_delta":
            text += getattr(event.delta, "text", "")
            arguments += getattr(event.delta, "partial_json", "")
        elif event.type == "message_delta":
            finish = event.delta.stop_reason
    return Seen(text, arguments, finish)


def ask_genai(retries, pieces):
    client = genai_client(retries)
    text = arguments = finish = ""
    for chunk in client.models.generate_content_stream(model="m", contents="Hi"):
        pieces.append(chunk)
        for candidate in chunk.candidates or []:
            for part in (candidate.content and candidate.content.parts) or []:
                text += part.text or ""
                if part.function_call:
                    arguments += json.dumps(part.function_call.args, separators=(",", ":"))
            finish = candidate.finish_reason.name if candidate.finish_reason else finish
    return Seen(text, arguments, finish)


SDKS = [
    Sdk("openai, chat", "openai_chat", ask_openai_chat),
    Sdk("openai, responses", "openai_responses", ask_openai_responses),
    Sdk("anthropic", "anthropic", ask_anthropic),
    Sdk("google-genai", "gemini", ask_genai),
    Sdk("groq", "groq", ask_groq),
]
