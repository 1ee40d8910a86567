"""A fake provider on this machine: OpenAI's chat completions, streamed, with one tool call.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ["events", "fake_provider"]

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
PAUSE: Final = 0.01
"""Seconds between two events."""


@contextmanager
def fake_provider(base_url: str) -> Generator[None]:
    """Run the provider in a thread.

    Args:
        base_url: where clients expect it; if that is another machine, nothing runs.

    Raises:
        CassetteError: another program uses the port.
    """
    url = urlsplit(base_url)
    if url.hostname not in LOOPBACK:
        yield
        return
    port = url.port or 80
    try:
        server = Server(("127.0.0.1", port), Handler)
    except OSError as error:
        raise CassetteError(
            f"the fake provider can't listen on port {port}: {error.strerror}. Change the port of"
            " BASE_URL in agent.py"
        ) from None
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Server(ThreadingTCPServer):
    """http.server's own class looks up the name of the machine, which can take seconds."""

    allow_reuse_address = True
    daemon_threads = True


class Handler(BaseHTTPRequestHandler):
    """Answers any POST."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer with a stream of events, one chunk each."""
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with suppress(ConnectionError):  # the client closed the stream
            for event in events(request):
                data = f"data: {event}\n\n".encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                time.sleep(PAUSE)
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def events(request: dict[str, Any]) -> Iterator[str]:
    """The data of each event of an answer.

    The first answer of a conversation calls the first tool with the last word of the question. The
    next one is a text; it is short if the system prompt asks for it.
    """
    messages = request["messages"]
    system, question, last = messages[0]["content"], messages[1]["content"], messages[-1]
    if last["role"] == "tool":
        deltas: list[dict[str, Any]] = [
            {"content": word} for word in words(text(system, last["content"]))
        ]
        reason, tokens = "stop", len(deltas)
    else:
        function = {"name": request["tools"][0]["function"]["name"], "arguments": ""}
        call = {"index": 0, "id": "call_1", "type": "function", "function": function}
        pieces = ['{"city":', f' "{question.split()[-1].strip("?.!")}"', "}"]
        calls = [call, *({"index": 0, "function": {"arguments": piece}} for piece in pieces)]
        deltas = [{"tool_calls": [each]} for each in calls]
        reason, tokens = "tool_calls", len(pieces)
    frame = {
        "id": "chatcmpl-demo",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": request["model"],
    }
    for delta in [{"role": "assistant", "content": ""}, *deltas]:
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        yield json.dumps({**frame, "choices": [choice]})
    yield json.dumps({**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    prompt = len(json.dumps(messages)) // 4
    usage = {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}
    yield json.dumps({**frame, "choices": [], "usage": usage})
    yield "[DONE]"


def text(system: str, weather: str) -> str:
    if "terse" in system or "short" in system:
        return f"{weather}."
    city, _, sky = weather.partition(": ")
    return f"Good news! The weather in {city} is {sky}. Have a lovely day!"


def words(sentence: str) -> list[str]:
    first, *rest = sentence.split(" ")
    return [first, *(f" {word}" for word in rest)]
