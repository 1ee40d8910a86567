"""Runs the command line in this process, its output as a pipe gets it."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcassette import storage
from llmcassette.cli.app import llmcassette
from llmcassette.cli.running import run
from llmcassette.model import Cassette, Headers, Interaction, Request, Response

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


class Commands:
    """Calls ``llmcassette`` in one folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.patch = monkeypatch
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "80")
        for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
            monkeypatch.delenv(name, raising=False)

    def __call__(self, *args: str, stdin: bytes = b"") -> Ran:
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
        with self.patch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
            code = run(llmcassette, args)
        texts = []
        for stream in (out, err):
            stream.flush()
            texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
        return Ran(code, *texts)

    def write(self, name: str, *interactions: Interaction) -> Path:
        path = self.folder / name
        storage.dump(Cassette(interactions=interactions), path)
        return path


def chat(
    text: str = "Hi.",
    *,
    id: int = 0,
    model: str = "gpt-4o-mini",
    body: bytes | None = None,
    request: dict[str, object] | None = None,
    **response: object,
) -> Interaction:
    """A chat completion of OpenAI's."""
    answer = (
        f'{{"id":"c1","object":"chat.completion","model":"{model}","choices":[{{"index":0,'
        f'"message":{{"role":"assistant","content":"{text}"}},"finish_reason":"stop"}}],'
        '"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}'
    ).encode()
    answered: dict[str, object] = {
        "code": 200,
        "status": "200 OK",
        "headers": Headers({"Content-Type": "application/json"}),
        "body": answer if body is None else body,
        "duration": 0.5,
    }
    sent: dict[str, object] = {
        "method": "POST",
        "url": "https://api.openai.com/v1/chat/completions",
        "headers": Headers({"Content-Type": "application/json"}),
        "body": f'{{"model":"{model}","messages":[{{"role":"user","content":"Hello"}}]}}'.encode(),
    }
    return Interaction(
        id,
        Request(**(sent | (request or {}))),  # type: ignore[arg-type]
        Response(**(answered | response)),  # type: ignore[arg-type]
    )


STREAM = (
    b'data: {"id":"c1","object":"chat.completion.chunk","model":"gpt-4o-mini","choices":'
    b'[{"index":0,"delta":{"role":"assistant","content":"Hi"}}]}\n\n'
)
FINISH = (
    b'data: {"id":"c1","object":"chat.completion.chunk","model":"gpt-4o-mini","choices":'
    b'[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
)
DONE = b"data: [DONE]\n\n"
SSE = Headers({"Content-Type": "text/event-stream"})
