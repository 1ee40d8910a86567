"""A small agent: it streams answers from a chat API and calls a tool."""

import json
import os

import httpx

BASE_URL = os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8765/v1")
API_KEY = os.environ.get("OPENAI_API_KEY", "9f3b7c2e61d84a05b6")
MODEL = os.environ.get("OPENAI_MODEL", "demo-model")

SYSTEM_PROMPT = "You are a friendly assistant."

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def get_weather(city: str) -> str:
    return f"{city}: sunny, 21 degrees"


def ask(question: str) -> str:
    """Answer a question, with the tool if the model calls it."""
    messages = [
        {"role": "system", "content": SYSTEM_PROMPT},
        {"role": "user", "content": question},
    ]
    while True:
        text, calls = complete(messages)
        if not calls:
            return text
        messages.append({"role": "assistant", "content": text, "tool_calls": calls})
        for call in calls:
            result = get_weather(**json.loads(call["function"]["arguments"]))
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})


def complete(messages: list) -> tuple[str, list]:
    """Send the messages; return the text and the tool calls of the streamed answer."""
    text, calls = "", []
    with httpx.stream(
        "POST",
        f"{BASE_URL}/chat/completions",
        headers={"Authorization": f"Bearer {API_KEY}"},
        json={
            "model": MODEL,
            "messages": messages,
            "tools": [TOOL],
            "stream": True,
            "stream_options": {"include_usage": True},
        },
        timeout=60,
    ) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if not line.startswith("data: {"):
                continue
            for choice in json.loads(line.removeprefix("data: "))["choices"]:
                text += choice["delta"].get("content") or ""
                for piece in choice["delta"].get("tool_calls") or []:
                    if "id" in piece:
                        calls.append(piece)
                    else:
                        calls[-1]["function"]["arguments"] += piece["function"]["arguments"]
    for call in calls:
        del call["index"]
    return text, calls
