"""A small streaming agent with a tool, written with the openai SDK."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from openai import OpenAI

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "moonshotai/kimi-k2-0905"
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "strict": False,
        "description": "Get weather information for a location",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string", "description": "the city"}},
            "required": ["location"],
        },
    },
}


def weather(location: str) -> str:
    return "40 C"


def ask(question: str, on_text: Callable[[str], None], on_tool: Callable[[str, dict], None]) -> str:
    """Answer a question; calls back for each piece of text and each tool call."""
    client = OpenAI(base_url="https://openrouter.ai/api/v1")
    messages: list[dict] = [
        {"role": "system", "content": "You are a helpful assistant"},
        {"role": "user", "content": question},
    ]
    while True:
        stream = client.chat.completions.create(
            model=MODEL,
            max_tokens=4000,
            messages=messages,
            tools=[WEATHER],
            tool_choice="auto",
            stream=True,
            stream_options={"include_usage": True},
            extra_body={"usage": {"include": True}},
        )
        text, calls = "", {}
        for chunk in stream:
            for choice in chunk.choices:
                if choice.delta.content:
                    text += choice.delta.content
                    on_text(choice.delta.content)
                for part in choice.delta.tool_calls or ():
                    call = calls.setdefault(part.index, {"id": "", "name": "", "arguments": ""})
                    call["id"] = part.id or call["id"]
                    call["name"] = part.function.name or call["name"]
                    call["arguments"] += part.function.arguments or ""
        if not calls:
            return text
        messages.append(
            {
                "role": "assistant",
                "content": text,
                "tool_calls": [
                    {
                        "id": call["id"],
                        "type": "function",
                        "function": {"name": call["name"], "arguments": call["arguments"]},
                    }
                    for call in calls.values()
                ],
            }
        )
        for call in calls.values():
            arguments = json.loads(call["arguments"])
            on_tool(call["name"], arguments)
            result = weather(**arguments)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
