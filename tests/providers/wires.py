"""Builds requests and answers for the tests of this folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from llmcassette.model import Headers, Request, Response
from llmcassette.streams import encode_message
from tests.corpus import CORPUS, SAMPLE_FILES, corpus_files, corpus_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SSE = "text/event-stream; charset=utf-8"
JSON = "application/json"
NDJSON = "application/x-ndjson"
FRAMES = "application/vnd.amazon.eventstream"


def post(url: str, body: Any = None, **headers: str) -> Request:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return Request(method="POST", url=url, headers=sent, body=content)


def reply(body: Any, content_type: str = JSON, code: int = 200) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = Headers({"Content-Type": content_type} if content_type else {})
    return Response(code=code, headers=headers, body=content)


def sse(*events: Any, newline: str = "\n") -> bytes:
    """A body of events. A pair is the event's name and data; a string is data as it is."""
    lines = []
    for event in events:
        name, data = event if isinstance(event, tuple) else ("", event)
        lines += [f"event: {name}"] if name else []
        lines += [f"data: {data if isinstance(data, str) else json.dumps(data)}", ""]
    return (newline.join(lines) + newline).encode()


def typed(*events: dict[str, Any]) -> bytes:
    """Events named after their own ``type``."""
    return sse(*((event["type"], event) for event in events))


def ndjson(*lines: Any) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def frames(*events: tuple[str, Any]) -> bytes:
    """Amazon event stream frames: event type and payload."""
    return b"".join(
        encode_message({":event-type": name, ":message-type": "event"}, json.dumps(data).encode())
        for name, data in events
    )


@dataclass(frozen=True)
class Recorded:
    """An interaction of a real cassette."""

    id: str
    request: Request
    response: Response


@cache
def recorded() -> tuple[Recorded, ...]:
    """Every interaction of the sample cassettes and of the corpus, if it is there."""
    files = [*SAMPLE_FILES, *(corpus_files("go-vcr-v2") if CORPUS.is_dir() else ())]
    return tuple(found for path in files for found in read(path))


def read(path: Path) -> Iterator[Recorded]:
    document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    for i, item in enumerate(document["interactions"]):
        request, response = item["request"], item["response"]
        yield Recorded(
            f"{corpus_id(path)}#{i}",
            Request(
                method=request["method"],
                url=request["url"],
                headers=Headers(request.get("headers") or {}),
                body=as_bytes(request.get("body")),
            ),
            Response(
                code=response["code"],
                headers=Headers(response.get("headers") or {}),
                body=as_bytes(response.get("body")),
            ),
        )


def as_bytes(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""
