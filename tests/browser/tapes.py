"""Cassettes for the pages under test, and for the pictures in the docs."""

from __future__ import annotations

import base64
import json
import random
import struct
import zlib
from typing import TYPE_CHECKING

from llmcassette import Cassette, Chunk, Headers, Interaction, Request, Response, dump

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

URL = "https://openrouter.ai/api/v1/chat/completions"
MODEL = "moonshotai/kimi-k2-0905"
JSON_TYPE = Headers({"Content-Type": "application/json"})
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": text,
            "parameters": {
                "type": "object",
                "properties": {key: {"type": "string"} for key in keys},
                "required": list(keys),
            },
        },
    }
    for name, text, keys in (
        ("weather", "Look up the weather in a city on a day.", ("city", "day")),
        ("trains", "Find trains between two cities.", ("start", "end", "day")),
    )
]
SYSTEM = {"role": "system", "content": "You plan short trips. Look facts up before you answer."}


def png(width: int, height: int) -> bytes:
    """A sunset over hills."""

    def pixel(x: int, y: int) -> tuple[int, int, int]:
        hill = height * 0.62 + 9 * ((x / width * 7) % 2 - 1) ** 2 + 12 * (x / width - 0.4) ** 2
        if y > hill:
            return 38 + y // 6, 52 + y // 5, 58
        if (x - width * 0.68) ** 2 + (y - height * 0.45) ** 2 < (height * 0.13) ** 2:
            return 255, 222, 150
        share = y / height
        return int(90 + 160 * share), int(90 + 70 * share), int(150 - 60 * share)

    rows = b"".join(
        b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height)
    )

    def piece(name: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = piece(b"IHDR", head), piece(b"IDAT", zlib.compress(rows, 9)), piece(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


PHOTO = base64.b64encode(png(240, 150)).decode()


def request(messages: Sequence[object], **more: object) -> Request:
    body = {"model": MODEL, "messages": messages, "tools": TOOLS, "stream": True} | more
    text = json.dumps(body, ensure_ascii=False)
    return Request(method="POST", url=URL, headers=JSON_TYPE, body=text.encode())


def event(delta: object, finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    document = {"id": "gen-1", "object": "chat.completion.chunk", "model": MODEL} | more
    document["choices"] = [choice]
    text = json.dumps(document, ensure_ascii=False)
    return f"data: {text}\n\n".encode("utf-8", "backslashreplace")


def streamed(pieces: Iterable[tuple[bytes, float]], duration: float) -> Response:
    """An answer from events and the gaps before them, in seconds."""
    pieces = list(pieces)
    return Response(
        code=200,
        status="200 OK",
        headers=Headers({"Content-Type": "text/event-stream", "X-Request-Id": "req_1"}),
        body=b"".join(piece for piece, _ in pieces),
        duration=duration,
        chunks=tuple(Chunk(len(piece), gap) for piece, gap in pieces),
    )


def words(text: str) -> list[str]:
    first, *rest = text.split(" ")
    return [first, *(f" {word}" for word in rest)]


def gaps(seed: int) -> Iterable[float]:
    """Pauses as a provider has them: short, with a stall now and then."""
    source = random.Random(seed)
    while True:
        yield round(source.expovariate(1 / 0.024) + (0.42 if source.random() < 0.03 else 0), 4)


def answer(
    *, reasoning: str = "", text: str = "", calls: Sequence[tuple[str, str]] = (), seed: int = 1
) -> Response:
    """A streamed answer, word by word."""
    events = [event({"role": "assistant", "content": ""})]
    events += [event({"reasoning_content": word}) for word in words(reasoning) if word]
    events += [event({"content": word}) for word in words(text) if word]
    for index, (name, arguments) in enumerate(calls):
        call = {"index": index, "id": f"call_{index}", "type": "function"}
        events.append(event({"tool_calls": [call | {"function": {"name": name, "arguments": ""}}]}))
        for start in range(0, len(arguments), 6):
            piece = {"index": index, "function": {"arguments": arguments[start : start + 6]}}
            events.append(event({"tool_calls": [piece]}))
    usage = {"prompt_tokens": 412 + 90 * seed, "completion_tokens": len(events)}
    usage["total_tokens"] = sum(usage.values())
    events.append(event({}, "tool_calls" if calls else "stop", usage=usage))
    events.append(b"data: [DONE]\n\n")
    return streamed(zip(events, gaps(seed), strict=False), 0.38)


QUESTION = {
    "role": "user",
    "content": [
        {"type": "text", "text": "Where was this taken? Can I be there by train on Saturday?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PHOTO}"}},
    ],
}
CALLS = (
    ("weather", '{"city": "Siena", "day": "Saturday"}'),
    ("trains", '{"start": "Florence", "end": "Siena", "day": "Saturday"}'),
)
ASKED = {
    "role": "assistant",
    "content": "That looks like the hills south of Siena. Let me check trains and weather.",
    "tool_calls": [
        {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": text}}
        for n, (name, text) in enumerate(CALLS)
    ],
}
RESULTS = [
    {"role": "tool", "tool_call_id": "call_0", "content": "Sunny, 24 °C, light wind."},
    {
        "role": "tool",
        "tool_call_id": "call_1",
        "content": '{"trains": [{"leaves": "09:10", "arrives": "10:41"}, '
        '{"leaves": "10:10", "arrives": "11:38"}]}',
    },
]
FINAL = (
    "Yes. Take the **09:10 from Florence**: you are in Siena at 10:41, and a bus to the hills "
    "leaves at 11:05.\n\nSaturday is sunny with 24 °C. To have it in your calendar:\n\n"
    "```ics\nBEGIN:VEVENT\nSUMMARY:Siena\nDTSTART:20260606T091000\nEND:VEVENT\n```"
)

BRIEF_SYSTEM = {
    "role": "system",
    "content": "You plan short trips by train. Look facts up before you answer.",
}
BRIEF_FINAL = (
    "Yes. Take the **10:10 from Florence**: you are in Siena at 11:38.\n\nSaturday is sunny."
)


def trip(system: object = SYSTEM, final: str = FINAL) -> Cassette:
    """An agent that looks at a photo, calls two tools, is told to wait once, and answers."""
    first = [system, QUESTION]
    second = [*first, ASKED, *RESULTS]
    busy = Response(
        code=429,
        status="429 Too Many Requests",
        headers=Headers({"Content-Type": "application/json", "Retry-After": "1"}),
        body=b'{"error": {"code": 429, "message": "Rate limit reached, try again in 1 s"}}',
        duration=0.112,
    )
    thought = (
        "Cypress hills, low sun, so this may be the Crete Senesi. "
        "I should look up trains from Florence and the weather."
    )
    said = str(ASKED["content"])
    return Cassette(
        interactions=(
            Interaction(
                0, request(first), answer(reasoning=thought, text=said, calls=CALLS, seed=3)
            ),
            Interaction(1, request(second), busy),
            Interaction(2, request(second), answer(text=final, seed=5)),
        )
    )


def save(cassette: Cassette, path: Path) -> Path:
    dump(cassette, path)
    return path
